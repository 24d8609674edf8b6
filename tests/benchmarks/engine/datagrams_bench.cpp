// SPDX-License-Identifier: GPL-3.0-or-later
/// Datagrams (UDP): how many can be sent. What the peer is too slow for is lost, whoever sends it:
/// "arrived" says how much was not.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"
#include "tests/benchmarks/support/second_thread.h"
#if SWB_BENCH_QT
#include "tests/benchmarks/support/qt_side.h"
#endif

#include <vector>

#include <sys/socket.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr unsigned kAtOnce = 32;

std::uint16_t startSink(Sample& sample)
{
    return sample.startPeer({.role = PeerRole::DatagramSink});
}

/// `send` sends `step` datagrams.
template <typename Send> void sendEach(Sample& sample, Send send, std::uint64_t step = 1)
{
    for (std::uint64_t i = 0; i < sample.warmUp(); i += step)
        send();
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); i += step)
        send();
    sample.end();
}

void checkSink(Sample& sample, const Bytes& data)
{
    sample.peer().finish();
    const PeerReport report = sample.peer().report();
    Checksum one(sample.hashed());
    one.add(data);
    if (report.count == 0 || report.bytes != report.count * data.size()
        || (sample.hashed() && report.hash != one.hash()))
        throw std::runtime_error("other datagrams arrived than were sent");
    sample.set(
        "arrived", static_cast<double>(report.count) / static_cast<double>(sample.allOperations()));
}

void bareSend(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    const Fd fd = connectUdp(startSink(sample));
    sendEach(
        sample, [&] { checked(::send(fd.get(), data.data(), data.size(), MSG_NOSIGNAL), "send"); });
    checkSink(sample, data);
}

void bareSendBesideThread(Sample& sample, std::size_t size)
{
    const SecondThread other;
    bareSend(sample, size);
}

void bareSendMany(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    iovec part{const_cast<std::byte*>(data.data()), data.size()};
    std::vector<mmsghdr> headers(kAtOnce);
    for (mmsghdr& each : headers) {
        each.msg_hdr.msg_iov = &part;
        each.msg_hdr.msg_iovlen = 1;
    }
    const Fd fd = connectUdp(startSink(sample));
    sendEach(
        sample,
        [&] {
            if (checked(::sendmmsg(fd.get(), headers.data(), kAtOnce, MSG_NOSIGNAL), "sendmmsg")
                != kAtOnce)
                throw std::runtime_error("sendmmsg sent less than all");
        },
        kAtOnce);
    checkSink(sample, data);
}

Socket datagramSocket(AsyncEngine& engine)
{
    return {engine, AddressFamily::InterNetwork, SocketType::Dgram, ProtocolType::Udp};
}

void ourSend(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = datagramSocket(engine);
    WaitingArgs args;
    args.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", startSink(sample)));
    args.run([&](SocketAsyncEventArgs& e) { return socket.connectAsync(e); });
    requireDone(args.e, 0);
    args.e.setBuffer(data);
    sendEach(sample, [&] {
        args.run([&](SocketAsyncEventArgs& e) { return socket.sendAsync(e); });
        if (args.e.bytesTransferred() != data.size())
            requireDone(args.e, data.size());
    });
    checkSink(sample, data);
}

void ourSendTo(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = datagramSocket(engine);
    WaitingArgs args;
    args.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", startSink(sample)));
    args.e.setBuffer(data);
    sendEach(sample, [&] {
        args.run([&](SocketAsyncEventArgs& e) { return socket.sendToAsync(e); });
        if (args.e.bytesTransferred() != data.size())
            requireDone(args.e, data.size());
    });
    checkSink(sample, data);
}

void asioSend(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    asio::io_context context(1);
    asio::ip::udp::socket socket(context, asio::ip::udp::v4());
    socket.connect({asio::ip::address_v4::loopback(), startSink(sample)});
    sendEach(sample, [&] { socket.send(asio::buffer(data)); });
    checkSink(sample, data);
}

#if SWB_BENCH_QT
void qtSend(Sample& sample, std::size_t size)
{
    const Bytes data = pattern(size, 1);
    QtDatagrams socket(startSink(sample));
    sendEach(sample, [&] { socket.send(data); });
    checkSink(sample, data);
}
#endif

Row datagrams(std::size_t size)
{
    const auto with = [size](void (*run)(Sample&, std::size_t)) {
        return [=](Sample& sample) { run(sample, size); };
    };
    Row row{.id = "UDP." + std::to_string(size),
        .title = "datagrams of " + std::to_string(size) + " B",
        .contenders = {{"send", with(bareSend)}, {"ours", with(ourSend)},
            {"send, two threads", with(bareSendBesideThread)},
            {"ours, sendToAsync", with(ourSendTo)}, {"sendmmsg of 32", with(bareSendMany)},
            {"asio send", with(asioSend)}},
        .operations = 6400 * kAtOnce,
        .smokeOperations = 10 * kAtOnce,
        .step = kAtOnce,
        .unit = "datagram"};
#if SWB_BENCH_QT
    row.contenders.push_back({"Qt write", with(qtSend)});
#endif
    row.targets = {{.contender = "ours", .against = "send", .limit = 1.10},
        {.contender = "ours", .against = "send, two threads", .limit = 1.10},
        {.contender = "ours", .how = Target::How::Value, .figure = "allocations", .limit = 0}};
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Program program("UDP", "Datagrams");
    program.add(datagrams(64));
    program.add(datagrams(1400));
    return program.run(argc, argv);
}
