// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/operation_columns.h"
#include "ui/models/operations_selection.h"

#include <QAccessible>
#include <QTableView>
#include <QTimer>

class QMenu;

namespace swb::ui {

class LongScrollBar;
class OperationFocus;
class OperationsModel;

/// The table of operations: shows the rows of an OperationsModel, which are those on the screen,
/// and moves that model over the operations. Selection and current row are those of an
/// OperationsSelection; Qt's own selection model only repeats them for what is on the screen.
///
/// **Threads** GUI thread. **Lifetime** model, selection and focus must outlive it.
class OperationsView : public QTableView {
    Q_OBJECT
public:
    /// What a menu on a value asks for: the term alone, or beside what is filtered already.
    enum class FilterBy { Only, And, AndNot };
    Q_ENUM(FilterBy)

    OperationsView(OperationsModel& operations, OperationsSelection& selection,
        OperationFocus& focus, QWidget* parent = nullptr);

    OperationsModel& operations() const { return m_operations; }
    OperationsSelection& selection() const { return m_selection; }
    OperationColumn currentColumn() const { return static_cast<OperationColumn>(m_column); }
    /// To be put beside the view.
    LongScrollBar* scrollBar() const { return m_bar; }
    bool isFollowing() const;
    void setFollowing(bool following);
    void setEmptyText(const QString& text);
    const QString& emptyText() const { return m_emptyText; }
    /// Scrolls to an index of the order and makes it the only selected one.
    void goTo(quint64 index);
    void goTo(quint64 index, OperationColumn column);
    /// The columns of each row in their order on the screen, without those that are hidden.
    std::vector<OperationColumn> shownColumns() const;
    /// Which columns are shown: one checkable action for each.
    const QList<QAction*>& columnActions() const { return m_columnActions; }
    /// Takes up what horizontalHeader()->saveState() gave.
    void restoreColumns(const QByteArray& state);

    void selectAll() override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;

signals:
    void followingChanged(bool following);
    /// Double click or Enter.
    void inspectRequested(quint64 operationId);
    void filterRequested(const QString& term, swb::ui::OperationsView::FilterBy how);
    void copyRequested();
    /// Another view selected an operation that is not in the table.
    void notInTable(quint64 operationId);
    /// The heading of a column was clicked.
    void sortRequested(swb::ui::OperationColumn column);
    /// The menu of the heading is about to be shown: add to it.
    void headerMenuRequested(QMenu* menu);

protected:
    QItemSelectionModel::SelectionFlags selectionCommand(
        const QModelIndex& index, const QEvent* event = nullptr) const override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void selectionChanged(
        const QItemSelection& selected, const QItemSelection& deselected) override;
    void focusInEvent(QFocusEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void setUpColumns();
    void setUpColumnActions();
    void updateColumnActions();
    void fitReason();
    void paintHovered(QPainter& painter);
    void hover(quint64 operationId);
    void updatePage();
    void updateBar();
    void syncSelection();
    void followFocus(quint64 operationId);
    void lookForMissing();
    void tellCurrent();
    void tellAccessible(QAccessible::Event what);
    void scrollBy(qint64 rows);
    void dragTo(const QPoint& position);
    bool moveTo(const QKeyEvent& event);
    void moveColumn(int step);
    void activateCurrent();
    void letGo();
    void addFilterActions(QMenu& menu);
    quint64 idAt(const QPoint& position) const;

    OperationsModel& m_operations;
    OperationsSelection& m_selection;
    OperationFocus& m_focus;
    LongScrollBar* m_bar;
    QString m_emptyText;
    QList<QAction*> m_columnActions; ///< By OperationColumn.
    QTimer m_autoScroll; ///< While the mouse drags beyond the edge.
    QPoint m_dragPosition;
    bool m_dragging = false;
    qreal m_wheelRest = 0;
    quint64 m_ownHovered = 0; ///< What the mouse is over here: it looks so without us.
    quint64 m_missing = 0; ///< Selected elsewhere, and not among the rows when it was.
    int m_column = 0; ///< Of the current cell.
    int m_reasonWidth = 0; ///< Of its column, at least.
    bool m_fitting = false;
};

} // namespace swb::ui
