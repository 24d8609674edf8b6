// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/queue_model.h"

#include "engine/net/exceptions.h"
#include "engine/trace/operation_record.h"
#include "engine/workbench/payload_codec.h"
#include "ui/models/queue_commands.h"
#include "ui/support/format.h"
#include "ui/support/icons.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace swb::ui {

using workbench::FilePayload;
using workbench::QueueItem;

namespace {

constexpr int kUndoSteps = 100;

std::vector<int> ascending(std::vector<int> rows)
{
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

struct Look {
    const char* word;
    const char* icon;
    Tone tone;
};

Look lookOf(ItemState state)
{
    switch (state) {
    case ItemState::Synchronous:
        return {QT_TRANSLATE_NOOP("swb::ui::QueueModel", "synchronous"), "state-synchronous",
            Tone::Good};
    case ItemState::Pending:
        return {
            QT_TRANSLATE_NOOP("swb::ui::QueueModel", "pending"), "state-pending", Tone::Waiting};
    case ItemState::Completed:
        return {
            QT_TRANSLATE_NOOP("swb::ui::QueueModel", "completed"), "state-completed", Tone::Good};
    case ItemState::Failed:
        return {QT_TRANSLATE_NOOP("swb::ui::QueueModel", "failed"), "state-failed", Tone::Bad};
    case ItemState::Aborted:
        return {QT_TRANSLATE_NOOP("swb::ui::QueueModel", "aborted"), "state-aborted", Tone::Bad};
    case ItemState::Queued:
        break;
    }
    return {QT_TRANSLATE_NOOP("swb::ui::QueueModel", "queued"), "state-queued", Tone::Quiet};
}

int permille(const ItemOutcome& outcome)
{
    if (outcome.bytes == 0)
        return 0;
    const double part
        = static_cast<double>(outcome.bytesDone()) / static_cast<double>(outcome.bytes);
    return static_cast<int>(part * 1000);
}

QString pendingText(const QString& word, const ItemOutcome& outcome)
{
    QString text = QueueModel::tr("%1 %2 %").arg(word).arg(permille(outcome) / 10);
    if (outcome.rate.perSecond() > 0) {
        text += QStringLiteral(", ") + rateText(outcome.rate.perSecond());
        const QString left
            = remainingText(outcome.bytes - outcome.bytesDone(), outcome.rate.perSecond());
        if (!left.isEmpty())
            text += QStringLiteral(", ") + left;
    }
    return text;
}

QString stateText(const QueueEntry& entry)
{
    const ItemState state = entry.state();
    const QString word = QueueModel::tr(lookOf(state).word);
    if (state == ItemState::Pending)
        return pendingText(word, *entry.outcome);
    if (state == ItemState::Aborted) {
        return QueueModel::tr("%1 after %2 of %3 bytes")
            .arg(word, groupedNumber(entry.outcome->bytesDone()),
                groupedNumber(entry.outcome->bytes));
    }
    if (state == ItemState::Failed) {
        const auto problem = entry.outcome->problem();
        return problem ? QStringLiteral("%1: %2").arg(word, problemLine(*problem)) : word;
    }
    return word;
}

} // namespace

QueueModel::QueueModel(QObject* parent)
    : QAbstractTableModel(parent)
{
    m_undo.setUndoLimit(kUndoSteps);
}

void QueueModel::add(int row, std::vector<QueueItem> items)
{
    if (items.empty())
        return;
    const int first = std::clamp(row, 0, size());
    QueueEntries entries;
    for (QueueItem& item : items)
        entries.push_back(QueueEntry::of(std::move(item)));
    const int last = first + static_cast<int>(entries.size()) - 1;
    m_undo.push(new AddItemsCommand(*this, first, std::move(entries)));
    emit placed(first, last);
}

void QueueModel::remove(std::vector<int> rows)
{
    rows = ascending(std::move(rows));
    if (!rows.empty())
        m_undo.push(new RemoveItemsCommand(*this, std::move(rows)));
}

int QueueModel::move(std::vector<int> rows, int before)
{
    rows = ascending(std::move(rows));
    before = std::clamp(before, 0, size());
    std::vector<int> order;
    const auto isMoved
        = [&rows](int row) { return std::binary_search(rows.begin(), rows.end(), row); };
    for (int row = 0; row < before; ++row) {
        if (!isMoved(row))
            order.push_back(row);
    }
    const int first = static_cast<int>(order.size());
    order.insert(order.end(), rows.begin(), rows.end());
    for (int row = before; row < size(); ++row) {
        if (!isMoved(row))
            order.push_back(row);
    }
    if (rows.empty() || std::is_sorted(order.begin(), order.end()))
        return first;
    m_undo.push(new ReorderCommand(*this, std::move(order), tr("move")));
    emit placed(first, first + static_cast<int>(rows.size()) - 1);
    return first;
}

void QueueModel::setEnabled(const std::vector<int>& rows, bool enabled)
{
    if (!rows.empty())
        m_undo.push(new EnableItemsCommand(*this, ascending(rows), enabled));
}

void QueueModel::replace(int row, QueueItem item)
{
    m_undo.push(new ReplaceItemCommand(*this, row, QueueEntry::of(std::move(item))));
}

QString QueueModel::checkEdit(const QString& text)
{
    if (text.trimmed().isEmpty())
        return {};
    try {
        workbench::parseSize(text.trimmed().toStdString());
        return {};
    } catch (const ArgumentException& problem) {
        return QString::fromUtf8(problem.what());
    }
}

void QueueModel::setOutcome(
    std::span<const int> rows, const workbench::SendTicket& ticket, const QString& subject)
{
    std::uint64_t firstByte = 0;
    for (const int row : rows) {
        QueueEntry& entry = m_entries.at(static_cast<std::size_t>(row));
        // A file may have grown or gone since it was queued.
        entry.size = entry.item.size();
        ItemOutcome outcome;
        outcome.ticket = ticket;
        outcome.subject = subject;
        outcome.firstByte = firstByte;
        outcome.bytes = entry.size > 0 ? static_cast<std::uint64_t>(entry.size) : 0;
        firstByte += outcome.bytes;
        entry.outcome = std::move(outcome);
        emit dataChanged(index(row, 0), index(row, kColumnCount - 1));
    }
}

bool QueueModel::refresh(const RecordLookup& lookup)
{
    bool pending = false;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        auto& outcome = m_entries[i].outcome;
        if (!outcome || outcome->isOver())
            continue;
        bool changed = false;
        auto record = lookup(outcome->ticket.operationId);
        if (record
            && (!outcome->record || outcome->record->phase != record->phase
                || outcome->record->bytesDone != record->bytesDone)) {
            outcome->record = record;
            changed = true;
        }
        const double rateBefore = outcome->rate.perSecond();
        outcome->rate.sample(trace::steadyNowNs(), outcome->bytesDone());
        if (outcome->rate.perSecond() != rateBefore)
            changed = true;
        if (changed)
            emit dataChanged(
                index(static_cast<int>(i), StateColumn), index(static_cast<int>(i), StateColumn));
        pending = pending || !outcome->isOver();
    }
    return pending;
}

std::vector<std::uint64_t> QueueModel::pendingOperations() const
{
    std::set<std::uint64_t> ids;
    for (const QueueEntry& entry : m_entries) {
        if (entry.outcome && !entry.outcome->isOver())
            ids.insert(entry.outcome->ticket.operationId);
    }
    return {ids.begin(), ids.end()};
}

std::uint64_t QueueModel::pendingBytesDone() const
{
    // Items that go out as one operation share its bytes; each has its own stretch of them.
    return std::accumulate(m_entries.begin(), m_entries.end(), std::uint64_t{0},
        [](std::uint64_t sum, const QueueEntry& e) {
            return e.state() == ItemState::Pending ? sum + e.outcome->bytesDone() : sum;
        });
}

std::uint64_t QueueModel::enabledBytes() const
{
    return std::accumulate(m_entries.begin(), m_entries.end(), std::uint64_t{0},
        [](std::uint64_t sum, const QueueEntry& e) {
            return e.item.enabled && e.size > 0 ? sum + static_cast<std::uint64_t>(e.size) : sum;
        });
}

int QueueModel::enabledCount() const
{
    return static_cast<int>(std::count_if(
        m_entries.begin(), m_entries.end(), [](const QueueEntry& e) { return e.item.enabled; }));
}

bool QueueModel::hasFile() const
{
    return std::any_of(
        m_entries.begin(), m_entries.end(), [](const QueueEntry& e) { return e.item.isFile(); });
}

void QueueModel::rawInsert(int row, QueueEntries entries)
{
    beginInsertRows({}, row, row + static_cast<int>(entries.size()) - 1);
    m_entries.insert(m_entries.begin() + row, std::make_move_iterator(entries.begin()),
        std::make_move_iterator(entries.end()));
    endInsertRows();
}

QueueEntries QueueModel::rawTake(int row, int count)
{
    beginRemoveRows({}, row, row + count - 1);
    const auto first = m_entries.begin() + row;
    QueueEntries taken(std::make_move_iterator(first), std::make_move_iterator(first + count));
    m_entries.erase(first, first + count);
    endRemoveRows();
    return taken;
}

void QueueModel::rawReorder(const std::vector<int>& order)
{
    emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    QueueEntries reordered;
    reordered.reserve(m_entries.size());
    std::vector<int> newRow(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        reordered.push_back(std::move(m_entries[static_cast<std::size_t>(order[i])]));
        newRow[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
    }
    m_entries = std::move(reordered);
    const QModelIndexList before = persistentIndexList();
    QModelIndexList after;
    for (const QModelIndex& old : before)
        after.append(index(newRow[static_cast<std::size_t>(old.row())], old.column()));
    changePersistentIndexList(before, after);
    emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void QueueModel::rawReplace(int row, QueueEntry entry)
{
    m_entries.at(static_cast<std::size_t>(row)) = std::move(entry);
    emit dataChanged(index(row, 0), index(row, kColumnCount - 1));
}

void QueueModel::rawSetEnabled(int row, bool enabled)
{
    m_entries.at(static_cast<std::size_t>(row)).item.enabled = enabled;
    emit dataChanged(index(row, 0), index(row, kColumnCount - 1));
}

int QueueModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : size();
}

int QueueModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int{kColumnCount};
}

QVariant QueueModel::display(const QueueEntry& entry, int column) const
{
    const auto* file = std::get_if<FilePayload>(&entry.item.payload);
    switch (column) {
    case WhatColumn:
        return entry.label;
    case OffsetColumn:
        return file ? groupedNumber(static_cast<std::uint64_t>(file->offset)) : QString();
    case CountColumn:
        if (!file)
            return QString();
        return file->count == 0 ? tr("to the end")
                                : groupedNumber(static_cast<std::uint64_t>(file->count));
    case BytesColumn:
        return entry.size < 0 ? tr("cannot be read")
                              : sizeText(static_cast<std::uint64_t>(entry.size));
    case StateColumn:
        return stateText(entry);
    default:
        return {};
    }
}

QVariant QueueModel::toolTip(const QueueEntry& entry, int column) const
{
    const auto* file = std::get_if<FilePayload>(&entry.item.payload);
    switch (column) {
    case EnabledColumn:
        return tr("Whether this item takes part in Send queue as one (Space)");
    case WhatColumn:
        return file ? QString::fromStdString(file->path) : entry.label;
    case OffsetColumn:
    case CountColumn:
        return file
            ? tr("F2 edits it: 4096, 64KiB, 1GiB. An empty count means to the end of the file.")
            : QVariant();
    case BytesColumn:
        return entry.size < 0 ? tr("The file is missing, or the range begins past its end.")
                              : exactSizeText(static_cast<std::uint64_t>(entry.size));
    default:
        break;
    }
    if (!entry.outcome)
        return tr("Not sent yet");
    if (const auto problem = entry.outcome->problem())
        return problemToolTip(*problem);
    if (entry.state() == ItemState::Synchronous)
        return tr("The call returned false: it had finished at once, and no event came.");
    return tr("%1 of %2 bytes. The call returned true: Completed is raised on a worker thread.")
        .arg(groupedNumber(entry.outcome->bytesDone()), groupedNumber(entry.outcome->bytes));
}

QVariant QueueModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const QueueEntry& entry = m_entries[static_cast<std::size_t>(index.row())];
    const Look look = lookOf(entry.state());
    switch (role) {
    case Qt::DisplayRole:
        return display(entry, index.column());
    case Qt::EditRole: {
        const auto* file = std::get_if<FilePayload>(&entry.item.payload);
        if (file && index.column() == OffsetColumn)
            return QString::number(file->offset);
        if (file && index.column() == CountColumn)
            return file->count == 0 ? QString() : QString::number(file->count);
        return display(entry, index.column());
    }
    case Qt::CheckStateRole:
        if (index.column() != EnabledColumn)
            return {};
        return static_cast<int>(entry.item.enabled ? Qt::Checked : Qt::Unchecked);
    case Qt::TextAlignmentRole: {
        const bool number = index.column() >= OffsetColumn && index.column() <= BytesColumn;
        return static_cast<int>(number ? Qt::AlignRight : Qt::AlignLeft)
            | static_cast<int>(Qt::AlignVCenter);
    }
    case Qt::ToolTipRole:
        return toolTip(entry, index.column());
    case Qt::AccessibleTextRole:
        if (index.column() == EnabledColumn)
            return entry.item.enabled ? tr("enabled") : tr("disabled");
        return display(entry, index.column());
    case StateRole:
        return static_cast<int>(entry.state());
    case StateIconRole:
        return QString::fromLatin1(look.icon);
    case StateToneRole:
        return static_cast<int>(look.tone);
    case PermilleRole:
        return entry.state() == ItemState::Pending ? permille(*entry.outcome) : -1;
    case IsFileRole:
        return entry.item.isFile();
    default:
        return {};
    }
}

bool QueueModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return false;
    if (role == Qt::CheckStateRole && index.column() == EnabledColumn) {
        setEnabled({index.row()}, value.toInt() == Qt::Checked);
        return true;
    }
    const bool range = index.column() == OffsetColumn || index.column() == CountColumn;
    QueueItem item = entry(index.row()).item;
    auto* file = std::get_if<FilePayload>(&item.payload);
    if (role != Qt::EditRole || !range || !file)
        return false;
    const QString text = value.toString().trimmed();
    if (const QString error = checkEdit(text); !error.isEmpty()) {
        emit refused(error);
        return false;
    }
    const auto number
        = text.isEmpty() ? 0 : static_cast<std::int64_t>(workbench::parseSize(text.toStdString()));
    std::int64_t& field = index.column() == OffsetColumn ? file->offset : file->count;
    if (field != number) {
        field = number;
        replace(index.row(), std::move(item));
    }
    return true;
}

QVariant QueueModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Vertical)
        return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
    if (role == Qt::TextAlignmentRole) {
        const bool number = section >= OffsetColumn && section <= BytesColumn;
        return static_cast<int>(number ? Qt::AlignRight : Qt::AlignLeft)
            | static_cast<int>(Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    switch (section) {
    case EnabledColumn:
        return tr("On");
    case WhatColumn:
        return tr("What");
    case OffsetColumn:
        return tr("Offset");
    case CountColumn:
        return tr("Count");
    case BytesColumn:
        return tr("Bytes");
    case StateColumn:
        return tr("State");
    default:
        return {};
    }
}

Qt::ItemFlags QueueModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::ItemIsDropEnabled;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled
        | Qt::ItemNeverHasChildren;
    if (index.column() == EnabledColumn)
        flags |= Qt::ItemIsUserCheckable;
    const bool range = index.column() == OffsetColumn || index.column() == CountColumn;
    if (range && entry(index.row()).item.isFile())
        flags |= Qt::ItemIsEditable;
    return flags;
}

} // namespace swb::ui
