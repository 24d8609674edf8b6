// SPDX-License-Identifier: BSL-1.0
/// Questions about many rows at once, for other threads than the store's consumer.
#pragma once

#include "engine/trace/background_query.h"
#include "engine/trace/row_set.h"
#include "engine/trace/trace_store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace swb::trace {

/// Rows in an order: the first `count` ones of the store, or those of a set, or a list.
struct RowList {
    std::uint64_t count = 0; ///< Of rows in the list, whichever it is.
    std::shared_ptr<const RowSet> set;
    std::shared_ptr<const std::vector<std::uint64_t>> sorted;

    /// Copies the rows from the one at `index` on; returns how many: fewer than asked at the end.
    std::size_t copy(std::uint64_t index, std::span<std::uint64_t> rows) const;
};

enum class SortKey : std::uint8_t {
    Time,
    Socket,
    Operation, ///< By name.
    Outcome,
    Bytes,
    Progress,
    Error,
    Duration,
    Threads,
};

/// More are not sorted: a row needs 32 bytes meanwhile.
inline constexpr std::uint64_t kMostSortedRows = 20'000'000;

/// The rows of `list`, the smallest first; equal ones in the order of the store. `nowNs` ends the
/// duration of what is pending. Nothing when it was stopped.
std::optional<std::vector<std::uint64_t>> sortRows(const TraceStore& store, const RowList& list,
    SortKey key, std::int64_t nowNs, QueryControl& control);

/// What many operations come to.
struct RowTotals {
    std::uint64_t operations = 0;
    std::uint64_t synchronous = 0;
    std::uint64_t pending = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t aborted = 0;
    std::uint64_t bytesDone = 0;
    std::uint64_t bytesAsked = 0;
    std::int64_t firstNs = 0; ///< The earliest call.
    std::int64_t lastNs = 0; ///< The latest end, or call where nothing has ended.
    void add(const OperationRecord& record) noexcept;
    bool operator==(const RowTotals&) const = default;
};

/// Of the rows at the indices `ranges` of `list`. Nothing when it was stopped.
std::optional<RowTotals> totalsOf(const TraceStore& store, const RowList& list,
    const std::vector<RangeSet::Range>& ranges, QueryControl& control);

} // namespace swb::trace
