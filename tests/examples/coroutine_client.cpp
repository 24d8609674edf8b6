// SPDX-License-Identifier: GPL-3.0-or-later
// co_await with a timeout: whichever of the two is late is cancelled, and the socket stays usable.
#include "engine/net/asio_operation.h"
#include "engine/net/async_engine.h"
#include "engine/peers/peer.h"

#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

#include <chrono>
#include <iostream>
#include <span>
#include <string_view>

using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

namespace {

asio::awaitable<bool> greet(swb::Socket socket, swb::EndPoint server)
{
    swb::SocketAsyncEventArgs e; // lives in the coroutine, as do its buffers
    asio::steady_timer timer(co_await asio::this_coro::executor);
    e.setRemoteEndPoint(server);
    // Failures of the network are thrown as std::system_error with the code of a SocketError.
    co_await swb::asyncOperation(socket, &swb::Socket::connectAsync, e, asio::use_awaitable);

    // The server sends back what it gets and has got nothing yet, so this receive is cancelled.
    e.setOwnedBuffer(std::vector<std::byte>(100));
    timer.expires_after(20ms);
    const auto silence
        = co_await (swb::asyncOperation(socket, &swb::Socket::receiveAsync, e, asio::use_awaitable)
            || timer.async_wait(asio::use_awaitable));
    std::cout << (silence.index() == 1 ? "nothing came within 20 ms\n" : "something came\n");

    const std::string_view text = "hello";
    e.setBuffer(std::as_bytes(std::span(text)));
    co_await swb::asyncOperation(socket, &swb::Socket::sendAsync, e, asio::use_awaitable);

    e.setOwnedBuffer(std::vector<std::byte>(100));
    timer.expires_after(10s);
    const auto answer
        = co_await (swb::asyncOperation(socket, &swb::Socket::receiveAsync, e, asio::use_awaitable)
            || timer.async_wait(asio::use_awaitable));
    if (answer.index() == 1)
        co_return false; // the server was too slow
    std::cout << "received " << std::get<0>(answer) << " bytes\n";
    co_return silence.index() == 1;
}

} // namespace

int main()
{
    swb::AsyncEngine engine; // has its own threads
    const swb::peers::Peer echo(engine, {.listen = swb::Address::parse("tcp://127.0.0.1:0")});
    asio::io_context context; // the program's own: the coroutine runs here, on this thread
    swb::Socket socket(
        engine, swb::AddressFamily::InterNetwork, swb::SocketType::Stream, swb::ProtocolType::Tcp);
    auto done = asio::co_spawn(
        context, greet(std::move(socket), echo.address().endPoint), asio::use_future);
    context.run();
    return done.get() ? 0 : 1;
}
