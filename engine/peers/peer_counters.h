// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/peers/peer.h"

#include <atomic>
#include <cstdint>

namespace swb::peers {

/// What a peer counts, from any thread.
struct PeerCounters {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> open{0};
    std::atomic<std::uint64_t> received{0};
    std::atomic<std::uint64_t> sent{0};

    PeerStatistics read() const noexcept
    {
        return {accepted.load(), open.load(), received.load(), sent.load()};
    }
};

} // namespace swb::peers
