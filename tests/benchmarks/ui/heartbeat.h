// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/benchmarks/support/cpu_clock.h"

#include <QObject>
#include <QTimer>

#include <cstdint>
#include <vector>

namespace swb::bench {

/// Resident memory of this process, and what it was at most, in bytes.
double residentBytes();
double peakResidentBytes();

/// How promptly the event loop of this thread answers. A timer that is due each millisecond tells
/// how late it comes; a beat that did not come at all because the loop was busy counts with the
/// time that it would have waited, so that the figures are those of a key pressed at any moment.
/// Beside it: the CPU time that each turn of the loop took, which another program on the machine
/// does not disturb.
///
/// **Threads** the GUI thread. **Units** milliseconds.
class Heartbeat {
public:
    Heartbeat();
    void start();
    void stop();

    /// `share` 0.99: of a hundred beats one was later.
    double lateMs(double share) const { return percentile(m_late, share); }
    double longestMs() const { return percentile(m_late, 1); }
    double turnCpuMs(double share) const { return percentile(m_turns, share); }
    double longestTurnCpuMs() const { return percentile(m_turns, 1); }
    /// CPU time of the thread while it beat, as a share of the time.
    double busy() const;

private:
    static double percentile(std::vector<float> values, double share);
    void beat();
    void turn();

    QObject m_context; ///< Of the connections.
    QTimer m_timer;
    bool m_running = false;
    std::int64_t m_dueNs = 0;
    std::int64_t m_startNs = 0;
    double m_wallNs = 0;
    double m_cpuNs = 0;
    double m_startCpuNs = 0;
    double m_turnStartNs = 0;
    std::vector<float> m_late; ///< Milliseconds.
    std::vector<float> m_turns;
};

} // namespace swb::bench
