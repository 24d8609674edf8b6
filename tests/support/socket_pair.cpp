// SPDX-License-Identifier: GPL-3.0-or-later
#include "socket_pair.h"

#include <stdexcept>

namespace swb::test {

namespace {
// Small enough that kPendingSize never fits, large enough that loopback's 64 KiB segments flow
// without stalls.
constexpr int kPeerReceiveBuffer = 256 * 1024;
constexpr int kSendBuffer = 128 * 1024;
} // namespace

AddressFamily familyOf(Link link)
{
    switch (link) {
    case Link::TcpV6:
        return AddressFamily::InterNetworkV6;
    case Link::UnixStream:
        return AddressFamily::Unix;
    case Link::TcpV4:
    case Link::Udp:
        break;
    }
    return AddressFamily::InterNetwork;
}

Socket makeSocket(AsyncEngine& engine, Link link)
{
    if (link == Link::Udp)
        return Socket(engine, AddressFamily::InterNetwork, SocketType::Dgram, ProtocolType::Udp);
    const auto protocol = link == Link::UnixStream ? ProtocolType::Unspecified : ProtocolType::Tcp;
    return Socket(engine, familyOf(link), SocketType::Stream, protocol);
}

void connectNow(Socket& socket, const EndPoint& endPoint)
{
    Call call;
    call.e.setRemoteEndPoint(endPoint);
    if (!call.finished(socket.connectAsync(call.e)))
        throw std::runtime_error("connecting did not end before the deadline");
    if (call.e.socketError() != SocketError::Success)
        throw std::runtime_error("connecting failed: " + toString(call.e.socketError()));
}

SocketError sendNow(Socket& socket, std::span<const std::byte> bytes)
{
    Call call;
    call.e.setBuffer(bytes);
    if (!call.finished(socket.sendAsync(call.e)))
        throw std::runtime_error("sending did not end before the deadline");
    return call.e.socketError();
}

Bytes receiveNow(Socket& socket, std::size_t size)
{
    Bytes bytes(size);
    std::size_t done = 0;
    while (done < size) {
        Call call;
        call.e.setBuffer(std::span(bytes).subspan(done));
        if (!call.finished(socket.receiveAsync(call.e)))
            throw std::runtime_error("receiving did not end before the deadline");
        if (call.e.socketError() != SocketError::Success || call.e.bytesTransferred() == 0)
            break;
        done += call.e.bytesTransferred();
    }
    bytes.resize(done);
    return bytes;
}

Wire connectedWire(AsyncEngine& engine, Link link)
{
    Wire wire;
    wire.socket = makeSocket(engine, link);
    if (link == Link::Udp) {
        wire.peer = rawDatagramPeer();
        connectNow(wire.socket, wire.peer.localEndPoint());
        connectTo(wire.peer, wire.socket.localEndPoint());
        return wire;
    }
    if (link == Link::UnixStream)
        wire.folder = std::make_unique<TempFolder>();
    const RawListener listener(
        link, kPeerReceiveBuffer, wire.folder ? wire.folder->path() : std::string());
    wire.socket.setSendBufferSize(kSendBuffer);
    connectNow(wire.socket, listener.endPoint());
    wire.peer = listener.accept();
    return wire;
}

Socket listeningSocket(AsyncEngine& engine, Link link, const std::string& folder)
{
    Socket listener = makeSocket(engine, link);
    if (link == Link::UnixStream)
        listener.bind(EndPoint::unixDomain(folder + "/socket"));
    else
        listener.bind(EndPoint::ip(link == Link::TcpV6 ? "::1" : "127.0.0.1", 0));
    listener.listen();
    return listener;
}

SocketPair connectedPair(AsyncEngine& engine, Link link)
{
    SocketPair pair;
    if (link == Link::UnixStream)
        pair.folder = std::make_unique<TempFolder>();
    pair.a = makeSocket(engine, link);
    if (link == Link::Udp) {
        pair.b = makeSocket(engine, link);
        pair.a.bind(EndPoint::ip("127.0.0.1", 0));
        pair.b.bind(EndPoint::ip("127.0.0.1", 0));
        connectNow(pair.a, pair.b.localEndPoint());
        connectNow(pair.b, pair.a.localEndPoint());
        return pair;
    }
    Socket listener
        = listeningSocket(engine, link, pair.folder ? pair.folder->path() : std::string());
    Call accepting;
    const bool pending = listener.acceptAsync(accepting.e);
    connectNow(pair.a, listener.localEndPoint());
    if (!accepting.finished(pending))
        throw std::runtime_error("accepting did not end before the deadline");
    pair.b = accepting.e.acceptSocket();
    return pair;
}

} // namespace swb::test
