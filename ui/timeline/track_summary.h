// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_record.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace swb::ui {

/// An operation as it is drawn.
struct TrackMark {
    static constexpr std::int64_t kStillPending = std::numeric_limits<std::int64_t>::max();

    std::uint32_t row = 0;
    std::int64_t startNs = 0;
    std::int64_t endNs = 0; ///< Or kStillPending.
    trace::Outcome outcome = trace::Outcome::Synchronous;
    bool waited = false; ///< The call returned true.

    static TrackMark of(const trace::OperationRecord& record, std::uint32_t row) noexcept
    {
        const trace::Outcome outcome = trace::outcome(record);
        return {row, record.submittedNs,
            outcome == trace::Outcome::Pending ? kStillPending
                                               : std::max(record.submittedNs, record.completedNs),
            outcome, record.returnedPending()};
    }
    bool failed() const noexcept
    {
        return outcome == trace::Outcome::Failed || outcome == trace::Outcome::Aborted;
    }
    bool operator==(const TrackMark&) const = default;
};

/// Several operations of one track in one place: what survives when they are too close together to
/// be drawn one by one. Counts, errors and the longest are never lost (mip levels).
struct TrackSummary {
    static constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::int64_t kStillPending = TrackMark::kStillPending;

    std::int64_t firstStartNs = std::numeric_limits<std::int64_t>::max();
    std::int64_t lastStartNs = std::numeric_limits<std::int64_t>::min();
    std::int64_t latestEndNs = std::numeric_limits<std::int64_t>::min(); ///< Or kStillPending.
    std::int64_t longestNs = -1; ///< A pending one counts as longer than all that have ended.
    std::int64_t longestStartNs = 0;
    std::uint32_t longestRow = kNoRow;
    std::uint32_t failedRow = kNoRow; ///< The first that failed or was aborted.
    std::uint32_t operations = 0;
    std::uint32_t synchronous = 0;
    std::uint32_t pending = 0;
    std::uint32_t failed = 0;
    std::uint32_t aborted = 0;
    trace::Outcome longestOutcome = trace::Outcome::Synchronous;
    bool longestWaited = false;

    void add(const TrackSummary& other) noexcept;
    /// One less of this outcome in the counts; places and times stay.
    void remove(trace::Outcome outcome) noexcept;
    /// Only when there are any.
    TrackMark longest() const noexcept;
    bool operator==(const TrackSummary&) const = default;
};

} // namespace swb::ui
