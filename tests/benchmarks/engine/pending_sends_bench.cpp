// SPDX-License-Identifier: GPL-3.0-or-later
/// W5: sends that do not fit and so are pending.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"
#if SWB_BENCH_QT
#include "tests/benchmarks/support/qt_side.h"
#endif

#include "engine/net/operation_loop.h"

#include <cerrno>
#include <functional>
#include <optional>

#include <sys/epoll.h>
#include <sys/socket.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr TcpOptions kOptions{.noDelay = true, .sendBuffer = 32 * 1024, .segment = 1448};
/// Slower than the sender, so that its buffer is always full.
constexpr PeerTask kSink{.role = PeerRole::Sink, .receiveBuffer = 256 * 1024, .slow = 1};

void bareEpoll(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    const Fd fd = connectTcp(sample.startPeer(kSink), kOptions);
    setNonBlocking(fd.get());
    const Fd poller(static_cast<int>(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")));
    epoll_event event{};
    event.events = EPOLLOUT | EPOLLET;
    checked(::epoll_ctl(poller.get(), EPOLL_CTL_ADD, fd.get(), &event), "epoll_ctl");
    const auto sendMany = [&](std::uint64_t count) {
        std::uint64_t blocked = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            bool waited = false;
            for (std::span<const std::byte> left(data); !left.empty();) {
                const ssize_t sent = ::send(fd.get(), left.data(), left.size(), MSG_NOSIGNAL);
                if (sent < 0 && errno == EAGAIN) {
                    waited = true;
                    checked(::epoll_wait(poller.get(), &event, 1, -1), "epoll_wait");
                } else {
                    left = left.subspan(static_cast<std::size_t>(checked(sent, "send")));
                }
            }
            blocked += waited ? 1 : 0;
        }
        return blocked;
    };
    sendMany(sample.warmUp());
    sample.begin();
    const std::uint64_t blocked = sendMany(sample.operations());
    sample.end();
    sample.set("pending", static_cast<double>(blocked) / static_cast<double>(sample.operations()));
}

void asioAsyncWrite(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    asio::io_context context(1);
    auto socket = asioConnect(context, sample.startPeer(kSink), kOptions);
    std::uint64_t left = 0;
    std::function<void()> next = [&] {
        asio::async_write(socket, asio::buffer(data), [&](std::error_code error, std::size_t) {
            if (error)
                throw std::system_error(error);
            if (--left > 0)
                next();
        });
    };
    const auto sendMany = [&](std::uint64_t count) {
        left = count;
        if (count > 0)
            next();
        context.restart();
        context.run();
    };
    sendMany(sample.warmUp());
    sample.begin();
    sendMany(sample.operations());
    sample.end();
}

/// The next send is started where the one before it has ended: in Completed, on the worker.
void ourLoop(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(kSink), kOptions);
    SocketAsyncEventArgs args;
    args.setBuffer(data);
    std::uint64_t pending = 0;
    Signal done;
    std::optional<OperationLoop> loop;
    const auto prepare = [&](std::uint64_t count) {
        loop.emplace(
            args,
            [&] {
                const bool isPending = socket.sendAsync(args);
                pending += isPending ? 1 : 0;
                return isPending;
            },
            [&, left = count](SocketAsyncEventArgs& e) mutable {
                if (e.bytesTransferred() != size)
                    requireDone(e, size);
                if (--left > 0)
                    return true;
                done.raise();
                return false;
            });
    };
    const auto sendMany = [&] {
        loop->run();
        done.wait();
    };
    if (sample.warmUp() > 0) {
        prepare(sample.warmUp());
        sendMany();
    }
    pending = 0;
    prepare(sample.operations());
    sample.begin();
    sendMany();
    sample.end();
    sample.set("pending", static_cast<double>(pending) / static_cast<double>(sample.operations()));
}

/// The next send is started by another thread, which is told of the end.
void ourHandOff(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(kSink), kOptions);
    WaitingArgs args;
    args.e.setBuffer(data);
    const auto sendMany = [&](std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            args.run([&](SocketAsyncEventArgs& e) { return socket.sendAsync(e); });
            if (args.e.bytesTransferred() != size)
                requireDone(args.e, size);
        }
    };
    sendMany(sample.warmUp());
    args.pending = 0;
    sample.begin();
    sendMany(sample.operations());
    sample.end();
    sample.set(
        "pending", static_cast<double>(args.pending) / static_cast<double>(sample.operations()));
}

#if SWB_BENCH_QT
void qtWrite(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    QtStream stream(sample.startPeer(kSink), kOptions);
    for (std::uint64_t i = 0; i < sample.warmUp(); ++i)
        stream.send(data);
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); ++i)
        stream.send(data);
    sample.end();
}
#endif

Row pendingSends(std::size_t size, const std::string& name, std::uint64_t operations)
{
    const auto with = [size](void (*run)(Sample&, std::size_t)) {
        return [=](Sample& sample) { run(sample, size); };
    };
    Row row{.id = "W5." + name,
        .title = "sends of " + name + " to a slower peer (SO_SNDBUF 32 KiB, NODELAY)",
        .contenders
        = {{"epoll, edge-triggered", with(bareEpoll)}, {"ours, on the worker", with(ourLoop)},
            {"ours, handed to another thread", with(ourHandOff)},
            {"asio async_write", with(asioAsyncWrite)}},
        .operations = operations,
        .smokeOperations = 20};
#if SWB_BENCH_QT
    row.contenders.push_back({"Qt write, waitForBytesWritten", with(qtWrite)});
#endif
    row.content = [size](std::uint64_t count, Checksum& sum) {
        const Bytes data = pattern(size, 1);
        for (std::uint64_t i = 0; i < count; ++i)
            sum.add(data);
    };
    row.targets
        = {{.contender = "ours, on the worker", .against = "epoll, edge-triggered", .limit = 1.15},
            {.contender = "ours, handed to another thread",
                .against = "epoll, edge-triggered",
                .limit = 1.5},
            {.contender = "ours, on the worker",
                .how = Target::How::Value,
                .figure = "allocations",
                .limit = 0}};
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Program program("W5", "Pending sends");
    program.add(pendingSends(64 * 1024, "64KiB", 4000));
    program.add(pendingSends(256 * 1024, "256KiB", 1000));
    return program.run(argc, argv);
}
