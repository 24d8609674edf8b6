// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/operation_statistics.h"
#include "engine/trace/row_queries.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace swb::trace {

/// Statistics of a list of rows that are read as they come: how far it is, so that the next pass
/// reads only what is new.
struct StatisticsPass {
    OperationStatistics statistics;
    std::uint64_t next = 0; ///< Index into the list.
    std::vector<std::uint64_t> pending; ///< Rows that had not ended when they were read.
};

/// Goes on with `pass` over `list`, whose first rows are still those that were read. Nothing when
/// it was stopped. Any thread.
std::optional<StatisticsPass> continueStatistics(
    const TraceStore& store, const RowList& list, StatisticsPass pass, QueryControl& control);

} // namespace swb::trace
