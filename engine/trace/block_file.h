// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/disk_file.h"
#include "engine/trace/health_samples.h"
#include "engine/trace/payload_log.h"
#include "engine/trace/record_page.h"
#include "engine/trace/socket_table.h"
#include "engine/trace/trace_format.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace swb::trace::detail {

/// Appends blocks to a file, or writes them over places that are free again.
///
/// **Threads** one at a time.
class BlockWriter {
public:
    /// The header is written at once. 0 in error(), or errno.
    BlockWriter(const DiskFile& file, format::FileHeader header);

    /// Where the block begins; 0 when it could not be written, which error() then tells. What was
    /// there of it is written over by the next one.
    std::uint64_t append(format::BlockType type, std::uint64_t first, std::uint32_t count,
        std::span<const std::byte> payload);
    /// A block of one whole page. Uses free places before it makes the file longer.
    std::uint64_t writePage(std::uint64_t firstRow, const Page& page);
    /// The place of a whole page is free again: a later block about the same rows is written.
    void release(std::uint64_t offset) { m_free.push_back(offset); }

    int error() const noexcept { return m_error; }
    std::uint64_t blocks() const noexcept { return m_blocks; }
    std::uint64_t bytes() const noexcept { return m_end; }

private:
    bool writeAt(
        std::uint64_t offset, format::BlockHeader header, std::span<const std::byte> payload);

    const DiskFile& m_file;
    format::FileHeader m_header;
    std::uint64_t m_end = format::kHeaderBytes;
    std::uint64_t m_sequence = 0;
    std::uint64_t m_blocks = 0;
    std::vector<std::uint64_t> m_free;
    int m_error = 0;
};

/// What goes with the records. All must outlive whoever writes it.
struct Companions {
    const SocketTable& sockets;
    const PayloadLog& payload;
    const HealthSamples& health;
};

/// What goes with the records, written in pieces: each call writes what came since the last one.
class CompanionWriter {
public:
    explicit CompanionWriter(const Companions& companions)
        : m_with(companions)
    {
    }
    /// Threads that records speak of.
    void noteThreads(std::span<const OperationRecord> records) noexcept;
    /// `nameOf` gives the name of a thread. False: see BlockWriter::error().
    template <typename NameOf> bool write(BlockWriter& file, const NameOf& nameOf)
    {
        std::map<std::uint16_t, std::string> names;
        for (std::uint32_t id = m_threadsWritten + 1; id <= m_highestThread; ++id)
            names.emplace(static_cast<std::uint16_t>(id), nameOf(static_cast<std::uint16_t>(id)));
        return writeThreads(file, names) && writeSockets(file) && writePayload(file)
            && writeHealth(file);
    }

private:
    bool writeThreads(BlockWriter& file, const std::map<std::uint16_t, std::string>& names);
    bool writeSockets(BlockWriter& file);
    bool writePayload(BlockWriter& file);
    bool writeHealth(BlockWriter& file);

    const Companions m_with;
    std::uint16_t m_highestThread = 0;
    std::uint16_t m_threadsWritten = 0;
    std::uint64_t m_socketsVersion = 0;
    std::size_t m_payloadWritten = 0;
    PayloadTotals m_payloadTotals;
    HealthSamples::Written m_healthWritten;
};

/// Puts what these blocks hold into the table; false when it is not what it should be.
bool readThreads(std::span<const std::byte> payload, std::uint32_t count,
    std::map<std::uint16_t, std::string>& names);
bool readSockets(std::span<const std::byte> payload, std::uint32_t count, SocketTable& sockets);
bool readPayload(std::span<const std::byte> payload, std::uint32_t count, PayloadLog& log);
/// `known` is false, and nothing is taken, when a later version of the program wrote them.
bool readHealth(
    std::span<const std::byte> payload, std::uint32_t count, HealthSamples& samples, bool& known);

} // namespace swb::trace::detail
