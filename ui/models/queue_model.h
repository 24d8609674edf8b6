// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/queue_entry.h"

#include <QAbstractTableModel>
#include <QUndoStack>

#include <span>

namespace swb::ui {

/// The queue of one connection as a table, with an undo stack of its own. It is kept when sends
/// fail and when the connection drops: nothing but the user takes a row away.
///
/// The verbs (`add`, `remove`, `move`, `setData`, drops) go over the undo stack; the `raw` members
/// are what its commands use.
/// **Threads** GUI thread.
class QueueModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        EnabledColumn,
        WhatColumn,
        OffsetColumn,
        CountColumn,
        BytesColumn,
        StateColumn,
        kColumnCount
    };
    enum Role {
        StateRole = Qt::UserRole + 1, ///< int of ItemState
        StateIconRole, ///< The name of a drawing.
        StateToneRole, ///< int of Tone
        PermilleRole, ///< How much is done, 0 to 1000, while pending; -1 otherwise.
        IsFileRole,
    };

    explicit QueueModel(QObject* parent = nullptr);

    QUndoStack& undoStack() { return m_undo; }
    const QueueEntries& entries() const { return m_entries; }
    const QueueEntry& entry(int row) const { return m_entries.at(static_cast<std::size_t>(row)); }
    int size() const { return static_cast<int>(m_entries.size()); }

    /// Inserts before `row`; a `row` past the end appends. One undo step.
    void add(int row, std::vector<workbench::QueueItem> items);
    void remove(std::vector<int> rows);
    /// Moves `rows`, in their order, to before row `before` (counted before the move). Returns the
    /// first row they have now.
    int move(std::vector<int> rows, int before);
    void setEnabled(const std::vector<int>& rows, bool enabled);
    void replace(int row, workbench::QueueItem item);

    /// Why `text` cannot become a file's offset or count; empty when it can. Nothing changes.
    static QString checkEdit(const QString& text);

    /// What became of a request to send these rows. For several rows as one operation `rows` is in
    /// sending order.
    void setOutcome(
        std::span<const int> rows, const workbench::SendTicket& ticket, const QString& subject);
    /// Looks up how pending sends have come along; changes rows in place. Returns whether any send
    /// is still pending.
    bool refresh(const RecordLookup& lookup);
    /// Operations of this queue that are pending, each once.
    std::vector<std::uint64_t> pendingOperations() const;
    /// What the kernel has taken of the sends that are still pending.
    std::uint64_t pendingBytesDone() const;
    /// Bytes of all enabled items whose size is known.
    std::uint64_t enabledBytes() const;
    int enabledCount() const;
    bool hasFile() const;

    // For the undo commands.
    void rawInsert(int row, QueueEntries entries);
    QueueEntries rawTake(int row, int count);
    /// `order[i]` is the old row of the new row i.
    void rawReorder(const std::vector<int>& order);
    void rawReplace(int row, QueueEntry entry);
    void rawSetEnabled(int row, bool enabled);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    QVariant headerData(
        int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    Qt::DropActions supportedDropActions() const override;
    Qt::DropActions supportedDragActions() const override;
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
        const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
        const QModelIndex& parent) override;

signals:
    /// Something the user asked for could not be done; `message` is whole sentences.
    void refused(const QString& message);
    /// Rows [first, last] are new by the user's doing: a view selects them.
    void placed(int first, int last);

private:
    QVariant display(const QueueEntry& entry, int column) const;
    QVariant toolTip(const QueueEntry& entry, int column) const;
    void dropFiles(const QMimeData& data, int row);

    QueueEntries m_entries;
    QUndoStack m_undo;
};

} // namespace swb::ui
