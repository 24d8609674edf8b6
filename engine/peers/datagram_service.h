// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/engine_timer.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"
#include "engine/peers/pacer.h"
#include "engine/peers/peer_counters.h"
#include "engine/peers/peer_service.h"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace swb::peers {

/// Serves everybody on one datagram socket, one datagram after the other. Datagrams know no
/// connections, so
/// - slow paces all senders together (what does not fit the socket's buffer meanwhile is lost, as
/// UDP does),
/// - reset and close both close the socket after `afterBytes`, so that later senders are refused,
/// - source answers each datagram with `sizeBytes` in datagrams of 1,400 bytes, to one asker after
/// the other.
///
/// **Lifetime** owned by shared_ptr; the pending operation keeps it alive until stop().
class DatagramService final : public PeerService,
                              public std::enable_shared_from_this<DatagramService> {
public:
    /// Binds. **Errors** SocketException.
    DatagramService(AsyncEngine&, PeerOptions, std::shared_ptr<PeerCounters>);
    ~DatagramService() override;
    /// Starts serving; call once.
    void start();
    Address address() const override;
    void stop() override;

private:
    enum class Step : std::uint8_t { Receive, Send, Stop };

    void run();
    bool startOperation();
    Step operationEnded();
    Step afterReceive(std::size_t bytes);
    Step prepareSource();

    const PeerOptions m_options;
    const std::shared_ptr<PeerCounters> m_counters;
    Socket m_socket;
    Address m_address;
    SocketAsyncEventArgs m_args;
    EngineTimer m_timer;
    std::optional<Pacer> m_pacer; ///< Slow only.
    std::vector<std::byte> m_buffer;
    std::shared_ptr<DatagramService> m_keepAlive; ///< Set while an operation is pending.
    Step m_next = Step::Receive;
    std::uint64_t m_receivedBytes = 0;
    std::uint64_t m_sourceSent = 0; ///< Of the answer that is being sent.
    std::atomic<bool> m_stopped{false};
};

} // namespace swb::peers
