// SPDX-License-Identifier: BSL-1.0
/// For programs that use standalone asio themselves: an operation with any asio completion token,
/// for example `co_await`. The engine keeps its own worker threads beside the program's
/// `asio::io_context`; results come back on the token's own executor.
#pragma once

#include "engine/net/socket_async_event_args.h"
#include "engine/net/socket_error.h"

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
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
class AsioRendezvous {
public:
    /// What waits, whatever its type.
    class Waiter {
    public:
        Waiter() = default;
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        virtual ~Waiter() = default;
        virtual void complete(std::error_code error, std::uint64_t bytes) = 0;
    };

    void ended(const SocketAsyncEventArgs& e)
    {
        std::unique_ptr<Waiter> waiter;
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

    void wait(std::unique_ptr<Waiter> waiter)
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

    int handlerId = 0; ///< Of the args' handler that ends this.

private:
    std::mutex m_mutex; // guards the members below; once ended, the results no longer change
    bool m_ended = false;
    std::error_code m_error;
    std::uint64_t m_bytes = 0;
    std::unique_ptr<Waiter> m_waiter;
};

template <typename Handler> class AsioWaiter final : public AsioRendezvous::Waiter {
public:
    explicit AsioWaiter(Handler handler)
        : m_handler(std::move(handler))
        , m_work(asio::make_work_guard(asio::get_associated_executor(m_handler)))
    {
    }
    void complete(std::error_code error, std::uint64_t bytes) override
    {
        const auto executor = m_work.get_executor();
        asio::post(executor, [handler = std::move(m_handler), error, bytes]() mutable {
            std::move(handler)(error, bytes);
        });
        m_work.reset();
    }

private:
    Handler m_handler;
    asio::executor_work_guard<asio::associated_executor_t<Handler>> m_work;
};

} // namespace detail

/// Starts an operation at once and completes `token` with `(std::error_code, std::uint64_t
/// bytesTransferred)`, whether the call returned true or false. The error code is that of
/// SocketError; other results are read from `e`.
///
/// ```cpp
/// asio::awaitable<void> greet(swb::Socket socket, swb::SocketAsyncEventArgs& e)
/// {
///     const auto sent = co_await swb::asyncOperation(e, [&] { return socket.sendAsync(e); },
///     asio::use_awaitable);
/// }
/// ```
///
/// **Threads** the token completes through its associated executor, never inside this call.
/// **Lifetime** `e` and its buffers must live until completion.
/// **Errors** the exceptions of the call that `start` makes leave this function, before the token
/// is used; `e` is then free.
template <typename Start, typename CompletionToken>
auto asyncOperation(SocketAsyncEventArgs& e, Start start, CompletionToken&& token)
{
    const auto rendezvous = std::make_shared<detail::AsioRendezvous>();
    // The operation that this is for is the next one to end on these args.
    rendezvous->handlerId = e.onCompleted([rendezvous](Socket&, SocketAsyncEventArgs& args) {
        args.removeCompleted(rendezvous->handlerId);
        rendezvous->ended(args);
    });
    try {
        if (!start()) {
            e.removeCompleted(rendezvous->handlerId);
            rendezvous->ended(e);
        }
    } catch (...) {
        e.removeCompleted(rendezvous->handlerId);
        throw;
    }
    return asio::async_initiate<CompletionToken, void(std::error_code, std::uint64_t)>(
        [rendezvous](auto handler) {
            using Handler = decltype(handler);
            rendezvous->wait(std::make_unique<detail::AsioWaiter<Handler>>(std::move(handler)));
        },
        token);
}

} // namespace swb
