// SPDX-License-Identifier: GPL-3.0-or-later
// The table of operations in the window, by keyboard and mouse.
#include "tests/ui/window/operations_table.h"

#include "ui/views/long_scroll_bar.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QWheelEvent>

using namespace swb;
using namespace swb::test;

class OperationsTableTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

    void theModelHasTheRowsOfTheScreen()
    {
        Table t(100'000);
        QVERIFY(t.f.shown());
        QVERIFY(t.view->model()->rowCount() < 60);
        QCOMPARE(t.cell(t.pane->model().page() - 1, ui::OperationColumn::Number), "100,000");
        QVERIFY(t.view->verticalScrollBar()->maximum() <= 1);
        QCOMPARE(t.view->scrollBar()->value(), t.view->scrollBar()->maximum());
        QTRY_COMPARE(t.f.find<QLabel>("operationsCount")->text(), "100,000 of 100,000");
    }

    void keysGoThroughTheRows()
    {
        Table t(1000);
        const auto page = static_cast<quint64>(t.pane->model().page());
        t.key(Qt::Key_Home);
        QCOMPARE(t.currentId(), quint64{1});
        QCOMPARE(t.first(), quint64{0});
        QVERIFY(!t.view->isFollowing());
        t.key(Qt::Key_Down);
        t.key(Qt::Key_Down);
        t.key(Qt::Key_Up);
        QCOMPARE(t.currentId(), quint64{2});
        t.key(Qt::Key_PageDown);
        QCOMPARE(t.currentId(), 2 + page);
        QCOMPARE(t.first(), quint64{2}); // As little as needed.
        t.key(Qt::Key_PageUp);
        QCOMPARE(t.currentId(), quint64{2});
        t.key(Qt::Key_End, Qt::ControlModifier);
        QCOMPARE(t.currentId(), quint64{1000});
        QVERIFY(t.view->isFollowing());
        t.key(Qt::Key_Home, Qt::ControlModifier);
        QCOMPARE(t.currentId(), quint64{1});
        QVERIFY(t.view->currentIndex().isValid());
        QCOMPARE(t.view->currentIndex().row(), 0);
    }

    void theWheelAndTheBarScroll()
    {
        Table t(1000);
        const auto turn = [&t](int angle) {
            QWheelEvent event(t.at(1), t.view->viewport()->mapToGlobal(t.at(1)), {}, {0, angle},
                Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
            QApplication::sendEvent(t.view->viewport(), &event);
        };
        const quint64 end = t.last();
        turn(120);
        QCOMPARE(t.first(), end - static_cast<quint64>(QApplication::wheelScrollLines()));
        QVERIFY(!t.view->isFollowing());
        turn(-120);
        QVERIFY(t.view->isFollowing());
        turn(30); // A quarter of a notch, and the rest of it.
        turn(90);
        QCOMPARE(t.first(), end - static_cast<quint64>(QApplication::wheelScrollLines()));
        t.view->scrollBar()->setValue(500);
        QCOMPARE(t.first(), quint64{500});
        QCOMPARE(t.cell(0, ui::OperationColumn::Number), "501");
        t.view->scrollBar()->triggerAction(QAbstractSlider::SliderSingleStepSub);
        QCOMPARE(t.first(), quint64{499});
        t.add(50);
        QCOMPARE(t.first(), quint64{499});
    }

    void newOperationsAreCountedWhileTheEndIsNotInView()
    {
        Table t(500);
        auto* pill = t.f.find<QPushButton>("newOperationsPill");
        QVERIFY(pill->isHidden());
        t.key(Qt::Key_Home);
        QVERIFY(!t.f.find<QCheckBox>("followBox")->isChecked());
        t.add(1204);
        QTRY_VERIFY(pill->isVisible());
        QCOMPARE(pill->text(), "1,204 new");
        QCOMPARE(t.first(), quint64{0});
        QVERIFY(pill->focusPolicy() & Qt::TabFocus);
        pill->setFocus();
        QTest::keyClick(pill, Qt::Key_Space);
        QVERIFY(t.view->isFollowing());
        QCOMPARE(t.first(), t.last());
        QTRY_VERIFY(pill->isHidden());
        t.f.action("followOperations")->trigger();
        QVERIFY(!t.view->isFollowing());
        QTest::mouseClick(t.f.find<QCheckBox>("followBox"), Qt::LeftButton, {}, {6, 8});
        QVERIFY(t.view->isFollowing());
    }

    void aPausedTableSaysSoAndStandsStill()
    {
        Table t(100);
        QTest::keyClick(t.view, Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
        auto* chip = t.f.find<QPushButton>("pauseChip");
        QTRY_VERIFY(chip->isVisible());
        QVERIFY(chip->text().contains("recording goes on"));
        const quint64 first = t.first();
        t.add(100);
        QCOMPARE(t.pane->order().count(), quint64{100});
        QCOMPARE(t.first(), first);
        auto* pill = t.f.find<QPushButton>("newOperationsPill");
        QTRY_COMPARE(pill->text(), "100 new while paused");
        t.complete(100); // What a row says stays true.
        QTRY_COMPARE(
            t.cell(static_cast<int>(99 - first), ui::OperationColumn::Outcome), "Completed");
        QTest::mouseClick(chip, Qt::LeftButton);
        QCOMPARE(t.pane->order().count(), quint64{200});
        QVERIFY(!t.f.action("pauseOperations")->isChecked());
        QTRY_VERIFY(chip->isHidden());
    }

    void theMouseSelectsRowsAndRanges()
    {
        Table t(1000);
        t.key(Qt::Key_Home);
        t.click(2);
        QCOMPARE(t.currentId(), quint64{3});
        t.click(4, Qt::ShiftModifier);
        QCOMPARE(t.pane->selection().count(), quint64{3});
        t.click(0, Qt::ControlModifier);
        QCOMPARE(t.pane->selection().count(), quint64{4});
        t.click(3, Qt::ControlModifier);
        QCOMPARE(t.pane->selection().count(), quint64{3});
        QCOMPARE(t.view->selectionModel()->selectedRows().size(), 3);
        t.click(1);
        QTest::mousePress(t.view->viewport(), Qt::LeftButton, {}, t.at(1));
        QMouseEvent move(QEvent::MouseMove, t.at(4), t.view->viewport()->mapToGlobal(t.at(4)),
            Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(t.view->viewport(), &move);
        QTest::mouseRelease(t.view->viewport(), Qt::LeftButton, {}, t.at(4));
        QCOMPARE(t.pane->selection().count(), quint64{4});
        t.key(Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(t.pane->selection().count(), quint64{5});
    }

    void allOfManyRowsAreSelectedAndAddedUp()
    {
        Table t(70'000);
        t.key(Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(t.pane->selection().count(), quint64{70'000});
        auto* totals = t.f.find<QLabel>("selectionTotals");
        QTRY_VERIFY2(totals->text().contains("10,000 failed"), qPrintable(totals->text()));
        QVERIFY2(totals->text().contains("70,000 selected"), qPrintable(totals->text()));
        QVERIFY2(totals->text().contains("15,000 pending"), qPrintable(totals->text()));
        QVERIFY(totals->isVisible());
        t.key(Qt::Key_Home);
        QTRY_VERIFY(totals->isHidden()); // One row says all itself.
    }

    void selectedRowsAreCopiedInTheirColumns()
    {
        Table t(2000);
        t.view->columnActions()[static_cast<int>(ui::OperationColumn::Error)]->trigger();
        t.key(Qt::Key_Home);
        t.click(2, Qt::ShiftModifier);
        t.key(Qt::Key_C, Qt::ControlModifier);
        QStringList lines = QApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 4);
        QCOMPARE(lines[0].count(u'\t'), ui::kOperationColumnCount - 2);
        QVERIFY(lines[3].startsWith("3\t"));
        QTRY_COMPARE(t.f.find<QLabel>("operationsNote")->text(), "3 rows copied.");
        t.key(Qt::Key_A, Qt::ControlModifier);
        t.key(Qt::Key_C, Qt::ControlModifier); // In slices.
        QTRY_COMPARE(t.f.find<QLabel>("operationsNote")->text(), "2,000 rows copied.");
        lines = QApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 2001);
        QVERIFY(lines[2000].startsWith("2,000\t"));
    }

    void tooManyRowsForTheClipboardAreTold()
    {
        Table t(200'001);
        QApplication::clipboard()->setText("before");
        t.key(Qt::Key_A, Qt::ControlModifier);
        t.key(Qt::Key_C, Qt::ControlModifier);
        const QString note = t.f.find<QLabel>("operationsNote")->text();
        QVERIFY2(note.contains("200,001 rows are selected"), qPrintable(note));
        QCOMPARE(QApplication::clipboard()->text(), "before");
    }

    void aHeadingSortsUpDownAndNot()
    {
        Table t(500);
        const auto clickHeading = [&t](ui::OperationColumn column) {
            QHeaderView* header = t.view->horizontalHeader();
            const int section = static_cast<int>(column);
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                {header->sectionViewportPosition(section) + 20, header->height() / 2});
        };
        clickHeading(ui::OperationColumn::Bytes);
        QTRY_VERIFY(t.pane->order().isSorted());
        QCOMPARE(t.first(), quint64{0});
        auto* chip = t.f.find<QPushButton>("sortChip");
        QTRY_COMPARE(chip->text(), "sorted by Bytes, smallest first  ×");
        QVERIFY(t.cell(0, ui::OperationColumn::Bytes).startsWith("0 /"));
        clickHeading(ui::OperationColumn::Bytes);
        QVERIFY(t.cell(0, ui::OperationColumn::Bytes).startsWith("4,990 /"));
        t.add(20);
        auto* pill = t.f.find<QPushButton>("newOperationsPill");
        QTRY_COMPARE(pill->text(), "20 new, not sorted yet");
        QTest::mouseClick(pill, Qt::LeftButton);
        QTRY_COMPARE(t.pane->order().count(), quint64{520});
        QTRY_VERIFY(t.pane->order().isSorted());
        QVERIFY(t.cell(0, ui::OperationColumn::Bytes).startsWith("5,190 /"));
        clickHeading(ui::OperationColumn::Bytes);
        QVERIFY(!t.pane->order().isSorted());
        QTRY_VERIFY(chip->isHidden());
    }

    void goesToAnOperationByItsNumber()
    {
        Table t(1000);
        QTest::keyClick(t.view, Qt::Key_G, Qt::ControlModifier);
        auto* number = t.f.find<QLineEdit>("goToNumber");
        QVERIFY(number->hasFocus());
        QTest::keyClicks(number, "321");
        QTest::keyClick(number, Qt::Key_Return);
        QCOMPARE(t.currentId(), quint64{321});
        QVERIFY(t.view->hasFocus());
        QVERIFY(!number->isVisible());
        t.type("socket == 3");
        QTRY_COMPARE(t.pane->order().count(), quint64{100});
        QTest::keyClick(t.view, Qt::Key_G, Qt::ControlModifier);
        QTest::keyClicks(number, "321");
        QTest::keyClick(number, Qt::Key_Return);
        QCOMPARE(t.currentId(), quint64{322}); // The next one that is shown.
        QVERIFY(t.f.find<QLabel>("operationsNote")->text().contains("#321 is not among"));
        QTest::keyClick(t.view, Qt::Key_G, Qt::ControlModifier);
        QTest::keyClick(number, Qt::Key_Escape);
        QVERIFY(!number->isVisible());
    }

    void selectionIsSharedWithTheOtherViews()
    {
        Table t(1000);
        t.key(Qt::Key_Home);
        QCOMPARE(t.f.focus().selected(), std::uint64_t{1});
        t.f.focus().setSelected(500);
        QCOMPARE(t.currentId(), quint64{500});
        QVERIFY(t.pane->model().rowOf(499) >= 0);
        QCOMPARE(t.pane->selection().count(), quint64{1});
        t.type("socket == 3");
        QTRY_COMPARE(t.pane->order().count(), quint64{100});
        t.f.focus().setSelected(501);
        QVERIFY(t.f.find<QLabel>("operationsNote")->text().contains("#501"));
        QTest::mouseMove(t.view->viewport(), t.at(1));
        QTRY_VERIFY(t.f.focus().hovered() != 0);
    }

    void whatIsUnderTheMouseInTheTimelineIsFramed()
    {
        Table t(100);
        t.key(Qt::Key_Home);
        const QPoint edge(1, t.view->visualRect(t.view->model()->index(2, 0)).top());
        const auto pixel = [&] { return t.view->viewport()->grab().toImage().pixelColor(edge); };
        const QColor before = pixel();
        t.f.focus().setHovered(3);
        QCOMPARE(pixel(), t.view->palette().color(QPalette::Highlight));
        t.f.focus().setHovered(0);
        QCOMPARE(pixel(), before);
        QVERIFY(before != t.view->palette().color(QPalette::Highlight));
    }

    void aBrushedTimeIsAChipThatCanBeRemoved()
    {
        Table t(1000);
        const std::int64_t origin = t.f.store().originNs();
        t.f.focus().setRange(ui::TimeRange{origin + 100'000, origin + 200'000});
        auto* chip = t.f.find<QPushButton>("rangeChip");
        QTRY_VERIFY(chip->isVisible());
        QCOMPARE(chip->text(), "100.0 µs from 0.000100 s  ×");
        // Those called in it, those still under way, and those that were.
        QTRY_VERIFY(!t.f.shownOperations().progress().isRunning);
        QTRY_VERIFY(t.pane->order().count() > 100); // what was found comes with a frame
        QVERIFY(t.pane->order().count() < 1000);
        for (quint64 index = 0; index < t.pane->order().count(); ++index) {
            const auto record = t.f.store().record(t.pane->order().rowAt(index));
            QVERIFY(record.submittedNs <= origin + 200'000);
            QVERIFY(record.completedNs == 0 || record.completedNs >= origin + 100'000);
        }
        QTest::mouseClick(chip, Qt::LeftButton);
        QVERIFY(!t.f.focus().range());
        QTRY_COMPARE(t.pane->order().count(), quint64{1000});
        QTRY_VERIFY(chip->isHidden());
    }

    void enterAndDoubleClickAskForTheInspector()
    {
        Table t(100);
        QSignalSpy asked(t.pane, &ui::OperationsPane::inspectRequested);
        t.key(Qt::Key_Home);
        t.key(Qt::Key_Return);
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked[0][0].toULongLong(), quint64{1});
        t.click(2);
        QTest::mouseDClick(t.view->viewport(), Qt::LeftButton, {}, t.at(2));
        QCOMPARE(asked.count(), 2);
        QCOMPARE(asked[1][0].toULongLong(), quint64{3});
    }

    void theEmptyTableSaysWhatToExpect()
    {
        Table t;
        QTRY_COMPARE(t.pane->order().count(), quint64{0});
        t.add(10);
        t.type("socket == 77");
        QTRY_COMPARE(t.pane->order().count(), quint64{0});
        QCOMPARE(t.view->model()->rowCount(), 0);
        t.key(Qt::Key_Down); // Nothing to go to.
        t.key(Qt::Key_Return);
        t.key(Qt::Key_C, Qt::ControlModifier);
        QTRY_COMPARE(
            t.f.find<QLabel>("operationsNote")->text(), "Nothing is selected to be copied.");
    }
};

QTEST_MAIN(OperationsTableTest)
#include "operations_table_test.moc"
