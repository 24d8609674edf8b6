// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_model.h"

#include "engine/net/thread_id.h"
#include "tests/engine/trace/records.h"
#include "tests/support/compare.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/models/operations_model_text.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <cerrno>
#include <thread>

using namespace swb;
using ui::OperationColumn;
using ui::OperationsBatch;
using ui::OperationsModel;

namespace {

QString cell(
    const OperationsModel& model, int row, OperationColumn column, int role = Qt::DisplayRole)
{
    return model.data(model.index(row, static_cast<int>(column)), role).toString();
}

/// Store and model under the tester, without bridge.
struct Table {
    trace::TraceStore store;
    OperationsModel model{store};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};
    QSignalSpy inserted{&model, &QAbstractItemModel::rowsInserted};
    QSignalSpy changed{&model, &QAbstractItemModel::dataChanged};
    QSignalSpy reset{&model, &QAbstractItemModel::modelReset};

    void apply(std::initializer_list<OperationRecord> records)
    {
        OperationsBatch batch;
        batch.firstNewRow = static_cast<qint64>(store.rowCount());
        for (const OperationRecord& record : records) {
            const auto row = static_cast<qint64>(trace::TraceStore::rowOf(record.id));
            if (store.apply(record) == trace::TraceStore::Change::Updated
                && row < batch.firstNewRow)
                batch.changedRows.append(row);
        }
        std::sort(batch.changedRows.begin(), batch.changedRows.end());
        batch.newRows = static_cast<qint64>(store.rowCount()) - batch.firstNewRow;
        model.apply(batch);
    }
    /// First and last row of the n-th dataChanged.
    std::pair<int, int> changedRows(int n) const
    {
        return {changed[n][0].toModelIndex().row(), changed[n][1].toModelIndex().row()};
    }
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

    void newRowsOfABatchAreOneBlock()
    {
        Table table;
        QCOMPARE(table.model.rowCount(), 0);
        QCOMPARE(table.model.columnCount(), ui::kOperationColumnCount);
        table.apply({test::synchronousSend(1), test::pendingSend(2), test::synchronousSend(3)});
        table.apply({test::completed(test::pendingSend(2)), test::synchronousSend(5),
            test::synchronousSend(4)});
        QCOMPARE(table.model.rowCount(), 5);
        QCOMPARE(table.inserted.count(), 2);
        QCOMPARE(table.inserted[0][1].toInt(), 0);
        QCOMPARE(table.inserted[0][2].toInt(), 2);
        QCOMPARE(table.inserted[1][1].toInt(), 3);
        QCOMPARE(table.inserted[1][2].toInt(), 4);
        QCOMPARE(table.reset.count(), 0);
        for (int row = 0; row < 5; ++row)
            QCOMPARE(cell(table.model, row, OperationColumn::Number), QString::number(row + 1));
    }

    void rowsOfABridgeComeAsOneBlockPerBatch()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        ui::EngineBridge bridge(recorder, store);
        OperationsModel model(store);
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        connect(&bridge, &ui::EngineBridge::operationsChanged, &model, &OperationsModel::apply);
        int growing = 0;
        connect(&bridge, &ui::EngineBridge::operationsChanged, this,
            [&](const OperationsBatch& batch) { growing += batch.newRows > 0 ? 1 : 0; });
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        std::thread producer([&] {
            for (std::uint64_t id = 1; id <= 20'000; ++id) {
                recorder.operationStepped(test::pendingSend(id));
                recorder.operationStepped(test::completed(test::pendingSend(id)));
            }
        });
        QTRY_COMPARE_WITH_TIMEOUT(model.rowCount(), 20'000, 30'000);
        producer.join();
        QTRY_COMPARE(store.totals().completed, 20'000U);
        QCOMPARE(inserted.count(), growing);
        QVERIFY(growing < 2000);
    }

    void neighboursThatChangedShareASignal()
    {
        Table table;
        for (std::uint64_t id = 1; id <= 100; ++id)
            table.apply({test::pendingSend(id)});
        table.changed.clear();
        table.apply({test::completed(test::pendingSend(3)), test::completed(test::pendingSend(4)),
            test::completed(test::pendingSend(9)), test::completed(test::pendingSend(5))});
        QCOMPARE(table.changed.count(), 2);
        QCOMPARE(table.changedRows(0), std::pair(2, 4));
        QCOMPARE(table.changedRows(1), std::pair(8, 8));
        QCOMPARE(table.changed[0][1].toModelIndex().column(), ui::kOperationColumnCount - 1);
    }

    void manyScatteredChangesAreOneSignal()
    {
        Table table;
        for (std::uint64_t id = 1; id <= 100; ++id)
            table.apply({test::pendingSend(id)});
        OperationsBatch batch{100, 0, {}};
        for (std::uint64_t id = 10; id <= 90; id += 2) {
            table.store.apply(test::completed(test::pendingSend(id)));
            batch.changedRows.append(static_cast<qint64>(trace::TraceStore::rowOf(id)));
        }
        table.changed.clear();
        table.model.apply(batch);
        QCOMPARE(table.changed.count(), 1);
        QCOMPARE(table.changedRows(0), std::pair(9, 89));
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

    void theRunningTimeOfVisiblePendingRowsIsKeptUp()
    {
        Table table;
        OperationRecord pending = test::pendingSend(3);
        pending.submittedNs = trace::steadyNowNs();
        table.apply({test::synchronousSend(1), test::synchronousSend(2), pending,
            test::synchronousSend(4)});
        table.changed.clear();
        QVERIFY(!table.changed.wait(250)); // Nothing is visible.
        table.model.setVisibleRows(0, 1);
        QVERIFY(!table.changed.wait(250)); // The pending one is not visible.
        table.model.setVisibleRows(0, 10);
        QVERIFY(table.changed.wait(5000));
        QCOMPARE(table.changedRows(0), std::pair(2, 2));
        QCOMPARE(table.changed[0][0].toModelIndex().column(),
            static_cast<int>(OperationColumn::Duration));
        QVERIFY(cell(table.model, 2, OperationColumn::Duration, Qt::AccessibleTextRole)
                    .contains("pending"));
        table.apply({test::completed(pending)});
        table.changed.clear();
        QVERIFY(!table.changed.wait(250)); // Over.
    }

    void aLostOperationIsShownAsSuch()
    {
        Table table;
        table.store.apply(test::synchronousSend(2));
        table.store.showGaps();
        table.model.apply({0, 2, {}});
        QCOMPARE(cell(table.model, 0, OperationColumn::Operation), "(not recorded)");
        QCOMPARE(cell(table.model, 0, OperationColumn::Number), "1");
        QCOMPARE(cell(table.model, 0, OperationColumn::Outcome), "");
        QVERIFY(!table.model.index(0, 0).data(ui::OperationOutcomeRole).isValid());
    }

    void findsTheRowOfAnOperation()
    {
        Table table;
        table.apply({test::synchronousSend(1), test::synchronousSend(2)});
        QCOMPARE(table.model.indexOfOperation(2).row(), 1);
        QVERIFY(!table.model.indexOfOperation(0).isValid());
        QVERIFY(!table.model.indexOfOperation(3).isValid());
        table.store.apply(test::synchronousSend(3)); // In the store, but not announced yet.
        QVERIFY(!table.model.indexOfOperation(3).isValid());
        QVERIFY(!table.model.record(table.model.index(2, 0)));
    }
};

QTEST_MAIN(OperationsModelTest)
#include "operations_model_test.moc"
