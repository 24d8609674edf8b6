// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/recorder.h"
#include "tests/engine/trace/records.h"
#include "tests/support/compare.h"

#include <QDeadlineTimer>
#include <QTest>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <latch>
#include <map>
#include <optional>
#include <thread>
#include <vector>

using namespace swb;
using trace::Recorder;

namespace {

/// What one drain gives, all of it.
std::vector<OperationRecord> drained(Recorder& recorder)
{
    std::vector<OperationRecord> records;
    recorder.drain([&](std::span<const OperationRecord> run) {
        records.insert(records.end(), run.begin(), run.end());
        return true;
    });
    return records;
}

void recordMany(
    Recorder& recorder, std::uint64_t first, std::uint64_t count, std::uint16_t thread = 1)
{
    OperationRecord record = test::synchronousSend(first);
    record.callThread = thread;
    for (std::uint64_t id = first; id < first + count; ++id) {
        record.id = id;
        recorder.operationStepped(record);
    }
}

/// Records once more when its thread ends.
struct RecordsAtTheEnd {
    Recorder* recorder = nullptr;
    ~RecordsAtTheEnd()
    {
        if (recorder != nullptr)
            recorder->operationStepped(test::synchronousSend(2));
    }
};

constexpr std::size_t kRecordsOfAChunk = 1024;

} // namespace

class RecorderTest : public QObject {
    Q_OBJECT

private slots:
    void keepsEveryRecordOfManyThreadsInTheirOrder()
    {
        constexpr std::uint16_t kThreads = 8;
        constexpr std::uint64_t kEach = 40'000;
        Recorder recorder;
        std::latch start(kThreads);
        std::vector<std::thread> threads;
        for (std::uint16_t t = 0; t < kThreads; ++t) {
            threads.emplace_back([&recorder, &start, t] {
                start.arrive_and_wait();
                recordMany(recorder, 1, kEach, t);
            });
        }

        std::array<std::uint64_t, kThreads> last{};
        std::uint64_t total = 0;
        bool inOrder = true;
        const QDeadlineTimer deadline(60'000);
        while (total < kThreads * kEach && !deadline.hasExpired()) {
            total += recorder
                         .drain([&](std::span<const OperationRecord> run) {
                             for (const OperationRecord& record : run)
                                 inOrder = inOrder && record.id == ++last.at(record.callThread);
                             return true;
                         })
                         .records;
        }
        for (std::thread& thread : threads)
            thread.join();

        QCOMPARE(total, kThreads * kEach);
        QVERIFY(inOrder);
        QVERIFY(drained(recorder).empty());
        QCOMPARE(recorder.lost(), 0U);
    }

    void keepsEveryByteOfARecord()
    {
        Recorder recorder;
        OperationRecord record
            = test::completed(test::pendingSend(4711, 99), SocketError::ConnectionReset);
        record.nativeError = 104;
        recorder.operationStepped(record);
        const std::vector<OperationRecord> records = drained(recorder);
        QCOMPARE(records.size(), 1U);
        // Up to the last field: what pads the end has no value.
        constexpr std::size_t kFields = offsetof(OperationRecord, flags) + sizeof record.flags;
        QCOMPARE(std::memcmp(&records[0], &record, kFields), 0);
        QCOMPARE(records[0].nativeError, 104);
        QCOMPARE(records[0].eventNs, record.eventNs);
        QCOMPARE(records[0].flags, record.flags);
    }

    void keepsWhatEndedThreadsRecordedAndReusesTheirMemory()
    {
        Recorder recorder;
        std::size_t highest = 0;
        for (std::uint64_t round = 0; round < 300; ++round) {
            std::thread([&] { recordMany(recorder, 1, 3); }).join();
            QCOMPARE(drained(recorder).size(), 3U);
            highest = std::max(highest, recorder.memoryBytes());
        }
        QVERIFY2(highest <= 4 * kRecordsOfAChunk * sizeof(OperationRecord),
            qPrintable(QString::number(highest)));
    }

    void growsWhenTheConsumerIsLateAndShrinksAgain()
    {
        Recorder recorder;
        recordMany(recorder, 1, 200 * kRecordsOfAChunk);
        QVERIFY(recorder.memoryBytes() >= 200 * kRecordsOfAChunk * sizeof(OperationRecord));
        QCOMPARE(drained(recorder).size(), 200 * kRecordsOfAChunk);
        QVERIFY(recorder.memoryBytes() <= 70 * kRecordsOfAChunk * sizeof(OperationRecord));
        QCOMPARE(recorder.lost(), 0U);
    }

    void countsWhatFoundNoMemoryAndGoesOnAfterwards()
    {
        Recorder recorder(
            {.maxWaitingBytes = 2 * (kRecordsOfAChunk * sizeof(OperationRecord) + 128)});
        recordMany(recorder, 1, 2 * kRecordsOfAChunk + 5);
        QCOMPARE(recorder.lost(), 5U);
        QCOMPARE(drained(recorder).size(), 2 * kRecordsOfAChunk);
        recordMany(recorder, 1, 10);
        QCOMPARE(recorder.lost(), 5U);
        QCOMPARE(drained(recorder).size(), 10U);
    }

    void wakesOnceBetweenTwoDrains()
    {
        Recorder recorder;
        int wakes = 0;
        recorder.setWake([&wakes] { ++wakes; });
        QCOMPARE(wakes, 0);
        recordMany(recorder, 1, 100);
        QCOMPARE(wakes, 1);
        QCOMPARE(drained(recorder).size(), 100U);
        QCOMPARE(wakes, 1);
        recordMany(recorder, 1, 100);
        QCOMPARE(wakes, 2);
        recorder.setWake({});
        drained(recorder);
        recordMany(recorder, 1, 100);
        QCOMPARE(wakes, 2);
    }

    void wakesOnceHoweverManyThreadsRecord()
    {
        Recorder recorder;
        std::atomic<int> wakes{0};
        recorder.setWake([&] { ++wakes; });
        std::vector<std::thread> threads;
        for (int t = 0; t < 6; ++t)
            threads.emplace_back([&] { recordMany(recorder, 1, 2000); });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(wakes.load(), 1);
    }

    void callsNoWakeAfterItWasTakenAway()
    {
        Recorder recorder;
        std::atomic<bool> stop{false};
        std::atomic<std::uint64_t> wanted{0};
        std::thread producer([&] {
            for (std::uint64_t id = 1; !stop;) {
                if (id <= wanted)
                    recordMany(recorder, id++, 1);
            }
        });
        bool woken = true;
        for (int round = 0; round < 100 && woken; ++round) {
            auto wakes = std::make_unique<std::atomic<int>>(0);
            recorder.setWake([counter = wakes.get()] { ++*counter; });
            const QDeadlineTimer deadline(30'000);
            while (wakes->load() == 0 && !deadline.hasExpired()) {
                wanted += 10;
                drained(recorder);
            }
            woken = wakes->load() > 0;
            wanted += 100; // So that it is taken away in the middle of recording.
            recorder.setWake({});
            wakes.reset(); // The sanitizers would see a wake that still runs.
        }
        stop = true;
        producer.join();
        QVERIFY(woken);
    }

    void endsTheDrainWhenTheSinkSaysSoAndStarvesNoThread()
    {
        Recorder recorder;
        std::thread([&] { recordMany(recorder, 1, 5 * kRecordsOfAChunk, 1); }).join();
        std::thread([&] { recordMany(recorder, 1, 5 * kRecordsOfAChunk, 2); }).join();
        std::map<std::uint16_t, std::size_t> taken;
        trace::DrainResult result{0, true};
        for (int drains = 0; drains < 4; ++drains) {
            result = recorder.drain([&](std::span<const OperationRecord> run) {
                taken[run.front().callThread] += run.size();
                return false;
            });
            QCOMPARE(result.records, kRecordsOfAChunk);
            QVERIFY(result.more);
        }
        QCOMPARE(taken[1], 2 * kRecordsOfAChunk);
        QCOMPARE(taken[2], 2 * kRecordsOfAChunk);
        QCOMPARE(drained(recorder).size(), 6 * kRecordsOfAChunk);
    }

    void aDrainEndsThoughAThreadRecordsFasterThanItReads()
    {
        Recorder recorder;
        std::atomic<bool> stop{false};
        std::atomic<std::uint64_t> recorded{0};
        std::atomic<std::uint64_t> wanted{5 * kRecordsOfAChunk};
        std::thread producer([&] {
            while (!stop) {
                if (recorded < wanted)
                    recordMany(recorder, ++recorded, 1);
            }
        });
        const QDeadlineTimer deadline(30'000);
        const auto produced = [&] { return recorded >= wanted || deadline.hasExpired(); };
        while (!produced())
            std::this_thread::yield();

        const trace::DrainResult result = recorder.drain([&](std::span<const OperationRecord> run) {
            wanted += 2 * run.size();
            while (!produced())
                std::this_thread::yield();
            return !deadline.hasExpired();
        });
        stop = true;
        producer.join();
        QVERIFY(!result.more);
        QVERIFY(result.records >= 5 * kRecordsOfAChunk);
    }

    void threadsOutliveRecordersAndServeSeveral()
    {
        std::optional<Recorder> reused; // The same address each time.
        Recorder other;
        std::uint64_t recordedByOther = 0;
        for (std::uint64_t round = 1; round <= 100; ++round) {
            reused.emplace();
            for (std::uint64_t i = 0; i < round; ++i) {
                recordMany(*reused, i + 1, 1);
                recordMany(other, ++recordedByOther, 1);
            }
            QCOMPARE(drained(*reused).size(), round);
            if (round % 3 == 0)
                recordMany(*reused, 1, 10); // Left behind.
        }
        QCOMPARE(drained(other).size(), recordedByOther);
    }

    void keepsWhatAThreadRecordsWhileItEnds()
    {
        Recorder recorder;
        std::thread([&] {
            // Made before the recorder's own thread-local objects, so destroyed after them.
            thread_local RecordsAtTheEnd atTheEnd;
            atTheEnd.recorder = &recorder;
            recorder.operationStepped(test::synchronousSend(1));
        }).join();
        QCOMPARE(drained(recorder).size(), 2U);
    }
};

QTEST_GUILESS_MAIN(RecorderTest)
#include "recorder_test.moc"
