// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/address.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace swb {
class AsyncEngine;
class Socket;
} // namespace swb

namespace swb::peers {

/// What a demo peer does with those who connect to it. On a datagram address, which knows no
/// connections, it does the same with each datagram; see DatagramService for what reset, close and
/// source mean there.
enum class PeerKind : std::uint8_t {
    Echo, ///< Sends back what it receives.
    Sink, ///< Reads and discards as fast as it can.
    Slow, ///< Reads at a fixed rate and discards.
    Blackhole, ///< Accepts and never reads.
    Reset, ///< Reads `after` bytes, then resets the connection.
    /// Reads `after` bytes, then ends its sending side and discards what still comes until the
    /// other side ends too, so that nothing left unread turns the close into a reset.
    Close,
    Source, ///< Sends `size` bytes (0: without end) of 0, 1, ... 250, 0, 1, ..., then ends.
};

std::string toString(PeerKind); ///< "echo"
std::optional<PeerKind> peerKindFromString(std::string_view);

/// Is told what a peer does, for a record of it. What records say of operations is known from the
/// engine's observer; this is what they do not say.
///
/// **Threads** called on whatever thread did it, perhaps on several at once: must be quick and not
/// throw.
class PeerWatcher {
public:
    virtual ~PeerWatcher() = default;
    /// A connection was accepted, or, for datagrams, the socket is bound.
    virtual void socketOpened(const Socket& socket) = 0;
    /// An operation moved these bytes.
    virtual void bytesMoved(std::uint64_t operationId, std::span<const std::byte> bytes) = 0;
};

struct PeerOptions {
    PeerKind kind = PeerKind::Echo;
    Address listen; ///< Port 0 picks one.
    std::uint64_t bytesPerSecond = 64 * 1024; ///< Slow only: for each connection; not 0.
    std::uint64_t afterBytes = 0; ///< Reset and Close.
    std::uint64_t sizeBytes = 0; ///< Source.
    std::shared_ptr<PeerWatcher> watcher = nullptr; ///< Null: nobody watches.
};

struct PeerStatistics {
    std::uint64_t connectionsAccepted = 0; ///< Streams only.
    std::uint64_t connectionsOpen = 0;
    std::uint64_t bytesReceived = 0; ///< Read by the peer from its sockets.
    std::uint64_t bytesSent = 0;
};

/// One connection of a demo peer, seen from the peer's program.
struct PeerConnection {
    EndPoint remote; ///< The other side's end; null for a Unix-domain socket without a name.
    std::uint64_t bytesReceived = 0; ///< Read by the peer: no longer in any kernel.
    std::uint64_t bytesSent = 0;
    bool open = false;
};

/// A demo peer: an ordinary user of the engine that listens and serves everybody who connects.
///
/// **Threads** all members from any thread.
/// **Lifetime** the destructor stops it: its listener and its connections are closed. Must not
/// outlive the engine.
class Peer {
public:
    /// Listens at once. **Errors** SocketException when the address cannot be bound (it names the
    /// address); ArgumentException for a host name other than localhost;
    /// ArgumentOutOfRangeException("bytesPerSecond").
    Peer(AsyncEngine& engine, PeerOptions options);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    const PeerOptions& options() const noexcept;
    /// Where it really listens, with the port that was picked.
    Address address() const;
    PeerStatistics statistics() const;
    /// The open connections, and of those that have ended the last few, oldest first. Empty on a
    /// datagram address.
    std::vector<PeerConnection> connections() const;
    void stop();

private:
    class Impl;
    std::shared_ptr<Impl> m_impl;
};

} // namespace swb::peers
