// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/end_point.h"
#include "engine/net/socket.h"

#include <asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swb::detail {

/// What a connect that is not over yet has to remember.
struct ConnectPlan {
    /// Tells it from every other plan, also from a later one at the same address.
    const std::uint64_t number = nextNumber();
    EndPoint target; ///< As the user gave it.
    std::vector<EndPoint> candidates; ///< IP or Unix end points, tried in this order (CONN-08).
    std::size_t candidate = 0;
    bool byName = false;
    Socket own; ///< Of a static connect: keeps the socket until it is the result, closes it
                ///< otherwise (CONN-07).
    bool resolved = false;
    int lastError = 0; ///< Of the last candidate that failed.
    bool mayChangeFamily = false; ///< ... for a name of unspecified family.
    bool resolving = false;
    bool waiting = false; ///< connect(2) has answered EINPROGRESS.
    bool connected = false; ///< Now the initial data is sent (CONN-04).
    std::optional<asio::steady_timer> retry; ///< A Unix listener's backlog was full.

private:
    static std::uint64_t nextNumber() noexcept
    {
        static std::atomic<std::uint64_t> last{0};
        return last.fetch_add(1, std::memory_order_relaxed) + 1;
    }
};

} // namespace swb::detail
