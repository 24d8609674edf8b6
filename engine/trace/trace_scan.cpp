// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/crc32c.h"
#include "engine/trace/trace_index.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/file.h>
#include <utility>

namespace swb::trace::detail {
namespace {

using format::BlockHeader;
using format::BlockType;

constexpr std::size_t kSearchBytes = std::size_t{1} << 20;

} // namespace

TraceScan::TraceScan(const std::string& path, const OpenOptions& options)
    : m_path(path)
    , m_options(options)
{
}

TraceIndex TraceScan::run(TraceCondition& condition)
{
    readHeader();
    for (std::uint64_t offset = format::kHeaderBytes; offset < m_size;) {
        if (m_options.progress && !m_options.progress(offset, m_size))
            throw TraceCancelled();
        offset = takeBlock(offset);
    }
    TraceIndex index = std::move(m_index);
    finish(index, condition);
    return index;
}

void TraceScan::readHeader()
{
    DiskFile file = DiskFile::openToRead(m_path);
    m_size = file.size();
    std::array<std::byte, format::kHeaderBytes> bytes{};
    const auto there
        = std::span(bytes).first(std::min<std::uint64_t>(m_size, format::kHeaderBytes));
    if (const int error = file.readAt(0, there); error != 0)
        throw fileError("Read", m_path, error);
    const auto refuse = [this](const std::string& why) {
        throw TraceFileError(m_path, "Open " + m_path + " failed: " + why);
    };
    format::FileHeader& header = m_index.header;
    switch (format::decode(there, header)) {
    case format::HeaderState::Good:
        break;
    case format::HeaderState::NotATrace:
        refuse(m_size == 0 ? "the file is empty."
                           : "it is not a trace of Socket Workbench. Traces are made by saving one "
                             "in the window, or by swb with --record.");
        break;
    case format::HeaderState::Damaged:
        refuse("its header (the first 4,096 bytes) is damaged, both copies of it, so that nothing "
               "in it can be trusted. Take a copy of the file from elsewhere.");
        break;
    }
    if (header.version != format::kVersion)
        refuse("it has version " + std::to_string(header.version)
            + " of the format, and this program knows version " + std::to_string(format::kVersion)
            + ". Open it with the program that wrote it: " + header.program + '.');
    if (header.recordBytes != format::kRecordBytes || header.rowsPerBlock != format::kRowsPerBlock)
        refuse("its records have another size than this version of the format allows.");
    // Of a program that runs: it has more in memory, and changes what is here.
    if (flock(file.descriptor(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        refuse("the program that writes it (process " + std::to_string(header.processId)
            + ") still runs. Save the trace there, or end that program first.");
    m_index.file = std::make_shared<PageFile>(std::move(file), header.fileId, false);
}

std::optional<BlockHeader> TraceScan::headerAt(std::uint64_t offset) const
{
    std::array<std::byte, format::kBlockHeaderBytes> bytes;
    if (offset + bytes.size() > m_size || m_index.file->disk().readAt(offset, bytes) != 0)
        return std::nullopt;
    return format::decodeBlockHeader(bytes, m_index.header.fileId);
}

/// Returns where the next block begins, or may begin.
std::uint64_t TraceScan::takeBlock(std::uint64_t offset)
{
    const auto header = headerAt(offset);
    if (!header) {
        ++m_damaged;
        return findBlock(offset + 1);
    }
    const std::uint64_t payloadAt = offset + format::kBlockHeaderBytes;
    const std::uint64_t next = offset + header->wholeBytes();
    bool good = payloadAt + header->payloadBytes <= m_size;
    if (good) {
        m_buffer.resize(header->payloadBytes);
        good = m_index.file->disk().readAt(payloadAt, m_buffer) == 0
            && crc32c(m_buffer) == header->payloadChecksum && takePayload(*header, offset);
    }
    if (good) {
        if (header->type != BlockType::End)
            ++m_blocks;
        return next;
    }
    if (header->type == BlockType::Records)
        m_damagedPages.emplace_back(header->first / kRowsPerPage, header->sequence);
    else
        ++m_damaged;
    // Its size is in the header, which is whole. But bytes may have gone or come.
    return next >= m_size || headerAt(next) ? next : findBlock(offset + 1);
}

/// The first place from `offset` on where a block of this file begins.
std::uint64_t TraceScan::findBlock(std::uint64_t offset)
{
    std::vector<std::byte> bytes(kSearchBytes);
    while (offset + format::kBlockHeaderBytes <= m_size) {
        if (m_options.progress && !m_options.progress(offset, m_size))
            throw TraceCancelled();
        const auto part
            = std::span(bytes).first(std::min<std::uint64_t>(kSearchBytes, m_size - offset));
        if (m_index.file->disk().readAt(offset, part) != 0) {
            offset += part.size(); // a bad place of the device
            continue;
        }
        const std::size_t last = part.size() - format::kBlockHeaderBytes;
        for (std::size_t i = 0; i <= last; ++i) {
            const void* found = memmem(part.data() + i, part.size() - i, format::kBlockMagic.data(),
                format::kBlockMagic.size());
            if (found == nullptr)
                break;
            i = static_cast<std::size_t>(static_cast<const std::byte*>(found) - part.data());
            if (i <= last && format::decodeBlockHeader(part.subspan(i), m_index.header.fileId))
                return offset + i;
        }
        offset += last + 1;
    }
    return m_size;
}

bool TraceScan::takePayload(const BlockHeader& header, std::uint64_t offset)
{
    switch (header.type) {
    case BlockType::Records:
        return takeRecords(header, offset);
    case BlockType::Threads:
        return readThreads(m_buffer, header.count, m_index.threadNames);
    case BlockType::Sockets:
        return readSockets(m_buffer, header.count, *m_index.sockets);
    case BlockType::Payload:
        return readPayload(m_buffer, header.count, *m_index.payload);
    case BlockType::End: {
        const auto end = format::decodeEnd(m_buffer);
        // More rows than could ever be in a file of this size, whatever is damaged, are not true.
        if (!end || end->rows / kRowsPerPage > m_size / sizeof(Page) * 16 + 1024)
            return false;
        m_end = end;
        return true;
    }
    case BlockType::Health:
        return takeHealth(header);
    }
    ++m_unknown;
    return true;
}

bool TraceScan::takeHealth(const BlockHeader& header)
{
    bool known = false;
    if (!readHealth(m_buffer, header.count, *m_index.health, known))
        return false;
    if (!known)
        ++m_unknown;
    return true;
}

bool TraceScan::takeRecords(const BlockHeader& header, std::uint64_t offset)
{
    const std::uint64_t page = header.first / kRowsPerPage;
    if (header.first % kRowsPerPage != 0 || header.count == 0 || header.count > kRowsPerPage
        || header.payloadBytes != std::uint64_t{header.count} * format::kRecordBytes
        || page > m_size / sizeof(Page) * 16 + 1024)
        return false;
    Block block;
    block.offset = offset;
    block.sequence = header.sequence;
    for (std::uint32_t i = 0; i < header.count; ++i) {
        OperationRecord record;
        std::memcpy(static_cast<void*>(&record), m_buffer.data() + i * format::kRecordBytes,
            format::kRecordBytes);
        if (!plausible(record, header.first + i))
            return false;
        if (record.id == 0)
            continue;
        block.filled = static_cast<std::uint16_t>(i + 1);
        if (record.kind == SocketAsyncOperation::None)
            continue;
        block.totals.add(record);
        block.latestNs = std::max({block.latestNs, record.submittedNs, record.returnedNs,
            record.completedNs, record.eventNs});
        if (record.phase != OperationPhase::Completed) {
            if (!block.pendingRows)
                block.pendingRows = std::make_unique<RecordPages::PendingRows>();
            block.pendingRows->set(i);
        }
        if (record.id == 1)
            m_index.originNs = record.submittedNs;
    }
    Block& known = m_pages[page];
    if (block.sequence >= known.sequence)
        known = std::move(block);
    return true;
}

void TraceScan::finish(TraceIndex& index, TraceCondition& condition)
{
    std::uint64_t rows = 0;
    for (const auto& [page, block] : m_pages) {
        if (block.filled > 0)
            rows = page * kRowsPerPage + block.filled;
    }
    index.rows = m_end ? std::max(rows, m_end->rows) : rows;
    index.pages.resize((index.rows + kRowsPerPage - 1) / kRowsPerPage);
    for (RecordPages::Entry& entry : index.pages)
        entry.state = RecordPages::State::OnDisk;
    for (auto& [page, block] : m_pages) {
        if (page >= index.pages.size())
            continue; // without any record
        RecordPages::Entry& entry = index.pages[page];
        entry.offset = block.offset;
        entry.filled = kRowsPerPage;
        entry.pending = static_cast<std::uint16_t>(block.totals.pending);
        entry.pendingRows = std::move(block.pendingRows);
        index.totals += block.totals;
        index.endNs = std::max(index.endNs, block.latestNs);
    }
    if (m_end) {
        index.lost = m_end->lost;
        index.endNs = std::max(index.endNs, m_end->endNs);
        if (index.originNs == 0)
            index.originNs = m_end->originNs;
    } else if (index.rows > 0)
        index.endNs = std::max(index.endNs, index.health->lastNs());
    condition.closed = m_end.has_value();
    condition.unknownBlocks = m_unknown;
    countDamage(condition, index);
    index.missing = condition.missingOperations;
}

void TraceScan::countDamage(TraceCondition& condition, const TraceIndex& index) const
{
    // A page that was written anew elsewhere leaves its old block behind, perhaps half written
    // over.
    const auto missed
        = std::count_if(m_damagedPages.begin(), m_damagedPages.end(), [this](const auto& damaged) {
              const auto found = m_pages.find(damaged.first);
              return found == m_pages.end() || found->second.sequence < damaged.second || m_end;
          });
    condition.damagedBlocks = m_damaged + static_cast<std::uint64_t>(missed);
    condition.blocks = m_blocks + condition.damagedBlocks + (m_end ? 1 : 0);
    const std::uint64_t records = index.totals.operations;
    if (m_end) {
        if (m_end->blocks > m_blocks)
            condition.damagedBlocks = std::max(condition.damagedBlocks, m_end->blocks - m_blocks);
        condition.blocks = std::max({m_end->blocks + 1, m_blocks + 1, condition.damagedBlocks});
        condition.missingOperations = m_end->records > records ? m_end->records - records : 0;
    } else {
        condition.missingOperations = index.rows - records;
    }
}

} // namespace swb::trace::detail
