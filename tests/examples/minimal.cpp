// SPDX-License-Identifier: GPL-3.0-or-later
// The smallest program: connect, send, receive what comes back.
#include "engine/net/async_engine.h"
#include "engine/net/socket_async_event_args.h"
#include "engine/peers/peer.h"

#include <array>
#include <iostream>
#include <semaphore>
#include <span>
#include <string_view>

namespace {

// Waits for an operation, whichever way it ends: false means that it is over already.
bool finish(bool pending, std::binary_semaphore& completed, swb::SocketAsyncEventArgs& e)
{
    if (pending)
        completed.acquire(); // released by the handler, on a worker thread
    std::cout << toString(e.lastOperation()) << (pending ? " pended" : " was synchronous") << ", "
              << toString(e.socketError()) << ", " << e.bytesTransferred() << " bytes\n";
    return e.socketError() == swb::SocketError::Success;
}

} // namespace

int main()
{
    swb::AsyncEngine engine; // the worker threads
    const swb::peers::Peer echo( // somebody to talk to
        engine, {.listen = swb::Address::parse("tcp://127.0.0.1:0")});
    swb::Socket socket(
        engine, swb::AddressFamily::InterNetwork, swb::SocketType::Stream, swb::ProtocolType::Tcp);

    std::binary_semaphore completed{0};
    swb::SocketAsyncEventArgs e; // one object for all three operations, one after another
    e.onCompleted([&](swb::Socket&, swb::SocketAsyncEventArgs&) { completed.release(); });

    e.setRemoteEndPoint(echo.address().endPoint);
    if (!finish(socket.connectAsync(e), completed, e))
        return 1;

    const std::string_view text = "hello";
    e.setBuffer(std::as_bytes(std::span(text))); // borrowed until the operation has ended
    if (!finish(socket.sendAsync(e), completed, e))
        return 1;

    std::array<std::byte, 100> room{};
    e.setBuffer(room);
    if (!finish(socket.receiveAsync(e), completed, e))
        return 1;
    return e.bytesTransferred() > 0 ? 0 : 1;
}
