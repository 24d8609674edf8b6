// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/long_scroll_bar.h"

#include <QApplication>
#include <QWheelEvent>

#include <algorithm>

namespace swb::ui {
namespace {

constexpr int kMostPositions = 1 << 30;
constexpr qreal kNotch = 120; ///< Of a wheel, in Qt's eighths of a degree.

} // namespace

LongScrollBar::LongScrollBar(Qt::Orientation orientation, QWidget* parent)
    : QScrollBar(orientation, parent)
{
    connect(this, &QScrollBar::actionTriggered, this, &LongScrollBar::act);
    connect(this, &QScrollBar::valueChanged, this, [this](int position) {
        if (!m_showing && position != positionOf(m_first))
            go(firstAt(position));
    });
}

void LongScrollBar::setExtent(quint64 count, int page, quint64 first)
{
    const auto rows = static_cast<quint64>(page);
    m_last = count > rows ? count - rows : 0;
    m_first = std::min(first, m_last);
    const int most = static_cast<int>(std::min<quint64>(m_last, kMostPositions));
    // The slider is as long as the page is in all rows.
    const quint64 scaledPage = m_last <= kMostPositions
        ? rows
        : static_cast<quint64>(static_cast<double>(rows) / static_cast<double>(m_last) * most);
    m_showing = true;
    setRange(0, most);
    setPageStep(std::max(1, static_cast<int>(scaledPage)));
    if (!isSliderDown())
        setValue(positionOf(m_first));
    m_showing = false;
}

quint64 LongScrollBar::firstAt(int position) const
{
    if (m_last <= kMostPositions)
        return static_cast<quint64>(std::max(0, position));
    if (position >= maximum())
        return m_last;
    return static_cast<quint64>(
        static_cast<double>(position) / kMostPositions * static_cast<double>(m_last));
}

int LongScrollBar::positionOf(quint64 first) const
{
    if (m_last <= kMostPositions)
        return static_cast<int>(std::min(first, m_last));
    return static_cast<int>(
        static_cast<double>(first) / static_cast<double>(m_last) * kMostPositions);
}

void LongScrollBar::go(quint64 first)
{
    m_first = std::min(first, m_last);
    emit scrolledTo(m_first);
}

/// Steps are taken in rows, not in positions of the slider.
void LongScrollBar::act(int action)
{
    const auto page = static_cast<quint64>(
        m_last <= kMostPositions ? std::max(1, pageStep() - 1) : std::max(1, pageStep()));
    quint64 first = m_first;
    switch (action) {
    case SliderSingleStepAdd:
        first = m_first + 1;
        break;
    case SliderSingleStepSub:
        first = m_first - std::min<quint64>(m_first, 1);
        break;
    case SliderPageStepAdd:
        first = m_first + page;
        break;
    case SliderPageStepSub:
        first = m_first - std::min(m_first, page);
        break;
    case SliderToMinimum:
        first = 0;
        break;
    case SliderToMaximum:
        first = m_last;
        break;
    default:
        return;
    }
    go(first);
    setSliderPosition(positionOf(m_first));
}

void LongScrollBar::wheelEvent(QWheelEvent* event)
{
    qreal rest = 0;
    const int rows = wheelRows(*event, fontMetrics().height(), rest);
    const auto steps = static_cast<quint64>(std::abs(rows));
    go(rows < 0 ? m_first - std::min(m_first, steps) : m_first + steps);
    event->accept();
}

int wheelRows(const QWheelEvent& event, int rowHeight, qreal& rest)
{
    qreal rows = rest;
    if (!event.pixelDelta().isNull())
        rows -= static_cast<qreal>(event.pixelDelta().y()) / std::max(1, rowHeight);
    else
        rows -= event.angleDelta().y() / kNotch * QApplication::wheelScrollLines();
    const int whole = static_cast<int>(rows);
    rest = rows - whole;
    return whole;
}

} // namespace swb::ui
