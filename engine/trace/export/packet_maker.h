// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/socket_table.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace swb::trace::detail {

/// An address of IPv4 or IPv6 and a port.
struct PacketEnd {
    std::array<std::uint8_t, 16> address{};
    bool v6 = false;
    std::uint16_t port = 0;
    bool operator==(const PacketEnd&) const = default;
};

/// One made-up packet: headers, and as much of the payload as is known.
struct Packet {
    std::vector<std::byte> bytes; ///< What is there.
    std::size_t wholeBytes = 0; ///< What there would be with all of the payload.
    std::size_t payloadBytes = 0; ///< That are there.
};

/// Makes packets of what one socket moved: Ethernet, IP, and TCP or UDP. Lengths and checksums are
/// right, and the sequence numbers of TCP count every byte, those that were not kept included.
class PacketMaker {
public:
    /// Where an end point is not known, or has no address of IP, addresses that are reserved for
    /// documentation stand in.
    PacketMaker(std::uint32_t socketId, const SocketDescription& description);

    /// Most payload of one packet. Of TCP that is a segment as on Ethernet; bytes that were not
    /// kept are counted in as few packets as possible.
    std::size_t mostPayload(bool kept) const noexcept;

    /// `payload` bytes were moved, of which the first ones are `kept`.
    Packet make(bool sent, std::span<const std::byte> kept, std::size_t payload);

private:
    void appendEthernet(std::vector<std::byte>& out, bool sent) const;
    void appendIp(std::vector<std::byte>& out, bool sent, std::size_t transportBytes);
    void appendTransport(std::vector<std::byte>& out, bool sent, std::span<const std::byte> kept,
        std::size_t payload);
    std::uint32_t pseudoHeaderSum(bool sent, std::size_t transportBytes) const;
    const PacketEnd& from(bool sent) const noexcept { return sent ? m_local : m_remote; }
    const PacketEnd& to(bool sent) const noexcept { return sent ? m_remote : m_local; }

    PacketEnd m_local;
    PacketEnd m_remote;
    bool m_datagram = false;
    std::uint32_t m_sentSequence = 1; ///< Of the next byte; as after a handshake.
    std::uint32_t m_receivedSequence = 1;
    std::uint16_t m_identification = 0;
};

/// The checksum of the Internet protocols (RFC 1071), not yet complemented.
std::uint32_t internetSum(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;
std::uint16_t internetChecksum(std::uint32_t sum) noexcept;

} // namespace swb::trace::detail
