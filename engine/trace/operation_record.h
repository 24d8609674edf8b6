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

Outcome outcome(const OperationRecord& record) noexcept;

/// "Synchronous", "Pending", "Completed", "Failed", "Aborted": for logs and files, not translated.
std::string toString(Outcome outcome);

/// A connect may send its buffer and an accept may receive into it, so they have a direction too.
Direction direction(SocketAsyncOperation kind) noexcept;

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
