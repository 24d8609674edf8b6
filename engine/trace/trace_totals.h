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

} // namespace swb::trace
