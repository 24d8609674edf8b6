// SPDX-License-Identifier: GPL-3.0-or-later
/// W1: small sends that complete at once, and small sends that wait in a queue.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"
#if SWB_BENCH_QT
#include "tests/benchmarks/support/qt_side.h"
#endif

#include <array>
#include <deque>

#include <cerrno>

#include <sys/socket.h>
#include <sys/uio.h>

using namespace swb;
using namespace swb::bench;

namespace {

struct Shape {
    std::size_t size;
    TcpOptions options;
};

/// Does the warm-up and the operations of a contender that sends one after another.
template <typename Send> void sendEach(Sample& sample, Send send)
{
    for (std::uint64_t i = 0; i < sample.warmUp(); ++i)
        send();
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); ++i)
        send();
    sample.end();
}

void bareSend(Sample& sample, const Shape& shape)
{
    const Bytes data = pattern(shape.size, 1);
    const Fd fd = connectTcp(sample.startPeer(), shape.options);
    sendEach(sample, [&] { sendAll(fd.get(), data); });
}

void asioWriteSome(Sample& sample, const Shape& shape)
{
    const Bytes data = pattern(shape.size, 1);
    asio::io_context context(1);
    auto socket = asioConnect(context, sample.startPeer(), shape.options);
    sendEach(sample, [&] {
        for (std::size_t done = 0; done < data.size();)
            done += socket.write_some(asio::buffer(data) + done);
    });
}

void asioAsyncWrite(Sample& sample, const Shape& shape)
{
    const Bytes data = pattern(shape.size, 1);
    asio::io_context context(1);
    auto socket = asioConnect(context, sample.startPeer(), shape.options);
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
        if (left > 0)
            next();
        context.restart();
        context.run();
    };
    sendMany(sample.warmUp());
    sample.begin();
    sendMany(sample.operations());
    sample.end();
}

void ours(Sample& sample, const Shape& shape)
{
    const Bytes data = pattern(shape.size, 1);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(), shape.options);
    WaitingArgs args;
    args.e.setBuffer(data);
    sendEach(sample, [&] {
        args.run([&](SocketAsyncEventArgs& e) { return socket.sendAsync(e); });
        if (args.e.bytesTransferred() != data.size())
            requireDone(args.e, data.size());
    });
    sample.set(
        "pending", static_cast<double>(args.pending) / static_cast<double>(sample.allOperations()));
}

#if SWB_BENCH_QT
void qtWrite(Sample& sample, const Shape& shape)
{
    const Bytes data = pattern(shape.size, 1);
    QtStream stream(sample.startPeer(), shape.options);
    sendEach(sample, [&] { stream.send(data); });
}
#endif

Row smallSends(const std::string& id, const std::string& title, const Shape& shape,
    std::uint64_t operations, double limit)
{
    const auto with = [shape](void (*run)(Sample&, const Shape&)) {
        return [=](Sample& sample) { run(sample, shape); };
    };
    Row row{.id = id,
        .title = title,
        .contenders = {{"send", with(bareSend)}, {"ours", with(ours)},
            {"asio write_some", with(asioWriteSome)}, {"asio async_write", with(asioAsyncWrite)}},
        .operations = operations};
#if SWB_BENCH_QT
    row.contenders.push_back({"Qt write", with(qtWrite)});
#endif
    row.content = [shape](std::uint64_t count, Checksum& sum) {
        const Bytes data = pattern(shape.size, 1);
        for (std::uint64_t i = 0; i < count; ++i)
            sum.add(data);
    };
    row.targets = {{.contender = "ours", .against = "send", .limit = limit},
        {.contender = "ours", .how = Target::How::Value, .figure = "allocations", .limit = 0}};
    return row;
}

// --- queued: sends that were started while the connection was full, and leave once it is not. The
// blocker that fills it is not counted.

constexpr std::size_t kQueuedSize = 64;
constexpr std::uint64_t kQueued = 512; ///< sends in one batch
constexpr std::size_t kBlocker = 1 << 20;
constexpr std::size_t kGather = 32;
constexpr TcpOptions kQueuedOptions{.noDelay = true, .sendBuffer = 128 * 1024};

PeerTask queuedTask()
{
    return {.role = PeerRole::Sink,
        .gated = 1,
        .receiveBuffer = 64 * 1024,
        .bytes = kBlocker + kQueued * kQueuedSize};
}

/// Fills the connection up, lets the peer go, and sends the rest of the blocker.
void sendBlocker(Sample& sample, int fd, std::span<const std::byte> blocker)
{
    while (!blocker.empty()) {
        const ssize_t sent
            = ::send(fd, blocker.data(), blocker.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            break;
        blocker = blocker.subspan(static_cast<std::size_t>(sent));
    }
    sample.peer().go();
    sendAll(fd, blocker);
}

/// `most` of them in one call.
void bareQueued(Sample& sample, std::size_t most)
{
    const Bytes blocker = pattern(kBlocker, 2);
    const Bytes data = pattern(kQueuedSize, 1);
    std::vector<iovec> parts(most, iovec{const_cast<std::byte*>(data.data()), data.size()});
    const Fd fd = connectTcp(sample.startPeer(queuedTask()), kQueuedOptions);
    for (std::uint64_t batch = 0; batch < sample.operations() / kQueued; ++batch) {
        sendBlocker(sample, fd.get(), blocker);
        sample.begin();
        for (std::uint64_t i = 0; i < kQueued; i += most) {
            msghdr message{};
            message.msg_iov = parts.data();
            message.msg_iovlen = most;
            const long sent = checked(::sendmsg(fd.get(), &message, MSG_NOSIGNAL), "sendmsg");
            if (static_cast<std::size_t>(sent) != most * data.size())
                throw std::runtime_error("sendmsg of a blocking socket took less than all");
        }
        sample.end();
    }
}

void ourQueued(Sample& sample)
{
    const Bytes blocker = pattern(kBlocker, 2);
    const Bytes data = pattern(kQueuedSize, 1);
    Signal all;
    std::deque<SocketAsyncEventArgs> args(kQueued);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(queuedTask()), kQueuedOptions);
    SocketAsyncEventArgs first;
    first.setBuffer(blocker);
    first.onCompleted([&](Socket&, SocketAsyncEventArgs&) { sample.begin(); });
    for (SocketAsyncEventArgs& each : args)
        each.setBuffer(data);
    args.back().onCompleted([&](Socket&, SocketAsyncEventArgs&) {
        sample.end();
        all.raise();
    });
    for (std::uint64_t batch = 0; batch < sample.operations() / kQueued; ++batch) {
        if (!socket.sendAsync(first))
            throw std::runtime_error("the blocker was not pending");
        sample.begin(); // what queueing costs counts as well
        for (SocketAsyncEventArgs& each : args) {
            if (!socket.sendAsync(each))
                throw std::runtime_error("a send was not queued");
        }
        sample.end();
        sample.peer().go();
        all.wait();
        for (const SocketAsyncEventArgs& each : args)
            requireDone(each, data.size());
    }
}

Row queuedSends()
{
    Row row{.id = "W1.queued",
        .title = "64 B sends that were queued while the connection was full (NODELAY)",
        .contenders = {{"sendmsg of 32", [](Sample& sample) { bareQueued(sample, kGather); }},
            {"ours", ourQueued}, {"send each", [](Sample& sample) { bareQueued(sample, 1); }}},
        .operations = 100 * kQueued,
        .smokeOperations = kQueued,
        .warmUp = 0};
    row.content = [](std::uint64_t count, Checksum& sum) {
        const Bytes blocker = pattern(kBlocker, 2);
        const Bytes data = pattern(kQueuedSize, 1);
        for (std::uint64_t i = 0; i < count; ++i) {
            if (i % kQueued == 0)
                sum.add(blocker);
            sum.add(data);
        }
    };
    row.targets = {{.contender = "ours", .against = "send each", .limit = 0.6},
        {.contender = "ours", .how = Target::How::Value, .figure = "allocations", .limit = 0}};
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Program program("W1", "Small sends");
    program.add(smallSends(
        "W1.coalesced", "64 B, Nagle on: the kernel coalesces them", {64, {}}, 1'000'000, 1.10));
    program.add(smallSends("W1.nodelay", "64 B, NODELAY", {64, {.noDelay = true}}, 200'000, 1.03));
    program.add(
        smallSends("W1.16KiB", "16 KiB, NODELAY", {16 * 1024, {.noDelay = true}}, 100'000, 1.03));
    program.add(queuedSends());
    return program.run(argc, argv);
}
