// SPDX-License-Identifier: BSL-1.0
/// pcapng: the payload that was kept, in packets whose headers are made up.
#include "engine/trace/byte_order.h"
#include "engine/trace/export/packet_maker.h"
#include "engine/trace/export/row_stream.h"

#include <algorithm>
#include <map>

namespace swb::trace::detail {
namespace {

// Of the pcapng specification (draft-ietf-opsawg-pcapng).
constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrder = 0x1A2B3C4D;
constexpr std::uint16_t kEthernet = 1;
constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kSectionApplication = 4;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kInterfaceDescription = 3;
constexpr std::uint16_t kInterfaceResolution = 9;
constexpr std::uint16_t kPacketFlags = 2;

constexpr std::string_view kSectionComment
    = "Made from a trace of Socket Workbench, not captured from a network. The payload is what "
      "programs sent and received, as far as it was kept. The headers of Ethernet, IP, TCP and UDP "
      "are made up: there were other segments, or no packets at all.";
constexpr std::string_view kInterfaceComment
    = "synthesised: headers are made up, payload and times are real";

void padToWord(ByteWriter& writer)
{
    writer.padTo((writer.size() + 3) / 4 * 4);
}

void option(ByteWriter& writer, std::uint16_t code, std::string_view value)
{
    writer.value(code);
    writer.value(static_cast<std::uint16_t>(value.size()));
    writer.bytes(std::as_bytes(std::span(value)));
    padToWord(writer);
}

void endOptions(ByteWriter& writer)
{
    writer.value(kEndOfOptions);
    writer.value(std::uint16_t{0});
}

class PcapngWriter {
public:
    PcapngWriter(const TraceStore& store, ExportSink& sink, ExportResult& result)
        : m_store(store)
        , m_buffer(sink)
        , m_result(result)
    {
    }

    void begin(const ExportOptions& options)
    {
        constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};
        m_body.value(kByteOrder);
        m_body.value(std::uint16_t{1}); // version 1.0
        m_body.value(std::uint16_t{0});
        m_body.value(kUnknownLength);
        option(m_body, kComment, kSectionComment);
        if (!options.program.empty())
            option(m_body, kSectionApplication, options.program);
        endOptions(m_body);
        block(kSectionHeader);

        m_body.value(kEthernet);
        m_body.value(std::uint16_t{0});
        m_body.value(std::uint32_t{0}); // no limit
        option(m_body, kInterfaceName, "swb");
        option(m_body, kInterfaceDescription, kInterfaceComment);
        option(m_body, kInterfaceResolution, "\x09"); // nanoseconds
        endOptions(m_body);
        block(kInterface);
    }

    void take(const OperationRecord& record)
    {
        const Direction way = direction(record.kind);
        if (way == Direction::None || record.bytesDone == 0)
            return;
        PacketMaker& maker = makerOf(record.socketId);
        const auto payload = m_store.payload().find(record.id);
        std::span<const std::byte> kept;
        if (payload)
            kept = std::span(payload->bytes)
                       .first(static_cast<std::size_t>(
                           std::min<std::uint64_t>(payload->bytes.size(), record.bytesDone)));
        const bool sent = way == Direction::Sent;
        std::string comment = "operation " + std::to_string(record.id) + ' ' + toString(record.kind)
            + ", " + std::to_string(record.bytesDone) + " bytes, "
            + (kept.size() == record.bytesDone ? "all" : std::to_string(kept.size())) + " kept";
        for (std::uint64_t left = record.bytesDone; left > 0;) {
            const std::size_t most = maker.mostPayload(!kept.empty());
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, most));
            const auto there = kept.first(std::min(kept.size(), size));
            packet(maker.make(sent, there, size), record, sent, comment);
            comment.clear();
            kept = kept.subspan(there.size());
            left -= size;
        }
    }

    void end() { m_buffer.flush(); }

private:
    PacketMaker& makerOf(std::uint32_t socketId)
    {
        const auto found = m_makers.find(socketId);
        if (found != m_makers.end())
            return found->second;
        const auto description = m_store.sockets().find(socketId).value_or(SocketDescription{});
        return m_makers.emplace(socketId, PacketMaker(socketId, description)).first->second;
    }

    void packet(
        const Packet& packet, const OperationRecord& record, bool sent, const std::string& comment)
    {
        constexpr std::uint32_t kInbound = 1;
        constexpr std::uint32_t kOutbound = 2;
        std::int64_t time = record.completedNs != 0 ? record.completedNs : record.returnedNs;
        if (time == 0)
            time = record.submittedNs;
        const auto wall = static_cast<std::uint64_t>(
            std::max<std::int64_t>(0, m_store.anchor().wallFromSteady(time)));
        m_body.value(std::uint32_t{0}); // the interface
        m_body.value(static_cast<std::uint32_t>(wall >> 32));
        m_body.value(static_cast<std::uint32_t>(wall));
        m_body.value(static_cast<std::uint32_t>(packet.bytes.size()));
        m_body.value(static_cast<std::uint32_t>(packet.wholeBytes));
        m_body.bytes(packet.bytes);
        padToWord(m_body);
        if (!comment.empty())
            option(m_body, kComment, comment);
        m_body.value(kPacketFlags);
        m_body.value(static_cast<std::uint16_t>(sizeof(std::uint32_t)));
        m_body.value(sent ? kOutbound : kInbound);
        endOptions(m_body);
        block(kEnhancedPacket);
        ++m_result.packets;
        m_result.payloadBytes += packet.payloadBytes;
        m_result.bytesNotKept += packet.wholeBytes - packet.bytes.size();
        m_buffer.flushIfLarge();
    }

    /// What was gathered becomes a block.
    void block(std::uint32_t type)
    {
        constexpr std::size_t kFrame = 12;
        const auto size = static_cast<std::uint32_t>(m_body.size() + kFrame);
        ByteWriter writer;
        writer.value(type);
        writer.value(size);
        writer.bytes(m_body.content());
        writer.value(size);
        m_buffer.text().append(
            reinterpret_cast<const char*>(writer.content().data()), writer.size());
        m_body.clear();
    }

    const TraceStore& m_store;
    ExportBuffer m_buffer;
    ExportResult& m_result;
    ByteWriter m_body;
    std::map<std::uint32_t, PacketMaker> m_makers;
};

} // namespace

void exportPcapng(
    const TraceStore& store, ExportSink& sink, const ExportOptions& options, ExportResult& result)
{
    PcapngWriter writer(store, sink, result);
    writer.begin(options);
    forEachRow(store, options, result, [&](const OperationRecord& record) { writer.take(record); });
    writer.end();
}

} // namespace swb::trace::detail
