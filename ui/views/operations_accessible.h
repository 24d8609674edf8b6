// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHash>

#include <deque>

namespace swb::ui {

class OperationsView;

/// The operations table for a screen reader: all rows of the order, however many they are, not only
/// those that the view has on the screen. A cell is made when somebody asks for it, and says what
/// the row says then; the oldest are let go of.
///
/// Rows are those of the order, columns those that are shown, in their order on the screen. As a
/// child of the table a cell has the number `(row + 1) * columns + column`; the headings are the
/// row before.
///
/// What one call costs does not grow with the number of rows. Qt's AT-SPI bridge answers
/// GetChildren, and others' bridges walk, from the first child to childCount(): so that is bounded,
/// while child() and cellAt() know each cell by its number, as indexOfChild() tells it. (The bridge
/// says of tables that they manage their descendants, so that who knows asks for rows and columns.)
///
/// **Threads** GUI thread. **Lifetime** Qt's, with the view.
class OperationsAccessible : public QAccessibleWidget, public QAccessibleTableInterface {
public:
    static constexpr std::size_t kMostCells = 4096; ///< Kept at a time.
    /// Counted as children, and so made by one call at most: fewer than are kept, so that all are
    /// still there at its end.
    static constexpr int kMostChildren = static_cast<int>(kMostCells / 2);
    /// Rows of a list of what is selected; the count is exact.
    static constexpr int kMostListed = 1000;

    explicit OperationsAccessible(OperationsView& view);
    ~OperationsAccessible() override;
    OperationsAccessible(const OperationsAccessible&) = delete;
    OperationsAccessible& operator=(const OperationsAccessible&) = delete;

    /// Lets Qt find this class for every OperationsView.
    static void install();

    OperationsView& view() const { return m_view; }
    QAccessibleInterface* headingAt(int column) const;

    // QAccessibleInterface
    /// Also past childCount().
    QAccessibleInterface* child(int index) const override;
    /// At most kMostChildren.
    int childCount() const override;
    int indexOfChild(const QAccessibleInterface* child) const override;
    QAccessibleInterface* childAt(int x, int y) const override;
    QAccessibleInterface* focusChild() const override;
    QAccessible::State state() const override;
    void* interface_cast(QAccessible::InterfaceType type) override;

    // QAccessibleTableInterface
    QAccessibleInterface* caption() const override { return nullptr; }
    QAccessibleInterface* summary() const override { return nullptr; }
    QAccessibleInterface* cellAt(int row, int column) const override;
    QString columnDescription(int column) const override;
    QString rowDescription(int row) const override;
    int columnCount() const override;
    int rowCount() const override;
    int selectedCellCount() const override;
    QList<QAccessibleInterface*> selectedCells() const override;
    int selectedColumnCount() const override { return 0; }
    int selectedRowCount() const override;
    QList<int> selectedColumns() const override { return {}; }
    QList<int> selectedRows() const override;
    bool isColumnSelected(int /*column*/) const override { return false; }
    bool isRowSelected(int row) const override;
    bool selectRow(int row) override;
    bool selectColumn(int /*column*/) override { return false; }
    bool unselectRow(int row) override;
    bool unselectColumn(int /*column*/) override { return false; }
    void modelChange(QAccessibleTableModelChangeEvent* event) override;

private:
    QAccessibleInterface* made(int row, int column) const;
    void forget();

    OperationsView& m_view;
    mutable QHash<quint64, QAccessible::Id> m_cells; ///< By row, -1 for headings, and column.
    mutable std::deque<quint64> m_age; ///< The oldest first.
};

} // namespace swb::ui
