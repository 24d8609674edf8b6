// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/block_file.h"

#include "engine/trace/byte_order.h"
#include "engine/trace/crc32c.h"

#include <algorithm>
#include <array>

namespace swb::trace::detail {
namespace {

using format::BlockType;

/// Where one payload block ends and the next begins.
constexpr std::size_t kPayloadPiece = std::size_t{1} << 20;

constexpr std::uint32_t kHealthVersion = 1;
/// Of one sample; a later program may write more, after what this one knows.
constexpr std::uint32_t kHealthBytes = 96;
constexpr std::size_t kHealthPiece = kPayloadPiece / kHealthBytes;
constexpr std::uint32_t kHealthKnown = 1;
constexpr std::uint32_t kHealthWindowKnown = 2;
constexpr std::uint32_t kHealthConnected = 4;

void putTotals(ByteWriter& writer, const PayloadTotals& totals)
{
    writer.value(totals.operations);
    writer.value(totals.bytes);
    writer.value(totals.refusedOperations);
}

void putHealth(ByteWriter& writer, const SocketHealth& sample)
{
    for (const auto field :
        {sample.acknowledgedBytes, sample.inFlightBytes, sample.unsentBytes, sample.receivedBytes,
            sample.peerWindowBytes, static_cast<std::uint64_t>(sample.timeNs)})
        writer.value(field);
    for (const auto field :
        {sample.socketId, sample.receiveQueueBytes, sample.sendBufferBytes, sample.roundTripUs,
            sample.roundTripVarianceUs, sample.congestionWindowBytes, sample.retransmits,
            sample.timeoutsInARow, sample.windowProbesInARow, sample.lastAckMs})
        writer.value(field);
    writer.value((sample.known ? kHealthKnown : 0) | (sample.windowKnown ? kHealthWindowKnown : 0)
        | (sample.connected ? kHealthConnected : 0));
    writer.value(std::uint32_t{0});
}

SocketHealth takeHealth(ByteReader& reader)
{
    SocketHealth sample;
    for (auto* const field : {&sample.acknowledgedBytes, &sample.inFlightBytes, &sample.unsentBytes,
             &sample.receivedBytes, &sample.peerWindowBytes})
        *field = reader.value<std::uint64_t>();
    sample.timeNs = reader.value<std::int64_t>();
    for (auto* const field :
        {&sample.socketId, &sample.receiveQueueBytes, &sample.sendBufferBytes, &sample.roundTripUs,
            &sample.roundTripVarianceUs, &sample.congestionWindowBytes, &sample.retransmits,
            &sample.timeoutsInARow, &sample.windowProbesInARow, &sample.lastAckMs})
        *field = reader.value<std::uint32_t>();
    const auto flags = reader.value<std::uint32_t>();
    sample.known = (flags & kHealthKnown) != 0;
    sample.windowKnown = (flags & kHealthWindowKnown) != 0;
    sample.connected = (flags & kHealthConnected) != 0;
    reader.value<std::uint32_t>(); // zero
    return sample;
}

} // namespace

BlockWriter::BlockWriter(const DiskFile& file, format::FileHeader header)
    : m_file(file)
    , m_header(std::move(header))
    , m_error(file.writeAt(0, format::encode(m_header)))
{
}

std::uint64_t BlockWriter::append(
    BlockType type, std::uint64_t first, std::uint32_t count, std::span<const std::byte> payload)
{
    format::BlockHeader header;
    header.type = type;
    header.first = first;
    header.count = count;
    header.payloadBytes = payload.size();
    const std::uint64_t offset = m_end;
    if (!writeAt(offset, header, payload))
        return 0;
    m_end += header.wholeBytes();
    return offset;
}

std::uint64_t BlockWriter::writePage(std::uint64_t firstRow, const Page& page)
{
    if (m_free.empty())
        return append(BlockType::Records, firstRow, kRowsPerPage, page.bytes());
    format::BlockHeader header;
    header.first = firstRow;
    header.count = kRowsPerPage;
    header.payloadBytes = sizeof page;
    const std::uint64_t offset = m_free.back();
    if (!writeAt(offset, header, page.bytes()))
        return 0;
    m_free.pop_back();
    return offset;
}

bool BlockWriter::writeAt(
    std::uint64_t offset, format::BlockHeader header, std::span<const std::byte> payload)
{
    header.fileId = m_header.fileId;
    header.sequence = ++m_sequence;
    header.payloadChecksum = crc32c(payload);
    // The payload first: a header is not there before what it speaks of.
    constexpr std::array<std::byte, format::kBlockAlignment> kZeros{};
    const std::uint64_t padding
        = header.wholeBytes() - format::kBlockHeaderBytes - header.payloadBytes;
    const std::uint64_t payloadAt = offset + format::kBlockHeaderBytes;
    m_error = m_file.writeAt(payloadAt, payload);
    if (m_error == 0)
        m_error = m_file.writeAt(payloadAt + payload.size(), std::span(kZeros).first(padding));
    if (m_error == 0)
        m_error = m_file.writeAt(offset, format::encode(header));
    if (m_error == 0)
        ++m_blocks;
    return m_error == 0;
}

void CompanionWriter::noteThreads(std::span<const OperationRecord> records) noexcept
{
    for (const OperationRecord& record : records)
        m_highestThread = std::max({m_highestThread, record.callThread, record.completionThread});
}

bool CompanionWriter::writeThreads(
    BlockWriter& file, const std::map<std::uint16_t, std::string>& names)
{
    if (names.empty())
        return true;
    ByteWriter writer;
    for (const auto& [id, name] : names) {
        writer.value(id);
        writer.text(name);
    }
    if (file.append(
            BlockType::Threads, 0, static_cast<std::uint32_t>(names.size()), writer.content())
        == 0)
        return false;
    m_threadsWritten = m_highestThread;
    return true;
}

bool CompanionWriter::writeSockets(BlockWriter& file)
{
    std::uint64_t version = m_socketsVersion;
    const auto changed = m_with.sockets.changedSince(version);
    if (changed.empty())
        return true;
    ByteWriter writer;
    std::uint32_t count = 0;
    const auto flush = [&] {
        const bool done = file.append(BlockType::Sockets, 0, count, writer.content()) != 0;
        writer.clear();
        count = 0;
        return done;
    };
    for (const auto& [id, description] : changed) {
        writer.value(id);
        writer.value(static_cast<std::uint8_t>(description.kind));
        writer.text(description.text);
        writer.text(description.local);
        writer.text(description.remote);
        ++count;
        if (writer.size() >= kPayloadPiece && !flush())
            return false;
    }
    if (count > 0 && !flush())
        return false;
    m_socketsVersion = version;
    return true;
}

bool CompanionWriter::writePayload(BlockWriter& file)
{
    while (true) {
        std::size_t cursor = m_payloadWritten;
        const PayloadTotals totals = m_with.payload.totals();
        const auto entries = m_with.payload.next(cursor, kPayloadPiece);
        if (entries.empty() && totals == m_payloadTotals)
            return true;
        ByteWriter writer;
        putTotals(writer, totals);
        for (const PayloadLog::Entry& entry : entries) {
            writer.value(entry.operationId);
            writer.value(entry.offered);
            writer.value(static_cast<std::uint32_t>(entry.bytes.size()));
            writer.bytes(entry.bytes);
        }
        if (file.append(
                BlockType::Payload, 0, static_cast<std::uint32_t>(entries.size()), writer.content())
            == 0)
            return false;
        m_payloadWritten = cursor;
        m_payloadTotals = totals;
    }
}

bool CompanionWriter::writeHealth(BlockWriter& file)
{
    while (true) {
        HealthSamples::Written written = m_healthWritten;
        const auto samples = m_with.health.newerThan(written, kHealthPiece);
        if (samples.empty())
            return true;
        ByteWriter writer;
        writer.value(kHealthVersion);
        writer.value(kHealthBytes);
        for (const SocketHealth& sample : samples)
            putHealth(writer, sample);
        if (file.append(
                BlockType::Health, 0, static_cast<std::uint32_t>(samples.size()), writer.content())
            == 0)
            return false;
        m_healthWritten = std::move(written);
    }
}

bool readThreads(std::span<const std::byte> payload, std::uint32_t count,
    std::map<std::uint16_t, std::string>& names)
{
    ByteReader reader(payload);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto id = reader.value<std::uint16_t>();
        std::string name = reader.text();
        if (reader.failed())
            return false;
        names.insert_or_assign(id, std::move(name));
    }
    return true;
}

bool readSockets(std::span<const std::byte> payload, std::uint32_t count, SocketTable& sockets)
{
    ByteReader reader(payload);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto id = reader.value<std::uint32_t>();
        SocketDescription description;
        const auto kind = reader.value<std::uint8_t>();
        if (kind <= static_cast<std::uint8_t>(SocketKind::Unix))
            description.kind = static_cast<SocketKind>(kind);
        description.text = reader.text();
        description.local = reader.text();
        description.remote = reader.text();
        if (reader.failed())
            return false;
        sockets.describeSocket(id, std::move(description));
    }
    return true;
}

bool readPayload(std::span<const std::byte> payload, std::uint32_t count, PayloadLog& log)
{
    ByteReader reader(payload);
    PayloadTotals totals;
    totals.operations = reader.value<std::uint64_t>();
    totals.bytes = reader.value<std::uint64_t>();
    totals.refusedOperations = reader.value<std::uint64_t>();
    for (std::uint32_t i = 0; i < count; ++i) {
        PayloadLog::Entry entry;
        entry.operationId = reader.value<std::uint64_t>();
        entry.offered = reader.value<std::uint64_t>();
        const auto bytes = reader.bytes(reader.value<std::uint32_t>());
        if (reader.failed() || entry.operationId == 0 || entry.offered < bytes.size())
            return false;
        entry.bytes.assign(bytes.begin(), bytes.end());
        log.restore(std::move(entry));
    }
    if (reader.failed())
        return false;
    log.restoreTotals(totals);
    return true;
}

bool readHealth(
    std::span<const std::byte> payload, std::uint32_t count, HealthSamples& samples, bool& known)
{
    ByteReader reader(payload);
    const auto version = reader.value<std::uint32_t>();
    const auto size = reader.value<std::uint32_t>();
    known = version == kHealthVersion;
    if (!known)
        return !reader.failed();
    if (size < kHealthBytes || payload.size() - 2 * sizeof size != std::uint64_t{count} * size)
        return false;
    std::vector<SocketHealth> read;
    read.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        ByteReader one(reader.bytes(size));
        read.push_back(takeHealth(one));
        if (read.back().timeNs <= 0)
            return false;
    }
    samples.restore(read);
    return true;
}

} // namespace swb::trace::detail
