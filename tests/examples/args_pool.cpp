// SPDX-License-Identifier: GPL-3.0-or-later
// Many sends under way on one socket, with a fixed number of args that are used again and again.
// They leave in the order in which they were started, each as a whole.
#include "engine/net/asio_operation.h"
#include "engine/net/async_engine.h"
#include "engine/peers/peer.h"

#include <asio/use_future.hpp>

#include <deque>
#include <iostream>
#include <mutex>
#include <semaphore>
#include <vector>

namespace {

class ArgsPool {
public:
    explicit ArgsPool(std::size_t size)
        : m_free(static_cast<std::ptrdiff_t>(size))
    {
        for (std::size_t i = 0; i < size; ++i) {
            swb::SocketAsyncEventArgs& e = m_args.emplace_back();
            // In the handler the args are free already, so they may go back to the pool.
            e.onCompleted([this](swb::Socket&, swb::SocketAsyncEventArgs& done) { put(done); });
            m_list.push_back(&e);
        }
    }
    // Waits for free args: this is what keeps a fast sender from queueing without end.
    swb::SocketAsyncEventArgs& take()
    {
        m_free.acquire();
        const std::lock_guard lock(m_mutex);
        swb::SocketAsyncEventArgs& e = *m_list.back();
        m_list.pop_back();
        return e;
    }
    void put(swb::SocketAsyncEventArgs& e)
    {
        const std::lock_guard lock(m_mutex);
        m_list.push_back(&e);
        m_bytes += e.bytesTransferred();
        m_free.release();
    }
    std::uint64_t bytes() const { return m_bytes; }

private:
    std::counting_semaphore<> m_free;
    std::mutex m_mutex; // guards the list and the sum
    std::vector<swb::SocketAsyncEventArgs*> m_list;
    std::uint64_t m_bytes = 0;
    std::deque<swb::SocketAsyncEventArgs> m_args; // last: goes first, and waits for its handlers
};

} // namespace

int main()
{
    constexpr std::size_t kArgs = 8;
    constexpr int kSends = 1000;
    swb::AsyncEngine engine;
    const swb::peers::Peer sink(engine,
        {.kind = swb::peers::PeerKind::Sink, .listen = swb::Address::parse("tcp://127.0.0.1:0")});
    swb::Socket socket(engine, swb::SocketType::Stream, swb::ProtocolType::Tcp);
    swb::SocketAsyncEventArgs connecting;
    connecting.setRemoteEndPoint(sink.address().endPoint);
    swb::asyncOperation(socket, &swb::Socket::connectAsync, connecting, asio::use_future).get();

    ArgsPool pool(kArgs);
    const std::vector<std::byte> block(10'000);
    for (int i = 0; i < kSends; ++i) {
        swb::SocketAsyncEventArgs& e = pool.take();
        e.setBuffer(block);
        if (!socket.sendAsync(e))
            pool.put(e); // over already: no event comes
    }
    for (std::size_t i = 0; i < kArgs; ++i)
        (void)pool.take();
    std::cout << pool.bytes() << " bytes in " << kSends << " sends\n";
    return pool.bytes() == block.size() * kSends ? 0 : 1;
}
