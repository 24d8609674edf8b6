// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace swb::detail {

/// Room for one asynchronous handler at a time, so that waiting does not allocate. A second one at
/// the same time (rare: after a descriptor was replaced) takes the heap.
class HandlerMemory {
public:
    HandlerMemory() = default;
    HandlerMemory(const HandlerMemory&) = delete;
    HandlerMemory& operator=(const HandlerMemory&) = delete;

    void* allocate(std::size_t size)
    {
        if (size <= sizeof m_storage && !m_used.exchange(true, std::memory_order_acquire))
            return m_storage;
        return ::operator new(size);
    }
    void deallocate(void* pointer) noexcept
    {
        if (pointer == m_storage)
            m_used.store(false, std::memory_order_release);
        else
            ::operator delete(pointer);
    }

private:
    alignas(std::max_align_t) std::byte m_storage[176];
    std::atomic<bool> m_used{false};
};

/// An allocator over HandlerMemory, for asio.
template <typename T> class HandlerAllocator {
public:
    using value_type = T;
    explicit HandlerAllocator(HandlerMemory& memory) noexcept
        : m_memory(&memory)
    {
    }
    template <typename U>
    HandlerAllocator(const HandlerAllocator<U>& other) noexcept
        : m_memory(other.memory())
    {
    }
    T* allocate(std::size_t n) { return static_cast<T*>(m_memory->allocate(n * sizeof(T))); }
    void deallocate(T* pointer, std::size_t) noexcept { m_memory->deallocate(pointer); }
    HandlerMemory* memory() const noexcept { return m_memory; }
    template <typename U> bool operator==(const HandlerAllocator<U>& other) const noexcept
    {
        return m_memory == other.memory();
    }

private:
    HandlerMemory* m_memory;
};

/// A descriptor's registration with a worker's reactor, made at the first call that would block and
/// not before. Does not own the descriptor.
///
/// **Threads** not thread-safe: the socket calls it under a lock. Handlers run on the worker, with
/// an error when the registration is destroyed.
class Readiness {
public:
    Readiness(asio::io_context& context, int fd, asio::error_code& error)
        : m_descriptor(context)
    {
        m_descriptor.assign(fd, error);
    }
    ~Readiness()
    {
        if (m_descriptor.is_open())
            m_descriptor.release();
    }
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    template <typename Handler> void waitReadable(Handler&& handler)
    {
        m_descriptor.async_wait(Descriptor::wait_read, std::forward<Handler>(handler));
    }
    template <typename Handler> void waitWritable(Handler&& handler)
    {
        m_descriptor.async_wait(Descriptor::wait_write, std::forward<Handler>(handler));
    }

private:
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
    Descriptor m_descriptor;
};

} // namespace swb::detail
