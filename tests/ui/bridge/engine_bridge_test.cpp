// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/engine/trace/records.h"
#include "tests/support/compare.h"
#include "ui/bridge/engine_bridge.h"

#include <QDeadlineTimer>
#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace swb;
using ui::EngineBridge;
using ui::OperationsBatch;

namespace {

/// Checks each batch for what models rely on, as a model would do.
class Follower : public QObject {
public:
    Follower(EngineBridge& bridge, const trace::TraceStore& store)
        : m_store(store)
        , rows(static_cast<qint64>(store.rowCount()))
    {
        connect(&bridge, &EngineBridge::operationsChanged, this,
            [this](const OperationsBatch& batch) { follow(batch); });
        connect(&bridge, &EngineBridge::frame, this, [this] {
            ++frames;
            tooOften = tooOften || (frames - 1) * EngineBridge::kFrameMs > sinceStart.elapsed();
        });
        sinceStart.start();
    }

    void follow(const OperationsBatch& batch)
    {
        ++batches;
        const bool ascending
            = std::adjacent_find(batch.changedRows.begin(), batch.changedRows.end(),
                  [](qint64 a, qint64 b) { return a >= b; })
            == batch.changedRows.end();
        const bool within = batch.changedRows.isEmpty()
            || (batch.changedRows.first() >= 0 && batch.changedRows.last() < batch.firstNewRow);
        const bool fits = batch.firstNewRow == rows && batch.newRows >= 0
            && static_cast<qint64>(m_store.rowCount()) == rows + batch.newRows;
        const bool onMyThread = QThread::currentThread() == thread();
        good = good && ascending && within && fits && onMyThread && !batch.isEmpty();
        changes += batch.changedRows.size();
        rows += batch.newRows;
    }

private:
    const trace::TraceStore& m_store;

public:
    QElapsedTimer sinceStart;
    qint64 rows;
    qint64 changes = 0;
    int batches = 0;
    int frames = 0;
    bool tooOften = false; ///< A frame for each 16 ms since this began, and one more: that is all.
    bool good = true;
};

void recordMany(trace::Recorder& recorder, std::uint64_t first, std::uint64_t count)
{
    for (std::uint64_t id = first; id < first + count; ++id)
        recorder.operationStepped(test::synchronousSend(id));
}

} // namespace

class EngineBridgeTest : public QObject {
    Q_OBJECT

private slots:
    void framesComeHalfAsOftenWhileVeryMuchComes()
    {
        constexpr std::size_t kMany = EngineBridge::kManyRecords;
        QCOMPARE(EngineBridge::nextFrameMs({0, false}), EngineBridge::kFrameMs);
        QCOMPARE(EngineBridge::nextFrameMs({kMany - 1, false}), EngineBridge::kFrameMs);
        QCOMPARE(EngineBridge::nextFrameMs({kMany, false}), 2 * EngineBridge::kFrameMs);
        QCOMPARE(EngineBridge::nextFrameMs({kMany, true}), EngineBridge::kFrameMs);
    }

    void bringsEveryOperationOfManyThreadsToTheGuiThread()
    {
        constexpr std::uint64_t kThreads = 4;
        constexpr std::uint64_t kOperations = 60'000;
        trace::Recorder recorder;
        trace::TraceStore store;
        EngineBridge bridge(recorder, store);
        Follower follower(bridge, store);

        // Callers start operations; each third is finished by another thread, at any time.
        std::atomic<std::uint64_t> nextId{1};
        std::atomic<std::uint64_t> nextToFinish{3};
        std::vector<std::thread> threads;
        for (std::uint64_t t = 0; t < kThreads; ++t) {
            threads.emplace_back([&] {
                for (std::uint64_t id = nextId++; id <= kOperations; id = nextId++)
                    recorder.operationStepped(
                        id % 3 == 0 ? test::pendingSend(id) : test::synchronousSend(id));
            });
            threads.emplace_back([&] {
                for (std::uint64_t id = nextToFinish.fetch_add(3); id <= kOperations;
                     id = nextToFinish.fetch_add(3))
                    recorder.operationStepped(test::completed(test::pendingSend(id)));
            });
        }
        QTRY_COMPARE_WITH_TIMEOUT(follower.rows, qint64{kOperations}, 60'000);
        for (std::thread& thread : threads)
            thread.join();
        QTRY_COMPARE_WITH_TIMEOUT(store.totals().pending, 0U, 10'000);

        QVERIFY(follower.good);
        QVERIFY(!follower.tooOften);
        QCOMPARE(store.totals().operations, kOperations);
        QCOMPARE(store.totals().completed, kOperations / 3);
        QCOMPARE(store.totals().synchronous, kOperations - kOperations / 3);
        QCOMPARE(bridge.lostRecords(), 0U);
        for (std::uint64_t row = 0; row < kOperations; ++row)
            QVERIFY(store.record(row).id == row + 1
                && store.record(row).phase == OperationPhase::Completed);
    }

    void tellsWhichOlderRowsChanged()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        EngineBridge bridge(recorder, store);
        Follower follower(bridge, store);
        for (std::uint64_t id = 1; id <= 5; ++id)
            recorder.operationStepped(test::pendingSend(id));
        QTRY_COMPARE(follower.rows, 5);
        QCOMPARE(follower.changes, 0);

        QList<OperationsBatch> batches;
        connect(&bridge, &EngineBridge::operationsChanged, &follower,
            [&](const OperationsBatch& batch) { batches.append(batch); });
        std::thread([&] {
            for (std::uint64_t done = 100; done < 900; done += 100)
                recorder.operationStepped(test::progressed(test::pendingSend(4), done));
            recorder.operationStepped(test::completed(test::pendingSend(2)));
            recorder.operationStepped(test::pendingSend(6));
            recorder.operationStepped(test::completed(test::pendingSend(6)));
        }).join();
        QTRY_COMPARE(follower.rows, 6);
        QCOMPARE(batches.size(), 1);
        QCOMPARE(batches[0].changedRows, (QList<qint64>{1, 3}));
        QCOMPARE(batches[0].firstNewRow, 5);
        QCOMPARE(batches[0].newRows, 1);
        QVERIFY(follower.good);
    }

    void framesComeAtMostEvery16MillisecondsUnderLoad()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        EngineBridge bridge(recorder, store);
        Follower follower(bridge, store);
        const std::function<void()> wake = bridge.waker();
        std::atomic<bool> stop{false};
        std::thread noise([&] {
            while (!stop) {
                wake();
                std::this_thread::yield();
            }
        });
        QTRY_VERIFY_WITH_TIMEOUT(follower.frames >= 30, 30'000);
        stop = true;
        noise.join();
        QVERIFY(!follower.tooOften);
        QCOMPARE(follower.batches, 0);
    }

    void isAtRestWhileNothingHappens()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        EngineBridge bridge(recorder, store);
        QSignalSpy frames(&bridge, &EngineBridge::frame);
        QSignalSpy batches(&bridge, &EngineBridge::operationsChanged);
        QVERIFY(frames.wait());
        while (frames.wait(100)) { }
        QVERIFY(frames.count() <= 2);

        frames.clear();
        std::thread([&] { recordMany(recorder, 1, 1); }).join();
        QVERIFY(batches.wait());
        while (frames.wait(100)) { }
        QVERIFY2(frames.count() >= 2 && frames.count() <= 3,
            qPrintable(QString::number(frames.count())));
    }

    void anyNumberOfWakesCostOneFrame()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        EngineBridge bridge(recorder, store);
        QSignalSpy frames(&bridge, &EngineBridge::frame);
        while (frames.wait(100)) { }
        frames.clear();
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&recorder, wake = bridge.waker(), t] {
                for (std::uint64_t i = 0; i < 5000; ++i) {
                    wake();
                    recordMany(recorder, static_cast<std::uint64_t>(t) * 5000 + i + 1, 1);
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(frames.count(), 0); // Nobody but the event loop runs a frame.
        QTRY_COMPARE(store.rowCount(), 20'000U);
        while (frames.wait(100)) { }
        QVERIFY2(frames.count() <= 10, qPrintable(QString::number(frames.count())));
    }

    void wakersOutliveTheBridge()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        std::atomic<bool> stop{false};
        auto bridge = std::make_unique<EngineBridge>(recorder, store);
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t) {
            threads.emplace_back([&stop, wake = bridge->waker()] {
                while (!stop) {
                    wake();
                    std::this_thread::yield();
                }
            });
        }
        std::atomic<std::uint64_t> wanted{0};
        std::atomic<std::uint64_t> recorded{0};
        threads.emplace_back([&] {
            while (!stop) {
                if (recorded < wanted)
                    recordMany(recorder, ++recorded, 1);
            }
        });
        for (int round = 0; round < 20; ++round) {
            wanted += 100;
            QSignalSpy frames(bridge.get(), &EngineBridge::frame);
            QVERIFY(frames.wait(10'000));
            wanted += 100;
            bridge = std::make_unique<EngineBridge>(recorder, store);
        }
        const std::function<void()> orphan = bridge->waker();
        QTRY_COMPARE(store.rowCount(), wanted.load());
        bridge.reset();
        wanted += 100;
        while (recorded < wanted)
            std::this_thread::yield();
        orphan();
        stop = true;
        for (std::thread& thread : threads)
            thread.join();
        QCoreApplication::processEvents();
    }

    void aBacklogIsDrainedInSlices()
    {
        constexpr std::uint64_t kOperations = 600'000;
        trace::Recorder recorder;
        trace::TraceStore store;
        recordMany(recorder, 1, kOperations); // Before there is a bridge: nothing is forgotten.
        EngineBridge bridge(recorder, store);
        Follower follower(bridge, store);
        QTRY_COMPARE_WITH_TIMEOUT(follower.rows, qint64{kOperations}, 60'000);
        QVERIFY(follower.good);
        QVERIFY2(follower.batches > 1, "5 ms would have been enough for 600,000 records");
        QVERIFY(!follower.tooOften);
    }

    void flushBringsEverythingAtOnce()
    {
        constexpr std::uint64_t kOperations = 300'000;
        trace::Recorder recorder;
        trace::TraceStore store;
        EngineBridge bridge(recorder, store);
        Follower follower(bridge, store);
        recordMany(recorder, 1, kOperations);
        bridge.flush();
        QCOMPARE(follower.rows, qint64{kOperations});
        QCOMPARE(follower.batches, 1);
        QCOMPARE(follower.frames, 0);
        bridge.flush();
        QCOMPARE(follower.batches, 1);
    }

    void aSlotThatRunsAnEventLoopGetsNoNestedBatch()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        EngineBridge bridge(recorder, store);
        int depth = 0;
        int deepest = 0;
        connect(&bridge, &EngineBridge::operationsChanged, this, [&] {
            deepest = std::max(deepest, ++depth);
            if (store.rowCount() < 10) {
                recordMany(recorder, store.rowCount() + 1, 1);
                QTest::qWait(3 * EngineBridge::kFrameMs);
            }
            --depth;
        });
        recordMany(recorder, 1, 1);
        QTRY_COMPARE(store.rowCount(), 10U);
        QCOMPARE(deepest, 1);
    }

    void aLostRecordHoldsUpNoRow()
    {
        trace::Recorder recorder({.maxWaitingBytes = 200'000}); // Two chunks of 1024 records.
        trace::TraceStore store;
        EngineBridge bridge(recorder, store);
        Follower follower(bridge, store);
        recordMany(recorder, 1, 3000);
        const quint64 lost = bridge.lostRecords();
        QVERIFY(lost > 0);
        QTRY_COMPARE(follower.rows, static_cast<qint64>(3000 - lost));
        recorder.operationStepped(test::synchronousSend(3001));
        QTRY_COMPARE(follower.rows, 3001);
        QVERIFY(follower.good);
        QCOMPARE(store.record(2999).kind, SocketAsyncOperation::None);
        QCOMPARE(store.record(3000).kind, SocketAsyncOperation::Send);
        QCOMPARE(store.totals().operations + bridge.lostRecords(), 3001U);
    }
};

QTEST_GUILESS_MAIN(EngineBridgeTest)
#include "engine_bridge_test.moc"
