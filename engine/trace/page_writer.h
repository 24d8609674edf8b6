// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/block_file.h"
#include "engine/trace/page_file.h"
#include "engine/trace/record_page.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace swb::trace::detail {

/// A page for the file.
struct PageJob {
    std::uint64_t page = 0; ///< Its number: the first row / kRowsPerPage.
    /// What is written; must not change until the result is there. Null: the page at `base`.
    std::shared_ptr<const Page> content;
    std::uint64_t base = 0; ///< Where the page is in the file now; 0: nowhere.
    std::vector<OperationRecord> updates; ///< Newer than that.
    bool snapshot = false; ///< The page goes on changing in memory.
};

struct PageResult {
    PageJob job;
    std::shared_ptr<PageFile> file;
    std::uint64_t offset = 0; ///< Where it is now; 0: it was not written.
    std::string problem; ///< Then: why not.
};

/// Writes pages to the file of a running trace, on a thread of its own, so that nobody who looks at
/// the trace waits for a disk. File and thread are made with the first page.
///
/// **Threads** all members from one thread; companions are read on the writer's.
/// **Lifetime** the destructor finishes the page at hand, forgets the others and deletes the file
/// (when nobody reads it any more).
class PageWriter {
public:
    PageWriter(
        std::string folder, std::string program, TraceAnchor anchor, const Companions& companions);
    ~PageWriter();
    PageWriter(const PageWriter&) = delete;
    PageWriter& operator=(const PageWriter&) = delete;

    void post(PageJob job);
    /// Pages posted whose results were not taken yet.
    std::size_t underWay() const noexcept { return m_underWay; }
    bool hasResults() const noexcept { return m_finished.load(std::memory_order_acquire) > 0; }
    std::vector<PageResult> takeResults();
    /// Until there is a result, for at most `time`.
    void waitForResult(std::chrono::milliseconds time);
    /// Nothing needs the page at `offset` any more.
    void release(std::uint64_t offset);
    /// Names, sockets and payload are written, too, as soon as the pages before are.
    void writeCompanions();

private:
    void run();
    PageResult write(PageJob job);
    void writeCompanionsNow();

    const std::string m_folder;
    const std::string m_program;
    const TraceAnchor m_anchor;

    std::mutex m_mutex; // guards everything until the next blank line
    std::condition_variable m_toDo;
    std::condition_variable m_done;
    std::deque<PageJob> m_jobs;
    std::vector<PageResult> m_results;
    std::vector<std::uint64_t> m_released;
    bool m_companionsAsked = false;
    bool m_stop = false;

    std::atomic<std::size_t> m_finished{0};
    std::size_t m_underWay = 0;

    // The writer's.
    std::shared_ptr<PageFile> m_file;
    std::unique_ptr<BlockWriter> m_blocks;
    CompanionWriter m_companions;
    std::unique_ptr<Page> m_merged;
    std::chrono::steady_clock::time_point m_companionsAt;
    std::thread m_thread; // last: it uses the others
};

} // namespace swb::trace::detail
