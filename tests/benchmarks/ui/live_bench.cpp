// SPDX-License-Identifier: GPL-3.0-or-later
/// 200,000 operations a second for a minute, in the real window: does it stay smooth, is everything
/// there at the end, and what does it cost.
#include "desktop.h"
#include "heartbeat.h"
#include "made_traffic.h"

#include "tests/benchmarks/support/program.h"

#include <stdexcept>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr int kConnections = 6;
constexpr int kSettledMs = 10'000; ///< From when on memory has to stay what it is.
constexpr double kMiB = 1024.0 * 1024.0;

/// What is resident, without what the store has by its budget.
double memoryBesideStore(const Desktop& desktop)
{
    return residentBytes() - static_cast<double>(desktop.store().memoryBytes());
}

void requireEverything(Desktop& desktop, const MadeTraffic& traffic)
{
    const trace::TraceTotals is = desktop.store().totals();
    const trace::TraceTotals expected = traffic.expected();
    if (desktop.recorder().lost() + desktop.store().lost() > 0)
        throw std::runtime_error("records were lost");
    if (!(is == expected))
        throw std::runtime_error(
            "the store does not tell what was recorded: " + std::to_string(is.operations)
            + " operations instead of " + std::to_string(expected.operations));
    if (desktop.fixture().shownOperations().total() != expected.operations)
        throw std::runtime_error("the window does not show everything that was recorded");
}

void live(Sample& sample, Platform platform, const QString& filter)
{
    Desktop desktop(platform, sample.folder(), test::Records::Made);
    MadeTraffic traffic(desktop.recorder(), desktop.connectMany(kConnections));
    desktop.showEverything();
    if (!filter.isEmpty())
        desktop.applyFilter(filter);
    if (sample.warmUp() > 0) {
        traffic.start(sample.warmUp());
        desktop.runUntil([&] { return traffic.isOver(); });
    }

    double settled = 0;
    std::uint64_t settledAt = 0;
    QTimer::singleShot(kSettledMs, &desktop.window(), [&] {
        settled = memoryBesideStore(desktop);
        settledAt = desktop.store().totals().operations;
    });
    Heartbeat heartbeat;
    sample.begin();
    const std::uint64_t recordsBefore = traffic.records();
    traffic.start(sample.operations());
    heartbeat.start();
    desktop.runUntil([&] { return traffic.isOver(); });
    heartbeat.stop();
    sample.end();
    traffic.join();
    desktop.runUntil([&] {
        return desktop.store().totals().operations == traffic.expected().operations
            && desktop.store().totals().pending == 0;
    });
    requireEverything(desktop, traffic);

    sample.set("late p99, ms", heartbeat.lateMs(0.99));
    sample.set("longest stall, ms", heartbeat.longestMs());
    sample.set("late p50, ms", heartbeat.lateMs(0.5));
    sample.set("longest turn, CPU ms", heartbeat.longestTurnCpuMs());
    sample.set("turn p99.9, CPU ms", heartbeat.turnCpuMs(0.999));
    sample.set("GUI thread busy, %", heartbeat.busy() * 100);
    sample.set("making up and recording, ns", traffic.nsPerRecord());
    sample.set("records for each operation",
        static_cast<double>(traffic.records() - recordsBefore)
            / static_cast<double>(sample.operations()));
    sample.set("lost", 0);
    sample.set("peak, MiB", peakResidentBytes() / kMiB);
    const std::uint64_t since = desktop.store().totals().operations - settledAt;
    // Beside the store: what each operation leaves in the views.
    if (settledAt > 0 && since > 0)
        sample.set("memory after 10 s, B/operation",
            (memoryBesideStore(desktop) - settled) / static_cast<double>(since));
}

Contender contender(const char* name, Platform platform, const QString& filter = {})
{
    return {name, [=](Sample& sample) { live(sample, platform, filter); }};
}

} // namespace

int main(int argc, char** argv)
{
    Row row{.id = "W7.live",
        .title = "200,000 operations/s made for a minute, with table, timeline and plots",
        .contenders = {contender("offscreen", Platform::Offscreen),
            contender("offscreen, filtered", Platform::Offscreen,
                QStringLiteral("failed || bytes > 1000 && socket > 2"))},
        .operations = MadeTraffic::kPerSecond * 60,
        .smokeOperations = MadeTraffic::kPerSecond / 4,
        .warmUp = 0.02};
    if (XServer::isThere())
        row.contenders.push_back(contender("X11", Platform::X11));
    row.checkedOperations = MadeTraffic::kPerSecond;
    row.mostTime = std::chrono::minutes(3);
    row.mostRounds = 1;
    row.pinned = false;
    for (const Contender& each : row.contenders) {
        const auto value = [&](const char* figure, double limit) {
            row.targets.push_back({.contender = each.name,
                .how = Target::How::Value,
                .figure = figure,
                .limit = limit});
        };
        value("late p99, ms", 16);
        value("longest stall, ms", 33);
        value("lost", 0);
    }
    Program program("live", "The live view");
    program.add(row);
    return program.run(argc, argv);
}
