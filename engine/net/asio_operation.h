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
#include <optional>
#include <system_error>
#include <utility>

namespace swb {

/// Starts an operation and completes `token` with `(std::error_code, std::uint64_t
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
/// **Errors** the exceptions of the call that `start` makes leave this function, or the `co_await`;
/// `e` is then free.
template <typename Start, typename CompletionToken>
auto asyncOperation(SocketAsyncEventArgs& e, Start start, CompletionToken&& token)
{
    return asio::async_initiate<CompletionToken, void(std::error_code, std::uint64_t)>(
        [&e, start = std::move(start)](auto handler) mutable {
            using Handler = decltype(handler);
            auto executor = asio::get_associated_executor(handler);
            struct State {
                Handler handler;
                decltype(asio::make_work_guard(executor)) work;
                int id = 0;
            };
            auto state = std::make_shared<State>(
                State{std::move(handler), asio::make_work_guard(executor)});
            const auto finish = [](const std::shared_ptr<State>& done, SocketAsyncEventArgs& args) {
                args.removeCompleted(done->id);
                const std::error_code error = args.socketError() == SocketError::Success
                    ? std::error_code()
                    : make_error_code(args.socketError());
                const auto target = done->work.get_executor();
                asio::post(target, [done = done, error, bytes = args.bytesTransferred()]() mutable {
                    auto callback = std::move(done->handler);
                    done->work.reset();
                    done.reset();
                    std::move(callback)(error, bytes);
                });
            };
            state->id = e.onCompleted(
                [state, finish](Socket&, SocketAsyncEventArgs& args) { finish(state, args); });
            bool pending = false;
            try {
                pending = start();
            } catch (...) {
                e.removeCompleted(state->id);
                throw;
            }
            if (!pending)
                finish(state, e);
        },
        token);
}

} // namespace swb
