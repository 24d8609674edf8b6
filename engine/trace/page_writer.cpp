// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/page_writer.h"

#include "engine/net/thread_id.h"

#include <csignal>
#include <exception>
#include <unistd.h>
#include <utility>

namespace swb::trace::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto kCompanionsInterval = 1s;

/// The thread takes no signals: they are for the program's own threads. A file that is too large is
/// an error to report, not the end of the program.
std::thread startQuietly(void (*function)(PageWriter*), PageWriter* argument)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::exception_ptr problem;
    std::thread thread;
    try {
        thread = std::thread(function, argument);
    } catch (...) {
        problem = std::current_exception();
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (problem)
        std::rethrow_exception(problem);
    return thread;
}

} // namespace

PageWriter::PageWriter(
    std::string folder, std::string program, TraceAnchor anchor, const Companions& companions)
    : m_folder(std::move(folder))
    , m_program(std::move(program))
    , m_anchor(anchor)
    , m_companions(companions)
{
    m_thread = startQuietly([](PageWriter* writer) { writer->run(); }, this);
}

PageWriter::~PageWriter()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_stop = true;
    }
    m_toDo.notify_one();
    m_thread.join();
}

void PageWriter::post(PageJob job)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_jobs.push_back(std::move(job));
    }
    ++m_underWay;
    m_toDo.notify_one();
}

std::vector<PageResult> PageWriter::takeResults()
{
    const std::scoped_lock lock(m_mutex);
    m_finished.store(0, std::memory_order_relaxed);
    m_underWay -= m_results.size();
    return std::exchange(m_results, {});
}

void PageWriter::waitForResult(std::chrono::milliseconds time)
{
    std::unique_lock lock(m_mutex);
    m_done.wait_for(lock, time, [this] { return !m_results.empty(); });
}

void PageWriter::release(std::uint64_t offset)
{
    const std::scoped_lock lock(m_mutex);
    m_released.push_back(offset);
}

void PageWriter::writeCompanions()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_companionsAsked = true;
    }
    m_toDo.notify_one();
}

void PageWriter::run()
{
    nameCurrentThread("trace writer");
    std::unique_lock lock(m_mutex);
    while (true) {
        m_toDo.wait(lock, [this] { return m_stop || !m_jobs.empty() || m_companionsAsked; });
        if (m_stop)
            return;
        if (m_blocks) {
            for (const std::uint64_t offset : m_released)
                m_blocks->release(offset);
            m_released.clear();
        }
        if (m_jobs.empty()) {
            m_companionsAsked = false;
            lock.unlock();
            writeCompanionsNow();
            lock.lock();
            continue;
        }
        PageJob job = std::move(m_jobs.front());
        m_jobs.pop_front();
        lock.unlock();
        PageResult result = write(std::move(job));
        if (result.offset != 0
            && std::chrono::steady_clock::now() - m_companionsAt >= kCompanionsInterval)
            writeCompanionsNow();
        lock.lock();
        m_results.push_back(std::move(result));
        m_finished.fetch_add(1, std::memory_order_release);
        m_done.notify_one();
    }
}

PageResult PageWriter::write(PageJob job)
{
    PageResult result;
    result.job = std::move(job);
    try {
        if (!m_blocks) {
            m_file = PageFile::make(m_folder);
            format::FileHeader header;
            header.fileId = m_file->fileId();
            header.anchor = m_anchor;
            header.processId = static_cast<std::uint64_t>(getpid());
            header.program = m_program;
            auto blocks = std::make_unique<BlockWriter>(m_file->disk(), header);
            if (blocks->error() != 0)
                throw fileError("Write", m_file->disk().path(), blocks->error());
            m_blocks = std::move(blocks);
        }
        const std::uint64_t firstRow = result.job.page * kRowsPerPage;
        const Page* content = result.job.content.get();
        if (content == nullptr) {
            if (!m_merged)
                m_merged = std::make_unique<Page>();
            if (result.job.base == 0)
                std::memset(static_cast<void*>(m_merged.get()), 0, sizeof(Page));
            else if (!m_file->readPage(result.job.base, firstRow, m_merged->rows))
                throw fileError("Read back", m_file->disk().path(), EIO);
            for (const OperationRecord& record : result.job.updates)
                storeRecord(m_merged->rows[(record.id - 1) % kRowsPerPage], record);
            content = m_merged.get();
        }
        m_companions.noteThreads(content->rows);
        result.offset = m_blocks->writePage(firstRow, *content);
        if (result.offset == 0)
            throw fileError("Write", m_file->disk().path(), m_blocks->error());
    } catch (const std::exception& exception) {
        result.problem = exception.what();
        if (!m_blocks)
            m_file.reset();
    }
    result.file = m_file;
    return result;
}

void PageWriter::writeCompanionsNow()
{
    m_companionsAt = std::chrono::steady_clock::now();
    // What cannot be written now comes with the next attempt; that pages cannot be is told.
    if (m_blocks)
        m_companions.write(*m_blocks, [](std::uint16_t id) { return threadName(id); });
}

} // namespace swb::trace::detail
