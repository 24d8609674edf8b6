// SPDX-License-Identifier: GPL-3.0-or-later
// The engine beside a program's own asio::io_context: timers and the results of the engine's
// operations arrive on the program's one thread, so nothing there needs a lock.
#include "engine/net/asio_operation.h"
#include "engine/net/async_engine.h"
#include "engine/peers/peer.h"

#include <asio/bind_executor.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <iostream>
#include <thread>

namespace {

class Program {
public:
    Program(swb::AsyncEngine& engine, asio::io_context& context, swb::EndPoint source)
        : m_context(context)
        , m_timer(context)
        , m_socket(engine, swb::AddressFamily::InterNetwork, swb::SocketType::Stream,
              swb::ProtocolType::Tcp)
    {
        m_args.setRemoteEndPoint(source);
        swb::asyncOperation(m_socket, &swb::Socket::connectAsync, m_args,
            asio::bind_executor(
                m_context, [this](std::error_code error, std::uint64_t) { go(error); }));
    }
    std::uint64_t received() const { return m_received; }
    bool foreign() const { return m_foreign; }

private:
    void go(std::error_code error)
    {
        m_foreign = m_foreign || std::this_thread::get_id() != m_thread;
        if (error)
            return; // error.message() has the name, the number and what it means
        m_args.setBuffer(m_room);
        swb::asyncOperation(m_socket, &swb::Socket::receiveAsync, m_args,
            asio::bind_executor(
                m_context, [this](std::error_code e, std::uint64_t bytes) { took(e, bytes); }));
    }
    void took(std::error_code error, std::uint64_t bytes)
    {
        m_received += bytes;
        if (bytes == 0)
            return; // the end; run() returns when nothing is left to do
        m_timer.expires_after(std::chrono::microseconds(100)); // a program that takes its time
        m_timer.async_wait([this, error](std::error_code) { go(error); });
    }

    const std::thread::id m_thread = std::this_thread::get_id();
    asio::io_context& m_context;
    asio::steady_timer m_timer;
    swb::Socket m_socket;
    std::array<std::byte, 8192> m_room{};
    swb::SocketAsyncEventArgs m_args;
    std::uint64_t m_received = 0;
    bool m_foreign = false;
};

} // namespace

int main()
{
    asio::io_context context; // before the engine, which may still post to it while it ends
    swb::AsyncEngine engine;
    const swb::peers::Peer source(engine,
        {.kind = swb::peers::PeerKind::Source,
            .listen = swb::Address::parse("tcp://127.0.0.1:0"),
            .sizeBytes = 100'000});
    const Program program(engine, context, source.address().endPoint);
    context.run(); // also counts the operations that the engine has under way
    std::cout << program.received() << " bytes\n";
    return program.received() == 100'000 && !program.foreign() ? 0 : 1;
}
