// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace swb::trace {

/// A set of rows of a TraceStore, one bit for each, so that a hundred million rows need 12 MiB and
/// a row comes or goes without moving any other. Answers both "the how-manieth" and "which one is
/// at" without walking over the rows.
///
/// **Threads** one at a time.
/// **Errors** std::bad_alloc.
class RowSet {
public:
    static constexpr std::uint64_t kBlockRows = 1U << 16;
    static constexpr std::size_t kWordBits = 64;

    RowSet() = default;
    RowSet(const RowSet& other);
    RowSet& operator=(const RowSet& other);
    RowSet(RowSet&&) = default;
    RowSet& operator=(RowSet&&) = default;
    ~RowSet() = default;

    std::uint64_t count() const noexcept { return m_count; }
    bool isEmpty() const noexcept { return m_count == 0; }
    bool contains(std::uint64_t row) const noexcept;

    /// Returns whether that changed anything.
    bool set(std::uint64_t row, bool in);
    /// Adds the rows whose bit is 1; bit 0 of bits[0] is `firstRow`, a multiple of 64.
    void add(std::uint64_t firstRow, std::span<const std::uint64_t> bits);
    void clear() noexcept;

    /// How many rows of the set are below `row`.
    std::uint64_t rank(std::uint64_t row) const noexcept;
    /// The row with `index` rows of the set below it. index < count().
    std::uint64_t at(std::uint64_t index) const noexcept;
    /// The rows from the one at `index` on; returns how many: fewer than asked at the end.
    std::size_t copy(std::uint64_t index, std::span<std::uint64_t> rows) const noexcept;

    std::size_t memoryBytes() const noexcept;

private:
    static constexpr std::size_t kBlockWords = kBlockRows / kWordBits;
    struct Block {
        std::array<std::uint64_t, kBlockWords> words{};
    };

    Block& block(std::size_t index);
    void countBlocks() const noexcept;

    std::vector<std::unique_ptr<Block>> m_blocks; ///< Null: empty.
    std::vector<std::uint32_t> m_counts; ///< Of each block.
    mutable std::vector<std::uint64_t> m_before; ///< Rows in all blocks before this one.
    mutable std::size_t m_counted = 0; ///< m_before is right for the blocks below.
    std::uint64_t m_count = 0;
};

/// Rows, or other numbers, as ranges that do not touch: for selections that are large but simple.
///
/// **Threads** one at a time.
class RangeSet {
public:
    struct Range {
        std::uint64_t first = 0;
        std::uint64_t last = 0; ///< Included.
        bool operator==(const Range&) const = default;
    };

    bool isEmpty() const noexcept { return m_ranges.empty(); }
    bool contains(std::uint64_t value) const noexcept;
    void add(Range range);
    void remove(Range range);
    void clear() noexcept { m_ranges.clear(); }
    /// Ascending.
    const std::vector<Range>& ranges() const noexcept { return m_ranges; }
    bool operator==(const RangeSet&) const = default;

private:
    std::vector<Range> m_ranges;
};

} // namespace swb::trace
