// SPDX-License-Identifier: GPL-3.0-or-later
/// What the GUI thread pays with ten million operations in the real window: for a picture of the
/// timeline and of the table while one looks around in them, and for each record that comes.
#include "desktop.h"
#include "heartbeat.h"
#include "made_traffic.h"

#include "tests/benchmarks/support/program.h"

#include "ui/models/operations_model.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/operations_view.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::uint64_t kMany = 10'000'000;
constexpr std::uint64_t kSmokeMany = 20'000; ///< Also of --smoke: it makes few frames.
constexpr std::uint64_t kFewFrames = 50;
/// What comes between two frames of the bridge while so much comes.
constexpr std::uint64_t kBatch = MadeTraffic::kPerSecond * 2 * ui::EngineBridge::kFrameMs / 1000;
constexpr int kConnections = 6;
constexpr double kMs = 1e6;
constexpr std::chrono::microseconds kLook{200};

/// The window with this many operations that have all ended.
class Filled {
public:
    Filled(Sample& sample, std::uint64_t operations)
        : m_desktop(Platform::Offscreen, sample.folder(), test::Records::Made)
        , m_traffic(m_desktop.recorder(), m_desktop.connectMany(kConnections))
    {
        m_desktop.showEverything();
        add(operations);
    }

    /// Recorded as fast as it goes, and shown.
    void add(std::uint64_t operations)
    {
        if (operations == 0)
            return;
        m_traffic.start(operations, false);
        m_desktop.runUntil([&] { return m_traffic.isOver(); });
        m_traffic.join();
        const std::uint64_t all = m_traffic.expected().operations;
        m_desktop.runUntil([&] {
            return m_desktop.store().totals().completed + m_desktop.store().totals().synchronous
                + m_desktop.store().totals().failed + m_desktop.store().totals().aborted
                == all;
        });
        if (m_desktop.recorder().lost() + m_desktop.store().lost() > 0)
            throw std::runtime_error("records were lost");
    }

    Desktop& desktop() { return m_desktop; }
    MadeTraffic& traffic() { return m_traffic; }
    ui::TimelineLanes& lanes() { return m_desktop.fixture().lanes(); }
    ui::TimelineView& timeline()
    {
        return *m_desktop.fixture().find<ui::TimelineView>("timelineView");
    }
    ui::OperationsView& table()
    {
        return *m_desktop.fixture().find<ui::OperationsView>("operationsView");
    }

private:
    Desktop m_desktop;
    MadeTraffic m_traffic;
};

std::uint64_t manyFor(const Sample& sample)
{
    return sample.operations() <= kFewFrames ? kSmokeMany : kMany;
}

double percentile(std::vector<double>& values, double share)
{
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

/// CPU time of the GUI thread for each frame: another picture, painted at once; and what the
/// timeline had let go of, painted again when it has been read on another thread.
template <typename Change> void frames(Sample& sample, Filled& filled, QWidget* seen, Change change)
{
    std::vector<double> times;
    std::vector<double> whole;
    times.reserve(sample.operations() * 2);
    const auto paint = [&](const auto& before) {
        const double start = threadCpuNs();
        before();
        seen->repaint();
        times.push_back((threadCpuNs() - start) / kMs);
    };
    const auto picture = [&](std::uint64_t i) {
        const auto began = std::chrono::steady_clock::now();
        paint([&] { change(i); });
        while (filled.lanes().readMissing()) {
            while (filled.lanes().readMissing())
                std::this_thread::sleep_for(kLook);
            paint([&] { filled.lanes().refresh(); });
        }
        whole.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
                .count());
    };
    for (std::uint64_t i = 0; i < sample.warmUp(); ++i)
        picture(i);
    times.clear();
    whole.clear();
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); ++i)
        picture(i + sample.warmUp());
    sample.end();
    sample.set("frame p50, CPU ms", percentile(times, 0.5));
    sample.set("frame p99, CPU ms", percentile(times, 0.99));
    sample.set("longest frame, CPU ms", times.back());
    sample.set("whole after p50, ms", percentile(whole, 0.5));
    sample.set("whole after p99, ms", percentile(whole, 0.99));
}

void timelineAll(Sample& sample)
{
    Filled filled(sample, manyFor(sample));
    ui::TimelineView& view = filled.timeline();
    view.showAll();
    const ui::TimeScale all = view.scale();
    // A little nearer and farther each time: another division of all that there is.
    frames(sample, filled, view.viewport(), [&](std::uint64_t i) {
        view.setScale(all.zoomed(1 + 0.001 * static_cast<double>(i % 50), 0));
    });
}

void timelinePanning(Sample& sample, double nsPerPixel)
{
    Filled filled(sample, manyFor(sample));
    ui::TimelineView& view = filled.timeline();
    view.showAll();
    const ui::TimeScale all = view.scale();
    const double span = all.width * all.nsPerPixel;
    ui::TimeScale scale = all;
    scale.nsPerPixel = nsPerPixel;
    view.setFollowing(false);
    frames(sample, filled, view.viewport(), [&](std::uint64_t i) {
        // Along everything there is, in a hundred steps, and a little further.
        ui::TimeScale next = scale;
        next.startNs = all.startNs
            + span * (static_cast<double>(i * 37 % 100) / 100 + 0.0001 * static_cast<double>(i));
        view.setScale(next);
    });
}

void timelineZooming(Sample& sample)
{
    Filled filled(sample, manyFor(sample));
    ui::TimelineView& view = filled.timeline();
    view.showAll();
    const ui::TimeScale all = view.scale();
    frames(sample, filled, view.viewport(), [&](std::uint64_t i) {
        view.setScale(all.zoomed(std::pow(0.9, static_cast<double>(i % 200)), all.width * 0.6));
    });
}

void tableRows(Sample& sample, bool anywhere)
{
    Filled filled(sample, manyFor(sample));
    ui::OperationsView& view = filled.table();
    auto& model = *qobject_cast<ui::OperationsModel*>(view.model());
    view.setFollowing(false);
    frames(sample, filled, view.viewport(), [&](std::uint64_t i) {
        const std::uint64_t rows = model.order().count();
        model.scrollTo(anywhere ? i * 2654435761U % rows : rows / 2 + i);
    });
}

/// A frame's worth of records at a time, for everything that follows them: store, table, timeline,
/// connections, plots; without painting.
void records(Sample& sample, std::uint64_t rows)
{
    Filled filled(sample, sample.operations() <= kFewFrames ? kSmokeMany : rows);
    ui::EngineBridge& bridge = filled.desktop().fixture().session().bridge();
    std::uint64_t count = 0;
    double ns = 0;
    double longest = 0;
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); ++i) {
        const std::uint64_t before = filled.traffic().records();
        filled.traffic().start(kBatch, false);
        filled.traffic().join();
        const double start = threadCpuNs();
        bridge.flush();
        const double spent = threadCpuNs() - start;
        ns += spent;
        longest = std::max(longest, spent);
        count += filled.traffic().records() - before;
    }
    sample.end();
    sample.set("each record, ns", ns / static_cast<double>(count));
    sample.set("longest batch, CPU ms", longest / kMs);
}

Row frameRow(const char* id, const char* title, std::vector<Contender> contenders)
{
    Row row{.id = id, .title = title, .contenders = std::move(contenders), .operations = 400};
    row.smokeOperations = 10;
    row.unit = "frame";
    row.checkedOperations = 10;
    row.warmUp = 0.01;
    row.pinned = false;
    row.mostRounds = 1;
    row.mostTime = std::chrono::minutes(2);
    for (const Contender& each : row.contenders) {
        row.targets.push_back({.contender = each.name,
            .how = Target::How::Value,
            .figure = "longest frame, CPU ms",
            .limit = 16});
    }
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Program program("frames", "Frames with ten million operations");
    program.add(frameRow("W7.timeline", "pictures of the timeline of 10,000,000 operations",
        {{"all of it", timelineAll},
            {"along it, 1 ms a pixel", [](Sample& s) { timelinePanning(s, 1e6); }},
            {"along it, 10 us a pixel", [](Sample& s) { timelinePanning(s, 1e4); }},
            {"zooming", timelineZooming}}));
    program.add(frameRow("W7.table", "pictures of the table of 10,000,000 operations",
        {{"row by row", [](Sample& s) { tableRows(s, false); }},
            {"anywhere", [](Sample& s) { tableRows(s, true); }}}));
    Row row{.id = "W7.records",
        .title = "batches of 6,400 operations that come to the window, as 200,000/s do with each "
                 "of its frames; for the GUI thread",
        .contenders = {{"with none", [](Sample& s) { records(s, 0); }},
            {"with 1,000,000", [](Sample& s) { records(s, 1'000'000); }},
            {"with 10,000,000", [](Sample& s) { records(s, kMany); }}},
        .operations = 300,
        .smokeOperations = 10,
        .warmUp = 0,
        .unit = "batch"};
    row.pinned = false;
    row.mostRounds = 1;
    row.checkedOperations = 10;
    row.mostTime = std::chrono::minutes(2);
    for (const Contender& each : row.contenders) {
        row.targets.push_back({.contender = each.name,
            .how = Target::How::Value,
            .figure = "each record, ns",
            .limit = 100});
    }
    program.add(row);
    return program.run(argc, argv);
}
