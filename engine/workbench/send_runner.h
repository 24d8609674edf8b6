// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket.h"
#include "engine/net/socket_types.h"
#include "engine/workbench/problem.h"
#include "engine/workbench/queue_item.h"
#include "engine/workbench/send_operations.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swb {
class AsyncEngine;
}
namespace swb::trace {
class PayloadLog;
}

namespace swb::workbench {

/// How a list of items is turned into operations.
struct SendRunOptions {
    /// false: all enabled items as one SendPacketsAsync. true: one SendAsync (buffer) or
    /// SendPacketsAsync (file) per item.
    bool each = false;
    std::uint64_t repeat = 1; ///< How often the whole list is sent; 0: until cancelled.
    /// From the start of one operation to the start of the next one; 0: at once.
    std::chrono::milliseconds interval{0};
    unsigned inFlight = 1; ///< Most operations pending at a time; at least 1.
    /// For every SendPacketsAsync, except that Disconnect and ReuseSocket go with the last
    /// operation only (which is then a SendPacketsAsync also for a buffer).
    TransmitFileOptions flags = TransmitFileOptions::UseDefaultWorkerThread;
    std::int64_t sendSize
        = 0; ///< Most bytes for one call to the kernel, or of one datagram; 0: the default.
    /// Where the first bytes of each send go; null: nowhere. Must outlive the run.
    trace::PayloadLog* payload = nullptr;
};

/// What a run has done so far, or altogether.
struct SendRunResult {
    std::uint64_t operations = 0; ///< Started; a call that threw is not one.
    std::uint64_t synchronous = 0; ///< Of these: returned false.
    std::uint64_t pending = 0; ///< Of these: returned true.
    std::uint64_t failed = 0; ///< Ended badly, calls that threw and aborted ones included.
    std::uint64_t aborted = 0; ///< Ended with OperationAborted.
    std::uint64_t bytes
        = 0; ///< Taken by the kernel, in operations that have ended; exact also for failed ones.
    bool cancelled = false; ///< cancel() was called before the end.
    std::optional<Problem> problem; ///< The first thing that went wrong; not set by cancel().
};

/// Sends a list of items over a connected socket: what `swb send` does after connecting. Driven by
/// completions, without a thread of its own. The first failure ends the run: nothing new is
/// started, what is in flight ends by itself.
///
/// **Threads** all members from any thread; none blocks on the network.
/// **Lifetime** keeps itself alive from start() until `done` has been called. Must not outlive the
/// engine.
class SendRunner : public std::enable_shared_from_this<SendRunner> {
public:
    using Done = std::function<void(const SendRunResult&)>;

    /// `subject` names the other end in problems: "tcp://127.0.0.1:9000". Disabled items are left
    /// out; without any enabled item the run ends at once with nothing sent.
    static std::shared_ptr<SendRunner> create(AsyncEngine& engine, Socket socket,
        std::string subject, std::vector<QueueItem> items, SendRunOptions options);
    ~SendRunner();
    SendRunner(const SendRunner&) = delete;
    SendRunner& operator=(const SendRunner&) = delete;

    /// Starts; call it once. The first operations are started on the calling thread, later ones on
    /// workers. `done` is called exactly once, when the last operation has ended: on a worker, or
    /// inside start() when nothing had to wait.
    void start(Done done);
    /// Starts nothing new and ends what is pending with OperationAborted; `done` follows. Safe
    /// before start() and after the end.
    void cancel();
    SendRunResult result() const;

private:
    class Impl;
    explicit SendRunner(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> m_impl;
};

} // namespace swb::workbench
