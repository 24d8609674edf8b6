// SPDX-License-Identifier: GPL-3.0-or-later
/// Why an operation is pending, in one sentence, and how far a connection's bytes have come.

#include "engine/trace/health_log.h"
#include "engine/workbench/pending_reason.h"

#include <QTest>

using namespace swb;
using namespace swb::workbench;
using Kind = PendingReason::Kind;

namespace {

constexpr std::int64_t kMs = 1'000'000;

OperationRecord pending(SocketAsyncOperation kind, std::int64_t submittedMs = 0)
{
    OperationRecord record;
    record.id = 1;
    record.socketId = 7;
    record.kind = kind;
    record.submittedNs = submittedMs * kMs;
    record.flags = operation_flags::ReturnedPending;
    return record;
}

SocketHealth tcp(std::int64_t atMs)
{
    SocketHealth health;
    health.timeNs = atMs * kMs;
    health.socketId = 7;
    health.known = health.windowKnown = health.connected = true;
    health.acknowledgedBytes = 128'005;
    health.unsentBytes = 2'626'560;
    health.peerWindowBytes = 65'536;
    return health;
}

} // namespace

class PendingReasonTest : public QObject {
    Q_OBJECT

private slots:
    void aClosedWindowIsNamedWithItsTime()
    {
        trace::HealthLog log;
        SocketHealth health = tcp(900);
        health.peerWindowBytes = 0;
        log.apply(health);
        const auto reason = explainPending(
            pending(SocketAsyncOperation::SendPackets), 0, log.find(7), 5000 * kMs);
        QCOMPARE(reason.kind, Kind::PeerWindowClosed);
        QCOMPARE(QString::fromStdString(reason.sentence),
            QString("kernel send queue full at 2.5 MiB; peer window 0 for 4.1 s; 128,005 bytes "
                    "acknowledged"));
    }

    void aPeerThatReadsIsToldWithItsPace()
    {
        trace::HealthLog log;
        SocketHealth health = tcp(0);
        health.acknowledgedBytes = 128'005 - 65'536;
        log.apply(health);
        log.apply(tcp(1000));
        const auto reason
            = explainPending(pending(SocketAsyncOperation::Send), 0, log.find(7), 1000 * kMs);
        QCOMPARE(reason.kind, Kind::SendQueueFull);
        QCOMPARE(QString::fromStdString(reason.sentence),
            QString("kernel send queue full at 2.5 MiB; the peer takes 64.0 KiB/s; peer window "
                    "64.0 KiB; 128,005 bytes acknowledged"));
    }

    void repeatedSegmentsAreNamed()
    {
        trace::HealthLog log;
        SocketHealth health = tcp(0);
        health.timeoutsInARow = 4;
        health.inFlightBytes = 1448;
        health.lastAckMs = 3200;
        log.apply(health);
        const auto reason
            = explainPending(pending(SocketAsyncOperation::Send), 0, log.find(7), 100 * kMs);
        QCOMPARE(reason.kind, Kind::NoAcknowledgement);
        QCOMPARE(QString::fromStdString(reason.sentence),
            QString("no acknowledgement for 3.2 s; sent again 4 times; 1,448 bytes in flight; "
                    "128,005 bytes acknowledged"));
    }

    void whoComesLaterWaitsForTheOthers()
    {
        const auto one = explainPending(pending(SocketAsyncOperation::Send), 1, nullptr, 0);
        QCOMPARE(one.kind, Kind::QueuedBehind);
        QCOMPARE(QString::fromStdString(one.sentence),
            QString("1 send started earlier on this socket comes first"));
        const auto many = explainPending(pending(SocketAsyncOperation::Receive), 1200, nullptr, 0);
        QCOMPARE(QString::fromStdString(many.sentence),
            QString("1,200 receives started earlier on this socket come first"));
    }

    void whereTheKernelTellsNothingThatIsSaid()
    {
        const auto reason = explainPending(pending(SocketAsyncOperation::Send), 0, nullptr, 0);
        QCOMPARE(reason.kind, Kind::SendQueueFull);
        QVERIFY(reason.sentence.find("not available") != std::string::npos);
    }

    void otherOperationsWaitForOthers_data()
    {
        QTest::addColumn<int>("operation");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("sentence");
        const auto row = [](SocketAsyncOperation operation, Kind kind, const char* sentence) {
            QTest::newRow(toString(operation).c_str())
                << static_cast<int>(operation) << static_cast<int>(kind) << QString(sentence);
        };
        row(SocketAsyncOperation::Receive, Kind::WaitingForData, "nothing has arrived yet");
        row(SocketAsyncOperation::Accept, Kind::WaitingForConnection,
            "nobody has connected for 2.1 s");
        row(SocketAsyncOperation::Connect, Kind::Connecting,
            "the other side has not answered for 2.1 s");
        row(SocketAsyncOperation::Disconnect, Kind::Disconnecting,
            "what was sent before has not left yet, for 2.1 s");
    }
    void otherOperationsWaitForOthers()
    {
        QFETCH(int, operation);
        QFETCH(int, kind);
        QFETCH(QString, sentence);
        const auto reason = explainPending(
            pending(static_cast<SocketAsyncOperation>(operation), 1000), 0, nullptr, 3100 * kMs);
        QCOMPARE(static_cast<int>(reason.kind), kind);
        QCOMPARE(QString::fromStdString(reason.sentence), sentence);
    }

    void aReceiveKnowsWhatHasArrived()
    {
        trace::HealthLog log;
        SocketHealth health = tcp(0);
        health.receivedBytes = 4096;
        log.apply(health);
        const auto waiting
            = explainPending(pending(SocketAsyncOperation::Receive), 0, log.find(7), 0);
        QCOMPARE(QString::fromStdString(waiting.sentence),
            QString("nothing new has arrived; 4,096 bytes received so far on this connection"));
        health.receiveQueueBytes = 1;
        log.apply(health);
        const auto going
            = explainPending(pending(SocketAsyncOperation::Receive), 0, log.find(7), 0);
        QCOMPARE(going.kind, Kind::AboutToGoOn);
    }

    void theLedgerNeverMergesStations()
    {
        OperationRecord first = pending(SocketAsyncOperation::SendPackets);
        first.bytesAsked = 1000;
        first.bytesDone = 400;
        OperationRecord second = pending(SocketAsyncOperation::Send);
        second.bytesAsked = 50;
        const std::vector<OperationRecord> sends{first, second};

        const ByteLedger untold = byteLedger(sends, 5000, nullptr, 123);
        QCOMPARE(untold.queued, std::uint64_t{650});
        QCOMPARE(untold.accepted, std::uint64_t{5400});
        QVERIFY(!untold.acknowledged && !untold.unsent && !untold.inFlight);
        QCOMPARE(*untold.readByPeer, std::uint64_t{123});

        trace::HealthLog log;
        SocketHealth health = tcp(0);
        health.inFlightBytes = 7;
        log.apply(health);
        const ByteLedger told = byteLedger(sends, 5000, log.find(7));
        QCOMPARE(told.accepted, *told.acknowledged + *told.inFlight + *told.unsent);
        QCOMPARE(*told.inFlight, std::uint64_t{7});
        QVERIFY(!told.readByPeer);
    }

    void aLookOfBeforeAResetIsNoLedger()
    {
        trace::HealthLog log;
        SocketHealth health = tcp(0);
        health.acknowledgedBytes = 0;
        health.unsentBytes = 0;
        log.apply(health);
        // The send took 2.5 ms, and the socket was gone before the kernel was asked again.
        const ByteLedger ended = byteLedger({}, 2'097'152, log.find(7));
        QCOMPARE(ended.accepted, std::uint64_t{2'097'152});
        QVERIFY(!ended.acknowledged && !ended.unsent && !ended.inFlight);
        health.timeNs += kMs;
        health.acknowledgedBytes = 2'097'152;
        log.apply(health);
        QCOMPARE(*byteLedger({}, 2'097'152, log.find(7)).acknowledged, std::uint64_t{2'097'152});
    }
};

QTEST_APPLESS_MAIN(PendingReasonTest)
#include "pending_reason_test.moc"
