// SPDX-License-Identifier: GPL-3.0-or-later
#include "queued.h"

#include "engine_side.h"

#include <deque>

#include <sys/socket.h>

namespace swb::bench {

namespace {

constexpr std::size_t kBlockerSize = 1 << 20;
constexpr std::uint32_t kReceiveBuffer = 64 * 1024;

} // namespace

Bytes QueuedShape::blocker() const
{
    return pattern(kBlockerSize, 77);
}

PeerTask QueuedShape::task() const
{
    return {.role = PeerRole::Sink,
        .gated = 1,
        .receiveBuffer = kReceiveBuffer,
        .bytes = kBlockerSize + batch * bytesEach};
}

void bareQueued(
    Sample& sample, const QueuedShape& shape, const std::function<void(int fd)>& sendBatch)
{
    const Bytes blocker = shape.blocker();
    const Fd fd = connectTcp(sample.startPeer(shape.task()), shape.options);
    for (std::uint64_t i = 0; i < sample.operations(); i += shape.batch) {
        std::span<const std::byte> left(blocker);
        for (ssize_t sent = 0; sent >= 0;) {
            left = left.subspan(static_cast<std::size_t>(sent));
            sent = ::send(fd.get(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        sample.peer().go();
        sendAll(fd.get(), left);
        sample.begin();
        sendBatch(fd.get());
        sample.end();
    }
}

void ourQueued(Sample& sample, const QueuedShape& shape,
    const std::function<void(SocketAsyncEventArgs&)>& prepare,
    const std::function<bool(Socket&, SocketAsyncEventArgs&)>& start)
{
    const Bytes blocker = shape.blocker();
    Signal all;
    std::deque<SocketAsyncEventArgs> args(shape.batch);
    SocketAsyncEventArgs first;
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(shape.task()), shape.options);
    first.setBuffer(blocker);
    first.onCompleted([&](Socket&, SocketAsyncEventArgs&) { sample.begin(); });
    for (SocketAsyncEventArgs& each : args)
        prepare(each);
    args.back().onCompleted([&](Socket&, SocketAsyncEventArgs&) {
        sample.end();
        all.raise();
    });
    for (std::uint64_t i = 0; i < sample.operations(); i += shape.batch) {
        if (!socket.sendAsync(first))
            throw std::runtime_error("the blocker was not pending");
        sample.begin();
        for (SocketAsyncEventArgs& each : args) {
            if (!start(socket, each))
                throw std::runtime_error("an operation was not queued");
        }
        sample.end();
        sample.peer().go();
        all.wait();
        for (const SocketAsyncEventArgs& each : args)
            requireDone(each, shape.bytesEach);
    }
}

std::function<void(std::uint64_t, Checksum&)> queuedContent(const QueuedShape& shape, Bytes one)
{
    return [shape, one = std::move(one)](std::uint64_t count, Checksum& sum) {
        const Bytes blocker = shape.blocker();
        for (std::uint64_t i = 0; i < count; ++i) {
            if (i % shape.batch == 0)
                sum.add(blocker);
            sum.add(one);
        }
    };
}

} // namespace swb::bench
