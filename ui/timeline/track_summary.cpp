// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/track_summary.h"

namespace swb::ui {

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

void TrackSummary::remove(trace::Outcome outcome) noexcept
{
    --operations;
    switch (outcome) {
    case trace::Outcome::Synchronous:
        --synchronous;
        break;
    case trace::Outcome::Pending:
        --pending;
        break;
    case trace::Outcome::Completed:
        break;
    case trace::Outcome::Failed:
        --failed;
        break;
    case trace::Outcome::Aborted:
        --aborted;
        break;
    }
}

TrackMark TrackSummary::longest() const noexcept
{
    return {longestRow, longestStartNs,
        longestOutcome == trace::Outcome::Pending ? kStillPending : longestStartNs + longestNs,
        longestOutcome, longestWaited};
}

} // namespace swb::ui
