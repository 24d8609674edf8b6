// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/tick_clock.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

namespace swb::detail {

constinit thread_local TickClock::Anchor TickClock::t_anchor;

namespace {

constexpr std::int64_t kUsableNs = 1'000'000;
// A comparison is good to some 20 ns: over 10 ms the rate is then good to two millionths, 2 ns in
// what it is used for.
constexpr std::int64_t kLeastRateNs = 10'000'000;
// The clock's own rate is adjusted now and then: the rate is that of the last while.
constexpr std::int64_t kMostRateNs = 100'000'000;
// More than a clock is ever slewed by: the machine slept, or was moved to another.
constexpr std::uint64_t kMostChange = 1000; // one in

std::int64_t steadyNs() noexcept
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

#if defined(__x86_64__)

/// The kernel tests that the counter is the same on all processors and never stops.
bool kernelTrustsCounter() noexcept
{
    try {
        std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
        std::string name;
        return std::getline(file, name) && name == "tsc";
    } catch (...) {
        return false;
    }
}

struct Comparison {
    std::uint64_t ticks = 0;
    std::int64_t ns = 0;
};

Comparison compare() noexcept
{
    Comparison best;
    std::uint64_t bestWidth = ~std::uint64_t{0};
    for (int i = 0; i < 3 && bestWidth > 1000; ++i) { // more than that: something came in between
        const std::uint64_t before = __rdtsc();
        const std::int64_t ns = steadyNs();
        const std::uint64_t width = __rdtsc() - before;
        if (width < bestWidth) {
            best = {before + width / 2, ns};
            bestWidth = width;
        }
    }
    return best;
}

#endif

} // namespace

#if defined(__x86_64__)

/// False: not known well enough yet.
bool TickClock::learnRate(Anchor& anchor, std::uint64_t ticks, std::int64_t ns) noexcept
{
    const std::int64_t span = ns - anchor.rateNs;
    if (anchor.rateNs == 0 || ticks <= anchor.rateTicks) {
        anchor.nsPerTick = 0;
    } else if (span < kLeastRateNs) {
        return anchor.nsPerTick != 0;
    } else {
        const auto rate = static_cast<std::uint64_t>(static_cast<double>(span)
            / static_cast<double>(ticks - anchor.rateTicks) * 4294967296.0);
        const std::uint64_t before = anchor.nsPerTick;
        const std::uint64_t change = std::max(rate, before) - std::min(rate, before);
        anchor.nsPerTick = before != 0 && change > before / kMostChange ? 0 : rate;
        if (anchor.nsPerTick != 0 && span < kMostRateNs)
            return true;
    }
    anchor.rateTicks = ticks;
    anchor.rateNs = ns;
    return anchor.nsPerTick != 0;
}

std::int64_t TickClock::compareNs() noexcept
{
    static const bool trusted = kernelTrustsCounter();
    if (!trusted)
        return steadyNs();
    Anchor& anchor = t_anchor;
    const auto [ticks, ns] = compare();
    // The latest that was told of the comparison before.
    const std::int64_t told
        = anchor.ns + static_cast<std::int64_t>((anchor.usableTicks * anchor.nsPerTick) >> 32);
    const bool known = learnRate(anchor, ticks, ns);
    anchor.ticks = ticks;
    anchor.ns = std::max(ns, told);
    anchor.usableTicks
        = known ? (static_cast<std::uint64_t>(kUsableNs) << 32) / anchor.nsPerTick : 0;
    return anchor.ns;
}

#else

std::int64_t TickClock::compareNs() noexcept
{
    return steadyNs();
}

#endif

} // namespace swb::detail
