// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/address.h"
#include "engine/net/socket.h"
#include "engine/workbench/problem.h"
#include "engine/workbench/queue_item.h"
#include "engine/workbench/received_ring.h"
#include "engine/workbench/send_operations.h"

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
}

namespace swb::workbench {

enum class ConnectionState : std::uint8_t {
    Idle,
    Connecting,
    Connected,
    PeerEnded,
    Closed,
    Failed
};
std::string toString(ConnectionState);

struct ConnectionSnapshot {
    ConnectionState state = ConnectionState::Idle;
    Address target; ///< What the user asked for; for an accepted connection the remote end.
    EndPoint local;
    EndPoint remote;
    std::uint32_t socketId = 0; ///< Socket::id() of the current socket; 0 without one.
    /// Taken by the kernel in sends that have ended, failed ones included. How far a pending send
    /// has come is in its OperationRecord.
    std::uint64_t bytesSent = 0;
    std::uint64_t socketBytesSent = 0; ///< Of these: by the current socket.
    std::uint64_t bytesReceived = 0;
    std::uint32_t pendingSends = 0;
    std::optional<Problem> problem; ///< The last thing that went wrong; cleared by connect().
};

/// One connection a user works with: it connects, keeps receiving, sends queue items, disconnects,
/// and can connect again.
///
/// **Threads** all members from any thread; none blocks on the network. `changed` is called,
/// without data, on whatever thread something changed: it must be quick and must not call back into
/// the connection.
/// **Lifetime** owned by shared_ptr; payloads of running sends are kept until they have completed.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    /// A client that will connect to `target`. Here and below: the first bytes of what is sent and
    /// received go to `payload`, which must outlive the engine; null: nowhere.
    static std::shared_ptr<Connection> client(AsyncEngine&, Address target,
        std::function<void()> changed, trace::PayloadLog* payload = nullptr);
    /// A socket that is connected already, from a listener.
    static std::shared_ptr<Connection> accepted(AsyncEngine&, Socket, Transport,
        std::function<void()> changed, trace::PayloadLog* payload = nullptr);
    /// A datagram socket bound to `address` that receives from everybody: its state stays Idle,
    /// `remote` is the sender of the newest datagram, and sending is a problem of its own
    /// (NotConnected). Binds at once; look for `problem`.
    static std::shared_ptr<Connection> datagramReceiver(AsyncEngine&, const Address& address,
        std::function<void()> changed, trace::PayloadLog* payload = nullptr);
    /// Closes as abort() does; `changed` is not called any more.
    ~Connection();

    /// Starts connecting; does nothing while connecting or connected. After the peer has ended, the
    /// old socket is closed first. An accepted connection cannot: that is reported as its problem.
    void connect();
    /// Ends the connection: queued bytes leave first, pending sends end on their own; see abort().
    void disconnect();
    /// Closes at once; pending operations end with OperationAborted.
    void abort();
    /// Ends our sending side as soon as no send is pending; receiving goes on.
    void shutdownSend();

    /// Sends one item by itself: SendAsync for a buffer, SendPacketsAsync for a file.
    SendTicket send(const QueueItem& item);
    /// Sends the enabled items, in order, as one SendPacketsAsync.
    SendTicket sendAsOne(std::span<const QueueItem> items);
    /// Cancels one pending send, or all of them; returns how many were asked to end.
    bool cancel(std::uint64_t operationId);
    std::size_t cancelAll();

    ConnectionSnapshot snapshot() const;
    /// The newest received bytes, at most `limit` of them (at most 1 MiB is kept).
    ReceivedTail received(std::size_t limit) const;
    void clearReceived();

private:
    class Impl;
    explicit Connection(std::shared_ptr<Impl>);
    std::shared_ptr<Impl> m_impl;
};

} // namespace swb::workbench
