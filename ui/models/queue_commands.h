// SPDX-License-Identifier: GPL-3.0-or-later
/// The undoable steps on a queue. Sending is not one of them: what has left cannot be called back.
#pragma once

#include "ui/models/queue_entry.h"

#include <QUndoCommand>

namespace swb::ui {

class QueueModel;

class AddItemsCommand : public QUndoCommand {
public:
    AddItemsCommand(QueueModel& model, int row, QueueEntries entries);
    void redo() override;
    void undo() override;

private:
    QueueModel& m_model;
    int m_row;
    int m_count;
    QueueEntries m_entries; ///< While they are not in the model.
};

class RemoveItemsCommand : public QUndoCommand {
public:
    /// `rows` ascending, without doubles.
    RemoveItemsCommand(QueueModel& model, std::vector<int> rows);
    void redo() override;
    void undo() override;

private:
    QueueModel& m_model;
    std::vector<int> m_rows;
    QueueEntries m_entries;
};

class ReorderCommand : public QUndoCommand {
public:
    ReorderCommand(QueueModel& model, std::vector<int> order, const QString& text);
    void redo() override;
    void undo() override;

private:
    QueueModel& m_model;
    std::vector<int> m_order;
};

class EnableItemsCommand : public QUndoCommand {
public:
    EnableItemsCommand(QueueModel& model, std::vector<int> rows, bool enabled);
    void redo() override;
    void undo() override;

private:
    QueueModel& m_model;
    std::vector<int> m_rows;
    std::vector<bool> m_before;
    bool m_enabled;
};

class ReplaceItemCommand : public QUndoCommand {
public:
    ReplaceItemCommand(QueueModel& model, int row, QueueEntry entry);
    void redo() override;
    void undo() override;

private:
    QueueModel& m_model;
    int m_row;
    QueueEntry m_before;
    QueueEntry m_after;
};

} // namespace swb::ui
