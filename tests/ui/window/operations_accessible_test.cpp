// SPDX-License-Identifier: GPL-3.0-or-later
// What a screen reader finds in the table of operations: all rows, not those on the screen.
#include "tests/ui/window/operations_table.h"

#include "ui/views/operations_accessible.h"

#include <QAccessible>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace swb;
using namespace swb::test;

class OperationsAccessibleTest : public QObject {
    Q_OBJECT

private:
    static QAccessibleTableInterface* tableOf(const Table& t)
    {
        return QAccessible::queryAccessibleInterface(t.view)->tableInterface();
    }
    static QString said(const Table& t, int row, ui::OperationColumn column)
    {
        return tableOf(t)->cellAt(row, static_cast<int>(column))->text(QAccessible::Name);
    }

private slots:
    void allRowsAreThereNotThoseOnTheScreen()
    {
        Table t(100'000);
        t.key(Qt::Key_Home);
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(t.view);
        QCOMPARE(interface->role(), QAccessible::Table);
        QCOMPARE(interface->text(QAccessible::Name), "Operations");
        QAccessibleTableInterface* table = tableOf(t);
        QVERIFY(table);
        QVERIFY(t.view->model()->rowCount() < 100);
        QCOMPARE(table->rowCount(), 100'000);
        QCOMPARE(table->columnCount(), ui::kOperationColumnCount);
        QCOMPARE(interface->childCount(), ui::OperationsAccessible::kMostChildren);
        QCOMPARE(said(t, 1, ui::OperationColumn::Number), "2, row 2 of 100,000");
        QCOMPARE(said(t, 99'999, ui::OperationColumn::Number), "100,000, row 100,000 of 100,000");
        QCOMPARE(said(t, 50'000, ui::OperationColumn::Bytes), "0 of 1,000 bytes"); // was reset
        QVERIFY(!table->cellAt(100'000, 0));
        QVERIFY(!table->cellAt(0, ui::kOperationColumnCount));
        QVERIFY(!table->cellAt(-1, 0));
    }

    void aCellKnowsWhereItIs()
    {
        Table t(5000);
        t.key(Qt::Key_Home);
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(t.view);
        QAccessibleInterface* cell = tableOf(t)->cellAt(4000, 3);
        QCOMPARE(interface->child(interface->indexOfChild(cell)), cell);
        QCOMPARE(cell->parent(), interface);
        QCOMPARE(cell->tableCellInterface()->rowIndex(), 4000);
        QCOMPARE(cell->tableCellInterface()->columnIndex(), 3);
        QCOMPARE(cell->tableCellInterface()->columnHeaderCells().first()->text(QAccessible::Name),
            "Operation");
        QVERIFY(cell->state().offscreen);
        QVERIFY(cell->rect().isEmpty());
        QAccessibleInterface* shown = tableOf(t)->cellAt(1, 3);
        QVERIFY(!shown->state().offscreen);
        const QPoint middle = shown->rect().center();
        QCOMPARE(interface->childAt(middle.x(), middle.y()), shown);
        // What a click does: goes there and selects it.
        cell->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
        QCOMPARE(t.currentId(), quint64{4001});
        QVERIFY(!cell->state().offscreen);
        QVERIFY(cell->state().selected && cell->state().focused);
    }

    void theHeadingsAreTheRowBeforeAndCanBePressed()
    {
        Table t(100);
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(t.view);
        QAccessibleInterface* heading = interface->child(1);
        QCOMPARE(heading->role(), QAccessible::ColumnHeader);
        QCOMPARE(heading->text(QAccessible::Name), "Time");
        QVERIFY(!heading->rect().isEmpty());
        QCOMPARE(tableOf(t)->columnDescription(2), "Socket");
        interface->child(2)->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
        QTRY_VERIFY(t.pane->order().isSorted());
        QCOMPARE(said(t, 0, ui::OperationColumn::Socket), "1");
    }

    void columnsAreThoseThatAreShown()
    {
        Table t(10);
        t.view->setColumnHidden(static_cast<int>(ui::OperationColumn::Time), true);
        QCOMPARE(tableOf(t)->columnCount(), ui::kOperationColumnCount - 1);
        QCOMPARE(tableOf(t)->columnDescription(1), "Socket");
        QCOMPARE(tableOf(t)->cellAt(3, 1)->text(QAccessible::Name), "5");
    }

    void theSelectionIsThatOfAllRows()
    {
        Table t(5000);
        QAccessibleTableInterface* table = tableOf(t);
        t.key(Qt::Key_Home);
        t.key(Qt::Key_End, Qt::ShiftModifier);
        QCOMPARE(table->selectedRowCount(), 5000);
        QCOMPARE(table->selectedRows().size(), ui::OperationsAccessible::kMostListed);
        QVERIFY(table->isRowSelected(2500));
        QVERIFY(table->unselectRow(2500));
        QVERIFY(!table->isRowSelected(2500));
        QCOMPARE(t.pane->selection().count(), quint64{4999});
        QVERIFY(table->selectRow(2500));
        QVERIFY(!table->selectRow(5000));
        QCOMPARE(table->selectedRowCount(), 5000);
    }

    /// As Qt's AT-SPI bridge answers GetChildren, GetNSelectedRows, GetSelectedRows and IsSelected.
    void noCallCostsMoreWithTenMillionRowsOfWhichMostAreOnDisk()
    {
        QTemporaryDir folder;
        trace::TraceStoreOptions store;
        store.folder = folder.path().toStdString();
        store.memoryBudget = std::size_t{16} << 20;
        Table t(0, {}, store);
        for (std::uint64_t id = 1; id <= 10'000'000; ++id) {
            t.f.recorder().operationStepped(test::synchronousSend(id));
            if (id % 100'000 == 0)
                t.flush();
        }
        QTRY_VERIFY(t.f.store().rowsOnDisk() > 9'000'000);
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(t.view);
        QAccessibleTableInterface* table = tableOf(t);
        QCOMPARE(table->rowCount(), 10'000'000);

        QList<QAccessible::Id> children;
        for (int i = 0; i < interface->childCount(); ++i)
            children << QAccessible::uniqueId(interface->child(i));
        QCOMPARE(children.size(), ui::OperationsAccessible::kMostChildren);
        for (int i = 0; i < children.size(); ++i)
            QCOMPARE(QAccessible::accessibleInterface(children[i]), interface->child(i));

        t.view->selectAll();
        QCOMPARE(table->selectedRowCount(), 10'000'000);
        QCOMPARE(table->selectedCellCount(), 10'000'000 * ui::kOperationColumnCount);
        QCOMPARE(table->selectedRows().size(), ui::OperationsAccessible::kMostListed);
        QCOMPARE(table->selectedCells().size(), ui::OperationsAccessible::kMostListed);
        QVERIFY(table->isRowSelected(9'999'999));

        // A cell past what is counted as children has its number all the same, and can be had by
        // it.
        QAccessibleInterface* cell = table->cellAt(7'000'000, 3);
        const int index = interface->indexOfChild(cell);
        QCOMPARE(index, 7'000'001 * ui::kOperationColumnCount + 3);
        QCOMPARE(interface->child(index), cell);
        QVERIFY(!interface->child(10'000'001 * ui::kOperationColumnCount));
        QCOMPARE(said(t, 7'000'000, ui::OperationColumn::Number),
            "7,000,001, row 7,000,001 of 10,000,000");
    }

    void cellsAreLetGoOfAndMadeAgain()
    {
        Table t(static_cast<int>(ui::OperationsAccessible::kMostCells) + 100);
        QAccessibleTableInterface* table = tableOf(t);
        QAccessibleInterface* first = table->cellAt(0, 0);
        const QAccessible::Id id = QAccessible::uniqueId(first);
        QVERIFY(QAccessible::accessibleInterface(id));
        for (int row = 1; row < table->rowCount(); ++row)
            QVERIFY(table->cellAt(row, 0)->isValid());
        QVERIFY(!QAccessible::accessibleInterface(id));
        QCOMPARE(said(t, 0, ui::OperationColumn::Number).left(6), "1, row");
    }

    void theKeyboardIsAtACellOfAllRowsWhateverIsOnTheScreen()
    {
        Table t(5000);
        const QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(t.view);
        const auto at = [interface] {
            const QAccessibleInterface* cell = interface->focusChild();
            return cell ? cell->text(QAccessible::Name) : QString();
        };
        t.key(Qt::Key_Home);
        QCOMPARE(at(), "1, row 1 of 5,000");
        t.key(Qt::Key_End);
        t.key(Qt::Key_Up);
        QCOMPARE(at(), "4,999, row 4,999 of 5,000");
        t.pane->model().scrollTo(0);
        QCOMPARE(at(), "4,999, row 4,999 of 5,000");
        t.key(Qt::Key_Right);
        QVERIFY2(at().startsWith(u'+'), qPrintable(at()));
        QCOMPARE(interface->focusChild()->tableCellInterface()->columnIndex(), 1);
        QVERIFY(interface->focusChild()->state().focused);
        t.edit->setFocus();
        QVERIFY(!interface->focusChild());
    }

    void aRowThatIsGoneSaysNothing()
    {
        Table t(1000);
        QAccessibleInterface* cell = tableOf(t)->cellAt(999, 0);
        QVERIFY(cell->isValid());
        t.type("socket == 2");
        QTRY_COMPARE(t.pane->order().count(), quint64{100});
        QVERIFY(!cell->isValid());
        QVERIFY(cell->state().invalid);
        QCOMPARE(cell->text(QAccessible::Name), QString());
        QCOMPARE(tableOf(t)->rowCount(), 100);
    }

    void escapeLetsGoOfTheSelectionAndThenOfTheBrushedTimeAndCancelsNothing()
    {
        Table t(1000);
        QSignalSpy cancelled(t.f.action("cancel"), &QAction::triggered);
        t.f.focus().setRange(ui::TimeRange{1, 2'000'000'000});
        t.key(Qt::Key_End);
        QVERIFY(t.f.focus().selected() != 0);
        t.key(Qt::Key_Escape);
        QCOMPARE(t.f.focus().selected(), quint64{0});
        QVERIFY(t.pane->selection().isEmpty());
        QVERIFY(t.f.focus().range().has_value());
        t.key(Qt::Key_Escape);
        QVERIFY(!t.f.focus().range().has_value());
        t.key(Qt::Key_Escape);
        QCOMPARE(cancelled.count(), 0);
        QCOMPARE(t.f.action("cancel")->shortcuts(),
            QList<QKeySequence>{QKeySequence(Qt::SHIFT | Qt::Key_F5)});
    }
};

QTEST_MAIN(OperationsAccessibleTest)
#include "operations_accessible_test.moc"
