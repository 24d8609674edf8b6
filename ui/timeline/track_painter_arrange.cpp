// SPDX-License-Identifier: GPL-3.0-or-later
/// Which bars of a track can be told apart, and where the others go.
#include "ui/timeline/track_painter.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace swb::ui {

namespace {

constexpr std::size_t kFewCrossing = 8; // so many are painted one by one
constexpr double kApart = 8.0; // pixels between the beginnings of bars that can be told apart
constexpr double kStandsOut = 24.0; // pixels from which a bar is seen above those beside it

} // namespace

/// They all lie over one another at the left edge: when they are many, only the one that reaches
/// farthest is seen by itself.
void TrackPainter::arrangeCrossing()
{
    const auto farthest = std::max_element(m_crossing.begin(), m_crossing.end(),
        [](const Bar& a, const Bar& b) { return a.to < b.to; });
    // The oldest lies below.
    for (std::size_t i = m_crossing.size(); i-- > 0;) {
        const Bar& bar = m_crossing[i];
        if (!bar.mark.waited || bar.length() < kBarFrom)
            continue;
        if (m_crossing.size() <= kFewCrossing || &bar == &*farthest)
            m_bars.push_back(bar);
        else
            addToBands(bar);
    }
}

void TrackPainter::arrangeBars()
{
    if (m_few.size() <= kFewBars) {
        m_bars.insert(m_bars.end(), m_few.begin(), m_few.end());
        return;
    }
    std::vector<Bar> all;
    for (const std::optional<Bar>& bar : m_starting) {
        if (bar)
            all.push_back(*bar);
    }
    const auto crossing = static_cast<std::ptrdiff_t>(m_bars.size());
    std::vector<Bar> crowd;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool alone = (i == 0 || all[i].from - all[i - 1].from >= kApart)
            && (i + 1 == all.size() || all[i + 1].from - all[i].from >= kApart);
        all[i].alone = alone;
        if (alone)
            m_bars.push_back(all[i]);
        else if (all[i].length() >= kStandsOut)
            crowd.push_back(all[i]);
        else
            addToBands(all[i]);
    }
    // Of many in one place the longest stand out.
    std::sort(crowd.begin(), crowd.end(),
        [](const Bar& a, const Bar& b) { return a.length() > b.length(); });
    std::vector<bool> taken(static_cast<std::size_t>(m_rect.width() / kStandsOut) + 1);
    for (const Bar& bar : crowd) {
        const auto place = static_cast<std::size_t>(bar.from / kStandsOut);
        if (place >= taken.size() || taken[place]) {
            addToBands(bar);
            continue;
        }
        taken[place] = true;
        m_bars.push_back(bar);
    }
    std::sort(m_bars.begin() + crossing, m_bars.end(),
        [](const Bar& a, const Bar& b) { return a.from < b.from; });
}

/// Operations of a track go on one after the other: one that was started while another was pending
/// waits for it first.
void TrackPainter::takeTurns()
{
    std::sort(m_bars.begin(), m_bars.end(),
        [](const Bar& a, const Bar& b) { return a.mark.row < b.mark.row; });
    double free = std::numeric_limits<double>::lowest();
    for (Bar& bar : m_bars) {
        bar.turn = std::clamp(free, bar.from, bar.to);
        free = std::max(free, bar.to);
    }
}

void TrackPainter::addToBands(const Bar& bar)
{
    std::vector<int>& band = m_bands[static_cast<std::size_t>(
        bar.mark.outcome == trace::Outcome::Pending ? Tone::Waiting : Tone::Good)];
    if (band.empty())
        band.resize(m_columns.size() + 1);
    const auto columns = static_cast<double>(m_columns.size());
    const auto from = static_cast<std::size_t>(std::clamp(bar.from, 0.0, columns - 1));
    const auto to = static_cast<std::size_t>(
        std::clamp(std::ceil(bar.to), static_cast<double>(from) + 1.0, columns));
    ++band[from];
    --band[to];
    // That one failed must be seen: where it did.
    if (bar.mark.failed()) {
        if (Column* column = columnAt(bar.to))
            ++column->failed;
    }
}

} // namespace swb::ui
