// SPDX-License-Identifier: BSL-1.0
/// The layout of a trace file, as docs/trace-format.md describes it: a header, then blocks, each
/// with a header and checksums of its own. The same for a saved trace and for the paged part of a
/// running one.
#pragma once

#include "engine/trace/operation_record.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace swb::trace {

/// The same moment on both clocks: how times of records become times of day.
struct TraceAnchor {
    std::int64_t steadyNs = 0; ///< steady_clock
    std::int64_t wallNs = 0; ///< system_clock, since 1970-01-01 UTC

    static TraceAnchor now() noexcept;
    std::int64_t wallFromSteady(std::int64_t steady) const noexcept
    {
        return wallNs + (steady - steadyNs);
    }
};

namespace format {

inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kHeaderBytes = 4096; ///< Before the first block.
inline constexpr std::size_t kHeaderCopyAt = 2048; ///< The header stands twice.
inline constexpr std::size_t kHeaderContentBytes = 256;
inline constexpr std::size_t kBlockHeaderBytes = 64;
inline constexpr std::size_t kBlockAlignment = 64; ///< Blocks are padded to it.
inline constexpr std::uint32_t kRowsPerBlock = 4096;
inline constexpr std::uint32_t kRecordBytes = 80;
/// Nobody writes larger ones; a header that says so is damaged.
inline constexpr std::uint64_t kMostPayloadBytes = std::uint64_t{256} << 20;

static_assert(sizeof(OperationRecord) == kRecordBytes && offsetof(OperationRecord, id) == 0
        && offsetof(OperationRecord, bytesAsked) == 40 && offsetof(OperationRecord, socketId) == 56
        && offsetof(OperationRecord, error) == 64 && offsetof(OperationRecord, kind) == 72
        && offsetof(OperationRecord, flags) == 74,
    "a record that changes is a new version of the trace format: see docs/trace-format.md");
/// What pads a record; zero in files.
inline constexpr std::size_t kRecordFieldBytes
    = offsetof(OperationRecord, flags) + sizeof(OperationRecord::flags);

/// What a block holds. A reader skips types that it does not know.
enum class BlockType : std::uint32_t {
    Records = 1, ///< Records of up to kRowsPerBlock rows from `first` on, one after the other.
    Threads = 2, ///< Names of threads.
    Sockets = 3, ///< What sockets are.
    Payload = 4, ///< Bytes that operations moved.
    Health = 5, ///< SocketHealth samples, with a version of their own.
    End = 255, ///< The last block of a trace that was closed.
};

struct FileHeader {
    std::uint32_t version = kVersion;
    std::uint32_t recordBytes = kRecordBytes;
    std::uint32_t rowsPerBlock = kRowsPerBlock;
    std::uint64_t fileId
        = 0; ///< Random; stands in every block, so that none of another file passes.
    TraceAnchor anchor;
    std::uint64_t processId = 0; ///< Of the program that wrote it.
    std::string program; ///< "swb 0.1.0"
};

/// All of the kHeaderBytes.
std::array<std::byte, kHeaderBytes> encode(const FileHeader& header);

enum class HeaderState : std::uint8_t { Good, NotATrace, Damaged };
/// `bytes` is the start of the file, as much as there is of kHeaderBytes. Damaged: it is a trace,
/// but neither of the two headers is whole.
HeaderState decode(std::span<const std::byte> bytes, FileHeader& header);

struct BlockHeader {
    BlockType type = BlockType::Records;
    std::uint64_t fileId = 0;
    /// 1, 2, 3, ... as they were written: the later one of two blocks about the same is the valid
    /// one.
    std::uint64_t sequence = 0;
    std::uint64_t payloadBytes = 0;
    std::uint64_t first = 0; ///< Records: the first row.
    std::uint32_t count = 0; ///< Records, names, ... in it.
    std::uint32_t payloadChecksum = 0; ///< crc32c

    /// From the start of this header to the next one.
    std::uint64_t wholeBytes() const noexcept
    {
        return kBlockHeaderBytes
            + (payloadBytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
    }
};

std::array<std::byte, kBlockHeaderBytes> encode(const BlockHeader& header);
/// Nothing unless all of it is right and belongs to this file.
std::optional<BlockHeader> decodeBlockHeader(
    std::span<const std::byte> bytes, std::uint64_t fileId) noexcept;
/// How a block header starts.
inline constexpr std::array<unsigned char, 4> kBlockMagic{'S', 'W', 'B', 'k'};

/// What the last block says about the whole.
struct EndOfTrace {
    std::uint64_t rows = 0;
    std::uint64_t records = 0; ///< Rows that have a record; the others were lost while recording.
    std::uint64_t lost = 0; ///< Records that were lost while recording.
    std::uint64_t blocks = 0; ///< This one not counted.
    std::int64_t originNs = 0;
    std::int64_t endNs = 0; ///< steady_clock when it was saved.
};

std::array<std::byte, 48> encode(const EndOfTrace& end);
std::optional<EndOfTrace> decodeEnd(std::span<const std::byte> payload) noexcept;

} // namespace format

} // namespace swb::trace
