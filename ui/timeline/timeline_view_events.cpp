// SPDX-License-Identifier: GPL-3.0-or-later
/// What the mouse and the keys do to a TimelineView, and its painting.
#include "ui/timeline/timeline_view.h"

#include "ui/models/operations_model_text.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

namespace swb::ui {

namespace {

constexpr int kDragFrom = 4; // pixels: less is a click
constexpr int kRestsForPainting = 5; // times as long as it was painted
constexpr int kSlowestFrameMs = 150;
constexpr double kKeyZoom = 0.7;
constexpr double kKeyPan = 0.15; // of the width

} // namespace

void TimelineView::paintEvent(QPaintEvent*)
{
    QElapsedTimer spent;
    spent.start();
    QPainter painter(viewport());
    paintTimeline(painter, viewport()->rect(), scene(), palette(), font());
    if (m_shown.empty() && !m_emptyText.isEmpty()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(lanesArea().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap,
            m_emptyText);
    }
    if (m_lanes.readMissing())
        refreshSoon(); // with what has come by then
    // Dense pictures come less often, so that the thread has time for everything else. That begins
    // the wait anew: not for what the mouse asked for, or while it moves the next frame never came.
    if (std::exchange(m_pictureDue, false)) {
        m_restMs = std::clamp(
            static_cast<int>(spent.elapsed()) * kRestsForPainting, kFrameMs, kSlowestFrameMs);
        if (m_frame.isActive())
            m_frame.start(m_restMs);
    }
}

void TimelineView::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    m_scale = m_scale.withWidth(lanesArea().width());
    follow();
    updateScrollBars();
}

void TimelineView::showEvent(QShowEvent* event)
{
    QAbstractScrollArea::showEvent(event);
    refreshSoon();
}

void TimelineView::wheelEvent(QWheelEvent* event)
{
    const QPoint angle = event->angleDelta();
    const int turned = angle.y() != 0 ? angle.y() : angle.x();
    if ((event->modifiers() & Qt::ControlModifier) != 0) {
        const double around = event->position().x() - lanesArea().left();
        const double factor = std::pow(1.0015, -turned);
        if (m_following && around < m_scale.width * 0.9)
            setFollowing(false);
        setScale(m_scale.zoomed(factor, std::clamp(around, 0.0, m_scale.width)));
    } else if ((event->modifiers() & Qt::ShiftModifier) != 0 || angle.y() == 0) {
        setFollowing(false);
        setScale(m_scale.panned(-turned / 2.0));
    } else {
        verticalScrollBar()->setValue(verticalScrollBar()->value() - turned / 2);
    }
    event->accept();
}

void TimelineView::keyPressEvent(QKeyEvent* event)
{
    const auto pan = [this](double part) {
        setFollowing(false);
        setScale(m_scale.panned(part * m_scale.width));
    };
    if ((event->modifiers() & (Qt::ControlModifier | Qt::AltModifier)) != 0) {
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    switch (event->key()) {
    case Qt::Key_W:
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoom(kKeyZoom);
        break;
    case Qt::Key_S:
    case Qt::Key_Minus:
        zoom(1 / kKeyZoom);
        break;
    case Qt::Key_A:
    case Qt::Key_Left:
        pan(-kKeyPan);
        break;
    case Qt::Key_D:
    case Qt::Key_Right:
        pan(kKeyPan);
        break;
    case Qt::Key_Up:
        stepLane(-1);
        break;
    case Qt::Key_Down:
        stepLane(1);
        break;
    case Qt::Key_Period:
        stepOperation(1);
        break;
    case Qt::Key_Comma:
        stepOperation(-1);
        break;
    case Qt::Key_F:
        showSelection();
        break;
    case Qt::Key_Home:
        setFollowing(false);
        setScale(m_scale.panned(m_scale.x(m_lanes.firstNs()) - m_scale.width * 0.03));
        break;
    case Qt::Key_End:
    case Qt::Key_L:
        setFollowing(event->key() == Qt::Key_End || !m_following);
        break;
    case Qt::Key_M:
        setMark();
        break;
    case Qt::Key_B:
        brush();
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_focus.selected() != 0)
            emit activated(m_focus.selected());
        break;
    case Qt::Key_Escape:
        letGo();
        break;
    default:
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    event->accept();
}

void TimelineView::mousePressEvent(QMouseEvent* event)
{
    m_dragFrom = event->position().toPoint();
    m_dragScale = m_scale;
    m_drag = event->button() == Qt::MiddleButton ? Drag::Pan : Drag::None;
    if (event->button() == Qt::LeftButton) {
        const int lane = laneAt(m_dragFrom.y(), viewport()->rect(), scene(), font());
        if (lane >= 0)
            m_currentLane = lane;
        viewport()->update();
    }
}

void TimelineView::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint at = event->position().toPoint();
    const int away = at.x() - m_dragFrom.x();
    if ((event->buttons() & Qt::LeftButton) != 0 && m_drag == Drag::None
        && std::abs(away) >= kDragFrom && m_dragFrom.x() >= lanesArea().left()) {
        m_drag = Drag::Brush;
        setFollowing(false);
    }
    if (m_drag == Drag::Brush) {
        brushTo(at);
    } else if (m_drag == Drag::Pan) {
        setFollowing(false);
        setScale(m_dragScale.panned(-away));
    } else if (event->buttons() == Qt::NoButton) {
        m_focus.setHovered(operationIdAt(at));
    }
}

void TimelineView::brushTo(const QPoint& position)
{
    const int left = lanesArea().left();
    const double a = std::clamp(m_dragFrom.x() - left, 0, lanesArea().width());
    const double b = std::clamp(position.x() - left, 0, lanesArea().width());
    const TimeRange range{m_scale.timeAt(std::min(a, b)), m_scale.timeAt(std::max(a, b))};
    m_focus.setRange(range);
}

void TimelineView::mouseReleaseEvent(QMouseEvent* event)
{
    const bool click = m_drag == Drag::None && event->button() == Qt::LeftButton;
    m_drag = Drag::None;
    if (!click)
        return;
    const std::uint64_t id = operationIdAt(event->position().toPoint());
    if (event->modifiers().testFlag(Qt::ShiftModifier))
        addMark(m_scale.timeAt(event->position().x() - lanesArea().left()));
    else if (id != 0)
        select(id);
    else if (m_focus.range())
        m_focus.setRange({});
    else
        select(0);
}

void TimelineView::mouseDoubleClickEvent(QMouseEvent* event)
{
    const std::uint64_t id = operationIdAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || id == 0)
        return;
    select(id);
    showSelection();
    emit activated(id);
}

bool TimelineView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave)
        m_focus.setHovered(0);
    if (event->type() == QEvent::ToolTip) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        const std::uint64_t id = operationIdAt(help->pos());
        if (id == 0) {
            // Beside the lanes their names, which may be cut off there; else it hides what was
            // shown.
            QToolTip::showText(help->globalPos(), laneNameAt(help->pos()), viewport());
            return true;
        }
        const auto record = m_lanes.store().record(trace::TraceStore::rowOf(id));
        const OperationText text(record, m_lanes.store());
        QStringList lines{tr("%1  %2: %3").arg(text.number(), text.operation(), text.outcome()),
            m_content ? m_content(id) : QString(), text.bytes(), text.error(),
            tr("lasted %1").arg(text.duration()), text.threads(),
            m_reason ? m_reason(record) : QString()};
        lines.removeAll(QString());
        QToolTip::showText(help->globalPos(), lines.join(u'\n'), viewport());
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void TimelineView::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    describe();
    viewport()->update();
}

void TimelineView::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

} // namespace swb::ui
