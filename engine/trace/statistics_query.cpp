// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/statistics_query.h"

#include <algorithm>
#include <array>

namespace swb::trace {

namespace {

constexpr std::size_t kPiece = 2048; // rows read at a time

/// Reads `rows`, ascending, run by run.
template <typename Take>
void readRows(const TraceStore& store, std::span<const std::uint64_t> rows, Take take)
{
    std::array<OperationRecord, kPiece> records;
    for (std::size_t i = 0; i < rows.size();) {
        std::size_t run = 1;
        while (i + run < rows.size() && run < kPiece && rows[i + run] == rows[i] + run)
            ++run;
        const std::size_t read = store.copyRows(rows[i], std::span(records.data(), run));
        for (std::size_t n = 0; n < read; ++n)
            take(rows[i + n], records[n]);
        i += run;
    }
}

} // namespace

std::optional<StatisticsPass> continueStatistics(
    const TraceStore& store, const RowList& list, StatisticsPass pass, QueryControl& control)
{
    std::vector<std::uint64_t> still;
    const auto take = [&](std::uint64_t row, const OperationRecord& record) {
        if (record.phase == OperationPhase::Completed)
            pass.statistics.add(record);
        else
            still.push_back(row);
    };
    readRows(store, pass.pending, take);
    std::array<std::uint64_t, kPiece> rows;
    while (pass.next < list.count) {
        if (control.isStopped())
            return std::nullopt;
        const std::size_t count = list.copy(pass.next, rows);
        if (count == 0)
            break;
        readRows(store, std::span(rows.data(), count), take);
        pass.next += count;
        control.setPermille(static_cast<int>(pass.next * 1000 / list.count));
    }
    std::sort(still.begin(), still.end());
    pass.pending = std::move(still);
    return pass;
}

} // namespace swb::trace
