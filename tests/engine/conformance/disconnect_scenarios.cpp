// SPDX-License-Identifier: GPL-3.0-or-later
/// `disconnect.`: DisconnectAsync, and the socket afterwards.
#include "scenario.h"

#include <set>

namespace swb::test {

namespace {

Observation disconnect(Stage& stage, Socket& socket, Call& call, bool reuse)
{
    call.e.setDisconnectReuseSocket(reuse);
    return stage.run(call, [&] { return socket.disconnectAsync(call.e); });
}

std::string sendTen(Stage& stage, Socket& socket)
{
    Bytes ten(10);
    Call call;
    call.e.setBuffer(ten);
    return stage.outcome(call, [&] { return socket.sendAsync(call.e); });
}

Observation plain(Stage& stage)
{
    Wire wire = stage.tcp();
    Call call;
    Observation o = disconnect(stage, wire.socket, call, false);
    o.fact("Connected=" + yesNo(wire.socket.connected()));
    o.fact("send: " + sendTen(stage, wire.socket));
    const RawListener listener(Link::TcpV4);
    Call again;
    again.e.setRemoteEndPoint(listener.endPoint());
    o.fact("reconnect: " + stage.outcome(again, [&] { return wire.socket.connectAsync(again.e); }));
    notePeer(o, wire.peer.readAll(), {});
    return o;
}

Observation reuse(Stage& stage)
{
    Wire wire = stage.tcp();
    Call call;
    Observation o = disconnect(stage, wire.socket, call, true);
    o.fact("Connected=" + yesNo(wire.socket.connected()));
    notePeer(o, wire.peer.readAll(), {});
    const RawListener listener(Link::TcpV4);
    Call again;
    again.e.setRemoteEndPoint(listener.endPoint());
    const Observation connected
        = stage.run(again, [&] { return wire.socket.connectAsync(again.e); });
    o.fact("error=" + connected.error.value_or("none") + " bytes="
        + std::to_string(connected.bytesTransferred.value_or(1))); // pending or not is timing
    o.fact("send after reconnect: " + sendTen(stage, wire.socket));
    demand(listener.accept().read(10).size() == 10, "the new connection carries bytes");
    return o;
}

Observation notConnected(Stage& stage)
{
    Socket socket = stage.socket();
    Call call;
    return disconnect(stage, socket, call, false);
}

Observation onClosed(Stage& stage)
{
    Socket socket = stage.closedSocket();
    Call call;
    return disconnect(stage, socket, call, false);
}

Observation argsInProgress(Stage& stage)
{
    PendingSend first(stage, bigBytes());
    Observation o = attempt([&] { (void)first.wire.socket.disconnectAsync(first.call.e); });
    (void)first.readAll(o, bigBytes());
    o.fact("first send: " + first.outcome());
    return o;
}

/// How a receive that is pending ends.
std::string receiveEnds(Stage& stage, bool reuseSocket, Observation& o)
{
    Wire wire = stage.tcp();
    Bytes room(10);
    Call receiving;
    receiving.e.setBuffer(room);
    const bool pending = wire.socket.receiveAsync(receiving.e);
    Call call;
    o = disconnect(stage, wire.socket, call, reuseSocket);
    return stage.outcomeOf(receiving, pending);
}

Observation receivePending(Stage& stage)
{
    Observation o;
    const std::string end = receiveEnds(stage, false, o);
    o.fact("receive: " + end);
    return o;
}

Observation reuseReceivePending(Stage& stage)
{
    Observation o;
    std::set<std::string> ways;
    for (int i = 0; i < 40; ++i)
        ways.insert(receiveEnds(stage, true, o));
    for (const std::string& way : ways)
        o.fact("receive, ways seen: " + way);
    return o;
}

Observation udp(Stage& stage)
{
    Wire wire = stage.udp();
    Call call;
    return disconnect(stage, wire.socket, call, false);
}

constexpr Scenario kScenarios[] = {
    {"disconnect.plain", plain},
    {"disconnect.reuse", reuse},
    {"disconnect.not_connected", notConnected},
    {"disconnect.closed", onClosed},
    {"disconnect.args_in_progress", argsInProgress},
    {"disconnect.receive_pending", receivePending},
    {"disconnect.reuse_receive_pending", reuseReceivePending},
    {"disconnect.udp", udp},
};

} // namespace

std::span<const Scenario> disconnectScenarios()
{
    return kScenarios;
}

} // namespace swb::test
