// SPDX-License-Identifier: GPL-3.0-or-later
/// What a worker is made of: its tasks, its set of descriptors, the small mutex.

#include "tests/support/completion.h"

#include "engine/net/detail/small_mutex.h"
#include "engine/net/detail/worker.h"
#include "engine/net/linux/blocking_wait.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

using namespace swb::detail;
using namespace swb::test;

namespace {

/// An eventfd that is waited for, and how often it was told.
struct Told final : ReadyTarget {
    Told() { fd = sys::makeWake(error); }
    void descriptorReady(bool reading, bool writing) override
    {
        readings += reading ? 1 : 0;
        writings += writing ? 1 : 0;
        if (onReady)
            onReady();
    }
    int error = 0;
    sys::Descriptor fd;
    Watch watch;
    std::atomic<int> readings{0};
    std::atomic<int> writings{0};
    std::function<void()> onReady;
};

} // namespace

class WorkerTest : public QObject {
    Q_OBJECT

private slots:
    void aSmallMutexLetsOneThreadInAtATime()
    {
        constexpr int kThreads = 4;
        constexpr int kTimes = 20'000;
        SmallMutex mutex;
        int count = 0; // not atomic: that is what the mutex is for
        std::vector<std::thread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&] {
                for (int j = 0; j < kTimes; ++j) {
                    const std::lock_guard lock(mutex);
                    ++count;
                }
            });
        }
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(count, kThreads * kTimes);
    }

    void aSmallMutexWakesWhoWaits()
    {
        for (int round = 0; round < 100; ++round) { // they wait by now, or are on their way there
            SmallMutex mutex;
            mutex.lock();
            QVERIFY(!mutex.try_lock());
            std::array<Latch, 3> had;
            std::vector<std::thread> threads;
            for (auto& latch : had) {
                threads.emplace_back([&] {
                    const std::lock_guard lock(mutex);
                    latch.open();
                });
            }
            std::this_thread::yield();
            mutex.unlock();
            const bool all = std::all_of(
                had.begin(), had.end(), [](const Latch& latch) { return latch.wait(); });
            for (auto& thread : threads)
                thread.join();
            QVERIFY(all);
            QVERIFY(mutex.try_lock());
            mutex.unlock();
        }
    }

    void tasksRunInTheirOrder()
    {
        Worker worker;
        worker.start(1);
        std::vector<int> ran;
        for (int i = 0; i < 100; ++i)
            worker.post([&ran, i] { ran.push_back(i); });
        worker.finish();
        worker.join();
        QCOMPARE(ran.size(), 100U);
        QVERIFY(std::is_sorted(ran.begin(), ran.end()));
    }

    void aSleepingWorkerIsWokenByATask()
    {
        Worker worker;
        worker.start(1);
        for (int i = 0; i < 200; ++i) { // asleep by now, or on its way there
            Latch ran;
            worker.post([&] { ran.open(); });
            QVERIFY(ran.wait());
        }
        worker.finish();
        worker.join();
    }

    void aHoldKeepsTheWorkerForTheTasksOfItsOwner()
    {
        Worker worker;
        worker.start(1);
        auto hold = std::make_unique<Worker::Hold>(worker.hold());
        worker.finish();
        std::atomic<bool> ran{false};
        worker.post([&] { ran = true; });
        hold.reset();
        worker.join();
        QVERIFY(ran);
    }

    void tasksThatPostThemselvesLeaveTimeForDescriptors()
    {
        Worker worker;
        const auto told = std::make_shared<Told>();
        QCOMPARE(told->error, 0);
        Latch ready;
        std::atomic<bool> stop{false};
        told->onReady = [&] { ready.open(); };
        QCOMPARE(told->watch.add(worker.ready(), told->fd.get(), told, true, false), 0);
        std::function<void()> again = [&] {
            if (!stop)
                worker.post(again);
        };
        worker.post(again);
        worker.start(1);
        sys::signal(told->fd.get());
        QVERIFY(ready.wait());
        stop = true;
        told->watch.reset();
        worker.finish();
        worker.join();
    }

    void eachEdgeIsToldOnce()
    {
        ReadySet set;
        const auto told = std::make_shared<Told>();
        QCOMPARE(told->watch.add(set, told->fd.get(), told, true, false), 0);
        set.tellTargets(false);
        QCOMPARE(told->readings, 0);
        sys::signal(told->fd.get());
        set.tellTargets(true);
        set.tellTargets(false);
        QCOMPARE(told->readings, 1);
        // The other side is told as soon as it is watched, being ready now.
        QCOMPARE(told->watch.add(set, told->fd.get(), told, false, true), 0);
        set.tellTargets(false);
        QCOMPARE(told->writings, 1);
        told->watch.reset();
        sys::signal(told->fd.get());
        set.tellTargets(false);
        QCOMPARE(told->readings, 2); // with the writing edge, and not after the reset
    }

    void anInterruptEndsTheNextWaitToo()
    {
        ReadySet set;
        set.interrupt();
        set.tellTargets(true); // would wait for ever
    }

    void aTargetLivesUntilTheWorkerHasLetGoOfIt()
    {
        ReadySet set;
        auto first = std::make_shared<Told>();
        auto second = std::make_shared<Told>();
        const std::weak_ptr<Told> firstAlive = first;
        const std::weak_ptr<Told> secondAlive = second;
        // Both are ready at once. Whichever is told first takes out the other one, which nobody
        // else holds then: its address is still among the events.
        const auto takeOut = [](const std::weak_ptr<Told>& weak) {
            if (const auto target = weak.lock())
                target->watch.reset();
        };
        first->onReady = [&] { takeOut(secondAlive); };
        second->onReady = [&] { takeOut(firstAlive); };
        for (const auto& each : {first, second}) {
            QCOMPARE(each->watch.add(set, each->fd.get(), each, true, false), 0);
            sys::signal(each->fd.get());
        }
        first.reset();
        second.reset();
        QVERIFY(!firstAlive.expired() && !secondAlive.expired()); // the watches keep them
        set.tellTargets(false);
        QVERIFY(firstAlive.expired() && secondAlive.expired());
    }
};

QTEST_GUILESS_MAIN(WorkerTest)
#include "worker_test.moc"
