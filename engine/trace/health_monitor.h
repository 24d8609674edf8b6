// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/engine_timer.h"
#include "engine/net/socket_health.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace swb {
class AsyncEngine;
}

namespace swb::trace {

/// Looks at the health of the sockets it was told to watch, ten times a second, on one of the
/// engine's workers, and keeps what it saw until it is drained. While it watches nothing, no timer
/// runs.
///
/// **Threads** all members from any thread.
/// **Lifetime** the engine may end first; nothing is seen any more then.
class HealthMonitor {
public:
    static constexpr std::chrono::milliseconds kInterval{100};
    /// At most so many sockets are looked at each time, the others in turn: thousands of waiting
    /// connections must not keep a worker busy.
    static constexpr std::size_t kMostAtOnce = 256;

    /// `wake` is called on a worker, without data, when there is something to drain. It must be
    /// quick and not call back.
    HealthMonitor(AsyncEngine& engine, std::function<void()> wake);

    /// Replaces the sockets that are watched (Socket::id(), ascending). The first look comes at
    /// once.
    void watch(std::vector<std::uint32_t> socketIds);

    /// Appends what was seen since the last time.
    void drain(std::vector<SocketHealth>& samples);

private:
    void look();

    AsyncEngine& m_engine;
    const std::function<void()> m_wake;
    std::mutex m_mutex; // guards the members below
    std::vector<std::uint32_t> m_watched;
    std::size_t m_next = 0; ///< Where the next look begins.
    bool m_running = false; ///< The timer is set, or look() will set it.
    std::vector<SocketHealth> m_samples;
    EngineTimer m_timer; ///< Last, so that it goes first: its callback uses the rest.
};

} // namespace swb::trace
