// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace swb::test {

using Bytes = std::vector<std::byte>;

/// `size` bytes that no shift or repetition reproduces; the same `seed` gives the same bytes.
Bytes randomBytes(std::size_t size, std::uint64_t seed = 1);
Bytes bytesOf(std::string_view text);
/// The parts one after another.
Bytes joined(std::initializer_list<std::span<const std::byte>> parts);
Bytes slice(const Bytes& bytes, std::size_t offset, std::size_t count);

/// A running checksum (FNV-1a, 64 bit) for what is too long to keep.
class Checksum {
public:
    void add(std::span<const std::byte> bytes);
    std::uint64_t value() const { return m_value; }

private:
    std::uint64_t m_value = 14695981039346656037U;
};

std::uint64_t checksum(std::span<const std::byte> bytes);

} // namespace swb::test
