// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/listen_command.h"

#include "app/cli/main_loop.h"
#include "app/cli/notes.h"
#include "app/cli/operation_report.h"
#include "app/cli/output.h"
#include "app/cli/server.h"
#include "app/cli/trace_recording.h"
#include "engine/net/async_engine.h"
#include "engine/workbench/payload_codec.h"

#include <exception>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace swb::cli {

namespace {

std::string summary(const Server& server, bool stream)
{
    using workbench::groupDigits;
    const char* const what = stream ? (server.arrivals() == 1 ? "connection" : "connections")
                                    : (server.arrivals() == 1 ? "datagram" : "datagrams");
    std::string text = fmt::format("{} {}; {} bytes received", groupDigits(server.arrivals()), what,
        groupDigits(server.bytesReceived()));
    if (server.failures() > 0)
        text += fmt::format("; {} failed", groupDigits(server.failures()));
    return text;
}

} // namespace

ExitStatus runListen(const ListenCommand& command, MainLoop& loop)
{
    Notes notes;
    Output output(loop);
    if (command.output) {
        if (const auto problem = output.open(*command.output)) {
            notes.line(problem->toString());
            return ExitStatus::OperationFailed;
        }
    }
    std::optional<TraceRecording> recording;
    if (!startRecording(command.record, recording, notes))
        return ExitStatus::OperationFailed;
    OperationReport report(loop, command.json);
    report.setRecording(recording ? &*recording : nullptr);
    std::optional<workbench::Problem> problem;
    std::string closing;
    {
        EngineOptions options;
        if (command.json || recording)
            options.observer = &report.recorder();
        AsyncEngine engine(options);
        report.recorder().setWake([&loop] { loop.wake(); });
        if (recording)
            recording->watchHealth(engine, [&loop] { loop.wake(); });
        Server server(command,
            {engine, loop, notes, report, command.output ? &output : nullptr,
                recording ? &*recording : nullptr});
        try {
            const std::string address = server.listen();
            notes.line("listening on " + address);
            problem = report.writeListening(address);
        } catch (const std::exception& exception) {
            notes.line(
                workbench::problemFromException("Listen", command.address.toString(), exception)
                    .toString());
            return ExitStatus::OperationFailed;
        }
        if (!problem)
            problem = server.run();
        report.drain();
        report.expectAborts();
        closing = summary(server, command.address.isStream());
        server.close();
    }
    report.recorder().setWake({});
    auto closeProblem = output.close();
    auto reportProblem = report.finish();
    for (auto* const later : {&closeProblem, &reportProblem}) {
        if (!problem)
            problem = std::move(*later);
    }
    notes.clearProgress();
    notes.line(closing);
    if (problem)
        notes.line(problem->toString());
    const bool recorded = endRecording(recording, report.lost(), notes);
    if (problem || !recorded)
        return ExitStatus::OperationFailed;
    return loop.interrupted() ? ExitStatus::Interrupted : ExitStatus::Success;
}

} // namespace swb::cli
