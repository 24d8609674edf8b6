// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace swb::bench {

/// A descriptor that is closed with its owner.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd)
        : m_fd(fd)
    {
    }
    Fd(Fd&& other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    Fd& operator=(Fd&& other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }
    int get() const { return m_fd; }
    void reset();
    /// Somebody else closes it from now on.
    int release() { return std::exchange(m_fd, -1); }

private:
    int m_fd = -1;
};

/// `result`, or std::system_error with errno when it is negative.
long checked(long result, const char* what);

/// What every contender sets on its TCP sockets, so that they all run under the same conditions.
struct TcpOptions {
    bool noDelay = false;
    int sendBuffer = 0; ///< 0: the system's own choice
    int segment = 0; ///< 0: what loopback takes, 64 KiB; set before connecting
};
void applyTcpOptions(int fd, const TcpOptions& options);

/// Congestion control "cubic" where there is it: a pacing one (bbr) costs more on loopback than all
/// else.
void useCubic(int fd);

Fd listenTcp(std::uint16_t* port, int backlog = 4096);
Fd connectTcp(std::uint16_t port, const TcpOptions& options = {});
/// A datagram socket that is connected to a port on loopback.
Fd connectUdp(std::uint16_t port);
void setNonBlocking(int fd);
void setOption(int fd, int level, int name, int value);

/// All of it, on a blocking socket.
void sendAll(int fd, std::span<const std::byte> bytes, int flags = 0);
/// Waits (poll) until the socket is writable or readable.
void waitWritable(int fd);
void waitReadable(int fd);
/// sendfile(2) of a whole range on a blocking socket.
void sendFileAll(int fd, int file, std::int64_t offset, std::uint64_t count);

} // namespace swb::bench
