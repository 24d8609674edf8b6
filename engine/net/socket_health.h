// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <type_traits>

namespace swb {

/// What the kernel knows of one TCP connection at one moment: how far the bytes it took have come,
/// and what holds up the rest. All figures are of one look, so that they add up:
/// `acceptedBytes() == acknowledgedBytes + inFlightBytes + unsentBytes`.
///
/// Success of a send says only that the kernel took the bytes (RET-14); these tell the kernel's own
/// stations apart. That the peer's program has read them nobody but the peer knows.
///
/// **Units** bytes of payload, without headers and retransmissions, since the connection was made;
/// times in nanoseconds (steady_clock) or as their names say.
/// Source: tcp(7), TCP_INFO; RFC 4898 for the counters.
struct SocketHealth {
    std::int64_t timeNs = 0; ///< When the kernel was asked.
    std::uint64_t acknowledgedBytes = 0; ///< The peer's kernel has them.
    std::uint64_t inFlightBytes = 0; ///< Sent at least once, not acknowledged.
    std::uint64_t unsentBytes = 0; ///< Taken by our kernel, not sent yet.
    std::uint64_t receivedBytes = 0; ///< By our kernel, read or not.
    std::uint64_t peerWindowBytes = 0; ///< What the peer says it has room for; see windowKnown.
    std::uint32_t socketId = 0; ///< Socket::id().
    std::uint32_t receiveQueueBytes = 0; ///< Received by our kernel and not read yet.
    std::uint32_t sendBufferBytes = 0; ///< SO_SNDBUF: the kernel's limit, with its overhead.
    std::uint32_t roundTripUs = 0; ///< Smoothed.
    std::uint32_t roundTripVarianceUs = 0;
    std::uint32_t congestionWindowBytes = 0;
    std::uint32_t retransmits = 0; ///< Segments sent again, in all.
    std::uint32_t timeoutsInARow = 0; ///< Retransmission timeouts without an answer.
    std::uint32_t windowProbesInARow = 0; ///< Questions for a closed window without an answer.
    std::uint32_t lastAckMs = 0; ///< Since the last acknowledgement came, or data was sent.
    bool known = false; ///< False: not a TCP connection, or the system does not tell.
    bool windowKnown = false; ///< False before Linux 5.4.
    bool connected = false; ///< The connection is established (or half closed).

    /// What the kernel took from us in all.
    std::uint64_t acceptedBytes() const noexcept
    {
        return acknowledgedBytes + inFlightBytes + unsentBytes;
    }
    /// What the kernel still holds for the peer.
    std::uint64_t sendQueueBytes() const noexcept { return inFlightBytes + unsentBytes; }
    bool operator==(const SocketHealth&) const = default;
};
static_assert(std::is_trivially_copyable_v<SocketHealth>);

} // namespace swb
