// SPDX-License-Identifier: GPL-3.0-or-later
// Sends a header, a file and a trailer as one operation that nothing can split, and shows how far
// it has come. The bytes of the file go from the kernel's cache to the socket, not through here.
#include "engine/net/async_engine.h"
#include "engine/net/exceptions.h"
#include "engine/net/operation_record.h"
#include "engine/net/socket_async_event_args.h"
#include "engine/peers/peer.h"

#include <iostream>
#include <semaphore>
#include <span>
#include <string>

namespace {

// Is told of every step of every operation, on the thread that makes it: must be quick.
class Progress final : public swb::OperationObserver {
public:
    void operationStepped(const swb::OperationRecord& record) noexcept override
    {
        if (record.kind == swb::SocketAsyncOperation::SendPackets)
            std::cout << record.bytesDone << " of " << record.bytesAsked << " bytes\n";
    }
};

} // namespace

int main(int argc, char** argv)
{
    const std::string path = argc > 1 ? argv[1] : argv[0]; // this very program
    Progress progress; // must outlive the engine
    swb::AsyncEngine engine({.observer = &progress});
    const swb::peers::Peer sink(engine,
        {.kind = swb::peers::PeerKind::Sink, .listen = swb::Address::parse("tcp://127.0.0.1:0")});
    swb::Socket socket(
        engine, swb::AddressFamily::InterNetwork, swb::SocketType::Stream, swb::ProtocolType::Tcp);
    std::binary_semaphore completed{0};
    swb::SocketAsyncEventArgs e;
    e.onCompleted([&](swb::Socket&, swb::SocketAsyncEventArgs&) { completed.release(); });
    e.setRemoteEndPoint(sink.address().endPoint);
    if (socket.connectAsync(e))
        completed.acquire();
    if (e.socketError() != swb::SocketError::Success)
        return 1;

    const std::string header = "file follows\n";
    const std::string trailer = "end of file\n";
    e.setSendPacketsElements({
        swb::SendPacketsElement::buffer(std::as_bytes(std::span(header))),
        swb::SendPacketsElement::file(path), // from 0 to its end
        swb::SendPacketsElement::buffer(std::as_bytes(std::span(trailer))),
    });
    e.setSendPacketsFlags(swb::TransmitFileOptions::Disconnect); // when all of it has left
    try {
        if (socket.sendPacketsAsync(e)) // every file is opened and sized before the first byte
            completed.acquire();
    } catch (const swb::FileNotFoundException& missing) {
        std::cerr << missing.what() << '\n';
        return 1;
    }
    std::cout << toString(e.socketError()) << ", " << e.bytesTransferred() << " bytes\n";
    return e.socketError() == swb::SocketError::Success ? 0 : 1;
}
