// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_model.h"

#include "ui/support/format.h"
#include "ui/support/icons.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace swb::ui {
namespace {

constexpr int kRunningIntervalMs = 100; ///< The last digit of "4.1 s".

/// Whether two records of one operation tell the same.
bool isSame(const trace::OperationRecord& a, const trace::OperationRecord& b)
{
    // All fields up to the last one; what pads the end of a record is not compared.
    constexpr std::size_t kBytes
        = offsetof(trace::OperationRecord, flags) + sizeof(trace::OperationRecord::flags);
    return std::memcmp(&a, &b, kBytes) == 0;
}

} // namespace

OperationsModel::OperationsModel(OperationsOrder& order, QObject* parent)
    : QAbstractTableModel(parent)
    , m_order(order)
    , m_icons{icon(QStringLiteral("state-synchronous"), Tone::Good),
          icon(QStringLiteral("state-pending"), Tone::Waiting),
          icon(QStringLiteral("state-completed"), Tone::Good),
          icon(QStringLiteral("state-failed"), Tone::Bad),
          icon(QStringLiteral("state-aborted"), Tone::Bad)}
{
    m_running.setInterval(kRunningIntervalMs);
    connect(&m_running, &QTimer::timeout, this, &OperationsModel::announceRunning);
    connect(&order, &OperationsOrder::changed, this, [this] {
        if (!m_following && m_anchorRow)
            m_first = m_order.rank(*m_anchorRow);
        refresh();
    });
    connect(&order, &OperationsOrder::rearranged, this, &OperationsModel::rearrange);
    connect(&order.shown().bridge(), &EngineBridge::operationsChanged, this,
        &OperationsModel::refreshRecords);
    refresh();
}

OperationsModel::~OperationsModel() = default;

int OperationsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int OperationsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : kOperationColumnCount;
}

std::optional<trace::OperationRecord> OperationsModel::record(int row) const
{
    if (row < 0 || row >= rowCount())
        return std::nullopt;
    return m_rows[static_cast<std::size_t>(row)].record;
}

std::optional<trace::OperationRecord> OperationsModel::record(const QModelIndex& index) const
{
    return index.isValid() ? record(index.row()) : std::nullopt;
}

int OperationsModel::rowOf(quint64 index) const
{
    return index >= m_first && index - m_first < m_rows.size() ? static_cast<int>(index - m_first)
                                                               : -1;
}

QVariant OperationsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !checkIndex(index))
        return {};
    const auto column = static_cast<OperationColumn>(index.column());
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(alignment(column));

    const auto at = static_cast<std::size_t>(index.row());
    const trace::OperationRecord& record = m_rows[at].record;
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
    case Qt::DisplayRole:
        return text(
            record, column, at == 0 ? m_aboveNs : std::optional(m_rows[at - 1].record.submittedNs));
    case Qt::AccessibleTextRole:
        return spoken(record, m_first + at, column);
    case Qt::ToolTipRole:
        return explained(record, column);
    default:
        return {};
    }
}

OperationText OperationsModel::words(const trace::OperationRecord& record) const
{
    return {record, m_order.shown().store()};
}

QString OperationsModel::reason(const trace::OperationRecord& record) const
{
    const bool pending = m_reason && !OperationText::isMissing(record)
        && trace::outcome(record) == trace::Outcome::Pending;
    return pending ? m_reason(record) : QString();
}

void OperationsModel::setReason(std::function<QString(const trace::OperationRecord&)> reason)
{
    m_reason = std::move(reason);
}

QString OperationsModel::text(const trace::OperationRecord& record, OperationColumn column,
    std::optional<std::int64_t> aboveNs) const
{
    if (column == OperationColumn::Error && record.error == SocketError::Success)
        return reason(record);
    return displayText(words(record), column, m_timeFormat, aboveNs);
}

std::optional<std::int64_t> OperationsModel::aboveNs(quint64 index) const
{
    if (index == 0)
        return std::nullopt;
    return m_order.shown().store().record(m_order.rowAt(index - 1)).submittedNs;
}

QString OperationsModel::spoken(quint64 index, OperationColumn column) const
{
    if (index >= m_order.count())
        return {};
    return spoken(m_order.shown().store().record(m_order.rowAt(index)), index, column);
}

QString OperationsModel::spoken(
    const trace::OperationRecord& record, quint64 index, OperationColumn column) const
{
    // The view has only the rows on the screen; which one of how many it is must be said.
    if (column == OperationColumn::Number)
        return tr("%1, row %2 of %3")
            .arg(words(record).number(), groupedNumber(index + 1), groupedNumber(m_order.count()));
    if (column == OperationColumn::Error) {
        const QString why = reason(record);
        if (!why.isEmpty())
            return tr("pending: %1").arg(why);
    }
    const QString said = spokenText(words(record), column);
    return said.isEmpty() ? text(record, column, aboveNs(index)) : said;
}

QString OperationsModel::explained(quint64 index, OperationColumn column) const
{
    if (index >= m_order.count())
        return {};
    return explained(m_order.shown().store().record(m_order.rowAt(index)), column);
}

QString OperationsModel::explained(
    const trace::OperationRecord& record, OperationColumn column) const
{
    const QString tip = toolTip(words(record), column);
    const bool tells = column == OperationColumn::Outcome || column == OperationColumn::Error;
    const QString why = tells ? reason(record) : QString();
    if (why.isEmpty())
        return tip;
    const QString line = tr("Why it is pending: %1").arg(why);
    return tip.isEmpty() ? line : tip + u'\n' + line;
}

QVariant OperationsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= kOperationColumnCount)
        return {};
    const auto column = static_cast<OperationColumn>(section);
    switch (role) {
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(alignment(column));
    case Qt::DisplayRole:
        return heading(column, m_timeFormat);
    case Qt::ToolTipRole:
        return headingToolTip(column, m_timeFormat);
    default:
        return {};
    }
}

quint64 OperationsModel::lastFirst() const
{
    const quint64 rows = m_order.count();
    const auto page = static_cast<quint64>(m_page);
    return rows > page ? rows - page : 0;
}

void OperationsModel::setPage(int rows)
{
    const int page = std::max(1, rows);
    if (page == m_page)
        return;
    m_page = page;
    refresh();
    emit scrolled();
}

void OperationsModel::scrollTo(quint64 first)
{
    const quint64 last = lastFirst();
    m_first = std::min(first, last);
    m_anchorRow = m_order.count() > 0 ? std::optional(m_order.rowAt(m_first)) : std::nullopt;
    setFollowingNow(m_first == last && !m_order.isSorted());
    refresh();
}

void OperationsModel::makeVisible(quint64 index)
{
    const auto page = static_cast<quint64>(m_page);
    if (index < m_first)
        scrollTo(index);
    else if (index >= m_first + page)
        scrollTo(index - page + 1);
}

void OperationsModel::setFollowing(bool following)
{
    if (following) {
        m_order.setPaused(false);
        m_order.unsort();
        scrollTo(lastFirst());
        return;
    }
    if (m_order.count() > 0)
        m_anchorRow = m_order.rowAt(m_first);
    setFollowingNow(false);
}

void OperationsModel::setFollowingNow(bool following)
{
    if (!following)
        m_countWhenLeft = std::max(m_following ? m_order.count() : m_countWhenLeft,
            m_first + static_cast<quint64>(m_page));
    if (following == m_following)
        return;
    m_following = following;
    emit followingChanged(following);
}

quint64 OperationsModel::newBelow() const
{
    if (m_order.isSorted() || m_order.isPaused())
        return m_order.newer();
    if (m_following || m_order.count() <= m_countWhenLeft)
        return 0;
    return m_order.count() - m_countWhenLeft;
}

void OperationsModel::setActive(bool active)
{
    if (active == m_active)
        return;
    m_active = active;
    if (active)
        refresh();
    else
        m_running.stop();
}

void OperationsModel::setTimeFormat(const TimeFormat& format)
{
    if (format == m_timeFormat)
        return;
    m_timeFormat = format;
    const int column = static_cast<int>(OperationColumn::Time);
    emit headerDataChanged(Qt::Horizontal, column, column);
    if (!m_rows.empty())
        emit dataChanged(index(0, column), index(rowCount() - 1, column));
}

void OperationsModel::rearrange()
{
    if (m_order.isSorted()) {
        if (!m_wasSorted)
            m_followedBeforeSort = m_following;
        m_first = 0; // What one sorts for is at the top.
        setFollowingNow(false);
    } else if (m_wasSorted) {
        setFollowingNow(m_followedBeforeSort);
        m_anchorRow = m_following ? std::nullopt : m_anchorRow;
    }
    m_wasSorted = m_order.isSorted();
    if (!m_wasSorted && !m_following && m_anchorRow)
        m_first = m_order.rank(*m_anchorRow);
    refresh();
}

std::vector<OperationsModel::Row> OperationsModel::rowsInView(
    std::optional<std::int64_t>& aboveNs) const
{
    const trace::TraceStore& store = m_order.shown().store();
    std::vector<std::uint64_t> numbers(static_cast<std::size_t>(m_page) + 1);
    numbers.resize(m_order.copyRows(m_first, numbers));
    std::vector<Row> rows;
    rows.reserve(numbers.size());
    for (const std::uint64_t number : numbers)
        rows.push_back({number, store.record(number)});
    if (m_first > 0)
        aboveNs = store.record(m_order.rowAt(m_first - 1)).submittedNs;
    return rows;
}

void OperationsModel::refresh()
{
    const quint64 count = m_order.count();
    const quint64 before = m_first;
    m_first = m_following ? lastFirst() : std::min(m_first, lastFirst());
    if (m_active) {
        m_aboveNs.reset();
        show(rowsInView(m_aboveNs));
    }
    if (count != m_told || m_first != before) {
        m_told = count;
        emit scrolled();
    }
}

/// One signal for rows that come or go at the end, and one for those that say something else.
void OperationsModel::show(std::vector<Row> rows)
{
    const auto had = static_cast<int>(m_rows.size());
    const auto has = static_cast<int>(rows.size());
    if (has > had) {
        beginInsertRows({}, had, has - 1);
        m_rows.insert(m_rows.end(), rows.begin() + had, rows.end());
        endInsertRows();
    } else if (has < had) {
        beginRemoveRows({}, has, had - 1);
        m_rows.resize(rows.size());
        endRemoveRows();
    }
    m_rows.swap(rows);

    int first = -1;
    int last = -1;
    for (int row = 0; row < std::min(had, has); ++row) {
        const auto at = static_cast<std::size_t>(row);
        if (rows[at].row == m_rows[at].row && isSame(rows[at].record, m_rows[at].record))
            continue;
        first = first < 0 ? row : first;
        last = row;
    }
    if (first >= 0)
        emit dataChanged(index(first, 0), index(last, kOperationColumnCount - 1));
    const bool goesOn = !m_order.shown().store().readOnly()
        && std::any_of(m_rows.begin(), m_rows.end(), isPending);
    if (!goesOn)
        m_running.stop();
    else if (!m_running.isActive())
        m_running.start();
}

bool OperationsModel::isPending(const Row& row)
{
    return row.record.phase != OperationPhase::Completed;
}

void OperationsModel::refreshRecords(const OperationsBatch& batch)
{
    // Only what is pending, or was lost, becomes another record.
    const bool mayChange = std::any_of(m_rows.begin(), m_rows.end(),
        [](const Row& row) { return isPending(row) || OperationText::isMissing(row.record); });
    if (mayChange && !batch.changedRows.isEmpty())
        refresh();
}

void OperationsModel::announceRunning()
{
    const auto first = std::find_if(m_rows.begin(), m_rows.end(), isPending);
    if (first == m_rows.end())
        return;
    const auto last = std::find_if(m_rows.rbegin(), m_rows.rend(), isPending);
    // How long it has lasted, and beside it why.
    emit dataChanged(
        index(static_cast<int>(first - m_rows.begin()), static_cast<int>(OperationColumn::Error)),
        index(static_cast<int>(m_rows.rend() - last) - 1,
            static_cast<int>(OperationColumn::Duration)),
        {Qt::DisplayRole, Qt::AccessibleTextRole});
}

} // namespace swb::ui
