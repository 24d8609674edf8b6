// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace swb::trace {
class PayloadLog;
}

namespace swb::cli {

class MainLoop;

/// One reused operation at a time, started and evaluated on the main thread; a worker only says
/// that it ended.
///
/// **Threads** the main thread; the completion wakes the loop.
/// **Lifetime** must not end while pending(): cancel, and wait for it.
class Operation {
public:
    explicit Operation(MainLoop& loop);
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    SocketAsyncEventArgs& args() noexcept { return m_args; }
    /// `returned` is what the ...Async call returned.
    void started(bool returned) noexcept { m_pending = returned; }
    /// Started, and its event has not come yet.
    bool pending() noexcept;

private:
    bool m_pending = false;
    std::atomic<bool> m_completed{false};
    SocketAsyncEventArgs
        m_args; // last, so that its destructor waits for a handler that uses the above
};

/// Receives from a socket into one reused buffer, chunk by chunk, as the main thread asks for it:
/// what is not asked for stays with the peer.
///
/// **Threads**, **Lifetime** as Operation.
class Receiver {
public:
    enum class Turn : std::uint8_t {
        Data, ///< data() has something until the next turn.
        Pending, ///< The loop will be woken.
        Ended, ///< The peer has ended (streams).
        Failed, ///< See args().
    };

    /// What arrives is kept in `payload`, too; null: it is not.
    Receiver(MainLoop& loop, Socket socket, trace::PayloadLog* payload);

    /// Looks what became of the receive that is pending, or starts the next one.
    Turn turn();
    std::span<const std::byte> data() const noexcept { return m_data; }
    SocketAsyncEventArgs& args() noexcept { return m_operation.args(); }
    /// The sender of the datagram in data(), when the socket is not connected.
    EndPoint sender() { return m_operation.args().remoteEndPoint(); }
    bool pending() noexcept { return m_operation.pending(); }
    void cancel();

private:
    bool receive();

    Socket m_socket;
    bool m_stream = true;
    bool m_fromAnybody = false;
    bool m_started = false;
    EndPoint m_anybody;
    std::unique_ptr<std::byte[]> m_buffer;
    std::span<const std::byte> m_data;
    trace::PayloadLog* m_payload;
    Operation m_operation;
};

} // namespace swb::cli
