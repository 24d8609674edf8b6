// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deadline.h"

#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace swb::test {

/// What a Completed handler saw.
struct Raised {
    std::thread::id thread;
    std::uint64_t order = 0; ///< 1, 2, 3, ... over all latches of the process.
    std::uint32_t senderId = 0; ///< Socket::id() of the sender; 0 when it was null.
    bool argsWereBusy = false;
    SocketError error = SocketError::Success;
    std::uint64_t bytes = 0;
    SocketAsyncOperation operation = SocketAsyncOperation::None;
};

/// A latch on the Completed event of one args object.
///
/// **Threads** all members from any thread.
/// **Lifetime** may go before the args and before the event: the handler shares the state.
class Completion {
public:
    explicit Completion(SocketAsyncEventArgs& e);

    int count() const;
    /// Waits until the event has been raised `times` in all. False: the deadline passed.
    [[nodiscard]] bool wait(int times = 1, std::chrono::milliseconds deadline = kDeadline) const;
    /// The last event; call it after wait() said true.
    Raised last() const;
    std::vector<Raised> all() const;

private:
    struct State {
        mutable std::mutex mutex;
        mutable std::condition_variable changed;
        std::vector<Raised> raised;
    };
    std::shared_ptr<State> m_state;
};

/// An args object with its latch, as most tests need it.
struct Call {
    SocketAsyncEventArgs e;
    Completion done{e};

    /// Waits for the event if the call said that one will come. False: it did not come.
    [[nodiscard]] bool finished(bool pending) const { return !pending || done.wait(); }
};

/// A latch of its own, for things that are not Completed events.
class Latch {
public:
    void open();
    [[nodiscard]] bool wait(std::chrono::milliseconds deadline = kDeadline) const;

private:
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    bool m_open = false;
};

} // namespace swb::test
