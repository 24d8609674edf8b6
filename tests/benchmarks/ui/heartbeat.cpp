// SPDX-License-Identifier: GPL-3.0-or-later
#include "heartbeat.h"

#include "turn_watch.h"

#include "engine/trace/operation_record.h"

#include <QAbstractEventDispatcher>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

namespace swb::bench {

namespace {

constexpr std::int64_t kBeatNs = 1'000'000;
constexpr double kMs = 1e6;

double statusBytes(const std::string& name)
{
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind(name, 0) == 0)
            return std::stod(line.substr(name.size())) * 1024;
    }
    return 0;
}

} // namespace

double residentBytes()
{
    return statusBytes("VmRSS:");
}

double peakResidentBytes()
{
    return statusBytes("VmHWM:");
}

Heartbeat::Heartbeat()
{
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(static_cast<int>(kBeatNs / 1'000'000));
    QObject::connect(&m_timer, &QTimer::timeout, &m_context, [this] { beat(); });
    // Comes once for each turn, after what the turn had to do.
    QObject::connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake,
        &m_context, [this] { turn(); });
}

void Heartbeat::start()
{
    m_late.reserve(200'000); // so that it does not grow while it measures
    m_turns.reserve(400'000);
    m_startNs = trace::steadyNowNs();
    m_dueNs = m_startNs + kBeatNs;
    m_startCpuNs = m_turnStartNs = threadCpuNs();
    m_running = true;
    m_timer.start();
    if (auto* application = dynamic_cast<WatchedApplication*>(qApp))
        application->watch();
}

void Heartbeat::stop()
{
    beat(); // the one that is due counts
    m_timer.stop();
    m_running = false;
    if (auto* application = dynamic_cast<WatchedApplication*>(qApp))
        application->tell();
    m_wallNs = static_cast<double>(trace::steadyNowNs() - m_startNs);
    m_cpuNs = threadCpuNs() - m_startCpuNs;
}

void Heartbeat::beat()
{
    const std::int64_t now = trace::steadyNowNs();
    for (; m_dueNs <= now; m_dueNs += kBeatNs)
        m_late.push_back(static_cast<float>(static_cast<double>(now - m_dueNs) / kMs));
}

void Heartbeat::turn()
{
    if (!m_running)
        return;
    if (auto* application = dynamic_cast<WatchedApplication*>(qApp))
        application->turnEnded();
    const double now = threadCpuNs();
    m_turns.push_back(static_cast<float>((now - m_turnStartNs) / kMs));
    m_turnStartNs = now;
}

double Heartbeat::busy() const
{
    return m_wallNs > 0 ? m_cpuNs / m_wallNs : 0;
}

double Heartbeat::percentile(std::vector<float> values, double share)
{
    if (values.empty())
        return 0;
    const auto last = static_cast<double>(values.size() - 1);
    const auto at = static_cast<std::ptrdiff_t>(std::ceil(share * last));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return static_cast<double>(values[static_cast<std::size_t>(at)]);
}

} // namespace swb::bench
