// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/state_machine_view.h"

#include "ui/support/icons.h"

#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>

#include <array>

namespace swb::ui {
namespace {

void paintArrow(
    QPainter& painter, const QPointF& from, const QPointF& to, const QColor& color, bool taken)
{
    painter.setPen(QPen(color, taken ? 2 : 1, taken ? Qt::SolidLine : Qt::DotLine));
    painter.drawLine(from, to);
    const double head = to.x() >= from.x() ? -5 : 5;
    painter.drawLine(to, to + QPointF(head, -4));
    painter.drawLine(to, to + QPointF(head, 4));
}

} // namespace

StateMachineView::StateMachineView(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("stateMachine"));
    setAccessibleName(tr("State of the SocketAsyncEventArgs"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void StateMachineView::show(const std::optional<trace::OperationRecord>& record)
{
    m_record = record;
    QString state = tr("none");
    if (record) {
        switch (trace::outcome(*record)) {
        case trace::Outcome::Pending:
            state = tr("in progress");
            break;
        case trace::Outcome::Synchronous:
            state = tr("over when the call returned, no event");
            break;
        default:
            state = record->returnedPending() ? tr("completed, the event was raised")
                                              : tr("over when the call returned, no event");
        }
    }
    setAccessibleDescription(state);
    setToolTip(record ? state : QString());
    update();
}

QSize StateMachineView::sizeHint() const
{
    const QFontMetrics fm(font());
    return {fm.averageCharWidth() * 40, fm.height() * 4};
}

QSize StateMachineView::minimumSizeHint() const
{
    return {QFontMetrics(font()).averageCharWidth() * 30, sizeHint().height()};
}

void StateMachineView::paintEvent(QPaintEvent*)
{
    if (!m_record)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFontMetrics fm(font());
    const bool pendingReturned = m_record->returnedPending();
    const bool over = m_record->phase == trace::OperationPhase::Completed;
    const bool bad = over && m_record->error != SocketError::Success;
    const std::array<QString, 3> names{tr("idle"), tr("in progress"), tr("completed")};
    // The state that it is in now: a call that returned false left the args idle at once.
    const std::size_t now = !over ? 1 : (pendingReturned ? 2 : 0);
    const std::array<Tone, 3> tones{Tone::Neutral, Tone::Waiting, bad ? Tone::Bad : Tone::Good};

    const double boxHeight = fm.height() * 1.6;
    const double top = fm.height() * 0.3;
    const double gap = std::max(14.0, width() * 0.07);
    const double boxWidth = (width() - 2 * gap - 2) / 3;
    std::array<QRectF, 3> boxes;
    for (std::size_t i = 0; i < 3; ++i)
        boxes[i] = QRectF(1 + static_cast<double>(i) * (boxWidth + gap), top, boxWidth, boxHeight);
    const QColor quiet = toneColor(Tone::Quiet, palette());
    const QColor strong = palette().color(QPalette::WindowText);
    paintArrow(painter, {boxes[0].right() + 2, boxes[0].center().y()},
        {boxes[1].left() - 2, boxes[1].center().y()}, pendingReturned ? strong : quiet,
        pendingReturned);
    paintArrow(painter, {boxes[1].right() + 2, boxes[1].center().y()},
        {boxes[2].left() - 2, boxes[2].center().y()}, pendingReturned && over ? strong : quiet,
        pendingReturned && over);
    for (std::size_t i = 0; i < 3; ++i) {
        const bool current = i == now;
        const Tone tone = i == 0 && current ? (bad ? Tone::Bad : Tone::Good) : tones[i];
        const QColor color = current ? toneColor(tone, palette()) : quiet;
        QPainterPath outline;
        outline.addRoundedRect(boxes[i], 5, 5);
        if (current) {
            QColor tint = color;
            tint.setAlpha(45);
            painter.fillPath(outline, tint);
            if (i == 1)
                painter.fillPath(outline, QBrush(tint, Qt::BDiagPattern));
        }
        painter.setPen(QPen(color, current ? 2 : 1));
        painter.drawPath(outline);
        QFont label = font();
        label.setBold(current);
        painter.setFont(label);
        painter.setPen(current ? strong : quiet);
        painter.drawText(boxes[i], Qt::AlignCenter,
            QFontMetrics(label).elidedText(
                names[i], Qt::ElideRight, static_cast<int>(boxes[i].width()) - 6));
    }
    // The loop of a call that returned false: back to idle without an event.
    if (!pendingReturned) {
        const QRectF& box = boxes[0];
        const double below = box.bottom() + fm.height() * 0.75;
        painter.setPen(QPen(strong, 2));
        const double right = box.right() - box.width() * 0.25;
        const double left = box.left() + box.width() * 0.25;
        painter.drawPolyline(QPolygonF{QPointF(right, box.bottom() + 1), QPointF(right, below),
            QPointF(left, below), QPointF(left, box.bottom() + 3)});
        painter.drawLine(QPointF(left, box.bottom() + 2), QPointF(left - 4, box.bottom() + 7));
        painter.drawLine(QPointF(left, box.bottom() + 2), QPointF(left + 4, box.bottom() + 7));
        painter.setFont(font());
        painter.drawText(
            QRectF(right + 10, box.bottom() + 2, width() - right - 10, fm.height() * 1.4),
            Qt::AlignVCenter | Qt::AlignLeft,
            fm.elidedText(tr("returned false: no event will come"), Qt::ElideRight,
                static_cast<int>(width() - right - 12)));
    }
}

} // namespace swb::ui
