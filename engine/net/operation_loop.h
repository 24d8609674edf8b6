// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_async_event_args.h"

#include <functional>
#include <memory>

namespace swb {

/// Runs one operation after another on one SocketAsyncEventArgs and treats "returned false" and
/// "Completed was raised" alike: every operation that ended is handled in one place, exactly once,
/// and a long run of synchronous completions neither recurses nor loses one.
///
/// ```cpp
/// OperationLoop loop(e, [&] { return socket.receiveAsync(e); },          // starts the next
/// operation
///     [&](SocketAsyncEventArgs& done) { return consume(done); });        // false: the loop has
///     ended
/// loop.run();
/// ```
///
/// **Threads** run() on any thread, once; `start` and `ended` then run on that thread or on a
/// worker, never two at a time.
/// **Lifetime** the args, and what the functions refer to, must outlive the loop. Destroying the
/// loop while an operation is pending is safe: that operation's end is then not handled. Do not
/// destroy it on another thread while `ended` runs.
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
        , m_state(std::make_shared<State>(State{std::move(start), std::move(ended)}))
        , m_handler(args.onCompleted([state = m_state](Socket&, SocketAsyncEventArgs& e) {
            if (state->ended(e))
                state->run(e);
        }))
    {
    }
    ~OperationLoop() { m_args.removeCompleted(m_handler); }
    OperationLoop(const OperationLoop&) = delete;
    OperationLoop& operator=(const OperationLoop&) = delete;

    void run() { m_state->run(m_args); }

private:
    struct State {
        Start start;
        Ended ended;

        void run(SocketAsyncEventArgs& e)
        {
            // true: the handler goes on, perhaps already, so nothing may be touched any more.
            while (!start()) {
                if (!ended(e))
                    return;
            }
        }
    };

    SocketAsyncEventArgs& m_args;
    std::shared_ptr<State> m_state;
    int m_handler;
};

} // namespace swb
