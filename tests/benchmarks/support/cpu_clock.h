// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ctime>

namespace swb::bench {

inline double clockNs(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// CPU time of this thread: what counts here, and what a busy machine disturbs least.
inline double threadCpuNs()
{
    return clockNs(CLOCK_THREAD_CPUTIME_ID);
}
inline double threadCpuSeconds()
{
    return threadCpuNs() * 1e-9;
}

} // namespace swb::bench
