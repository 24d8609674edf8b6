// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/operation_record.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace swb::trace {

namespace detail {
class ChunkPool;
class ThreadLog;
} // namespace detail

struct RecorderOptions {
    /// Most memory for records that wait to be drained. Beyond it records are lost, and counted.
    std::size_t maxWaitingBytes = std::size_t{1} << 30;
};

/// What one Recorder::drain did.
struct DrainResult {
    std::size_t records = 0;
    bool more = false; ///< The sink ended it early: there may be more to take.
};

/// Takes the records of one engine from all its threads and keeps them until one consumer drains
/// them. Each thread writes into a log of its own, made of chunks that go round: recording takes no
/// lock, and, once enough chunks are going round, allocates nothing. When the consumer is late the
/// logs grow.
///
/// **Threads** records come from any threads, which may end at any time. drain() belongs to one
/// consumer at a time; the other members are for any thread.
/// **Lifetime** must outlive the engine. What was not drained is gone with it.
/// **Errors** none while recording: a record for which there is no memory is counted in lost().
class Recorder final : public OperationObserver {
public:
    /// Is given each run of records in the order of their thread; returns false to end the drain
    /// after it.
    using Sink = std::function<bool(std::span<const OperationRecord>)>;

    explicit Recorder(RecorderOptions options = {});
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    void operationStepped(const OperationRecord& record) noexcept override;

    /// `wake` is called, without data, when there is something to drain: at most once between two
    /// drains, on a thread that records. It must be quick and not throw, and not call back into the
    /// recorder. When this returns, the wake set before is neither running nor will be called
    /// again. Drain once after setting it.
    ///
    /// Recording pays for no memory barrier, so a record that races with a drain may neither be
    /// seen by it nor wake. A consumer that sleeps until it is woken looks once more a few
    /// milliseconds after its last drain; one that drains after the engine is gone gets everything.
    void setWake(std::function<void()> wake);

    /// Gives the sink everything recorded before this call and little of what comes meanwhile: each
    /// thread's records in their order, threads in turn by runs of at most a chunk. Ends early when
    /// the sink returns false.
    DrainResult drain(const Sink& sink);

    /// Records for which there was no memory.
    std::uint64_t lost() const noexcept { return m_lost.load(std::memory_order_relaxed); }

    /// Memory of all logs and of the chunks ready for reuse.
    std::size_t memoryBytes() const noexcept;

private:
    struct Reader;

    detail::ThreadLog* findLog() noexcept;
    void recordWithoutThread(const OperationRecord& record) noexcept;
    void callWake() noexcept;
    void armWake();
    void adoptNewLogs();
    void dropEndedLogs();

    const std::uint64_t m_serial; ///< Tells this recorder from an earlier one at the same address.
    std::atomic<bool> m_wakeArmed{false};
    std::atomic<std::uint64_t> m_lost{0};
    std::unique_ptr<detail::ChunkPool> m_pool;

    std::mutex m_wakeMutex;
    std::function<void()> m_wake; ///< Guarded by m_wakeMutex.

    std::mutex m_newLogsMutex;
    std::vector<std::shared_ptr<detail::ThreadLog>> m_newLogs; ///< Guarded by m_newLogsMutex.

    std::mutex m_lateMutex;
    std::shared_ptr<detail::ThreadLog>
        m_lateLog; ///< Written under m_lateMutex: see recordWithoutThread().

    std::vector<Reader> m_readers; ///< The consumer's.
};

} // namespace swb::trace
