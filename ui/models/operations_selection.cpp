// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_selection.h"

#include <algorithm>

namespace swb::ui {

OperationsSelection::OperationsSelection(OperationsOrder& order, QObject* parent)
    : QObject(parent)
    , m_order(order)
{
    connect(&order, &OperationsOrder::rearranged, this, [this] {
        m_isSortedIndexKnown = false;
        m_keys.clear();
        if (const auto index = currentIndex()) {
            m_anchor = keyAt(*index);
            m_keys.add({m_anchor, m_anchor});
        }
        emit changed();
    });
}

quint64 OperationsSelection::keyAt(quint64 index) const
{
    return m_order.isSorted() ? index : m_order.rowAt(index);
}

trace::RangeSet::Range OperationsSelection::keysOf(quint64 a, quint64 b) const
{
    return {std::min(a, b), std::max(a, b)};
}

void OperationsSelection::makeCurrent(quint64 index)
{
    const quint64 row = m_order.rowAt(index);
    m_sortedIndex = index;
    m_isSortedIndexKnown = m_order.isSorted();
    if (m_currentRow == row)
        return;
    m_currentRow = row;
    emit currentChanged();
}

void OperationsSelection::setCurrent(quint64 index)
{
    if (index < m_order.count())
        makeCurrent(index);
}

void OperationsSelection::select(quint64 index)
{
    if (index >= m_order.count())
        return;
    m_keys.clear();
    m_anchor = keyAt(index);
    m_keys.add({m_anchor, m_anchor});
    emit changed();
    makeCurrent(index);
}

void OperationsSelection::extendTo(quint64 index, bool add)
{
    if (index >= m_order.count())
        return;
    if (m_keys.isEmpty())
        m_anchor = keyAt(index);
    if (!add)
        m_keys.clear();
    m_keys.add(keysOf(m_anchor, keyAt(index)));
    emit changed();
    makeCurrent(index);
}

void OperationsSelection::toggle(quint64 index)
{
    if (index >= m_order.count())
        return;
    m_anchor = keyAt(index);
    if (m_keys.contains(m_anchor))
        m_keys.remove({m_anchor, m_anchor});
    else
        m_keys.add({m_anchor, m_anchor});
    emit changed();
    makeCurrent(index);
}

void OperationsSelection::selectAll()
{
    const quint64 rows = m_order.count();
    if (rows == 0)
        return;
    m_keys.clear();
    m_anchor = keyAt(0);
    m_keys.add({m_anchor, keyAt(rows - 1)}); // Not those that come later.
    emit changed();
}

void OperationsSelection::clear()
{
    if (m_keys.isEmpty() && !m_currentRow)
        return;
    m_keys.clear();
    emit changed();
    if (!m_currentRow)
        return;
    m_currentRow.reset();
    emit currentChanged();
}

bool OperationsSelection::contains(quint64 index) const
{
    return !m_keys.isEmpty() && m_keys.contains(keyAt(index));
}

std::vector<trace::RangeSet::Range> OperationsSelection::ranges() const
{
    if (m_order.isSorted())
        return m_keys.ranges();
    std::vector<trace::RangeSet::Range> indices;
    for (const trace::RangeSet::Range& keys : m_keys.ranges()) {
        const quint64 first = m_order.rank(keys.first);
        const quint64 end = m_order.rank(keys.last + 1);
        if (first < end) // Those that were selected may have gone.
            indices.push_back({first, end - 1});
    }
    return indices;
}

quint64 OperationsSelection::count() const
{
    quint64 rows = 0;
    for (const trace::RangeSet::Range& range : ranges())
        rows += range.last - range.first + 1;
    return rows;
}

std::optional<quint64> OperationsSelection::currentIndex() const
{
    if (!m_currentRow)
        return std::nullopt;
    if (!m_order.isSorted())
        return m_order.indexOfRow(*m_currentRow);
    if (!m_isSortedIndexKnown)
        m_sortedIndex = m_order.indexOfRow(*m_currentRow);
    m_isSortedIndexKnown = true;
    return m_sortedIndex;
}

} // namespace swb::ui
