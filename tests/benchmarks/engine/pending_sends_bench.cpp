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

#include <sys/epoll.h>
#include <sys/socket.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::size_t kSize = 64 * 1024;
/// Less than one send: every one of them meets a full buffer.
constexpr TcpOptions kOptions{.noDelay = true, .sendBuffer = 32 * 1024};

void bareEpoll(Sample& sample)
{
    const Bytes data = pattern(kSize, 1);
    const Fd fd = connectTcp(sample.startPeer(), kOptions);
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

void asioAsyncWrite(Sample& sample)
{
    const Bytes data = pattern(kSize, 1);
    asio::io_context context(1);
    auto socket = asioConnect(context, sample.startPeer(), kOptions);
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
void ourLoop(Sample& sample)
{
    const Bytes data = pattern(kSize, 1);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(), kOptions);
    SocketAsyncEventArgs args;
    args.setBuffer(data);
    std::uint64_t pending = 0;
    const auto sendMany = [&](std::uint64_t count) {
        if (count == 0)
            return;
        Signal done;
        OperationLoop loop(
            args,
            [&] {
                const bool isPending = socket.sendAsync(args);
                pending += isPending ? 1 : 0;
                return isPending;
            },
            [&, left = count](SocketAsyncEventArgs& e) mutable {
                if (e.bytesTransferred() != kSize)
                    requireDone(e, kSize);
                if (--left > 0)
                    return true;
                done.raise();
                return false;
            });
        loop.run();
        done.wait();
    };
    sendMany(sample.warmUp());
    pending = 0;
    sample.begin();
    sendMany(sample.operations());
    sample.end();
    sample.set("pending", static_cast<double>(pending) / static_cast<double>(sample.operations()));
}

/// The next send is started by another thread, which is told of the end.
void ourHandOff(Sample& sample)
{
    const Bytes data = pattern(kSize, 1);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(), kOptions);
    WaitingArgs args;
    args.e.setBuffer(data);
    const auto sendMany = [&](std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            args.run([&](SocketAsyncEventArgs& e) { return socket.sendAsync(e); });
            if (args.e.bytesTransferred() != kSize)
                requireDone(args.e, kSize);
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
void qtWrite(Sample& sample)
{
    const Bytes data = pattern(kSize, 1);
    QtStream stream(sample.startPeer(), kOptions);
    for (std::uint64_t i = 0; i < sample.warmUp(); ++i)
        stream.send(data);
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); ++i)
        stream.send(data);
    sample.end();
}
#endif

} // namespace

int main(int argc, char** argv)
{
    Row row{.id = "W5",
        .title = "64 KiB sends into a send buffer that is smaller (SO_SNDBUF 32 KiB, NODELAY)",
        .contenders = {{"epoll, edge-triggered", bareEpoll}, {"ours, on the worker", ourLoop},
            {"ours, handed to another thread", ourHandOff}, {"asio async_write", asioAsyncWrite}},
        .operations = 10'000,
        .smokeOperations = 50};
#if SWB_BENCH_QT
    row.contenders.push_back({"Qt write, waitForBytesWritten", qtWrite});
#endif
    row.content = [](std::uint64_t count, Checksum& sum) {
        const Bytes data = pattern(kSize, 1);
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

    Program program("W5", "Pending sends");
    program.add(row);
    return program.run(argc, argv);
}
