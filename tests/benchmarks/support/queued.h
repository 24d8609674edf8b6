// SPDX-License-Identifier: GPL-3.0-or-later
/// Operations that are started while the connection is full, wait in the engine's queue, and leave
/// once the far end reads. A blocker fills the connection up; what it costs is not counted.
#pragma once

#include "program.h"

#include "engine/net/socket_async_event_args.h"

#include <functional>

namespace swb::bench {

struct QueuedShape {
    std::uint64_t batch; ///< operations that wait at a time
    std::uint64_t bytesEach;
    TcpOptions options{.noDelay = true, .sendBuffer = 128 * 1024};

    Bytes blocker() const;
    PeerTask task() const;
};

/// `sendBatch` sends one batch on a blocking socket.
void bareQueued(
    Sample& sample, const QueuedShape& shape, const std::function<void(int fd)>& sendBatch);

/// Starts a batch with one args object for each operation. Queueing counts, completing counts.
void ourQueued(Sample& sample, const QueuedShape& shape,
    const std::function<void(SocketAsyncEventArgs&)>& prepare,
    const std::function<bool(Socket&, SocketAsyncEventArgs&)>& start);

/// Row::content for both: a blocker, then a batch of `one`, again and again.
std::function<void(std::uint64_t, Checksum&)> queuedContent(const QueuedShape& shape, Bytes one);

} // namespace swb::bench
