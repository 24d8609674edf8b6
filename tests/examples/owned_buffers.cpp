// SPDX-License-Identifier: GPL-3.0-or-later
// Buffers are borrowed: they must outlive the operation. Where nobody is there to keep them, the
// args (setOwnedBuffer) or the element (ownedBuffer) can own them.
#include "engine/net/async_engine.h"
#include "engine/net/socket_async_event_args.h"
#include "engine/peers/peer.h"

#include <iostream>
#include <latch>
#include <string>
#include <vector>

namespace {

std::vector<std::byte> bytesOf(const std::string& text)
{
    const auto* const data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
}

// Fire and forget: the args own the bytes, and delete themselves when the send has ended.
void sendAndForget(swb::Socket& socket, const std::string& text, std::latch& ended)
{
    auto* const e = new swb::SocketAsyncEventArgs;
    const auto over = [&ended](swb::SocketAsyncEventArgs& done) {
        std::cout << toString(done.socketError()) << ", " << done.bytesTransferred() << " bytes\n";
        delete &done; // allowed in its own handler
        ended.count_down();
    };
    e->onCompleted([over](swb::Socket&, swb::SocketAsyncEventArgs& done) { over(done); });
    e->setOwnedBuffer(bytesOf(text));
    if (!socket.sendAsync(*e))
        over(*e);
}

} // namespace

int main()
{
    swb::AsyncEngine engine;
    const swb::peers::Peer sink(engine,
        {.kind = swb::peers::PeerKind::Sink, .listen = swb::Address::parse("tcp://127.0.0.1:0")});
    swb::Socket socket(
        engine, swb::AddressFamily::InterNetwork, swb::SocketType::Stream, swb::ProtocolType::Tcp);
    std::latch connected{1};
    swb::SocketAsyncEventArgs e;
    const int handler
        = e.onCompleted([&](swb::Socket&, swb::SocketAsyncEventArgs&) { connected.count_down(); });
    e.setRemoteEndPoint(sink.address().endPoint);
    if (!socket.connectAsync(e))
        connected.count_down();
    connected.wait();
    e.removeCompleted(handler);

    std::latch ended{3};
    sendAndForget(socket, "the first text", ended);
    sendAndForget(socket, std::string(1'000'000, 'x'), ended);

    // An element that owns its memory lives as long as any copy of it: one header for many sends.
    const auto header = swb::SendPacketsElement::ownedBuffer(bytesOf("header\n"));
    e.setSendPacketsElements({header, swb::SendPacketsElement::ownedBuffer(bytesOf("body\n"))});
    e.onCompleted([&](swb::Socket&, swb::SocketAsyncEventArgs&) { ended.count_down(); });
    if (!socket.sendPacketsAsync(e))
        ended.count_down();
    ended.wait();
    return e.bytesTransferred() == 12 ? 0 : 1;
}
