// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/page_cache.h"
#include "engine/trace/page_writer.h"
#include "engine/trace/record_page.h"
#include "engine/trace/trace_format.h"

#include <atomic>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swb::trace::detail {

/// The rows of a TraceStore in pages of a fixed number of records. Past a memory budget pages go to
/// a file: first those whose operations have all ended, then those with few pending ones.
///
/// A page that was given to the writer ("sealed") never changes again. What becomes known of its
/// rows later stands in the overlay, which also holds the pending ones from the start; when it has
/// grown large, it is worked into the pages on disk.
///
/// **Threads** everything that changes: the consumer, with the store's lock held. find() and
/// isPending() are the consumer's too and need no lock. What others read is said at each.
class RecordPages {
public:
    using PendingRows = std::bitset<kRowsPerPage>;

    enum class State : std::uint8_t {
        Hot, ///< In memory, changes.
        Sealed, ///< In memory, does not change, is to be written (again).
        Writing, ///< As Sealed, with the writer.
        OnDisk, ///< Written; may be in memory as well.
        Dropped, ///< Gone: neither memory nor disk had room.
    };
    struct Entry {
        std::shared_ptr<Page> page; ///< Null: not in memory.
        std::unique_ptr<PendingRows> pendingRows; ///< Of a page that is not Hot; null: none.
        std::uint64_t offset = 0; ///< Of its block in the file; 0: it has none.
        std::uint32_t generation = 0; ///< Counts what is at `offset`.
        std::uint16_t filled = 0; ///< Rows that are known, gaps that are shown included.
        std::uint16_t pending = 0; ///< Rows whose operation is pending.
        std::uint16_t overlaid = 0; ///< Rows in the overlay.
        State state = State::Hot;
        bool dirty = false; ///< Hot, and changed since it was last written.
        bool merging = false; ///< The writer works the overlay into it.
    };

    explicit RecordPages(std::size_t memoryBudget);
    ~RecordPages();

    /// From now on pages go to a file in `folder`.
    void enablePaging(
        std::string folder, std::string program, TraceAnchor anchor, const Companions& companions);
    bool paging() const noexcept { return !m_folder.empty(); }
    /// The pages of a file that is only read.
    void adopt(std::vector<Entry> entries, std::shared_ptr<PageFile> file);

    /// The page of a row, made when it was not there; null when there is no memory for it.
    Entry* findOrMake(std::uint64_t row) noexcept;
    /// Null when it was never made. Other threads: with the lock.
    const Entry* entryOf(std::uint64_t row) const noexcept
    {
        const std::uint64_t page = row / kRowsPerPage;
        return page < m_entries.size() ? &m_entries[page] : nullptr;
    }
    /// A row of a hot page got its first record, or a later phase.
    void rowChanged(
        Entry& entry, std::uint64_t row, bool wasThere, bool wasPending, bool isPending);

    /// The newest record of a row whose page is sealed, when it is in the overlay.
    /// Other threads: with the lock.
    const OperationRecord* overlaid(std::uint64_t row) const noexcept;
    /// Puts it there, or replaces it. Throws std::bad_alloc.
    void overlay(Entry& entry, const OperationRecord& record);
    /// Copies the overlay of these rows over what is in `rows`. Other threads: with the lock.
    void copyOverlay(std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept;

    /// id and no more when nothing is known of it.
    OperationRecord find(std::uint64_t row) const noexcept;
    bool isPending(std::uint64_t row) const noexcept;
    /// The page from the cache or the file; null when it cannot be read, which may be because it
    /// was written elsewhere meanwhile. Any thread, without the lock, when the arguments were
    /// copied with it.
    std::shared_ptr<const Page> load(std::uint64_t page, std::uint32_t generation,
        const PageFile& file, std::uint64_t offset) const noexcept
    {
        return m_cache.load({page, generation}, file, offset);
    }
    /// Pages that could not be read. Any thread.
    std::uint64_t readFailures() const noexcept
    {
        return m_readFailures.load(std::memory_order_relaxed);
    }
    void countReadFailure() const noexcept
    {
        m_readFailures.fetch_add(1, std::memory_order_relaxed);
    }
    /// Other threads: with the lock.
    const std::shared_ptr<PageFile>& file() const noexcept { return m_file; }

    /// Takes what the writer has done, gives it more to do, lets go of pages. Quick: never waits.
    void housekeep() noexcept;
    bool needsHousekeeping() const noexcept
    {
        return m_pageMade || (m_writer && m_writer->hasResults());
    }
    /// So many more pages than the budget allows that the consumer should give the disk a moment.
    bool isFarBehind() const noexcept;
    void waitForWriter(std::chrono::milliseconds time) { m_writer->waitForResult(time); }
    /// Has everything written that changed since the last call, without letting go of it.
    void checkpoint() noexcept;
    /// Pages that the writer has not done yet, or whose results were not looked at.
    std::size_t underWay() const noexcept { return m_writer ? m_writer->underWay() : 0; }

    /// Records that were dropped for want of room.
    std::uint64_t dropped() const noexcept { return m_droppedRecords; }
    std::string problem() const;
    std::size_t pagesInMemory() const noexcept { return m_resident; }
    std::uint64_t pagesOnDisk() const noexcept;
    std::size_t memoryBytes() const noexcept;
    void clear() noexcept;

private:
    using Clock = std::chrono::steady_clock;

    PageWriter& writer();
    Entry* nextToSeal(std::uint64_t& page, bool evenWithPending);
    void seal(Entry& entry, std::uint64_t page);
    void post(Entry& entry, std::uint64_t page);
    void sealOverBudget();
    void dropOverLimit();
    void dropCleanPages();
    void mergeOverlay();
    void takeResults();
    void take(PageResult& result);
    void takeFailure(Entry& entry, PageResult& result);
    void checkpointDirtyPages();
    void noteProblem(std::string problem);
    void snapshot(Entry& entry, std::uint64_t page);
    bool maySeal(const Entry& entry, bool evenWithPending) const noexcept;

    const std::size_t m_mostCached;
    const std::size_t m_mostFree;
    const std::size_t m_mostResident; ///< Pages; the budget without cache and free ones.
    mutable PagePool m_pool;
    mutable PageCache m_cache;
    mutable std::atomic<std::uint64_t> m_readFailures{0};
    std::vector<Entry> m_entries;
    std::map<std::uint64_t, OperationRecord> m_overlay; ///< By row.
    std::shared_ptr<PageFile> m_file;
    std::size_t m_resident = 0;
    std::uint64_t m_droppedRecords = 0;
    bool m_pageMade = false;

    std::deque<std::uint64_t> m_ended; ///< Full pages without pending operations, oldest first ...
    std::deque<std::uint64_t> m_full; ///< ... and those that had some when they became full.
    std::deque<std::uint64_t> m_clean; ///< Written, and still in memory.
    std::deque<std::uint64_t> m_dirty; ///< Hot pages changed since they were last written.
    std::size_t m_mergesUnderWay = 0;
    std::uint64_t m_mergeFrom = 0; ///< The row where the search for the next merge goes on.

    std::string m_folder;
    std::string m_program;
    TraceAnchor m_anchor;
    std::optional<Companions> m_companions; ///< With paging.
    std::string m_problem;
    Clock::time_point m_retryAt{};
    bool m_failing = false;

    /// The page that find() read last. The consumer's.
    struct LastRead {
        PageCache::Key key;
        std::shared_ptr<const Page> page;
    };
    mutable LastRead m_lastRead;

    std::unique_ptr<PageWriter> m_writer; // last: its results refer to the others
};

} // namespace swb::trace::detail
