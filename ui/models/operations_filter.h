// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/operations_model.h"

#include <QAbstractProxyModel>
#include <QTimer>

#include <cstdint>
#include <vector>

namespace swb::ui {

/// Which operations a table shows. Each depends only on what never changes in a record.
struct OperationFilter {
    enum class Show {
        MyCalls, ///< What was started from the window: not the receives of connections, nor what
                 ///< demo peers do.
        Sends, ///< Every send, of demo peers too.
        OneSocket,
        All,
    };
    Show show = Show::MyCalls;
    std::uint32_t socketId = 0; ///< For OneSocket.
    std::uint16_t windowThread = 0; ///< currentThreadId() of the GUI thread.

    bool accepts(const trace::OperationRecord& record) const noexcept;
    bool operator==(const OperationFilter&) const = default;
};

/// The rows of an OperationsModel that pass a filter, in its order. New rows come as one block for
/// each block of the source; after a change of the filter the rows come in slices, so that the
/// window answers however many there are.
///
/// **Threads** GUI thread. **Lifetime** the source must outlive it.
class OperationsFilterModel : public QAbstractProxyModel {
    Q_OBJECT
public:
    explicit OperationsFilterModel(OperationsModel& source, QObject* parent = nullptr);

    void setFilter(const OperationFilter& filter);
    const OperationFilter& filter() const { return m_filter; }
    /// Rows of the source that have been looked at; below its row count while a new filter is at
    /// work.
    int scanned() const { return m_scanned; }
    /// As OperationsModel::setVisibleRows(), in rows of this model.
    void setVisibleRows(int first, int last);

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QModelIndex mapToSource(const QModelIndex& index) const override;
    QModelIndex mapFromSource(const QModelIndex& index) const override;
    QVariant headerData(
        int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    void scan();
    void announceChanged(const QModelIndex& first, const QModelIndex& last);
    /// The first row here whose source row is not below `sourceRow`.
    int lowerRow(int sourceRow) const;

    OperationsModel& m_source;
    OperationFilter m_filter;
    std::vector<std::uint32_t> m_rows; ///< Source rows, ascending.
    int m_scanned = 0;
    QTimer m_timer; ///< Goes on with a scan that is longer than one slice.
};

} // namespace swb::ui
