// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/timeline/track_summary.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace swb::ui {

/// Sixteen operations, each as it is drawn, and what they come to.
class TrackLeaf {
public:
    static constexpr std::size_t kMarks = 16;

    void set(std::size_t place, const TrackMark& mark) noexcept
    {
        m_starts[place] = mark.startNs;
        m_ends[place] = mark.endNs;
        m_rows[place] = mark.row;
        m_how[place] = static_cast<std::uint8_t>(
            static_cast<unsigned>(mark.outcome) | (mark.waited ? kWaited : 0U));
    }
    TrackMark at(std::size_t place) const noexcept
    {
        return {m_rows[place], m_starts[place], m_ends[place],
            static_cast<trace::Outcome>(m_how[place] & ~kWaited), (m_how[place] & kWaited) != 0};
    }
    std::uint32_t row(std::size_t place) const noexcept { return m_rows[place]; }
    const TrackSummary& summary() const noexcept { return m_summary; }
    /// Of the first `count` operations.
    void sumUp(std::size_t count) noexcept;

private:
    static constexpr unsigned kWaited = 8;

    std::array<std::int64_t, kMarks> m_starts{};
    std::array<std::int64_t, kMarks> m_ends{};
    std::array<std::uint32_t, kMarks> m_rows{};
    std::array<std::uint8_t, kMarks> m_how{}; ///< The outcome, and whether it waited.
    TrackSummary m_summary;
};

/// Up to 1,024 operations of a track one after the other, in the order of their rows: what is kept,
/// let go of and read again as one. 26 bytes for each operation.
///
/// **Threads** a value.
class TrackPiece {
public:
    static constexpr std::size_t kMarks = 1024;
    static constexpr std::size_t kBytes = kMarks / TrackLeaf::kMarks * sizeof(TrackLeaf);

    std::size_t size() const noexcept { return m_size; }
    std::size_t leafCount() const noexcept { return m_leaves.size(); }
    const TrackLeaf& leaf(std::size_t index) const noexcept { return m_leaves[index]; }
    /// How many operations a leaf has.
    std::size_t marksOf(std::size_t leaf) const noexcept
    {
        return std::min(TrackLeaf::kMarks, m_size - leaf * TrackLeaf::kMarks);
    }
    TrackMark at(std::size_t index) const noexcept
    {
        return m_leaves[index / TrackLeaf::kMarks].at(index % TrackLeaf::kMarks);
    }
    std::uint32_t rowAt(std::size_t index) const noexcept
    {
        return m_leaves[index / TrackLeaf::kMarks].row(index % TrackLeaf::kMarks);
    }

    /// Room for all, so that appending copies nothing.
    void reserveAll() { m_leaves.reserve(kMarks / TrackLeaf::kMarks); }
    /// size() < kMarks; its row is larger than all before.
    void append(const TrackMark& mark)
    {
        if (m_size % TrackLeaf::kMarks == 0)
            m_leaves.emplace_back();
        m_leaves.back().set(m_size++ % TrackLeaf::kMarks, mark);
    }
    void set(std::size_t index, const TrackMark& mark) noexcept
    {
        m_leaves[index / TrackLeaf::kMarks].set(index % TrackLeaf::kMarks, mark);
    }
    void sumUp(std::size_t leaf) noexcept { m_leaves[leaf].sumUp(marksOf(leaf)); }
    /// The index of the first operation whose row is not below; size() when there is none.
    std::size_t indexFrom(std::uint32_t row) const noexcept;

    std::size_t memoryBytes() const noexcept
    {
        return sizeof *this + m_leaves.capacity() * sizeof(TrackLeaf);
    }

private:
    std::vector<TrackLeaf> m_leaves;
    std::size_t m_size = 0;
};

} // namespace swb::ui
