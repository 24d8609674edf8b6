// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/detail/small_mutex.h"

#include <atomic>
#include <thread>

namespace swb::detail {

/// A mutex whose busy holder can see that others wait and let them in first. A worker that sends a
/// long file takes it again and again; without this a cancel or a close from another thread could
/// wait for many turns.
class TurnMutex {
public:
    void lock()
    {
        if (m_mutex.try_lock())
            return;
        m_waiting.fetch_add(1, std::memory_order_relaxed);
        m_mutex.lock();
        m_waiting.fetch_sub(1, std::memory_order_relaxed);
    }
    bool try_lock() { return m_mutex.try_lock(); }
    void unlock() { m_mutex.unlock(); }

    /// Precondition: not held by the caller. Gives those who wait a chance to take it; returns soon
    /// in any case.
    void letOthersIn() const
    {
        for (int i = 0; i < 64 && m_waiting.load(std::memory_order_relaxed) > 0; ++i)
            std::this_thread::yield();
    }

private:
    Mutex m_mutex;
    std::atomic<int> m_waiting{0};
};

} // namespace swb::detail
