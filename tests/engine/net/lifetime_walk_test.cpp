// SPDX-License-Identifier: GPL-3.0-or-later
/// Everything that can end, cut or abandon an operation, at every moment of every kind of it.
///
/// SWB_WALK_SEED=n repeats the random rounds of a run that printed n; SWB_WALK_ROUNDS=n makes more
/// of them.

#include "lifetime_scenario.h"

#include "tests/support/descriptor_count.h"

#include <QTest>

#include <chrono>

using namespace swb;
using namespace swb::test;

namespace {

constexpr std::size_t kRunners = 4;
// Under a sanitizer every third plan of the walk is taken, another third with every seed.
constexpr std::uint64_t kStride = kSanitized ? 3 : 1;
constexpr std::uint64_t kRounds = kSanitized ? 600 : 4000;

template <typename Enum> std::vector<Enum> allOf()
{
    std::vector<Enum> all;
    for (int i = 0; i < static_cast<int>(Enum::Count); ++i)
        all.push_back(static_cast<Enum>(i));
    return all;
}

std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise)
{
    bool ok = false;
    const qulonglong value = qEnvironmentVariable(name).toULongLong(&ok);
    return ok ? value : otherwise;
}

/// Runs plans on several threads and keeps what the first of them complained about.
class Runners {
public:
    explicit Runners(const WalkBench& bench)
        : m_bench(bench)
    {
    }

    /// `next` gives plan number n; it is called from several threads.
    void run(std::uint64_t count, const std::function<WalkPlan(std::uint64_t)>& next,
        AsyncEngine* shared)
    {
        std::atomic<std::uint64_t> at{0};
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < kRunners; ++i) {
            threads.emplace_back([&] {
                ReuseBench reuse;
                for (auto n = at++; n < count && failures() < 10; n = at++) {
                    const WalkPlan plan = next(n);
                    const bool own = plan.has(WalkDeed::DestroyEngine)
                        || (plan.mode == WalkMode::Waiting && plan.has(WalkDeed::DestroyArgs));
                    Scenario scenario(plan, m_bench, own ? nullptr : shared);
                    note(scenario.run(reuse));
                    m_reached += scenario.reached() ? 1 : 0;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
    }

    std::size_t failures() const
    {
        const std::lock_guard lock(m_mutex);
        return m_failures.size();
    }
    std::size_t reached() const { return m_reached; }
    QByteArray failure() const
    {
        std::string text;
        for (const std::string& one : m_failures)
            text += "\n" + one;
        return QByteArray::fromStdString(text);
    }

private:
    void note(std::string complaint)
    {
        if (complaint.empty())
            return;
        const std::lock_guard lock(m_mutex);
        m_failures.push_back(std::move(complaint));
    }

    const WalkBench& m_bench;
    std::atomic<std::size_t> m_reached{0};
    mutable std::mutex m_mutex; // guards m_failures
    std::vector<std::string> m_failures;
};

} // namespace

class LifetimeWalkTest : public QObject {
    Q_OBJECT

private:
    std::optional<WalkBench> m_bench;
    std::uint64_t m_seed = 0;
    std::size_t m_descriptors = 0;

private slots:
    void initTestCase()
    {
        m_bench.emplace();
        m_seed = fromEnvironment("SWB_WALK_SEED",
            static_cast<std::uint64_t>(
                std::chrono::system_clock::now().time_since_epoch().count() % 1'000'000));
        qInfo("SWB_WALK_SEED=%llu repeats the random rounds",
            static_cast<unsigned long long>(m_seed));
    }
    void init() { m_descriptors = openDescriptors(); }
    void cleanup() { QTRY_COMPARE(openDescriptors(), m_descriptors); }
    void cleanupTestCase() { m_bench.reset(); }

    void everyDeedAtEveryMoment_data()
    {
        QTest::addColumn<WalkMoment>("moment");
        QTest::newRow("before the call") << WalkMoment::BeforeCall;
        QTest::newRow("in the call") << WalkMoment::InCall;
        QTest::newRow("between call and readiness") << WalkMoment::BetweenCallAndReadiness;
        QTest::newRow("during a turn") << WalkMoment::DuringTurn;
        QTest::newRow("while completing") << WalkMoment::Completing;
        QTest::newRow("in the handler") << WalkMoment::InHandler;
        QTest::newRow("after") << WalkMoment::After;
    }
    void everyDeedAtEveryMoment()
    {
        QFETCH(WalkMoment, moment);
        std::vector<WalkPlan> plans;
        std::uint64_t number = 0;
        for (const WalkKind kind : allOf<WalkKind>()) {
            for (const WalkMode mode : allOf<WalkMode>()) {
                for (const WalkDeed deed : allOf<WalkDeed>()) {
                    const WalkPlan plan{kind, mode, moment, {deed, WalkDeed::Nothing}, ++number};
                    if (plan.possible() && (number + m_seed) % kStride == 0)
                        plans.push_back(plan);
                }
            }
        }
        Runners runners(*m_bench);
        runners.run(
            plans.size(), [&](std::uint64_t n) { return plans[n]; }, nullptr);
        qInfo("%zu plans walked, %zu of them hit between two system calls or in the handler",
            plans.size(), runners.reached());
        QVERIFY2(runners.failures() == 0, runners.failure());
        if (moment == WalkMoment::DuringTurn)
            QVERIFY(runners.reached() * 2 > plans.size());
    }

    void anyTwoDeedsAtAnyTime_data()
    {
        QTest::addColumn<bool>("shared");
        QTest::newRow("each with its own engine") << false;
        QTest::newRow("all on one engine") << true;
    }
    void anyTwoDeedsAtAnyTime()
    {
        QFETCH(bool, shared);
        const auto plan = [&](std::uint64_t n) {
            std::mt19937_64 random(m_seed + n);
            WalkPlan made;
            do {
                made.kind = static_cast<WalkKind>(random() % static_cast<int>(WalkKind::Count));
                made.mode = static_cast<WalkMode>(random() % static_cast<int>(WalkMode::Count));
                made.moment = WalkMoment::Anytime;
                for (WalkDeed& deed : made.deeds)
                    deed = static_cast<WalkDeed>(random() % static_cast<int>(WalkDeed::Count));
                made.seed = random();
            } while (!made.possible());
            return made;
        };
        std::optional<AsyncEngine> engine;
        if (shared)
            engine.emplace(EngineOptions{.workerThreads = 2});
        Runners runners(*m_bench);
        runners.run(fromEnvironment("SWB_WALK_ROUNDS", kRounds), plan, engine ? &*engine : nullptr);
        QVERIFY2(runners.failures() == 0, runners.failure());
    }
};

QTEST_GUILESS_MAIN(LifetimeWalkTest)
#include "lifetime_walk_test.moc"
