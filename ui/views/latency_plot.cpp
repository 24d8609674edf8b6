// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/latency_plot.h"

#include "ui/models/operations_model_text.h"
#include "ui/support/format.h"
#include "ui/support/icons.h"

#include <QFontMetrics>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace swb::ui {
namespace {

using trace::LatencyHistogram;

// Bars are half a doubling wide: finer ones are thinner than a finger and a label.
constexpr std::size_t kPerBar = LatencyHistogram::kPerDoubling / 2;

QString timeText(std::int64_t ns)
{
    return OperationText::durationText(std::chrono::nanoseconds(ns));
}

} // namespace

LatencyPlot::LatencyPlot(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("latencyPlot"));
    setAccessibleName(tr("How long operations lasted"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
}

void LatencyPlot::show(const LatencyHistogram& synchronous, const LatencyHistogram& pending)
{
    std::size_t first = LatencyHistogram::kBuckets;
    std::size_t last = 0;
    for (std::size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
        if (synchronous.at(i) + pending.at(i) > 0) {
            first = std::min(first, i);
            last = i;
        }
    }
    m_synchronous.clear();
    m_pending.clear();
    m_most = 1;
    if (first <= last) {
        m_firstBucket = first / kPerBar * kPerBar;
        for (std::size_t i = m_firstBucket; i <= last; i += kPerBar) {
            std::uint64_t over = 0;
            std::uint64_t waited = 0;
            for (std::size_t n = i; n < std::min(i + kPerBar, LatencyHistogram::kBuckets); ++n) {
                over += synchronous.at(n);
                waited += pending.at(n);
            }
            m_synchronous.push_back(over);
            m_pending.push_back(waited);
            m_most = std::max({m_most, over, waited});
        }
    }
    if (m_current.bar >= barCount())
        m_current.bar = -1;
    setAccessibleDescription(m_synchronous.empty()
            ? tr("Nothing has ended yet")
            : tr("Half of the synchronous ones lasted at most %1, half of the pending ones at most "
                 "%2")
                  .arg(timeText(synchronous.percentileNs(0.5)),
                      timeText(pending.percentileNs(0.5))));
    update();
}

QSize LatencyPlot::sizeHint() const
{
    const QFontMetrics fm(font());
    return {fm.averageCharWidth() * 48, fm.height() * 11};
}

QSize LatencyPlot::minimumSizeHint() const
{
    return {QFontMetrics(font()).averageCharWidth() * 24, QFontMetrics(font()).height() * 6};
}

QRect LatencyPlot::plotRect() const
{
    const int line = QFontMetrics(font()).height();
    return rect().adjusted(6, line + 2, -6, -line - 4);
}

QRect LatencyPlot::barRect(int bar, bool pending) const
{
    const QRect plot = plotRect();
    const double each = static_cast<double>(plot.width()) / std::max(barCount(), 1);
    const auto count = pending ? m_pending[static_cast<std::size_t>(bar)]
                               : m_synchronous[static_cast<std::size_t>(bar)];
    const int middle = plot.center().y();
    const int room = plot.height() / 2 - 1;
    // By magnitude: one slow operation is seen beside a million quick ones.
    const int height = count == 0
        ? 0
        : std::max(2,
            static_cast<int>(room * std::log2(static_cast<double>(count) + 1)
                / std::log2(static_cast<double>(m_most) + 1)));
    const int left = plot.left() + static_cast<int>(bar * each);
    const int width
        = std::max(1, static_cast<int>((bar + 1) * each) - static_cast<int>(bar * each) - 1);
    return {left, pending ? middle + 1 : middle - height, width, height};
}

QString LatencyPlot::term(int bar, bool pending) const
{
    const std::size_t bucket = m_firstBucket + static_cast<std::size_t>(bar) * kPerBar;
    return QStringLiteral("%1 && duration >= %2 ns && duration < %3 ns")
        .arg(pending ? QStringLiteral("!synchronous") : QStringLiteral("synchronous"))
        .arg(LatencyHistogram::lowerNs(bucket))
        .arg(LatencyHistogram::lowerNs(bucket + kPerBar));
}

QString LatencyPlot::words(int bar, bool pending) const
{
    const std::size_t bucket = m_firstBucket + static_cast<std::size_t>(bar) * kPerBar;
    const auto count = pending ? m_pending[static_cast<std::size_t>(bar)]
                               : m_synchronous[static_cast<std::size_t>(bar)];
    return (pending ? tr("%1 that had been pending lasted %2 to %3")
                    : tr("%1 that were synchronous lasted %2 to %3"))
        .arg(groupedNumber(count), timeText(LatencyHistogram::lowerNs(bucket)),
            timeText(LatencyHistogram::lowerNs(bucket + kPerBar)));
}

LatencyPlot::Hit LatencyPlot::hitAt(const QPoint& position) const
{
    const QRect plot = plotRect();
    if (m_synchronous.empty() || !plot.contains(position))
        return {};
    const int bar = std::clamp(
        (position.x() - plot.left()) * barCount() / std::max(plot.width(), 1), 0, barCount() - 1);
    return {bar, position.y() > plot.center().y()};
}

void LatencyPlot::choose(int bar, bool pending)
{
    if (m_synchronous.empty())
        return;
    m_current = {std::clamp(bar, 0, barCount() - 1), pending};
    setAccessibleDescription(words(m_current.bar, m_current.pending));
    update();
}

void LatencyPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Base));
    const QColor text = palette().color(QPalette::Text);
    const QRect plot = plotRect();
    if (m_synchronous.empty()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(rect(), Qt::AlignCenter, tr("Nothing has ended yet"));
        return;
    }
    const QColor over = toneColor(Tone::Good, palette());
    const QColor waited = toneColor(Tone::Waiting, palette());
    for (int bar = 0; bar < barCount(); ++bar) {
        painter.fillRect(barRect(bar, false), over);
        const QRect below = barRect(bar, true);
        QColor tint = waited;
        tint.setAlpha(70);
        painter.fillRect(below, tint);
        painter.fillRect(below, QBrush(waited, Qt::BDiagPattern));
    }
    QColor line = text;
    line.setAlpha(90);
    painter.setPen(line);
    painter.drawLine(plot.left(), plot.center().y(), plot.right(), plot.center().y());
    if (m_current.bar >= 0 && hasFocus()) {
        QRect chosen = barRect(m_current.bar, m_current.pending);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
        painter.drawRect(chosen.adjusted(-2, -2, 1, 1));
    }
    const QFontMetrics fm(font());
    painter.setPen(over);
    painter.drawText(QRect(plot.left(), 0, plot.width(), plot.top()),
        Qt::AlignLeft | Qt::AlignVCenter, tr("▲ synchronous"));
    painter.setPen(waited);
    painter.drawText(QRect(plot.left(), 0, plot.width(), plot.top()),
        Qt::AlignRight | Qt::AlignVCenter, tr("▼ had been pending"));
    painter.setPen(text);
    // The bounds of bars, as many as have room.
    const int labelWidth = fm.horizontalAdvance(QStringLiteral("000.0 µs")) + 8;
    const int most = std::max(1, plot.width() / labelWidth);
    const int every = std::max(1, (barCount() + most - 1) / most);
    for (int bar = 0; bar < barCount(); bar += every) {
        const int x = barRect(bar, false).left();
        if (x + labelWidth > width())
            break;
        painter.drawText(QRect(x, plot.bottom() + 2, labelWidth, fm.height()),
            Qt::AlignLeft | Qt::AlignVCenter,
            timeText(LatencyHistogram::lowerNs(
                m_firstBucket + static_cast<std::size_t>(bar) * kPerBar)));
    }
}

void LatencyPlot::mouseReleaseEvent(QMouseEvent* event)
{
    const Hit hit = hitAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || hit.bar < 0)
        return;
    choose(hit.bar, hit.pending);
    emit barPicked(term(hit.bar, hit.pending));
}

void LatencyPlot::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        choose(m_current.bar - 1, m_current.pending);
        break;
    case Qt::Key_Right:
        choose(m_current.bar + 1, m_current.pending);
        break;
    case Qt::Key_Up:
        choose(std::max(m_current.bar, 0), false);
        break;
    case Qt::Key_Down:
        choose(std::max(m_current.bar, 0), true);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_current.bar >= 0)
            emit barPicked(term(m_current.bar, m_current.pending));
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

void LatencyPlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void LatencyPlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

bool LatencyPlot::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        const Hit hit = hitAt(help->pos());
        if (hit.bar < 0)
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(),
                words(hit.bar, hit.pending) + u'\n' + tr("Click to see the rows behind it"), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace swb::ui
