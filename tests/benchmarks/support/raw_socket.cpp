// SPDX-License-Identifier: GPL-3.0-or-later
#include "raw_socket.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

namespace swb::bench {

namespace {

/// sendfile(2) takes at most this much in one call.
constexpr std::uint64_t kSendFileMost = 0x7ffff000;

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

const sockaddr* generic(const sockaddr_in& address)
{
    return reinterpret_cast<const sockaddr*>(&address);
}

void waitFor(int fd, short events)
{
    pollfd item{fd, events, 0};
    while (::poll(&item, 1, -1) < 0 && errno == EINTR) { }
}

} // namespace

void Fd::reset()
{
    if (m_fd >= 0)
        ::close(m_fd);
    m_fd = -1;
}

long checked(long result, const char* what)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return result;
}

void setOption(int fd, int level, int name, int value)
{
    checked(::setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

void useCubic(int fd)
{
    constexpr const char* kName = "cubic";
    ::setsockopt(
        fd, IPPROTO_TCP, TCP_CONGESTION, kName, static_cast<socklen_t>(std::strlen(kName)));
}

void applyTcpOptions(int fd, const TcpOptions& options)
{
    useCubic(fd);
    setOption(fd, IPPROTO_TCP, TCP_NODELAY, options.noDelay ? 1 : 0);
    if (options.sendBuffer > 0)
        setOption(fd, SOL_SOCKET, SO_SNDBUF, options.sendBuffer);
    if (options.segment > 0)
        setOption(fd, IPPROTO_TCP, TCP_MAXSEG, options.segment);
}

Fd listenTcp(std::uint16_t* port, int backlog)
{
    Fd fd(static_cast<int>(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")));
    useCubic(fd.get());
    sockaddr_in address = loopback(0);
    checked(::bind(fd.get(), generic(address), sizeof address), "bind");
    checked(::listen(fd.get(), backlog), "listen");
    socklen_t size = sizeof address;
    checked(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

Fd connectTcp(std::uint16_t port, const TcpOptions& options)
{
    Fd fd(static_cast<int>(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")));
    applyTcpOptions(fd.get(), options);
    const sockaddr_in address = loopback(port);
    checked(::connect(fd.get(), generic(address), sizeof address), "connect");
    return fd;
}

Fd connectUdp(std::uint16_t port)
{
    Fd fd(static_cast<int>(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")));
    const sockaddr_in address = loopback(port);
    checked(::connect(fd.get(), generic(address), sizeof address), "connect");
    return fd;
}

void setNonBlocking(int fd)
{
    checked(::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK), "fcntl");
}

void sendAll(int fd, std::span<const std::byte> bytes, int flags)
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), flags | MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            waitWritable(fd);
        else
            bytes = bytes.subspan(static_cast<std::size_t>(checked(sent, "send")));
    }
}

void waitWritable(int fd)
{
    waitFor(fd, POLLOUT);
}

void waitReadable(int fd)
{
    waitFor(fd, POLLIN);
}

void sendFileAll(int fd, int file, std::int64_t offset, std::uint64_t count)
{
    off_t position = offset;
    while (count > 0) {
        const ssize_t sent = ::sendfile(
            fd, file, &position, static_cast<std::size_t>(std::min(count, kSendFileMost)));
        if (sent < 0 && errno == EAGAIN) {
            waitWritable(fd);
            continue;
        }
        if (checked(sent, "sendfile") == 0)
            throw std::runtime_error("sendfile: the file is shorter than expected");
        count -= static_cast<std::uint64_t>(sent);
    }
}

} // namespace swb::bench
