// SPDX-License-Identifier: GPL-3.0-or-later
/// What was pending at a moment of a recording, and where its bytes were, against a plain count
/// over all records.

#include "engine/trace/health_log.h"
#include "engine/trace/progress.h"
#include "tests/engine/trace/made_records.h"
#include "ui/support/recorded_bytes.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <vector>

using namespace swb;

namespace {

constexpr std::int64_t kStepNs = 10'000;
constexpr std::uint32_t kSockets = 5;

bool pendingAt(const OperationRecord& record, std::int64_t atNs)
{
    return record.submittedNs <= atNs
        && (record.phase != OperationPhase::Completed || record.completedNs > atNs);
}

bool isRead(const OperationRecord& record)
{
    return record.kind == SocketAsyncOperation::Receive;
}

/// Operations of some sockets, each direction in its order; some rows are lost, some never end.
struct Made {
    std::vector<OperationRecord> records;
    trace::TraceStore store;

    explicit Made(std::uint64_t rows)
    {
        std::map<std::pair<std::uint32_t, bool>, std::int64_t> freeAt;
        for (std::uint64_t id = 1; id <= rows; ++id) {
            OperationRecord record = test::synchronousSend(id, test::mixed(id) % 5000 + 1);
            record.submittedNs = static_cast<std::int64_t>(id) * kStepNs;
            record.socketId = static_cast<std::uint32_t>(test::mixed(id + 7) % kSockets + 1);
            if (test::mixed(id + 13) % 4 == 0)
                record.kind = SocketAsyncOperation::Receive;
            std::int64_t& free = freeAt[{record.socketId, isRead(record)}];
            const std::int64_t lasts = test::mixed(id + 21) % 3 == 0 ? kStepNs * 20 : 0;
            free = std::max(free, record.submittedNs) + lasts;
            record.completedNs = free;
            if (free > record.submittedNs)
                record.flags = operation_flags::ReturnedPending;
            if (free > static_cast<std::int64_t>(rows) * kStepNs) {
                record.phase = OperationPhase::Pending;
                record.completedNs = 0;
                record.bytesDone = 0;
            }
            records.push_back(record);
            store.apply(record);
        }
    }
    std::size_t ahead(const OperationRecord& of, std::int64_t atNs) const
    {
        return static_cast<std::size_t>(
            std::count_if(records.begin(), records.end(), [&](const OperationRecord& each) {
                return each.id < of.id && each.socketId == of.socketId && isRead(each) == isRead(of)
                    && pendingAt(each, atNs);
            }));
    }
    /// What sends had given to the engine by then.
    std::uint64_t given(std::uint32_t socketId, std::int64_t atNs) const
    {
        std::uint64_t bytes = 0;
        for (const OperationRecord& each : records) {
            if (each.socketId != socketId || isRead(each) || each.submittedNs > atNs)
                continue;
            bytes += pendingAt(each, atNs) ? each.bytesAsked : each.bytesDone;
        }
        return bytes;
    }
};

trace::HealthHistory lookAt(std::uint32_t socketId, std::int64_t atNs, std::uint64_t accepted)
{
    SocketHealth look;
    look.timeNs = atNs;
    look.socketId = socketId;
    look.known = true;
    look.acknowledgedBytes = accepted / 2;
    look.inFlightBytes = accepted / 4;
    look.unsentBytes = accepted - look.acknowledgedBytes - look.inFlightBytes;
    trace::HealthHistory history;
    history.samples.push_back(look);
    return history;
}

} // namespace

class RecordedBytesTest : public QObject {
    Q_OBJECT

private slots:
    void findsWhatWasPendingBefore()
    {
        const Made made(20'000);
        const ui::RecordedBytes bytes(made.store);
        int asked = 0;
        for (std::uint64_t id = 1; id <= 20'000; id += 37) {
            const OperationRecord& record = made.records[id - 1];
            const std::int64_t atNs = record.submittedNs + kStepNs * 5;
            if (!pendingAt(record, atNs))
                continue;
            ++asked;
            QCOMPARE(bytes.aheadAt(record, atNs), made.ahead(record, atNs));
        }
        QVERIFY(asked > 50);
    }

    void theStationsAddUpAtAnyMoment()
    {
        const Made made(150'000); // several of the stretches between two sums
        const ui::RecordedBytes bytes(made.store);
        int asked = 0;
        for (std::uint64_t id = 5; id <= 150'000; id += 1501) {
            const OperationRecord& record = made.records[id - 1];
            const std::int64_t atNs = record.submittedNs + kStepNs * 3;
            if (isRead(record) || !pendingAt(record, atNs))
                continue;
            ++asked;
            const std::uint64_t given = made.given(record.socketId, atNs);
            const std::uint64_t accepted = given - std::min<std::uint64_t>(given, id % 700);
            const auto ledger = bytes.ledgerAt(record, lookAt(record.socketId, atNs, accepted));
            QVERIFY(ledger.has_value());
            QCOMPARE(ledger->accepted, accepted);
            QCOMPARE(ledger->queued, given - accepted);
            QCOMPARE(*ledger->unsent + *ledger->inFlight + *ledger->acknowledged, accepted);
            QVERIFY(!ledger->readByPeer); // nobody wrote that down
        }
        QVERIFY(asked > 10);
    }

    void anOldPendingSendIsFoundAcrossManyRows()
    {
        trace::TraceStore store;
        OperationRecord first = test::pendingSend(1, 5000);
        first.socketId = 2;
        store.apply(first);
        for (std::uint64_t id = 2; id <= 200'000; ++id)
            store.apply(test::synchronousSend(id));
        OperationRecord last = test::pendingSend(200'001, 300);
        last.socketId = 2;
        store.apply(last);
        const ui::RecordedBytes bytes(store);
        const std::int64_t atNs = last.submittedNs + 1000;
        const auto ledger = bytes.ledgerAt(first, lookAt(2, atNs, 1000));
        QVERIFY(ledger.has_value());
        QCOMPARE(ledger->queued, 4300U);
        QCOMPARE(bytes.aheadAt(first, atNs), 0U);
        QCOMPARE(bytes.aheadAt(last, atNs), 1U);
        QCOMPARE(bytes.ledgerAt(last, lookAt(2, atNs, 1000))->queued, 4300U);
    }

    void nothingIsMadeUpWhereTheKernelToldNothing()
    {
        const Made made(1000);
        const ui::RecordedBytes bytes(made.store);
        trace::HealthHistory unknown = lookAt(1, 5'000'000, 100);
        unknown.samples.back().known = false;
        QVERIFY(!bytes.ledgerAt(made.records[500], unknown));
    }

    void isCancelled()
    {
        const Made made(20'000);
        const auto stop = [](std::uint64_t done, std::uint64_t) { return done < 10'000; };
        QVERIFY_THROWS_EXCEPTION(trace::TraceCancelled, ui::RecordedBytes(made.store, stop));
    }
};

QTEST_GUILESS_MAIN(RecordedBytesTest)
#include "recorded_bytes_test.moc"
