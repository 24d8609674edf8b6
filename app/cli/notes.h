// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace swb::cli {

/// What is said to people on standard error: lines, and, on a terminal, one progress line below
/// them that is painted over.
///
/// **Threads** the main thread.
class Notes {
public:
    using Clock = std::chrono::steady_clock;

    Notes();
    ~Notes();
    Notes(const Notes&) = delete;
    Notes& operator=(const Notes&) = delete;

    /// One line, at once.
    void line(std::string_view text);
    /// Progress is worth its cost only where it is seen.
    bool showsProgress() const noexcept { return m_terminal; }
    /// `done` of `total` bytes (0: not known). Painted at most a few times a second.
    void progress(std::string_view what, std::uint64_t done, std::uint64_t total);
    void clearProgress();

private:
    bool m_terminal = false;
    bool m_painted = false;
    Clock::time_point m_lastPaint;
    std::uint64_t m_lastDone = 0;
    std::string m_lastWhat;
    double m_bytesPerSecond = 0;
};

} // namespace swb::cli
