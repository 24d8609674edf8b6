// SPDX-License-Identifier: GPL-3.0-or-later
#include "lifetime_scenario.h"

#include <filesystem>

namespace swb::test {

namespace {

const char* nameOf(WalkKind kind)
{
    constexpr std::array kNames{"Accept", "AcceptFirstData", "AcceptInto", "ConnectAddress",
        "ConnectName", "ConnectWithData", "ConnectStatic", "ConnectStaticName", "Disconnect",
        "DisconnectReuse", "Receive", "ReceiveList", "ReceiveFrom", "ReceiveMessageFrom", "Send",
        "SendList", "SendTo", "PacketsMemory", "PacketsFile", "PacketsManyFiles"};
    return kNames.at(static_cast<std::size_t>(kind));
}

} // namespace

const char* nameOf(WalkDeed deed)
{
    constexpr std::array kNames{"Nothing", "Close", "CloseAtOnce", "CloseWithTimeout", "DropHandle",
        "Cancel", "CancelConnect", "ShutdownSend", "ShutdownReceive", "ShutdownBoth", "DisposeArgs",
        "DestroyArgs", "DestroyEngine"};
    return kNames.at(static_cast<std::size_t>(deed));
}
SocketAsyncOperation operationOf(WalkKind kind)
{
    switch (kind) {
    case WalkKind::Accept:
    case WalkKind::AcceptFirstData:
    case WalkKind::AcceptInto:
        return SocketAsyncOperation::Accept;
    case WalkKind::Disconnect:
    case WalkKind::DisconnectReuse:
        return SocketAsyncOperation::Disconnect;
    case WalkKind::Receive:
    case WalkKind::ReceiveList:
        return SocketAsyncOperation::Receive;
    case WalkKind::ReceiveFrom:
        return SocketAsyncOperation::ReceiveFrom;
    case WalkKind::ReceiveMessageFrom:
        return SocketAsyncOperation::ReceiveMessageFrom;
    case WalkKind::Send:
    case WalkKind::SendList:
        return SocketAsyncOperation::Send;
    case WalkKind::SendTo:
        return SocketAsyncOperation::SendTo;
    case WalkKind::PacketsMemory:
    case WalkKind::PacketsFile:
    case WalkKind::PacketsManyFiles:
        return SocketAsyncOperation::SendPackets;
    default:
        return SocketAsyncOperation::Connect;
    }
}

// --- Plans

bool WalkPlan::possible() const
{
    const bool connects = operationOf(kind) == SocketAsyncOperation::Connect;
    const bool isStatic = kind == WalkKind::ConnectStatic || kind == WalkKind::ConnectStaticName;
    for (const WalkDeed deed : deeds) {
        if (deed == WalkDeed::CancelConnect && !connects)
            return false;
        const bool needsSocket = deed >= WalkDeed::Close && deed <= WalkDeed::ShutdownBoth
            && deed != WalkDeed::CancelConnect;
        if (isStatic && needsSocket)
            return false;
        // The reference given to a call must last as long as the call.
        const bool insideCall = moment == WalkMoment::InCall
            || (moment == WalkMoment::Completing && mode == WalkMode::Ready);
        if (deed == WalkDeed::DestroyArgs && (insideCall || moment == WalkMoment::BeforeCall))
            return false;
        if (isStatic && deed == WalkDeed::DestroyEngine
            && (moment == WalkMoment::BeforeCall || moment == WalkMoment::Anytime))
            return false; // an engine must be there to be passed
    }
    switch (moment) {
    case WalkMoment::InCall:
    case WalkMoment::InHandler:
        return mode != WalkMode::Ready || connects;
    case WalkMoment::BetweenCallAndReadiness:
        return mode == WalkMode::Waiting;
    case WalkMoment::DuringTurn:
        return mode == WalkMode::Waiting
            && (kind >= WalkKind::Send || kind == WalkKind::ConnectWithData);
    default:
        return true;
    }
}

/// False when one of the deeds takes away what the other one works with.
bool WalkPlan::sideBySide() const
{
    const bool argsGo = has(WalkDeed::DestroyArgs)
        && (has(WalkDeed::Cancel) || has(WalkDeed::CancelConnect) || has(WalkDeed::DisposeArgs));
    return moment == WalkMoment::Anytime && deeds[0] != deeds[1] && !argsGo
        && !has(WalkDeed::DropHandle);
}

std::string WalkPlan::toString() const
{
    constexpr std::array kModes{"ready", "waiting", "always asynchronous"};
    constexpr std::array kMoments{"before the call", "in the call", "between call and readiness",
        "during a turn", "while completing", "in the handler", "after", "", "anytime"};
    std::string text = std::string(nameOf(kind)) + " " + kModes.at(static_cast<std::size_t>(mode))
        + ", " + nameOf(deeds[0]);
    if (deeds[1] != WalkDeed::Nothing)
        text += std::string(" and ") + nameOf(deeds[1]);
    return text + " " + kMoments.at(static_cast<std::size_t>(moment)) + ", seed "
        + std::to_string(seed);
}

// --- What scenarios share

WalkBench::WalkBench()
    : m_payload(randomBytes(kLarge))
{
    m_files.push_back(m_folder.file("0", m_payload));
    for (std::size_t i = 1; i < kManyFiles; ++i) {
        m_files.push_back(m_folder / std::to_string(i));
        std::filesystem::create_hard_link(m_files.front(), m_files.back());
    }
}

std::vector<SendPacketsElement> WalkBench::elements(WalkKind kind, std::size_t size) const
{
    const auto memory = [&](std::size_t from, std::size_t to) {
        return SendPacketsElement::buffer(std::span(m_payload).subspan(from, to - from));
    };
    const auto file = [&](std::size_t index, std::size_t from, std::size_t to) {
        return SendPacketsElement::file(
            m_files[index], static_cast<std::int64_t>(from), static_cast<std::int64_t>(to - from));
    };
    const std::size_t third = size / 3;
    if (kind == WalkKind::PacketsMemory)
        return {memory(0, third), memory(third, 2 * third), memory(2 * third, size)};
    if (kind == WalkKind::PacketsFile)
        return {memory(0, 100), file(0, 100, size - 50), memory(size - 50, size)};
    std::vector<SendPacketsElement> all;
    const std::size_t part = size / kManyFiles;
    for (std::size_t i = 0; i < kManyFiles; ++i)
        all.push_back(file(i, i * part, i + 1 == kManyFiles ? size : (i + 1) * part));
    return all;
}

std::string ReuseBench::tryOut(SocketAsyncEventArgs& args)
{
    Bytes bytes = bytesOf("once more");
    args.clearBufferList();
    args.setBuffer(bytes);
    args.setSocketFlags(SocketFlags::None);
    Completion done(args);
    const bool sending = pair.a.sendAsync(args);
    if ((sending && !done.wait(1)) || args.socketError() != SocketError::Success
        || args.bytesTransferred() != bytes.size())
        return "the args cannot send any more";
    Bytes room(bytes.size());
    args.setBuffer(room);
    const int raised = done.count();
    const bool receiving = pair.b.receiveAsync(args);
    if ((receiving && !done.wait(raised + 1)) || room != bytes)
        return "the args cannot receive any more";
    return {};
}

} // namespace swb::test
