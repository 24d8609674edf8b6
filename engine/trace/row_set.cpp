// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/row_set.h"

#include <algorithm>
#include <bit>

namespace swb::trace {
namespace {

std::uint32_t bitCount(std::uint64_t word) noexcept
{
    return static_cast<std::uint32_t>(std::popcount(word));
}

} // namespace

RowSet::RowSet(const RowSet& other)
    : m_counts(other.m_counts)
    , m_before(other.m_before)
    , m_counted(other.m_counted)
    , m_count(other.m_count)
{
    m_blocks.reserve(other.m_blocks.size());
    for (const auto& block : other.m_blocks)
        m_blocks.push_back(block ? std::make_unique<Block>(*block) : nullptr);
}

RowSet& RowSet::operator=(const RowSet& other)
{
    if (this != &other)
        *this = RowSet(other);
    return *this;
}

bool RowSet::contains(std::uint64_t row) const noexcept
{
    const std::uint64_t index = row / kBlockRows;
    if (index >= m_blocks.size() || !m_blocks[index])
        return false;
    const std::uint64_t bit = row % kBlockRows;
    return (m_blocks[index]->words[bit / kWordBits] >> (bit % kWordBits) & 1U) != 0;
}

RowSet::Block& RowSet::block(std::size_t index)
{
    if (index >= m_blocks.size()) {
        m_blocks.resize(index + 1);
        m_counts.resize(index + 1, 0);
        m_before.resize(index + 1, 0);
    }
    if (!m_blocks[index])
        m_blocks[index] = std::make_unique<Block>();
    m_counted = std::min(m_counted, index + 1); // What is before this block stays as it is.
    return *m_blocks[index];
}

bool RowSet::set(std::uint64_t row, bool in)
{
    if (contains(row) == in)
        return false;
    const std::size_t index = row / kBlockRows;
    const std::uint64_t bit = row % kBlockRows;
    block(index).words[bit / kWordBits] ^= std::uint64_t{1} << (bit % kWordBits);
    if (in) {
        ++m_counts[index];
        ++m_count;
    } else {
        --m_counts[index];
        --m_count;
    }
    return true;
}

void RowSet::add(std::uint64_t firstRow, std::span<const std::uint64_t> bits)
{
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i] == 0)
            continue;
        const std::uint64_t row = firstRow + i * kWordBits;
        const std::size_t index = row / kBlockRows;
        std::uint64_t& word = block(index).words[row % kBlockRows / kWordBits];
        const std::uint32_t more = bitCount(bits[i] & ~word);
        word |= bits[i];
        m_counts[index] += more;
        m_count += more;
    }
}

void RowSet::clear() noexcept
{
    m_blocks.clear();
    m_counts.clear();
    m_before.clear();
    m_counted = 0;
    m_count = 0;
}

void RowSet::countBlocks() const noexcept
{
    for (; m_counted < m_blocks.size(); ++m_counted)
        m_before[m_counted]
            = m_counted == 0 ? 0 : m_before[m_counted - 1] + m_counts[m_counted - 1];
}

std::uint64_t RowSet::rank(std::uint64_t row) const noexcept
{
    const std::uint64_t index = row / kBlockRows;
    if (index >= m_blocks.size())
        return m_count;
    countBlocks();
    std::uint64_t found = m_before[index];
    if (!m_blocks[index])
        return found;
    const std::uint64_t bit = row % kBlockRows;
    const auto& words = m_blocks[index]->words;
    for (std::size_t i = 0; i < bit / kWordBits; ++i)
        found += bitCount(words[i]);
    const std::uint64_t below = (std::uint64_t{1} << (bit % kWordBits)) - 1;
    return found + bitCount(words[bit / kWordBits] & below);
}

std::uint64_t RowSet::at(std::uint64_t index) const noexcept
{
    std::uint64_t row = 0;
    return copy(index, {&row, 1}) == 1 ? row : 0;
}

std::size_t RowSet::copy(std::uint64_t index, std::span<std::uint64_t> rows) const noexcept
{
    if (index >= m_count || rows.empty())
        return 0;
    countBlocks();
    // The last block with at most `index` rows before it; empty ones after it have as many.
    auto at = static_cast<std::size_t>(
        std::upper_bound(m_before.begin(), m_before.end(), index) - m_before.begin() - 1);
    std::uint64_t skip = index - m_before[at];
    std::size_t copied = 0;
    for (; at < m_blocks.size() && copied < rows.size(); ++at) {
        if (!m_blocks[at])
            continue;
        const auto& words = m_blocks[at]->words;
        for (std::size_t i = 0; i < kBlockWords && copied < rows.size(); ++i) {
            std::uint64_t word = words[i];
            const std::uint32_t here = bitCount(word);
            if (skip >= here) {
                skip -= here;
                continue;
            }
            for (; skip > 0; --skip)
                word &= word - 1;
            for (; word != 0 && copied < rows.size(); word &= word - 1)
                rows[copied++] = at * kBlockRows + i * kWordBits
                    + static_cast<std::uint64_t>(std::countr_zero(word));
        }
    }
    return copied;
}

std::size_t RowSet::memoryBytes() const noexcept
{
    const auto made = static_cast<std::size_t>(std::count_if(
        m_blocks.begin(), m_blocks.end(), [](const auto& block) { return block != nullptr; }));
    return made * sizeof(Block)
        + m_blocks.capacity() * (sizeof(m_blocks[0]) + sizeof(m_counts[0]) + sizeof(m_before[0]));
}

bool RangeSet::contains(std::uint64_t value) const noexcept
{
    const auto after = std::upper_bound(m_ranges.begin(), m_ranges.end(), value,
        [](std::uint64_t wanted, const Range& range) { return wanted < range.first; });
    return after != m_ranges.begin() && (after - 1)->last >= value;
}

void RangeSet::add(Range range)
{
    // Everything that overlaps or touches becomes one.
    auto first = std::find_if(m_ranges.begin(), m_ranges.end(), [&](const Range& each) {
        return each.last >= range.first || each.last + 1 == range.first;
    });
    auto end = first;
    while (end != m_ranges.end() && (end->first <= range.last || end->first == range.last + 1)) {
        range.first = std::min(range.first, end->first);
        range.last = std::max(range.last, end->last);
        ++end;
    }
    m_ranges.insert(m_ranges.erase(first, end), range);
}

void RangeSet::remove(Range range)
{
    std::vector<Range> left;
    left.reserve(m_ranges.size() + 1);
    for (const Range& each : m_ranges) {
        if (each.last < range.first || each.first > range.last) {
            left.push_back(each);
            continue;
        }
        if (each.first < range.first)
            left.push_back({each.first, range.first - 1});
        if (each.last > range.last)
            left.push_back({range.last + 1, each.last});
    }
    m_ranges = std::move(left);
}

} // namespace swb::trace
