// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/trace_totals.h"

namespace swb::trace {

TraceTotals& TraceTotals::operator+=(const TraceTotals& other) noexcept
{
    operations += other.operations;
    synchronous += other.synchronous;
    pending += other.pending;
    completed += other.completed;
    failed += other.failed;
    aborted += other.aborted;
    returnedPending += other.returnedPending;
    bytesSent += other.bytesSent;
    bytesReceived += other.bytesReceived;
    return *this;
}

} // namespace swb::trace
