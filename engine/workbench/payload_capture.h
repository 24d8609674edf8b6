// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/payload_log.h"
#include "engine/workbench/queue_item.h"

#include <cstdint>
#include <span>

namespace swb::workbench {

/// Keeps the first bytes of a send of these items, as many as the log wants. Ranges of files are
/// read for it, at the time of the call: should the file change meanwhile, it is not what was sent.
/// Where a file cannot be read, what is kept ends.
void keepPayload(
    trace::PayloadLog& log, std::uint64_t operationId, std::span<const QueueItem> items);

} // namespace swb::workbench
