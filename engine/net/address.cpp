// SPDX-License-Identifier: BSL-1.0
#include "engine/net/address.h"

#include "engine/net/exceptions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

namespace swb {

namespace {

constexpr std::string_view kSeparator = "://";
constexpr std::string_view kExamples
    = "expected tcp://127.0.0.1:9000, tcp://[::1]:9000, udp://host:port or unix:///path";
/// What fits into sockaddr_un beside the closing NUL (UDS-01).
constexpr std::size_t kLongestUnixPath = 107;
constexpr std::size_t kLongestHostName = 253;
constexpr unsigned kHighestPort = 65535;

struct Scheme {
    std::string_view name;
    Transport transport;
};
constexpr std::array kSchemes{
    Scheme{"tcp", Transport::Tcp},
    Scheme{"udp", Transport::Udp},
    Scheme{"unix", Transport::UnixStream},
};

[[noreturn]] void refuse(std::string_view text, const std::string& why)
{
    throw ArgumentException("address '" + std::string(text) + "': " + why, "address");
}

std::string quoted(std::string_view text)
{
    return "'" + std::string(text) + "'";
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equalIgnoringCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
        [](char x, char y) { return lowered(x) == lowered(y); });
}

Transport parseTransport(std::string_view text, std::string_view name)
{
    for (const Scheme& scheme : kSchemes) {
        if (equalIgnoringCase(scheme.name, name))
            return scheme.transport;
    }
    refuse(text, "unknown transport " + quoted(name) + "; expected tcp, udp or unix");
}

std::uint16_t parsePort(std::string_view text, std::string_view port)
{
    if (port.empty())
        refuse(text, "the port after the ':' is missing; expected a number from 0 to 65535");
    if (!std::all_of(port.begin(), port.end(), isDigit))
        refuse(text, "the port " + quoted(port) + " is not a number from 0 to 65535");
    unsigned value = 0;
    const auto result = std::from_chars(port.data(), port.data() + port.size(), value);
    if (result.ec != std::errc{} || value > kHighestPort)
        refuse(text, "the port " + std::string(port) + " is out of range; expected 0 to 65535");
    return static_cast<std::uint16_t>(value);
}

struct HostAndPort {
    std::string_view host;
    std::string_view port;
    bool bracketed = false;
};

HostAndPort splitBracketed(std::string_view text, std::string_view rest)
{
    const auto close = rest.find(']');
    if (close == std::string_view::npos)
        refuse(text, "the '[' before the IPv6 address has no closing ']'");
    const auto host = rest.substr(1, close - 1);
    const auto tail = rest.substr(close + 1);
    if (host.empty())
        refuse(text, "there is no IPv6 address between '[' and ']'");
    if (tail.empty())
        refuse(text, "the port is missing; write [" + std::string(host) + "]:PORT");
    if (tail.front() != ':')
        refuse(text, "after ']' a ':' and the port must follow, not " + quoted(tail));
    return {host, tail.substr(1), true};
}

HostAndPort splitHostAndPort(std::string_view text, std::string_view rest)
{
    if (rest.empty())
        refuse(text, "host and port are missing; " + std::string(kExamples));
    if (rest.front() == '[')
        return splitBracketed(text, rest);
    const auto slash = rest.find('/');
    if (slash != std::string_view::npos)
        refuse(text, "nothing may follow the port, but there is " + quoted(rest.substr(slash)));
    if (rest.find(']') != std::string_view::npos)
        refuse(text, "the ']' has no '[' before it; IPv6 addresses are written [::1]:PORT");
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos)
        refuse(text, "the port is missing; write " + std::string(rest) + ":PORT");
    if (rest.find(':') != colon)
        refuse(text, "an IPv6 address needs brackets: [address]:PORT");
    return {rest.substr(0, colon), rest.substr(colon + 1), false};
}

void checkHostName(std::string_view text, std::string_view host)
{
    if (host.size() > kLongestHostName)
        refuse(text, "the host name is longer than 253 characters");
    const auto wrong = std::find_if(host.begin(), host.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        // Bytes of UTF-8 pass: international names are the resolver's business.
        const bool allowed = byte >= 0x80 || isDigit(c) || (lowered(c) >= 'a' && lowered(c) <= 'z')
            || c == '-' || c == '.' || c == '_';
        return !allowed;
    });
    if (wrong != host.end())
        refuse(text,
            "the character " + quoted(std::string_view(&*wrong, 1))
                + " cannot stand in a host name");
}

std::optional<EndPoint> numericEndPoint(std::string_view host, std::uint16_t port)
{
    try {
        return EndPoint::ip(host, port);
    } catch (const ArgumentException&) {
        return std::nullopt;
    }
}

EndPoint parseInternet(std::string_view text, std::string_view rest)
{
    const HostAndPort parts = splitHostAndPort(text, rest);
    if (parts.host.empty())
        refuse(text, "the host before the ':' is missing; for this computer write localhost");
    const std::uint16_t port = parsePort(text, parts.port);
    if (parts.bracketed) {
        const auto endPoint = numericEndPoint(parts.host, port);
        if (!endPoint || endPoint->addressFamily() != AddressFamily::InterNetworkV6)
            refuse(
                text, quoted(parts.host) + " is not an IPv6 address; only those stand in brackets");
        return *endPoint;
    }
    const bool looksNumeric = std::all_of(
        parts.host.begin(), parts.host.end(), [](char c) { return isDigit(c) || c == '.'; });
    if (looksNumeric) {
        const auto endPoint = numericEndPoint(parts.host, port);
        if (!endPoint)
            refuse(text,
                quoted(parts.host)
                    + " is not an IPv4 address; expected four numbers from 0 to 255");
        return *endPoint;
    }
    checkHostName(text, parts.host);
    return EndPoint::dns(std::string(parts.host), port);
}

EndPoint parseUnix(std::string_view text, std::string_view rest)
{
    if (rest.empty())
        refuse(text, "the path is missing; write unix:///run/app.sock");
    if (rest.find('\0') != std::string_view::npos)
        refuse(text, "a NUL cannot stand in a path; abstract names are written unix://@name");
    if (rest.size() > kLongestUnixPath) {
        refuse(text,
            "the path has " + std::to_string(rest.size())
                + " bytes; a Unix-domain socket takes at most 107");
    }
    std::string path(rest);
    if (path.front() == '@') {
        if (path.size() == 1)
            refuse(text, "the abstract name after '@' is missing");
        path.front() = '\0';
    } else if (path.front() != '/') {
        refuse(text,
            "the path " + quoted(rest) + " is relative; write it from the root, unix:///" + path);
    }
    return EndPoint::unixDomain(std::move(path));
}

} // namespace

Address Address::parse(std::string_view text)
{
    if (text.empty())
        refuse(text, "it is empty; " + std::string(kExamples));
    const auto separator = text.find(kSeparator);
    if (separator == std::string_view::npos || separator == 0)
        refuse(text, "the transport is missing; " + std::string(kExamples));
    Address address;
    address.transport = parseTransport(text, text.substr(0, separator));
    const auto rest = text.substr(separator + kSeparator.size());
    address.endPoint = address.transport == Transport::UnixStream ? parseUnix(text, rest)
                                                                  : parseInternet(text, rest);
    return address;
}

Address Address::forListening() const
{
    if (endPoint.kind() != EndPoint::Kind::Dns)
        return *this;
    if (!equalIgnoringCase(endPoint.name(), "localhost")) {
        refuse(toString(),
            "listening needs a numeric address or localhost: 127.0.0.1 for this computer only, "
            "0.0.0.0 for everybody");
    }
    return {transport,
        EndPoint::ip(
            endPoint.addressFamily() == AddressFamily::InterNetworkV6 ? "::1" : "127.0.0.1",
            endPoint.port())};
}

SocketType Address::socketType() const noexcept
{
    return isStream() ? SocketType::Stream : SocketType::Dgram;
}

ProtocolType Address::protocolType() const noexcept
{
    switch (transport) {
    case Transport::Tcp:
        return ProtocolType::Tcp;
    case Transport::Udp:
        return ProtocolType::Udp;
    case Transport::UnixStream:
        break;
    }
    return ProtocolType::Unspecified;
}

std::string Address::toString() const
{
    const auto scheme = std::find_if(kSchemes.begin(), kSchemes.end(),
        [this](const Scheme& s) { return s.transport == transport; });
    std::string text(scheme != kSchemes.end() ? scheme->name : std::string_view("unknown"));
    text += kSeparator;
    text += endPoint.toString();
    return text;
}

} // namespace swb
