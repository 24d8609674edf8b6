// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/peers/peer.h"

namespace swb::peers {

/// What serves a peer's address. **Threads** all members from any thread.
class PeerService {
public:
    virtual ~PeerService() = default;
    PeerService(const PeerService&) = delete;
    PeerService& operator=(const PeerService&) = delete;

    virtual Address address() const = 0;
    virtual std::vector<PeerConnection> connections() const { return {}; }
    /// Closes everything; nothing is served any more. May be called twice.
    virtual void stop() = 0;

protected:
    PeerService() = default;
};

} // namespace swb::peers
