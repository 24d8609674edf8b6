// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_side.h"

namespace swb::bench {

Socket connectSocket(AsyncEngine& engine, std::uint16_t port, const TcpOptions& options)
{
    Socket socket(engine, AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Tcp);
    applyTcpOptions(socket.nativeHandle(), options);
    WaitingArgs args;
    args.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", port));
    args.run([&](SocketAsyncEventArgs& e) { return socket.connectAsync(e); });
    requireDone(args.e, 0);
    return socket;
}

void requireDone(const SocketAsyncEventArgs& e, std::uint64_t bytes)
{
    if (e.socketError() != SocketError::Success)
        throw std::runtime_error("the operation ended with " + toString(e.socketError()));
    if (e.bytesTransferred() != bytes)
        throw std::runtime_error("the operation moved " + std::to_string(e.bytesTransferred())
            + " bytes instead of " + std::to_string(bytes));
}

} // namespace swb::bench
