// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/thread_log.h"

#include <algorithm>
#include <new>

namespace swb::trace::detail {

ChunkPool::ChunkPool(std::size_t maxBytes) noexcept
    : m_maxChunks(std::max<std::size_t>(1, maxBytes / sizeof(Chunk)))
{
}

ChunkPool::~ChunkPool()
{
    for (std::atomic<Chunk*>& slot : m_slots)
        delete slot.load(std::memory_order_relaxed);
}

Chunk* ChunkPool::take() noexcept
{
    for (std::atomic<Chunk*>& slot : m_slots) {
        if (slot.load(std::memory_order_relaxed) == nullptr)
            continue;
        if (Chunk* chunk = slot.exchange(nullptr, std::memory_order_acquire))
            return chunk;
    }
    if (m_count.fetch_add(1, std::memory_order_relaxed) < m_maxChunks) {
        if (Chunk* chunk = new (std::nothrow) Chunk)
            return chunk;
    }
    m_count.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
}

void ChunkPool::give(Chunk* chunk) noexcept
{
    chunk->next.store(nullptr, std::memory_order_relaxed);
    chunk->published.store(0, std::memory_order_relaxed);
    for (std::atomic<Chunk*>& slot : m_slots) {
        Chunk* empty = nullptr;
        if (slot.load(std::memory_order_relaxed) == nullptr
            && slot.compare_exchange_strong(
                empty, chunk, std::memory_order_release, std::memory_order_relaxed))
            return;
    }
    delete chunk;
    m_count.fetch_sub(1, std::memory_order_relaxed);
}

ThreadLog::ThreadLog(ChunkPool& pool) noexcept
    : m_pool(pool)
{
}

bool ThreadLog::nextChunk() noexcept
{
    Chunk* chunk = m_pool.take();
    if (chunk == nullptr)
        return false;
    // The last the writer does with the full chunk: from here on the reader may give it back.
    (m_write != nullptr ? m_write->next : m_first).store(chunk, std::memory_order_release);
    m_write = chunk;
    m_used = 0;
    m_chunksStarted.store(
        m_chunksStarted.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return true;
}

std::span<const OperationRecord> ThreadLog::read() noexcept
{
    const bool atEndOfChunk = m_read == nullptr || m_taken == Chunk::kRecords;
    if (atEndOfChunk) {
        if (m_readChunk >= m_lastChunk)
            return {};
        Chunk* next = (m_read != nullptr ? m_read->next : m_first).load(std::memory_order_acquire);
        if (next == nullptr)
            return {};
        if (m_read != nullptr)
            m_pool.give(m_read);
        m_read = next;
        m_taken = 0;
        ++m_readChunk;
    }
    const std::uint32_t published = m_read->published.load(std::memory_order_acquire);
    return {m_read->records.data() + m_taken, published - m_taken};
}

bool ThreadLog::consume(std::size_t count) noexcept
{
    m_taken += static_cast<std::uint32_t>(count);
    // A chunk that is not full was read up to the writer's position.
    return m_taken == Chunk::kRecords && m_readChunk < m_lastChunk;
}

void ThreadLog::giveBack() noexcept
{
    if (m_read == nullptr)
        m_read = m_first.load(std::memory_order_acquire);
    while (m_read != nullptr) {
        Chunk* next = m_read->next.load(std::memory_order_acquire);
        m_pool.give(m_read);
        m_read = next;
    }
    m_write = nullptr;
    m_used = Chunk::kRecords;
    m_first.store(nullptr, std::memory_order_relaxed);
    m_taken = 0;
}

} // namespace swb::trace::detail
