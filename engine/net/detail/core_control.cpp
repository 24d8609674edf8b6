// SPDX-License-Identifier: BSL-1.0
/// The synchronous side of a SocketCore: binding, listening, shutdown, end points and options.
#include "engine/net/detail/socket_core.h"
#include "engine/net/exceptions.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace swb::detail {

namespace {
void throwOnError(int error, const std::string& what)
{
    if (error != 0)
        throw SocketException(socketErrorFromErrno(error), error, what);
}

/// An IPv4 peer, also one that an IPv6 socket reaches by its mapped address.
bool isMappedV4(const EndPoint& endPoint)
{
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const auto& bytes = endPoint.addressBytes();
    return endPoint.addressFamily() == AddressFamily::InterNetwork
        || std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}
} // namespace

void SocketCore::setRemote(const EndPoint& remote)
{
    const std::lock_guard lock(m_infoMutex);
    m_remote = remote;
}

void SocketCore::setConnected()
{
    m_everConnected.store(true, std::memory_order_release);
    m_bound.store(true, std::memory_order_release);
    m_connected.store(true, std::memory_order_release);
}

void SocketCore::bind(const EndPoint& localEndPoint)
{
    if (localEndPoint.isNull())
        throw ArgumentNullException("localEP");
    if (localEndPoint.kind() == EndPoint::Kind::Dns)
        throw ArgumentException("A socket is bound to an address, not to a name.", "localEP");
    const bool mapped = m_family == AddressFamily::InterNetworkV6 && dualMode()
        && localEndPoint.addressFamily() == AddressFamily::InterNetwork;
    if (localEndPoint.addressFamily() != m_family && !mapped)
        throw ArgumentException(
            "The end point is of another address family than the socket.", "localEP");
    const std::lock_guard lock(m_infoMutex);
    throwIfClosed();
    if (isStream()
        && m_family != AddressFamily::Unix) // a port in TIME_WAIT may be used again (PROP-05)
        sys::setOption(m_descriptor.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    throwOnError(
        sys::bind(m_descriptor.get(), toNative(localEndPoint, m_family)), localEndPoint.toString());
    m_bound.store(true, std::memory_order_release);
    if (!hasConnections() && localEndPoint.kind() == EndPoint::Kind::Ip)
        m_seldom.edit().boundTo
            = std::make_unique<EndPoint>(fromNative(sys::localAddress(m_descriptor.get())));
    if (localEndPoint.kind() == EndPoint::Kind::Unix && !localEndPoint.name().empty()
        && localEndPoint.name().front() != '\0')
        m_seldom.edit().boundPath = localEndPoint.name();
}

void SocketCore::listen(int backlog)
{
    const std::lock_guard lock(m_infoMutex);
    throwIfClosed();
    throwOnError(sys::listen(m_descriptor.get(), backlog), "listen");
    m_listening.store(true, std::memory_order_release);
    m_bound.store(true, std::memory_order_release);
}

void SocketCore::shutdown(SocketShutdown how)
{
    {
        const std::lock_guard lock(m_infoMutex);
        throwIfClosed();
        if (!everConnected())
            throw SocketException(SocketError::NotConnected, ENOTCONN, "shutdown");
        const int error = sys::shutdown(m_descriptor.get(), how);
        if (error != ENOTCONN) // it was connected and is no longer (CLOSE-08)
            throwOnError(error, "shutdown");
        m_connected.store(false, std::memory_order_release);
        if (how != SocketShutdown::Receive)
            m_sendingShutDown.store(true, std::memory_order_release);
    }
    // A Unix-domain socket announces its own shutdown to nobody who waits for room or data
    // (CLOSE-09).
    if (how != SocketShutdown::Receive)
        retryLane(Side::Write);
    if (how != SocketShutdown::Send)
        retryLane(Side::Read);
}

EndPoint SocketCore::localEndPoint() const
{
    const std::lock_guard lock(m_infoMutex);
    throwIfClosed();
    return bound() ? fromNative(sys::localAddress(m_descriptor.get())) : EndPoint{};
}

EndPoint SocketCore::remoteEndPoint() const
{
    const std::lock_guard lock(m_infoMutex);
    throwIfClosed();
    return m_remote;
}

std::size_t SocketCore::available() const
{
    const std::lock_guard lock(m_infoMutex);
    throwIfClosed();
    int error = 0;
    const auto bytes = sys::bytesAvailable(m_descriptor.get(), error);
    throwOnError(error, "available");
    return bytes;
}

int SocketCore::nativeHandle() const
{
    const std::lock_guard lock(m_infoMutex);
    return m_descriptor.get();
}

int SocketCore::option(int level, int name) const
{
    return withDescriptor([&](int fd) {
        int error = 0;
        const int value = sys::getOption(fd, level, name, error);
        throwOnError(error, "getsockopt");
        return value;
    });
}

void SocketCore::applyOption(int level, int name, const void* value, std::size_t size)
{
    withDescriptor(
        [&](int fd) { throwOnError(sys::setOption(fd, level, name, value, size), "setsockopt"); });
}

void SocketCore::setOption(int level, int name, const void* value, std::size_t size)
{
    const std::lock_guard lock(m_infoMutex);
    throwIfClosed();
    throwOnError(sys::setOption(m_descriptor.get(), level, name, value, size), "setsockopt");
    // Remembered, for a fresh descriptor gets them all again (DISC-04).
    const auto known = std::find_if(m_options.begin(), m_options.end(),
        [&](const ReplayedOption& option) { return option.level == level && option.name == name; });
    auto& option = known != m_options.end() ? *known : m_options.emplace_back();
    const auto* const bytes = static_cast<const std::byte*>(value);
    option = {level, name, std::vector<std::byte>(bytes, bytes + size)};
}

std::uint64_t SocketCore::largestMessage() const
{
    constexpr std::uint64_t kMostV4 = 65507;
    constexpr std::uint64_t kMostV6 = 65527;
    constexpr int kUnixHeader = 32; // what the system keeps of the send buffer for itself
    if (m_family == AddressFamily::Unix)
        return static_cast<std::uint64_t>(std::max(option(SOL_SOCKET, SO_SNDBUF) - kUnixHeader, 0));
    if (m_family == AddressFamily::InterNetworkV6 && !isMappedV4(remoteEndPoint()))
        return kMostV6;
    return kMostV4;
}

sys::Descriptor SocketCore::joinWait(int wake)
{
    const std::lock_guard lock(m_infoMutex);
    throwIfClosed();
    int error = 0;
    auto duplicate = sys::duplicate(m_descriptor.get(), error);
    throwOnError(error, "poll");
    m_seldom.edit().waits.push_back(wake);
    return duplicate;
}

void SocketCore::leaveWait(int wake) noexcept
{
    const std::lock_guard lock(m_infoMutex);
    if (m_seldom)
        std::erase(m_seldom.edit().waits, wake);
}

void SocketCore::setDualMode(bool on)
{
    setOption(IPPROTO_IPV6, IPV6_V6ONLY, on ? 0 : 1);
    m_dualMode.store(on, std::memory_order_release);
}

} // namespace swb::detail
