// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/peer_command.h"

#include "app/cli/main_loop.h"
#include "app/cli/notes.h"
#include "app/cli/operation_report.h"
#include "app/cli/trace_recording.h"
#include "engine/net/async_engine.h"
#include "engine/peers/peer.h"
#include "engine/workbench/payload_codec.h"
#include "engine/workbench/problem.h"

#include <chrono>
#include <exception>
#include <fmt/format.h>
#include <optional>

namespace swb::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto kProgressInterval = 200ms;

/// Serves until interrupted, or until the JSON lines cannot be written.
std::optional<workbench::Problem> serve(
    const peers::Peer& peer, bool drains, OperationReport& report, Notes& notes, MainLoop& loop)
{
    while (!loop.interrupted()) {
        if (auto problem = report.drain())
            return problem;
        std::optional<MainLoop::Clock::time_point> deadline;
        if (notes.showsProgress() || drains)
            deadline = report.nextDrain(kProgressInterval);
        loop.wait(deadline);
        if (notes.showsProgress()) {
            const peers::PeerStatistics now = peer.statistics();
            if (now.connectionsAccepted > 0 || now.bytesReceived > 0)
                notes.progress(fmt::format("{} open, {} accepted", now.connectionsOpen,
                                   now.connectionsAccepted),
                    now.bytesReceived + now.bytesSent, 0);
        }
    }
    return std::nullopt;
}

} // namespace

ExitStatus runPeer(const PeerCommand& command, MainLoop& loop)
{
    Notes notes;
    std::optional<TraceRecording> recording;
    if (!startRecording(command.record, recording, notes))
        return ExitStatus::OperationFailed;
    OperationReport report(loop, command.json);
    report.setRecording(recording ? &*recording : nullptr);
    peers::PeerOptions peerOptions = command.options;
    if (recording)
        peerOptions.watcher = recording->peerWatcher();
    const bool drains = command.json || recording;
    std::optional<workbench::Problem> problem;
    peers::PeerStatistics statistics;
    {
        EngineOptions options;
        if (drains)
            options.observer = &report.recorder();
        AsyncEngine engine(options);
        report.recorder().setWake([&loop] { loop.wake(); });
        if (recording)
            recording->watchHealth(engine, [&loop] { loop.wake(); });
        std::optional<peers::Peer> peer;
        try {
            peer.emplace(engine, peerOptions);
        } catch (const std::exception& exception) {
            notes.line(workbench::problemFromException(
                "Listen", command.options.listen.toString(), exception)
                           .toString());
            return ExitStatus::OperationFailed;
        }
        const std::string address = peer->address().toString();
        notes.line("listening on " + address);
        problem = report.writeListening(address);
        if (!problem)
            problem = serve(*peer, drains, report, notes, loop);
        statistics = peer->statistics();
        report.expectAborts();
    }
    report.recorder().setWake({});
    if (auto late = report.finish(); !problem)
        problem = std::move(late);
    notes.clearProgress();
    notes.line(fmt::format("{} {}; {} bytes received, {} bytes sent",
        workbench::groupDigits(statistics.connectionsAccepted),
        statistics.connectionsAccepted == 1 ? "connection" : "connections",
        workbench::groupDigits(statistics.bytesReceived),
        workbench::groupDigits(statistics.bytesSent)));
    if (problem)
        notes.line(problem->toString());
    const bool recorded = endRecording(recording, report.lost(), notes);
    return problem || !recorded ? ExitStatus::OperationFailed : ExitStatus::Interrupted;
}

} // namespace swb::cli
