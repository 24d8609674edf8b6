// SPDX-License-Identifier: BSL-1.0
#include "engine/net/engine_timer.h"

#include "engine/net/async_engine.h"
#include "engine/net/detail/engine_state.h"

#include <asio/steady_timer.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace swb {

class EngineTimer::Impl final : public detail::EngineMember,
                                public std::enable_shared_from_this<Impl> {
public:
    explicit Impl(std::shared_ptr<detail::EngineState> engine)
        : m_engine(std::move(engine))
        , m_worker(m_engine->assignWorker())
        , m_timer(m_engine->clock())
    {
    }
    ~Impl() override { m_engine->removeMember(*this); }

    /// Second half of construction; needs the shared_ptr.
    void join() { m_engine->addMember(*this); }

    void expireAfter(std::chrono::nanoseconds delay, std::function<void()> callback)
    {
        std::unique_lock lock(m_mutex);
        if (m_stopped)
            return;
        m_callback = std::move(callback);
        const auto generation = ++m_generation;
        m_timer.expires_after(delay);
        m_timer.async_wait([self = shared_from_this(), generation](const asio::error_code& error) {
            if (!error)
                self->m_worker.post([self, generation] { self->fire(generation); });
        });
    }

    void cancel()
    {
        std::unique_lock lock(m_mutex);
        const auto callback = forget();
        std::function<void()> setMeanwhile;
        if (m_runningOn != std::this_thread::get_id() && m_runningOn != std::thread::id{}) {
            m_idle.wait(lock, [this] { return m_runningOn == std::thread::id{}; });
            setMeanwhile = forget(); // by the callback, for its next time
        }
        lock.unlock(); // what the callbacks captured goes without the lock
    }

    void engineStopping() noexcept override
    {
        {
            const std::lock_guard lock(m_mutex);
            m_stopped = true;
        }
        cancel();
    }

private:
    std::shared_ptr<EngineMember> self() noexcept override { return weak_from_this().lock(); }
    /// Precondition: m_mutex is held.
    std::function<void()> forget()
    {
        ++m_generation;
        m_timer.cancel();
        return std::exchange(m_callback, nullptr);
    }

    void fire(std::uint64_t generation)
    {
        std::function<void()> callback;
        {
            const std::lock_guard lock(m_mutex);
            if (generation != m_generation || !m_callback)
                return;
            callback = std::exchange(m_callback, nullptr);
            m_runningOn = std::this_thread::get_id();
        }
        callback();
        callback = nullptr; // what it captured goes before cancel() may return
        {
            const std::lock_guard lock(m_mutex);
            m_runningOn = {};
        }
        m_idle.notify_all();
    }

    std::shared_ptr<detail::EngineState> m_engine;
    detail::Worker& m_worker;
    std::mutex m_mutex; // guards everything below
    std::condition_variable m_idle;
    asio::steady_timer m_timer;
    std::function<void()> m_callback;
    std::uint64_t m_generation = 0;
    std::thread::id m_runningOn;
    bool m_stopped = false;
};

EngineTimer::EngineTimer(AsyncEngine& engine)
    : m_impl(std::make_shared<Impl>(engine.m_state))
{
    m_impl->join();
}

EngineTimer::~EngineTimer()
{
    m_impl->cancel();
}

void EngineTimer::expireAfter(std::chrono::nanoseconds delay, std::function<void()> callback)
{
    m_impl->expireAfter(delay, std::move(callback));
}

void EngineTimer::cancel()
{
    m_impl->cancel();
}

} // namespace swb
