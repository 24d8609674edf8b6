// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample.h"

#include "cpu_clock.h"

#include <sys/resource.h>

namespace swb::bench {

namespace {

double ns(const timeval& time)
{
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
}

} // namespace

Sample::Moment Sample::usage()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return {ns(used.ru_utime), ns(used.ru_stime), clockNs(CLOCK_PROCESS_CPUTIME_ID),
        clockNs(CLOCK_MONOTONIC), static_cast<double>(used.ru_nvcsw)};
}

std::uint16_t Sample::startPeer(PeerTask task)
{
    task.hashed = hashed() ? 1 : 0;
    return m_peer.start(task);
}

void Sample::begin()
{
    countAllocations(checked());
    m_start = usage();
}

void Sample::end()
{
    const Moment now = usage();
    countAllocations(false);
    m_sum.user += now.user - m_start.user;
    m_sum.system += now.system - m_start.system;
    m_sum.cpu += now.cpu - m_start.cpu;
    m_sum.wall += now.wall - m_start.wall;
    m_sum.sleeps += now.sleeps - m_start.sleeps;
}

Figures Sample::figures() const
{
    Figures all = m_figures;
    const auto each = static_cast<double>(operations());
    all.emplace("cpu", m_sum.cpu / each);
    all.emplace("user", m_sum.user / each);
    all.emplace("system", m_sum.system / each);
    all.emplace("wall", m_sum.wall / each);
    all.emplace("sleeps", m_sum.sleeps / each);
    if (checked())
        all.emplace("allocations", static_cast<double>(countedAllocations()) / each);
    return all;
}

} // namespace swb::bench
