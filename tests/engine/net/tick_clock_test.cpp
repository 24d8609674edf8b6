// SPDX-License-Identifier: GPL-3.0-or-later
/// The clock that operations are recorded with is the steady_clock, only quicker to read.

#include "engine/net/linux/tick_clock.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

using swb::detail::TickClock;
using namespace std::chrono_literals;

namespace {

// Of an adjustment of the clock and of the error of comparing: what the class promises, with room.
constexpr std::int64_t kToleranceNs = 5'000;

std::int64_t steadyNs()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// By how much what it says lies outside of the steady_clock's times before and after.
std::int64_t errorNs()
{
    const std::int64_t before = steadyNs();
    const std::int64_t now = TickClock::nowNs();
    const std::int64_t after = steadyNs();
    return std::max({before - now, now - after, std::int64_t{0}});
}

std::int64_t largestErrorDuring(std::chrono::milliseconds time)
{
    std::int64_t largest = 0;
    for (const std::int64_t end = steadyNs() + std::chrono::nanoseconds(time).count();
         steadyNs() < end;)
        largest = std::max(largest, errorNs());
    return largest;
}

} // namespace

class TickClockTest : public QObject {
    Q_OBJECT

private slots:
    void aNewThreadHasTheRightTimeAtOnce()
    {
        std::int64_t error = -1;
        std::thread([&] { error = errorNs(); }).join();
        QVERIFY2(error >= 0 && error < kToleranceNs, std::to_string(error).c_str());
    }

    void itKeepsTheTimeWhileItIsReadAllTheTime()
    {
        // Longer than the rate is first learnt from, and than it is kept.
        const std::int64_t error = largestErrorDuring(300ms);
        QVERIFY2(error < kToleranceNs, std::to_string(error).c_str());
    }

    void itHasTheRightTimeAfterARest()
    {
        largestErrorDuring(20ms); // it knows the rate now
        for (const auto rest : {500us, 2000us, 50'000us, 250'000us}) {
            std::this_thread::sleep_for(rest);
            const std::int64_t error = errorNs();
            QVERIFY2(error < kToleranceNs, std::to_string(error).c_str());
        }
    }

    void itNeverGoesBackOnAThread()
    {
        std::int64_t last = 0;
        for (int i = 0; i < 5'000'000; ++i) {
            const std::int64_t now = TickClock::nowNs();
            if (now < last)
                QFAIL("went back");
            last = now;
        }
    }

    /// As a record does: one thread reads it at the start of an operation, another at its end.
    void itHardlyGoesBackFromThreadToThread()
    {
        constexpr int kTurns = 20'000;
        std::atomic<int> turn{0};
        std::int64_t last = 0; // of whose turn it is
        std::int64_t mostBack = 0;
        const auto play = [&](int parity) {
            for (int i = parity; i < kTurns; i += 2) {
                for (int seen = turn.load(); seen != i; seen = turn.load())
                    turn.wait(seen);
                const std::int64_t now = TickClock::nowNs();
                mostBack = std::max(mostBack, last - now);
                last = now;
                turn.store(i + 1);
                turn.notify_one();
            }
        };
        std::thread other([&] { play(1); });
        play(0);
        other.join();
        QVERIFY2(mostBack < kToleranceNs, std::to_string(mostBack).c_str());
    }
};

QTEST_GUILESS_MAIN(TickClockTest)
#include "tick_clock_test.moc"
