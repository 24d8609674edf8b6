// SPDX-License-Identifier: BSL-1.0
#include "engine/peers/pacer.h"

#include <algorithm>

namespace swb::peers {

namespace {
constexpr std::uint64_t kPortionsPerSecond = 20;
constexpr std::uint64_t kLargestPortion = 64 * 1024;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
} // namespace

Pacer::Pacer(std::uint64_t bytesPerSecond)
    : m_rate(bytesPerSecond)
    , m_portion(static_cast<std::size_t>(
          std::clamp(bytesPerSecond / kPortionsPerSecond, std::uint64_t{1}, kLargestPortion)))
{
}

std::chrono::nanoseconds Pacer::delay(Clock::time_point now) const noexcept
{
    return std::max(std::chrono::nanoseconds{0}, std::chrono::nanoseconds(m_next - now));
}

void Pacer::consumed(std::size_t bytes, Clock::time_point now) noexcept
{
    // A late timer is made up for, by one portion at most; a longer pause was the sender's.
    m_next = std::max(m_next, now - timeFor(m_portion)) + timeFor(bytes);
}

std::chrono::nanoseconds Pacer::timeFor(std::size_t bytes) const noexcept
{
    // At most 64 KiB * 10^9: far from the end of 64 bits.
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(bytes * kNanosecondsPerSecond / m_rate));
}

} // namespace swb::peers
