// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/send_command.h"

#include "app/cli/main_loop.h"
#include "app/cli/notes.h"
#include "app/cli/operation_report.h"
#include "app/cli/output.h"
#include "app/cli/send_narrator.h"
#include "app/cli/send_session.h"
#include "app/cli/trace_recording.h"
#include "engine/net/async_engine.h"
#include "engine/net/exceptions.h"
#include "engine/net/file_stream.h"
#include "engine/workbench/payload_codec.h"

#include <fmt/format.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace swb::cli {

namespace {

/// Whether each file can be opened, so that a peer is not bothered with a connection that ends at
/// once.
std::optional<workbench::Problem> checkFiles(const std::vector<workbench::QueueItem>& parts)
{
    for (const workbench::QueueItem& part : parts) {
        const auto* const file = std::get_if<workbench::FilePayload>(&part.payload);
        if (file == nullptr)
            continue;
        try {
            FileStream::open(file->path);
        } catch (const FileNotFoundException& exception) {
            if (file->path.find_first_of("*?")
                == std::string::npos) // a pattern is the engine's business
                return workbench::problemFromException("Open file", file->path, exception);
        } catch (const std::exception& exception) {
            return workbench::problemFromException("Open file", file->path, exception);
        }
    }
    return std::nullopt;
}

std::string summary(const OperationReport& report)
{
    const OperationTotals& totals = report.totals();
    const double seconds = report.seconds();
    std::string text = fmt::format("{} {}: {} synchronous, {} pending, {} failed; {} bytes sent",
        workbench::groupDigits(totals.operations),
        totals.operations == 1 ? "operation" : "operations",
        workbench::groupDigits(totals.synchronous), workbench::groupDigits(totals.pending),
        workbench::groupDigits(totals.errors), workbench::groupDigits(totals.bytesSent));
    if (totals.bytesReceived > 0)
        text += fmt::format(", {} received", workbench::groupDigits(totals.bytesReceived));
    text += fmt::format(", in {:.3f} s", seconds);
    if (report.lost() > 0)
        text += fmt::format("; {} records are missing here, for lack of memory",
            workbench::groupDigits(report.lost()));
    if (report.unlisted() > 0)
        text += fmt::format(
            "; {} of them are not listed: interrupted", workbench::groupDigits(report.unlisted()));
    return text;
}

} // namespace

ExitStatus runSend(const SendCommand& command, MainLoop& loop)
{
    Notes notes;
    Output output(loop);
    std::optional<workbench::Problem> problem;
    if (command.output)
        problem = output.open(*command.output);
    if (!problem)
        problem = checkFiles(command.parts);
    if (problem) {
        notes.line(problem->toString());
        return ExitStatus::OperationFailed;
    }

    std::optional<TraceRecording> recording;
    if (!startRecording(command.record, recording, notes))
        return ExitStatus::OperationFailed;
    OperationReport report(loop, command.json);
    report.setRecording(recording ? &*recording : nullptr);
    SendNarrator narrator(notes, command.target.toString());
    report.setListener([&](const OperationRecord& record) { narrator.take(record); });
    if (!command.receiveFor && !command.output)
        report.hideReceives();
    {
        EngineOptions options;
        options.observer = &report.recorder();
        AsyncEngine engine(options);
        report.recorder().setWake([&loop] { loop.wake(); });
        if (recording)
            recording->watchHealth(engine, [&loop] { loop.wake(); });
        SendSession session(command,
            {engine, loop, notes, report, narrator, command.output ? &output : nullptr,
                recording ? &*recording : nullptr});
        problem = session.run();
    }
    report.recorder().setWake({});
    auto closeProblem = output.close();
    auto reportProblem = report.finish();
    for (auto* const later : {&closeProblem, &reportProblem}) {
        if (!problem)
            problem = std::move(*later);
    }
    notes.clearProgress();
    notes.line(summary(report));
    if (problem)
        notes.line(problem->toString());
    const bool recorded = endRecording(recording, report.lost(), notes);
    if (loop.interrupted())
        return ExitStatus::Interrupted;
    return problem || !recorded ? ExitStatus::OperationFailed : ExitStatus::Success;
}

} // namespace swb::cli
