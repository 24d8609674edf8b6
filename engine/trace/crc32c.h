// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace swb::trace {

/// CRC-32C (Castagnoli, as in iSCSI and ext4) of `bytes`, going on from `before`: the checksum of
/// the blocks of a trace file. By the processor's own instruction where there is one.
///
/// **Threads** any.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

/// The same by tables, for processors without the instruction.
std::uint32_t crc32cByTable(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

} // namespace swb::trace
