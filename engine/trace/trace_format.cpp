// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/trace_format.h"

#include "engine/trace/byte_order.h"
#include "engine/trace/crc32c.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace swb::trace {

TraceAnchor TraceAnchor::now() noexcept
{
    TraceAnchor anchor;
    anchor.steadyNs = steadyNowNs();
    anchor.wallNs = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch())
                        .count();
    return anchor;
}

namespace format {
namespace {

using detail::ByteReader;
using detail::ByteWriter;

/// A byte that is not text, the letters, and line ends: what a transfer as text would spoil.
constexpr std::array<unsigned char, 8> kFileMagic{0x89, 'S', 'W', 'B', 'T', 0x0D, 0x0A, 0x1A};
constexpr std::size_t kProgramBytes = 128;
constexpr std::size_t kHeaderChecksumAt = kHeaderContentBytes - sizeof(std::uint32_t);
constexpr std::size_t kBlockChecksumAt = kBlockHeaderBytes - sizeof(std::uint32_t);

template <std::size_t Size>
bool startsWith(
    std::span<const std::byte> bytes, const std::array<unsigned char, Size>& magic) noexcept
{
    return bytes.size() >= Size && std::memcmp(bytes.data(), magic.data(), Size) == 0;
}

std::uint32_t checksumAt(std::span<const std::byte> bytes, std::size_t offset) noexcept
{
    return ByteReader(bytes.subspan(offset)).value<std::uint32_t>();
}

/// `text`, cut to `most` bytes but not within a character of UTF-8.
std::string_view shortened(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U)
        --most;
    return text.substr(0, most);
}

bool decodeCopy(std::span<const std::byte> bytes, FileHeader& header)
{
    if (bytes.size() < kHeaderContentBytes || !startsWith(bytes, kFileMagic)
        || crc32c(bytes.first(kHeaderChecksumAt)) != checksumAt(bytes, kHeaderChecksumAt))
        return false;
    ByteReader reader(bytes.subspan(kFileMagic.size()));
    header.version = reader.value<std::uint32_t>();
    reader.value<std::uint32_t>(); // the size of the header: fixed in this version
    header.recordBytes = reader.value<std::uint32_t>();
    header.rowsPerBlock = reader.value<std::uint32_t>();
    header.fileId = reader.value<std::uint64_t>();
    header.anchor.steadyNs = reader.value<std::int64_t>();
    header.anchor.wallNs = reader.value<std::int64_t>();
    header.processId = reader.value<std::uint64_t>();
    reader.value<std::uint64_t>(); // reserved
    const auto program = reader.bytes(kProgramBytes);
    const auto end = std::find(program.begin(), program.end(), std::byte{0});
    header.program.assign(reinterpret_cast<const char*>(program.data()),
        static_cast<std::size_t>(end - program.begin()));
    return true;
}

} // namespace

std::array<std::byte, kHeaderBytes> encode(const FileHeader& header)
{
    ByteWriter writer;
    writer.bytes(std::as_bytes(std::span(kFileMagic)));
    writer.value(header.version);
    writer.value(static_cast<std::uint32_t>(kHeaderBytes));
    writer.value(header.recordBytes);
    writer.value(header.rowsPerBlock);
    writer.value(header.fileId);
    writer.value(header.anchor.steadyNs);
    writer.value(header.anchor.wallNs);
    writer.value(header.processId);
    writer.value(std::uint64_t{0});
    const std::string_view program = shortened(header.program, kProgramBytes - 1);
    writer.bytes(std::as_bytes(std::span(program)));
    writer.padTo(kHeaderChecksumAt);
    writer.value(crc32c(writer.content()));

    std::array<std::byte, kHeaderBytes> bytes{};
    std::copy_n(writer.content().begin(), kHeaderContentBytes, bytes.begin());
    std::copy_n(writer.content().begin(), kHeaderContentBytes,
        bytes.begin() + static_cast<std::ptrdiff_t>(kHeaderCopyAt));
    return bytes;
}

HeaderState decode(std::span<const std::byte> bytes, FileHeader& header)
{
    // Wherever they are: bytes may have been inserted before them.
    bool isTrace = false;
    for (std::size_t offset = 0; offset + kFileMagic.size() <= bytes.size(); ++offset) {
        const auto copy = bytes.subspan(offset);
        if (!startsWith(copy, kFileMagic))
            continue;
        isTrace = true;
        if (decodeCopy(copy, header))
            return HeaderState::Good;
    }
    return isTrace ? HeaderState::Damaged : HeaderState::NotATrace;
}

std::array<std::byte, kBlockHeaderBytes> encode(const BlockHeader& header)
{
    ByteWriter writer;
    writer.bytes(std::as_bytes(std::span(kBlockMagic)));
    writer.value(static_cast<std::uint32_t>(header.type));
    writer.value(header.fileId);
    writer.value(header.sequence);
    writer.value(header.payloadBytes);
    writer.value(header.first);
    writer.value(header.count);
    writer.value(header.payloadChecksum);
    writer.padTo(kBlockChecksumAt);
    writer.value(crc32c(writer.content()));
    std::array<std::byte, kBlockHeaderBytes> bytes{};
    std::copy_n(writer.content().begin(), kBlockHeaderBytes, bytes.begin());
    return bytes;
}

std::optional<BlockHeader> decodeBlockHeader(
    std::span<const std::byte> bytes, std::uint64_t fileId) noexcept
{
    if (bytes.size() < kBlockHeaderBytes || !startsWith(bytes, kBlockMagic)
        || crc32c(bytes.first(kBlockChecksumAt)) != checksumAt(bytes, kBlockChecksumAt))
        return std::nullopt;
    ByteReader reader(bytes.subspan(kBlockMagic.size()));
    BlockHeader header;
    header.type = static_cast<BlockType>(reader.value<std::uint32_t>());
    header.fileId = reader.value<std::uint64_t>();
    header.sequence = reader.value<std::uint64_t>();
    header.payloadBytes = reader.value<std::uint64_t>();
    header.first = reader.value<std::uint64_t>();
    header.count = reader.value<std::uint32_t>();
    header.payloadChecksum = reader.value<std::uint32_t>();
    if (header.fileId != fileId || header.payloadBytes > kMostPayloadBytes)
        return std::nullopt;
    return header;
}

std::array<std::byte, 48> encode(const EndOfTrace& end)
{
    ByteWriter writer;
    writer.value(end.rows);
    writer.value(end.records);
    writer.value(end.lost);
    writer.value(end.blocks);
    writer.value(end.originNs);
    writer.value(end.endNs);
    std::array<std::byte, 48> bytes{};
    std::copy_n(writer.content().begin(), bytes.size(), bytes.begin());
    return bytes;
}

std::optional<EndOfTrace> decodeEnd(std::span<const std::byte> payload) noexcept
{
    ByteReader reader(payload);
    EndOfTrace end;
    end.rows = reader.value<std::uint64_t>();
    end.records = reader.value<std::uint64_t>();
    end.lost = reader.value<std::uint64_t>();
    end.blocks = reader.value<std::uint64_t>();
    end.originNs = reader.value<std::int64_t>();
    end.endNs = reader.value<std::int64_t>();
    return reader.failed() ? std::nullopt : std::optional(end);
}

} // namespace format

} // namespace swb::trace
