// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/address.h"
#include "engine/net/engine_timer.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"

#include <atomic>
#include <functional>
#include <memory>
#include <system_error>

namespace swb::peers {

/// Listens on a stream address and accepts for ever: what everything that serves connections has in
/// common.
///
/// **Threads** start() and stop() from any thread; the callbacks come one at a time, on the thread
/// of start() or a worker.
/// **Lifetime** owned by shared_ptr; the pending accept keeps it alive until stop().
class Acceptor : public std::enable_shared_from_this<Acceptor> {
public:
    struct Callbacks {
        std::function<void(Socket)> accepted;
        /// An accept failed, for example with TooManyOpenSockets; it is tried again after a moment.
        /// May be null.
        std::function<void(SocketError, std::error_code)> failed;
    };

    /// Binds and listens. `receiveBufferBytes` is what accepted sockets inherit, 0: the system's
    /// default.
    /// **Errors** SocketException.
    Acceptor(AsyncEngine&, const Address& address, int receiveBufferBytes, Callbacks callbacks);
    ~Acceptor();
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    /// Starts accepting; call once.
    void start();
    /// Closes the listener; an accept that is being reported may still call back.
    void stop();
    /// Where it really listens, with the port that was picked.
    const Socket& listener() const noexcept { return m_listener; }
    const Address& address() const noexcept { return m_address; }
    /// Of the listening socket, for records.
    std::uint32_t socketId() const { return m_listener.id(); }

private:
    void acceptSome();
    bool startAccept();
    bool accepted();

    const Callbacks m_callbacks;
    Socket m_listener;
    Address m_address;
    SocketAsyncEventArgs m_args;
    EngineTimer m_timer;
    std::shared_ptr<Acceptor> m_keepAlive; ///< Set while an accept is pending.
    std::atomic<bool> m_stopped{false};
};

} // namespace swb::peers
