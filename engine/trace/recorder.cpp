// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/recorder.h"

#include "engine/trace/thread_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace swb::trace {
namespace {

/// The log this thread wrote last. Apart from LogsOfThread, and trivial, so that the hot path reads
/// it without asking whether it was constructed, and can still read it while the thread ends.
struct LastLog {
    std::uint64_t serial
        = 0; ///< Of its recorder; never reused, so that a dead recorder's log is never found.
    detail::ThreadLog* log = nullptr;
};
constinit thread_local LastLog t_last;
constinit thread_local bool t_ended = false;

/// All logs of this thread, one for each recorder that it has written to.
struct LogsOfThread {
    struct Entry {
        std::uint64_t serial;
        std::shared_ptr<detail::ThreadLog> log;
    };
    std::vector<Entry> entries;

    LogsOfThread() = default;
    LogsOfThread(const LogsOfThread&) = delete;
    LogsOfThread& operator=(const LogsOfThread&) = delete;
    ~LogsOfThread()
    {
        for (const Entry& entry : entries)
            entry.log->retire();
        t_last = {};
        t_ended = true;
    }
};
thread_local LogsOfThread t_logs;

std::uint64_t nextSerial() noexcept
{
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

} // namespace

struct Recorder::Reader {
    std::shared_ptr<detail::ThreadLog> log;
    bool ended = false; ///< The thread had ended when this drain came to the log.
    bool caughtUp = false; ///< This drain has read all of it.
};

Recorder::Recorder(RecorderOptions options)
    : m_serial(nextSerial())
    , m_pool(std::make_unique<detail::ChunkPool>(options.maxWaitingBytes))
    , m_lateLog(std::make_shared<detail::ThreadLog>(*m_pool))
{
    m_readers.push_back({m_lateLog});
}

Recorder::~Recorder()
{
    // Threads may keep their log's object for as long as they live, but not its chunks.
    adoptNewLogs();
    for (const Reader& reader : m_readers)
        reader.log->giveBack();
}

void Recorder::operationStepped(const OperationRecord& record) noexcept
{
    detail::ThreadLog* log = t_last.serial == m_serial ? t_last.log : findLog();
    if (log == nullptr)
        recordWithoutThread(record);
    else if (!log->append(record))
        m_lost.fetch_add(1, std::memory_order_relaxed);
    if (m_wakeArmed.load(std::memory_order_relaxed))
        callWake();
}

/// Null when the thread is at its end, or when there is no memory for a log.
detail::ThreadLog* Recorder::findLog() noexcept
{
    if (t_ended)
        return nullptr;
    std::vector<LogsOfThread::Entry>& entries = t_logs.entries;
    auto found = std::find_if(entries.begin(), entries.end(),
        [this](const auto& entry) { return entry.serial == m_serial; });
    if (found == entries.end()) {
        try {
            // Nobody else has them any more: their recorders are gone.
            std::erase_if(entries, [](const auto& entry) { return entry.log.use_count() == 1; });
            entries.reserve(entries.size() + 1);
            auto log = std::make_shared<detail::ThreadLog>(*m_pool);
            const std::lock_guard lock(m_newLogsMutex);
            m_newLogs.push_back(log);
            found = entries.insert(entries.end(), {m_serial, std::move(log)});
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
    }
    t_last = {m_serial, found->log.get()};
    return t_last.log;
}

/// For what a thread still records after its thread-local objects are gone, from the destructor of
/// another one.
void Recorder::recordWithoutThread(const OperationRecord& record) noexcept
{
    const std::lock_guard lock(m_lateMutex);
    if (!m_lateLog->append(record))
        m_lost.fetch_add(1, std::memory_order_relaxed);
}

void Recorder::callWake() noexcept
{
    if (!m_wakeArmed.exchange(false))
        return;
    const std::lock_guard lock(m_wakeMutex);
    if (m_wake)
        m_wake();
}

void Recorder::setWake(std::function<void()> wake)
{
    const std::lock_guard lock(m_wakeMutex);
    m_wake = std::move(wake);
    m_wakeArmed.store(m_wake != nullptr);
}

void Recorder::armWake()
{
    const std::lock_guard lock(m_wakeMutex);
    m_wakeArmed.store(m_wake != nullptr);
}

void Recorder::adoptNewLogs()
{
    const std::lock_guard lock(m_newLogsMutex);
    m_readers.reserve(m_readers.size() + m_newLogs.size());
    for (std::shared_ptr<detail::ThreadLog>& log : m_newLogs)
        m_readers.push_back({std::move(log)});
    m_newLogs.clear();
}

DrainResult Recorder::drain(const Sink& sink)
{
    // Before anything is read: what comes after the reading must wake again.
    armWake();
    adoptNewLogs();
    for (Reader& reader : m_readers) {
        reader.ended = reader.log->retired();
        reader.log->limitToNow();
        reader.caughtUp = false;
    }

    DrainResult result;
    for (bool found = true; found && !result.more;) {
        found = false;
        for (std::size_t i = 0; i < m_readers.size() && !result.more; ++i) {
            Reader& reader = m_readers[i];
            if (reader.caughtUp)
                continue;
            const std::span<const OperationRecord> run = reader.log->read();
            if (run.empty()) {
                reader.caughtUp = true;
                continue;
            }
            found = true;
            result.records += run.size();
            result.more = !sink(run);
            reader.caughtUp = !reader.log->consume(run.size());
            if (result.more) // The next drain begins with the next thread: none starves.
                std::rotate(m_readers.begin(),
                    std::next(m_readers.begin(), static_cast<std::ptrdiff_t>(i + 1)),
                    m_readers.end());
        }
    }
    dropEndedLogs();
    return result;
}

void Recorder::dropEndedLogs()
{
    std::erase_if(m_readers, [](const Reader& reader) {
        const bool done = reader.ended && reader.caughtUp;
        if (done)
            reader.log->giveBack();
        return done;
    });
}

std::size_t Recorder::memoryBytes() const noexcept
{
    return m_pool->memoryBytes();
}

} // namespace swb::trace
