// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/workbench/connection.h"
#include "engine/workbench/link.h"
#include "engine/workbench/notifier.h"

#include <memory>
#include <mutex>
#include <optional>

namespace swb::workbench {

/// Null also when it cannot be told any more: closed, or reset before anybody asked.
EndPoint remoteEndPointOf(const Socket& socket);

/// The body of a Connection: the state a user sees, kept from what the present link tells. Events
/// of an earlier link (before a reconnect) change nothing but the byte counts.
class Connection::Impl final : public LinkOwner, public std::enable_shared_from_this<Impl> {
public:
    Impl(AsyncEngine& asyncEngine, Address target, std::function<void()> changed, bool mayConnect,
        trace::PayloadLog* payload);
    ~Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void connect();
    void adopt(Socket socket);
    void bind();
    void disconnect();
    void abort();
    /// The owner is going: no more notifications, everything closed.
    void end();
    void shutdownSend();
    SendTicket send(SendRequest request);
    ConnectionSnapshot snapshot() const;
    ReceivedTail received(std::size_t limit) const;
    void clearReceived();
    std::shared_ptr<Link> currentLink() const;

    void linkConnected(Link& link) override;
    void linkReceived(Link& link, std::span<const std::byte> bytes, const EndPoint& from) override;
    void linkPeerEnded(Link& link) override;
    void linkSendEnded(Link& link, const SendOutcome& outcome) override;
    void linkSendSettled(Link& link) override;
    void linkFailed(Link& link, const std::string& operation, SocketError error,
        std::error_code nativeError, bool fatal) override;
    void linkDisconnected(Link& link) override;

private:
    void failConnect(const Link* link, Problem problem);
    void takeSendResult(
        Link& link, std::uint64_t bytes, SocketError error, const std::optional<Problem>& problem);
    void setProblem(Problem problem);

    AsyncEngine& m_engine;
    const bool m_mayConnect;
    trace::PayloadLog* const m_payload; ///< Null: nobody keeps it.
    Notifier m_notifier;
    mutable std::mutex
        m_mutex; // guards everything below; not held while a link or the notifier is called
    ConnectionSnapshot m_snapshot;
    ReceivedRing m_received;
    std::shared_ptr<Link> m_link; ///< Of the present or the last socket; null before the first.
};

} // namespace swb::workbench
