// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/timeline/chunked_list.h"
#include "ui/timeline/track_piece.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace swb::ui {

/// The operations of one direction of one socket, in the order of their rows, with summaries of 16,
/// 64, 256, ... of them, so that drawing costs as much as there are pixels, not operations.
///
/// The summaries of 64 and more stay, two bytes for each operation. The rest is in pieces of 1,024
/// operations, of which one that has ended whole can be let go of and read again from the store;
/// what is drawn of it meanwhile are the summaries. So drawing never waits for a disk.
///
/// **Threads** GUI thread. **Units** rows are those of the TraceStore; times steady_clock ns.
class LaneTrack {
public:
    static constexpr std::size_t kFanOut = 4;

    /// `row` is larger than all before. A lost record has no place here. Is seen with the next
    /// refresh(). Returns whether a piece is full.
    bool append(std::uint32_t row, const trace::OperationRecord& record);
    /// What is known of a row that was appended is different now. Takes effect with the next
    /// refresh().
    void change(std::uint32_t row, const trace::OperationRecord& record);
    /// Brings the summaries up to date.
    void refresh();

    std::size_t size() const noexcept { return m_size; }
    TrackSummary total() const noexcept;
    std::size_t memoryBytes() const noexcept;

    /// What is to be drawn: an operation by itself, or several in one place. A group is wider than
    /// was asked for when its piece is not here.
    struct Sink {
        std::function<void(const TrackMark&)> operation;
        std::function<void(const TrackSummary&)> group;
    };
    /// Everything that starts in `fromNs` to `toNs`; what starts within `resolutionNs` may come as
    /// a group. Needs refresh() after changes. This and the next three remember which pieces they
    /// used, and which were missing.
    void visit(
        std::int64_t fromNs, std::int64_t toNs, std::int64_t resolutionNs, const Sink& sink) const;
    /// Those, at most `limit`, that started before `atNs` and ended at or after it: newest first.
    /// Of those that are not here the longest of each 64.
    std::vector<TrackMark> crossing(std::int64_t atNs, std::size_t limit) const;
    /// That of them that ended last, or the first that is still pending.
    std::optional<TrackMark> reachingFarthest(std::int64_t atNs) const;
    /// The first of them: the one whose turn it is, as those of a track go on in their order.
    std::optional<TrackMark> firstCrossing(std::int64_t atNs) const;

    // --- Pieces
    std::size_t pieceCount() const noexcept { return m_pieces.size(); }
    std::uint32_t firstRowOf(std::size_t piece) const noexcept { return m_pieces[piece].firstRow; }
    std::uint32_t lastRowOf(std::size_t piece) const noexcept { return m_pieces[piece].lastRow; }
    /// Null when it was let go of.
    const TrackPiece* piece(std::size_t index) const noexcept
    {
        return m_pieces[index].marks.get();
    }
    /// The one that has the row if any has; 0 when there are none.
    std::size_t pieceOf(std::uint32_t row) const noexcept;
    /// When it was looked at last: a number that useNow() gave.
    std::uint32_t usedAt(std::size_t piece) const noexcept { return m_pieces[piece].usedAt; }
    void useNow(std::uint32_t now) noexcept { m_now = now; }
    /// False: it may still change.
    bool letGo(std::size_t piece);
    /// Takes back what was let go of, read again.
    void takeBack(std::size_t piece, std::unique_ptr<TrackPiece> marks);
    /// Those that were missing since the last call.
    std::vector<std::uint32_t> takeMissing() noexcept { return std::exchange(m_missing, {}); }
    bool isMissing() const noexcept { return !m_missing.empty(); }

private:
    static constexpr std::size_t kLeavesPerNode = kFanOut; ///< Of the lowest level that stays.
    static constexpr std::size_t kMarksPerNode = kLeavesPerNode * TrackLeaf::kMarks;
    static constexpr std::size_t kNodesPerPiece = TrackPiece::kMarks / kMarksPerNode;
    static constexpr std::size_t kLeavesPerPiece = TrackPiece::kMarks / TrackLeaf::kMarks;

    struct Piece {
        std::unique_ptr<TrackPiece> marks; ///< Null: let go of.
        std::uint32_t firstRow = 0;
        std::uint32_t lastRow = 0;
        mutable std::uint32_t usedAt = 0;
        mutable bool missed = false; ///< In m_missing, or being read.
    };
    using Level = ChunkedList<TrackSummary>;

    const TrackPiece* use(std::size_t node) const;
    /// The leaves of a node in its piece.
    static std::size_t firstLeafOf(std::size_t node) noexcept
    {
        return node % kNodesPerPiece * kLeavesPerNode;
    }
    static std::size_t endLeafOf(std::size_t node, const TrackPiece& piece) noexcept
    {
        return std::min(firstLeafOf(node) + kLeavesPerNode, piece.leafCount());
    }
    void sumUpLeaves(std::size_t node);
    void sumUp(std::size_t level, std::size_t node);
    TrackSummary& nodeAt(std::size_t level, std::size_t node);
    std::size_t endOf(std::size_t level, std::size_t node) const noexcept;
    void visitNode(std::size_t level, std::size_t node, std::int64_t fromNs, std::int64_t toNs,
        std::int64_t resolutionNs, const Sink& sink) const;
    void visitLeaves(std::size_t node, const TrackPiece& piece, std::int64_t fromNs,
        std::int64_t toNs, std::int64_t resolutionNs, const Sink& sink) const;
    /// Gives `crossing` the operations that started before `atNs` and ended at or after it, until
    /// it has enough; it may pass over what it does not need.
    template <typename Crossing> void walkCrossing(std::int64_t atNs, Crossing& crossing) const;
    template <typename Crossing>
    void walkCrossing(
        std::size_t level, std::size_t node, std::int64_t atNs, Crossing& crossing) const;
    template <typename Crossing>
    void walkLeaves(
        std::size_t node, const TrackPiece& piece, std::int64_t atNs, Crossing& crossing) const;

    std::vector<Piece> m_pieces;
    std::vector<Level> m_levels; ///< [0] of kMarksPerNode operations each, [1] of kFanOut of those.
    std::size_t m_size = 0;
    std::size_t m_summed = 0; ///< So many of the first operations are in the levels.
    std::vector<std::size_t> m_changed; ///< Leaves to be summed up anew.
    std::uint32_t m_now = 0;
    mutable std::vector<std::uint32_t> m_missing;
};

} // namespace swb::ui
