// SPDX-License-Identifier: GPL-3.0-or-later
/// `sendto.`, `recvfrom.`, `recvmsg.`: with an address in the call.
#include "scenario.h"

#include <algorithm>

#include <poll.h>

namespace swb::test {

namespace {

// --- SendToAsync

/// A bound datagram socket and one that knows nothing of it.
Wire strangers(Stage& stage)
{
    Wire wire;
    wire.socket = stage.socket(Link::Udp);
    wire.peer = rawDatagramPeer();
    return wire;
}

Observation sendTo(Stage& stage, Socket& socket, Call& call, const EndPoint& to)
{
    call.e.setRemoteEndPoint(to);
    return stage.run(call, [&] { return socket.sendToAsync(call.e); });
}

Observation sendBytesTo(Stage& stage, const EndPoint& to)
{
    Socket socket = stage.socket(Link::Udp);
    const Bytes data = randomBytes(100);
    Call call;
    call.e.setBuffer(data);
    return sendTo(stage, socket, call, to);
}

Observation sendToUdp(Stage& stage)
{
    Wire wire = strangers(stage);
    const Bytes data = randomBytes(100);
    Call call;
    call.e.setBuffer(data);
    Observation o = sendTo(stage, wire.socket, call, wire.peer.localEndPoint());
    readDatagrams(o, wire, data);
    o.fact("Connected=" + yesNo(wire.socket.connected()));
    o.fact("bound=" + yesNo(wire.socket.isBound()));
    return o;
}

Observation sendToList(Stage& stage)
{
    Wire wire = strangers(stage);
    Bytes a = randomBytes(120, 1);
    Bytes b = randomBytes(80, 2);
    Call call;
    call.e.setBufferList({std::span(a), std::span(b)});
    Observation o = sendTo(stage, wire.socket, call, wire.peer.localEndPoint());
    readDatagrams(o, wire, joined({a, b}));
    return o;
}

Observation sendToSize(Stage& stage, std::size_t size)
{
    Wire wire = strangers(stage);
    Bytes data = randomBytes(std::max<std::size_t>(size, 1));
    Call call;
    call.e.setBuffer(std::span(data), 0, size);
    Observation o = sendTo(stage, wire.socket, call, wire.peer.localEndPoint());
    readDatagrams(o, wire, {});
    return o;
}

Observation sendToOversized(Stage& stage)
{
    return sendToSize(stage, 65508);
}

Observation sendToZeroLength(Stage& stage)
{
    return sendToSize(stage, 0);
}

Observation sendToNeither(Stage& stage)
{
    Wire wire = strangers(stage);
    Call call;
    Observation o = sendTo(stage, wire.socket, call, wire.peer.localEndPoint());
    readDatagrams(o, wire, {});
    return o;
}

Observation sendToNull(Stage& stage)
{
    return sendBytesTo(stage, {});
}

Observation sendToWrongFamily(Stage& stage)
{
    return sendBytesTo(stage, EndPoint::ip("::1", 9));
}

Observation sendToBroadcast(Stage& stage)
{
    return sendBytesTo(stage, EndPoint::ip("255.255.255.255", 9));
}

Observation sendToPortZero(Stage& stage)
{
    return sendBytesTo(stage, EndPoint::ip("127.0.0.1", 0));
}

Observation sendToOnTcp(Stage& stage)
{
    Wire wire = stage.tcp();
    const Bytes data = randomBytes(100);
    Call call;
    call.e.setBuffer(data);
    Observation o = sendTo(stage, wire.socket, call, EndPoint::ip("127.0.0.2", 9));
    readPeer(o, wire, data);
    return o;
}

Observation sendToClosed(Stage& stage)
{
    Socket socket = stage.closedSocket();
    const Bytes data = randomBytes(100);
    Call call;
    call.e.setBuffer(data);
    return sendTo(stage, socket, call, EndPoint::ip("127.0.0.1", 9));
}

// --- ReceiveFromAsync and ReceiveMessageFromAsync

using Receiver = bool (Socket::*)(SocketAsyncEventArgs&);

/// On a bound socket to which nothing was sent; for what is refused before that matters.
Observation receiveRefused(Stage& stage, Receiver receiver, const EndPoint& from)
{
    Socket socket = stage.socket(Link::Udp);
    socket.bind(EndPoint::ip("127.0.0.1", 0));
    Bytes room(100);
    Call call;
    call.e.setBuffer(room);
    call.e.setRemoteEndPoint(from);
    return stage.run(call, [&] { return (socket.*receiver)(call.e); });
}

std::string flagsOf(const Call& call)
{
    const SocketFlags flags = call.e.socketFlags();
    if (flags == SocketFlags::None)
        return "SocketFlags=None";
    return flags == SocketFlags::Truncated ? "SocketFlags=Truncated" : "SocketFlags=something";
}

std::string senderIs(const Call& call, const RawPeer& peer)
{
    return "RemoteEndPoint_is_sender=" + yesNo(call.e.remoteEndPoint() == peer.localEndPoint());
}

Observation truncated(Stage& stage)
{
    Socket socket = stage.socket(Link::Udp);
    socket.bind(EndPoint::ip("127.0.0.1", 0));
    const RawPeer peer = rawDatagramPeer();
    peer.writeTo(socket.localEndPoint(), randomBytes(100));
    demand(waitForEvents(socket.nativeHandle(), POLLIN), "the datagram arrived");
    Bytes room(30);
    Call call;
    call.e.setBuffer(room);
    call.e.setRemoteEndPoint(EndPoint::ip("0.0.0.0", 0));
    Observation o = stage.run(call, [&] { return socket.receiveFromAsync(call.e); });
    o.fact(senderIs(call, peer));
    o.fact(flagsOf(call));
    o.fact("Available after=" + std::to_string(socket.available()));
    return o;
}

Observation remoteNull(Stage& stage)
{
    return receiveRefused(stage, &Socket::receiveFromAsync, {});
}

Observation wrongFamily(Stage& stage)
{
    return receiveRefused(stage, &Socket::receiveFromAsync, EndPoint::ip("::", 0));
}

Observation notBound(Stage& stage)
{
    Socket socket = stage.socket(Link::Udp);
    Bytes room(100);
    Call call;
    call.e.setBuffer(room);
    call.e.setRemoteEndPoint(EndPoint::ip("0.0.0.0", 0));
    Observation o;
    o.returned = socket.receiveFromAsync(call.e);
    stage.settle();
    o.completedRaised = call.done.count();
    demand(call.e.inProgress(), "the receive is still pending");
    socket.close();
    demand(call.done.wait(), "closing ended it");
    return o;
}

Observation onTcp(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.peer.write(randomBytes(100));
    demand(waitForEvents(wire.socket.nativeHandle(), POLLIN), "the bytes arrived");
    Bytes room(200);
    Call call;
    call.e.setBuffer(room);
    call.e.setRemoteEndPoint(EndPoint::ip("0.0.0.0", 0));
    Observation o = stage.run(call, [&] { return wire.socket.receiveFromAsync(call.e); });
    o.fact("RemoteEndPoint is " + call.e.remoteEndPoint().toString());
    return o;
}

Observation messagePending(Stage& stage)
{
    Socket socket = stage.socket(Link::Udp);
    socket.bind(EndPoint::ip("127.0.0.1", 0));
    const RawPeer peer = rawDatagramPeer();
    Bytes room(200);
    Call call;
    call.e.setBuffer(room);
    call.e.setRemoteEndPoint(EndPoint::ip("0.0.0.0", 0));
    const bool pending = socket.receiveMessageFromAsync(call.e);
    const bool still = call.e.inProgress();
    peer.writeTo(socket.localEndPoint(), randomBytes(100));
    Observation o = stage.ended(call, pending);
    o.fact("pending=" + yesNo(still));
    o.fact(senderIs(call, peer));
    o.fact(flagsOf(call) + " PacketInfo=" + call.e.receiveMessageFromPacketInfo().address);
    return o;
}

Observation messageRemoteNull(Stage& stage)
{
    return receiveRefused(stage, &Socket::receiveMessageFromAsync, {});
}

Observation messageWrongFamily(Stage& stage)
{
    return receiveRefused(stage, &Socket::receiveMessageFromAsync, EndPoint::ip("::", 0));
}

Observation messageClosed(Stage& stage)
{
    Socket socket = stage.socket(Link::Udp);
    socket.bind(EndPoint::ip("127.0.0.1", 0));
    Bytes room(100);
    Call call;
    call.e.setBuffer(room);
    call.e.setRemoteEndPoint(EndPoint::ip("0.0.0.0", 0));
    const bool pending = socket.receiveMessageFromAsync(call.e);
    socket.close();
    return stage.ended(call, pending);
}

constexpr Scenario kScenarios[] = {
    {"sendto.udp", sendToUdp},
    {"sendto.bufferlist", sendToList},
    {"sendto.oversized", sendToOversized},
    {"sendto.zero_length", sendToZeroLength},
    {"sendto.neither", sendToNeither},
    {"sendto.remote_null", sendToNull},
    {"sendto.wrong_family", sendToWrongFamily},
    {"sendto.broadcast", sendToBroadcast},
    {"sendto.port_zero", sendToPortZero},
    {"sendto.tcp", sendToOnTcp},
    {"sendto.closed", sendToClosed},
    {"recvfrom.truncated", truncated},
    {"recvfrom.remote_null", remoteNull},
    {"recvfrom.wrong_family", wrongFamily},
    {"recvfrom.not_bound", notBound},
    {"recvfrom.tcp", onTcp},
    {"recvmsg.pending", messagePending},
    {"recvmsg.remote_null", messageRemoteNull},
    {"recvmsg.wrong_family", messageWrongFamily},
    {"recvmsg.close_pending", messageClosed},
};

} // namespace

std::span<const Scenario> messageScenarios()
{
    return kScenarios;
}

} // namespace swb::test
