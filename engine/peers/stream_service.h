// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/peers/acceptor.h"
#include "engine/peers/peer_counters.h"
#include "engine/peers/peer_service.h"
#include "engine/peers/stream_session.h"

#include <deque>
#include <map>
#include <memory>
#include <mutex>

namespace swb::peers {

/// Listens on TCP or a Unix-domain path and gives each connection a session. **Lifetime** owned by
/// shared_ptr.
class StreamService final : public PeerService, public std::enable_shared_from_this<StreamService> {
public:
    StreamService(AsyncEngine&, PeerOptions, std::shared_ptr<PeerCounters>);
    ~StreamService() override;
    /// Listens and starts accepting; call once. **Errors** SocketException.
    void start();
    Address address() const override;
    std::vector<PeerConnection> connections() const override;
    void stop() override;

private:
    void serve(Socket socket);
    void forget(StreamSession* session);

    AsyncEngine& m_engine;
    const PeerOptions m_options;
    const std::shared_ptr<PeerCounters> m_counters;
    std::shared_ptr<Acceptor> m_acceptor; ///< Set by start().

    mutable std::mutex m_mutex; // guards the members below
    std::map<StreamSession*, std::shared_ptr<StreamSession>> m_sessions;
    std::deque<PeerConnection> m_ended;
    bool m_stopped = false;
};

} // namespace swb::peers
