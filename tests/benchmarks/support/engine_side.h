// SPDX-License-Identifier: GPL-3.0-or-later
/// What the contenders "ours" share: the engine through its public interface and nothing else.
#pragma once

#include "raw_socket.h"

#include "engine/net/async_engine.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>

namespace swb::bench {

/// A connected engine socket with the same options as everybody's.
Socket connectSocket(AsyncEngine& engine, std::uint16_t port, const TcpOptions& options = {});

/// Throws unless the operation succeeded and moved this many bytes.
void requireDone(const SocketAsyncEventArgs& e, std::uint64_t bytes);

/// What a worker tells a thread that waits: once for each wait().
class Signal {
public:
    void raise()
    {
        const std::lock_guard lock(m_mutex);
        ++m_raised;
        m_change.notify_one();
    }
    void wait(std::uint64_t times = 1)
    {
        std::unique_lock lock(m_mutex);
        m_change.wait(lock, [&] { return m_raised >= times; });
        m_raised -= times;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_change;
    std::uint64_t m_raised = 0; ///< Guarded by m_mutex.
};

/// Args for operations that are waited for when they are pending: the plainest way to use the
/// engine.
class WaitingArgs {
public:
    WaitingArgs()
    {
        e.onCompleted([this](Socket&, SocketAsyncEventArgs&) { m_completed.raise(); });
    }
    /// `start` makes the Async call.
    template <typename Start> void run(Start start)
    {
        if (!start(e))
            return;
        ++pending;
        m_completed.wait();
    }

    SocketAsyncEventArgs e;
    std::uint64_t pending = 0; ///< How many of the calls returned true.

private:
    Signal m_completed;
};

} // namespace swb::bench
