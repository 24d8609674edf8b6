// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

#include <vector>

namespace swb::ui {

class QueueModel;

/// The table of a queue: rows are dragged to reorder, files are dropped between rows, and a line
/// shows where.
class QueueView : public QTableView {
    Q_OBJECT
public:
    explicit QueueView(QWidget* parent = nullptr);

    /// Null shows an empty table.
    void setQueue(QueueModel* queue);
    QueueModel* queue() const { return m_queue; }
    std::vector<int> selectedRows() const;
    void selectRows(int first, int last);
    /// The row before which something dropped at `position` of the viewport goes.
    int dropRowAt(const QPoint& position) const;
    /// Widths and order of the columns, which stay when another queue is shown.
    QByteArray headerState() const;
    void setHeaderState(const QByteArray& state);
    /// What is shown while there are no rows.
    void setEmptyText(const QString& text);

signals:
    void selectionMoved();
    void editWanted(int row); ///< F2, Enter or a double click on a buffer.

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void selectionChanged(
        const QItemSelection& selected, const QItemSelection& deselected) override;

private:
    int yOfRow(int row) const;
    void setUpColumns();
    bool editBuffer(const QModelIndex& index);

    QueueModel* m_queue = nullptr;
    QByteArray m_headerState;
    QString m_emptyText;
    int m_dropRow = -1; ///< While something is dragged over it.
};

} // namespace swb::ui
