// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_types.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace swb {

/// Where a socket is or shall be connected: an IP address and port, a DNS name and port, or the
/// path of a Unix-domain socket. An ordinary value; a default-constructed one is "null".
///
/// **Threads** distinct objects may be used from distinct threads.
class EndPoint {
public:
    enum class Kind : std::uint8_t { Null, Ip, Dns, Unix };

    EndPoint() = default;

    /// `address` in numbers: "127.0.0.1", "::1", "fe80::1%eth0". Throws
    /// ArgumentException("address") otherwise.
    static EndPoint ip(std::string_view address, std::uint16_t port);
    /// A host name that is resolved when it is connected to (CONN-08). An empty name is this host.
    /// "0.0.0.0" and "::0" are refused by the connect call (CONN-10).
    static EndPoint dns(
        std::string host, std::uint16_t port, AddressFamily = AddressFamily::Unspecified);
    /// At most 107 bytes; a leading NUL makes an abstract name. Throws
    /// ArgumentOutOfRangeException("path") (UDS-01).
    static EndPoint unixDomain(std::string path);

    /// An IP end point from bytes in network order (4 for IPv4, 16 for IPv6).
    static EndPoint ipV4(const std::array<std::uint8_t, 4>& bytes, std::uint16_t port);
    static EndPoint ipV6(
        const std::array<std::uint8_t, 16>& bytes, std::uint16_t port, std::uint32_t scopeId = 0);

    Kind kind() const noexcept { return m_kind; }
    bool isNull() const noexcept { return m_kind == Kind::Null; }
    AddressFamily addressFamily() const noexcept { return m_family; }
    std::uint16_t port() const noexcept { return m_port; }
    /// The numeric address without port; empty unless an IP end point.
    std::string address() const;
    /// The DNS name, or the path of a Unix-domain end point; empty otherwise.
    const std::string& name() const noexcept { return m_text; }
    std::uint32_t scopeId() const noexcept { return m_scopeId; }
    /// The address in network order; the first 4 bytes for IPv4.
    const std::array<std::uint8_t, 16>& addressBytes() const noexcept { return m_bytes; }

    /// The same end point with another port; for IP and DNS end points.
    EndPoint withPort(std::uint16_t port) const;

    /// "127.0.0.1:80", "[::1]:80", "host:80", "/path", "@abstract"; "" for null.
    std::string toString() const;

    bool operator==(const EndPoint&) const = default;

private:
    Kind m_kind = Kind::Null;
    AddressFamily m_family = AddressFamily::Unspecified;
    std::uint16_t m_port = 0;
    std::uint32_t m_scopeId = 0;
    std::array<std::uint8_t, 16> m_bytes{};
    std::string m_text;
};

} // namespace swb
