// SPDX-License-Identifier: GPL-3.0-or-later
/// `send.`: setters that refuse, calls that are not allowed, and connections that have ended.
#include "scenario.h"

#include <poll.h>

namespace swb::test {

namespace {

/// A setter that refuses, on args that belong to a connection: nothing may come out of it.
Observation setter(Stage& stage, const std::function<void(SocketAsyncEventArgs&)>& set)
{
    Wire wire = stage.tcp();
    SocketAsyncEventArgs e;
    Observation o = attempt([&] { set(e); });
    readPeer(o, wire, {});
    return o;
}

Observation listThenBuffer(Stage& stage)
{
    Bytes bytes(10);
    return setter(stage, [&](SocketAsyncEventArgs& e) {
        e.setBufferList({std::span(bytes)});
        e.setBuffer(bytes);
    });
}

Observation countTooLarge(Stage& stage)
{
    Bytes bytes(10);
    return setter(stage, [&](SocketAsyncEventArgs& e) { e.setBuffer(std::span(bytes), 0, 11); });
}

Observation offsetNegative(Stage& stage)
{
    Bytes bytes(10);
    return setter(stage, [&](SocketAsyncEventArgs& e) {
        e.setBuffer(std::span(bytes), static_cast<std::size_t>(-1), 5);
    });
}

Observation rangeTooLarge(Stage& stage)
{
    Bytes bytes(100);
    return setter(stage, [&](SocketAsyncEventArgs& e) {
        e.setBuffer(bytes);
        e.setBuffer(90, 11);
    });
}

Observation rangeWithoutBuffer(Stage& stage)
{
    Wire wire = stage.tcp();
    Call call;
    call.e.setBuffer(5, 5);
    Observation o = stage.send(wire, call);
    o.fact(
        "Offset=" + std::to_string(call.e.offset()) + " Count=" + std::to_string(call.e.count()));
    readPeer(o, wire, {});
    return o;
}

// --- Sockets that cannot send

Observation sendOn(Stage& stage, Socket& socket)
{
    Bytes bytes(10);
    Call call;
    call.e.setBuffer(bytes);
    return stage.run(call, [&] { return socket.sendAsync(call.e); });
}

Observation notConnectedBound(Stage& stage)
{
    Socket socket = stage.socket();
    socket.bind(EndPoint::ip("127.0.0.1", 0));
    return sendOn(stage, socket);
}

Observation connectInProgress(Stage& stage)
{
    const FullListener full;
    Socket socket = stage.socket();
    Call connecting;
    connecting.e.setRemoteEndPoint(full.endPoint());
    const bool pending = socket.connectAsync(connecting.e);
    Observation o = sendOn(stage, socket);
    o.fact("connect pending=" + yesNo(pending && connecting.e.inProgress()));
    socket.close();
    demand(connecting.finished(pending), "the connect ended");
    return o;
}

Observation afterClose(Stage& stage)
{
    Socket socket = stage.closedSocket();
    return sendOn(stage, socket);
}

Observation zeroLengthAfterShutdown(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.socket.shutdown(SocketShutdown::Send);
    Bytes room(1);
    Call call;
    call.e.setBuffer(std::span(room), 0, 0);
    return stage.send(wire, call);
}

// --- Connections that have ended

std::string sendAgain(Stage& stage, Wire& wire)
{
    Bytes bytes(10);
    Call call;
    call.e.setBuffer(bytes);
    return stage.outcome(call, [&] { return wire.socket.sendAsync(call.e); });
}

/// The connection is gone, not only half closed.
void waitForHangUp(const Wire& wire)
{
    demand(waitForEvents(wire.socket.nativeHandle(), 0), "the reset arrived");
}

Observation afterPeerClose(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.peer.close();
    demand(waitForEvents(wire.socket.nativeHandle(), POLLRDHUP), "the peer's end arrived");
    (void)sendAgain(stage, wire); // is answered by a reset
    waitForHangUp(wire);
    Observation o = sendOn(stage, wire.socket);
    o.fact("Connected=" + yesNo(wire.socket.connected()) + "; third: " + sendAgain(stage, wire));
    return o;
}

Observation afterPeerReset(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.peer.reset();
    waitForHangUp(wire);
    Observation o = sendOn(stage, wire.socket);
    o.fact("Connected=" + yesNo(wire.socket.connected()) + "; second: " + sendAgain(stage, wire));
    return o;
}

constexpr Scenario kScenarios[] = {
    {"send.bufferlist_then_buffer", listThenBuffer},
    {"send.count_too_large", countTooLarge},
    {"send.offset_negative", offsetNegative},
    {"send.setbuffer_range_without_buffer", rangeWithoutBuffer},
    {"send.setbuffer_range_too_large", rangeTooLarge},
    {"send.not_connected_bound", notConnectedBound},
    {"send.connect_in_progress", connectInProgress},
    {"send.after_close", afterClose},
    {"send.zero_length_after_shutdown_send", zeroLengthAfterShutdown},
    {"send.after_peer_close_second", afterPeerClose},
    {"send.after_peer_rst", afterPeerReset},
};

} // namespace

std::span<const Scenario> sendMisuseScenarios()
{
    return kScenarios;
}

} // namespace swb::test
