// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace swb::ui {

/// Turns a growing total into bytes per second. A value; one thread at a time.
class RateMeter {
public:
    /// The total at one moment of a monotonic clock. Moments closer than half a second are taken
    /// together.
    void sample(std::int64_t nowNs, std::uint64_t total) noexcept
    {
        if (m_atNs == 0 || total < m_total) {
            m_atNs = nowNs;
            m_total = total;
            m_perSecond = 0;
            return;
        }
        constexpr std::int64_t kWindowNs = 500'000'000;
        const std::int64_t elapsed = nowNs - m_atNs;
        if (elapsed < kWindowNs)
            return;
        m_perSecond = static_cast<double>(total - m_total) * 1e9 / static_cast<double>(elapsed);
        m_atNs = nowNs;
        m_total = total;
    }
    double perSecond() const noexcept { return m_perSecond; }

private:
    std::int64_t m_atNs = 0;
    std::uint64_t m_total = 0;
    double m_perSecond = 0;
};

} // namespace swb::ui
