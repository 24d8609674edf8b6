// SPDX-License-Identifier: GPL-3.0-or-later
/// `send.`: what SendAsync takes, and what comes out at the other end.
#include "scenario.h"

#include <algorithm>
#include <atomic>
#include <future>

#include <sys/socket.h>

namespace swb::test {

namespace {

/// The peer waits until the send is pending.
Observation sendToLateReader(Stage& stage, const Bytes& data, int sendBuffer)
{
    Wire wire = stage.tcp();
    if (sendBuffer > 0)
        wire.socket.setSendBufferSize(sendBuffer);
    Call call;
    call.e.setBuffer(data);
    const bool pending = wire.socket.sendAsync(call.e);
    const int before = call.done.count();
    const Bytes got = wire.peer.read(data.size());
    Observation o = stage.ended(call, pending);
    notePeer(o, got, data);
    o.fact("raised_before_peer_read=" + std::to_string(before));
    return o;
}

Observation sixtyFourMiB(Stage& stage)
{
    return sendToLateReader(stage, randomBytes(64 * kMiB), 0);
}

Observation smallSendBuffer(Stage& stage)
{
    return sendToLateReader(stage, randomBytes(kMiB), 4096);
}

Observation sendOf(Stage& stage, const Bytes& data, Link link, SocketFlags flags)
{
    Wire wire = stage.tcp(link);
    if (hasFlag(flags, SocketFlags::OutOfBand)) {
        const int on = 1; // so that the urgent byte is among the others
        ::setsockopt(wire.peer.descriptor(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
    }
    Call call;
    call.e.setBuffer(data);
    call.e.setSocketFlags(flags);
    Observation o = stage.send(wire, call);
    if (flags != SocketFlags::None && o.error == "Success" && data.size() == 1)
        o.fact(call.e.socketFlags() == SocketFlags::None ? "SocketFlags after=None"
                                                         : "SocketFlags after=something");
    readPeer(o, wire, data);
    return o;
}

Observation smallSend(Stage& stage)
{
    return sendOf(stage, randomBytes(100), Link::TcpV4, SocketFlags::None);
}

Observation unixDomain(Stage& stage)
{
    return sendOf(stage, randomBytes(100), Link::UnixStream, SocketFlags::None);
}

Observation flagsAfter(Stage& stage)
{
    return sendOf(stage, randomBytes(1), Link::TcpV4, SocketFlags::OutOfBand);
}

Observation dontRoute(Stage& stage)
{
    return sendOf(stage, randomBytes(100), Link::TcpV4, SocketFlags::DontRoute);
}

Observation partialFlag(Stage& stage)
{
    return sendOf(stage, randomBytes(100), Link::TcpV4, SocketFlags::Partial);
}

Observation undefinedFlag(Stage& stage)
{
    return sendOf(stage, randomBytes(100), Link::TcpV4, static_cast<SocketFlags>(0x40000));
}

Observation zeroLength(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes room(10);
    Call call;
    call.e.setBuffer(std::span(room), 0, 0);
    Observation o = stage.send(wire, call);
    readPeer(o, wire, {});
    return o;
}

Observation thousandSmall(Stage& stage)
{
    Wire wire = stage.tcp();
    const Bytes data = randomBytes(100000);
    Observation o;
    int pendings = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
        Call call;
        call.e.setBuffer(std::span(data).subspan(i * 100, 100));
        const bool pending = wire.socket.sendAsync(call.e);
        demand(call.finished(pending), "the send ended");
        pendings += pending ? 1 : 0;
    }
    readPeer(o, wire, data);
    o.fact("returned_true=" + std::to_string(pendings)
        + " returned_false=" + std::to_string(1000 - pendings));
    return o;
}

// --- Buffer lists

Observation sendList(Stage& stage, const std::vector<std::size_t>& sizes)
{
    Wire wire = stage.tcp();
    std::size_t total = 0;
    for (const std::size_t size : sizes)
        total += size;
    Bytes data = randomBytes(total);
    std::vector<std::span<std::byte>> list;
    std::size_t at = 0;
    for (const std::size_t size : sizes) {
        list.push_back(std::span(data).subspan(at, size));
        at += size;
    }
    Call call;
    call.e.setBufferList(std::move(list));
    Observation o = stage.send(wire, call);
    readPeer(o, wire, data);
    return o;
}

Observation listOfThree(Stage& stage)
{
    return sendList(stage, {10, 2000, 120});
}

Observation listOfEmptySegments(Stage& stage)
{
    return sendList(stage, {0, 0, 0});
}

Observation listOfNothing(Stage& stage)
{
    return sendList(stage, {});
}

Observation listOf1024(Stage& stage)
{
    return sendList(stage, std::vector<std::size_t>(1024, 10));
}

Observation listOf1025(Stage& stage)
{
    return sendList(stage, std::vector<std::size_t>(1025, 10));
}

Observation listOf5000(Stage& stage)
{
    return sendList(stage, std::vector<std::size_t>(5000, 10));
}

Observation listClearedThenBuffer(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes data = randomBytes(5);
    Call call;
    call.e.setBufferList({std::span(data)});
    call.e.clearBufferList();
    call.e.setBuffer(data);
    Observation o = stage.send(wire, call);
    readPeer(o, wire, data);
    return o;
}

// --- One args, again and again

/// Sends the same buffer `times` times, each as soon as the former has ended, from the handler
/// where there is one.
class Resender {
public:
    Resender(Wire& wire, const Bytes& data, int times)
        : m_wire(wire)
        , m_left(times)
    {
        m_e.setBuffer(data);
        m_e.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
            ++m_events;
            goOn();
        });
    }

    bool run()
    {
        goOn();
        return m_done.wait();
    }
    SocketAsyncEventArgs& args() { return m_e; }
    bool eventsEqualPendingReturns() const { return m_events == m_pendings; }

private:
    void goOn()
    {
        while (m_left-- > 0) {
            ++m_pendings; // before the event can come
            if (m_wire.socket.sendAsync(m_e))
                return;
            --m_pendings;
        }
        m_done.open();
    }

    Wire& m_wire;
    std::atomic<int> m_left;
    std::atomic<int> m_events{0};
    std::atomic<int> m_pendings{0};
    Latch m_done;
    SocketAsyncEventArgs m_e;
};

Observation reuse10k(Stage& stage)
{
    Wire wire = stage.tcp();
    const Bytes data = randomBytes(1000);
    auto reading = std::async(std::launch::async, [&] { return wire.peer.read(10'000'000); });
    Resender resender(wire, data, 10000);
    demand(resender.run(), "all were sent");
    const Bytes got = reading.get();
    stage.settle();
    Observation o;
    o.error = toString(resender.args().socketError());
    o.bytesTransferred = resender.args().bytesTransferred();
    o.lastOperation = toString(resender.args().lastOperation());
    o.peerReceived = got.size();
    bool right = got.size() == 10'000'000;
    for (std::size_t at = 0; right && at < got.size(); at += data.size())
        right = std::equal(data.begin(), data.end(), got.begin() + static_cast<std::ptrdiff_t>(at));
    o.contentRight = right;
    o.fact("events equal pending returns: " + yesNo(resender.eventsEqualPendingReturns()));
    return o;
}

Observation closeAfterCompletion(Stage& stage)
{
    Wire wire = stage.tcp();
    const Bytes data = randomBytes(kMiB);
    Call call;
    call.e.setBuffer(data);
    Observation o = stage.send(wire, call);
    readPeer(o, wire, data); // closes right away
    return o;
}

constexpr Scenario kScenarios[] = {
    {"send.64MiB_nonreading_peer", sixtyFourMiB},
    {"send.small_sndbuf", smallSendBuffer},
    {"send.blocking_false", smallSend}, // an engine socket is never blocking
    {"send.1000_small", thousandSmall},
    {"send.bufferlist_3", listOfThree},
    {"send.bufferlist_all_empty", listOfEmptySegments},
    {"send.bufferlist_no_segments", listOfNothing},
    {"send.bufferlist_1024_segments", listOf1024},
    {"send.bufferlist_1025_segments", listOf1025},
    {"send.bufferlist_5000_segments", listOf5000},
    {"send.zero_length", zeroLength},
    {"send.socketflags_after", flagsAfter},
    {"send.socketflags_unsupported", partialFlag},
    {"send.socketflags_undefined", undefinedFlag},
    {"send.unix_domain", unixDomain},
    {"send.socketflags_dontroute", dontRoute},
    {"send.bufferlist_null_then_buffer", listClearedThenBuffer},
    {"send.reuse_10k_from_callback", reuse10k},
    {"send.close_after_completion", closeAfterCompletion},
};

} // namespace

std::span<const Scenario> sendScenarios()
{
    return kScenarios;
}

} // namespace swb::test
