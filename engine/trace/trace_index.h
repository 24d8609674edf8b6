// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/health_samples.h"
#include "engine/trace/page_file.h"
#include "engine/trace/payload_log.h"
#include "engine/trace/record_pages.h"
#include "engine/trace/socket_table.h"
#include "engine/trace/trace_file.h"
#include "engine/trace/trace_format.h"
#include "engine/trace/trace_totals.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace swb::trace::detail {

/// What a trace file holds, all of it read and checked once.
struct TraceIndex {
    format::FileHeader header;
    std::shared_ptr<PageFile> file;
    std::vector<RecordPages::Entry> pages;
    std::map<std::uint16_t, std::string> threadNames;
    std::unique_ptr<SocketTable> sockets = std::make_unique<SocketTable>();
    std::unique_ptr<PayloadLog> payload = std::make_unique<PayloadLog>();
    std::unique_ptr<HealthSamples> health = std::make_unique<HealthSamples>();
    std::uint64_t rows = 0;
    TraceTotals totals;
    std::int64_t originNs = 0;
    std::int64_t endNs = 0;
    std::uint64_t lost = 0; ///< While recording.
    std::uint64_t missing = 0; ///< By damage.
};

/// Reads a trace file from the first to the last byte. What is damaged is left out and counted: a
/// block counts only when its own checksums are right, it belongs to this file, and each record in
/// it is one that can have been recorded there. After damage it looks for the next block, wherever
/// that begins.
class TraceScan {
public:
    TraceScan(const std::string& path, const OpenOptions& options);

    /// Throws TraceFileError when nothing can be made of the file, or the user cancelled.
    TraceIndex run(TraceCondition& condition);

private:
    struct Block {
        std::uint64_t offset = 0;
        std::uint64_t sequence = 0;
        std::uint16_t filled = 0;
        TraceTotals totals;
        std::int64_t latestNs = 0;
        std::unique_ptr<RecordPages::PendingRows> pendingRows;
    };

    void readHeader();
    std::uint64_t takeBlock(std::uint64_t offset);
    std::optional<format::BlockHeader> headerAt(std::uint64_t offset) const;
    std::uint64_t findBlock(std::uint64_t offset);
    bool takePayload(const format::BlockHeader& header, std::uint64_t offset);
    bool takeHealth(const format::BlockHeader& header);
    bool takeRecords(const format::BlockHeader& header, std::uint64_t offset);
    void finish(TraceIndex& index, TraceCondition& condition);
    void countDamage(TraceCondition& condition, const TraceIndex& index) const;

    const std::string m_path;
    const OpenOptions& m_options;
    std::uint64_t m_size = 0;
    TraceIndex m_index;
    std::vector<std::byte> m_buffer;
    std::map<std::uint64_t, Block> m_pages; ///< The newest good block of each page.
    /// Blocks of records whose payload is damaged: the page, and how new they are.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> m_damagedPages;
    std::optional<format::EndOfTrace> m_end;
    std::uint64_t m_blocks = 0; ///< Good ones, the end not counted.
    std::uint64_t m_damaged = 0; ///< Others than m_damagedPages.
    std::uint64_t m_unknown = 0;
};

} // namespace swb::trace::detail
