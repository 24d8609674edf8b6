// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/workbench/payload_codec.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace swb::workbench {

/// The end of what was received, bounded: the newest bytes and how many came before them.
struct ReceivedTail {
    std::uint64_t totalBytes = 0; ///< Everything received so far.
    std::uint64_t firstOffset = 0; ///< Stream offset of bytes.front().
    Bytes bytes;
};

/// Keeps the newest bytes of a stream. Takes memory only as bytes come. **Threads** none: the owner
/// locks.
class ReceivedRing {
public:
    static constexpr std::size_t kCapacity = std::size_t{1024} * 1024;

    void append(std::span<const std::byte> bytes);
    /// The newest bytes, at most `limit`.
    ReceivedTail tail(std::size_t limit) const;
    /// Forgets the bytes, not how many there were.
    void clear();
    std::uint64_t total() const noexcept { return m_total; }

private:
    Bytes m_bytes; ///< Grows to kCapacity, then the oldest byte is at m_start.
    std::size_t m_start = 0;
    std::uint64_t m_total = 0;
};

} // namespace swb::workbench
