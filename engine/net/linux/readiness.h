// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asio/associated_allocator.hpp>
#include <asio/detail/reactor.hpp>
#include <asio/detail/reactor_op.hpp>
#include <asio/io_context.hpp>

#include <poll.h>

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
    alignas(std::max_align_t) std::byte m_storage[128];
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
/// Asio's public `async_wait` modifies the registration with epoll for every single wait, half a
/// microsecond of the two that a ping-pong would cost more than bare epoll. Its own socket
/// operations need no such call: registered once, edge-triggered, the reactor remembers whether an
/// edge has come since the last attempt. This is such an operation, on the reactor's interface below
/// the public one. Waits for room keep that call: they are dear anyway, and with a small send buffer
/// Linux 6.18 can lose the edge that follows an EAGAIN.
///
/// **Precondition** of waiting for data, but for the first time: a call on the descriptor has
/// answered EAGAIN since the last time. At most one wait of each kind at a time.
/// **Threads** not thread-safe: the socket calls it under a lock. Handlers run on the worker, with
/// an error when the registration is destroyed.
class Readiness {
public:
    Readiness(asio::io_context& context, int fd, asio::error_code& error)
        : m_reactor(asio::use_service<asio::detail::reactor>(context))
        , m_fd(fd)
    {
        m_reactor.init_task();
        if (const int failed = m_reactor.register_descriptor(fd, m_data); failed != 0)
            error.assign(failed, asio::error::get_system_category());
    }
    ~Readiness()
    {
        m_reactor.deregister_descriptor(m_fd, m_data, false);
        m_reactor.cleanup_descriptor_data(m_data);
    }
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    template <typename Handler> void waitReadable(Handler handler)
    {
        Wait<Handler>::start(*this, asio::detail::reactor::read_op, std::move(handler));
    }
    template <typename Handler> void waitWritable(Handler handler)
    {
        Wait<Handler>::start(*this, asio::detail::reactor::write_op, std::move(handler));
    }

private:
    template <typename Handler> class Wait final : public asio::detail::reactor_op {
    public:
        using Allocator = typename std::allocator_traits<
            asio::associated_allocator_t<Handler>>::template rebind_alloc<Wait>;

        static void start(Readiness& readiness, int kind, Handler handler)
        {
            const bool trustEdges = kind == asio::detail::reactor::read_op;
            Allocator allocator(asio::get_associated_allocator(handler));
            auto* const wait = new (allocator.allocate(1)) Wait(readiness, std::move(handler));
            if (trustEdges)
                readiness.m_startingRead.store(true, std::memory_order_relaxed);
            readiness.m_reactor.start_op(
                kind, readiness.m_fd, readiness.m_data, wait, false, trustEdges);
            if (trustEdges)
                readiness.m_startingRead.store(false, std::memory_order_relaxed);
        }

    private:
        Wait(Readiness& readiness, Handler handler)
            : reactor_op(asio::error_code(), &perform, &complete)
            , m_readiness(readiness)
            , m_handler(std::move(handler))
        {
        }

        /// Under the reactor's lock of the descriptor: at an edge, and at the start when an edge has
        /// come since the last one that was waited for, which may mean data that is read already.
        static status perform(reactor_op* base)
        {
            const auto& self = *static_cast<Wait*>(base);
            if (self.m_readiness.m_startingRead.load(std::memory_order_relaxed)) {
                pollfd state{self.m_readiness.m_fd, POLLIN, 0};
                if (::poll(&state, 1, 0) == 0)
                    return not_done;
            }
            return done_and_exhausted;
        }

        static void complete(void* owner, asio::detail::operation* base, const asio::error_code&,
            std::size_t /*bytes*/)
        {
            auto* const self = static_cast<Wait*>(base);
            Handler handler(std::move(self->m_handler));
            const asio::error_code error = self->ec_;
            Allocator allocator(asio::get_associated_allocator(handler));
            self->~Wait();
            allocator.deallocate(self, 1);
            if (owner) // null: the context is being destroyed
                handler(error);
        }

        Readiness& m_readiness; ///< Lives for as long as this is queued with the reactor.
        Handler m_handler;
    };

    asio::detail::reactor& m_reactor;
    const int m_fd;
    asio::detail::reactor::per_descriptor_data m_data = nullptr;
    std::atomic<bool> m_startingRead{false}; ///< Whichever value is read, no readiness is missed.
};

} // namespace swb::detail
