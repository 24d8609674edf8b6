// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bytes.h"
#include "deadline.h"

#include "engine/net/end_point.h"

#include <cstdint>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace swb::test {

/// The kinds of connection tests run over.
enum class Link { TcpV4, TcpV6, UnixStream, Udp };

/// How a stream ended, as its reader saw it.
enum class StreamEnd { Open, Eof, Reset, DeadlinePassed };

struct Received {
    std::uint64_t bytes = 0;
    std::uint64_t checksum = 0;
    StreamEnd end = StreamEnd::Open;
};

/// The far end of a connection, on bare system calls, so that a test decides what it does and when.
///
/// **Threads** one at a time. **Errors** std::runtime_error for what a test does not expect.
class RawPeer {
public:
    RawPeer() = default;
    explicit RawPeer(int descriptor)
        : m_fd(descriptor)
    {
    }
    ~RawPeer() { close(); }
    RawPeer(RawPeer&& other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    RawPeer& operator=(RawPeer&& other) noexcept;
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;

    int descriptor() const { return m_fd; }
    EndPoint localEndPoint() const;
    EndPoint remoteEndPoint() const;

    void write(std::span<const std::byte> bytes) const;
    /// One datagram, to anywhere.
    void writeTo(const EndPoint& endPoint, std::span<const std::byte> bytes) const;
    /// Exactly `size` bytes; fewer when the stream ended or the deadline passed.
    Bytes read(std::size_t size) const;
    /// One datagram.
    Bytes readDatagram() const;
    /// Everything until the stream ends.
    Bytes readAll(StreamEnd* end = nullptr) const;
    /// Everything until the stream ends, as a sum; `discard`: the kernel drops the bytes, only
    /// their number is told.
    Received receiveAll(bool discard = false) const;
    std::future<Received> receiveAllInBackground(bool discard = false) const;
    /// True when nothing can be read now: the answer is only as good as the moment it is asked at.
    bool nothingToRead() const;

    void setReceiveBuffer(int bytes) const;
    void shutdownSend() const;
    void close();
    /// Closes so that the other side sees a reset.
    void reset();

private:
    int m_fd = -1;
};

/// A listening socket on bare system calls, on loopback and a free port (or a path in a folder).
class RawListener {
public:
    /// `receiveBuffer` 0: the system's default. `folder` is where a Unix socket is made.
    explicit RawListener(
        Link link, int receiveBuffer = 0, const std::string& folder = {}, int backlog = 64);

    const EndPoint& endPoint() const { return m_endPoint; }
    RawPeer accept() const;
    /// A connection that is there already; null otherwise.
    RawPeer tryAccept() const;

private:
    RawPeer m_listener;
    EndPoint m_endPoint;
};

/// A bound datagram socket; connected to whoever sends first by connectTo().
RawPeer rawDatagramPeer(bool v6 = false);
void connectTo(const RawPeer& peer, const EndPoint& endPoint);
RawPeer rawConnect(const EndPoint& endPoint);

/// A listener on which no further connection gets through: connecting to it stays pending.
class FullListener {
public:
    FullListener();
    const EndPoint& endPoint() const { return m_listener.endPoint(); }

private:
    RawListener m_listener;
    std::vector<RawPeer> m_fillers;
};

/// Waits until poll() reports one of `events` on a descriptor.
[[nodiscard]] bool waitForEvents(
    int descriptor, short events, std::chrono::milliseconds deadline = kDeadline);

/// An end point at which nobody listens, kept free until the object goes.
class RefusingEndPoint {
public:
    RefusingEndPoint();
    EndPoint endPoint() const { return m_bound.localEndPoint(); }

private:
    RawPeer m_bound;
};

} // namespace swb::test
