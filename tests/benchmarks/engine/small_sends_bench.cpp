// SPDX-License-Identifier: GPL-3.0-or-later
/// W1: small sends that complete at once, and small sends that wait in a queue.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"
#include "tests/benchmarks/support/queued.h"
#include "tests/benchmarks/support/second_thread.h"
#if SWB_BENCH_QT
#include "tests/benchmarks/support/qt_side.h"
#endif

#include <functional>

#include <sys/socket.h>
#include <sys/uio.h>

using namespace swb;
using namespace swb::bench;

namespace {

struct Shape {
    std::size_t size;
    TcpOptions options;
    PeerTask sink = {};
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
    const Fd fd = connectTcp(sample.startPeer(shape.sink), shape.options);
    sendEach(sample, [&] { sendAll(fd.get(), data); });
}

void bareSendBesideThread(Sample& sample, const Shape& shape)
{
    const SecondThread other;
    bareSend(sample, shape);
}

void asioWriteSome(Sample& sample, const Shape& shape)
{
    const Bytes data = pattern(shape.size, 1);
    asio::io_context context(1);
    auto socket = asioConnect(context, sample.startPeer(shape.sink), shape.options);
    sendEach(sample, [&] {
        for (std::size_t done = 0; done < data.size();)
            done += socket.write_some(asio::buffer(data) + done);
    });
}

void asioAsyncWrite(Sample& sample, const Shape& shape)
{
    const Bytes data = pattern(shape.size, 1);
    asio::io_context context(1);
    auto socket = asioConnect(context, sample.startPeer(shape.sink), shape.options);
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
    Socket socket = connectSocket(engine, sample.startPeer(shape.sink), shape.options);
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
    QtStream stream(sample.startPeer(shape.sink), shape.options);
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
            {"send, two threads", with(bareSendBesideThread)},
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
        {.contender = "ours", .against = "send, two threads", .limit = limit},
        {.contender = "ours", .how = Target::How::Value, .figure = "allocations", .limit = 0}};
    return row;
}

// --- sends that wait in the queue

Row queuedSends()
{
    constexpr std::size_t kGather = 32;
    const QueuedShape shape{.batch = 512, .bytesEach = 64};
    const Bytes data = pattern(shape.bytesEach, 1);
    const auto gathered = [=](std::size_t most) {
        return [=](Sample& sample) {
            std::vector<iovec> parts(most, iovec{const_cast<std::byte*>(data.data()), data.size()});
            bareQueued(sample, shape, [&](int fd) {
                for (std::uint64_t i = 0; i < shape.batch; i += most) {
                    msghdr message{};
                    message.msg_iov = parts.data();
                    message.msg_iovlen = most;
                    if (checked(::sendmsg(fd, &message, MSG_NOSIGNAL), "sendmsg")
                        != static_cast<long>(most * data.size()))
                        throw std::runtime_error("sendmsg on a blocking socket took less than all");
                }
            });
        };
    };
    Row row{.id = "W1.queued",
        .title = "64 B sends that wait while the connection is full (NODELAY)",
        .contenders = {{"sendmsg of 32", gathered(kGather)},
            {"ours",
                [=](Sample& sample) {
                    ourQueued(
                        sample, shape, [&](SocketAsyncEventArgs& e) { e.setBuffer(data); },
                        [](Socket& socket, SocketAsyncEventArgs& e) {
                            return socket.sendAsync(e);
                        });
                }},
            {"send each", gathered(1)}},
        .operations = 100 * shape.batch,
        .smokeOperations = shape.batch,
        .step = shape.batch,
        .warmUp = 0,
        .content = queuedContent(shape, data)};
    row.targets = {{.contender = "ours", .against = "send each", .limit = 0.6},
        {.contender = "ours", .how = Target::How::Value, .figure = "allocations", .limit = 0}};
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Program program("W1", "Small sends");
    program.add(smallSends("W1.coalesced",
        "64 B, Nagle on: the kernel coalesces them to segments of 64 KiB",
        {64, {}, {.wakeAt = 64 * 1024}}, 1'000'000, 1.10));
    program.add(smallSends("W1.nodelay", "64 B, NODELAY", {64, {.noDelay = true}}, 200'000, 1.03));
    program.add(
        smallSends("W1.16KiB", "16 KiB, NODELAY", {16 * 1024, {.noDelay = true}}, 50'000, 1.03));
    program.add(queuedSends());
    return program.run(argc, argv);
}
