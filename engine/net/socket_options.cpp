// SPDX-License-Identifier: BSL-1.0
/// The option properties of Socket.
#include "engine/net/detail/socket_core.h"
#include "engine/net/exceptions.h"
#include "engine/net/socket.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace swb {

namespace {

void checkNotNegative(int value, const char* parameter)
{
    if (value < 0)
        throw ArgumentOutOfRangeException(parameter);
}

bool isV6(const detail::SocketCore& core)
{
    return core.family() == AddressFamily::InterNetworkV6;
}

void requireIp(const detail::SocketCore& core)
{
    if (core.family() != AddressFamily::InterNetwork && !isV6(core))
        throw NotSupportedException("The option needs an IPv4 or IPv6 socket.");
}

void changeMembership(
    detail::SocketCore& core, std::string_view group, std::string_view interface, bool join)
{
    requireIp(core);
    const EndPoint address = EndPoint::ip(group, 0);
    unsigned index = address.scopeId();
    if (!interface.empty()) {
        index = ::if_nametoindex(std::string(interface).c_str());
        if (index == 0 && address.addressFamily() == AddressFamily::InterNetworkV6)
            throw SocketException(SocketError::AddressNotAvailable, ENODEV,
                "interface '" + std::string(interface) + "'");
    }
    if (address.addressFamily() == AddressFamily::InterNetwork) {
        ip_mreqn request{};
        std::memcpy(&request.imr_multiaddr, address.addressBytes().data(), 4);
        request.imr_ifindex = static_cast<int>(index);
        if (!interface.empty() && index == 0) { // given by its address
            const EndPoint local = EndPoint::ip(interface, 0);
            std::memcpy(&request.imr_address, local.addressBytes().data(), 4);
        }
        core.applyOption(
            IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof request);
    } else {
        ipv6_mreq request{};
        std::memcpy(&request.ipv6mr_multiaddr, address.addressBytes().data(), 16);
        request.ipv6mr_interface = index;
        core.applyOption(
            IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request, sizeof request);
    }
}

std::chrono::milliseconds timeoutOption(const detail::SocketCore& core, int name)
{
    return core.withDescriptor([name](int fd) {
        timeval value{};
        socklen_t size = sizeof value;
        if (::getsockopt(fd, SOL_SOCKET, name, &value, &size) != 0)
            throw SocketException(socketErrorFromErrno(errno), errno, "getsockopt");
        return std::chrono::milliseconds(value.tv_sec * 1000 + value.tv_usec / 1000);
    });
}

void setTimeoutOption(detail::SocketCore& core, int name, std::chrono::milliseconds timeout)
{
    if (timeout.count() < -1) // PROP-09
        throw ArgumentOutOfRangeException("value");
    timeval value{};
    if (timeout.count() > 0) {
        value.tv_sec = timeout.count() / 1000;
        value.tv_usec = timeout.count() % 1000 * 1000;
    }
    core.setOption(SOL_SOCKET, name, &value, sizeof value);
}

} // namespace

std::chrono::milliseconds Socket::sendTimeout() const
{
    return timeoutOption(core(), SO_SNDTIMEO);
}

void Socket::setSendTimeout(std::chrono::milliseconds timeout)
{
    setTimeoutOption(core(), SO_SNDTIMEO, timeout);
}

std::chrono::milliseconds Socket::receiveTimeout() const
{
    return timeoutOption(core(), SO_RCVTIMEO);
}

void Socket::setReceiveTimeout(std::chrono::milliseconds timeout)
{
    setTimeoutOption(core(), SO_RCVTIMEO, timeout);
}

bool Socket::noDelay() const
{
    return core().option(IPPROTO_TCP, TCP_NODELAY) != 0;
}

void Socket::setNoDelay(bool on)
{
    core().setOption(IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0);
}

LingerOption Socket::lingerState() const
{
    return core().withDescriptor([](int fd) {
        linger value{};
        socklen_t size = sizeof value;
        if (::getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &size) != 0)
            throw SocketException(socketErrorFromErrno(errno), errno, "getsockopt");
        return LingerOption{value.l_onoff != 0, value.l_linger};
    });
}

void Socket::setLingerState(LingerOption option)
{
    if (option.seconds < 0 || option.seconds > 65535) // PROP-07
        throw ArgumentException("The linger time is 0 to 65535 seconds.", "optionValue");
    const linger value{option.enabled ? 1 : 0, option.seconds};
    core().setOption(SOL_SOCKET, SO_LINGER, &value, sizeof value);
}

int Socket::sendBufferSize() const
{
    return core().option(SOL_SOCKET, SO_SNDBUF);
}

void Socket::setSendBufferSize(int bytes)
{
    checkNotNegative(bytes, "value");
    core().setOption(SOL_SOCKET, SO_SNDBUF, bytes);
}

int Socket::receiveBufferSize() const
{
    return core().option(SOL_SOCKET, SO_RCVBUF);
}

void Socket::setReceiveBufferSize(int bytes)
{
    checkNotNegative(bytes, "value");
    core().setOption(SOL_SOCKET, SO_RCVBUF, bytes);
}

int Socket::ttl() const
{
    requireIp(core());
    return isV6(core()) ? core().option(IPPROTO_IPV6, IPV6_UNICAST_HOPS)
                        : core().option(IPPROTO_IP, IP_TTL);
}

void Socket::setTtl(int hops)
{
    requireIp(core());
    if (hops < 0 || hops > 255)
        throw ArgumentOutOfRangeException("value");
    if (isV6(core()))
        core().setOption(IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops);
    else
        core().setOption(IPPROTO_IP, IP_TTL, hops);
}

bool Socket::dontFragment() const
{
    if (core().family() != AddressFamily::InterNetwork) // PROP-11
        throw NotSupportedException("DontFragment needs an IPv4 socket.");
    return core().option(IPPROTO_IP, IP_MTU_DISCOVER) == IP_PMTUDISC_DO;
}

void Socket::setDontFragment(bool on)
{
    if (core().family() != AddressFamily::InterNetwork)
        throw NotSupportedException("DontFragment needs an IPv4 socket.");
    core().setOption(IPPROTO_IP, IP_MTU_DISCOVER, on ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
}

bool Socket::dualMode() const
{
    if (!isV6(core()))
        return false;
    core().throwIfClosed();
    return core().dualMode();
}

void Socket::setDualMode(bool on)
{
    if (!isV6(core())) // PROP-15
        throw NotSupportedException("Dual mode needs an IPv6 socket.");
    core().setDualMode(on);
}

bool Socket::enableBroadcast() const
{
    return core().option(SOL_SOCKET, SO_BROADCAST) != 0;
}

void Socket::setEnableBroadcast(bool on)
{
    core().setOption(SOL_SOCKET, SO_BROADCAST, on ? 1 : 0);
}

bool Socket::multicastLoopback() const
{
    requireIp(core());
    return (isV6(core()) ? core().option(IPPROTO_IPV6, IPV6_MULTICAST_LOOP)
                         : core().option(IPPROTO_IP, IP_MULTICAST_LOOP))
        != 0;
}

void Socket::setMulticastLoopback(bool on)
{
    requireIp(core());
    if (isV6(core()))
        core().setOption(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on ? 1 : 0);
    else
        core().setOption(IPPROTO_IP, IP_MULTICAST_LOOP, on ? 1 : 0);
}

bool Socket::exclusiveAddressUse() const
{
    return core().option(SOL_SOCKET, SO_REUSEPORT) == 0; // PROP-14
}

void Socket::setExclusiveAddressUse(bool on)
{
    if (core().bound())
        throw InvalidOperationException(
            "ExclusiveAddressUse must be set before the socket is bound.");
    core().setOption(SOL_SOCKET, SO_REUSEPORT, on ? 0 : 1);
}

void Socket::joinGroup(std::string_view group, std::string_view interface)
{
    changeMembership(core(), group, interface, true);
}

void Socket::leaveGroup(std::string_view group, std::string_view interface)
{
    changeMembership(core(), group, interface, false);
}

} // namespace swb
