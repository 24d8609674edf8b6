// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace swb::detail {

/// A mutex of four bytes that calls no library while nobody else wants it. Each socket and each
/// args has several: the C++ library's takes 40 bytes, and some 10 ns more for lock and unlock.
///
/// Satisfies Lockable. Not recursive, not fair; who waits sleeps.
class SmallMutex {
public:
    SmallMutex() = default;
    SmallMutex(const SmallMutex&) = delete;
    SmallMutex& operator=(const SmallMutex&) = delete;

    void lock() noexcept
    {
        if (!try_lock())
            waitForIt();
    }
    bool try_lock() noexcept
    {
        auto state = kFree;
        return m_state.compare_exchange_strong(
            state, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
    }
    void unlock() noexcept
    {
        // Another thread may destroy the mutex as soon as it is free; to notify needs its address
        // only.
        if (m_state.exchange(kFree, std::memory_order_release) == kWanted)
            m_state.notify_one();
    }

private:
    static constexpr std::uint32_t kFree = 0;
    static constexpr std::uint32_t kHeld = 1;
    static constexpr std::uint32_t kWanted = 2; ///< Held, and somebody may sleep.

    void waitForIt() noexcept
    {
        // Whoever has slept takes it as wanted: others may sleep still.
        while (m_state.exchange(kWanted, std::memory_order_acquire) != kFree)
            m_state.wait(kWanted, std::memory_order_relaxed);
    }

    std::atomic<std::uint32_t> m_state{kFree};
};

/// What the engine's objects lock. ThreadSanitizer finds wrong orders of locks among the C++
/// library's only.
#if defined(__SANITIZE_THREAD__)
using Mutex = std::mutex;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
using Mutex = std::mutex;
#else
using Mutex = SmallMutex;
#endif
#else
using Mutex = SmallMutex;
#endif

} // namespace swb::detail
