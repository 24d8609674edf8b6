// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/health_samples.h"
#include "engine/trace/operation_record.h"
#include "engine/trace/payload_log.h"
#include "engine/trace/socket_table.h"
#include "engine/trace/trace_format.h"
#include "engine/trace/trace_totals.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace swb::trace {

namespace detail {
class RecordPages;
struct TraceIndex;
} // namespace detail

struct TraceStoreOptions {
    /// Where records go past the memory budget, in a file that is deleted with the store; a folder
    /// that exists. Empty: everything stays in memory, whatever that takes.
    std::string folder = {};
    /// Most memory for records, about: past it they go to the folder. At least 2.5 MiB are used.
    std::size_t memoryBudget = std::size_t{256} << 20;
    PayloadLogOptions payload = {};
    std::string program = {}; ///< "swb 0.1.0": written into files.
};

/// What is known of the whole at one moment.
struct TraceFacts {
    std::uint64_t rows = 0; ///< Visible.
    TraceTotals totals;
    std::int64_t originNs = 0;
    std::uint64_t lost = 0;
};

/// Everything that was recorded of one engine, the latest phase of each operation: one row per
/// operation, in the order of their ids (row 0 is id 1). Records may come in any order; a row shows
/// the latest phase, and rows become visible as a contiguous prefix, so that no visible row is ever
/// empty.
///
/// Past a memory budget the oldest rows move to a file, written by a thread of the store's own: who
/// applies or looks never waits for a disk, except to look at a row that is only there. When the
/// disk fails, half the budget more is used; beyond that the oldest rows are dropped, counted in
/// lost() and explained by storageProblem().
///
/// A store can also be a trace file that was opened (openTrace()): it reads the same, and takes no
/// records.
///
/// **Threads** one at a time: the consumer that drains the recorder (in the desktop the GUI
/// thread). copyRows(), facts(), threadName(), sockets(), payload() and health() are for any
/// thread, while the consumer goes on.
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

    explicit TraceStore(TraceStoreOptions options = {});
    ~TraceStore();
    TraceStore(const TraceStore&) = delete;
    TraceStore& operator=(const TraceStore&) = delete;

    Change apply(const OperationRecord& record) noexcept;
    /// A whole run, for one lock. The rows that are Updated are appended to `updatedRows`, a row
    /// once for each record. Throws std::bad_alloc before anything was applied.
    void apply(std::span<const OperationRecord> records,
        std::vector<std::uint64_t>* updatedRows = nullptr);

    /// Copies visible rows from `firstRow` on into `rows`, and returns how many there were: fewer
    /// than asked at the end. What is in memory is copied as it is at one moment, page by page
    /// (4,096 rows); the consumer waits while one page is copied, and not while one is read from
    /// the disk. A row that is missing has kind None. Meant for a search that reads the whole store
    /// in pieces of some thousand rows; whole pages, from a multiple of 4,096 on, are quickest.
    std::size_t copyRows(std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept;

    /// Visible rows.
    std::uint64_t rowCount() const noexcept { return m_visible; }

    /// The record of a visible row. Row < rowCount(). A row whose record was lost has kind None
    /// (see showGaps()).
    OperationRecord record(std::uint64_t row) const noexcept;

    /// The records of visible rows from `row` on as they lie in memory, up to the end of a page;
    /// none when the first one lies elsewhere: then record() has it. Valid until the store changes.
    std::span<const OperationRecord> inMemory(std::uint64_t row) const noexcept;

    /// Whether the operation of a visible row is pending: without a copy of its record, and never
    /// from the disk.
    bool isPending(std::uint64_t row) const noexcept;

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
    TraceFacts facts() const;

    /// submittedNs of the first operation: where time starts for people; 0 before it is known.
    std::int64_t originNs() const noexcept { return m_originNs; }

    /// Records that found no place here (see Recorder::lost() for those that did not get this far);
    /// of a file also those that were lost while recording, and those that are damaged.
    std::uint64_t lost() const noexcept;

    /// For people: why records cannot be written to, or read from, the disk; empty while all is
    /// well.
    std::string storageProblem() const;

    std::size_t memoryBytes() const noexcept;
    /// Rows that are on the disk, about (whole pages).
    std::uint64_t rowsOnDisk() const noexcept;

    /// Has everything that changed written to the folder, so that a crash after that loses none of
    /// it. Does not wait for the disk. Up to eight pages that may still change are copied, some
    /// 30 us each: call it about once a second.
    void checkpoint();
    /// Waits until what was given to the disk is there; false when `time` is over first.
    bool settle(std::chrono::milliseconds time);

    /// Forgets everything; ids start at 1 again. For a new engine. Options stay; one that was a
    /// file is an ordinary store in memory afterwards.
    void clear() noexcept;

    // --- What goes with the records
    SocketTable& sockets() noexcept { return *m_sockets; }
    const SocketTable& sockets() const noexcept { return *m_sockets; }
    PayloadLog& payload() noexcept { return *m_payload; }
    const PayloadLog& payload() const noexcept { return *m_payload; }
    HealthSamples& health() noexcept { return *m_health; }
    const HealthSamples& health() const noexcept { return *m_health; }
    /// "main", "worker 1", "thread 7": of this program, or of the one that wrote the file.
    std::string threadName(std::uint16_t id) const;
    /// All that have a name, the same.
    std::vector<std::pair<std::uint16_t, std::string>> threadNames() const;
    TraceAnchor anchor() const noexcept { return m_anchor; }
    const std::string& program() const noexcept { return m_options.program; }

    // --- A store that is a file
    bool readOnly() const noexcept { return m_readOnly; }
    /// When the file was saved, or the last time in it: until when a pending operation is known to
    /// have been pending. 0 for a store that goes on.
    std::int64_t endNs() const noexcept { return m_endNs; }
    /// Until when what is pending has been pending: now, or, of a file, endNs().
    std::int64_t presentNs() const noexcept { return m_readOnly ? m_endNs : steadyNowNs(); }
    explicit TraceStore(detail::TraceIndex index);

private:
    Change applyLocked(const OperationRecord& record);
    Change applyToSealed(const OperationRecord& record, OperationRecord known);
    Change applyLate(const OperationRecord& record) noexcept;
    bool merge(OperationRecord& known, const OperationRecord& record) noexcept;
    Change noteApplied(const OperationRecord& record) noexcept;
    void growVisible() noexcept;
    std::size_t copyPart(std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept;

    const TraceStoreOptions m_options;
    TraceAnchor m_anchor;
    std::unique_ptr<SocketTable> m_sockets;
    std::unique_ptr<PayloadLog> m_payload;
    std::unique_ptr<HealthSamples> m_health;
    std::map<std::uint16_t, std::string> m_threadNames; ///< Of a file.
    bool m_readOnly = false;
    std::int64_t m_endNs = 0;

    /// Held while rows change, and by other threads while they read: the consumer's own reading
    /// needs it not.
    mutable std::mutex m_mutex;
    std::unique_ptr<detail::RecordPages> m_pages;
    std::vector<OperationRecord> m_late; ///< About rows that are only on disk; see applyLate().
    std::uint64_t m_epoch = 0; ///< Counts clear().
    std::uint64_t m_visible = 0;
    std::uint64_t m_highestId = 0;
    std::int64_t m_originNs = 0;
    std::uint64_t m_lost = 0;
    TraceTotals m_totals;
};

} // namespace swb::trace
