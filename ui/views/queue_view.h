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
    /// Offset and count are shown only while the queue has a file.
    void showRangeColumns(bool shown);
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
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void selectionChanged(
        const QItemSelection& selected, const QItemSelection& deselected) override;

private:
    int yOfRow(int row) const;
    /// What is shown gets what the state, which must be readable, leaves over.
    void fitColumns();
    bool editBuffer(const QModelIndex& index);

    QueueModel* m_queue = nullptr;
    bool m_userSized = false; ///< The user has chosen widths: they stay.
    bool m_fitting = false;
    QString m_emptyText;
    int m_dropRow = -1; ///< While something is dragged over it.
};

} // namespace swb::ui
