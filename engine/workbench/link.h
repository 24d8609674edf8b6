// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/address.h"
#include "engine/net/engine_timer.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"
#include "engine/workbench/send_operations.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace swb::workbench {

class Link;

/// Is told what happens on a link. **Threads** called on whatever thread it happens, without any
/// lock of the link.
class LinkOwner {
public:
    virtual void linkConnected(Link&) = 0;
    virtual void linkReceived(Link&, std::span<const std::byte> bytes, const EndPoint& from) = 0;
    virtual void linkPeerEnded(Link&) = 0;
    virtual void linkSendEnded(Link&, const SendOutcome&) = 0;
    /// After linkSendEnded, when the send no longer counts as pending.
    virtual void linkSendSettled(Link&) = 0;
    /// `fatal`: nothing more will be received.
    virtual void linkFailed(Link&, const std::string& operation, SocketError error,
        std::error_code nativeError, bool fatal)
        = 0;
    virtual void linkDisconnected(Link&) = 0;

protected:
    ~LinkOwner() = default;
};

/// The life of one socket of a connection: connecting, one receive always pending, sends, and the
/// end. Connecting again takes a new link.
///
/// **Threads** all members from any thread.
/// **Lifetime** owned by shared_ptr; pending operations keep it alive, with the buffer they receive
/// into.
class Link : public std::enable_shared_from_this<Link> {
public:
    /// The first bytes of what is sent and received go to `payload`, which must outlive the last
    /// operation; null: nowhere.
    static std::shared_ptr<Link> create(AsyncEngine&, Address address,
        std::weak_ptr<LinkOwner> owner, trace::PayloadLog* payload = nullptr);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Makes a socket and connects it to the address; linkConnected or linkFailed follows, perhaps
    /// inside this call.
    /// **Errors** SocketException when no socket can be made.
    void connect();
    /// Takes over a connected socket.
    void adopt(Socket socket);
    /// Binds a datagram socket to the address. **Errors** SocketException.
    void bind();
    /// Starts receiving, which goes on until the end. Call once.
    void startReceiving();

    SendTicket send(SendRequest request);
    SendOperations& sends() noexcept { return *m_sends; }
    /// Ends the sending side once no send is pending.
    void endSending();
    bool sendingEnded() const;
    /// Ends in order; linkDisconnected follows.
    void disconnect();
    /// Closes once receiving is over and no send is pending, so that each send still ends with its
    /// own error.
    void closeWhenFinished();
    /// Closes at once.
    void close();

    /// Null before the socket is made, and while a name is being connected to.
    Socket socket() const;

private:
    Link(AsyncEngine&, Address address, std::weak_ptr<LinkOwner> owner, trace::PayloadLog* payload);
    bool startConnect();
    void connectEnded();
    void receiveSome();
    bool startReceive();
    bool takeReceived();
    void receivingEnded();
    void disconnectEnded();
    void sendSettled();
    void finishIfIdle();

    AsyncEngine& m_engine;
    const Address m_address;
    const std::weak_ptr<LinkOwner> m_owner;
    trace::PayloadLog* const m_payload; ///< Null: nobody keeps it.
    std::shared_ptr<SendOperations> m_sends; ///< Never null.

    SocketAsyncEventArgs m_connectArgs;
    SocketAsyncEventArgs m_receiveArgs;
    SocketAsyncEventArgs m_disconnectArgs;
    std::vector<std::byte> m_buffer; ///< What m_receiveArgs receives into.
    EngineTimer m_continue; ///< Lets other sockets have their turn between two batches of receives.
    bool m_receivesFrom = false; ///< Bound, not connected. Set before receiving starts.
    bool m_closedWhileStarting
        = false; ///< The last receive could not be started. Only its thread looks.
    // Each keeps this object alive while its operation is pending.
    std::shared_ptr<Link> m_connectAlive;
    std::shared_ptr<Link> m_receiveAlive;
    std::shared_ptr<Link> m_disconnectAlive;

    mutable std::mutex m_mutex; // guards everything below
    Socket m_socket;
    bool m_receiving = false;
    bool m_disconnecting = false;
    bool m_closed = false;
    bool m_endSendingWhenIdle = false;
    bool m_sendingEnded = false;
    bool m_closeWhenFinished = false;
};

} // namespace swb::workbench
