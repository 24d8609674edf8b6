// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/trace_command.h"

#include "app/cli/main_loop.h"
#include "app/cli/notes.h"
#include "app/cli/output.h"
#include "engine/trace/trace_file.h"
#include "engine/workbench/payload_codec.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <exception>
#include <filesystem>
#include <optional>
#include <string>

namespace swb::cli {

namespace {

using trace::TraceStore;
using workbench::groupDigits;

/// What ends an export to standard output.
class OutputFailed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Standard output, or a pipe that has a name.
class StreamSink final : public trace::ExportSink {
public:
    explicit StreamSink(MainLoop& loop)
        : m_output(loop)
    {
    }
    void open(const std::string& path) { check(m_output.open(path)); }
    void write(std::span<const std::byte> bytes) override { check(m_output.write(bytes)); }
    void close() { check(m_output.close()); }

private:
    static void check(const std::optional<workbench::Problem>& problem)
    {
        if (problem)
            throw OutputFailed(problem->toString());
    }
    Output m_output;
};

bool isStream(const std::string& path)
{
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    return path == "-"
        || (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)
            && !std::filesystem::is_directory(status));
}

trace::OpenedTrace open(const std::string& path, Notes& notes, MainLoop& loop)
{
    trace::OpenOptions options;
    options.progress = [&](std::uint64_t done, std::uint64_t total) {
        if (notes.showsProgress())
            notes.progress("reading " + path, done, total);
        return !loop.interrupted();
    };
    trace::OpenedTrace opened = trace::openTrace(path, options);
    notes.clearProgress();
    return opened;
}

trace::ExportResult convert(
    const TraceConvertCommand& command, const TraceStore& store, Notes& notes, MainLoop& loop)
{
    trace::ExportOptions options;
    options.program = "swb " SWB_VERSION;
    options.progress = [&](std::uint64_t done, std::uint64_t total) {
        if (notes.showsProgress())
            notes.progress(
                "converting", done * sizeof(OperationRecord), total * sizeof(OperationRecord));
        return !loop.interrupted();
    };
    if (!isStream(command.output))
        return trace::exportTraceToFile(store, command.format, command.output, options);
    StreamSink sink(loop);
    sink.open(command.output);
    const trace::ExportResult result = trace::exportTrace(store, command.format, sink, options);
    sink.close();
    return result;
}

std::string summary(const TraceConvertCommand& command, const trace::ExportResult& result)
{
    std::string text = fmt::format("{} {} converted", groupDigits(result.operations),
        result.operations == 1 ? "operation" : "operations");
    if (result.missing > 0)
        text += fmt::format("; {} are missing in the trace", groupDigits(result.missing));
    if (command.format != trace::ExportFormat::Pcapng)
        return text;
    text += fmt::format("; {} packets with {} bytes of payload", groupDigits(result.packets),
        groupDigits(result.payloadBytes));
    if (result.bytesNotKept > 0)
        text += fmt::format(", {} more bytes were not recorded (see --record-payload)",
            groupDigits(result.bytesNotKept));
    return text;
}

/// Runs `work`; the status for what it throws.
template <typename Work> ExitStatus guarded(Notes& notes, const Work& work)
{
    try {
        return work();
    } catch (const trace::TraceCancelled&) {
        notes.clearProgress();
        notes.line("interrupted; nothing was written");
        return ExitStatus::Interrupted;
    } catch (const std::exception& exception) { // files that cannot be read or written
        notes.clearProgress();
        notes.line(exception.what());
        return ExitStatus::OperationFailed;
    }
}

std::string healthText(const trace::HealthTotals& health)
{
    if (health.samples == 0)
        return "not recorded";
    return fmt::format("{} {} of {} {}", groupDigits(health.samples),
        health.samples == 1 ? "sample" : "samples", groupDigits(health.sockets),
        health.sockets == 1 ? "socket" : "sockets");
}

std::string peopleOf(const std::string& path, const trace::OpenedTrace& opened)
{
    const TraceStore& store = *opened.store;
    const trace::TraceTotals& totals = store.totals();
    const trace::PayloadTotals payload = store.payload().totals();
    const std::int64_t origin = store.originNs();
    std::string text;
    const auto line = [&text](std::string_view name, const std::string& value) {
        text += fmt::format("{:<12}{}\n", name, value);
    };
    line("trace", path);
    line("written by", store.program().empty() ? "unknown" : store.program());
    if (totals.operations > 0) {
        line("started", trace::utcTime(store.anchor().wallFromSteady(origin)));
        line("lasted", fmt::format("{:.3f} s", static_cast<double>(store.endNs() - origin) / 1e9));
    }
    line("operations",
        fmt::format("{}: {} synchronous, {} pending, {} completed, {} failed, {} aborted",
            groupDigits(totals.operations), groupDigits(totals.synchronous),
            groupDigits(totals.pending), groupDigits(totals.completed), groupDigits(totals.failed),
            groupDigits(totals.aborted)));
    line("bytes",
        fmt::format("{} sent, {} received", groupDigits(totals.bytesSent),
            groupDigits(totals.bytesReceived)));
    line("payload",
        payload.operations == 0
            ? "not recorded"
            : fmt::format("{} of {} bytes, of {} of {} operations", groupDigits(payload.keptBytes),
                groupDigits(payload.bytes), groupDigits(payload.keptOperations),
                groupDigits(payload.operations)));
    line("health", healthText(store.health().totals()));
    for (const auto& [id, description] : store.sockets().all())
        line(fmt::format("socket {}", id), description.text);
    line("missing", store.lost() == 0 ? "nothing" : groupDigits(store.lost()) + " operations");
    line("condition", opened.condition.whole() ? "whole" : opened.condition.message());
    return text;
}

std::string jsonOf(const std::string& path, const trace::OpenedTrace& opened)
{
    const TraceStore& store = *opened.store;
    const trace::TraceTotals& totals = store.totals();
    const trace::PayloadTotals payload = store.payload().totals();
    const trace::HealthTotals health = store.health().totals();
    nlohmann::ordered_json sockets = nlohmann::ordered_json::array();
    for (const auto& [id, description] : store.sockets().all())
        sockets.push_back({{"id", id}, {"text", description.text}});
    const nlohmann::ordered_json json{{"trace", path}, {"program", store.program()},
        {"started", trace::utcTime(store.anchor().wallFromSteady(store.originNs()))},
        {"seconds", static_cast<double>(store.endNs() - store.originNs()) / 1e9},
        {"operations", totals.operations}, {"synchronous", totals.synchronous},
        {"pending", totals.pending}, {"completed", totals.completed}, {"failed", totals.failed},
        {"aborted", totals.aborted}, {"bytesSent", totals.bytesSent},
        {"bytesReceived", totals.bytesReceived}, {"lost", store.lost()},
        {"payload",
            {{"operations", payload.operations}, {"bytes", payload.bytes},
                {"keptOperations", payload.keptOperations}, {"keptBytes", payload.keptBytes}}},
        {"health", {{"samples", health.samples}, {"sockets", health.sockets}}},
        {"sockets", std::move(sockets)}, {"whole", opened.condition.whole()},
        {"closed", opened.condition.closed}, {"blocks", opened.condition.blocks},
        {"damagedBlocks", opened.condition.damagedBlocks},
        {"missingOperations", opened.condition.missingOperations},
        {"condition", opened.condition.message()}};
    // Texts come from a file: what is not UTF-8 in them is replaced, not refused.
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

} // namespace

ExitStatus runTraceConvert(const TraceConvertCommand& command, MainLoop& loop)
{
    Notes notes;
    return guarded(notes, [&] {
        const trace::OpenedTrace opened = open(command.input, notes, loop);
        std::error_code ignored;
        if (std::filesystem::equivalent(command.input, command.output, ignored)) {
            notes.line("Export to " + command.output
                + " failed: it is the trace itself. Name another file.");
            return ExitStatus::OperationFailed;
        }
        if (!opened.condition.whole())
            notes.line(command.input + ": " + opened.condition.message());
        const trace::ExportResult result = convert(command, *opened.store, notes, loop);
        notes.clearProgress();
        notes.line(summary(command, result));
        if (const std::string problem = opened.store->storageProblem(); !problem.empty()) {
            notes.line(problem);
            return ExitStatus::OperationFailed;
        }
        return opened.condition.whole() ? ExitStatus::Success : ExitStatus::OperationFailed;
    });
}

ExitStatus runTraceInfo(const TraceInfoCommand& command, MainLoop& loop)
{
    Notes notes;
    return guarded(notes, [&] {
        const trace::OpenedTrace opened = open(command.input, notes, loop);
        const std::string text
            = command.json ? jsonOf(command.input, opened) : peopleOf(command.input, opened);
        StreamSink sink(loop);
        sink.open("-");
        sink.write(std::as_bytes(std::span(text)));
        sink.close();
        return opened.condition.whole() ? ExitStatus::Success : ExitStatus::OperationFailed;
    });
}

} // namespace swb::cli
