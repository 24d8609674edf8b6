// SPDX-License-Identifier: GPL-3.0-or-later
/// `recv.`: ReceiveAsync.
#include "scenario.h"

#include <poll.h>

namespace swb::test {

namespace {

Observation receive(Stage& stage, Wire& wire, Call& call)
{
    return stage.run(call, [&] { return wire.socket.receiveAsync(call.e); });
}

/// The bytes wait at the engine's end when it returns.
void deliver(Wire& wire, const Bytes& bytes)
{
    wire.peer.write(bytes);
    demand(waitForEvents(wire.socket.nativeHandle(), POLLIN), "the bytes arrived");
}

std::string availableAfter(const Wire& wire)
{
    return "Available after=" + std::to_string(wire.socket.available());
}

Observation moreThanBuffer(Stage& stage)
{
    Wire wire = stage.tcp();
    deliver(wire, randomBytes(100));
    Bytes room(30);
    Call call;
    call.e.setBuffer(room);
    return receive(stage, wire, call);
}

Observation zeroBytePending(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes room(1);
    Call call;
    call.e.setBuffer(std::span(room), 0, 0);
    const bool pending = wire.socket.receiveAsync(call.e);
    const bool still = call.e.inProgress();
    wire.peer.write(randomBytes(5));
    Observation o = stage.ended(call, pending);
    o.fact("pending=" + yesNo(still) + "; " + availableAfter(wire));
    return o;
}

Observation zeroByteWaiting(Stage& stage)
{
    Wire wire = stage.tcp();
    deliver(wire, randomBytes(5));
    Bytes room(1);
    Call call;
    call.e.setBuffer(std::span(room), 0, 0);
    Observation o = receive(stage, wire, call);
    o.fact(availableAfter(wire));
    return o;
}

Observation bufferList(Stage& stage)
{
    Wire wire = stage.tcp();
    const Bytes data = randomBytes(25);
    deliver(wire, data);
    Bytes first(10);
    Bytes none(1);
    Bytes last(20);
    Call call;
    call.e.setBufferList({std::span(first), std::span(none).first(0), std::span(last)});
    Observation o = receive(stage, wire, call);
    o.fact("content right=" + yesNo(slice(joined({first, last}), 0, 25) == data));
    return o;
}

/// Receives twice; the second one is told of in the notes.
Observation receiveTwice(Stage& stage, Wire& wire)
{
    Bytes room(10);
    Call call;
    call.e.setBuffer(room);
    Observation o = receive(stage, wire, call);
    Call again;
    again.e.setBuffer(room);
    o.fact("again: " + stage.outcome(again, [&] { return wire.socket.receiveAsync(again.e); }));
    return o;
}

Observation peerClosed(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.peer.close();
    demand(waitForEvents(wire.socket.nativeHandle(), POLLRDHUP), "the end arrived");
    return receiveTwice(stage, wire);
}

Observation peerReset(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.peer.reset();
    demand(waitForEvents(wire.socket.nativeHandle(), 0), "the reset arrived");
    return receiveTwice(stage, wire);
}

Observation afterShutdown(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.socket.shutdown(SocketShutdown::Receive);
    Bytes room(10);
    Call call;
    call.e.setBuffer(room);
    return receive(stage, wire, call);
}

Observation closedWhilePending(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes room(10);
    Call call;
    call.e.setBuffer(room);
    const bool pending = wire.socket.receiveAsync(call.e);
    wire.socket.close();
    return stage.ended(call, pending);
}

Observation onClosed(Stage& stage)
{
    Socket socket = stage.closedSocket();
    Bytes room(10);
    Call call;
    call.e.setBuffer(room);
    return stage.run(call, [&] { return socket.receiveAsync(call.e); });
}

Observation argsInProgress(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes room(10);
    Call call;
    call.e.setBuffer(room);
    const bool pending = wire.socket.receiveAsync(call.e);
    Observation o = attempt([&] { (void)wire.socket.receiveAsync(call.e); });
    wire.peer.write(randomBytes(5));
    o.fact("first: " + stage.outcomeOf(call, pending));
    return o;
}

Observation twoPending(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes rooms[2] = {Bytes(100), Bytes(100)};
    Call calls[2];
    bool pending[2];
    for (int i = 0; i < 2; ++i) {
        calls[i].e.setBuffer(rooms[i]);
        pending[i] = wire.socket.receiveAsync(calls[i].e);
    }
    wire.peer.write(randomBytes(5));
    const std::string first = stage.outcomeOf(calls[0], pending[0]);
    wire.peer.write(randomBytes(7));
    Observation o = stage.ended(calls[1], pending[1]);
    o.fact("first: " + first);
    return o;
}

Observation peek(Stage& stage)
{
    Wire wire = stage.tcp();
    deliver(wire, randomBytes(5));
    Bytes room(10);
    Call call;
    call.e.setBuffer(room);
    call.e.setSocketFlags(SocketFlags::Peek);
    Observation o = receive(stage, wire, call);
    o.fact(availableAfter(wire) + " SocketFlags after="
        + (call.e.socketFlags() == SocketFlags::None ? "None" : "something"));
    Call plain;
    plain.e.setBuffer(room);
    demand(receive(stage, wire, plain).bytesTransferred == 5U, "a plain receive takes them");
    return o;
}

Observation udpTruncated(Stage& stage)
{
    Wire wire = stage.udp();
    deliver(wire, randomBytes(100));
    Bytes room(30);
    Call call;
    call.e.setBuffer(room);
    Observation o = receive(stage, wire, call);
    o.fact(std::string("SocketFlags=")
        + (call.e.socketFlags() == SocketFlags::Truncated ? "Truncated" : "something"));
    return o;
}

constexpr Scenario kScenarios[] = {
    {"recv.more_than_buffer", moreThanBuffer},
    {"recv.zero_byte_pending", zeroBytePending},
    {"recv.zero_byte_waiting", zeroByteWaiting},
    {"recv.bufferlist", bufferList},
    {"recv.peer_closed", peerClosed},
    {"recv.peer_rst_before", peerReset},
    {"recv.after_shutdown_receive", afterShutdown},
    {"recv.close_pending", closedWhilePending},
    {"recv.closed", onClosed},
    {"recv.args_in_progress", argsInProgress},
    {"recv.two_pending", twoPending},
    {"recv.peek", peek},
    {"recv.udp_truncated", udpTruncated},
};

} // namespace

std::span<const Scenario> receiveScenarios()
{
    return kScenarios;
}

} // namespace swb::test
