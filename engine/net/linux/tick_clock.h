// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace swb::detail {

/// std::chrono::steady_clock, read from the processor's time stamp counter: for who reads it twice
/// an operation. A thread compares the two each millisecond, and in between only counts ticks.
///
/// Where the kernel does not trust the counter, nor takes its own time from it, this is the
/// steady_clock, as it is for a thread that reads seldom.
///
/// **Threads** any; what one thread reads never goes back. **Units** nanoseconds of steady_clock;
/// it differs from it by less than a microsecond while the clock is not being adjusted.
/// **Source** Intel SDM 18.17.4 (the counter runs at one rate, also when the processor rests).
class TickClock {
public:
    static std::int64_t nowNs() noexcept
    {
#if defined(__x86_64__)
        const Anchor& anchor = t_anchor;
        const std::uint64_t elapsed = __rdtsc() - anchor.ticks;
        if (elapsed < anchor.usableTicks)
            return anchor.ns + static_cast<std::int64_t>((elapsed * anchor.nsPerTick) >> 32);
#endif
        return compareNs();
    }

private:
    /// What a thread knows of the counter.
    struct Anchor {
        std::uint64_t ticks = 0; ///< When it last compared ...
        std::int64_t ns = 0; ///< ... and what time it was.
        std::uint64_t usableTicks = 0; ///< How long that serves; 0: not.
        std::uint64_t nsPerTick = 0; ///< Times 2^32; 0: not known yet.
        // The comparison that the rate is told from.
        std::uint64_t rateTicks = 0;
        std::int64_t rateNs = 0;
    };
    static std::int64_t compareNs() noexcept;
    static bool learnRate(Anchor& anchor, std::uint64_t ticks, std::int64_t ns) noexcept;

    static constinit thread_local Anchor t_anchor;
};

} // namespace swb::detail
