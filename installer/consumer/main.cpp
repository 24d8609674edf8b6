// SPDX-License-Identifier: GPL-3.0-or-later
// Uses every kind of operation once, on sockets of its own: enough to need the library, its headers
// and its threads, and nothing else.
#include "engine/net/async_engine.h"
#include "engine/net/end_point.h"
#include "engine/net/operation_loop.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"

// The helpers for asio's completion tokens, where asio is.
#if __has_include(<asio/use_future.hpp>)
#include "engine/net/asio_operation.h"

#include <asio/use_future.hpp>
#define CONSUMER_HAS_ASIO 1
#endif

#include <array>
#include <cstdlib>
#include <iostream>
#include <semaphore>
#include <span>

namespace {

using swb::Socket;
using swb::SocketAsyncEventArgs;

/// Args with a way to wait for their operation.
struct Call {
    Call()
    {
        e.onCompleted([this](Socket&, SocketAsyncEventArgs&) { completed.release(); });
    }
    /// Ends the program when the operation has failed.
    void finish(bool pending)
    {
        if (pending)
            completed.acquire();
        std::cout << toString(e.lastOperation()) << ": " << toString(e.socketError()) << ", "
                  << e.bytesTransferred() << " bytes\n";
        if (e.socketError() != swb::SocketError::Success)
            std::exit(1);
    }

    std::binary_semaphore completed{0};
    SocketAsyncEventArgs e;
};

Socket makeSocket(swb::AsyncEngine& engine, bool stream)
{
    return {engine, swb::AddressFamily::InterNetwork,
        stream ? swb::SocketType::Stream : swb::SocketType::Dgram,
        stream ? swb::ProtocolType::Tcp : swb::ProtocolType::Udp};
}

/// Accept, both kinds of connect, Send, SendPackets, Receive and Disconnect.
void useStreams(swb::AsyncEngine& engine, std::span<std::byte> bytes)
{
    Socket listener = makeSocket(engine, true);
    listener.bind(swb::EndPoint::ip("127.0.0.1", 0));
    listener.listen();
    Call call;
    call.e.setRemoteEndPoint(listener.localEndPoint());
    Socket client = makeSocket(engine, true);
    call.finish(client.connectAsync(call.e));
    call.finish(listener.acceptAsync(call.e));
    Socket accepted = call.e.acceptSocket();
    Call other;
    other.e.setRemoteEndPoint(listener.localEndPoint());
    other.finish(
        Socket::connectAsync(engine, swb::SocketType::Stream, swb::ProtocolType::Tcp, other.e));
    call.e.setBuffer(bytes);
    call.finish(client.sendAsync(call.e));
    call.e.setSendPacketsElements({swb::SendPacketsElement::buffer(bytes)});
    call.finish(client.sendPacketsAsync(call.e));

    std::uint64_t received = 0;
    std::binary_semaphore all{0};
    SocketAsyncEventArgs e;
    e.setOwnedBuffer(std::vector<std::byte>(bytes.size()));
    swb::OperationLoop loop(
        e, [&] { return accepted.receiveAsync(e); },
        [&](SocketAsyncEventArgs& done) {
            received += done.bytesTransferred();
            if (done.bytesTransferred() > 0 && received < 2 * bytes.size())
                return true;
            all.release();
            return false;
        });
    loop.run();
    all.acquire();
    if (received != 2 * bytes.size())
        std::exit(1);
#ifdef CONSUMER_HAS_ASIO
    if (swb::asyncOperation(client, &Socket::sendAsync, call.e, asio::use_future).get()
        != bytes.size())
        std::exit(1);
#endif
    call.finish(client.disconnectAsync(call.e));
}

/// SendTo, ReceiveFrom and ReceiveMessageFrom.
void useDatagrams(swb::AsyncEngine& engine, std::span<std::byte> bytes)
{
    Socket socket = makeSocket(engine, false);
    socket.bind(swb::EndPoint::ip("127.0.0.1", 0));
    Call call;
    call.e.setBuffer(bytes);
    for (bool (Socket::*receive)(SocketAsyncEventArgs&) :
        {&Socket::receiveFromAsync, &Socket::receiveMessageFromAsync}) {
        call.e.setRemoteEndPoint(socket.localEndPoint()); // to itself
        call.finish(socket.sendToAsync(call.e));
        call.finish((socket.*receive)(call.e));
    }
}

} // namespace

int main()
{
    swb::AsyncEngine engine;
    std::array<std::byte, 100> bytes{};
    useStreams(engine, bytes);
    useDatagrams(engine, bytes);
    std::cout << "every operation works\n";
    return 0;
}
