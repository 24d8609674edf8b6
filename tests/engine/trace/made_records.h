// SPDX-License-Identifier: BSL-1.0
/// A trace of any length whose every record is known from its id alone, for tests that look at
/// all of it.
#pragma once

#include "engine/trace/operation_record.h"
#include "tests/engine/trace/records.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace swb::test {

/// Well mixed bits of a number.
inline std::uint64_t mixed(std::uint64_t number)
{
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9ULL;
    number = (number ^ (number >> 27)) * 0x94D049BB133111EBULL;
    return number ^ (number >> 31);
}

/// Every ninth is pending first.
inline bool startsPending(std::uint64_t id)
{
    return mixed(id) % 9 == 0;
}

/// How the operation ended.
inline OperationRecord madeRecord(std::uint64_t id)
{
    OperationRecord record = synchronousSend(id, mixed(id) % 100'000);
    record.socketId = static_cast<std::uint32_t>(1 + id % 7);
    record.callThread = static_cast<std::uint16_t>(1 + id % 3);
    if (id % 4 == 0)
        record.kind = SocketAsyncOperation::Receive;
    if (startsPending(id)) {
        const std::int64_t returnedNs = record.returnedNs;
        record.flags = operation_flags::ReturnedPending;
        record
            = completed(record, id % 5 == 0 ? SocketError::ConnectionReset : SocketError::Success);
        record.returnedNs = returnedNs;
        record.nativeError = id % 5 == 0 ? 104 : 0;
    }
    return record;
}

/// The same at the moment its call returned.
inline OperationRecord madePending(std::uint64_t id)
{
    OperationRecord record = madeRecord(id);
    record.phase = OperationPhase::Pending;
    record.bytesDone = 0;
    record.completedNs = 0;
    record.eventNs = 0;
    record.completionThread = 0;
    record.error = SocketError::Success;
    record.nativeError = 0;
    record.flags = operation_flags::ReturnedPending;
    return record;
}

/// Field for field: what pads the end has no value.
inline bool same(const OperationRecord& a, const OperationRecord& b)
{
    return std::memcmp(&a, &b, offsetof(OperationRecord, flags) + sizeof a.flags) == 0;
}

} // namespace swb::test
