// SPDX-License-Identifier: BSL-1.0
/// A trace file as its bytes, for tests that damage it. Reads the format on its own, as
/// docs/trace-format.md describes it.
#pragma once

#include "engine/trace/crc32c.h"
#include "tests/support/bytes.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace swb::test {

struct TraceBytes {
    Bytes content;

    explicit TraceBytes(const std::string& path)
    {
        std::ifstream file(path, std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        const auto bytes = std::as_bytes(std::span(text));
        content.assign(bytes.begin(), bytes.end());
    }
    void write(const std::string& path) const
    {
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>(content.data()),
            static_cast<std::streamsize>(content.size()));
    }

    template <typename T> T value(std::uint64_t offset) const
    {
        T result{};
        std::memcpy(
            &result, &content.at(offset + sizeof result - 1) - (sizeof result - 1), sizeof result);
        return result;
    }
    template <typename T> void set(std::uint64_t offset, T value)
    {
        std::memcpy(
            &content.at(offset + sizeof value - 1) - (sizeof value - 1), &value, sizeof value);
    }
    std::string text(std::uint64_t offset, std::size_t size) const
    {
        return {reinterpret_cast<const char*>(&content.at(offset)), size};
    }

    struct Block {
        std::uint64_t offset = 0;
        std::uint32_t type = 0;
    };
    /// Of a whole file.
    std::vector<Block> blocks() const
    {
        std::vector<Block> result;
        for (std::uint64_t offset = 4096; offset < content.size();) {
            result.push_back({offset, value<std::uint32_t>(offset + 4)});
            offset += 64 + (value<std::uint64_t>(offset + 24) + 63) / 64 * 64;
        }
        return result;
    }
    /// Makes the checksum right again after a change.
    void repairBlockHeader(std::uint64_t offset)
    {
        set<std::uint32_t>(offset + 60, trace::crc32c(std::span(content).subspan(offset, 60)));
    }
    void repairPayload(std::uint64_t offset)
    {
        const auto size = value<std::uint64_t>(offset + 24);
        set<std::uint32_t>(
            offset + 44, trace::crc32c(std::span(content).subspan(offset + 64, size)));
        repairBlockHeader(offset);
    }
};

} // namespace swb::test
