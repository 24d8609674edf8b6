// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/linux/ready_set.h"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <atomic>
#include <thread>
#include <utility>

namespace swb::detail {

/// A thread that runs what is posted to it, and in between tells who waits for a descriptor that it
/// is ready.
///
/// Tasks are those of an asio io_context, first come first served. Looking at the descriptors is
/// one of them, which posts itself again: so neither tasks nor descriptors keep the other waiting.
/// It sleeps only when no task is left.
class Worker {
public:
    using Hold = asio::executor_work_guard<asio::io_context::executor_type>;

    Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Precondition: called once. `number` is for the thread's name.
    void start(unsigned number);
    /// Lets the worker run dry: it ends when no task and no Hold is left.
    void finish();
    /// Precondition: finish() was called. Returns at once when it was never started.
    void join();

    /// From any thread.
    template <typename Task> void post(Task&& task)
    {
        asio::post(m_context.get_executor(), std::forward<Task>(task));
        wake();
    }
    /// As long as it exists, tasks may be posted though the engine ends.
    Hold hold() { return asio::make_work_guard(m_context); }

    ReadySet& ready() noexcept { return m_ready; }

private:
    void run();
    void lookLater();
    void look();
    void wake() noexcept;

    asio::io_context m_context{1}; // one thread runs it
    Hold m_work{m_context.get_executor()};
    ReadySet m_ready;
    std::thread m_thread;
    // The sleeper says so and then looks for tasks; who posts says so and then looks for a sleeper.
    std::atomic<bool> m_asleep{false};
    std::atomic<bool> m_posted{false};
    std::atomic<bool> m_finishing{false};
};

} // namespace swb::detail
