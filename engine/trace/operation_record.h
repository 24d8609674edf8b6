// SPDX-License-Identifier: BSL-1.0
/// What people derive from the record of one operation.
#pragma once

#include "engine/net/operation_record.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace swb::trace {

using OperationPhase = swb::OperationPhase;
using OperationRecord = swb::OperationRecord;
namespace operation_flags = swb::operation_flags;

/// What became of an operation. Each operation has exactly one at any moment.
enum class Outcome : std::uint8_t {
    Synchronous, ///< The call returned false and it went well: no event came.
    Pending, ///< The call returned true; Completed has not been raised yet.
    Completed, ///< The call returned true, and it went well.
    Failed, ///< It ended with an error, in either way.
    Aborted, ///< It was ended by close, cancel or the end of the engine.
};
inline constexpr int kOutcomeCount = 5;

/// Which way an operation's bytes go.
enum class Direction : std::uint8_t { None, Sent, Received };

inline Outcome outcome(const OperationRecord& record) noexcept
{
    if (record.phase != OperationPhase::Completed)
        return Outcome::Pending;
    if ((record.flags & operation_flags::Aborted) != 0
        || record.error == SocketError::OperationAborted)
        return Outcome::Aborted;
    if (record.error != SocketError::Success)
        return Outcome::Failed;
    return record.returnedPending() ? Outcome::Completed : Outcome::Synchronous;
}

/// "Synchronous", "Pending", "Completed", "Failed", "Aborted": for logs and files, not translated.
std::string toString(Outcome outcome);

/// A connect may send its buffer and an accept may receive into it, so they have a direction too.
inline Direction direction(SocketAsyncOperation kind) noexcept
{
    switch (kind) {
    case SocketAsyncOperation::Send:
    case SocketAsyncOperation::SendPackets:
    case SocketAsyncOperation::SendTo:
    case SocketAsyncOperation::Connect:
        return Direction::Sent;
    case SocketAsyncOperation::Receive:
    case SocketAsyncOperation::ReceiveFrom:
    case SocketAsyncOperation::ReceiveMessageFrom:
    case SocketAsyncOperation::Accept:
        return Direction::Received;
    case SocketAsyncOperation::Disconnect:
    case SocketAsyncOperation::None:
        break;
    }
    return Direction::None;
}

/// From the call to the stored result; for a pending operation up to `nowNs` (steady_clock), never
/// negative.
std::chrono::nanoseconds duration(const OperationRecord& record, std::int64_t nowNs) noexcept;

/// The thread on which the operation ended: the caller for a synchronous one; 0 while it is
/// pending.
std::uint16_t endThread(const OperationRecord& record) noexcept;

/// "ConnectionReset (10054, ECONNRESET 104)", without the native part when there was none; "" for
/// Success.
std::string errorText(const OperationRecord& record);

/// One line of `--json`, without the line feed:
/// {"id":1,"socket":1,"operation":"SendPackets","pending":true,"error":"Success","bytes":1073741824,
/// "submittedNs":0,"completedNs":0,"thread":3}. Times count from `startNs` (steady_clock); a time
/// that was not reached is 0.
std::string toJsonLine(const OperationRecord& record, std::int64_t startNs);

/// steady_clock now, in the records' unit.
inline std::int64_t steadyNowNs() noexcept
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace swb::trace
