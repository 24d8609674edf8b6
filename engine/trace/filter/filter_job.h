// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/filter/filter.h"
#include "engine/trace/row_set.h"
#include "engine/trace/trace_store.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace swb::trace {

/// Finds the rows of a store that pass a filter, on a thread of its own, and goes on doing so while
/// rows come and change. What it found waits until the consumer takes it, as a difference to what
/// it has.
///
/// **Threads** one consumer, the one of the store, calls all members. `wake` is called on the job's
/// thread, without data, when there is something to take or to say about the progress: some hundred
/// times a second; it must be quick, not throw, and not call back.
/// **Lifetime** the store must outlive it. Its end waits for the piece it is at, about a
/// millisecond.
class FilterJob {
public:
    struct Progress {
        std::uint64_t looked = 0; ///< Rows that have been looked at.
        std::uint64_t rows = 0; ///< Rows there were when it started.
        bool isRunning = false; ///< Not all of those yet, and not cancelled.
        bool isCancelled = false;
    };

    FilterJob(const TraceStore& store, std::function<void()> wake);
    ~FilterJob();
    FilterJob(const FilterJob&) = delete;
    FilterJob& operator=(const FilterJob&) = delete;

    /// Looks for the rows of `filter` among the first `rows`, from the beginning; what was found
    /// for the filter before and not taken is dropped. The consumer forgets what it took.
    void start(const Filter& filter, std::uint64_t rows);
    /// Now there are `rows`, and those in `changed`, below the number before, have another record.
    /// Nothing to do after cancel().
    void extend(std::uint64_t rows, std::span<const std::uint64_t> changed);
    /// Looks no further, and forgets what comes, until the next start(). What was found stays.
    void cancel();

    /// Brings `found` up to date; returns whether it is another now.
    bool drain(RowSet& found);
    Progress progress() const;

private:
    struct Results {
        std::uint64_t firstRow = 0; ///< Of bits[0]; a multiple of 64.
        std::vector<std::uint64_t> bits;
        std::vector<std::pair<std::uint64_t, bool>> changes; ///< In their order, after the bits.
        bool isEmpty() const { return bits.empty() && changes.empty(); }
        void clear();
    };
    struct Pending {
        std::uint64_t row = 0;
        bool passed = false;
    };
    /// What the thread works with between two looks at what it shall do.
    struct Turn;

    void run(const std::stop_token& stop);
    bool hasWork() const;
    void lookFurther(Turn& turn);
    void lookAgain(Turn& turn, std::uint64_t row);
    void lookAtPending(Turn& turn);
    void publish(Turn& turn);

    const TraceStore& m_store;
    const std::function<void()> m_wake;

    mutable std::mutex m_mutex; ///< Guards everything up to m_results.
    std::condition_variable_any m_workCame;
    Filter m_filter;
    std::uint64_t m_generation = 0; ///< Tells what belongs to an earlier start().
    std::uint64_t m_rows = 0;
    std::uint64_t m_rowsAtStart = 0;
    std::uint64_t m_looked = 0;
    std::int64_t m_originNs = 0;
    bool m_isCancelled = true;
    std::vector<std::uint64_t> m_changed;
    Results m_results;

    std::vector<Pending>
        m_pending; ///< The thread's, ascending: rows whose answer may change with time.
    std::jthread m_thread; ///< Last, so that it starts when all else is there.
};

} // namespace swb::trace
