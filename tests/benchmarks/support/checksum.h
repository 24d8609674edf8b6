// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace swb::bench {

using Bytes = std::vector<std::byte>;

/// What a stream held: how many bytes, and, when asked to, a hash (FNV-1a) that depends on every
/// byte and its place.
class Checksum {
public:
    explicit Checksum(bool hashing)
        : m_hashing(hashing)
    {
    }
    bool hashing() const { return m_hashing; }
    void add(std::span<const std::byte> bytes)
    {
        m_bytes += bytes.size();
        if (!m_hashing)
            return;
        std::uint64_t hash = m_hash;
        for (const std::byte each : bytes)
            hash = (hash ^ static_cast<std::uint64_t>(each)) * 0x100000001b3U;
        m_hash = hash;
    }
    /// Bytes whose content nobody looks at.
    void skip(std::uint64_t bytes) { m_bytes += bytes; }
    std::uint64_t bytes() const { return m_bytes; }
    std::uint64_t hash() const { return m_hash; }

private:
    bool m_hashing;
    std::uint64_t m_bytes = 0;
    std::uint64_t m_hash = 0xcbf29ce484222325U;
};

/// `size` bytes that look different at every place and for every `seed`.
inline Bytes pattern(std::size_t size, std::uint64_t seed)
{
    Bytes bytes(size);
    std::uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
    for (std::byte& each : bytes) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        each = static_cast<std::byte>(state >> 56);
    }
    return bytes;
}

} // namespace swb::bench
