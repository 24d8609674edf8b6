// SPDX-License-Identifier: GPL-3.0-or-later
#include "bytes.h"

#include <algorithm>
#include <cstring>

namespace swb::test {

Bytes randomBytes(std::size_t size, std::uint64_t seed)
{
    Bytes bytes(size);
    std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
    for (std::size_t at = 0; at < size; at += sizeof state) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        std::memcpy(bytes.data() + at, &state, std::min(sizeof state, size - at));
    }
    return bytes;
}

Bytes bytesOf(std::string_view text)
{
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

Bytes joined(std::initializer_list<std::span<const std::byte>> parts)
{
    Bytes all;
    for (const auto part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

Bytes slice(const Bytes& bytes, std::size_t offset, std::size_t count)
{
    const auto part = std::span(bytes).subspan(offset, count);
    return {part.begin(), part.end()};
}

void Checksum::add(std::span<const std::byte> bytes)
{
    for (const std::byte b : bytes)
        m_value = (m_value ^ std::to_integer<std::uint64_t>(b)) * 1099511628211U;
}

std::uint64_t checksum(std::span<const std::byte> bytes)
{
    Checksum sum;
    sum.add(bytes);
    return sum.value();
}

} // namespace swb::test
