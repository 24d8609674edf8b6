// SPDX-License-Identifier: GPL-3.0-or-later
/// W6: many connections: ping-pong on them, what an idle one takes, and accepting them.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"

#include "engine/net/operation_loop.h"

#include <array>
#include <cerrno>
#include <deque>
#include <fstream>
#include <thread>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::size_t kMessage = 64;
constexpr TcpOptions kOptions{.noDelay = true};
using Message = std::array<std::byte, kMessage>;

struct Shape {
    std::uint32_t connections;
    unsigned workers;
};

Message firstMessage(std::uint64_t connection)
{
    Message message{};
    const Bytes bytes = pattern(kMessage, connection);
    std::copy(bytes.begin(), bytes.end(), message.begin());
    return message;
}

std::uint16_t startEcho(Sample& sample, const Shape& shape)
{
    return sample.startPeer({.role = PeerRole::Echo, .connections = shape.connections});
}

/// Each connection does the same number of round trips; what comes back is what was sent first.
template <typename Link>
void checkLinks(Sample& sample, std::deque<Link>& links, std::uint64_t roundTrips)
{
    for (std::size_t i = 0; i < links.size(); ++i) {
        if (links[i].message != firstMessage(i))
            throw std::runtime_error("another message came back than was sent");
    }
    links.clear();
    if (sample.peer().report().bytes != roundTrips * kMessage)
        throw std::runtime_error("the far end did not send back every message");
}

std::uint64_t tripsEach(std::uint64_t operations, const Shape& shape)
{
    return operations / shape.connections;
}

/// Does `phase(round trips of each connection)` for the warm-up and for the figures.
template <typename Phase> std::uint64_t twoPhases(Sample& sample, const Shape& shape, Phase phase)
{
    const std::uint64_t warmUp = std::max<std::uint64_t>(tripsEach(sample.warmUp(), shape), 1);
    phase(warmUp);
    sample.begin();
    phase(tripsEach(sample.operations(), shape));
    sample.end();
    return (warmUp + tripsEach(sample.operations(), shape)) * shape.connections;
}

// --- epoll

struct BareLink {
    Fd fd;
    std::uint64_t left = 0;
    Message message{};
    std::size_t received = 0;
};

void bareLoop(int poller, std::deque<BareLink>& links, std::size_t first, std::size_t step,
    std::uint64_t trips)
{
    std::size_t open = 0;
    for (std::size_t i = first; i < links.size(); i += step) {
        ++open;
        links[i].left = trips;
        links[i].received = 0;
        sendAll(links[i].fd.get(), links[i].message);
    }
    std::vector<epoll_event> events(512);
    while (open > 0) {
        const long ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
        if (ready < 0 && errno == EINTR)
            continue;
        for (std::size_t i = 0; i < static_cast<std::size_t>(checked(ready, "epoll_wait")); ++i) {
            BareLink& link = *static_cast<BareLink*>(events[i].data.ptr);
            const ssize_t got = ::recv(link.fd.get(), link.message.data() + link.received,
                kMessage - link.received, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN)
                continue;
            link.received += static_cast<std::size_t>(checked(got, "recv"));
            if (link.received < kMessage)
                continue;
            link.received = 0;
            if (--link.left > 0)
                sendAll(link.fd.get(), link.message);
            else
                --open;
        }
    }
}

void bareEpoll(Sample& sample, const Shape& shape)
{
    const std::uint16_t port = startEcho(sample, shape);
    std::deque<BareLink> links(shape.connections);
    std::vector<Fd> pollers;
    for (unsigned i = 0; i < shape.workers; ++i)
        pollers.emplace_back(
            static_cast<int>(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")));
    for (std::size_t i = 0; i < links.size(); ++i) {
        links[i].fd = connectTcp(port, kOptions);
        links[i].message = firstMessage(i);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLET;
        event.data.ptr = &links[i];
        checked(
            ::epoll_ctl(pollers[i % shape.workers].get(), EPOLL_CTL_ADD, links[i].fd.get(), &event),
            "epoll_ctl");
    }
    const std::uint64_t all = twoPhases(sample, shape, [&](std::uint64_t trips) {
        std::vector<std::thread> threads;
        for (unsigned i = 1; i < shape.workers; ++i)
            threads.emplace_back(
                [&, i] { bareLoop(pollers[i].get(), links, i, shape.workers, trips); });
        bareLoop(pollers[0].get(), links, 0, shape.workers, trips);
        for (std::thread& each : threads)
            each.join();
    });
    checkLinks(sample, links, all);
}

// --- asio

struct AsioLink {
    AsioLink(asio::io_context& context, std::uint16_t port, std::size_t index)
        : socket(asioConnect(context, port, kOptions))
        , message(firstMessage(index))
    {
    }
    void next()
    {
        asio::async_write(
            socket, asio::buffer(message), [this](std::error_code error, std::size_t) {
                if (error)
                    throw std::system_error(error);
                asio::async_read(
                    socket, asio::buffer(message), [this](std::error_code readError, std::size_t) {
                        if (readError)
                            throw std::system_error(readError);
                        if (--left > 0)
                            next();
                    });
            });
    }
    asio::ip::tcp::socket socket;
    std::uint64_t left = 0;
    Message message;
};

void asioPingPong(Sample& sample, const Shape& shape)
{
    const std::uint16_t port = startEcho(sample, shape);
    std::deque<asio::io_context> contexts;
    for (unsigned i = 0; i < shape.workers; ++i)
        contexts.emplace_back(1);
    std::deque<AsioLink> links;
    for (std::size_t i = 0; i < shape.connections; ++i)
        links.emplace_back(contexts[i % shape.workers], port, i);
    const std::uint64_t all = twoPhases(sample, shape, [&](std::uint64_t trips) {
        for (AsioLink& link : links) {
            link.left = trips;
            asio::post(link.socket.get_executor(), [&link] { link.next(); });
        }
        std::vector<std::thread> threads;
        for (unsigned i = 1; i < shape.workers; ++i) {
            threads.emplace_back([&, i] {
                contexts[i].restart();
                contexts[i].run();
            });
        }
        contexts[0].restart();
        contexts[0].run();
        for (std::thread& each : threads)
            each.join();
    });
    checkLinks(sample, links, all);
}

// --- ours

struct OurLink {
    OurLink(AsyncEngine& engine, std::uint16_t port, std::size_t index, Signal& allDone,
        std::atomic<std::size_t>& openLinks)
        : socket(connectSocket(engine, port, kOptions))
        , message(firstMessage(index))
        , done(allDone)
        , open(openLinks)
    {
        args.setBuffer(std::span<std::byte>(message));
        args.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
            if (ended())
                run();
        });
    }
    /// Sends and receives in turn, until an operation is pending or all is done.
    void run()
    {
        while (!(receiving ? socket.receiveAsync(args) : socket.sendAsync(args))) {
            if (!ended())
                return;
        }
    }

    Socket socket;
    std::uint64_t left = 0;
    Message message;

private:
    bool ended()
    {
        const std::uint64_t bytes = args.bytesTransferred();
        if (bytes == 0 || args.socketError() != SocketError::Success)
            throw std::runtime_error("a round trip failed");
        if (!receiving) {
            receiving = true;
            return true;
        }
        received += bytes;
        if (received < kMessage) {
            args.setBuffer(received, kMessage - received);
            return true;
        }
        if (bytes != kMessage)
            args.setBuffer(0, kMessage);
        received = 0;
        receiving = false;
        if (--left > 0)
            return true;
        if (open.fetch_sub(1) == 1)
            done.raise();
        return false;
    }

    bool receiving = false;
    std::size_t received = 0;
    Signal& done;
    std::atomic<std::size_t>& open;
    SocketAsyncEventArgs args;
};

void ourPingPong(Sample& sample, const Shape& shape)
{
    const std::uint16_t port = startEcho(sample, shape);
    Signal done;
    std::atomic<std::size_t> open{0};
    AsyncEngine engine({.workerThreads = shape.workers});
    std::deque<OurLink> links;
    for (std::size_t i = 0; i < shape.connections; ++i)
        links.emplace_back(engine, port, i, done, open);
    const std::uint64_t all = twoPhases(sample, shape, [&](std::uint64_t trips) {
        open = links.size();
        for (OurLink& link : links) {
            link.left = trips;
            link.run();
        }
        done.wait();
    });
    checkLinks(sample, links, all);
}

Row pingPong(const Shape& shape)
{
    const auto with = [shape](void (*run)(Sample&, const Shape&)) {
        return [=](Sample& sample) { run(sample, shape); };
    };
    const std::string id
        = "W6." + std::to_string(shape.connections) + "x" + std::to_string(shape.workers);
    return {.id = id,
        .title = std::to_string(shape.connections) + " connections, 64 B there and back, "
            + std::to_string(shape.workers)
            + (shape.workers == 1 ? " thread" : " threads, each with its own loop"),
        .contenders = {{"epoll, edge-triggered", with(bareEpoll)}, {"ours", with(ourPingPong)},
            {"asio", with(asioPingPong)}},
        .operations = shape.connections == 1
            ? 10'000
            : std::max<std::uint64_t>(45'000, shape.connections * 5ULL),
        .smokeOperations = shape.connections * 2ULL,
        .unit = "round trip",
        .targets = {{.contender = "ours",
            .against = "epoll, edge-triggered",
            .limit = shape.connections == 1 ? 1.2 : 1.15}},
        .pinned = shape.workers == 1};
}

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
    std::deque<AsioLink> links;
    idle(sample, links, [&](std::uint16_t port) {
        AsioLink& link = links.emplace_back(context, port, 0);
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
    Program program("W6", "Many connections");
    for (const unsigned workers : {1U, 2U, 4U}) {
        for (const std::uint32_t connections : {1U, 100U, 1000U, 9000U}) {
            if (connections > 1 || workers == 1)
                program.add(pingPong({connections, workers}));
        }
    }
    program.add(idleConnections());
    program.add(acceptStorm());
    return program.run(argc, argv);
}
