// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/pending_reason.h"

#include "engine/workbench/payload_codec.h"

#include <fmt/format.h>

#include <algorithm>

namespace swb::workbench {

namespace {

using Kind = PendingReason::Kind;
using trace::HealthHistory;

/// "4.1 s", "250 ms": how long something has been so.
std::string lastingText(std::int64_t ns)
{
    const double seconds = static_cast<double>(std::max<std::int64_t>(ns, 0)) / 1e9;
    if (seconds < 1)
        return fmt::format("{:.0f} ms", seconds * 1e3);
    return seconds < 100 ? fmt::format("{:.1f} s", seconds) : fmt::format("{:.0f} s", seconds);
}

std::string bytesText(std::uint64_t bytes)
{
    return bytes == 1 ? "1 byte" : groupDigits(bytes) + " bytes";
}

bool sends(SocketAsyncOperation kind)
{
    return kind == SocketAsyncOperation::Send || kind == SocketAsyncOperation::SendPackets
        || kind == SocketAsyncOperation::SendTo;
}

PendingReason queuedBehind(const OperationRecord& record, std::size_t ahead)
{
    const char* what = "receive";
    if (sends(record.kind))
        what = "send";
    else if (record.kind == SocketAsyncOperation::Accept)
        what = "accept";
    else if (record.kind == SocketAsyncOperation::Connect
        || record.kind == SocketAsyncOperation::Disconnect)
        what = "operation";
    return {Kind::QueuedBehind,
        ahead == 1 ? fmt::format("1 {} started earlier on this socket comes first", what)
                   : fmt::format("{} {}s started earlier on this socket come first",
                       groupDigits(ahead), what)};
}

std::string sendQueueText(const SocketHealth& now)
{
    return "kernel send queue full at " + formatSize(now.sendQueueBytes());
}

std::string acknowledgedText(const SocketHealth& now)
{
    return bytesText(now.acknowledgedBytes) + " acknowledged";
}

PendingReason explainSend(const HealthHistory* health, std::int64_t nowNs)
{
    if (!health || !health->latest().known) {
        return {Kind::SendQueueFull,
            "the kernel has no room for more; how far the peer has come: not available for this "
            "socket"};
    }
    const SocketHealth& now = health->latest();
    if (health->windowClosedSinceNs != 0) {
        return {Kind::PeerWindowClosed,
            fmt::format("{}; peer window 0 for {}; {}", sendQueueText(now),
                lastingText(nowNs - health->windowClosedSinceNs), acknowledgedText(now))};
    }
    if (now.timeoutsInARow > 0) {
        return {Kind::NoAcknowledgement,
            fmt::format("no acknowledgement for {}; sent again {} times; {} in flight; {}",
                lastingText(std::int64_t{now.lastAckMs} * 1'000'000), now.timeoutsInARow,
                bytesText(now.inFlightBytes), acknowledgedText(now))};
    }
    const double rate = health->acknowledgedPerSecond();
    const std::string pace = rate > 0
        ? fmt::format("the peer takes {}/s", formatSize(static_cast<std::uint64_t>(rate)))
        : health->stalledSinceNs != 0 ? fmt::format(
              "the peer has taken nothing for {}", lastingText(nowNs - health->stalledSinceNs))
                                      : std::string("the peer reads");
    const std::string window
        = now.windowKnown ? "; peer window " + formatSize(now.peerWindowBytes) : std::string();
    return {Kind::SendQueueFull,
        fmt::format("{}; {}{}; {}", sendQueueText(now), pace, window, acknowledgedText(now))};
}

PendingReason explainReceive(const HealthHistory* health)
{
    if (health && health->latest().known && health->latest().receiveQueueBytes > 0) {
        return {Kind::AboutToGoOn,
            fmt::format("{} have arrived; a worker is about to take them",
                bytesText(health->latest().receiveQueueBytes))};
    }
    if (health && health->latest().known) {
        return {Kind::WaitingForData,
            fmt::format("nothing new has arrived; {} received so far on this connection",
                bytesText(health->latest().receivedBytes))};
    }
    return {Kind::WaitingForData, "nothing has arrived yet"};
}

} // namespace

PendingReason explainPending(const OperationRecord& record, std::size_t ahead,
    const HealthHistory* health, std::int64_t nowNs)
{
    const std::string lasting = lastingText(nowNs - record.submittedNs);
    if (ahead > 0)
        return queuedBehind(record, ahead);
    switch (record.kind) {
    case SocketAsyncOperation::Send:
    case SocketAsyncOperation::SendPackets:
    case SocketAsyncOperation::SendTo:
        return explainSend(health, nowNs);
    case SocketAsyncOperation::Receive:
    case SocketAsyncOperation::ReceiveFrom:
    case SocketAsyncOperation::ReceiveMessageFrom:
        return explainReceive(health);
    case SocketAsyncOperation::Accept:
        return {Kind::WaitingForConnection, "nobody has connected for " + lasting};
    case SocketAsyncOperation::Connect:
        return {Kind::Connecting, "the other side has not answered for " + lasting};
    case SocketAsyncOperation::Disconnect:
        return {Kind::Disconnecting, "what was sent before has not left yet, for " + lasting};
    case SocketAsyncOperation::None:
        break;
    }
    return {};
}

ByteLedger byteLedger(std::span<const OperationRecord> pendingSends, std::uint64_t acceptedOfEnded,
    const HealthHistory* health, std::optional<std::uint64_t> readByPeer)
{
    ByteLedger ledger;
    ledger.accepted = acceptedOfEnded;
    for (const auto& record : pendingSends) {
        ledger.accepted += record.bytesDone;
        if (record.bytesAsked > record.bytesDone)
            ledger.queued += record.bytesAsked - record.bytesDone;
    }
    // Once nothing is pending the kernel may not be asked again, after a reset for example: a look
    // that knows of less than the results do is one of before, and tells nothing of now.
    const bool told = health && health->latest().known
        && (!pendingSends.empty() || health->latest().acceptedBytes() >= acceptedOfEnded);
    if (told) {
        const SocketHealth& now = health->latest();
        ledger.accepted = now.acceptedBytes(); // of the same look as the stations after it
        ledger.unsent = now.unsentBytes;
        ledger.inFlight = now.inFlightBytes;
        ledger.acknowledged = now.acknowledgedBytes;
    }
    ledger.readByPeer = readByPeer;
    return ledger;
}

} // namespace swb::workbench
