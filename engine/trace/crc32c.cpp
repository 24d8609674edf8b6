// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/crc32c.h"

#include <array>
#include <cstring>

namespace swb::trace {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78; // 0x1EDC6F41, lowest bit first
constexpr std::size_t kStep = 8;

using Tables = std::array<std::array<std::uint32_t, 256>, kStep>;

/// Table n gives what a byte that stands n bytes before the end of a step does to the checksum.
constexpr Tables makeTables()
{
    Tables tables{};
    for (std::uint32_t value = 0; value < 256; ++value) {
        std::uint32_t rest = value;
        for (int bit = 0; bit < 8; ++bit)
            rest = (rest >> 1) ^ ((rest & 1) != 0 ? kPolynomial : 0);
        tables[0][value] = rest;
    }
    for (std::size_t table = 1; table < kStep; ++table) {
        for (std::size_t value = 0; value < 256; ++value) {
            const std::uint32_t shorter = tables[table - 1][value];
            tables[table][value] = (shorter >> 8) ^ tables[0][shorter & 0xFF];
        }
    }
    return tables;
}

constexpr Tables kTables = makeTables();

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
__attribute__((target("sse4.2"))) std::uint32_t crc32cByInstruction(
    std::span<const std::byte> bytes, std::uint32_t before) noexcept
{
    std::uint64_t crc = ~before;
    const std::byte* next = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= kStep; left -= kStep, next += kStep) {
        std::uint64_t word = 0;
        std::memcpy(&word, next, sizeof word);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    auto tail = static_cast<std::uint32_t>(crc);
    for (; left > 0; --left, ++next)
        tail = __builtin_ia32_crc32qi(tail, static_cast<unsigned char>(*next));
    return ~tail;
}
#endif

} // namespace

std::uint32_t crc32cByTable(std::span<const std::byte> bytes, std::uint32_t before) noexcept
{
    std::uint32_t crc = ~before;
    const std::byte* next = bytes.data();
    std::size_t left = bytes.size();
    const auto at = [&next](std::size_t i) { return std::to_integer<std::uint32_t>(next[i]); };
    for (; left >= kStep; left -= kStep, next += kStep) {
        crc ^= at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24;
        crc = kTables[7][crc & 0xFF] ^ kTables[6][(crc >> 8) & 0xFF]
            ^ kTables[5][(crc >> 16) & 0xFF] ^ kTables[4][crc >> 24] ^ kTables[3][at(4)]
            ^ kTables[2][at(5)] ^ kTables[1][at(6)] ^ kTables[0][at(7)];
    }
    for (; left > 0; --left, ++next)
        crc = (crc >> 8) ^ kTables[0][(crc ^ at(0)) & 0xFF];
    return ~crc;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept
{
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
    static const bool hasInstruction = __builtin_cpu_supports("sse4.2") != 0;
    if (hasInstruction)
        return crc32cByInstruction(bytes, before);
#endif
    return crc32cByTable(bytes, before);
}

} // namespace swb::trace
