// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/worker.h"

#include "engine/net/thread_id.h"

#include <string>

namespace swb::detail {

void Worker::start(unsigned number)
{
    m_thread = std::thread([this, number] {
        nameCurrentThread("worker " + std::to_string(number));
        sys::noteThreadTakesNoSignals();
        run();
    });
}

void Worker::run()
{
    lookLater();
    // An exception from a user's handler leaves run() and ends the program (RET-10).
    m_context.run();
}

void Worker::finish()
{
    m_finishing.store(true, std::memory_order_release);
    m_work.reset();
    wake();
}

void Worker::join()
{
    if (m_thread.joinable())
        m_thread.join();
}

void Worker::lookLater()
{
    m_posted.store(false);
    asio::post(m_context.get_executor(), [this] { look(); });
}

void Worker::look()
{
    if (m_finishing.load(std::memory_order_acquire))
        return;
    m_asleep.store(true);
    const bool othersWait = m_posted.load();
    if (othersWait)
        m_asleep.store(false, std::memory_order_relaxed);
    m_ready.tellTargets(!othersWait);
    m_asleep.store(false, std::memory_order_relaxed);
    lookLater();
}

void Worker::wake() noexcept
{
    m_posted.store(true);
    if (m_asleep.load() && m_asleep.exchange(false))
        m_ready.interrupt();
}

} // namespace swb::detail
