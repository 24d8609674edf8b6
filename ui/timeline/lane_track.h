// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_record.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace swb::ui {

/// Several operations of one track in one place: what survives when they are too close together to
/// be drawn one by one. Counts, errors and the longest are never lost (mip levels).
struct TrackSummary {
    static constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::int64_t kStillPending = std::numeric_limits<std::int64_t>::max();

    std::int64_t firstStartNs = std::numeric_limits<std::int64_t>::max();
    std::int64_t lastStartNs = std::numeric_limits<std::int64_t>::min();
    std::int64_t latestEndNs = std::numeric_limits<std::int64_t>::min(); ///< Or kStillPending.
    std::int64_t longestNs = -1; ///< A pending one counts as longer than all that have ended.
    std::uint32_t longestRow = kNoRow;
    std::uint32_t failedRow = kNoRow; ///< The first that failed or was aborted.
    std::uint32_t operations = 0;
    std::uint32_t synchronous = 0;
    std::uint32_t pending = 0;
    std::uint32_t failed = 0;
    std::uint32_t aborted = 0;

    void add(const TrackSummary& other) noexcept;
    static TrackSummary of(const trace::OperationRecord& record, std::uint32_t row) noexcept;
    bool operator==(const TrackSummary&) const = default;
};

/// The operations of one direction of one socket, in the order of their rows, with summaries of 16,
/// 256, 4,096 ... of them, so that drawing costs as much as there are pixels, not operations.
///
/// **Threads** GUI thread. **Units** rows are those of the TraceStore; times steady_clock ns.
class LaneTrack {
public:
    static constexpr std::size_t kFanOut = 16;
    /// Reads a row's record.
    using Read = std::function<trace::OperationRecord(std::uint32_t row)>;

    /// `row` is larger than all before.
    void append(std::uint32_t row, const trace::OperationRecord& record);
    /// The record of a row that was appended has changed. Takes effect with the next refresh().
    void markChanged(std::uint32_t row);
    /// Brings the summaries up to date.
    void refresh(const Read& read);

    std::size_t size() const noexcept { return m_rows.size(); }
    bool contains(std::uint32_t row) const noexcept;
    const std::vector<std::uint32_t>& rows() const noexcept { return m_rows; }
    TrackSummary total() const noexcept;
    std::size_t memoryBytes() const noexcept;

    /// What is to be drawn: an operation by itself, or several in one place.
    struct Sink {
        std::function<void(std::uint32_t row)> operation;
        std::function<void(const TrackSummary&)> group;
    };
    /// Everything that starts in `fromNs` to `toNs`; what starts within `resolutionNs` may come as
    /// a group. Needs refresh() after changes.
    void visit(
        std::int64_t fromNs, std::int64_t toNs, std::int64_t resolutionNs, const Sink& sink) const;
    /// The rows, at most `limit`, that started before `atNs` and ended at or after it: newest
    /// first.
    std::vector<std::uint32_t> crossing(
        std::int64_t atNs, std::size_t limit, const Read& read) const;
    /// The first of them: the one whose turn it is, as those of a track go on in their order.
    std::optional<std::uint32_t> firstCrossing(std::int64_t atNs, const Read& read) const;

private:
    using Level = std::vector<TrackSummary>;

    void visitNode(std::size_t level, std::size_t node, std::int64_t fromNs, std::int64_t toNs,
        std::int64_t resolutionNs, const Sink& sink) const;
    void crossingIn(std::size_t level, std::size_t node, std::int64_t atNs, std::size_t limit,
        const Read& read, std::vector<std::uint32_t>& found) const;
    std::optional<std::uint32_t> firstCrossingIn(
        std::size_t level, std::size_t node, std::int64_t atNs, const Read& read) const;

    std::vector<std::uint32_t> m_rows;
    std::vector<Level> m_levels; ///< [0] of kFanOut rows each, [1] of kFanOut of those, ...
    std::vector<std::size_t> m_changed; ///< Nodes of level 0 to be read anew.
};

} // namespace swb::ui
