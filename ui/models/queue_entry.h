// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/net/operation_record.h"
#include "engine/workbench/connection.h"
#include "ui/models/rate_meter.h"

#include <QString>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace swb::ui {

/// Finds the newest record of an operation; nothing when it is not recorded (yet). GUI thread.
using RecordLookup = std::function<std::optional<OperationRecord>(std::uint64_t operationId)>;

/// How far the last send of a queue item has come.
enum class ItemState { Queued, Synchronous, Pending, Completed, Failed, Aborted };

/// The last send of one item. When several items went out as one operation, each has its own
/// stretch of the operation's bytes.
struct ItemOutcome {
    workbench::SendTicket ticket;
    std::optional<OperationRecord> record; ///< As of the last look; empty while none was found.
    RateMeter rate; ///< Of bytesDone().
    QString subject; ///< The remote end, for problems.
    std::uint64_t firstByte = 0; ///< Where this item's bytes begin within the operation.
    std::uint64_t bytes = 0; ///< How many of the operation's bytes are this item's.

    ItemState state() const;
    /// This item's bytes that the kernel has taken.
    std::uint64_t bytesDone() const;
    /// Why it failed or was aborted; nothing otherwise.
    std::optional<workbench::Problem> problem() const;
    bool isOver() const;
};

/// One row of a queue: the item, what is shown of it, and what became of it.
struct QueueEntry {
    workbench::QueueItem item;
    QString label; ///< item.label(), made once: payloads may be large.
    std::int64_t size = 0; ///< item.size(); -1 when not known.
    std::optional<ItemOutcome> outcome;

    static QueueEntry of(workbench::QueueItem item);
    ItemState state() const { return outcome ? outcome->state() : ItemState::Queued; }
};

using QueueEntries = std::vector<QueueEntry>;

} // namespace swb::ui
