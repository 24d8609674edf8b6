// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/operation_record.h"
#include "engine/trace/health_log.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace swb::workbench {

/// Why an operation has not completed yet.
struct PendingReason {
    enum class Kind : std::uint8_t {
        QueuedBehind, ///< Others of its direction were started earlier on the same socket.
        PeerWindowClosed, ///< The peer's kernel has no room: its program does not read.
        NoAcknowledgement, ///< What was sent is repeated and not acknowledged.
        SendQueueFull, ///< The kernel has no room; the peer reads, or it cannot be told.
        WaitingForData,
        WaitingForConnection,
        Connecting,
        Disconnecting,
        AboutToGoOn, ///< Nothing holds it up any more: a worker is on its way.
    };
    Kind kind = Kind::AboutToGoOn;
    /// One sentence with the figures it rests on: "kernel send queue full at 2.5 MiB; peer window 0
    /// for 4.1 s; 128,005 bytes acknowledged".
    std::string sentence;
    bool operator==(const PendingReason&) const = default;
};

/// `record` is of a pending operation; `ahead` operations of its direction were started earlier on
/// its socket and are pending too; `health` is what was seen of the socket, null: nothing yet.
/// `nowNs`: steady_clock.
PendingReason explainPending(const OperationRecord& record, std::size_t ahead,
    const trace::HealthHistory* health, std::int64_t nowNs);

/// How far the bytes of one connection have come, station by station; never merged into one "sent".
/// A station that nobody can know is empty.
struct ByteLedger {
    std::uint64_t queued = 0; ///< In the engine: asked by pending sends, not taken by the kernel.
    std::uint64_t accepted = 0; ///< Taken by the kernel.
    std::optional<std::uint64_t> unsent; ///< Of these: not sent yet.
    std::optional<std::uint64_t> inFlight; ///< Sent, not acknowledged.
    std::optional<std::uint64_t> acknowledged; ///< In the peer's kernel, or read.
    std::optional<std::uint64_t> readByPeer; ///< By the peer's program; only a peer of ours tells.
    bool operator==(const ByteLedger&) const = default;
};

/// `pendingSends`: the records of the connection's pending sends. `acceptedOfEnded`: what the
/// kernel took in sends of this socket that have ended; used where the kernel itself tells nothing,
/// or told it before they ended.
ByteLedger byteLedger(std::span<const OperationRecord> pendingSends, std::uint64_t acceptedOfEnded,
    const trace::HealthHistory* health, std::optional<std::uint64_t> readByPeer = {});

} // namespace swb::workbench
