// SPDX-License-Identifier: GPL-3.0-or-later
#include "raw_peer.h"

#include <array>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace swb::test {

namespace {
using Clock = std::chrono::steady_clock;

struct RawAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

int checked(int result, const char* what)
{
    if (result < 0)
        throw std::system_error(errno, std::system_category(), what);
    return result;
}

RawAddress toRaw(const EndPoint& endPoint)
{
    RawAddress raw;
    if (endPoint.kind() == EndPoint::Kind::Unix) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string& path = endPoint.name();
        std::memcpy(address.sun_path, path.data(), path.size());
        raw.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()
            + (path.empty() || path[0] == '\0' ? 0 : 1));
        std::memcpy(&raw.storage, &address, sizeof address);
    } else if (endPoint.addressFamily() == AddressFamily::InterNetworkV6) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(endPoint.port());
        std::memcpy(&address.sin6_addr, endPoint.addressBytes().data(), 16);
        raw.size = sizeof address;
        std::memcpy(&raw.storage, &address, sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(endPoint.port());
        std::memcpy(&address.sin_addr, endPoint.addressBytes().data(), 4);
        raw.size = sizeof address;
        std::memcpy(&raw.storage, &address, sizeof address);
    }
    return raw;
}

EndPoint fromRaw(const RawAddress& raw)
{
    if (raw.storage.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &raw.storage, sizeof address);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
        return EndPoint::ipV6(bytes, ntohs(address.sin6_port));
    }
    sockaddr_in address{};
    std::memcpy(&address, &raw.storage, sizeof address);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
    return EndPoint::ipV4(bytes, ntohs(address.sin_port));
}

EndPoint loopback(bool v6)
{
    if (!v6)
        return EndPoint::ipV4({127, 0, 0, 1}, 0);
    std::array<std::uint8_t, 16> bytes{};
    bytes[15] = 1;
    return EndPoint::ipV6(bytes, 0);
}

int familyOf(const EndPoint& endPoint)
{
    if (endPoint.kind() == EndPoint::Kind::Unix)
        return AF_UNIX;
    return endPoint.addressFamily() == AddressFamily::InterNetworkV6 ? AF_INET6 : AF_INET;
}

/// One read when there is something; a negative result is -errno, and -ETIME means the deadline.
ssize_t readSome(int fd, std::byte* into, std::size_t room, int flags = 0)
{
    if (!waitForEvents(fd, POLLIN))
        return -ETIME;
    const ssize_t n = ::recv(fd, into, room, flags);
    return n < 0 ? -errno : n;
}

StreamEnd endOf(ssize_t result)
{
    if (result == 0)
        return StreamEnd::Eof;
    return result == -ETIME ? StreamEnd::DeadlinePassed : StreamEnd::Reset;
}

Received receiveAllFrom(int fd, bool discard)
{
    Received received;
    Checksum sum;
    Bytes buffer(1U << 20);
    for (;;) {
        const ssize_t n = readSome(fd, buffer.data(), buffer.size(), discard ? MSG_TRUNC : 0);
        if (n == -EINTR)
            continue;
        if (n <= 0) {
            received.end = endOf(n);
            received.checksum = sum.value();
            return received;
        }
        received.bytes += static_cast<std::uint64_t>(n);
        if (!discard)
            sum.add(std::span(buffer).first(static_cast<std::size_t>(n)));
    }
}
} // namespace

RawPeer& RawPeer::operator=(RawPeer&& other) noexcept
{
    std::swap(m_fd, other.m_fd);
    return *this;
}

EndPoint RawPeer::localEndPoint() const
{
    RawAddress raw;
    checked(::getsockname(m_fd, raw.get(), &raw.size), "getsockname");
    return fromRaw(raw);
}

EndPoint RawPeer::remoteEndPoint() const
{
    RawAddress raw;
    checked(::getpeername(m_fd, raw.get(), &raw.size), "getpeername");
    return fromRaw(raw);
}

void RawPeer::write(std::span<const std::byte> bytes) const
{
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::send(m_fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (n < 0)
            throw std::system_error(errno, std::system_category(), "send");
        done += static_cast<std::size_t>(n);
    }
}

void RawPeer::writeTo(const EndPoint& endPoint, std::span<const std::byte> bytes) const
{
    RawAddress raw = toRaw(endPoint);
    checked(static_cast<int>(::sendto(m_fd, bytes.data(), bytes.size(), 0, raw.get(), raw.size)), "sendto");
}

Bytes RawPeer::read(std::size_t size) const
{
    Bytes bytes(size);
    std::size_t done = 0;
    while (done < size) {
        const ssize_t n = readSome(m_fd, bytes.data() + done, size - done);
        if (n <= 0)
            break;
        done += static_cast<std::size_t>(n);
    }
    bytes.resize(done);
    return bytes;
}

Bytes RawPeer::readDatagram() const
{
    Bytes bytes(70000);
    const ssize_t n = readSome(m_fd, bytes.data(), bytes.size());
    if (n < 0)
        throw std::system_error(static_cast<int>(-n), std::system_category(), "recv");
    bytes.resize(static_cast<std::size_t>(n));
    return bytes;
}

Bytes RawPeer::readAll(StreamEnd* end) const
{
    Bytes bytes;
    Bytes buffer(1U << 18);
    for (;;) {
        const ssize_t n = readSome(m_fd, buffer.data(), buffer.size());
        if (n <= 0) {
            if (end != nullptr)
                *end = endOf(n);
            return bytes;
        }
        bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + n);
    }
}

Received RawPeer::receiveAll(bool discard) const
{
    return receiveAllFrom(m_fd, discard);
}

std::future<Received> RawPeer::receiveAllInBackground(bool discard) const
{
    return std::async(
        std::launch::async, [fd = m_fd, discard] { return receiveAllFrom(fd, discard); });
}

bool RawPeer::nothingToRead() const
{
    std::byte one{};
    return ::recv(m_fd, &one, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void RawPeer::setReceiveBuffer(int bytes) const
{
    checked(::setsockopt(m_fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), "SO_RCVBUF");
}

void RawPeer::shutdownSend() const
{
    checked(::shutdown(m_fd, SHUT_WR), "shutdown");
}

void RawPeer::close()
{
    if (m_fd >= 0)
        ::close(std::exchange(m_fd, -1));
}

void RawPeer::reset()
{
    const linger hard{1, 0};
    checked(::setsockopt(m_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), "SO_LINGER");
    close();
}

RawListener::RawListener(Link link, int receiveBuffer, const std::string& folder, int backlog)
{
    m_endPoint = link == Link::UnixStream ? EndPoint::unixDomain(folder + "/socket")
                                          : loopback(link == Link::TcpV6);
    m_listener
        = RawPeer(checked(::socket(familyOf(m_endPoint), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    if (receiveBuffer > 0)
        m_listener.setReceiveBuffer(receiveBuffer);
    RawAddress raw = toRaw(m_endPoint);
    checked(::bind(m_listener.descriptor(), raw.get(), raw.size), "bind");
    checked(::listen(m_listener.descriptor(), backlog), "listen");
    if (link != Link::UnixStream)
        m_endPoint = m_listener.localEndPoint();
}

RawPeer RawListener::accept() const
{
    if (!waitForEvents(m_listener.descriptor(), POLLIN))
        throw std::runtime_error("nobody connected before the deadline");
    return RawPeer(
        checked(::accept4(m_listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

RawPeer RawListener::tryAccept() const
{
    if (!waitForEvents(m_listener.descriptor(), POLLIN, std::chrono::milliseconds(0)))
        return {};
    return accept();
}

RawPeer rawDatagramPeer(bool v6)
{
    RawPeer peer(
        checked(::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    RawAddress raw = toRaw(loopback(v6));
    checked(::bind(peer.descriptor(), raw.get(), raw.size), "bind");
    return peer;
}

void connectTo(const RawPeer& peer, const EndPoint& endPoint)
{
    RawAddress raw = toRaw(endPoint);
    checked(::connect(peer.descriptor(), raw.get(), raw.size), "connect");
}

RawPeer rawConnect(const EndPoint& endPoint)
{
    RawPeer peer(checked(::socket(familyOf(endPoint), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    connectTo(peer, endPoint);
    return peer;
}

FullListener::FullListener()
    : m_listener(Link::TcpV4, 0, {}, 0)
{
    // The queue of a listener with backlog 0 holds one connection; a few more make sure that it is
    // full.
    for (int i = 0; i < 4; ++i) {
        RawPeer filler(
            checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
        RawAddress raw = toRaw(m_listener.endPoint());
        if (::connect(filler.descriptor(), raw.get(), raw.size) < 0 && errno != EINPROGRESS)
            throw std::system_error(errno, std::system_category(), "connect");
        m_fillers.push_back(std::move(filler));
    }
}

bool waitForEvents(int descriptor, short events, std::chrono::milliseconds deadline)
{
    const auto until = Clock::now() + deadline;
    for (;;) {
        const auto left
            = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
        pollfd entry{descriptor, events, 0};
        const int n = ::poll(
            &entry, 1, static_cast<int>(std::max(left, std::chrono::milliseconds(0)).count()));
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

RefusingEndPoint::RefusingEndPoint()
    : m_bound(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"))
{
    RawAddress raw = toRaw(loopback(false));
    checked(::bind(m_bound.descriptor(), raw.get(), raw.size), "bind");
}

} // namespace swb::test
