// SPDX-License-Identifier: GPL-3.0-or-later
/// W6: what an idle connection takes, and what accepting one costs.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"

#include "engine/net/operation_loop.h"

#include <array>
#include <cerrno>
#include <deque>
#include <fstream>
#include <functional>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::size_t kMessage = 64;
constexpr TcpOptions kOptions{.noDelay = true};
using Message = std::array<std::byte, kMessage>;

// --- idle connections

/// Resident memory of this process that is its own.
double residentBytes()
{
    std::ifstream file("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    std::uint64_t shared = 0;
    file >> size >> resident >> shared;
    return static_cast<double>(
        (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

/// A connection that waits for a message: what `make` adds to `links` for each one.
template <typename Links, typename Make> void idle(Sample& sample, Links& links, Make make)
{
    const std::uint16_t port = sample.startPeer(
        {.role = PeerRole::Echo, .connections = static_cast<std::uint32_t>(sample.operations())});
    make(port); // what is made once is not in the figure
    const double before = residentBytes();
    sample.begin();
    for (std::uint64_t i = 1; i < sample.operations(); ++i)
        make(port);
    sample.end();
    sample.set(
        "bytes each", (residentBytes() - before) / static_cast<double>(sample.operations() - 1));
    links.clear();
    if (sample.peer().report().count != sample.operations())
        throw std::runtime_error("not every connection came to be");
}

void bareIdle(Sample& sample)
{
    struct Link {
        Fd fd;
        Message message;
    };
    const Fd poller(static_cast<int>(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")));
    std::deque<Link> links;
    idle(sample, links, [&](std::uint16_t port) {
        Link& link = links.emplace_back();
        link.fd = connectTcp(port, kOptions);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLET;
        event.data.ptr = &link;
        checked(::epoll_ctl(poller.get(), EPOLL_CTL_ADD, link.fd.get(), &event), "epoll_ctl");
    });
}

void asioIdle(Sample& sample)
{
    asio::io_context context(1);
    struct Link {
        asio::ip::tcp::socket socket;
        Message message{};
    };
    std::deque<Link> links;
    idle(sample, links, [&](std::uint16_t port) {
        Link& link = links.emplace_back(Link{asioConnect(context, port, kOptions)});
        asio::async_read(
            link.socket, asio::buffer(link.message), [](std::error_code, std::size_t) {});
    });
}

void ourIdle(Sample& sample)
{
    struct Link {
        Socket socket;
        SocketAsyncEventArgs args;
        Message message{};
    };
    AsyncEngine engine({.workerThreads = 1});
    std::deque<Link> links;
    idle(sample, links, [&](std::uint16_t port) {
        Link& link = links.emplace_back();
        link.socket = connectSocket(engine, port, kOptions);
        link.args.setBuffer(std::span<std::byte>(link.message));
        if (!link.socket.receiveAsync(link.args))
            throw std::runtime_error("a receive with nothing to receive has ended");
    });
}

Row idleConnections()
{
    return {.id = "W6.idle",
        .title = "9,000 connections that wait for a message of 64 B: memory of the process",
        .contenders = {{"epoll", bareIdle}, {"ours", ourIdle}, {"asio", asioIdle}},
        .operations = 9000,
        .smokeOperations = 20,
        .warmUp = 0,
        .unit = "connection",
        .targets
        = {{.contender = "ours", .how = Target::How::Value, .figure = "bytes each", .limit = 1024}},
        .fixedSize = true,
        .mostRounds = 3};
}

// --- accepting

constexpr int kBacklog = 4096;

void startConnector(Sample& sample, std::uint16_t port)
{
    sample.peer().start({.role = PeerRole::Connector,
        .connections = static_cast<std::uint32_t>(sample.operations()),
        .port = port});
}

void checkConnector(Sample& sample, std::size_t accepted)
{
    sample.peer().finish();
    if (accepted != sample.operations() || sample.peer().report().count != sample.operations())
        throw std::runtime_error("not every connection was accepted");
}

void bareAccept(Sample& sample)
{
    std::uint16_t port = 0;
    const Fd listener = listenTcp(&port, kBacklog);
    setNonBlocking(listener.get());
    const Fd poller(static_cast<int>(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")));
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    checked(::epoll_ctl(poller.get(), EPOLL_CTL_ADD, listener.get(), &event), "epoll_ctl");
    std::vector<Fd> accepted;
    sample.begin();
    startConnector(sample, port);
    while (accepted.size() < sample.operations()) {
        const int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            accepted.emplace_back(fd);
        else if (errno == EAGAIN)
            checked(::epoll_wait(poller.get(), &event, 1, -1), "epoll_wait");
        else
            checked(fd, "accept4");
    }
    sample.end();
    checkConnector(sample, accepted.size());
}

void asioAccept(Sample& sample)
{
    asio::io_context context(1);
    asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    acceptor.listen(kBacklog);
    std::vector<asio::ip::tcp::socket> accepted;
    std::function<void()> next = [&] {
        acceptor.async_accept([&](std::error_code error, asio::ip::tcp::socket socket) {
            if (error)
                throw std::system_error(error);
            accepted.push_back(std::move(socket));
            if (accepted.size() < sample.operations())
                next();
        });
    };
    sample.begin();
    startConnector(sample, acceptor.local_endpoint().port());
    next();
    context.run();
    sample.end();
    checkConnector(sample, accepted.size());
}

void ourAccept(Sample& sample)
{
    AsyncEngine engine({.workerThreads = 1});
    Socket listener(engine, AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Tcp);
    listener.bind(EndPoint::ip("127.0.0.1", 0));
    listener.listen(kBacklog);
    SocketAsyncEventArgs args;
    std::vector<Socket> accepted;
    Signal done;
    OperationLoop loop(
        args, [&] { return listener.acceptAsync(args); },
        [&](SocketAsyncEventArgs& e) {
            requireDone(e, 0);
            accepted.push_back(e.acceptSocket());
            e.setAcceptSocket({});
            if (accepted.size() < sample.operations())
                return true;
            done.raise();
            return false;
        });
    sample.begin();
    startConnector(sample, listener.localEndPoint().port());
    loop.run();
    done.wait();
    sample.end();
    checkConnector(sample, accepted.size());
}

Row acceptStorm()
{
    return {.id = "W6.accept",
        .title = "9,000 connections accepted as fast as they come",
        .contenders
        = {{"epoll, accept4", bareAccept}, {"ours", ourAccept}, {"asio async_accept", asioAccept}},
        .operations = 9000,
        .smokeOperations = 20,
        .warmUp = 0,
        .unit = "connection",
        .targets = {{.contender = "ours", .against = "epoll, accept4", .limit = 1.15}},
        .fixedSize = true};
}

} // namespace

int main(int argc, char** argv)
{
    Program program("W6", "Idle and new connections");
    program.add(idleConnections());
    program.add(acceptStorm());
    return program.run(argc, argv);
}
