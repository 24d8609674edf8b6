// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/notes.h"

#include "engine/workbench/payload_codec.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace swb::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto kPaintInterval = 200ms;
constexpr double kOldRateWeight = 0.7; // of the smoothed rate, so that it can be read
constexpr const char* kEraseLine = "\r\033[K";

std::string remainingTime(double seconds)
{
    constexpr double kMinute = 60;
    constexpr double kHour = 3600;
    if (seconds < kMinute)
        return fmt::format("{:.0f} s", seconds);
    if (seconds < kHour)
        return fmt::format("{:.0f} min", seconds / kMinute);
    return fmt::format("{:.1f} h", seconds / kHour);
}

} // namespace

Notes::Notes()
    : m_terminal(isatty(STDERR_FILENO) == 1)
{
}

Notes::~Notes()
{
    clearProgress();
}

void Notes::line(std::string_view text)
{
    // One write, so that lines of programs that share the terminal do not mix.
    const std::string whole = fmt::format("{}{}\n", m_painted ? kEraseLine : "", text);
    m_painted = false;
    std::fwrite(whole.data(), 1, whole.size(), stderr);
    std::fflush(stderr);
}

void Notes::progress(std::string_view what, std::uint64_t done, std::uint64_t total)
{
    const auto now = Clock::now();
    if (!m_terminal || now - m_lastPaint < kPaintInterval)
        return;
    const bool first = what != m_lastWhat || done < m_lastDone;
    if (first)
        m_bytesPerSecond = 0;
    else {
        const double seconds = std::chrono::duration<double>(now - m_lastPaint).count();
        const double rate = static_cast<double>(done - m_lastDone) / seconds;
        m_bytesPerSecond = m_bytesPerSecond > 0
            ? kOldRateWeight * m_bytesPerSecond + (1 - kOldRateWeight) * rate
            : rate;
    }
    m_lastPaint = now;
    m_lastDone = done;
    m_lastWhat = what;
    if (first)
        return; // a rate needs two looks, and what ends before the second needs no progress

    std::string text = fmt::format("{}{}: {}", kEraseLine, what, workbench::formatSize(done));
    if (total > 0)
        text += fmt::format(" of {}, {:.0f} %", workbench::formatSize(total),
            100.0 * static_cast<double>(done) / static_cast<double>(total));
    text += fmt::format(
        ", {}/s", workbench::formatSize(static_cast<std::uint64_t>(m_bytesPerSecond)));
    if (total > done && m_bytesPerSecond >= 1)
        text += fmt::format(
            ", {} left", remainingTime(static_cast<double>(total - done) / m_bytesPerSecond));
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
    m_painted = true;
}

void Notes::clearProgress()
{
    if (m_painted)
        std::fputs(kEraseLine, stderr);
    m_painted = false;
}

} // namespace swb::cli
