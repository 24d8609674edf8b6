// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/engine_timer.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"
#include "engine/peers/pacer.h"
#include "engine/peers/peer.h"
#include "engine/peers/peer_counters.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace swb::peers {

/// One accepted connection of a demo peer: does one thing after the other, with one args object.
///
/// **Threads** the steps run one at a time, on the accepting thread first and on workers then;
/// close() from any thread.
/// **Lifetime** owned by shared_ptr; a pending operation or timer keeps it alive.
class StreamSession : public std::enable_shared_from_this<StreamSession> {
public:
    /// `ended` is called once, when the session is over by itself or by close(), on any thread.
    StreamSession(AsyncEngine&, const PeerOptions&, std::shared_ptr<PeerCounters>, Socket,
        std::function<void(StreamSession*)> ended);
    ~StreamSession();
    StreamSession(const StreamSession&) = delete;
    StreamSession& operator=(const StreamSession&) = delete;

    void start();
    void close();
    /// What it has read and sent so far; `open` is true. Any thread.
    PeerConnection connection() const;

private:
    /// What the session does next.
    enum class Step : std::uint8_t { Receive, Send, Wait, Idle, End };

    void run();
    Step step();
    bool startOperation(Step next);
    Step operationEnded();
    Step afterReceive(std::size_t bytes);
    Step afterSend(std::size_t bytes);
    Step limitReached();
    void sendNextOfSource();
    std::size_t receiveLimit() const;
    void wait(std::chrono::nanoseconds time);
    void endSending();
    void end();

    const PeerOptions m_options;
    const std::shared_ptr<PeerCounters> m_counters;
    Socket m_socket;
    const std::function<void(StreamSession*)> m_ended;
    SocketAsyncEventArgs m_args;
    EngineTimer m_timer;
    std::optional<Pacer> m_pacer; ///< Slow only.
    std::vector<std::byte> m_buffer;
    std::shared_ptr<StreamSession> m_keepAlive; ///< Set while an operation is pending.
    Step m_next = Step::Receive;
    bool m_sending = false; ///< The running operation is a send.
    bool m_draining = false; ///< Reads only until the other side ends.
    const EndPoint m_remote;
    std::atomic<std::uint64_t> m_receivedHere{0};
    std::atomic<std::uint64_t> m_sentHere{0};
    std::atomic<bool> m_over{false};
};

} // namespace swb::peers
