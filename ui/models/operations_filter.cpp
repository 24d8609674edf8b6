// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_filter.h"

#include <algorithm>

namespace swb::ui {
namespace {

/// A slice of this many rows takes a few milliseconds.
constexpr int kSliceRows = 50'000;

bool isSend(SocketAsyncOperation kind) noexcept
{
    return kind == SocketAsyncOperation::Send || kind == SocketAsyncOperation::SendPackets
        || kind == SocketAsyncOperation::SendTo;
}

} // namespace

bool OperationFilter::accepts(const trace::OperationRecord& record) const noexcept
{
    switch (show) {
    case Show::MyCalls:
        return record.callThread == windowThread
            && (isSend(record.kind) || record.kind == SocketAsyncOperation::Connect
                || record.kind == SocketAsyncOperation::Disconnect);
    case Show::Sends:
        return isSend(record.kind);
    case Show::OneSocket:
        return record.socketId == socketId;
    case Show::All:
        break;
    }
    return true;
}

OperationsFilterModel::OperationsFilterModel(OperationsModel& source, QObject* parent)
    : QAbstractProxyModel(parent)
    , m_source(source)
{
    setSourceModel(&source);
    m_timer.setSingleShot(true);
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &OperationsFilterModel::scan);
    connect(&source, &QAbstractItemModel::rowsInserted, this, &OperationsFilterModel::scan);
    connect(
        &source, &QAbstractItemModel::dataChanged, this, &OperationsFilterModel::announceChanged);
    connect(&source, &QAbstractItemModel::modelAboutToBeReset, this, [this] { beginResetModel(); });
    connect(&source, &QAbstractItemModel::modelReset, this, [this] {
        m_rows.clear();
        m_scanned = 0;
        endResetModel();
        scan();
    });
    scan();
}

void OperationsFilterModel::setFilter(const OperationFilter& filter)
{
    if (filter == m_filter)
        return;
    beginResetModel();
    m_filter = filter;
    m_rows.clear();
    m_scanned = 0;
    endResetModel();
    scan();
}

void OperationsFilterModel::scan()
{
    const int end = std::min(m_source.rowCount(), m_scanned + kSliceRows);
    std::vector<std::uint32_t> found;
    for (int row = m_scanned; row < end; ++row) {
        const auto record = m_source.record(m_source.index(row, 0));
        if (record && m_filter.accepts(*record))
            found.push_back(static_cast<std::uint32_t>(row));
    }
    m_scanned = end;
    if (!found.empty()) {
        const int first = static_cast<int>(m_rows.size());
        beginInsertRows({}, first, first + static_cast<int>(found.size()) - 1);
        m_rows.insert(m_rows.end(), found.begin(), found.end());
        endInsertRows();
    }
    if (m_scanned < m_source.rowCount())
        m_timer.start();
}

int OperationsFilterModel::lowerRow(int sourceRow) const
{
    const auto at = std::lower_bound(
        m_rows.begin(), m_rows.end(), static_cast<std::uint32_t>(std::max(0, sourceRow)));
    return static_cast<int>(at - m_rows.begin());
}

void OperationsFilterModel::announceChanged(const QModelIndex& first, const QModelIndex& last)
{
    const int from = lowerRow(first.row());
    const int to = lowerRow(last.row() + 1) - 1;
    if (from <= to)
        emit dataChanged(index(from, first.column()), index(to, last.column()));
}

void OperationsFilterModel::setVisibleRows(int first, int last)
{
    const int rows = static_cast<int>(m_rows.size());
    if (first < 0 || last < first || rows == 0) {
        m_source.setVisibleRows(-1, -1);
        return;
    }
    const auto source = [this, rows](int row) {
        return static_cast<int>(m_rows[static_cast<std::size_t>(std::min(row, rows - 1))]);
    };
    m_source.setVisibleRows(source(first), source(last));
}

QModelIndex OperationsFilterModel::index(int row, int column, const QModelIndex& parent) const
{
    return hasIndex(row, column, parent) ? createIndex(row, column) : QModelIndex();
}

QModelIndex OperationsFilterModel::parent(const QModelIndex&) const
{
    return {};
}

int OperationsFilterModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int OperationsFilterModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_source.columnCount();
}

QModelIndex OperationsFilterModel::mapToSource(const QModelIndex& index) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    return m_source.index(
        static_cast<int>(m_rows[static_cast<std::size_t>(index.row())]), index.column());
}

QModelIndex OperationsFilterModel::mapFromSource(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    const int row = lowerRow(index.row());
    if (row >= rowCount()
        || m_rows[static_cast<std::size_t>(row)] != static_cast<std::uint32_t>(index.row()))
        return {};
    return createIndex(row, index.column());
}

QVariant OperationsFilterModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    // A proxy's own answer would ask for a row that may not exist.
    return m_source.headerData(section, orientation, role);
}

} // namespace swb::ui
