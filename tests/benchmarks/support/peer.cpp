// SPDX-License-Identifier: GPL-3.0-or-later
/// The conversation with the peer process, and that process.
#include "peer.h"

#include "checksum.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace swb::bench {

namespace {

constexpr std::size_t kDiscardSize = 1 << 20;
constexpr std::size_t kLookSize = 256 * 1024;
constexpr std::byte kGo{1};

template <typename Value> void put(int fd, const Value& value)
{
    if (checked(::send(fd, &value, sizeof value, MSG_NOSIGNAL), "send to the other process")
        != sizeof value)
        throw std::runtime_error("a message to the other process was cut");
}

template <typename Value> Value get(int fd)
{
    Value value{};
    ssize_t size = 0;
    do {
        size = ::recv(fd, &value, sizeof value, 0);
    } while (size < 0 && errno == EINTR);
    if (size != sizeof value)
        throw std::runtime_error("the other process has ended early");
    return value;
}

Fd acceptOne(int listener)
{
    return Fd(
        static_cast<int>(checked(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept")));
}

/// Takes what is there: looks at it when `sum` hashes, discards it in the kernel otherwise. 0: the
/// stream has ended.
std::size_t take(int fd, Bytes& room, Checksum& sum, std::size_t most = kDiscardSize, int flags = 0)
{
    ssize_t got = 0;
    do {
        got = sum.hashing()
            ? ::recv(fd, room.data(), std::min(room.size(), most), flags)
            : ::recv(fd, room.data(), std::min(room.size(), most), flags | MSG_TRUNC);
    } while (got < 0 && errno == EINTR);
    checked(got, "recv in the peer");
    const auto size = static_cast<std::size_t>(got);
    if (sum.hashing())
        sum.add({room.data(), size});
    else
        sum.skip(size);
    return size;
}

PeerReport sinkOne(int fd, const PeerTask& task)
{
    if (task.wakeAt > 0)
        setOption(fd, SOL_SOCKET, SO_RCVLOWAT, static_cast<int>(task.wakeAt));
    const bool looks = task.hashed != 0 || task.slow != 0;
    Bytes room(looks ? kLookSize : kDiscardSize);
    Checksum sum(looks);
    while (take(fd, room, sum) > 0) { }
    return {sum.bytes(), sum.hash(), 1, 1};
}

/// Reads `task.bytes` whenever the gate opens, and everything once the stream has ended.
PeerReport sinkGated(int fd, int control, const PeerTask& task)
{
    Bytes room(task.hashed ? kLookSize : kDiscardSize);
    Checksum sum(task.hashed != 0);
    for (;;) {
        std::byte message{};
        if (::recv(control, &message, 1, 0) <= 0)
            throw std::runtime_error("the measured process has ended early");
        for (std::uint64_t left = task.bytes; left > 0;) {
            const std::size_t got
                = take(fd, room, sum, std::min<std::uint64_t>(left, kDiscardSize));
            if (got == 0)
                return {sum.bytes(), sum.hash(), 1, 1};
            left -= got;
        }
    }
}

/// Several streams at once; each is counted by itself. With hashes: the sum of them, as their order
/// is open.
PeerReport sinkMany(std::vector<Fd> streams, const PeerTask& task)
{
    Bytes room(task.hashed ? kLookSize : kDiscardSize);
    std::vector<Checksum> sums(streams.size(), Checksum(task.hashed != 0));
    const Fd poller(static_cast<int>(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")));
    for (std::size_t i = 0; i < streams.size(); ++i) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        checked(::epoll_ctl(poller.get(), EPOLL_CTL_ADD, streams[i].get(), &event), "epoll_ctl");
    }
    PeerReport report{0, 0, streams.size(), 1};
    for (std::size_t open = streams.size(); open > 0;) {
        std::vector<epoll_event> events(256);
        const long ready
            = ::epoll_wait(poller.get(), events.data(), static_cast<int>(events.size()), -1);
        if (ready < 0 && errno == EINTR)
            continue;
        events.resize(static_cast<std::size_t>(checked(ready, "epoll_wait")));
        for (const epoll_event& event : events) {
            Checksum& sum = sums[event.data.u64];
            if (take(streams[event.data.u64].get(), room, sum) > 0)
                continue;
            if (open == streams.size()) {
                const auto least = std::min_element(sums.begin(), sums.end(),
                    [](const Checksum& a, const Checksum& b) { return a.bytes() < b.bytes(); });
                report.fairness = static_cast<double>(least->bytes())
                    / static_cast<double>(std::max<std::uint64_t>(sum.bytes(), 1));
            }
            streams[event.data.u64].reset();
            --open;
        }
    }
    for (const Checksum& sum : sums) {
        report.bytes += sum.bytes();
        report.hash += sum.hash();
    }
    return report;
}

PeerReport echo(int listener, const PeerTask& task)
{
    const Fd poller(static_cast<int>(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")));
    std::vector<Fd> streams;
    for (std::uint32_t i = 0; i < task.connections; ++i) {
        streams.push_back(acceptOne(listener));
        setOption(streams.back().get(), IPPROTO_TCP, TCP_NODELAY, 1);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        checked(
            ::epoll_ctl(poller.get(), EPOLL_CTL_ADD, streams.back().get(), &event), "epoll_ctl");
    }
    Bytes room(kLookSize);
    Checksum sum(false);
    std::vector<epoll_event> events(1024);
    for (std::size_t open = streams.size(); open > 0;) {
        const long ready
            = ::epoll_wait(poller.get(), events.data(), static_cast<int>(events.size()), -1);
        if (ready < 0 && errno == EINTR)
            continue;
        for (std::size_t i = 0; i < static_cast<std::size_t>(checked(ready, "epoll_wait")); ++i) {
            Fd& stream = streams[events[i].data.u64];
            const long got = ::recv(stream.get(), room.data(), room.size(), 0);
            if (got <= 0) { // A reset at the end of a benchmark is an end, too.
                stream.reset();
                --open;
                continue;
            }
            sendAll(stream.get(), {room.data(), static_cast<std::size_t>(got)});
            sum.skip(static_cast<std::uint64_t>(got));
        }
    }
    return {sum.bytes(), 0, task.connections, 1};
}

PeerReport source(int fd, const PeerTask& task)
{
    const Bytes chunk = pattern(task.chunk, 1);
    Checksum sum(task.hashed != 0);
    for (std::uint64_t left = task.bytes; left > 0;) {
        const std::span<const std::byte> part(
            chunk.data(), std::min<std::uint64_t>(left, chunk.size()));
        sendAll(fd, part);
        sum.add(part);
        left -= part.size();
    }
    return {sum.bytes(), sum.hash(), 1, 1};
}

PeerReport connectMany(int control, const PeerTask& task)
{
    std::vector<Fd> streams;
    for (std::uint32_t i = 0; i < task.connections; ++i)
        streams.push_back(connectTcp(static_cast<std::uint16_t>(task.port)));
    std::byte message{};
    static_cast<void>(::recv(control, &message, 1, 0));
    return {0, 0, streams.size(), 1};
}

PeerReport sinkDatagrams(int fd, int control, const PeerTask& task)
{
    // Datagrams that wait when the sender is done are still taken; then it is quiet.
    constexpr int kQuietMs = 50;
    constexpr std::size_t kAtOnce = 64;
    constexpr std::size_t kMostDatagram = 2048;
    Bytes room(kAtOnce * kMostDatagram);
    std::vector<iovec> parts(kAtOnce);
    std::vector<mmsghdr> headers(kAtOnce);
    for (std::size_t i = 0; i < kAtOnce; ++i) {
        parts[i] = {room.data() + i * kMostDatagram, kMostDatagram};
        headers[i].msg_hdr.msg_iov = &parts[i];
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    PeerReport report;
    report.count = 0;
    bool finishing = false;
    for (;;) {
        const int got = ::recvmmsg(fd, headers.data(), kAtOnce, MSG_DONTWAIT, nullptr);
        for (int i = 0; i < got; ++i) {
            report.bytes += headers[static_cast<std::size_t>(i)].msg_len;
            if (task.hashed) { // All of them are the same: 0 if one is not.
                Checksum sum(true);
                sum.add({room.data() + static_cast<std::size_t>(i) * kMostDatagram,
                    headers[static_cast<std::size_t>(i)].msg_len});
                report.hash = report.count == 0 || report.hash == sum.hash() ? sum.hash() : 0;
            }
            ++report.count;
        }
        if (got > 0)
            continue;
        pollfd items[] = {{fd, POLLIN, 0}, {control, POLLIN, 0}};
        const int ready = ::poll(items, finishing ? 1 : 2, finishing ? kQuietMs : -1);
        if (ready == 0)
            return report;
        if (!finishing && items[1].revents != 0) {
            std::byte message{};
            static_cast<void>(::recv(control, &message, 1, 0));
            finishing = true;
        }
    }
}

Fd bindUdp(std::uint16_t* port)
{
    Fd fd(static_cast<int>(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")));
    constexpr int kRoom = 64 << 20;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kRoom, sizeof kRoom);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kRoom, sizeof kRoom);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    checked(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), "bind");
    checked(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

PeerReport perform(int control, const Fd& socket, const PeerTask& task)
{
    switch (task.role) {
    case PeerRole::Sink: {
        if (task.connections == 1) {
            const Fd stream = acceptOne(socket.get());
            return task.gated ? sinkGated(stream.get(), control, task)
                              : sinkOne(stream.get(), task);
        }
        std::vector<Fd> streams;
        for (std::uint32_t i = 0; i < task.connections; ++i)
            streams.push_back(acceptOne(socket.get()));
        return sinkMany(std::move(streams), task);
    }
    case PeerRole::Echo:
        return echo(socket.get(), task);
    case PeerRole::Source: {
        const Fd stream = acceptOne(socket.get());
        return source(stream.get(), task);
    }
    case PeerRole::Connector:
        return connectMany(control, task);
    case PeerRole::DatagramSink:
        return sinkDatagrams(socket.get(), control, task);
    }
    throw std::logic_error("unknown role of the peer");
}

} // namespace

std::uint16_t Peer::start(const PeerTask& task)
{
    m_gated = task.gated != 0;
    put(m_control.get(), task);
    return get<std::uint16_t>(m_control.get());
}

void Peer::go()
{
    put(m_control.get(), kGo);
}

PeerReport Peer::report()
{
    if (m_gated) // to find the end of the stream
        go();
    return get<PeerReport>(m_control.get());
}

void runPeer(Fd control)
{
    std::byte first{};
    if (::recv(control.get(), &first, 1, MSG_PEEK) == 0)
        return; // the row needs no far end
    const auto task = get<PeerTask>(control.get());
    std::uint16_t port = 0;
    Fd socket;
    if (task.role == PeerRole::DatagramSink)
        socket = bindUdp(&port);
    else if (task.role != PeerRole::Connector)
        socket = listenTcp(&port);
    if (task.receiveBuffer > 0)
        setOption(socket.get(), SOL_SOCKET, SO_RCVBUF, static_cast<int>(task.receiveBuffer));
    put(control.get(), port);
    put(control.get(), perform(control.get(), socket, task));
}

} // namespace swb::bench
