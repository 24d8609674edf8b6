// SPDX-License-Identifier: GPL-3.0-or-later
/// `connect.`: ConnectAsync, static and not, and CancelConnectAsync. Whether a connect on loopback
/// is pending is timing, here as there.
#include "scenario.h"

namespace swb::test {

namespace {

Observation connect(Stage& stage, Socket& socket, Call& call, const EndPoint& to)
{
    call.e.setRemoteEndPoint(to);
    return stage.run(call, [&] { return socket.connectAsync(call.e); });
}

/// The listener's address, by another name for it.
EndPoint named(const RawListener& listener, const char* host)
{
    return EndPoint::dns(host, listener.endPoint().port());
}

Observation twoHundred(Stage& stage)
{
    const RawListener listener(Link::TcpV4, 0, {}, 256);
    int pendings = 0;
    int events = 0;
    for (int i = 0; i < 200; ++i) {
        Socket socket = stage.socket();
        Call call;
        const Observation one = connect(stage, socket, call, listener.endPoint());
        demand(one.error == "Success", "it connected");
        pendings += *one.returned ? 1 : 0;
        events += one.completedRaised;
        (void)listener.accept();
    }
    Observation o;
    o.fact("events equal pending returns=" + yesNo(events == pendings));
    return o;
}

Observation anyAddress(Stage& stage)
{
    const RawListener listener(Link::TcpV4);
    Socket socket = stage.socket();
    Call call;
    return connect(stage, socket, call, EndPoint::ip("0.0.0.0", listener.endPoint().port()));
}

Observation refusedThenRetry(Stage& stage)
{
    const RefusingEndPoint refusing;
    const RawListener listener(Link::TcpV4);
    Socket socket = stage.socket();
    Call refused;
    const Observation first = connect(stage, socket, refused, refusing.endPoint());
    Call call;
    Observation o = connect(stage, socket, call, listener.endPoint());
    o.fact("error=" + first.error.value_or("none")
        + " bytes=" + std::to_string(first.bytesTransferred.value_or(1)));
    o.fact("Connected=" + yesNo(socket.connected()));
    return o;
}

Observation portZero(Stage& stage)
{
    Socket socket = stage.socket();
    Call call;
    return connect(stage, socket, call, EndPoint::ip("127.0.0.1", 0));
}

Observation remoteNull(Stage& stage)
{
    Socket socket = stage.socket();
    Call call;
    return connect(stage, socket, call, {});
}

Observation wrongFamily(Stage& stage)
{
    Socket socket = stage.socket();
    Call call;
    return connect(stage, socket, call, EndPoint::ip("::1", 9));
}

Observation dualMode(Stage& stage)
{
    const RawListener listener(Link::TcpV4);
    Socket socket(stage.engine(), SocketType::Stream, ProtocolType::Tcp);
    Call call;
    Observation o = connect(stage, socket, call, listener.endPoint());
    o.fact("family=" + toString(socket.addressFamily())
        + " remote=" + socket.remoteEndPoint().address());
    return o;
}

Observation byName(Stage& stage)
{
    const RawListener listener(Link::TcpV4);
    Socket socket = stage.socket();
    Call call;
    Observation o = connect(stage, socket, call, named(listener, "localhost"));
    o.fact("Connected=" + yesNo(socket.connected()) + " ConnectSocket_is_socket="
        + yesNo(call.e.connectSocket() == socket) + " RemoteEndPoint on args="
        + (call.e.remoteEndPoint().kind() == EndPoint::Kind::Dns ? "DnsEndPoint" : "another"));
    return o;
}

Observation byNameRefused(Stage& stage)
{
    const RefusingEndPoint refusing;
    Socket socket = stage.socket();
    Call call;
    Observation o
        = connect(stage, socket, call, EndPoint::dns("localhost", refusing.endPoint().port()));
    o.fact(call.e.connectByNameError().empty() ? "ConnectByNameError=null"
                                               : "ConnectByNameError=SocketException");
    return o;
}

Observation onClosed(Stage& stage)
{
    Socket socket = stage.closedSocket();
    Call call;
    return connect(stage, socket, call, EndPoint::ip("127.0.0.1", 9));
}

// --- While one is pending

struct PendingConnect {
    explicit PendingConnect(Stage& stage)
        : socket(stage.socket())
    {
        call.e.setRemoteEndPoint(full.endPoint());
        returned = socket.connectAsync(call.e);
    }

    FullListener full;
    Socket socket;
    Call call;
    bool returned = false;
};

Observation argsInProgress(Stage& stage)
{
    PendingConnect pending(stage);
    Observation o = attempt([&] { (void)pending.socket.connectAsync(pending.call.e); });
    pending.socket.close();
    demand(pending.call.finished(pending.returned), "the connect ended");
    return o;
}

Observation secondWhilePending(Stage& stage)
{
    PendingConnect pending(stage);
    Call second;
    Observation o = connect(stage, pending.socket, second, pending.full.endPoint());
    o.fact("first pending=" + yesNo(pending.call.e.inProgress()));
    pending.socket.close();
    demand(pending.call.finished(pending.returned), "the connect ended");
    return o;
}

Observation closedWhilePending(Stage& stage)
{
    PendingConnect pending(stage);
    const bool before = pending.call.e.inProgress();
    pending.socket.close();
    Observation o = stage.ended(pending.call, pending.returned);
    o.fact("pending=" + yesNo(before));
    return o;
}

Observation cancelled(Stage& stage)
{
    PendingConnect pending(stage);
    const bool before = pending.call.e.inProgress();
    Socket::cancelConnectAsync(pending.call.e);
    Observation o = stage.ended(pending.call, pending.returned);
    Call again;
    const Observation second = connect(stage, pending.socket, again, EndPoint::ip("127.0.0.1", 9));
    o.fact(
        "pending=" + yesNo(before) + "; connect again: threw " + second.threw.value_or("nothing"));
    return o;
}

Observation cancelFinished(Stage& stage)
{
    const RawListener listener(Link::TcpV4);
    Socket socket = stage.socket();
    Call call;
    Observation o = connect(stage, socket, call, listener.endPoint());
    Socket::cancelConnectAsync(call.e);
    o.fact("Connected=" + yesNo(socket.connected()));
    return o;
}

Observation cancelUnused(Stage& /*stage*/)
{
    SocketAsyncEventArgs e;
    return attempt([&] { Socket::cancelConnectAsync(e); });
}

Observation cancelOther(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes room(10);
    Call call;
    call.e.setBuffer(room);
    const bool pending = wire.socket.receiveAsync(call.e);
    Socket::cancelConnectAsync(call.e);
    const bool still = call.e.inProgress();
    wire.peer.write(randomBytes(3));
    Observation o = stage.ended(call, pending);
    o.fact("receive still pending=" + yesNo(still));
    return o;
}

// --- With data, and datagrams

Observation withBuffer(Stage& stage)
{
    const RawListener listener(Link::TcpV4);
    Wire wire;
    wire.socket = stage.socket();
    const Bytes data = randomBytes(10);
    Call call;
    call.e.setBuffer(data);
    Observation o = connect(stage, wire.socket, call, listener.endPoint());
    wire.peer = listener.accept();
    readPeer(o, wire, data);
    return o;
}

Observation udp(Stage& stage)
{
    const RawPeer peer = rawDatagramPeer();
    Socket socket = stage.socket(Link::Udp);
    Call call;
    Observation o = connect(stage, socket, call, peer.localEndPoint());
    o.fact("Connected=" + yesNo(socket.connected()));
    return o;
}

// --- Static

/// The id of the event's sender: 0 for none.
std::string senderOf(const Call& call)
{
    if (call.done.count() == 0)
        return "none";
    const std::uint32_t id = call.done.last().senderId;
    const Socket result = call.e.connectSocket();
    if (id == 0)
        return "null";
    return result && result.id() == id ? "ConnectSocket" : "another";
}

bool startStatic(Stage& stage, Call& call, const EndPoint& to)
{
    call.e.setRemoteEndPoint(to);
    return Socket::connectAsync(stage.engine(), SocketType::Stream, ProtocolType::Tcp, call.e);
}

Observation staticByName(Stage& stage)
{
    const RawListener listener(Link::TcpV4);
    Call call;
    Observation o
        = stage.run(call, [&] { return startStatic(stage, call, named(listener, "localhost")); });
    const Socket result = call.e.connectSocket();
    demand(bool(result), "there is a ConnectSocket");
    o.fact("ConnectSocket connected=" + yesNo(result.connected())
        + " family=" + toString(result.addressFamily()) + " sender=" + senderOf(call));
    return o;
}

Observation staticRefused(Stage& stage)
{
    const RefusingEndPoint refusing;
    Call call;
    Observation o = stage.run(call, [&] { return startStatic(stage, call, refusing.endPoint()); });
    o.fact(std::string("ConnectSocket=") + (call.e.connectSocket() ? "set" : "null"));
    if (o.completedRaised > 0)
        o.fact("sender=" + senderOf(call));
    return o;
}

Observation staticCancelled(Stage& stage, const EndPoint& to)
{
    Call call;
    const bool returned = startStatic(stage, call, to);
    const bool before = call.e.inProgress();
    Socket::cancelConnectAsync(call.e);
    Observation o = stage.ended(call, returned);
    o.fact("pending=" + yesNo(before)
        + "; ConnectSocket=" + (call.e.connectSocket() ? "set" : "null"));
    return o;
}

Observation staticCancel(Stage& stage)
{
    const FullListener full;
    return staticCancelled(stage, full.endPoint());
}

Observation staticByNameCancel(Stage& stage)
{
    const FullListener full;
    return staticCancelled(stage, EndPoint::dns("localhost", full.endPoint().port()));
}

constexpr Scenario kScenarios[] = {
    {"connect.success_200", twoHundred},
    {"connect.any_address", anyAddress},
    {"connect.refused_then_retry", refusedThenRetry},
    {"connect.port_zero", portZero},
    {"connect.remote_null", remoteNull},
    {"connect.wrong_family", wrongFamily},
    {"connect.dual_mode", dualMode},
    {"connect.dns_localhost", byName},
    {"connect.dns_refused", byNameRefused},
    {"connect.closed", onClosed},
    {"connect.args_in_progress", argsInProgress},
    {"connect.second_while_pending", secondWhilePending},
    {"connect.buffer_set", withBuffer},
    {"connect.udp", udp},
    {"connect.close_pending", closedWhilePending},
    {"connect.cancel", cancelled},
    {"connect.cancel_finished", cancelFinished},
    {"connect.cancel_unused_args", cancelUnused},
    {"connect.cancel_other_operation", cancelOther},
    {"connect.static_dns", staticByName},
    {"connect.static_refused", staticRefused},
    {"connect.static_cancel", staticCancel},
    {"connect.static_dns_cancel", staticByNameCancel},
};

} // namespace

std::span<const Scenario> connectScenarios()
{
    return kScenarios;
}

} // namespace swb::test
