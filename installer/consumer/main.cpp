// Connects to a listener of its own: enough to need the library, its headers and its threads.
#include "engine/net/async_engine.h"
#include "engine/net/end_point.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"

#include <iostream>
#include <semaphore>

int main()
{
    swb::AsyncEngine engine;
    swb::Socket listener(engine, swb::AddressFamily::InterNetwork, swb::SocketType::Stream,
        swb::ProtocolType::Tcp);
    listener.bind(swb::EndPoint::ip("127.0.0.1", 0));
    listener.listen();

    swb::Socket client(engine, swb::AddressFamily::InterNetwork, swb::SocketType::Stream,
        swb::ProtocolType::Tcp);
    std::binary_semaphore completed{0};
    swb::SocketAsyncEventArgs args;
    args.setRemoteEndPoint(listener.localEndPoint());
    args.onCompleted([&](swb::Socket&, swb::SocketAsyncEventArgs&) { completed.release(); });
    if (client.connectAsync(args)) {
        completed.acquire();
    }
    std::cout << "connected to " << client.remoteEndPoint().toString() << '\n';
    return client.connected() ? 0 : 1;
}
