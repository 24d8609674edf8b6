// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/trace_recording.h"

#include "app/cli/notes.h"
#include "engine/net/exceptions.h"
#include "engine/net/socket.h"
#include "engine/trace/trace_file.h"
#include "engine/workbench/payload_codec.h"

#include <cerrno>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace swb::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto kCheckpointInterval = 1s;

std::string folderOf(const std::string& path)
{
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

trace::TraceStoreOptions storeOptions(const RecordOptions& options)
{
    trace::TraceStoreOptions result;
    result.folder = folderOf(options.file);
    result.payload.bytesPerOperation = options.payloadBytes;
    result.program = "swb " SWB_VERSION;
    return result;
}

/// An end point that is there; closed sockets and unnamed ends have none.
template <typename Ask> std::string shown(const Ask& ask)
{
    try {
        const EndPoint end = ask();
        return end.isNull() ? std::string() : end.toString();
    } catch (const std::exception&) {
        return {};
    }
}

std::string description(const Socket& socket, const std::string& to)
{
    const bool internet = socket.addressFamily() != AddressFamily::Unix;
    std::string text = !internet                   ? "unix"
        : socket.socketType() == SocketType::Dgram ? "udp"
                                                   : "tcp";
    if (const std::string local = shown([&] { return socket.localEndPoint(); }); !local.empty())
        text += ' ' + local;
    if (!to.empty())
        text += " -> " + to;
    return text;
}

class Watcher final : public peers::PeerWatcher {
public:
    explicit Watcher(TraceRecording& recording)
        : m_recording(recording)
    {
    }
    void socketOpened(const Socket& socket) override { m_recording.describe(socket); }
    void bytesMoved(std::uint64_t operationId, std::span<const std::byte> bytes) override
    {
        m_recording.payload().keep(operationId, bytes);
    }

private:
    TraceRecording& m_recording;
};

} // namespace

TraceRecording::TraceRecording(const RecordOptions& options)
    : m_options(options)
    , m_store(storeOptions(options))
    , m_nextCheckpoint(Clock::now() + kCheckpointInterval)
{
}

std::optional<std::string> TraceRecording::check() const
{
    std::error_code ignored;
    const auto status = std::filesystem::status(m_options.file, ignored);
    if (std::filesystem::is_directory(status))
        return trace::fileProblem("Record to", m_options.file, EISDIR);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return "Record to " + m_options.file
            + " failed: it is not a regular file. Name one that is, or that is not there yet.";
    if (access(folderOf(m_options.file).c_str(), W_OK | X_OK) != 0)
        return trace::fileProblem("Record to", m_options.file, errno);
    return std::nullopt;
}

void TraceRecording::watchHealth(AsyncEngine& engine, std::function<void()> wake)
{
    m_monitor.emplace(engine, std::move(wake));
}

void TraceRecording::take(std::span<const OperationRecord> records)
{
    m_changedRows.clear();
    const std::uint64_t before = m_store.rowCount();
    m_store.apply(records, &m_changedRows);
    for (const std::uint64_t row : m_changedRows)
        m_pending.takeRow(m_store, row);
    m_pending.takeNewRows(m_store, before, m_store.rowCount() - before);
}

void TraceRecording::keepUp()
{
    if (m_monitor) {
        if (m_pending.takeSocketsChanged())
            m_monitor->watch(m_pending.sockets());
        m_samples.clear();
        m_monitor->drain(m_samples);
        for (const SocketHealth& sample : m_samples)
            m_store.health().add(sample);
    }
    if (const auto now = Clock::now(); now >= m_nextCheckpoint) {
        m_store.checkpoint();
        m_nextCheckpoint = now + kCheckpointInterval;
    }
}

void TraceRecording::describe(const Socket& socket, const Address& to)
{
    m_store.sockets().describeSocket(socket.id(), description(socket, to.endPoint.toString()));
}

void TraceRecording::describe(const Socket& socket)
{
    const std::string remote = shown([&] { return socket.remoteEndPoint(); });
    m_store.sockets().describeSocket(socket.id(), description(socket, remote));
}

std::shared_ptr<peers::PeerWatcher> TraceRecording::peerWatcher()
{
    return std::make_shared<Watcher>(*this);
}

bool TraceRecording::finish(std::uint64_t lost, std::string& said)
{
    using workbench::groupDigits;
    keepUp();
    if (m_store.hasGap())
        m_store.showGaps();
    said.clear();
    if (const std::string problem = m_store.storageProblem(); !problem.empty())
        said = problem + '\n';
    try {
        trace::SaveOptions options;
        options.lostBefore = lost;
        trace::saveTrace(m_store, m_options.file, options);
    } catch (const std::exception& exception) {
        said += exception.what();
        return false;
    }
    const std::uint64_t operations = m_store.totals().operations;
    said += fmt::format("recorded {} {} in {}", groupDigits(operations),
        operations == 1 ? "operation" : "operations", m_options.file);
    const trace::PayloadTotals payload = m_store.payload().totals();
    if (m_options.payloadBytes > 0)
        said += fmt::format(", with {} of {} bytes of payload", groupDigits(payload.keptBytes),
            groupDigits(payload.bytes));
    const std::uint64_t missing = lost + m_store.lost();
    if (missing > 0)
        said += fmt::format("; {} records are missing", groupDigits(missing));
    return missing == 0;
}

bool startRecording(const std::optional<RecordOptions>& options,
    std::optional<TraceRecording>& recording, Notes& notes)
{
    if (!options)
        return true;
    recording.emplace(*options);
    const auto problem = recording->check();
    if (problem)
        notes.line(*problem);
    return !problem;
}

bool endRecording(std::optional<TraceRecording>& recording, std::uint64_t lost, Notes& notes)
{
    if (!recording)
        return true;
    std::string said;
    const bool whole = recording->finish(lost, said);
    notes.line(said);
    return whole;
}

} // namespace swb::cli
