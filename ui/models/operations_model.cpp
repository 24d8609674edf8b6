// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_model.h"

#include "ui/models/operations_model_text.h"
#include "ui/support/icons.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace swb::ui {
namespace {

constexpr int kRunningIntervalMs = 100; ///< The last digit of "4.1 s".
constexpr int kMaxChangedRanges
    = 8; ///< Beyond it one signal for all rows between costs a view less.

bool isNumeric(OperationColumn column)
{
    switch (column) {
    case OperationColumn::Number:
    case OperationColumn::Time:
    case OperationColumn::Socket:
    case OperationColumn::Bytes:
    case OperationColumn::Progress:
    case OperationColumn::Duration:
        return true;
    case OperationColumn::Operation:
    case OperationColumn::Outcome:
    case OperationColumn::Error:
    case OperationColumn::Threads:
        break;
    }
    return false;
}

Qt::Alignment alignment(OperationColumn column)
{
    return Qt::AlignVCenter | (isNumeric(column) ? Qt::AlignRight : Qt::AlignLeft);
}

QString displayText(const OperationText& text, OperationColumn column)
{
    switch (column) {
    case OperationColumn::Number:
        return text.number();
    case OperationColumn::Time:
        return text.time();
    case OperationColumn::Socket:
        return text.socket();
    case OperationColumn::Operation:
        return text.operation();
    case OperationColumn::Outcome:
        return text.outcome();
    case OperationColumn::Bytes:
        return text.bytes();
    case OperationColumn::Progress:
        return text.progress();
    case OperationColumn::Error:
        return text.error();
    case OperationColumn::Duration:
        return text.duration();
    case OperationColumn::Threads:
        return text.threads();
    }
    return {};
}

QString accessibleText(const OperationText& text, OperationColumn column)
{
    switch (column) {
    case OperationColumn::Bytes:
        return text.bytesSpoken();
    case OperationColumn::Error:
        return text.errorSpoken();
    case OperationColumn::Duration:
        return text.durationSpoken();
    case OperationColumn::Threads:
        return text.threadsSpoken();
    default:
        return displayText(text, column);
    }
}

QString toolTip(const OperationText& text, OperationColumn column)
{
    switch (column) {
    case OperationColumn::Time:
    case OperationColumn::Duration:
        return text.timesExact();
    case OperationColumn::Outcome:
        return text.outcomeExplained();
    case OperationColumn::Bytes:
    case OperationColumn::Progress:
        return text.bytesExact();
    case OperationColumn::Error:
        return text.errorExplained();
    case OperationColumn::Threads:
        return text.threadsSpoken();
    default:
        return {};
    }
}

} // namespace

OperationsModel::OperationsModel(const trace::TraceStore& store, QObject* parent)
    : QAbstractTableModel(parent)
    , m_store(store)
    , m_icons{icon(QStringLiteral("state-synchronous"), Tone::Good),
          icon(QStringLiteral("state-pending"), Tone::Waiting),
          icon(QStringLiteral("state-completed"), Tone::Good),
          icon(QStringLiteral("state-failed"), Tone::Bad),
          icon(QStringLiteral("state-aborted"), Tone::Bad)}
    , m_rows(rowsFor(store.rowCount()))
{
    m_running.setInterval(kRunningIntervalMs);
    connect(&m_running, &QTimer::timeout, this, &OperationsModel::announceRunning);
    collectPending(0);
}

OperationsModel::~OperationsModel() = default;

int OperationsModel::rowsFor(std::uint64_t count)
{
    return static_cast<int>(std::min<std::uint64_t>(count, std::numeric_limits<int>::max()));
}

int OperationsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int OperationsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : kOperationColumnCount;
}

std::optional<trace::OperationRecord> OperationsModel::record(const QModelIndex& index) const
{
    if (!index.isValid() || !checkIndex(index))
        return std::nullopt;
    return m_store.record(static_cast<std::uint64_t>(index.row()));
}

QModelIndex OperationsModel::indexOfOperation(quint64 operationId) const
{
    if (operationId == 0 || operationId > static_cast<quint64>(m_rows))
        return {};
    return index(static_cast<int>(trace::TraceStore::rowOf(operationId)), 0);
}

QVariant OperationsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !checkIndex(index))
        return {};
    const auto column = static_cast<OperationColumn>(index.column());
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(alignment(column));

    const trace::OperationRecord record = m_store.record(static_cast<std::uint64_t>(index.row()));
    switch (role) {
    case OperationRecordRole:
        return QVariant::fromValue(record);
    case OperationIdRole:
        return static_cast<qulonglong>(record.id);
    case OperationOutcomeRole:
        return OperationText::isMissing(record) ? QVariant()
                                                : static_cast<int>(trace::outcome(record));
    case OperationPercentRole: {
        const std::optional<int> percent = OperationText::percent(record);
        return percent ? QVariant(*percent) : QVariant();
    }
    case OperationSocketRole:
        return record.socketId;
    case Qt::DecorationRole:
        if (column != OperationColumn::Outcome || OperationText::isMissing(record))
            return {};
        return m_icons[static_cast<std::size_t>(trace::outcome(record))];
    default:
        break;
    }

    const OperationText text(record, m_store.originNs(), trace::steadyNowNs());
    switch (role) {
    case Qt::DisplayRole:
        return displayText(text, column);
    case Qt::AccessibleTextRole:
        return accessibleText(text, column);
    case Qt::ToolTipRole:
        return toolTip(text, column);
    default:
        return {};
    }
}

QVariant OperationsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= kOperationColumnCount)
        return {};
    const auto column = static_cast<OperationColumn>(section);
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(alignment(column));
    const bool toolTip = role == Qt::ToolTipRole;
    if (role != Qt::DisplayRole && !toolTip)
        return {};
    switch (column) {
    case OperationColumn::Number:
        return toolTip ? tr("Number of the operation, in the order in which they started")
                       : tr("#");
    case OperationColumn::Time:
        return toolTip ? tr("Seconds from the first call to this one") : tr("Time");
    case OperationColumn::Socket:
        return toolTip ? tr("Number of the socket") : tr("Socket");
    case OperationColumn::Operation:
        return toolTip ? tr("What was called") : tr("Operation");
    case OperationColumn::Outcome:
        return toolTip ? tr("Whether the call finished at once or is pending, and how it ended")
                       : tr("Outcome");
    case OperationColumn::Bytes:
        return toolTip ? tr("Bytes done / bytes asked for") : tr("Bytes");
    case OperationColumn::Progress:
        return toolTip ? tr("Share of the bytes to send that the kernel has taken")
                       : tr("Progress");
    case OperationColumn::Error:
        return toolTip ? tr("Name and number of the error, and the system's own") : tr("Error");
    case OperationColumn::Duration:
        return toolTip ? tr("From the call to its result; of a pending one, up to now")
                       : tr("Lasted");
    case OperationColumn::Threads:
        return toolTip ? tr("Thread of the call → thread on which the Completed event came")
                       : tr("Threads");
    }
    return {};
}

void OperationsModel::apply(const OperationsBatch& batch)
{
    announceChanged(batch.changedRows);
    const int rows = rowsFor(static_cast<std::uint64_t>(batch.firstNewRow + batch.newRows));
    if (!batch.changedRows.isEmpty())
        std::erase_if(m_pending,
            [this](int row) { return !m_store.isPending(static_cast<std::uint64_t>(row)); });
    if (rows > m_rows) {
        const int first = m_rows;
        beginInsertRows({}, first, rows - 1);
        m_rows = rows;
        collectPending(first);
        endInsertRows();
    }
    updateRunningTimer();
}

/// `rows` ascend. Neighbours share a signal, since views pay for each signal more than for each
/// row.
void OperationsModel::announceChanged(const QList<qint64>& rows)
{
    const auto end = std::lower_bound(rows.begin(), rows.end(), qint64{m_rows});
    if (rows.begin() == end)
        return;
    const auto announce = [this](qint64 first, qint64 last) {
        emit dataChanged(index(static_cast<int>(first), 0),
            index(static_cast<int>(last), kOperationColumnCount - 1));
    };
    QList<std::pair<qint64, qint64>> ranges;
    for (auto row = rows.begin(); row != end; ++row) {
        if (!ranges.isEmpty() && ranges.last().second + 1 >= *row)
            ranges.last().second = *row;
        else if (ranges.size() < kMaxChangedRanges)
            ranges.append({*row, *row});
        else
            return announce(rows.first(), *std::prev(end));
    }
    for (const auto& [first, last] : ranges)
        announce(first, last);
}

void OperationsModel::setVisibleRows(int first, int last)
{
    m_firstVisible = first;
    m_lastVisible = last;
    updateRunningTimer();
}

void OperationsModel::collectPending(int firstRow)
{
    for (int row = firstRow; row < m_rows; ++row) {
        if (m_store.isPending(static_cast<std::uint64_t>(row)))
            m_pending.push_back(row);
    }
}

std::pair<int, int> OperationsModel::visiblePendingRows() const
{
    const auto first = std::lower_bound(m_pending.begin(), m_pending.end(), m_firstVisible);
    const auto end = std::upper_bound(first, m_pending.end(), m_lastVisible);
    if (m_firstVisible < 0 || first == end)
        return {-1, -1};
    return {*first, *std::prev(end)};
}

/// Runs only while there is a running time on screen.
void OperationsModel::updateRunningTimer()
{
    const bool needed = visiblePendingRows().first >= 0;
    if (needed && !m_running.isActive())
        m_running.start();
    else if (!needed)
        m_running.stop();
}

void OperationsModel::announceRunning()
{
    const auto [first, last] = visiblePendingRows();
    if (first < 0) {
        m_running.stop();
        return;
    }
    const int column = static_cast<int>(OperationColumn::Duration);
    emit dataChanged(
        index(first, column), index(last, column), {Qt::DisplayRole, Qt::AccessibleTextRole});
}

} // namespace swb::ui
