// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/shown_operations.h"

#include <QObject>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace swb::ui {

/// The operations of a table in its order: those that are shown, live and in the order in which
/// they started; or as they were when they were sorted or the table was paused, while the rest goes
/// on. Sorting is done on another thread.
///
/// **Threads** GUI thread. **Lifetime** `shown` must outlive it.
class OperationsOrder : public QObject {
    Q_OBJECT
public:
    explicit OperationsOrder(ShownOperations& shown, QObject* parent = nullptr);

    ShownOperations& shown() const { return m_shown; }
    quint64 count() const;
    quint64 rowAt(quint64 index) const;
    /// The rows from `index` on; returns how many.
    std::size_t copyRows(quint64 index, std::span<std::uint64_t> rows) const;
    /// Where an operation is; nothing when it is not in the table. Sorted: looks through all rows.
    std::optional<quint64> indexOfRow(quint64 row) const;
    /// Not sorted: how many rows of the table are below `row`.
    quint64 rank(quint64 row) const;
    /// A copy for other threads. Of a descending order it is the ascending one: see listRange().
    trace::RowList list() const;
    /// Indices of this order as indices of list().
    trace::RangeSet::Range listRange(trace::RangeSet::Range range) const;

    /// Sorts what is shown now; the table keeps its order until that is done. Returns false when
    /// there are too many rows.
    bool sort(trace::SortKey key, Qt::SortOrder order);
    /// The same order, with what has come since.
    void sortAgain();
    /// Back to the order in which the operations started, live.
    void unsort();
    bool isSorted() const { return m_sorted != nullptr; }
    bool isSorting() const { return m_key.has_value() && !m_sorted; }
    std::optional<trace::SortKey> sortKey() const { return m_key; }
    Qt::SortOrder sortOrder() const { return m_order; }
    int sortPermille() const { return m_sorter.permille(); }

    /// Rows neither come nor go until it is resumed. What a row says stays true.
    void setPaused(bool paused);
    bool isPaused() const { return m_frozen.has_value(); }
    /// Operations that are shown elsewhere, but came too late for the table.
    quint64 newer() const;

signals:
    /// Rows came or went, live: what was below a row before still is.
    void changed();
    /// It is another order, or another set of operations: nothing is where it was.
    void rearranged();
    /// Sorting has begun, ended, or was given up; paused or resumed.
    void stateChanged();

private:
    bool isLive() const { return !m_sorted && !m_frozen; }
    void startSort();
    void takeSorted();
    void forgetSort();

    ShownOperations& m_shown;
    std::optional<trace::RowList> m_frozen;
    std::shared_ptr<const std::vector<std::uint64_t>> m_sorted; ///< Ascending.
    std::optional<trace::SortKey> m_key;
    Qt::SortOrder m_order = Qt::AscendingOrder;
    quint64 m_shownThen = 0; ///< How many were shown when it was sorted or paused.
    trace::BackgroundQuery<std::vector<std::uint64_t>> m_sorter;
};

} // namespace swb::ui
