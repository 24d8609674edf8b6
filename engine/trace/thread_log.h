// SPDX-License-Identifier: BSL-1.0
/// Inside the recorder: the log of one thread. Not for others.
#pragma once

#include "engine/trace/operation_record.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace swb::trace::detail {

inline constexpr std::size_t kCacheLine = 64;

/// The line of the cache is wanted by this processor alone, soon. `address` may be anything.
inline void prefetchForWriting(const void* address) noexcept
{
#if defined(__x86_64__)
    // What the compiler makes of __builtin_prefetch fetches a line that must be asked for again
    // when it is written. Processors without the instruction ignore it.
    asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#else
    __builtin_prefetch(address, 1);
#endif
}

/// A piece of a log. Written by one thread, read by one other.
struct Chunk {
    static constexpr std::uint32_t kRecords
        = 1024; ///< 80 KiB: enough to make changing chunks cheap.

    std::atomic<Chunk*> next{nullptr};
    std::atomic<std::uint32_t> published{0}; ///< Records before this index may be read.
    alignas(kCacheLine) std::array<OperationRecord, kRecords> records;
};

/// Gives out chunks and takes them back, so that in the steady state none is allocated.
///
/// **Threads** any. No locks: the slots are exchanged one by one, so there is nothing to wait for.
class ChunkPool {
public:
    explicit ChunkPool(std::size_t maxBytes) noexcept;
    ~ChunkPool();
    ChunkPool(const ChunkPool&) = delete;
    ChunkPool& operator=(const ChunkPool&) = delete;

    /// An empty chunk; null when the limit is reached or there is no memory.
    Chunk* take() noexcept;
    /// Takes over a chunk nobody uses any more.
    void give(Chunk* chunk) noexcept;

    std::size_t memoryBytes() const noexcept
    {
        return m_count.load(std::memory_order_relaxed) * sizeof(Chunk);
    }

private:
    static constexpr std::size_t kSlots
        = 64; ///< Kept for reuse, 5 MiB; what a burst needed beyond it is freed.

    const std::size_t m_maxChunks;
    std::atomic<std::size_t> m_count{0}; ///< In use and in slots.
    std::array<std::atomic<Chunk*>, kSlots> m_slots{};
};

/// The records of one thread in order: a queue with one writer and one reader.
///
/// **Threads** append() and retire() the writer's; the others the reader's.
class ThreadLog {
public:
    explicit ThreadLog(ChunkPool& pool) noexcept;
    ThreadLog(const ThreadLog&) = delete;
    ThreadLog& operator=(const ThreadLog&) = delete;
    ~ThreadLog() = default;

    /// False: there was no memory for it.
    bool append(const OperationRecord& record) noexcept
    {
        if (m_used == Chunk::kRecords && !nextChunk())
            return false;
        m_write->records[m_used] = record;
        m_write->published.store(++m_used, std::memory_order_release);
        // The reader had the chunk before. Its lines are fetched ahead, or the operation's next
        // locked instruction would wait for them: 15 ns of the 90 that recording costs.
        prefetchForWriting(&m_write->records[std::min(m_used + kAhead, Chunk::kRecords - 1)]);
        return true;
    }

    /// The writer's thread ends.
    void retire() noexcept { m_retired.store(true, std::memory_order_release); }
    /// True: whatever read() gives from now on is all there will ever be.
    bool retired() const noexcept { return m_retired.load(std::memory_order_acquire); }

    /// The reader's next run of reading ends with the chunk that the writer is at now: a writer
    /// that is quicker than the reader would be chased for ever.
    void limitToNow() noexcept { m_lastChunk = m_chunksStarted.load(std::memory_order_relaxed); }
    /// What can be read in one piece, within the limit; empty when all of it was read. Valid until
    /// consume().
    std::span<const OperationRecord> read() noexcept;
    /// Forgets the first `count` of them. False: that was all within the limit.
    bool consume(std::size_t count) noexcept;

    /// Gives back all chunks. Neither side may be at work.
    void giveBack() noexcept;

private:
    static constexpr std::uint32_t kAhead = 4; ///< Records.
    bool nextChunk() noexcept;

    ChunkPool& m_pool;
    // The writer's.
    Chunk* m_write = nullptr;
    std::uint32_t m_used = Chunk::kRecords; ///< Of m_write; full also when there is none yet.
    std::atomic<bool> m_retired{false};
    std::atomic<std::uint64_t> m_chunksStarted{0};
    std::atomic<Chunk*> m_first{nullptr}; ///< Handed over once, when the writer made it.
    // The reader's, on a line of its own: both sides are written all the time.
    alignas(kCacheLine) Chunk* m_read = nullptr;
    std::uint32_t m_taken = 0; ///< Of m_read.
    std::uint64_t m_readChunk = 0; ///< m_read is the first, second, ... of the log.
    std::uint64_t m_lastChunk = 0; ///< The limit.
};

} // namespace swb::trace::detail
