// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_record.h"
#include "ui/timeline/chunked_list.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace swb::ui {

/// An operation as it is drawn.
struct TrackMark {
    static constexpr std::int64_t kStillPending = std::numeric_limits<std::int64_t>::max();

    std::uint32_t row = 0;
    std::int64_t startNs = 0;
    std::int64_t endNs = 0; ///< Or kStillPending.
    trace::Outcome outcome = trace::Outcome::Synchronous;
    bool waited = false; ///< The call returned true.

    static TrackMark of(const trace::OperationRecord& record, std::uint32_t row) noexcept;
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
    void add(const TrackMark& mark) noexcept;
    /// One less of this outcome in the counts; places and times stay.
    void remove(trace::Outcome outcome) noexcept;
    /// Only when there are any.
    TrackMark longest() const noexcept;
    static TrackSummary of(const trace::OperationRecord& record, std::uint32_t row) noexcept;
    bool operator==(const TrackSummary&) const = default;
};

/// The operations of one direction of one socket, in the order of their rows, with summaries of 16,
/// 256, 4,096 ... of them, so that drawing costs as much as there are pixels, not operations. What
/// is drawn is known here, to the pixel, so that a picture of what is long on the disk reads
/// nothing from there; about 18 bytes for each operation.
///
/// **Threads** GUI thread. **Units** rows are those of the TraceStore; times steady_clock ns.
class LaneTrack {
public:
    static constexpr std::size_t kFanOut = 16;
    /// Reads a row's record.
    using Read = std::function<trace::OperationRecord(std::uint32_t row)>;

    /// `row` is larger than all before. Is seen with the next refresh().
    void append(std::uint32_t row, const trace::OperationRecord& record);
    /// The record of a row that was appended has changed. Takes effect with the next refresh().
    void markChanged(std::uint32_t row);
    /// Brings the summaries up to date.
    void refresh(const Read& read);

    std::size_t size() const noexcept { return m_rows.size(); }
    bool contains(std::uint32_t row) const noexcept;
    std::uint32_t rowAt(std::size_t index) const noexcept { return m_rows[index]; }
    /// The index of the first row that is not below this one.
    std::size_t indexFrom(std::uint32_t row) const noexcept { return m_rows.lowerBound(row); }
    TrackSummary total() const noexcept;
    std::size_t memoryBytes() const noexcept;

    /// What is to be drawn: an operation by itself, or several in one place.
    struct Sink {
        std::function<void(const TrackMark&)> operation;
        std::function<void(const TrackSummary&)> group;
    };
    /// Everything that starts in `fromNs` to `toNs`; what starts within `resolutionNs` may come as
    /// a group. Times of operations are right to that resolution: only where what is kept here is
    /// not, near and far apart, their records are read. Needs refresh() after changes.
    void visit(std::int64_t fromNs, std::int64_t toNs, std::int64_t resolutionNs, const Read& read,
        const Sink& sink) const;
    /// Those, at most `limit`, that started before `atNs` and ended at or after it: newest first.
    std::vector<TrackMark> crossing(
        std::int64_t atNs, std::size_t limit, std::int64_t resolutionNs, const Read& read) const;
    /// That of them that ended last, or the first that is still pending.
    std::optional<TrackMark> reachingFarthest(
        std::int64_t atNs, std::int64_t resolutionNs, const Read& read) const;
    /// The first of them: the one whose turn it is, as those of a track go on in their order.
    std::optional<TrackMark> firstCrossing(
        std::int64_t atNs, std::int64_t resolutionNs, const Read& read) const;

private:
    /// Sixteen operations as they are drawn, in eight bytes each.
    struct Leaf {
        std::int64_t baseNs = 0; ///< Start of the first.
        std::array<float, kFanOut> offsets{}; ///< Starts since then.
        std::array<std::uint32_t, kFanOut> rest{}; ///< A float, how long; its last bits: how.
    };
    using Level = ChunkedList<TrackSummary>;

    void sumUp(std::size_t level, std::size_t node);
    static void keep(Leaf& leaf, TrackSummary& summary, std::size_t place,
        const trace::OperationRecord& record, std::uint32_t row) noexcept;
    std::optional<TrackMark> markAt(
        std::size_t index, std::int64_t resolutionNs, const Read& read) const;
    std::size_t endOf(std::size_t level, std::size_t node) const noexcept;
    void visitNode(std::size_t level, std::size_t node, std::int64_t fromNs, std::int64_t toNs,
        std::int64_t resolutionNs, const Read& read, const Sink& sink) const;
    void crossingIn(std::size_t level, std::size_t node, std::int64_t atNs, std::size_t limit,
        std::int64_t resolutionNs, const Read& read, std::vector<TrackMark>& found) const;
    void farthestIn(std::size_t level, std::size_t node, std::int64_t atNs,
        std::int64_t resolutionNs, const Read& read, std::optional<TrackMark>& found) const;
    std::optional<TrackMark> firstCrossingIn(std::size_t level, std::size_t node, std::int64_t atNs,
        std::int64_t resolutionNs, const Read& read) const;

    ChunkedList<std::uint32_t> m_rows;
    ChunkedList<Leaf> m_leaves; ///< As m_levels[0].
    std::vector<Level> m_levels; ///< [0] of kFanOut rows each, [1] of kFanOut of those, ...
    std::size_t m_summed = 0; ///< Rows that are in the levels above the first.
    std::vector<std::size_t> m_changed; ///< Nodes of level 0 to be read anew.
};

} // namespace swb::ui
