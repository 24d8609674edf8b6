// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_health.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace swb::trace {

/// What has been seen of one socket lately.
struct HealthHistory {
    std::deque<SocketHealth> samples; ///< Oldest first; at least one.
    std::int64_t windowClosedSinceNs
        = 0; ///< The peer's window has been 0 since then; 0: it is not.
    /// Something is in the kernel's send queue and no acknowledgement has come since then; 0: not
    /// so.
    std::int64_t stalledSinceNs = 0;

    /// Bytes per second from one station to the next.
    struct Rates {
        double accepted = 0; ///< Taken by our kernel.
        double sent = 0;
        double acknowledged = 0;
    };

    const SocketHealth& latest() const noexcept { return samples.back(); }
    /// Over the last second of samples; 0 with fewer than two.
    Rates rates() const noexcept;
    double acknowledgedPerSecond() const noexcept { return rates().acknowledged; }
};

/// The health of sockets over time: a minute of samples each, and since when things have been as
/// they are.
///
/// **Threads** one at a time.
class HealthLog {
public:
    static constexpr std::size_t kMostSamples = 600; ///< A minute at the monitor's pace.

    void apply(const SocketHealth& sample);
    /// Null when nothing was seen of it.
    const HealthHistory* find(std::uint32_t socketId) const noexcept;
    void clear() noexcept { m_sockets.clear(); }

private:
    std::unordered_map<std::uint32_t, HealthHistory> m_sockets;
};

} // namespace swb::trace
