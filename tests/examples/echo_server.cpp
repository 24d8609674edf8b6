// SPDX-License-Identifier: GPL-3.0-or-later
// An echo server. OperationLoop makes "returned false" and "Completed was raised" one case, so each
// connection is a handful of lines, and a fast client does not fill the stack.
#include "engine/net/asio_operation.h"
#include "engine/net/async_engine.h"
#include "engine/net/operation_loop.h"

#include <asio/use_future.hpp>

#include <array>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace {

// One connection: receive, send that back, receive, ... It keeps itself until its loop has ended.
class Session : public std::enable_shared_from_this<Session> {
public:
    void run(swb::Socket socket)
    {
        m_socket = std::move(socket);
        m_loop.emplace(
            m_args, [this] { return start(); },
            [self = shared_from_this()](swb::SocketAsyncEventArgs&) { return self->ended(); });
        m_loop->run();
    }

private:
    bool start()
    {
        m_args.setBuffer(m_toSend > 0 ? std::span(m_room).first(m_toSend) : std::span(m_room));
        return m_toSend > 0 ? m_socket.sendAsync(m_args) : m_socket.receiveAsync(m_args);
    }
    bool ended()
    {
        const bool sent = m_toSend > 0;
        m_toSend = sent ? 0 : m_args.bytesTransferred();
        if (m_args.socketError() == swb::SocketError::Success && (sent || m_toSend > 0))
            return true;
        m_loop.reset(); // the client has ended; lets go of the session when this function is left
        return false;
    }

    swb::Socket m_socket;
    std::array<std::byte, 4096> m_room{};
    std::size_t m_toSend = 0;
    swb::SocketAsyncEventArgs m_args;
    std::optional<swb::OperationLoop> m_loop; // last: goes before what its functions use
};

} // namespace

int main()
{
    swb::AsyncEngine engine;
    swb::Socket listener(
        engine, swb::AddressFamily::InterNetwork, swb::SocketType::Stream, swb::ProtocolType::Tcp);
    listener.bind(swb::EndPoint::ip("127.0.0.1", 0));
    listener.listen();
    swb::SocketAsyncEventArgs accepting;
    swb::OperationLoop acceptLoop(
        accepting, [&] { return listener.acceptAsync(accepting); },
        [](swb::SocketAsyncEventArgs& e) {
            if (e.socketError() != swb::SocketError::Success)
                return e.socketError() != swb::SocketError::OperationAborted;
            std::make_shared<Session>()->run(e.acceptSocket());
            e.setAcceptSocket({}); // the next accept makes its own
            return true;
        });
    acceptLoop.run();
    std::cout << "listening on " << listener.localEndPoint().toString() << '\n';
    // A server would now wait for the end of the program. This one only answers itself.
    swb::Socket client(engine, swb::SocketType::Stream, swb::ProtocolType::Tcp);
    const std::string_view text = "hello";
    std::array<std::byte, 5> answer{};
    swb::SocketAsyncEventArgs e;
    e.setRemoteEndPoint(listener.localEndPoint());
    e.setBuffer(std::as_bytes(std::span(text))); // sent as soon as it is connected
    swb::asyncOperation(client, &swb::Socket::connectAsync, e, asio::use_future).get();
    e.setBuffer(answer);
    const auto received
        = swb::asyncOperation(client, &swb::Socket::receiveAsync, e, asio::use_future).get();
    std::cout << "echoed " << received << " bytes\n";
    return received == text.size() ? 0 : 1;
}
