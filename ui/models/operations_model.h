// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/trace_store.h"
#include "ui/bridge/engine_bridge.h"

#include <QAbstractTableModel>
#include <QIcon>
#include <QTimer>

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace swb::ui {

/// The columns of OperationsModel, in their order from the left.
enum class OperationColumn : int {
    Number,
    Time, ///< Of the call, since the first operation.
    Socket,
    Operation,
    Outcome,
    Bytes, ///< Done and asked.
    Progress,
    Error,
    Duration,
    Threads, ///< Of the call, and of the end where it was another one.
};
inline constexpr int kOperationColumnCount = 10;

/// What OperationsModel::data() has for every cell of a row besides Qt's own roles.
enum OperationRole {
    OperationRecordRole = Qt::UserRole + 1, ///< swb::trace::OperationRecord, a copy.
    OperationIdRole, ///< qulonglong
    OperationOutcomeRole, ///< int of swb::trace::Outcome; invalid when the record was lost
    OperationPercentRole, ///< int 0 to 100; invalid when there are no bytes to send
    OperationSocketRole, ///< uint
};

/// The operations as rows, straight from the trace store: a cell's text is made when it is painted
/// and kept nowhere. New rows come as one block for each batch.
///
/// **Threads** GUI thread. **Lifetime** the store must outlive it.
class OperationsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit OperationsModel(const trace::TraceStore& store, QObject* parent = nullptr);
    ~OperationsModel() override;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(
        int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    /// The record behind an index; nothing for an invalid one.
    std::optional<trace::OperationRecord> record(const QModelIndex& index) const;
    /// The first cell of an operation's row; invalid when it is not in the table.
    QModelIndex indexOfOperation(quint64 operationId) const;

    /// The rows a view shows now, so that the running time of the pending ones among them is kept
    /// up; -1, -1: none. The range may be wide: what it costs depends on how many are pending.
    void setVisibleRows(int first, int last);

public slots:
    /// Connect to EngineBridge::operationsChanged().
    void apply(const swb::ui::OperationsBatch& batch);

private:
    static int rowsFor(std::uint64_t count);
    void announceChanged(const QList<qint64>& rows);
    void announceRunning();
    void updateRunningTimer();
    void collectPending(int firstRow);
    std::pair<int, int> visiblePendingRows() const;

    const trace::TraceStore& m_store;
    const std::array<QIcon, trace::kOutcomeCount> m_icons; ///< By Outcome.
    QTimer m_running;
    int m_rows; ///< What views know of; the store may be ahead until apply().
    std::vector<int> m_pending; ///< Ascending; as of the last batch.
    int m_firstVisible = -1;
    int m_lastVisible = -1;
};

} // namespace swb::ui

Q_DECLARE_METATYPE(swb::trace::OperationRecord)
