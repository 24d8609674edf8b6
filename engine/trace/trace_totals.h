// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/operation_record.h"

#include <cstdint>

namespace swb::trace {

/// Running totals. synchronous + pending + completed + failed + aborted == operations.
struct TraceTotals {
    std::uint64_t operations = 0;
    std::uint64_t synchronous = 0;
    std::uint64_t pending = 0; ///< Now.
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t aborted = 0;
    std::uint64_t returnedPending = 0; ///< Calls that returned true, whatever became of them.
    std::uint64_t bytesSent
        = 0; ///< Taken by the kernel, pending operations included as far as they came.
    std::uint64_t bytesReceived = 0;
    bool operator==(const TraceTotals&) const = default;

    void add(const OperationRecord& record) noexcept { count(record, true); }
    void subtract(const OperationRecord& record) noexcept { count(record, false); }
    TraceTotals& operator+=(const TraceTotals& other) noexcept;

private:
    void count(const OperationRecord& record, bool add) noexcept;
};

inline void TraceTotals::count(const OperationRecord& record, bool add) noexcept
{
    const auto adjust = [add](std::uint64_t& total, std::uint64_t amount) {
        total = add ? total + amount : total - amount;
    };
    adjust(operations, 1);
    if (record.returnedPending())
        adjust(returnedPending, 1);
    switch (outcome(record)) {
    case Outcome::Synchronous:
        adjust(synchronous, 1);
        break;
    case Outcome::Pending:
        adjust(pending, 1);
        break;
    case Outcome::Completed:
        adjust(completed, 1);
        break;
    case Outcome::Failed:
        adjust(failed, 1);
        break;
    case Outcome::Aborted:
        adjust(aborted, 1);
        break;
    }
    switch (direction(record.kind)) {
    case Direction::Sent:
        adjust(bytesSent, record.bytesDone);
        break;
    case Direction::Received:
        adjust(bytesReceived, record.bytesDone);
        break;
    case Direction::None:
        break;
    }
}

} // namespace swb::trace
