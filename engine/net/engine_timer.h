// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace swb {

class AsyncEngine;

/// A one-shot timer whose callback runs on one of the engine's workers.
///
/// **Threads** all members from any thread. The destructor and cancel() wait for a callback that is
/// running on another thread; inside the callback itself they do not.
/// **Lifetime** after cancel() or the destructor has returned the callback does not run. It may
/// outlive the engine, whose end cancels it.
class EngineTimer {
public:
    /// **Errors** ObjectDisposedException when the engine is being destroyed.
    explicit EngineTimer(AsyncEngine&);
    ~EngineTimer();
    EngineTimer(const EngineTimer&) = delete;
    EngineTimer& operator=(const EngineTimer&) = delete;

    /// Runs `callback` once after `delay`; replaces what was set before.
    void expireAfter(std::chrono::nanoseconds delay, std::function<void()> callback);
    /// What was set is forgotten; waits for a callback that is running on another thread.
    void cancel();

private:
    class Impl;
    std::shared_ptr<Impl> m_impl;
};

} // namespace swb
