// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"
#include "engine/peers/peer.h"
#include "engine/trace/health_monitor.h"
#include "engine/trace/pending_operations.h"
#include "engine/trace/trace_store.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace swb {
class AsyncEngine;
class Socket;
} // namespace swb

namespace swb::cli {

class Notes;

/// What `--record` writes: keeps the records of a run, and what the kernel told of its sockets
/// while something was pending on them, and at its end saves them as a trace. Until then what is
/// there is written beside the file about once a second, so that little is lost should swb be
/// killed.
///
/// **Threads** the main thread, except describe() and payload(), which are for any.
/// **Lifetime** must outlive the engine.
class TraceRecording {
public:
    explicit TraceRecording(const RecordOptions& options);

    /// Why the file could not be written later on: asked before anything is done.
    std::optional<std::string> check() const;

    /// Has sockets with pending operations looked at from now on; `wake` is called on a worker when
    /// there is something for keepUp(). Once, before the first operation.
    void watchHealth(AsyncEngine& engine, std::function<void()> wake);

    void take(std::span<const OperationRecord> records);
    /// Takes what was seen of the sockets, and writes what there is when it is time: call it
    /// whenever the main thread is awake.
    void keepUp();
    trace::PayloadLog& payload() noexcept { return m_store.payload(); }
    /// What the socket is, as far as it is known by now; `to`: where it is going to be connected.
    void describe(const Socket& socket, const Address& to);
    void describe(const Socket& socket);
    /// For a demo peer.
    std::shared_ptr<peers::PeerWatcher> peerWatcher();

    /// Saves the trace, of which `lost` records never came. What is said about it, and whether it
    /// went well. Call it when the engine is gone.
    bool finish(std::uint64_t lost, std::string& said);

private:
    using Clock = std::chrono::steady_clock;

    const RecordOptions m_options;
    trace::TraceStore m_store;
    Clock::time_point m_nextCheckpoint;
    std::vector<std::uint64_t> m_changedRows; ///< Kept for their memory, as are the samples.
    std::vector<SocketHealth> m_samples;
    trace::PendingOperations m_pending;
    std::optional<trace::HealthMonitor> m_monitor;
};

/// Makes the recording that the line asks for, if it does; false, and said, when it cannot be
/// written.
bool startRecording(const std::optional<RecordOptions>& options,
    std::optional<TraceRecording>& recording, Notes& notes);
/// Saves it, if there is one; false, and said, when it is not there or not whole.
bool endRecording(std::optional<TraceRecording>& recording, std::uint64_t lost, Notes& notes);

} // namespace swb::cli
