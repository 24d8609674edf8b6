// SPDX-License-Identifier: BSL-1.0
/// Chrome's trace event JSON, which ui.perfetto.dev opens.
///
/// Each socket is a process there, so that it is a group of tracks of its own: pending operations
/// are asynchronous slices, which may overlap, and synchronous ones are instants. The threads are
/// another process: a slice for each call that returned true and for each completion, and an arrow
/// from the one to the other.
#include "engine/trace/export/row_stream.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace swb::trace::detail {
namespace {

/// No socket has such a number.
constexpr const char* kThreadsProcess = "2000000000";
constexpr std::int64_t kShortestNs = 1; ///< A slice without any length would be invisible.

class PerfettoWriter {
public:
    PerfettoWriter(const TraceStore& store, ExportSink& sink)
        : m_store(store)
        , m_names(store)
        , m_buffer(sink)
        , m_originNs(store.facts().originNs)
    {
    }

    void begin(const ExportOptions& options)
    {
        // Nanoseconds are exact in the file; people see times since the first operation.
        m_buffer.text() += "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"program\":"
            + jsonQuoted(options.program) + ",\"start\":\""
            + utcTime(m_store.anchor().wallFromSteady(m_originNs)) + "\"},\n\"traceEvents\":[\n";
        event("\"ph\":\"M\",\"name\":\"process_name\",\"pid\":" + std::string(kThreadsProcess)
            + ",\"args\":{\"name\":\"threads\"}");
    }
    void take(const OperationRecord& record)
    {
        nameSocket(record.socketId);
        nameThread(record.callThread);
        if (record.returnedPending())
            takePending(record);
        else
            event("\"ph\":\"i\",\"s\":\"t\",\"cat\":\"synchronous\"," + name(record)
                + onSocket(record) + at(record.completedNs) + arguments(record));
        m_buffer.flushIfLarge();
    }
    void end()
    {
        m_buffer.text() += "\n]}\n";
        m_buffer.flush();
    }

private:
    void event(const std::string& content)
    {
        m_buffer.text().append(m_first ? "{" : ",\n{").append(content).append("}");
        m_first = false;
    }
    void nameSocket(std::uint32_t id)
    {
        if (!m_namedSockets.insert(id).second)
            return;
        const std::string process = "\"pid\":" + std::to_string(id);
        const std::string text = "socket " + std::to_string(id)
            + (m_store.sockets().find(id) ? ": " + m_names.socket(id) : "");
        event("\"ph\":\"M\",\"name\":\"process_name\"," + process
            + ",\"args\":{\"name\":" + jsonQuoted(text) + "}");
        event("\"ph\":\"M\",\"name\":\"process_sort_index\"," + process
            + ",\"args\":{\"sort_index\":" + std::to_string(id) + "}");
        event("\"ph\":\"M\",\"name\":\"thread_name\"," + process + ",\"tid\":" + std::to_string(id)
            + ",\"args\":{\"name\":\"synchronous\"}");
    }
    void nameThread(std::uint16_t id)
    {
        if (id == 0 || !m_namedThreads.insert(id).second)
            return;
        event("\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":" + std::string(kThreadsProcess)
            + ",\"tid\":" + std::to_string(id)
            + ",\"args\":{\"name\":" + jsonQuoted(m_names.thread(id)) + "}");
    }

    void takePending(const OperationRecord& record)
    {
        const std::string slice = "\"cat\":\"pending\",\"id\":" + std::to_string(record.id) + ','
            + name(record) + onSocket(record);
        event("\"ph\":\"b\"," + slice + at(record.submittedNs) + arguments(record));
        const std::int64_t returned
            = record.returnedNs != 0 ? record.returnedNs : record.submittedNs;
        event("\"ph\":\"X\",\"cat\":\"call\"," + name(record) + onThread(record.callThread)
            + at(record.submittedNs) + lasting(returned - record.submittedNs) + identity(record));
        if (record.phase != OperationPhase::Completed)
            return; // it has no end yet, and is shown so
        event("\"ph\":\"e\"," + slice + at(record.completedNs));
        nameThread(record.completionThread);
        const std::string flow = "\"cat\":\"completion\",\"name\":\"completion\",\"id\":"
            + std::to_string(record.id) + ',';
        const std::int64_t raised = std::max(record.eventNs, record.completedNs);
        event("\"ph\":\"X\",\"cat\":\"completion\",\"name\":\"" + toString(record.kind)
            + " completed\"," + onThread(record.completionThread) + at(record.completedNs)
            + lasting(raised - record.completedNs) + identity(record));
        event("\"ph\":\"s\"," + flow + onThread(record.callThread) + at(record.submittedNs));
        event("\"ph\":\"f\",\"bp\":\"e\"," + flow + onThread(record.completionThread)
            + at(record.completedNs));
    }

    static std::string name(const OperationRecord& record)
    {
        return "\"name\":\"" + toString(record.kind) + "\",";
    }
    static std::string onSocket(const OperationRecord& record)
    {
        const std::string id = std::to_string(record.socketId);
        return "\"pid\":" + id + ",\"tid\":" + id;
    }
    static std::string onThread(std::uint16_t id)
    {
        return "\"pid\":" + std::string(kThreadsProcess) + ",\"tid\":" + std::to_string(id);
    }
    /// The format counts microseconds.
    static std::string microseconds(std::int64_t ns)
    {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%s%lld.%03lld", ns < 0 ? "-" : "",
            static_cast<long long>(std::abs(ns) / 1000),
            static_cast<long long>(std::abs(ns) % 1000));
        return text.data();
    }
    std::string at(std::int64_t timeNs) const
    {
        return ",\"ts\":" + microseconds(timeNs - m_originNs);
    }
    static std::string lasting(std::int64_t ns)
    {
        return ",\"dur\":" + microseconds(std::max(ns, kShortestNs));
    }
    static std::string identity(const OperationRecord& record)
    {
        return ",\"args\":{\"operation\":" + std::to_string(record.id)
            + ",\"socket\":" + std::to_string(record.socketId) + "}";
    }
    static std::string arguments(const OperationRecord& record)
    {
        std::string text = ",\"args\":{\"operation\":" + std::to_string(record.id)
            + ",\"outcome\":\"" + toString(outcome(record)) + "\",\"bytesAsked\":"
            + std::to_string(record.bytesAsked) + ",\"bytes\":" + std::to_string(record.bytesDone);
        if (record.error != SocketError::Success)
            text += ",\"error\":" + jsonQuoted(errorText(record));
        return text += '}';
    }

    const TraceStore& m_store;
    NameCache m_names;
    ExportBuffer m_buffer;
    const std::int64_t m_originNs;
    std::set<std::uint32_t> m_namedSockets;
    std::set<std::uint16_t> m_namedThreads;
    bool m_first = true;
};

} // namespace

void exportPerfetto(
    const TraceStore& store, ExportSink& sink, const ExportOptions& options, ExportResult& result)
{
    PerfettoWriter writer(store, sink);
    writer.begin(options);
    forEachRow(store, options, result, [&](const OperationRecord& record) { writer.take(record); });
    writer.end();
}

} // namespace swb::trace::detail
