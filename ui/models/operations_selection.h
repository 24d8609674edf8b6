// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/operations_order.h"

#include <QObject>

#include <optional>
#include <vector>

namespace swb::ui {

/// Which rows of the table are selected, and which one is current, in numbers that do not end at
/// two thousand millions: kept as ranges, so that all of a hundred million rows are one of them.
/// While rows come and go it stays with its operations; in another order there is no selection but
/// the current one.
///
/// **Threads** GUI thread. **Lifetime** the order must outlive it.
class OperationsSelection : public QObject {
    Q_OBJECT
public:
    explicit OperationsSelection(OperationsOrder& order, QObject* parent = nullptr);

    /// Only this one; it becomes current.
    void select(quint64 index);
    /// From the one selected last to this one, without the others; with `add`, beside them.
    void extendTo(quint64 index, bool add = false);
    /// In or out, without the others.
    void toggle(quint64 index);
    void selectAll();
    void clear();

    bool contains(quint64 index) const;
    bool isEmpty() const { return m_keys.isEmpty(); }
    /// How many rows of the table are selected.
    quint64 count() const;
    /// As indices of the table, ascending.
    std::vector<trace::RangeSet::Range> ranges() const;

    std::optional<quint64> currentIndex() const;
    /// The store's row of the current operation.
    std::optional<quint64> currentRow() const { return m_currentRow; }
    /// Moves what is current and nothing else.
    void setCurrent(quint64 index);

signals:
    void changed();
    void currentChanged();

private:
    /// What stays with an operation: its row where rows are in order, else its index, which then
    /// does not change.
    quint64 keyAt(quint64 index) const;
    trace::RangeSet::Range keysOf(quint64 a, quint64 b) const;
    void makeCurrent(quint64 index);

    OperationsOrder& m_order;
    trace::RangeSet m_keys;
    quint64 m_anchor = 0; ///< A key.
    std::optional<quint64> m_currentRow;
    mutable std::optional<quint64> m_sortedIndex; ///< Of the current one, in a sorted order,
    mutable bool m_isSortedIndexKnown = false; ///< once it was looked for.
};

} // namespace swb::ui
