// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/track_summary.h"

namespace swb::ui {

void TrackSummary::count(trace::Outcome outcome, std::uint32_t by) noexcept
{
    operations += by;
    switch (outcome) {
    case trace::Outcome::Synchronous:
        synchronous += by;
        break;
    case trace::Outcome::Pending:
        pending += by;
        break;
    case trace::Outcome::Completed:
        break;
    case trace::Outcome::Failed:
        failed += by;
        break;
    case trace::Outcome::Aborted:
        aborted += by;
        break;
    }
}

void TrackSummary::add(const TrackSummary& other) noexcept
{
    firstStartNs = std::min(firstStartNs, other.firstStartNs);
    lastStartNs = std::max(lastStartNs, other.lastStartNs);
    latestEndNs = std::max(latestEndNs, other.latestEndNs);
    if (other.longestNs > longestNs) {
        longestNs = other.longestNs;
        longestStartNs = other.longestStartNs;
        longestRow = other.longestRow;
        longestOutcome = other.longestOutcome;
        longestWaited = other.longestWaited;
    }
    failedRow = std::min(failedRow, other.failedRow);
    operations += other.operations;
    synchronous += other.synchronous;
    pending += other.pending;
    failed += other.failed;
    aborted += other.aborted;
}

void TrackSummary::add(const TrackMark& mark) noexcept
{
    firstStartNs = std::min(firstStartNs, mark.startNs);
    lastStartNs = std::max(lastStartNs, mark.startNs);
    latestEndNs = std::max(latestEndNs, mark.endNs);
    const std::int64_t lasted = mark.endNs - mark.startNs; // of those that are pending the oldest's
    if (lasted > longestNs) {
        longestNs = lasted;
        longestStartNs = mark.startNs;
        longestRow = mark.row;
        longestOutcome = mark.outcome;
        longestWaited = mark.waited;
    }
    if (mark.failed())
        failedRow = std::min(failedRow, mark.row);
    count(mark.outcome, 1);
}

void TrackSummary::remove(trace::Outcome outcome) noexcept
{
    count(outcome, static_cast<std::uint32_t>(-1));
}

TrackMark TrackSummary::longest() const noexcept
{
    return {longestRow, longestStartNs,
        longestOutcome == trace::Outcome::Pending ? kStillPending : longestStartNs + longestNs,
        longestOutcome, longestWaited};
}

TrackSummary TrackSummary::of(const trace::OperationRecord& record, std::uint32_t row) noexcept
{
    TrackSummary summary;
    if (record.kind != SocketAsyncOperation::None) // otherwise lost: it has no time
        summary.add(TrackMark::of(record, row));
    return summary;
}

} // namespace swb::ui
