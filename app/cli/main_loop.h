// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>

namespace swb::cli {

/// Where the main thread waits: for the engine's workers, for a point in time, and for Ctrl-C,
/// whichever comes first.
///
/// SIGINT and SIGTERM are blocked and read as events: a signal handler could do next to nothing,
/// and a signal between check and wait would be lost. Make it before any other thread exists, so
/// that all inherit the mask. SIGINT is taken also where the shell has it ignored, as for
/// background jobs of a script.
///
/// **Threads** wake() from any thread, all else on the thread that made it.
/// **Lifetime** must outlive everything that calls wake().
/// **Errors** the constructor throws std::system_error when descriptors cannot be made.
class MainLoop {
public:
    using Clock = std::chrono::steady_clock;

    MainLoop();
    ~MainLoop();
    MainLoop(const MainLoop&) = delete;
    MainLoop& operator=(const MainLoop&) = delete;

    /// Ends the current or next wait().
    void wake() noexcept;
    /// Returns after wake(), a signal, or at `deadline`; spurious returns are possible.
    void wait(std::optional<Clock::time_point> deadline);
    /// Waits until `descriptor` can be written without blocking. False when interrupted() and,
    /// though waited for a moment, it still cannot: a reader that has stopped must not keep Ctrl-C
    /// from working.
    bool waitWritable(int descriptor);
    /// Ctrl-C or SIGTERM arrived. Looks, does not wait.
    bool interrupted();

private:
    void readSignals();

    int m_signals = -1;
    int m_wakeups = -1;
    bool m_interrupted = false;
};

} // namespace swb::cli
