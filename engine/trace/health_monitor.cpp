// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/health_monitor.h"

#include "engine/net/async_engine.h"

#include <algorithm>
#include <utility>

namespace swb::trace {

HealthMonitor::HealthMonitor(AsyncEngine& engine, std::function<void()> wake)
    : m_engine(engine)
    , m_wake(std::move(wake))
    , m_timer(engine)
{
}

void HealthMonitor::watch(std::vector<std::uint32_t> socketIds)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_watched == socketIds)
            return;
        m_watched = std::move(socketIds);
        m_next = 0;
        if (m_watched.empty() || m_running)
            return;
        m_running = true;
    }
    m_timer.expireAfter(std::chrono::nanoseconds(0), [this] { look(); });
}

void HealthMonitor::look()
{
    std::vector<std::uint32_t> ids;
    {
        const std::lock_guard lock(m_mutex);
        if (m_watched.empty()) {
            m_running = false;
            return;
        }
        const std::size_t count = std::min(m_watched.size(), kMostAtOnce);
        for (std::size_t i = 0; i < count; ++i)
            ids.push_back(m_watched[(m_next + i) % m_watched.size()]);
        m_next = (m_next + count) % m_watched.size();
    }
    std::sort(ids.begin(), ids.end());
    const auto seen = m_engine.socketHealth(ids);
    {
        const std::lock_guard lock(m_mutex);
        m_samples.insert(m_samples.end(), seen.begin(), seen.end());
    }
    m_timer.expireAfter(kInterval, [this] { look(); });
    if (m_wake && !seen.empty())
        m_wake();
}

void HealthMonitor::drain(std::vector<SocketHealth>& samples)
{
    const std::lock_guard lock(m_mutex);
    samples.insert(samples.end(), m_samples.begin(), m_samples.end());
    m_samples.clear();
}

} // namespace swb::trace
