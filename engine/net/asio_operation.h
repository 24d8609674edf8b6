// SPDX-License-Identifier: BSL-1.0
/// For programs that use standalone asio themselves: an operation with any asio completion token,
/// for example `co_await`. The engine keeps its own worker threads beside the program's
/// `asio::io_context`; results come back on the token's own executor.
#pragma once

#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"
#include "engine/net/socket_error.h"

#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

namespace swb {

namespace detail {

/// Where the end of an operation and the handler that waits for it meet; either may come first.
class AsioRendezvous final : public CompletionHook {
public:
    /// What waits, whatever its type.
    class Waiter {
    public:
        Waiter() = default;
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        virtual void complete(std::error_code error, std::uint64_t bytes) = 0;
        /// Destroys it, whatever allocated it.
        virtual void destroy() noexcept = 0;

    protected:
        ~Waiter() = default;
    };
    struct Destroy {
        void operator()(Waiter* waiter) const noexcept { waiter->destroy(); }
    };
    using WaiterPointer = std::unique_ptr<Waiter, Destroy>;

    void ended(const SocketAsyncEventArgs& e) override
    {
        WaiterPointer waiter;
        {
            const std::lock_guard lock(m_mutex);
            m_ended = true;
            if (e.socketError() != SocketError::Success)
                m_error = make_error_code(e.socketError());
            m_bytes = e.bytesTransferred();
            waiter = std::move(m_waiter);
        }
        if (waiter)
            waiter->complete(m_error, m_bytes);
    }

    void wait(WaiterPointer waiter)
    {
        {
            const std::lock_guard lock(m_mutex);
            if (!m_ended) {
                m_waiter = std::move(waiter);
                return;
            }
        }
        waiter->complete(m_error, m_bytes);
    }

private:
    std::mutex m_mutex; // guards the members below; once ended, the results no longer change
    bool m_ended = false;
    std::error_code m_error;
    std::uint64_t m_bytes = 0;
    WaiterPointer m_waiter;
};

template <typename Handler> class AsioWaiter final : public AsioRendezvous::Waiter {
    using Allocator = typename std::allocator_traits<
        asio::associated_allocator_t<Handler>>::template rebind_alloc<AsioWaiter>;
    using Traits = std::allocator_traits<Allocator>;

public:
    explicit AsioWaiter(Handler handler)
        : m_allocator(asio::get_associated_allocator(handler))
        , m_handler(std::move(handler))
        , m_work(asio::make_work_guard(asio::get_associated_executor(m_handler)))
    {
    }

    /// With the handler's own allocator, as asio does it.
    static AsioRendezvous::WaiterPointer make(Handler handler)
    {
        Allocator allocator(asio::get_associated_allocator(handler));
        AsioWaiter* const memory = Traits::allocate(allocator, 1);
        try {
            Traits::construct(allocator, memory, std::move(handler));
        } catch (...) {
            Traits::deallocate(allocator, memory, 1);
            throw;
        }
        return AsioRendezvous::WaiterPointer(memory);
    }
    void destroy() noexcept override
    {
        Allocator allocator = m_allocator; // the handler may have moved on
        Traits::destroy(allocator, this);
        Traits::deallocate(allocator, this, 1);
    }

    /// On its executor, asks `cancel` when the handler's cancellation slot does.
    template <typename Cancel> void cancelBy(Cancel cancel)
    {
        auto slot = asio::get_associated_cancellation_slot(m_handler);
        if (!slot.is_connected())
            return;
        slot.assign([cancel = std::move(cancel)](asio::cancellation_type type) mutable {
            // What was moved so far is told by the count: "partial" in asio's words.
            constexpr auto kUnderstood
                = asio::cancellation_type::terminal | asio::cancellation_type::partial;
            if ((type & kUnderstood) != asio::cancellation_type::none)
                cancel();
        });
    }

    void complete(std::error_code error, std::uint64_t bytes) override
    {
        const auto executor = m_work.get_executor();
        asio::post(executor,
            [handler = std::move(m_handler), work = std::move(m_work), error, bytes]() mutable {
                // From here on the args may be used again: a late request must not meet that.
                auto slot = asio::get_associated_cancellation_slot(handler);
                if (slot.is_connected())
                    slot.clear();
                std::move(handler)(error, bytes);
            });
    }

private:
    Allocator m_allocator;
    Handler m_handler;
    asio::executor_work_guard<asio::associated_executor_t<Handler>> m_work;
};

} // namespace detail

/// Starts an operation at once and completes `token` with `(std::error_code, std::uint64_t
/// bytesTransferred)`, whether the call returned true or false. The error code is that of
/// SocketError; other results are read from `e`.
///
/// `cancel` is called when the token's cancellation slot asks for it, which is what timeouts with
/// asio's awaitable operators do. It must end the operation, if it is still pending, and may find
/// it ended already. With the exact number of bytes so far the token then completes with
/// OperationAborted - or well, when the end came first.
///
/// **Threads** the token completes through its associated executor, never inside this call. The
/// slot must be used on that executor, as always in asio.
/// **Lifetime** `e` and its buffers must live until the token has completed, and the executor's
/// context until then. It costs one allocation, besides what asio takes from its recycled memory.
/// **Errors** the exceptions of the call that `start` makes leave this function, before the token
/// is used; `e` is then free.
template <typename Start, typename Cancel, typename CompletionToken>
auto asyncOperation(SocketAsyncEventArgs& e, Start start, Cancel cancel, CompletionToken&& token)
{
    const auto rendezvous = std::make_shared<detail::AsioRendezvous>();
    detail::CompletionHook::set(e, rendezvous);
    bool pending = false;
    try {
        pending = start();
    } catch (...) {
        detail::CompletionHook::remove(e, *rendezvous);
        throw;
    }
    if (!pending) {
        detail::CompletionHook::remove(e, *rendezvous);
        rendezvous->ended(e);
    }
    return asio::async_initiate<CompletionToken, void(std::error_code, std::uint64_t)>(
        [rendezvous](auto handler, Cancel onCancel) {
            auto waiter = detail::AsioWaiter<decltype(handler)>::make(std::move(handler));
            static_cast<detail::AsioWaiter<decltype(handler)>&>(*waiter).cancelBy(
                std::move(onCancel));
            rendezvous->wait(std::move(waiter));
        },
        token, std::move(cancel));
}

/// An operation of `socket`, as `co_await swb::asyncOperation(socket, &swb::Socket::sendAsync, e,
/// asio::use_awaitable)`. Cancellation of the token is Socket::cancel(): the socket stays usable.
///
/// **Lifetime** with a token that can be cancelled the operation keeps a handle of the socket.
/// Everything else as above.
template <typename CompletionToken>
auto asyncOperation(Socket socket, bool (Socket::*operation)(SocketAsyncEventArgs&),
    SocketAsyncEventArgs& e, CompletionToken&& token)
{
    const auto start = [&] { return (socket.*operation)(e); };
    return asyncOperation(
        e, start, [socket, &e]() mutable { socket.cancel(e); },
        std::forward<CompletionToken>(token));
}

/// Any call that starts an operation on `e`; the token cannot cancel it.
///
/// ```cpp
/// asio::awaitable<void> greet(swb::Socket socket, swb::SocketAsyncEventArgs& e)
/// {
///     const auto sent = co_await swb::asyncOperation(
///         e, [&] { return socket.sendAsync(e); }, asio::use_awaitable);
/// }
/// ```
template <typename Start, typename CompletionToken>
auto asyncOperation(SocketAsyncEventArgs& e, Start start, CompletionToken&& token)
{
    return asyncOperation(
        e, std::move(start), [] {}, std::forward<CompletionToken>(token));
}

} // namespace swb
