// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/trace_store.h"
#include "tests/engine/trace/records.h"
#include "tests/support/compare.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <vector>

using namespace swb;
using Change = trace::TraceStore::Change;

class TraceStoreTest : public QObject {
    Q_OBJECT

private slots:
    void aLaterPhaseReplacesAnEarlierOne()
    {
        trace::TraceStore store;
        const OperationRecord pending = test::pendingSend(1, 1000);
        QCOMPARE(store.apply(pending), Change::Stored);
        QCOMPARE(store.rowCount(), 1U);
        QCOMPARE(store.apply(test::progressed(pending, 300)), Change::Updated);
        QCOMPARE(store.record(0).bytesDone, 300U);
        QCOMPARE(store.apply(test::progressed(pending, 800)), Change::Updated);
        QCOMPARE(store.record(0).bytesDone, 800U);
        QCOMPARE(store.apply(test::completed(pending)), Change::Updated);
        QCOMPARE(store.record(0).phase, OperationPhase::Completed);
        QCOMPARE(store.rowCount(), 1U);
    }

    void anEarlierPhaseThatComesLateChangesNothingButTheReturnTime()
    {
        trace::TraceStore store;
        const OperationRecord pending = test::pendingSend(1, 1000);
        store.apply(test::completed(pending));
        QCOMPARE(store.record(0).returnedNs, 0);
        QCOMPARE(store.apply(pending), Change::Updated);
        QCOMPARE(store.record(0).returnedNs, pending.returnedNs);
        QCOMPARE(store.record(0).phase, OperationPhase::Completed);
        QCOMPARE(store.record(0).bytesDone, 1000U);
        QCOMPARE(store.apply(pending), Change::None);
        QCOMPARE(store.apply(test::progressed(pending, 5)), Change::None);
        QCOMPARE(store.totals().pending, 0U);
        QCOMPARE(store.totals().completed, 1U);
    }

    void keepsTheReturnTimeThatTheWorkerDoesNotKnow()
    {
        trace::TraceStore store;
        const OperationRecord pending = test::pendingSend(1, 1000);
        store.apply(pending);
        store.apply(test::completed(pending));
        QCOMPARE(store.record(0).returnedNs, pending.returnedNs);
    }

    void progressNeverGoesBack()
    {
        trace::TraceStore store;
        const OperationRecord pending = test::pendingSend(1, 1000);
        store.apply(test::progressed(pending, 800));
        QCOMPARE(store.apply(test::progressed(pending, 300)), Change::None);
        QCOMPARE(store.record(0).bytesDone, 800U);
        QCOMPARE(store.totals().bytesSent, 800U);
    }

    void rowsBecomeVisibleAsAPrefix()
    {
        trace::TraceStore store;
        QCOMPARE(store.apply(test::synchronousSend(3)), Change::Stored);
        QCOMPARE(store.rowCount(), 0U);
        QVERIFY(store.hasGap());
        QCOMPARE(store.apply(test::pendingSend(2)), Change::Stored);
        QCOMPARE(store.apply(test::completed(test::pendingSend(2))), Change::Stored);
        QCOMPARE(store.rowCount(), 0U);
        QCOMPARE(store.apply(test::synchronousSend(1)), Change::Stored);
        QCOMPARE(store.rowCount(), 3U);
        QVERIFY(!store.hasGap());
        for (std::uint64_t row = 0; row < 3; ++row)
            QCOMPARE(store.record(row).id, row + 1);
        QVERIFY(store.contains(3));
        QVERIFY(!store.contains(4));
        QVERIFY(!store.contains(0));
    }

    void anyOrderGivesTheSameRowsAndTotals()
    {
        std::mt19937 random(4711);
        std::vector<OperationRecord> records;
        trace::TraceTotals expected;
        for (std::uint64_t id = 1; id <= 20'000; ++id) {
            const std::uint64_t asked = 1 + random() % 5000;
            OperationRecord pending = test::pendingSend(id, asked);
            const bool receives = random() % 2 != 0;
            pending.kind
                = receives ? SocketAsyncOperation::Receive : SocketAsyncOperation::SendPackets;
            OperationRecord last = pending;
            ++expected.operations;
            switch (random() % 5) {
            case 0:
                last = test::synchronousSend(id, asked);
                last.kind = pending.kind;
                records.push_back(last);
                ++expected.synchronous;
                break;
            case 1:
                last = test::progressed(pending, asked / 2);
                records.insert(
                    records.end(), {pending, test::progressed(pending, asked / 4), last});
                ++expected.pending;
                break;
            case 2:
                last = test::completed(pending);
                records.insert(
                    records.end(), {pending, test::progressed(pending, asked / 3), last});
                ++expected.completed;
                break;
            case 3:
                last = test::completed(
                    test::progressed(pending, asked / 3), SocketError::ConnectionReset);
                records.insert(records.end(), {pending, last});
                ++expected.failed;
                break;
            default:
                last = test::completed(pending, SocketError::OperationAborted);
                records.insert(records.end(), {pending, last});
                ++expected.aborted;
                break;
            }
            expected.returnedPending += last.returnedPending() ? 1U : 0U;
            (receives ? expected.bytesReceived : expected.bytesSent) += last.bytesDone;
        }
        std::shuffle(records.begin(), records.end(), random);

        trace::TraceStore store;
        std::uint64_t rows = 0;
        for (const OperationRecord& record : records) {
            store.apply(record);
            QVERIFY(store.rowCount() >= rows);
            for (; rows < store.rowCount(); ++rows)
                QCOMPARE(store.record(rows).id, rows + 1);
        }
        QCOMPARE(store.rowCount(), 20'000U);
        QVERIFY(store.totals() == expected);
        QCOMPARE(expected.synchronous + expected.pending + expected.completed + expected.failed
                + expected.aborted,
            expected.operations);
        QCOMPARE(store.originNs(), test::pendingSend(1).submittedNs);
        QCOMPARE(store.lost(), 0U);
    }

    void aRowThatWasLostIsShownAsMissingAndFilledWhenItComes()
    {
        trace::TraceStore store;
        store.apply(test::synchronousSend(1));
        store.apply(test::synchronousSend(4));
        store.showGaps();
        QCOMPARE(store.rowCount(), 4U);
        QCOMPARE(store.record(1).id, 2U);
        QCOMPARE(store.record(1).kind, SocketAsyncOperation::None);
        QCOMPARE(store.totals().operations, 2U);
        QCOMPARE(store.apply(test::synchronousSend(2)), Change::Updated);
        QCOMPARE(store.record(1).kind, SocketAsyncOperation::Send);
        QCOMPARE(store.totals().operations, 3U);
        QCOMPARE(store.apply(test::synchronousSend(5)), Change::Stored);
        QCOMPARE(store.rowCount(), 5U);
    }

    void keepsAMillionOperationsInLessThan96BytesEach()
    {
        constexpr std::uint64_t kCount = 1'000'000;
        trace::TraceStore store;
        for (std::uint64_t id = 1; id <= kCount; ++id)
            store.apply(test::synchronousSend(id));
        QCOMPARE(store.rowCount(), kCount);
        QVERIFY(store.memoryBytes() <= 96 * kCount);
        QCOMPARE(store.record(kCount - 1).id, kCount);
        QCOMPARE(store.totals().bytesSent, 64 * kCount);
    }

    void clearStartsAgainAtTheFirstId()
    {
        trace::TraceStore store;
        store.apply(test::synchronousSend(1));
        store.apply(test::synchronousSend(3));
        store.clear();
        QCOMPARE(store.rowCount(), 0U);
        QVERIFY(!store.hasGap());
        QVERIFY(store.totals() == trace::TraceTotals{});
        QCOMPARE(store.apply(test::synchronousSend(1)), Change::Stored);
        QCOMPARE(store.rowCount(), 1U);
    }

    void aRecordWithoutIdIsIgnored()
    {
        trace::TraceStore store;
        QCOMPARE(store.apply(OperationRecord{}), Change::None);
        QCOMPARE(store.rowCount(), 0U);
        QCOMPARE(store.totals().operations, 0U);
    }
};

QTEST_GUILESS_MAIN(TraceStoreTest)
#include "trace_store_test.moc"
