// SPDX-License-Identifier: GPL-3.0-or-later
/// W6: ping-pong on many connections at once.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/ping_pong_link.h"
#include "tests/benchmarks/support/program.h"
#include "tests/benchmarks/support/second_thread.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <thread>

#include <sys/epoll.h>
#include <sys/socket.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr TcpOptions kOptions{.noDelay = true};

struct Shape {
    std::uint32_t connections;
    unsigned workers;
};

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
    if (sample.peer().report().bytes != roundTrips * kPingPongMessage)
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

/// `triesFirst`: asks for the answer right after each message, as an operation of the engine does
/// that starts then, and only waits when there is none yet.
void bareLoop(int poller, std::deque<BareLink>& links, std::size_t first, std::size_t step,
    std::uint64_t trips, bool triesFirst)
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
            do {
                const ssize_t got = ::recv(link.fd.get(), link.message.data() + link.received,
                    kPingPongMessage - link.received, MSG_DONTWAIT);
                if (got < 0 && errno == EAGAIN)
                    break;
                link.received += static_cast<std::size_t>(checked(got, "recv"));
                if (link.received < kPingPongMessage)
                    continue;
                link.received = 0;
                if (--link.left == 0) {
                    --open;
                    break;
                }
                sendAll(link.fd.get(), link.message);
            } while (triesFirst);
        }
    }
}

void bareEpoll(Sample& sample, const Shape& shape, bool triesFirst)
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
                [&, i] { bareLoop(pollers[i].get(), links, i, shape.workers, trips, triesFirst); });
        bareLoop(pollers[0].get(), links, 0, shape.workers, trips, triesFirst);
        for (std::thread& each : threads)
            each.join();
    });
    checkLinks(sample, links, all);
}

void bareWaiting(Sample& sample, const Shape& shape)
{
    bareEpoll(sample, shape, false);
}

void bareTryingFirst(Sample& sample, const Shape& shape)
{
    const SecondThread other;
    bareEpoll(sample, shape, true);
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

void ourPingPong(Sample& sample, const Shape& shape)
{
    const std::uint16_t port = startEcho(sample, shape);
    Signal done;
    std::atomic<std::size_t> open{0};
    AsyncEngine engine({.workerThreads = shape.workers});
    std::deque<PingPongLink> links;
    for (std::size_t i = 0; i < shape.connections; ++i)
        links.emplace_back(connectSocket(engine, port, kOptions), i, done, open);
    const std::uint64_t all = twoPhases(sample, shape, [&](std::uint64_t trips) {
        open = links.size();
        for (PingPongLink& link : links) {
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
        .contenders = {{"epoll, edge-triggered", with(bareWaiting)}, {"ours", with(ourPingPong)},
            {"epoll, tries first, two threads", with(bareTryingFirst)},
            {"asio", with(asioPingPong)}},
        .operations = shape.connections == 1
            ? 10'000
            : std::max<std::uint64_t>(45'000, shape.connections * 5ULL),
        .smokeOperations = shape.connections * 2ULL,
        .step = shape.connections,
        .unit = "round trip",
        .targets = {{.contender = "ours",
                        .against = "epoll, edge-triggered",
                        .limit = shape.connections == 1 ? 1.2 : 1.15},
            {.contender = "ours", .against = "epoll, tries first, two threads", .limit = 1.15}},
        .pinned = shape.workers == 1,
        .smoke = shape.connections <= 100};
}

} // namespace

int main(int argc, char** argv)
{
    Program program("W6", "Ping-pong on many connections");
    for (const unsigned workers : {1U, 2U, 4U}) {
        for (const std::uint32_t connections : {1U, 100U, 1000U, 9000U}) {
            if (connections > 1 || workers == 1)
                program.add(pingPong({connections, workers}));
        }
    }
    return program.run(argc, argv);
}
