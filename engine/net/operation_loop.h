// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_async_event_args.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace swb {

/// Runs one operation after another on one SocketAsyncEventArgs and treats "returned false" and
/// "Completed was raised" alike: every operation that ended is handled in one place, exactly once,
/// and a long run of synchronous completions neither recurses nor loses one.
///
/// ```cpp
/// OperationLoop loop(
///     e, [&] { return socket.receiveAsync(e); }, // starts the next operation
///     [&](SocketAsyncEventArgs& done) { return consume(done); }); // false: the loop has ended
/// loop.run();
/// ```
///
/// **Threads** run() on any thread, once; `start` and `ended` then run on that thread or on a
/// worker, never two at a time. The destructor may run on any thread, also inside the two
/// functions; elsewhere it waits for the one that is running.
/// **Lifetime** the args, and what the functions refer to, must outlive the loop. Destroying the
/// loop while an operation is pending is safe: the operation goes on, its end is not handled, and
/// neither function runs any more.
/// **Errors** an exception from `start` or `ended` leaves run(), or on a worker ends the program
/// like any exception from a handler (RET-10).
class OperationLoop {
public:
    /// Starts an operation and returns what the Async call returned.
    using Start = std::function<bool()>;
    /// Looks at the operation that has ended; true: start the next one.
    using Ended = std::function<bool(SocketAsyncEventArgs&)>;

    OperationLoop(SocketAsyncEventArgs& args, Start start, Ended ended)
        : m_args(args)
        , m_state(std::make_shared<State>(std::move(start), std::move(ended)))
        , m_handler(args.onCompleted([state = m_state](Socket&, SocketAsyncEventArgs& e) {
            const Inside inside(*state);
            if (!state->stopped() && state->handle(e))
                state->run(e);
        }))
    {
    }
    ~OperationLoop()
    {
        m_args.removeCompleted(m_handler);
        m_state->stop();
    }
    OperationLoop(const OperationLoop&) = delete;
    OperationLoop& operator=(const OperationLoop&) = delete;

    /// Starts the first operation, and the next ones for as long as they end at once. Returns when
    /// one is pending or the loop has ended; in the first case a worker goes on.
    void run()
    {
        const auto state = m_state; // `ended` may destroy the loop
        const Inside inside(*state);
        state->run(m_args);
    }

private:
    class State {
    public:
        State(Start start, Ended ended)
            : m_start(std::move(start))
            , m_ended(std::move(ended))
        {
        }

        bool handle(SocketAsyncEventArgs& e) { return m_ended(e) && !stopped(); }
        void run(SocketAsyncEventArgs& e)
        {
            // true: the handler goes on, perhaps already, so nothing may be touched any more.
            while (!m_start()) {
                if (!handle(e))
                    return;
            }
        }

        void enter() noexcept { m_inside.fetch_add(1); }
        void leave() noexcept
        {
            m_inside.fetch_sub(1);
            m_inside.notify_all();
        }
        bool stopped() const noexcept { return m_stopped.load(); }
        /// Sequentially consistent with enter(): one of the two sees the other.
        void stop() noexcept
        {
            m_stopped.store(true);
            const std::uint32_t own = Inside::count(*this);
            for (auto inside = m_inside.load(); inside > own; inside = m_inside.load())
                m_inside.wait(inside);
        }

    private:
        Start m_start;
        Ended m_ended;
        std::atomic<bool> m_stopped{false};
        std::atomic<std::uint32_t> m_inside{0}; ///< Calls of the two functions that may be running.
    };

    /// This thread is inside the functions of a loop; of several, when they nest.
    class Inside {
    public:
        explicit Inside(State& state) noexcept
            : m_state(state)
            , m_outer(t_innermost)
        {
            t_innermost = this;
            state.enter();
        }
        ~Inside()
        {
            t_innermost = m_outer;
            m_state.leave();
        }
        Inside(const Inside&) = delete;
        Inside& operator=(const Inside&) = delete;

        static std::uint32_t count(const State& state) noexcept
        {
            std::uint32_t n = 0;
            for (const Inside* at = t_innermost; at; at = at->m_outer)
                n += &at->m_state == &state ? 1U : 0U;
            return n;
        }

    private:
        State& m_state;
        Inside* m_outer;
        inline static thread_local Inside* t_innermost = nullptr;
    };

    SocketAsyncEventArgs& m_args;
    std::shared_ptr<State> m_state;
    int m_handler;
};

} // namespace swb
