// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/queue_commands.h"

#include "ui/models/queue_model.h"

#include <numeric>

namespace swb::ui {

AddItemsCommand::AddItemsCommand(QueueModel& model, int row, QueueEntries entries)
    : QUndoCommand(entries.size() == 1 ? QueueModel::tr("add item")
                                       : QueueModel::tr("add %1 items").arg(entries.size()))
    , m_model(model)
    , m_row(row)
    , m_count(static_cast<int>(entries.size()))
    , m_entries(std::move(entries))
{
}

void AddItemsCommand::redo()
{
    m_model.rawInsert(m_row, std::move(m_entries));
    m_entries.clear();
}

void AddItemsCommand::undo()
{
    m_entries = m_model.rawTake(m_row, m_count);
}

RemoveItemsCommand::RemoveItemsCommand(QueueModel& model, std::vector<int> rows)
    : QUndoCommand(rows.size() == 1 ? QueueModel::tr("remove item")
                                    : QueueModel::tr("remove %1 items").arg(rows.size()))
    , m_model(model)
    , m_rows(std::move(rows))
{
}

void RemoveItemsCommand::redo()
{
    m_entries.clear();
    for (auto row = m_rows.rbegin(); row != m_rows.rend(); ++row)
        m_entries.push_back(std::move(m_model.rawTake(*row, 1).front()));
}

void RemoveItemsCommand::undo()
{
    for (const int row : m_rows) {
        QueueEntries one;
        one.push_back(std::move(m_entries.back()));
        m_entries.pop_back();
        m_model.rawInsert(row, std::move(one));
    }
}

ReorderCommand::ReorderCommand(QueueModel& model, std::vector<int> order, const QString& text)
    : QUndoCommand(text)
    , m_model(model)
    , m_order(std::move(order))
{
}

void ReorderCommand::redo()
{
    m_model.rawReorder(m_order);
}

void ReorderCommand::undo()
{
    std::vector<int> inverse(m_order.size());
    for (std::size_t i = 0; i < m_order.size(); ++i)
        inverse[static_cast<std::size_t>(m_order[i])] = static_cast<int>(i);
    m_model.rawReorder(inverse);
}

EnableItemsCommand::EnableItemsCommand(QueueModel& model, std::vector<int> rows, bool enabled)
    : QUndoCommand(enabled ? QueueModel::tr("turn on") : QueueModel::tr("turn off"))
    , m_model(model)
    , m_rows(std::move(rows))
    , m_enabled(enabled)
{
    for (const int row : m_rows)
        m_before.push_back(m_model.entry(row).item.enabled);
}

void EnableItemsCommand::redo()
{
    for (const int row : m_rows)
        m_model.rawSetEnabled(row, m_enabled);
}

void EnableItemsCommand::undo()
{
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        m_model.rawSetEnabled(m_rows[i], m_before[i]);
}

ReplaceItemCommand::ReplaceItemCommand(QueueModel& model, int row, QueueEntry entry)
    : QUndoCommand(QueueModel::tr("edit item %1").arg(row + 1))
    , m_model(model)
    , m_row(row)
    , m_before(model.entry(row))
    , m_after(std::move(entry))
{
}

void ReplaceItemCommand::redo()
{
    m_model.rawReplace(m_row, m_after);
}

void ReplaceItemCommand::undo()
{
    m_model.rawReplace(m_row, m_before);
}

} // namespace swb::ui
