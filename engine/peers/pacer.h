// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace swb::peers {

/// When how much may be read at a fixed rate: each byte has its time, so that the average is exact
/// however late a timer is, and a pause earns no burst beyond one portion.
///
/// **Threads** none: used by one thread at a time. **Units** bytes per second.
class Pacer {
public:
    using Clock = std::chrono::steady_clock;

    /// `bytesPerSecond` must not be 0.
    explicit Pacer(std::uint64_t bytesPerSecond);

    /// Most bytes to read at once: a twentieth of a second's worth, at least 1 and at most 64 KiB.
    std::size_t portion() const noexcept { return m_portion; }
    /// How long to wait from `now` before the next read; 0: read now.
    std::chrono::nanoseconds delay(Clock::time_point now) const noexcept;
    /// `bytes` were read at `now`.
    void consumed(std::size_t bytes, Clock::time_point now) noexcept;

private:
    std::chrono::nanoseconds timeFor(std::size_t bytes) const noexcept;

    std::uint64_t m_rate;
    std::size_t m_portion;
    Clock::time_point m_next{}; ///< The next byte's time.
};

} // namespace swb::peers
