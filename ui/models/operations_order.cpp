// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_order.h"

#include <algorithm>

namespace swb::ui {

OperationsOrder::OperationsOrder(ShownOperations& shown, QObject* parent)
    : QObject(parent)
    , m_shown(shown)
    , m_sorter(shown.bridge().waker())
{
    connect(&shown, &ShownOperations::changed, this, [this] {
        if (isLive())
            emit changed();
        else
            emit stateChanged(); // newer() is another number.
    });
    connect(&shown, &ShownOperations::filterChanged, this, [this] {
        m_frozen.reset();
        m_sorted.reset();
        m_sorter.cancel();
        emit rearranged();
        emit stateChanged();
    });
    connect(&shown, &ShownOperations::progressed, this, [this] {
        // The new result is in the order that was asked for, once it is there.
        if (isSorting() && !m_sorter.isRunning() && !m_shown.progress().isRunning)
            startSort();
    });
    connect(&shown.bridge(), &EngineBridge::frame, this, &OperationsOrder::takeSorted);
}

quint64 OperationsOrder::count() const
{
    if (m_sorted)
        return m_sorted->size();
    return m_frozen ? m_frozen->count : m_shown.count();
}

quint64 OperationsOrder::rowAt(quint64 index) const
{
    std::uint64_t row = 0;
    copyRows(index, {&row, 1});
    return row;
}

std::size_t OperationsOrder::copyRows(quint64 index, std::span<std::uint64_t> rows) const
{
    const quint64 all = count();
    if (index >= all)
        return 0;
    const auto wanted = static_cast<std::size_t>(std::min<quint64>(rows.size(), all - index));
    if (m_sorted && m_order == Qt::DescendingOrder) {
        for (std::size_t i = 0; i < wanted; ++i)
            rows[i] = (*m_sorted)[all - 1 - index - i];
        return wanted;
    }
    if (m_sorted)
        return trace::RowList{all, nullptr, m_sorted}.copy(index, rows.first(wanted));
    if (m_frozen)
        return m_frozen->copy(index, rows.first(wanted));
    return m_shown.copyRows(index, rows.first(wanted));
}

std::optional<quint64> OperationsOrder::indexOfRow(quint64 row) const
{
    if (m_sorted) {
        const auto found = std::find(m_sorted->begin(), m_sorted->end(), row);
        if (found == m_sorted->end())
            return std::nullopt;
        const auto index = static_cast<quint64>(found - m_sorted->begin());
        return m_order == Qt::DescendingOrder ? m_sorted->size() - 1 - index : index;
    }
    const quint64 index = rank(row);
    return index < count() && rowAt(index) == row ? std::optional(index) : std::nullopt;
}

quint64 OperationsOrder::rank(quint64 row) const
{
    if (!m_frozen)
        return m_shown.rank(row);
    return m_frozen->set ? m_frozen->set->rank(row) : std::min<quint64>(row, m_frozen->count);
}

trace::RowList OperationsOrder::list() const
{
    if (m_sorted)
        return {m_sorted->size(), nullptr, m_sorted};
    return m_frozen ? *m_frozen : m_shown.rows();
}

trace::RangeSet::Range OperationsOrder::listRange(trace::RangeSet::Range range) const
{
    if (!m_sorted || m_order == Qt::AscendingOrder)
        return range;
    return {m_sorted->size() - 1 - range.last, m_sorted->size() - 1 - range.first};
}

bool OperationsOrder::sort(trace::SortKey key, Qt::SortOrder order)
{
    if (m_sorted && m_key == key && m_order != order) {
        m_order = order; // Read from the other end: nothing to do again.
        emit rearranged();
        emit stateChanged();
        return true;
    }
    const quint64 rows = m_frozen ? m_frozen->count : m_shown.count();
    if (rows > trace::kMostSortedRows)
        return false;
    const bool wasSorted = isSorted();
    m_sorted.reset();
    m_key = key;
    m_order = order;
    if (!m_shown.progress().isRunning)
        startSort();
    if (wasSorted)
        emit rearranged();
    emit stateChanged();
    return true;
}

void OperationsOrder::sortAgain()
{
    if (!m_key || !m_sorted)
        return;
    m_frozen.reset();
    const trace::SortKey key = *m_key;
    m_key.reset();
    sort(key, m_order);
}

void OperationsOrder::startSort()
{
    if (m_shown.count() > trace::kMostSortedRows) {
        forgetSort();
        emit stateChanged();
        return;
    }
    if (!m_frozen)
        m_shownThen = m_shown.count();
    m_sorter.start([&store = m_shown.store(), rows = m_frozen ? *m_frozen : m_shown.rows(),
                       key = *m_key](trace::QueryControl& control) {
        return trace::sortRows(store, rows, key, store.presentNs(), control);
    });
}

void OperationsOrder::takeSorted()
{
    if (!isSorting())
        return;
    const bool running = m_sorter.isRunning(); // Before it is asked: it may end in between.
    auto sorted = m_sorter.take();
    if (!sorted) {
        if (!running && !m_shown.progress().isRunning) {
            forgetSort(); // There was no memory for it.
            emit stateChanged();
        }
        return;
    }
    m_sorted = std::make_shared<const std::vector<std::uint64_t>>(std::move(*sorted));
    emit rearranged();
    emit stateChanged();
}

void OperationsOrder::forgetSort()
{
    m_sorter.cancel();
    m_sorted.reset();
    m_key.reset();
}

void OperationsOrder::unsort()
{
    if (!m_key)
        return;
    const bool wasSorted = isSorted();
    forgetSort();
    if (m_frozen)
        m_shownThen = m_frozen->count;
    if (wasSorted)
        emit rearranged();
    emit stateChanged();
}

void OperationsOrder::setPaused(bool paused)
{
    if (paused == isPaused())
        return;
    if (paused) {
        m_frozen = m_shown.rows();
        if (!m_sorted)
            m_shownThen = m_frozen->count;
    } else {
        m_frozen.reset();
        if (!m_sorted)
            emit changed();
    }
    emit stateChanged();
}

quint64 OperationsOrder::newer() const
{
    if (isLive())
        return 0;
    return m_shown.count() > m_shownThen ? m_shown.count() - m_shownThen : 0;
}

} // namespace swb::ui
