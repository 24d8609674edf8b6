// SPDX-License-Identifier: GPL-3.0-or-later
/// Receiving: many small receives, and a lot into one buffer that is used again and again.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"
#include "tests/benchmarks/support/second_thread.h"
#if SWB_BENCH_QT
#include "tests/benchmarks/support/qt_side.h"
#endif

#include "engine/net/operation_loop.h"

#include <functional>

#include <sys/socket.h>

using namespace swb;
using namespace swb::bench;

namespace {

struct Shape {
    std::size_t room; ///< of the buffer
    std::uint64_t bytesEach; ///< of one operation of the row
};

/// What one contender has received.
class Inflow {
public:
    Inflow(Sample& sample, const Shape& shape)
        : room(shape.room)
        , m_sample(sample)
        , m_sum(sample.hashed())
        , m_bytesEach(shape.bytesEach)
    {
        port = sample.startPeer(
            {.role = PeerRole::Source, .bytes = sample.allOperations() * shape.bytesEach});
    }
    /// Took `size` bytes into the room: does more have to come before `limit`?
    bool took(std::size_t size)
    {
        if (size == 0)
            throw std::runtime_error("the stream ended early");
        m_sum.add({room.data(), size});
        return m_sum.bytes() < m_limit;
    }
    /// `receive(...)` until the warm-up is in, then for the figures. `receiveAll` returns when
    /// took() said false.
    template <typename ReceiveAll> void run(ReceiveAll receiveAll)
    {
        m_limit = m_sample.warmUp() * m_bytesEach;
        if (m_limit > 0)
            receiveAll();
        m_limit = m_sample.allOperations() * m_bytesEach;
        m_sample.begin();
        receiveAll();
        m_sample.end();
        const PeerReport report = m_sample.peer().report();
        if (report.bytes != m_sum.bytes() || (m_sample.hashed() && report.hash != m_sum.hash()))
            throw std::runtime_error("other bytes arrived than were sent");
    }

    Bytes room;
    std::uint16_t port = 0;

private:
    Sample& m_sample;
    Checksum m_sum;
    std::uint64_t m_bytesEach;
    std::uint64_t m_limit = 0;
};

void bareReceive(Sample& sample, const Shape& shape)
{
    Inflow inflow(sample, shape);
    const Fd fd = connectTcp(inflow.port);
    inflow.run([&] {
        while (inflow.took(static_cast<std::size_t>(
            checked(::recv(fd.get(), inflow.room.data(), inflow.room.size(), 0), "recv")))) { }
    });
}

void bareReceiveBesideThread(Sample& sample, const Shape& shape)
{
    const SecondThread other;
    bareReceive(sample, shape);
}

void ours(Sample& sample, const Shape& shape)
{
    Inflow inflow(sample, shape);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, inflow.port);
    WaitingArgs args;
    args.e.setBuffer(inflow.room);
    inflow.run([&] {
        do {
            args.run([&](SocketAsyncEventArgs& e) { return socket.receiveAsync(e); });
        } while (inflow.took(args.e.bytesTransferred()));
    });
    sample.set(
        "pending", static_cast<double>(args.pending) / static_cast<double>(sample.allOperations()));
}

/// The next receive starts where the one before it has ended, on the worker if that was there.
void ourLoop(Sample& sample, const Shape& shape)
{
    Inflow inflow(sample, shape);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, inflow.port);
    SocketAsyncEventArgs args;
    args.setBuffer(inflow.room);
    inflow.run([&] {
        Signal done;
        OperationLoop loop(
            args, [&] { return socket.receiveAsync(args); },
            [&](SocketAsyncEventArgs& e) {
                const bool more = inflow.took(e.bytesTransferred());
                if (!more)
                    done.raise();
                return more;
            });
        loop.run();
        done.wait();
    });
}

void asioReadSome(Sample& sample, const Shape& shape)
{
    Inflow inflow(sample, shape);
    asio::io_context context(1);
    auto socket = asioConnect(context, inflow.port);
    inflow.run([&] {
        while (inflow.took(socket.read_some(asio::buffer(inflow.room)))) { }
    });
}

void asioAsyncRead(Sample& sample, const Shape& shape)
{
    Inflow inflow(sample, shape);
    asio::io_context context(1);
    auto socket = asioConnect(context, inflow.port);
    std::function<void()> next = [&] {
        socket.async_read_some(
            asio::buffer(inflow.room), [&](std::error_code error, std::size_t size) {
                if (error)
                    throw std::system_error(error);
                if (inflow.took(size))
                    next();
            });
    };
    inflow.run([&] {
        next();
        context.restart();
        context.run();
    });
}

#if SWB_BENCH_QT
void qtRead(Sample& sample, const Shape& shape)
{
    Inflow inflow(sample, shape);
    QtStream stream(inflow.port);
    inflow.run([&] {
        while (inflow.took(stream.receive(inflow.room))) { }
    });
}
#endif

Row receives(const std::string& id, const std::string& title, const Shape& shape,
    std::uint64_t operations, double limit)
{
    const auto with = [shape](void (*run)(Sample&, const Shape&)) {
        return [=](Sample& sample) { run(sample, shape); };
    };
    Row row{.id = id,
        .title = title,
        .contenders = {{"recv", with(bareReceive)}, {"ours", with(ours)},
            {"ours, loop", with(ourLoop)}, {"recv, two threads", with(bareReceiveBesideThread)},
            {"asio read_some", with(asioReadSome)}, {"asio async_read_some", with(asioAsyncRead)}},
        .operations = operations,
        .smokeOperations = 64,
        .unit = shape.bytesEach == shape.room ? "receive" : "MiB"};
#if SWB_BENCH_QT
    row.contenders.push_back({"Qt read", with(qtRead)});
#endif
    row.targets = {{.contender = "ours", .against = "recv", .limit = limit},
        {.contender = "ours", .against = "recv, two threads", .limit = limit},
        {.contender = "ours", .how = Target::How::Value, .figure = "allocations", .limit = 0}};
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Program program("receive", "Receiving");
    program.add(receives("receive.64", "receives of 64 B of a stream that is always there",
        {64, 64}, 500'000, 1.10));
    program.add(receives(
        "receive.bulk", "1 GiB into one buffer of 256 KiB", {256 * 1024, 1 << 20}, 1024, 1.03));
    return program.run(argc, argv);
}
