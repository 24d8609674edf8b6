// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/trace_totals.h"

namespace swb::trace {

void TraceTotals::count(const OperationRecord& record, bool add) noexcept
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
