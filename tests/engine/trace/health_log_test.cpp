// SPDX-License-Identifier: GPL-3.0-or-later
/// What is remembered of the health of sockets, and the monitor that looks.

#include "tests/support/socket_pair.h"

#include "engine/net/async_engine.h"
#include "engine/trace/health_log.h"
#include "engine/trace/health_monitor.h"

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;
using trace::HealthHistory;
using trace::HealthLog;
using trace::HealthMonitor;

namespace {

constexpr std::int64_t kMs = 1'000'000;

SocketHealth sample(
    std::int64_t atMs, std::uint64_t acknowledged, std::uint64_t unsent, std::uint64_t window)
{
    SocketHealth health;
    health.timeNs = atMs * kMs;
    health.socketId = 7;
    health.acknowledgedBytes = acknowledged;
    health.unsentBytes = unsent;
    health.peerWindowBytes = window;
    health.known = health.windowKnown = health.connected = true;
    return health;
}

} // namespace

class HealthLogTest : public QObject {
    Q_OBJECT

private slots:
    void knowsSinceWhenTheWindowIsClosed()
    {
        HealthLog log;
        QCOMPARE(log.find(7), nullptr);
        log.apply(sample(100, 10, 0, 500));
        QCOMPARE(log.find(7)->windowClosedSinceNs, 0);
        log.apply(sample(200, 10, 5, 0));
        log.apply(sample(300, 10, 5, 0));
        QCOMPARE(log.find(7)->windowClosedSinceNs, 200 * kMs);
        log.apply(sample(400, 10, 5, 1));
        QCOMPARE(log.find(7)->windowClosedSinceNs, 0);
    }

    void knowsSinceWhenNothingIsAcknowledged()
    {
        HealthLog log;
        log.apply(sample(100, 10, 0, 1));
        QCOMPARE(log.find(7)->stalledSinceNs, 0);
        log.apply(sample(200, 10, 5, 1));
        log.apply(sample(300, 10, 9, 1));
        QCOMPARE(log.find(7)->stalledSinceNs, 100 * kMs); // nothing has moved since that look
        log.apply(sample(400, 11, 8, 1));
        QCOMPARE(log.find(7)->stalledSinceNs, 0);
        log.apply(sample(500, 19, 0, 1));
        QCOMPARE(log.find(7)->stalledSinceNs, 0);
    }

    void tellsThePaceOfTheLastSecond()
    {
        HealthLog log;
        log.apply(sample(0, 1'000'000, 5, 1));
        QCOMPARE(log.find(7)->acknowledgedPerSecond(), 0.0);
        log.apply(sample(5'000, 2'000'000, 5, 1)); // too long ago by the next
        log.apply(sample(5'500, 2'001'000, 5, 1));
        log.apply(sample(6'000, 2'002'000, 5, 1));
        QCOMPARE(log.find(7)->acknowledgedPerSecond(), 2000.0);
    }

    void aLookThatWasOvertakenIsLeftOut()
    {
        HealthLog log;
        log.apply(sample(200, 20, 0, 1));
        log.apply(sample(100, 10, 0, 1));
        QCOMPARE(log.find(7)->samples.size(), std::size_t{1});
        QCOMPARE(log.find(7)->latest().acknowledgedBytes, std::uint64_t{20});
    }

    void keepsAMinute()
    {
        HealthLog log;
        for (int i = 0; i < 1000; ++i)
            log.apply(sample(i, 0, 0, 1));
        QCOMPARE(log.find(7)->samples.size(), HealthLog::kMostSamples);
        QCOMPARE(log.find(7)->samples.front().timeNs, 400 * kMs);
    }

    void theMonitorLooksWhileItIsTold()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        SocketPair pair = connectedPair(engine);
        Latch woken;
        HealthMonitor monitor(engine, [&] { woken.open(); });
        std::vector<SocketHealth> samples;
        monitor.drain(samples);
        QVERIFY(samples.empty());
        monitor.watch({pair.a.id()});
        QVERIFY(woken.wait());
        // It goes on looking.
        QVERIFY(QTest::qWaitFor(
            [&] {
                monitor.drain(samples);
                return samples.size() >= 3;
            },
            static_cast<int>(kDeadline.count())));
        QCOMPARE(samples.front().socketId, pair.a.id());
        QVERIFY(samples.front().known);
    }

    void theMonitorMayGoWhileItLooks()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 2});
        SocketPair pair = connectedPair(engine);
        for (int round = 0; round < 200; ++round) {
            Latch woken;
            std::optional<HealthMonitor> monitor(std::in_place, engine, [&] { woken.open(); });
            monitor->watch({pair.a.id()});
            if (round % 2 == 0)
                QVERIFY(woken.wait());
            monitor.reset();
        }
    }

    void manySocketsAreLookedAtInTurn()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        std::vector<Socket> sockets;
        std::vector<std::uint32_t> ids;
        for (std::size_t i = 0; i < HealthMonitor::kMostAtOnce + 10; ++i) {
            sockets.emplace_back(
                engine, AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Tcp);
            ids.push_back(sockets.back().id());
        }
        HealthMonitor monitor(engine, {});
        monitor.watch(ids);
        std::vector<SocketHealth> samples;
        QVERIFY(QTest::qWaitFor(
            [&] {
                monitor.drain(samples);
                return std::all_of(ids.begin(), ids.end(), [&](std::uint32_t id) {
                    return std::any_of(samples.begin(), samples.end(),
                        [id](const SocketHealth& health) { return health.socketId == id; });
                });
            },
            static_cast<int>(kDeadline.count())));
    }
};

QTEST_GUILESS_MAIN(HealthLogTest)
#include "health_log_test.moc"
