// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/export/packet_maker.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <optional>
#include <string_view>

namespace swb::trace::detail {
namespace {

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kIp4Bytes = 20;
constexpr std::size_t kIp6Bytes = 40;
constexpr std::size_t kTcpBytes = 20;
constexpr std::size_t kUdpBytes = 8;
constexpr std::size_t kMtu = 1500;
constexpr std::size_t kMostDatagram = 65'507; ///< What fits into a packet of IPv4.
constexpr std::size_t kMostUnkept = 65'000;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

/// Network byte order.
class Put {
public:
    explicit Put(std::vector<std::byte>& out)
        : m_out(out)
    {
    }
    Put& u8(unsigned value)
    {
        m_out.push_back(static_cast<std::byte>(value));
        return *this;
    }
    Put& u16(unsigned value) { return u8((value >> 8) & 0xFF).u8(value & 0xFF); }
    Put& u32(std::uint32_t value) { return u16(value >> 16).u16(value & 0xFFFF); }
    Put& bytes(std::span<const std::byte> content)
    {
        m_out.insert(m_out.end(), content.begin(), content.end());
        return *this;
    }

private:
    std::vector<std::byte>& m_out;
};

void set16(std::vector<std::byte>& out, std::size_t at, std::uint16_t value)
{
    out[at] = static_cast<std::byte>(value >> 8);
    out[at + 1] = static_cast<std::byte>(value & 0xFF);
}

std::span<const std::byte> addressBytes(const PacketEnd& end)
{
    return std::as_bytes(std::span(end.address)).first(end.v6 ? 16 : 4);
}

/// "127.0.0.1:9000" or "[::1]:9000"; a zone ("%eth0") does not travel.
std::optional<PacketEnd> parsed(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    PacketEnd end;
    const std::string_view port = text.substr(colon + 1);
    const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), end.port);
    if (error != std::errc{} || stop != port.data() + port.size())
        return std::nullopt;
    std::string host(text.substr(0, colon));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        host = host.substr(0, host.find('%'));
        end.v6 = true;
    }
    if (inet_pton(end.v6 ? AF_INET6 : AF_INET, host.c_str(), end.address.data()) != 1)
        return std::nullopt;
    return end;
}

/// TEST-NET-1 and TEST-NET-2 (RFC 5737) or 2001:db8::/32 (RFC 3849): nobody's real addresses.
PacketEnd madeUp(std::uint32_t socketId, bool local, bool v6)
{
    constexpr std::uint32_t kPorts = 16'384;
    PacketEnd end;
    end.v6 = v6;
    const char* const text
        = v6 ? (local ? "2001:db8::1" : "2001:db8::2") : (local ? "192.0.2.1" : "198.51.100.1");
    inet_pton(v6 ? AF_INET6 : AF_INET, text, end.address.data());
    end.port = static_cast<std::uint16_t>(49'152 + socketId % kPorts);
    return end;
}

} // namespace

std::uint32_t internetSum(std::span<const std::byte> bytes, std::uint32_t before) noexcept
{
    std::uint64_t sum = before;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = std::to_integer<std::uint64_t>(bytes[i]);
        sum += i % 2 == 0 ? byte << 8 : byte;
    }
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint32_t>(sum);
}

std::uint16_t internetChecksum(std::uint32_t sum) noexcept
{
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum & 0xFFFF);
}

PacketMaker::PacketMaker(std::uint32_t socketId, const SocketDescription& description)
    : m_datagram(description.kind == SocketKind::Udp)
{
    const auto local = parsed(description.local);
    const auto remote = parsed(description.remote);
    const bool v6 = (local && local->v6) || (remote && remote->v6);
    m_local = local && local->v6 == v6 ? *local : madeUp(socketId, true, v6);
    m_remote = remote && remote->v6 == v6 ? *remote : madeUp(socketId, false, v6);
}

std::size_t PacketMaker::mostPayload(bool kept) const noexcept
{
    if (m_datagram)
        return kMostDatagram;
    return kept ? kMtu - kTcpBytes - (m_local.v6 ? kIp6Bytes : kIp4Bytes) : kMostUnkept;
}

Packet PacketMaker::make(bool sent, std::span<const std::byte> kept, std::size_t payload)
{
    Packet packet;
    packet.bytes.reserve(kEthernetBytes + kIp6Bytes + kTcpBytes + kept.size());
    appendEthernet(packet.bytes, sent);
    appendIp(packet.bytes, sent, (m_datagram ? kUdpBytes : kTcpBytes) + payload);
    appendTransport(packet.bytes, sent, kept, payload);
    packet.payloadBytes = kept.size();
    packet.wholeBytes = packet.bytes.size() + payload - kept.size();
    return packet;
}

void PacketMaker::appendEthernet(std::vector<std::byte>& out, bool sent) const
{
    // Locally administered addresses: 02:...:01 is this side.
    constexpr unsigned kLocalBit = 2;
    for (const bool thisSide : {!sent, sent})
        Put(out).u8(kLocalBit).u32(0).u8(thisSide ? 1 : 2);
    Put(out).u16(m_local.v6 ? 0x86DD : 0x0800);
}

void PacketMaker::appendIp(std::vector<std::byte>& out, bool sent, std::size_t transportBytes)
{
    constexpr unsigned kHops = 64;
    constexpr unsigned kDontFragment = 0x4000;
    const unsigned protocol = m_datagram ? kUdp : kTcp;
    const auto length = static_cast<unsigned>(transportBytes);
    if (m_local.v6) {
        Put(out).u32(0x60000000).u16(length).u8(protocol).u8(kHops);
        Put(out).bytes(addressBytes(from(sent))).bytes(addressBytes(to(sent)));
        return;
    }
    const std::size_t start = out.size();
    Put(out).u8(0x45).u8(0).u16(length + kIp4Bytes).u16(m_identification++).u16(kDontFragment);
    Put(out).u8(kHops).u8(protocol).u16(0);
    Put(out).bytes(addressBytes(from(sent))).bytes(addressBytes(to(sent)));
    set16(out, start + 10, internetChecksum(internetSum(std::span(out).subspan(start, kIp4Bytes))));
}

void PacketMaker::appendTransport(
    std::vector<std::byte>& out, bool sent, std::span<const std::byte> kept, std::size_t payload)
{
    const std::size_t start = out.size();
    std::size_t checksumAt = start + 6;
    if (m_datagram) {
        Put(out).u16(from(sent).port).u16(to(sent).port);
        Put(out).u16(static_cast<unsigned>(kUdpBytes + payload)).u16(0);
    } else {
        constexpr unsigned kHeaderWords = 5U << 12;
        constexpr unsigned kPushAcknowledge = 0x18;
        constexpr unsigned kWindow = 65'535;
        std::uint32_t& mine = sent ? m_sentSequence : m_receivedSequence;
        Put(out).u16(from(sent).port).u16(to(sent).port).u32(mine);
        Put(out).u32(sent ? m_receivedSequence : m_sentSequence);
        Put(out).u16(kHeaderWords | kPushAcknowledge).u16(kWindow).u16(0).u16(0);
        mine += static_cast<std::uint32_t>(payload);
        checksumAt = start + 16;
    }
    Put(out).bytes(kept);
    if (kept.size() < payload)
        return; // nobody knows the sum of bytes that were not kept
    const std::size_t size = out.size() - start;
    std::uint16_t checksum
        = internetChecksum(internetSum(std::span(out).subspan(start), pseudoHeaderSum(sent, size)));
    if (m_datagram && checksum == 0)
        checksum = 0xFFFF; // 0 says that there is none
    set16(out, checksumAt, checksum);
}

std::uint32_t PacketMaker::pseudoHeaderSum(bool sent, std::size_t transportBytes) const
{
    std::vector<std::byte> header;
    Put(header).bytes(addressBytes(from(sent))).bytes(addressBytes(to(sent)));
    Put(header).u32(static_cast<std::uint32_t>(transportBytes)).u32(m_datagram ? kUdp : kTcp);
    return internetSum(header);
}

} // namespace swb::trace::detail
