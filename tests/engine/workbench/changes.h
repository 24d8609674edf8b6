// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "tests/support/deadline.h"

namespace swb::test {

/// A "changed" callback that a test can wait for.
///
/// **Threads** all members from any thread. **Lifetime** the callback shares the state.
class Changes {
public:
    std::function<void()> callback() const
    {
        return [state = m_state] {
            const std::scoped_lock lock(state->mutex);
            ++state->count;
            state->raised.notify_all();
        };
    }

    /// Waits until `condition`, asked after every change, holds. False: the deadline passed.
    template <typename Condition> [[nodiscard]] bool until(Condition condition) const
    {
        const auto deadline = std::chrono::steady_clock::now() + kDeadline;
        while (true) {
            const std::size_t seen = count();
            if (condition())
                return true;
            std::unique_lock lock(m_state->mutex);
            const bool again = m_state->raised.wait_until(
                lock, deadline, [&] { return m_state->count != seen; });
            if (!again)
                return condition();
        }
    }

    std::size_t count() const
    {
        const std::scoped_lock lock(m_state->mutex);
        return m_state->count;
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable raised;
        std::size_t count = 0; // guarded by mutex
    };
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

} // namespace swb::test
