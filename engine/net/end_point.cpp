// SPDX-License-Identifier: BSL-1.0
#include "engine/net/end_point.h"

#include "engine/net/exceptions.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <charconv>

namespace swb {

namespace {

constexpr std::size_t kMaxUnixPath = 107; // UDS-01

[[noreturn]] void throwNotAnAddress(std::string_view address)
{
    throw ArgumentException(
        "'" + std::string(address) + "' is not an IP address in numbers, such as 127.0.0.1 or ::1.",
        "address");
}

std::uint32_t parseScope(std::string_view scope, std::string_view address)
{
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(scope.data(), scope.data() + scope.size(), id);
    if (error == std::errc{} && end == scope.data() + scope.size())
        return id;
    id = ::if_nametoindex(std::string(scope).c_str());
    if (id == 0)
        throwNotAnAddress(address);
    return id;
}

} // namespace

EndPoint EndPoint::ip(std::string_view address, std::uint16_t port)
{
    const auto percent = address.find('%');
    const std::string number(address.substr(0, percent));
    if (percent == std::string_view::npos) {
        std::array<std::uint8_t, 4> v4{};
        if (::inet_pton(AF_INET, number.c_str(), v4.data()) == 1)
            return ipV4(v4, port);
    }
    std::array<std::uint8_t, 16> v6{};
    if (::inet_pton(AF_INET6, number.c_str(), v6.data()) != 1)
        throwNotAnAddress(address);
    const std::uint32_t scope
        = percent == std::string_view::npos ? 0 : parseScope(address.substr(percent + 1), address);
    return ipV6(v6, port, scope);
}

EndPoint EndPoint::dns(std::string host, std::uint16_t port, AddressFamily family)
{
    if (family != AddressFamily::Unspecified && family != AddressFamily::InterNetwork
        && family != AddressFamily::InterNetworkV6)
        throw ArgumentException("A DNS end point is IPv4, IPv6 or unspecified.", "addressFamily");
    EndPoint endPoint;
    endPoint.m_kind = Kind::Dns;
    endPoint.m_family = family;
    endPoint.m_port = port;
    endPoint.m_text = std::move(host);
    return endPoint;
}

EndPoint EndPoint::unixDomain(std::string path)
{
    if (path.size() > kMaxUnixPath) {
        throw ArgumentOutOfRangeException("path",
            "The path of a Unix-domain socket has at most 107 bytes; this one has "
                + std::to_string(path.size()) + ".");
    }
    EndPoint endPoint;
    endPoint.m_kind = Kind::Unix;
    endPoint.m_family = AddressFamily::Unix;
    endPoint.m_text = std::move(path);
    return endPoint;
}

EndPoint EndPoint::ipV4(const std::array<std::uint8_t, 4>& bytes, std::uint16_t port)
{
    EndPoint endPoint;
    endPoint.m_kind = Kind::Ip;
    endPoint.m_family = AddressFamily::InterNetwork;
    endPoint.m_port = port;
    std::copy(bytes.begin(), bytes.end(), endPoint.m_bytes.begin());
    return endPoint;
}

EndPoint EndPoint::ipV6(
    const std::array<std::uint8_t, 16>& bytes, std::uint16_t port, std::uint32_t scopeId)
{
    EndPoint endPoint;
    endPoint.m_kind = Kind::Ip;
    endPoint.m_family = AddressFamily::InterNetworkV6;
    endPoint.m_port = port;
    endPoint.m_scopeId = scopeId;
    endPoint.m_bytes = bytes;
    return endPoint;
}

EndPoint EndPoint::withPort(std::uint16_t port) const
{
    EndPoint copy = *this;
    copy.m_port = port;
    return copy;
}

std::string EndPoint::address() const
{
    if (m_kind != Kind::Ip)
        return {};
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(m_family == AddressFamily::InterNetwork ? AF_INET : AF_INET6, m_bytes.data(), text,
        sizeof text);
    std::string result = text;
    if (m_scopeId != 0) {
        char name[IF_NAMESIZE] = {};
        result += '%';
        result += ::if_indextoname(m_scopeId, name) ? std::string(name) : std::to_string(m_scopeId);
    }
    return result;
}

std::string EndPoint::toString() const
{
    switch (m_kind) {
    case Kind::Ip:
        return (m_family == AddressFamily::InterNetworkV6 ? "[" + address() + "]" : address()) + ":"
            + std::to_string(m_port);
    case Kind::Dns:
        return m_text + ":" + std::to_string(m_port);
    case Kind::Unix:
        return !m_text.empty() && m_text.front() == '\0' ? "@" + m_text.substr(1) : m_text;
    case Kind::Null:
        break;
    }
    return {};
}

} // namespace swb
