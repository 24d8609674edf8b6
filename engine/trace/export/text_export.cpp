// SPDX-License-Identifier: BSL-1.0
/// CSV and JSON Lines.
#include "engine/trace/export/row_stream.h"

#include <algorithm>
#include <string>

namespace swb::trace::detail {
namespace {

std::string csvQuoted(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string result = "\"";
    for (const char character : text) {
        if (character == '"')
            result += '"';
        result += character;
    }
    return result += '"';
}

/// Nanoseconds since the first operation; what was not reached has none.
std::string sinceOrigin(std::int64_t timeNs, std::int64_t originNs, const char* notReached)
{
    return timeNs == 0 ? notReached : std::to_string(timeNs - originNs);
}

} // namespace

void exportCsv(
    const TraceStore& store, ExportSink& sink, const ExportOptions& options, ExportResult& result)
{
    ExportBuffer buffer(sink);
    NameCache names(store);
    const std::int64_t origin = store.facts().originNs;
    const TraceAnchor anchor = store.anchor();
    buffer.text() += "id,socket,connection,operation,outcome,returned,error,error_number,errno,"
                     "bytes_asked,bytes_done,submitted_ns,returned_ns,completed_ns,event_ns,"
                     "call_thread,completion_thread,flags,submitted\r\n";
    forEachRow(store, options, result, [&](const OperationRecord& record) {
        std::string& text = buffer.text();
        const auto cell = [&text](const std::string& content) { text += content + ','; };
        cell(std::to_string(record.id));
        cell(std::to_string(record.socketId));
        cell(csvQuoted(names.socket(record.socketId)));
        cell(toString(record.kind));
        cell(toString(outcome(record)));
        cell(record.returnedPending() ? "pending" : "synchronous");
        cell(toString(record.error));
        cell(std::to_string(static_cast<int>(record.error)));
        cell(std::to_string(record.nativeError));
        cell(std::to_string(record.bytesAsked));
        cell(std::to_string(record.bytesDone));
        for (const std::int64_t time :
            {record.submittedNs, record.returnedNs, record.completedNs, record.eventNs})
            cell(sinceOrigin(time, origin, ""));
        cell(csvQuoted(names.thread(record.callThread)));
        cell(record.completionThread != 0 ? csvQuoted(names.thread(record.completionThread)) : "");
        std::string flags;
        for (const std::string_view name : flagNames(record.flags))
            flags.append(flags.empty() ? "" : " ").append(name);
        cell(flags);
        text += utcTime(anchor.wallFromSteady(record.submittedNs)) + "\r\n";
        buffer.flushIfLarge();
    });
    buffer.flush();
}

void exportJsonLines(
    const TraceStore& store, ExportSink& sink, const ExportOptions& options, ExportResult& result)
{
    ExportBuffer buffer(sink);
    NameCache names(store);
    const std::int64_t origin = store.facts().originNs;
    const TraceAnchor anchor = store.anchor();
    forEachRow(store, options, result, [&](const OperationRecord& record) {
        std::string& text = buffer.text();
        // What `swb --json` prints, and after it what only the record knows.
        text += toJsonLine(record, origin);
        text.pop_back();
        text += ",\"outcome\":\"" + toString(outcome(record));
        text += "\",\"bytesAsked\":" + std::to_string(record.bytesAsked);
        text += ",\"errorNumber\":" + std::to_string(static_cast<int>(record.error));
        text += ",\"errno\":" + std::to_string(record.nativeError);
        text += ",\"returnedNs\":" + sinceOrigin(record.returnedNs, origin, "0");
        text += ",\"eventNs\":" + sinceOrigin(record.eventNs, origin, "0");
        text += ",\"connection\":" + jsonQuoted(names.socket(record.socketId));
        text += ",\"callThread\":" + jsonQuoted(names.thread(record.callThread));
        if (record.completionThread != 0)
            text += ",\"completionThread\":" + jsonQuoted(names.thread(record.completionThread));
        text += ",\"flags\":[";
        bool first = true;
        for (const std::string_view name : flagNames(record.flags)) {
            text.append(first ? "\"" : ",\"").append(name).append("\"");
            first = false;
        }
        text += "],\"submitted\":\"" + utcTime(anchor.wallFromSteady(record.submittedNs)) + "\"}\n";
        buffer.flushIfLarge();
    });
    buffer.flush();
}

} // namespace swb::trace::detail
