// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/queue_entry.h"

#include "engine/trace/operation_record.h"

#include <algorithm>

namespace swb::ui {

ItemState ItemOutcome::state() const
{
    if (ticket.operationId == 0 || !ticket.pending)
        return ticket.problem ? ItemState::Failed : ItemState::Synchronous;
    if (!record)
        return ItemState::Pending;
    switch (trace::outcome(*record)) {
    case trace::Outcome::Synchronous:
        return ItemState::Synchronous;
    case trace::Outcome::Pending:
        return ItemState::Pending;
    case trace::Outcome::Completed:
        return ItemState::Completed;
    case trace::Outcome::Aborted:
        return ItemState::Aborted;
    case trace::Outcome::Failed:
        break;
    }
    return ItemState::Failed;
}

std::uint64_t ItemOutcome::bytesDone() const
{
    std::uint64_t done = 0;
    if (record)
        done = record->bytesDone;
    else if (!ticket.pending)
        done = ticket.bytesDone;
    return std::min(bytes, done > firstByte ? done - firstByte : 0);
}

std::optional<workbench::Problem> ItemOutcome::problem() const
{
    if (ticket.problem)
        return ticket.problem;
    if (!record || record->phase != OperationPhase::Completed
        || record->error == SocketError::Success)
        return std::nullopt;
    return workbench::problemFromResult(toString(record->kind), subject.toStdString(),
        record->error, std::error_code(record->nativeError, std::system_category()));
}

bool ItemOutcome::isOver() const
{
    return state() != ItemState::Pending;
}

QueueEntry QueueEntry::of(workbench::QueueItem item)
{
    QueueEntry entry;
    entry.label = QString::fromStdString(item.label());
    entry.size = item.size();
    entry.item = std::move(item);
    return entry;
}

} // namespace swb::ui
