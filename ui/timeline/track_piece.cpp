// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/track_piece.h"

#include <algorithm>

namespace swb::ui {

void TrackLeaf::sumUp(std::size_t count) noexcept
{
    // As adding each mark to it, but one field after the other: this is done for every operation.
    std::array<std::uint32_t, 8> outcomes{};
    std::int64_t first = TrackSummary{}.firstStartNs;
    std::int64_t last = TrackSummary{}.lastStartNs;
    std::int64_t end = TrackSummary{}.latestEndNs;
    std::int64_t longestNs = -1;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        ++outcomes[m_how[i] & (kWaited - 1)];
        first = std::min(first, m_starts[i]);
        last = std::max(last, m_starts[i]);
        end = std::max(end, m_ends[i]);
        const std::int64_t lasted = m_ends[i] - m_starts[i]; // of the pending ones the oldest's
        longest = lasted > longestNs ? i : longest;
        longestNs = std::max(longestNs, lasted);
    }
    TrackSummary sum;
    if (count > 0) {
        const TrackMark mark = at(longest);
        sum = {first, last, end, longestNs, mark.startNs, mark.row, TrackSummary::kNoRow};
        sum.longestOutcome = mark.outcome;
        sum.longestWaited = mark.waited;
    }
    const auto of = [&outcomes](trace::Outcome outcome) {
        return outcomes[static_cast<std::size_t>(outcome)];
    };
    sum.operations = static_cast<std::uint32_t>(count);
    sum.synchronous = of(trace::Outcome::Synchronous);
    sum.pending = of(trace::Outcome::Pending);
    sum.failed = of(trace::Outcome::Failed);
    sum.aborted = of(trace::Outcome::Aborted);
    for (std::size_t i = 0; sum.failed + sum.aborted > 0 && i < count; ++i) {
        if (at(i).failed()) {
            sum.failedRow = m_rows[i]; // they are ascending
            break;
        }
    }
    m_summary = sum;
}

std::size_t TrackPiece::indexFrom(std::uint32_t row) const noexcept
{
    // The last leaf that begins at or before it.
    const auto next = std::upper_bound(m_leaves.begin(), m_leaves.end(), row,
        [](std::uint32_t wanted, const TrackLeaf& leaf) { return wanted < leaf.row(0); });
    if (next == m_leaves.begin())
        return 0;
    const auto leaf = static_cast<std::size_t>(next - m_leaves.begin()) - 1;
    const std::size_t count = marksOf(leaf);
    std::size_t place = 0;
    while (place < count && m_leaves[leaf].row(place) < row)
        ++place;
    return leaf * TrackLeaf::kMarks + place;
}

} // namespace swb::ui
