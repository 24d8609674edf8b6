// SPDX-License-Identifier: GPL-3.0-or-later
/// EngineTimer: once after its delay, and never after cancel() has returned.

#include "tests/support/completion.h"

#include "engine/net/async_engine.h"
#include "engine/net/engine_timer.h"

#include <QTest>

#include <atomic>
#include <optional>
#include <thread>

using namespace swb;
using namespace swb::test;
using namespace std::chrono_literals;

class EngineTimerTest : public QObject {
    Q_OBJECT

private slots:
    void runsOnceOnAWorker()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        EngineTimer timer(engine);
        Latch ran;
        std::thread::id thread;
        timer.expireAfter(0ns, [&] {
            thread = std::this_thread::get_id();
            ran.open();
        });
        QVERIFY(ran.wait());
        QVERIFY(thread != std::this_thread::get_id());
    }

    void aLaterCallbackReplacesTheEarlierOne()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        EngineTimer timer(engine);
        std::atomic<bool> first{false};
        Latch second;
        timer.expireAfter(1h, [&] { first = true; });
        timer.expireAfter(0ns, [&] { second.open(); });
        QVERIFY(second.wait());
        QVERIFY(!first);
    }

    void aCallbackThatSetsTheTimerAgainDoesNotOutliveCancel()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 2});
        for (int round = 0; round < 200; ++round) {
            std::optional<EngineTimer> timer(std::in_place, engine);
            auto alive = std::make_shared<std::atomic<bool>>(true);
            std::atomic<bool> ranAfterEnd{false};
            Latch ran;
            std::function<void()> again = [&, alive] {
                if (!*alive)
                    ranAfterEnd = true;
                ran.open();
                timer->expireAfter(0ns, again);
            };
            timer->expireAfter(0ns, again);
            QVERIFY(ran.wait());
            timer->cancel();
            *alive = false;
            // A round trip over both workers: what was still under way has run by then.
            for (int worker = 0; worker < 2; ++worker) {
                EngineTimer probe(engine);
                Latch passed;
                probe.expireAfter(0ns, [&] { passed.open(); });
                QVERIFY(passed.wait());
            }
            QVERIFY(!ranAfterEnd);
        }
    }

    void theEndOfTheEngineCancels()
    {
        std::optional<AsyncEngine> engine(std::in_place, EngineOptions{.workerThreads = 1});
        EngineTimer timer(*engine);
        std::atomic<bool> ran{false};
        timer.expireAfter(1h, [&] { ran = true; });
        engine.reset();
        timer.expireAfter(0ns, [&] { ran = true; });
        QVERIFY(!ran);
    }
};

QTEST_GUILESS_MAIN(EngineTimerTest)
#include "engine_timer_test.moc"
