// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/operation_record.h"
#include "engine/trace/record_pages.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

namespace swb::trace {

/// Running totals. synchronous + pending + completed + failed + aborted == operations.
struct TraceTotals {
    std::uint64_t operations = 0;
    std::uint64_t synchronous = 0;
    std::uint64_t pending = 0; ///< Now.
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t aborted = 0;
    std::uint64_t returnedPending = 0; ///< Calls that returned true, whatever became of them.
    std::uint64_t bytesSent
        = 0; ///< Taken by the kernel, pending operations included as far as they came.
    std::uint64_t bytesReceived = 0;
    bool operator==(const TraceTotals&) const = default;
};

/// Everything that was recorded of one engine, the latest phase of each operation: one row per
/// operation, in the order of their ids (row 0 is id 1). Records may come in any order; a row shows
/// the latest phase, and rows become visible as a contiguous prefix, so that no visible row is ever
/// empty.
///
/// **Threads** one at a time: the consumer that drains the recorder (in the desktop the GUI
/// thread). Only copyRows() is for any thread, while the consumer goes on.
/// **Units** as in OperationRecord.
class TraceStore {
public:
    /// What a record did to the rows.
    enum class Change : std::uint8_t {
        None, ///< It told nothing new.
        Stored, ///< Its row is kept, but was not visible before this call.
        Updated, ///< A row that was visible before this call is different now.
        Lost, ///< There was no memory for it; counted in lost().
    };

    Change apply(const OperationRecord& record) noexcept;

    /// Copies visible rows from `firstRow` on into `rows`, as they are at one moment, and returns
    /// how many there were: fewer than asked at the end. Meant for a search that reads the whole
    /// store in pieces of some thousand rows: the consumer waits while one piece is copied.
    std::size_t copyRows(std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept;

    /// Visible rows.
    std::uint64_t rowCount() const noexcept { return m_visible; }

    /// The record of a visible row. Row < rowCount(). A row whose record was lost has kind None
    /// (see showGaps()).
    OperationRecord record(std::uint64_t row) const noexcept;

    /// Whether the operation of a visible row is pending: without a copy of its record.
    bool isPending(std::uint64_t row) const noexcept
    {
        const OperationRecord* known = row < m_visible ? m_pages.find(row) : nullptr;
        return known != nullptr && known->phase != OperationPhase::Completed;
    }

    /// The row of an operation id; false when it is not visible.
    bool contains(std::uint64_t operationId) const noexcept
    {
        return operationId != 0 && operationId <= m_visible;
    }
    static constexpr std::uint64_t rowOf(std::uint64_t operationId) noexcept
    {
        return operationId - 1;
    }

    /// A row is still missing below one that is known.
    bool hasGap() const noexcept { return m_visible < m_highestId; }

    /// Makes the rows up to the highest known id visible although some are missing: when records
    /// were lost, those never come. A missing row gets its id and nothing else, and does not count
    /// in totals(); should its record still come, it takes its place.
    void showGaps() noexcept;

    const TraceTotals& totals() const noexcept { return m_totals; }

    /// submittedNs of the first operation: where time starts for people; 0 before it is known.
    std::int64_t originNs() const noexcept { return m_originNs; }

    /// Records that found no memory here (see Recorder::lost() for those that did not get this
    /// far).
    std::uint64_t lost() const noexcept { return m_lost; }

    std::size_t memoryBytes() const noexcept { return m_pages.memoryBytes(); }

    /// Forgets everything; ids start at 1 again. For a new engine.
    void clear() noexcept;

private:
    Change applyLocked(const OperationRecord& record) noexcept;
    void growVisible() noexcept;
    void count(const OperationRecord& record, bool add) noexcept;

    /// Held while rows change, and by other threads while they read: the consumer's own reading
    /// needs it not.
    mutable std::mutex m_mutex;
    RecordPages m_pages;
    std::uint64_t m_visible = 0;
    std::uint64_t m_highestId = 0;
    std::int64_t m_originNs = 0;
    std::uint64_t m_lost = 0;
    TraceTotals m_totals;
};

} // namespace swb::trace
