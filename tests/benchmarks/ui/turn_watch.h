// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace swb::bench {

/// An application that knows which event took how much CPU time of the GUI thread, for whom: asked
/// for by SWB_BENCH_TURNS, which names how many of the longest turns of the event loop are told,
/// each with what it was made of, on standard error, and what all turns were made of. Costs a few
/// percent; off without it.
///
/// **Threads** the GUI thread. **Units** milliseconds of CPU time.
class WatchedApplication : public QApplication {
public:
    WatchedApplication(int& argc, char** argv);

    bool notify(QObject* receiver, QEvent* event) override;

    /// Forgets what was; from now on turns count.
    void watch();
    /// A turn of the event loop has ended.
    void turnEnded();
    /// Writes what there is to standard error, and stops.
    void tell();

private:
    struct Part {
        std::string what; ///< Class, name and event.
        double ms = 0; ///< Without the events inside it.
    };
    struct Turn {
        double ms = 0;
        long pageFaults = 0;
        double atS = 0; ///< Since watch().
        std::vector<Part> parts;
    };

    static std::string nameOf(const QObject* receiver, const QEvent* event);

    std::size_t m_wanted = 0;
    bool m_watching = false;
    double m_startMs = 0;
    double m_turnStartMs = 0;
    long m_turnFaults = 0;
    double m_innerMs = 0; ///< Of events inside the one that is under way.
    std::vector<std::pair<std::string, double>> m_parts; ///< Of this turn.
    std::vector<Part> m_all; ///< Of all turns.
    std::vector<Turn> m_longest;
};

} // namespace swb::bench
