// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_model.h"

#include "engine/net/thread_id.h"
#include "tests/engine/trace/records.h"
#include "tests/support/compare.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/models/operations_model_text.h"

#include <QAbstractItemModelTester>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

#include <cerrno>
#include <thread>

using namespace swb;
using ui::OperationColumn;
using ui::OperationsModel;

namespace {

QString cell(
    const OperationsModel& model, int row, OperationColumn column, int role = Qt::DisplayRole)
{
    return model.data(model.index(row, static_cast<int>(column)), role).toString();
}

/// Everything below the view, under the tester; records come in as they do in the application.
struct Table {
    trace::Recorder recorder;
    trace::TraceStore store;
    ui::EngineBridge bridge{recorder, store};
    ui::ShownOperations shown{bridge};
    ui::OperationsOrder order{shown};
    OperationsModel model{order};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};
    QSignalSpy inserted{&model, &QAbstractItemModel::rowsInserted};
    QSignalSpy removed{&model, &QAbstractItemModel::rowsRemoved};
    QSignalSpy changed{&model, &QAbstractItemModel::dataChanged};
    QSignalSpy reset{&model, &QAbstractItemModel::modelReset};

    explicit Table(int page = 20) { model.setPage(page); }

    void apply(std::initializer_list<OperationRecord> records)
    {
        for (const OperationRecord& record : records)
            recorder.operationStepped(record);
        bridge.flush();
    }
    void applySynchronous(std::uint64_t count)
    {
        for (std::uint64_t i = 0, next = store.rowCount() + 1; i < count; ++i)
            recorder.operationStepped(test::synchronousSend(next + i));
        bridge.flush();
    }
    void forget()
    {
        for (QSignalSpy* spy : {&inserted, &removed, &changed, &reset})
            spy->clear();
    }
    /// First and last row of the n-th dataChanged.
    std::pair<int, int> changedRows(int n) const
    {
        return {changed[n][0].toModelIndex().row(), changed[n][1].toModelIndex().row()};
    }
    QString number(int row) const { return cell(model, row, OperationColumn::Number); }
};

} // namespace

class OperationsModelTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
        nameCurrentThread("main"); // Number 1: nobody else asked before.
        QCOMPARE(currentThreadId(), std::uint16_t{1});
        std::thread([] { nameCurrentThread("worker 1"); }).join(); // Number 2.
    }

    void hasOnlyTheRowsOnTheScreen()
    {
        Table table(10);
        QCOMPARE(table.model.rowCount(), 0);
        QCOMPARE(table.model.columnCount(), ui::kOperationColumnCount);
        table.applySynchronous(4);
        QCOMPARE(table.model.rowCount(), 4);
        table.applySynchronous(100'000);
        QCOMPARE(table.model.rowCount(), 10);
        QCOMPARE(table.order.count(), quint64{100'004});
        QCOMPARE(table.number(9), "100,004");
        table.model.scrollTo(0);
        QCOMPARE(table.model.rowCount(), 11); // One more that is seen in part.
        QCOMPARE(table.number(0), "1");
        QCOMPARE(table.reset.count(), 0);
    }

    void aBatchIsAtMostOneInsertionAndOneChange()
    {
        Table table(10);
        table.applySynchronous(6);
        QCOMPARE(table.inserted.count(), 1);
        QCOMPARE(table.inserted[0][1].toInt(), 0);
        QCOMPARE(table.inserted[0][2].toInt(), 5);
        QCOMPARE(table.changed.count(), 0);
        table.forget();
        table.applySynchronous(5000);
        QCOMPARE(table.inserted.count(), 1); // Up to the page.
        QCOMPARE(table.inserted[0][2].toInt(), 9);
        QCOMPARE(table.changed.count(), 1);
        QCOMPARE(table.changedRows(0), std::pair(0, 5));
        table.forget();
        table.applySynchronous(5000);
        QCOMPARE(table.inserted.count(), 0);
        QCOMPARE(table.changed.count(), 1);
        QCOMPARE(table.changedRows(0), std::pair(0, 9));
        QCOMPARE(table.removed.count() + table.reset.count(), 0);
    }

    void rowsFarFromTheScreenChangeWithoutASignal()
    {
        Table table(10);
        table.apply({test::pendingSend(1)});
        table.applySynchronous(1000);
        table.forget();
        table.apply({test::completed(test::pendingSend(1))});
        QCOMPARE(table.changed.count(), 0);
        table.model.scrollTo(0);
        QCOMPARE(cell(table.model, 0, OperationColumn::Outcome), "Completed");
        table.forget();
        table.applySynchronous(1000); // Below what is on the screen.
        QCOMPARE(table.changed.count() + table.inserted.count(), 0);
    }

    void onlyTheRowThatChangedIsTold()
    {
        Table table(10);
        table.applySynchronous(3);
        table.apply({test::pendingSend(4), test::synchronousSend(5)});
        table.forget();
        table.apply({test::progressed(test::pendingSend(4), 500)});
        QCOMPARE(table.changed.count(), 1);
        QCOMPARE(table.changedRows(0), std::pair(3, 3));
        QCOMPARE(table.changed[0][1].toModelIndex().column(), ui::kOperationColumnCount - 1);
    }

    void followsTheEndOnlyWhileItIsThere()
    {
        Table table(10);
        QSignalSpy following(&table.model, &OperationsModel::followingChanged);
        table.applySynchronous(100);
        QVERIFY(table.model.isFollowing());
        QCOMPARE(table.model.first(), quint64{90});
        table.model.scrollTo(50);
        QVERIFY(!table.model.isFollowing());
        table.applySynchronous(30);
        QCOMPARE(table.model.first(), quint64{50});
        QCOMPARE(table.number(0), "51");
        QCOMPARE(table.model.newBelow(), quint64{30});
        table.model.scrollTo(115); // Some of the new ones have been seen.
        QCOMPARE(table.model.newBelow(), quint64{5});
        table.model.scrollTo(5000);
        QVERIFY(table.model.isFollowing());
        QCOMPARE(table.model.first(), quint64{120});
        QCOMPARE(table.model.newBelow(), quint64{0});
        QCOMPARE(following.count(), 2);
        table.model.setFollowing(false);
        table.applySynchronous(3);
        QCOMPARE(table.model.first(), quint64{120});
        QCOMPARE(table.model.newBelow(), quint64{3});
        table.model.setFollowing(true);
        QCOMPARE(table.model.first(), quint64{123});
    }

    void scrollsAsLittleAsPossibleToMakeARowVisible()
    {
        Table table(10);
        table.applySynchronous(100);
        table.model.scrollTo(40);
        table.model.makeVisible(45);
        QCOMPARE(table.model.first(), quint64{40});
        table.model.makeVisible(50);
        QCOMPARE(table.model.first(), quint64{41});
        table.model.makeVisible(3);
        QCOMPARE(table.model.first(), quint64{3});
        QCOMPARE(table.model.rowOf(3), 0);
        QCOMPARE(table.model.rowOf(13), 10); // In part.
        QCOMPARE(table.model.rowOf(14), -1);
        QCOMPARE(table.model.rowOf(2), -1);
    }

    void whatIsAtTheTopStaysThereWhenRowsComeBeforeIt()
    {
        Table table(3);
        for (std::uint64_t id = 1; id <= 40; ++id)
            table.apply({id % 2 == 0 ? test::pendingSend(id) : test::synchronousSend(id)});
        table.shown.setFilter(trace::parseFilter("completed || synchronous").filter);
        QTRY_COMPARE(table.order.count(), quint64{20});
        table.model.scrollTo(10);
        QCOMPARE(table.number(0), "21");
        table.apply(
            {test::completed(test::pendingSend(2)), test::completed(test::pendingSend(30))});
        QTRY_COMPARE(table.order.count(), quint64{22});
        QCOMPARE(table.number(0), "21");
        QCOMPARE(table.model.first(), quint64{11});
    }

    void nothingIsLookedUpWhileNobodyLooks()
    {
        Table table(10);
        table.applySynchronous(5);
        table.model.setActive(false);
        table.forget();
        table.applySynchronous(500);
        QCOMPARE(table.changed.count() + table.inserted.count(), 0);
        table.model.setActive(true);
        QCOMPARE(table.model.rowCount(), 10);
        QCOMPARE(table.number(9), "505");
    }

    void timesAreShownAsOneLikes()
    {
        Table table;
        table.apply({test::synchronousSend(1), test::synchronousSend(3), test::synchronousSend(2)});
        const auto time = [&](int row) { return cell(table.model, row, OperationColumn::Time); };
        using Mode = ui::TimeFormat::Mode;
        using Unit = ui::TimeFormat::Unit;
        table.model.setTimeFormat({Mode::Relative, Unit::Milliseconds});
        QCOMPARE(time(1), "+0.001000");
        QCOMPARE(table.model.headerData(1, Qt::Horizontal).toString(), "Time, ms");
        table.model.setTimeFormat({Mode::Relative, Unit::Nanoseconds});
        QCOMPARE(time(2), "+2,000");
        table.model.setTimeFormat({Mode::Delta, Unit::Microseconds});
        QCOMPARE(time(0), "");
        QCOMPARE(time(2), "+1.000");
        table.model.setTimeFormat({Mode::Absolute, Unit::Microseconds});
        QVERIFY2(QRegularExpression("^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{6}$")
                     .match(time(0))
                     .hasMatch(),
            qPrintable(time(0)));
        table.model.setTimeFormat({});
        QCOMPARE(time(2), "+0.000002");
    }

    void theFirstRowKnowsTheOneAboveTheScreen()
    {
        Table table(4);
        table.applySynchronous(50);
        table.model.setTimeFormat({ui::TimeFormat::Mode::Delta, ui::TimeFormat::Unit::Nanoseconds});
        QCOMPARE(cell(table.model, 0, OperationColumn::Time), "+1,000");
    }

    void whichRowOfHowManyItIsIsSaid()
    {
        Table table(5);
        table.applySynchronous(1200);
        QCOMPARE(cell(table.model, 4, OperationColumn::Number, Qt::AccessibleTextRole),
            "1,200, row 1,200 of 1,200");
    }

    void aValueIsAFilter_data()
    {
        QTest::addColumn<int>("column");
        QTest::addColumn<QByteArray>("term");
        const auto row = [](OperationColumn column, const char* term) {
            QTest::newRow(term) << static_cast<int>(column) << QByteArray(term);
        };
        row(OperationColumn::Number, "id == 3");
        row(OperationColumn::Time, "time >= 2 us");
        row(OperationColumn::Socket, "socket == 1");
        row(OperationColumn::Operation, "kind == Send");
        row(OperationColumn::Outcome, "outcome == Failed");
        row(OperationColumn::Bytes, "bytes == 512");
        row(OperationColumn::Progress, "progress == 50 %");
        row(OperationColumn::Error, "error == ConnectionReset");
        row(OperationColumn::Duration, "duration >= 5 us");
        row(OperationColumn::Threads, "thread == \"worker 1\"");
    }
    void aValueIsAFilter()
    {
        QFETCH(int, column);
        QFETCH(QByteArray, term);
        const OperationRecord record
            = test::completed(test::pendingSend(3, 1024, 512), SocketError::ConnectionReset);
        trace::TraceStore store;
        store.apply(test::synchronousSend(1)); // time starts with it, at 1,000 ns
        const std::string made
            = ui::filterTerm(record, static_cast<OperationColumn>(column), store);
        QCOMPARE(QByteArray::fromStdString(made), term);
        const auto filter = trace::parseFilter(made);
        QVERIFY(filter);
        QVERIFY(filter.filter.matches(record, {1000, 9000}));
    }

    void aRowIsThereFromTheStartOfAPendingOperation()
    {
        Table table;
        OperationRecord pending = test::pendingSend(1, 67'108'864, 1'048'576);
        pending.kind = SocketAsyncOperation::SendPackets;
        table.apply({pending});
        QCOMPARE(cell(table.model, 0, OperationColumn::Operation), "SendPackets");
        QCOMPARE(cell(table.model, 0, OperationColumn::Outcome), "Pending");
        QCOMPARE(cell(table.model, 0, OperationColumn::Bytes), "1,048,576 / 67,108,864");
        QCOMPARE(cell(table.model, 0, OperationColumn::Bytes, Qt::AccessibleTextRole),
            "1,048,576 of 67,108,864 bytes");
        QCOMPARE(cell(table.model, 0, OperationColumn::Progress), "1 %");
        QCOMPARE(cell(table.model, 0, OperationColumn::Error), "");
        QCOMPARE(cell(table.model, 0, OperationColumn::Threads), "main");
        QCOMPARE(cell(table.model, 0, OperationColumn::Time), "+0.000000");
        const QModelIndex index = table.model.index(0, 0);
        QCOMPARE(index.data(ui::OperationPercentRole).toInt(), 1);
        QCOMPARE(index.data(ui::OperationIdRole).toULongLong(), 1U);
        QCOMPARE(index.data(ui::OperationSocketRole).toUInt(), 1U);
        QCOMPARE(index.data(ui::OperationOutcomeRole).toInt(),
            static_cast<int>(trace::Outcome::Pending));

        table.apply({test::progressed(pending, 33'554'432)});
        QCOMPARE(cell(table.model, 0, OperationColumn::Progress), "50 %");
        table.apply({test::completed(pending)});
        QCOMPARE(cell(table.model, 0, OperationColumn::Outcome), "Completed");
        QCOMPARE(cell(table.model, 0, OperationColumn::Progress), "100 %");
        QCOMPARE(cell(table.model, 0, OperationColumn::Threads), "main → worker 1");
        QCOMPARE(cell(table.model, 0, OperationColumn::Duration), "5.0 µs");
        QCOMPARE(cell(table.model, 0, OperationColumn::Threads, Qt::AccessibleTextRole),
            "called on main, completed on worker 1");
        const auto record = index.data(ui::OperationRecordRole).value<trace::OperationRecord>();
        QCOMPARE(record.bytesDone, 67'108'864U);
        QCOMPARE(table.model.record(index)->returnedNs, pending.returnedNs);
        QCOMPARE(table.inserted.count(), 1);
    }

    void errorsHaveNameAndNumbers()
    {
        Table table;
        OperationRecord reset = test::completed(test::pendingSend(1), SocketError::ConnectionReset);
        reset.nativeError = ECONNRESET;
        table.apply({reset, test::completed(test::pendingSend(2), SocketError::OperationAborted)});
        QCOMPARE(cell(table.model, 0, OperationColumn::Error),
            "ConnectionReset (10054, ECONNRESET 104)");
        QCOMPARE(cell(table.model, 0, OperationColumn::Outcome), "Failed");
        QCOMPARE(cell(table.model, 1, OperationColumn::Error), "OperationAborted (995)");
        QCOMPARE(cell(table.model, 1, OperationColumn::Outcome), "Aborted");
        QVERIFY(cell(table.model, 0, OperationColumn::Error, Qt::ToolTipRole)
                    .contains(QString::fromStdString(describe(SocketError::ConnectionReset))));
    }

    void everyOutcomeHasAWordAndAnIconOfItsOwn()
    {
        Table table;
        table.apply(
            {test::synchronousSend(1), test::pendingSend(2), test::completed(test::pendingSend(3)),
                test::completed(test::pendingSend(4), SocketError::ConnectionReset),
                test::completed(test::pendingSend(5), SocketError::OperationAborted)});
        QSet<QString> words;
        QList<QImage> shapes;
        for (int row = 0; row < 5; ++row) {
            words.insert(cell(table.model, row, OperationColumn::Outcome));
            const QModelIndex index
                = table.model.index(row, static_cast<int>(OperationColumn::Outcome));
            const auto icon = index.data(Qt::DecorationRole).value<QIcon>();
            QVERIFY(!icon.isNull());
            // Without its colour: the shape alone must do.
            QImage shape = icon.pixmap(32, 32).toImage().convertToFormat(QImage::Format_Alpha8);
            QVERIFY(!shapes.contains(shape));
            shapes.append(shape);
            QVERIFY(!index.data(Qt::ToolTipRole).toString().isEmpty());
        }
        QCOMPARE(words.size(), 5);
    }

    void progressIsForBytesToSend()
    {
        OperationRecord record = test::pendingSend(1, 1'000'000, 999'999);
        QCOMPARE(ui::OperationText::percent(record).value(), 99);
        record.bytesDone = record.bytesAsked;
        QCOMPARE(ui::OperationText::percent(record).value(), 100);
        record.bytesAsked = record.bytesDone = std::uint64_t{1} << 63;
        QCOMPARE(ui::OperationText::percent(record).value(), 100);
        record.bytesDone /= 2;
        QCOMPARE(ui::OperationText::percent(record).value(), 50);
        record.kind = SocketAsyncOperation::Receive;
        QVERIFY(!ui::OperationText::percent(record));
        QVERIFY(!ui::OperationText::percent(test::pendingSend(1, 0)));
    }

    void durationsAreReadable_data()
    {
        QTest::addColumn<qint64>("ns");
        QTest::addColumn<QString>("text");
        QTest::newRow("nanoseconds") << qint64{812} << "812 ns";
        QTest::newRow("microseconds") << qint64{1'950} << "1.9 µs";
        QTest::newRow("just below a millisecond") << qint64{999'999} << "999.9 µs";
        QTest::newRow("milliseconds") << qint64{12'340'000} << "12.3 ms";
        QTest::newRow("seconds") << qint64{4'100'000'000} << "4.1 s";
        QTest::newRow("minutes") << qint64{125'000'000'000} << "2 min 05 s";
        QTest::newRow("hours") << qint64{3'720'000'000'000} << "1 h 02 min";
    }
    void durationsAreReadable()
    {
        QFETCH(qint64, ns);
        QFETCH(QString, text);
        QCOMPARE(ui::OperationText::durationText(std::chrono::nanoseconds(ns)), text);
    }

    void numbersStandAtTheRight()
    {
        Table table;
        table.apply({test::synchronousSend(1)});
        const auto horizontal = [&](OperationColumn column) {
            const QVariant value
                = table.model.index(0, static_cast<int>(column)).data(Qt::TextAlignmentRole);
            return value.value<Qt::Alignment>() & Qt::AlignHorizontal_Mask;
        };
        QCOMPARE(horizontal(OperationColumn::Bytes), Qt::Alignment(Qt::AlignRight));
        QCOMPARE(horizontal(OperationColumn::Duration), Qt::Alignment(Qt::AlignRight));
        QCOMPARE(horizontal(OperationColumn::Operation), Qt::Alignment(Qt::AlignLeft));
        for (int column = 0; column < ui::kOperationColumnCount; ++column) {
            QVERIFY(!table.model.headerData(column, Qt::Horizontal).toString().isEmpty());
            QVERIFY(!table.model.headerData(column, Qt::Horizontal, Qt::ToolTipRole)
                         .toString()
                         .isEmpty());
        }
    }

    void whyAnOperationIsPendingStandsWhereAnErrorWould()
    {
        Table table(10);
        table.apply({test::pendingSend(1),
            test::completed(test::pendingSend(2), SocketError::ConnectionReset),
            test::synchronousSend(3)});
        QCOMPARE(cell(table.model, 0, OperationColumn::Error), QString());
        table.model.setReason([](const OperationRecord& record) {
            return QStringLiteral("reason of %1").arg(record.id);
        });
        QCOMPARE(cell(table.model, 0, OperationColumn::Error), "reason of 1");
        QVERIFY(cell(table.model, 1, OperationColumn::Error).startsWith("ConnectionReset"));
        QCOMPARE(cell(table.model, 2, OperationColumn::Error), QString());
        QCOMPARE(cell(table.model, 0, OperationColumn::Error, Qt::AccessibleTextRole),
            "pending: reason of 1");
        QVERIFY(cell(table.model, 0, OperationColumn::Outcome, Qt::ToolTipRole)
                    .contains("Why it is pending: reason of 1"));
        QCOMPARE(table.model.text(*table.model.record(0), OperationColumn::Error, {}),
            "reason of 1"); // in the clipboard, too
        QCOMPARE(table.model.spoken(0, OperationColumn::Error), "pending: reason of 1");
        QCOMPARE(table.model.spoken(3, OperationColumn::Error), QString()); // no such row
    }

    void theRunningTimeOfPendingRowsOnTheScreenIsKeptUp()
    {
        Table table(10);
        OperationRecord pending = test::pendingSend(3);
        pending.submittedNs = trace::steadyNowNs();
        table.apply({test::synchronousSend(1), test::synchronousSend(2), pending,
            test::synchronousSend(4)});
        table.forget();
        QVERIFY(table.changed.wait(5000));
        QCOMPARE(table.changedRows(0), std::pair(2, 2));
        // And why: it changes as often.
        QCOMPARE(
            table.changed[0][0].toModelIndex().column(), static_cast<int>(OperationColumn::Error));
        QCOMPARE(table.changed[0][1].toModelIndex().column(),
            static_cast<int>(OperationColumn::Duration));
        QVERIFY(cell(table.model, 2, OperationColumn::Duration, Qt::AccessibleTextRole)
                    .contains("pending"));
        table.applySynchronous(50); // It has left the screen.
        table.forget();
        QVERIFY(!table.changed.wait(250));
        table.model.scrollTo(0);
        table.apply({test::completed(pending)});
        table.forget();
        QVERIFY(!table.changed.wait(250)); // Over.
    }

    void aLostOperationIsShownAsSuch()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        store.apply(test::synchronousSend(2));
        store.showGaps();
        ui::EngineBridge bridge(recorder, store);
        ui::ShownOperations shown(bridge);
        ui::OperationsOrder order(shown);
        OperationsModel model(order);
        model.setPage(5);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(cell(model, 0, OperationColumn::Operation), "(not recorded)");
        QCOMPARE(cell(model, 0, OperationColumn::Number), "1");
        QCOMPARE(cell(model, 0, OperationColumn::Outcome), "");
        QVERIFY(!model.index(0, 0).data(ui::OperationOutcomeRole).isValid());
        QVERIFY(!model.record(model.index(2, 0)));
        QVERIFY(!model.record(-1));
    }
};

QTEST_MAIN(OperationsModelTest)
#include "operations_model_test.moc"
