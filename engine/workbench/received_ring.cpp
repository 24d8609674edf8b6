// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/received_ring.h"

#include <algorithm>
#include <iterator>

namespace swb::workbench {

namespace {
auto signedSize(std::size_t size)
{
    return static_cast<std::ptrdiff_t>(size);
}
} // namespace

void ReceivedRing::append(std::span<const std::byte> bytes)
{
    m_total += bytes.size();
    if (bytes.size() >= kCapacity) {
        const auto newest = bytes.last(kCapacity);
        m_bytes.assign(newest.begin(), newest.end());
        m_start = 0;
        return;
    }
    const std::size_t grown = std::min(bytes.size(), kCapacity - m_bytes.size());
    m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.begin() + signedSize(grown));
    bytes = bytes.subspan(grown);
    while (!bytes.empty()) {
        const std::size_t part = std::min(bytes.size(), kCapacity - m_start);
        std::copy_n(bytes.begin(), part, m_bytes.begin() + signedSize(m_start));
        m_start = (m_start + part) % kCapacity;
        bytes = bytes.subspan(part);
    }
}

ReceivedTail ReceivedRing::tail(std::size_t limit) const
{
    ReceivedTail result;
    const std::size_t count = std::min(limit, m_bytes.size());
    result.totalBytes = m_total;
    result.firstOffset = m_total - count;
    result.bytes.reserve(count);
    // In two pieces: from the oldest to the end of the memory, then from its start.
    std::size_t skip = m_bytes.size() - count;
    const std::size_t firstPiece = m_bytes.size() - m_start;
    if (skip < firstPiece)
        std::copy(m_bytes.begin() + signedSize(m_start + skip), m_bytes.end(),
            std::back_inserter(result.bytes));
    skip = skip > firstPiece ? skip - firstPiece : 0;
    std::copy(m_bytes.begin() + signedSize(skip), m_bytes.begin() + signedSize(m_start),
        std::back_inserter(result.bytes));
    return result;
}

void ReceivedRing::clear()
{
    m_bytes = {};
    m_start = 0;
}

} // namespace swb::workbench
