// SPDX-License-Identifier: BSL-1.0
/// Records as the engine makes them, for tests that need no socket.
#pragma once

#include "engine/trace/operation_record.h"

#include <cstdint>

namespace swb::test {

/// A send that finished in its call.
inline OperationRecord synchronousSend(std::uint64_t id, std::uint64_t bytes = 64)
{
    OperationRecord record;
    record.id = id;
    record.submittedNs = static_cast<std::int64_t>(id) * 1000;
    record.returnedNs = record.submittedNs + 400;
    record.completedNs = record.submittedNs + 300;
    record.bytesAsked = bytes;
    record.bytesDone = bytes;
    record.socketId = 1;
    record.callThread = 1;
    record.completionThread = 1;
    record.kind = SocketAsyncOperation::Send;
    record.phase = OperationPhase::Completed;
    return record;
}

/// A send at the moment its call returns true.
inline OperationRecord pendingSend(
    std::uint64_t id, std::uint64_t asked = 1000, std::uint64_t done = 0)
{
    OperationRecord record = synchronousSend(id, asked);
    record.bytesDone = done;
    record.completedNs = 0;
    record.completionThread = 0;
    record.phase = OperationPhase::Pending;
    record.flags = operation_flags::ReturnedPending;
    return record;
}

/// `pending` later on.
inline OperationRecord progressed(OperationRecord pending, std::uint64_t done)
{
    pending.phase = OperationPhase::Progress;
    pending.bytesDone = done;
    return pending;
}

/// `pending` at its end, as the worker sees it: it does not know when the call returned.
inline OperationRecord completed(OperationRecord pending, SocketError error = SocketError::Success)
{
    pending.phase = OperationPhase::Completed;
    pending.returnedNs = 0;
    pending.completedNs = pending.submittedNs + 5000;
    pending.eventNs = pending.submittedNs + 5100;
    pending.completionThread = 2;
    pending.error = error;
    if (error == SocketError::Success)
        pending.bytesDone = pending.bytesAsked;
    else if (error == SocketError::OperationAborted)
        pending.flags |= operation_flags::Aborted;
    return pending;
}

} // namespace swb::test
