// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/native_address.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace swb::detail {

int nativeFamily(AddressFamily family) noexcept
{
    switch (family) {
    case AddressFamily::Unix:
        return AF_UNIX;
    case AddressFamily::InterNetwork:
        return AF_INET;
    case AddressFamily::InterNetworkV6:
        return AF_INET6;
    default:
        return AF_UNSPEC;
    }
}

AddressFamily familyFromNative(int family) noexcept
{
    switch (family) {
    case AF_UNIX:
        return AddressFamily::Unix;
    case AF_INET:
        return AddressFamily::InterNetwork;
    case AF_INET6:
        return AddressFamily::InterNetworkV6;
    default:
        return AddressFamily::Unspecified;
    }
}

namespace {

template <typename T>
void put(NativeAddress& address, const T& value, std::size_t length = sizeof(T))
{
    std::memcpy(&address.storage, &value, sizeof(T));
    address.length = static_cast<socklen_t>(length);
}

NativeAddress unixAddress(const std::string& path)
{
    NativeAddress address;
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    std::copy_n(path.data(), std::min(path.size(), sizeof un.sun_path - 1), un.sun_path);
    // An abstract name is exactly as long as it is; a path ends with its NUL.
    const bool abstractName = !path.empty() && path.front() == '\0';
    put(address, un, offsetof(sockaddr_un, sun_path) + path.size() + (abstractName ? 0 : 1));
    return address;
}

} // namespace

NativeAddress toNative(const EndPoint& endPoint, AddressFamily family)
{
    if (endPoint.kind() == EndPoint::Kind::Unix)
        return unixAddress(endPoint.name());
    NativeAddress address;
    const auto& bytes = endPoint.addressBytes();
    if (family == AddressFamily::InterNetworkV6) {
        sockaddr_in6 in6{};
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(endPoint.port());
        auto* const to = reinterpret_cast<std::uint8_t*>(&in6.sin6_addr);
        if (endPoint.addressFamily() == AddressFamily::InterNetwork) {
            to[10] = to[11] = 0xff;
            std::copy_n(bytes.begin(), 4, to + 12);
        } else {
            std::copy(bytes.begin(), bytes.end(), to);
            in6.sin6_scope_id = endPoint.scopeId();
        }
        put(address, in6);
    } else {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(endPoint.port());
        std::memcpy(&in.sin_addr, bytes.data(), 4);
        put(address, in);
    }
    return address;
}

EndPoint fromNative(const NativeAddress& address)
{
    if (address.length < sizeof(sa_family_t))
        return {};
    switch (address.storage.ss_family) {
    case AF_INET: {
        sockaddr_in in{};
        std::memcpy(&in, &address.storage, sizeof in);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &in.sin_addr, 4);
        return EndPoint::ipV4(bytes, ntohs(in.sin_port));
    }
    case AF_INET6: {
        sockaddr_in6 in6{};
        std::memcpy(&in6, &address.storage, sizeof in6);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &in6.sin6_addr, 16);
        return EndPoint::ipV6(bytes, ntohs(in6.sin6_port), in6.sin6_scope_id);
    }
    case AF_UNIX: {
        sockaddr_un un{};
        std::memcpy(&un, &address.storage, sizeof un);
        const auto length = std::min<std::size_t>(
            address.length - offsetof(sockaddr_un, sun_path), sizeof un.sun_path);
        std::string path(un.sun_path, length);
        if (!path.empty() && path.front() != '\0')
            path.resize(std::strlen(path.c_str()));
        return EndPoint::unixDomain(std::move(path));
    }
    default:
        return {};
    }
}

EndPoint anyAddress(AddressFamily family)
{
    return family == AddressFamily::InterNetworkV6 ? EndPoint::ipV6({}, 0) : EndPoint::ipV4({}, 0);
}

} // namespace swb::detail
