// SPDX-License-Identifier: GPL-3.0-or-later
/// Which operations are pending, from rows as they come.

#include "engine/trace/pending_operations.h"
#include "engine/trace/trace_store.h"
#include "tests/engine/trace/records.h"

#include <QTest>

using namespace swb;
using namespace swb::test;
using trace::PendingOperations;
using trace::TraceStore;

class PendingOperationsTest : public QObject {
    Q_OBJECT

private:
    TraceStore m_store;
    PendingOperations m_pending;

    void apply(const OperationRecord& record)
    {
        m_store.apply(record);
        m_pending.takeRow(m_store, TraceStore::rowOf(record.id));
    }
    static OperationRecord on(std::uint32_t socketId, OperationRecord record,
        SocketAsyncOperation kind = SocketAsyncOperation::Send)
    {
        record.socketId = socketId;
        record.kind = kind;
        return record;
    }

private slots:
    void whatIsOverAtOnceChangesNothing()
    {
        apply(on(3, synchronousSend(1)));
        QVERIFY(!m_pending.takeSocketsChanged());
        QVERIFY(m_pending.sockets().empty());
    }

    void socketsJoinWithTheirFirstAndLeaveWithTheirLast()
    {
        apply(on(7, pendingSend(2)));
        QVERIFY(m_pending.takeSocketsChanged());
        QVERIFY(!m_pending.takeSocketsChanged());
        apply(on(3, pendingSend(3)));
        apply(on(7, pendingSend(4)));
        QVERIFY(m_pending.takeSocketsChanged());
        QCOMPARE(m_pending.sockets(), (std::vector<std::uint32_t>{3, 7}));
        QCOMPARE(m_pending.ahead(m_store.record(1)), std::size_t{0});
        QCOMPARE(m_pending.ahead(m_store.record(3)), std::size_t{1});
        QCOMPARE(m_pending.writes(7), (PendingOperations::Ids{2, 4}));

        apply(completed(on(7, pendingSend(2))));
        QVERIFY(!m_pending.takeSocketsChanged()); // the other one is pending still
        QCOMPARE(m_pending.ahead(m_store.record(3)), std::size_t{0});
        apply(completed(on(7, pendingSend(4))));
        QVERIFY(m_pending.takeSocketsChanged());
        QCOMPARE(m_pending.sockets(), std::vector<std::uint32_t>{3});
        QVERIFY(m_pending.writes(7).empty());
    }

    void readsAndWritesWaitForThemselvesOnly()
    {
        apply(on(5, pendingSend(5), SocketAsyncOperation::Receive));
        apply(on(5, pendingSend(6)));
        apply(on(5, pendingSend(7), SocketAsyncOperation::Receive));
        QCOMPARE(m_pending.ahead(m_store.record(5)), std::size_t{0});
        QCOMPARE(m_pending.ahead(m_store.record(6)), std::size_t{1});
        QCOMPARE(m_pending.writes(5), (PendingOperations::Ids{6}));
    }

    void aRowThatIsTakenAgainCountsOnce()
    {
        m_pending.takeRow(m_store, TraceStore::rowOf(6));
        apply(progressed(on(5, pendingSend(6)), 10));
        QCOMPARE(m_pending.writes(5), (PendingOperations::Ids{6}));
    }

    void aRowThatWasLostIsNotPending()
    {
        m_store.apply(on(9, pendingSend(9))); // 8 never comes
        m_store.showGaps();
        m_pending.takeNewRows(m_store, TraceStore::rowOf(8), 2);
        QCOMPARE(m_pending.sockets(), (std::vector<std::uint32_t>{3, 5, 9}));
    }
};

QTEST_GUILESS_MAIN(PendingOperationsTest)
#include "pending_operations_test.moc"
