// SPDX-License-Identifier: BSL-1.0
#include "engine/net/async_engine.h"

#include "engine/net/detail/engine_state.h"
#include "engine/net/exceptions.h"
#include "engine/net/linux/system_calls.h"
#include "engine/net/thread_id.h"

#include <algorithm>
#include <string>
#include <utility>

namespace swb {
namespace detail {

asio::io_context& Clock::context()
{
    const std::lock_guard lock(m_mutex);
    // Whoever comes when the engine has ended finds that out next, and sets no timer.
    if (!m_finished && !m_thread.joinable()) {
        const sys::SignalBlock quiet;
        m_thread = std::thread([this] {
            nameCurrentThread("clock");
            m_context.run();
        });
    }
    return m_context;
}

void Clock::finish()
{
    std::thread thread;
    {
        const std::lock_guard lock(m_mutex);
        m_finished = true;
        thread = std::move(m_thread);
    }
    m_work.reset();
    if (thread.joinable())
        thread.join();
}

EngineState::EngineState(
    unsigned workerThreads, OperationObserver* observer, std::string mountTable)
    : m_observer(observer)
    , m_mountTable(std::move(mountTable))
{
    const unsigned count
        = workerThreads > 0 ? workerThreads : std::max(1U, std::thread::hardware_concurrency());
    m_workers.reserve(count);
    const sys::SignalBlock quiet;
    try {
        for (unsigned i = 0; i < count; ++i) {
            m_workers.push_back(std::make_unique<Worker>());
            m_workers.back()->start(i + 1);
        }
    } catch (...) {
        stop();
        throw;
    }
}

EngineState::~EngineState() = default;

void EngineState::stop()
{
    {
        const std::lock_guard lock(m_membersMutex);
        m_stopping = true;
    }
    for (const auto& member : members())
        member->engineStopping();
    m_clock.finish(); // first: its handlers post to workers
    for (const auto& worker : m_workers)
        worker->finish();
    for (const auto& worker : m_workers)
        worker->join();
}

Worker& EngineState::assignWorker() noexcept
{
    return *m_workers[m_nextWorker.fetch_add(1, std::memory_order_relaxed) % m_workers.size()];
}

void EngineState::addMember(EngineMember& member)
{
    const std::lock_guard lock(m_membersMutex);
    if (m_stopping)
        throw ObjectDisposedException("AsyncEngine");
    member.m_isMember = true;
    member.m_previous = std::exchange(m_lastMember, &member);
    (member.m_previous ? member.m_previous->m_next : m_firstMember) = &member;
}

void EngineState::removeMember(EngineMember& member) noexcept
{
    const std::lock_guard lock(m_membersMutex);
    if (!std::exchange(member.m_isMember, false))
        return;
    (member.m_next ? member.m_next->m_previous : m_lastMember) = member.m_previous;
    (member.m_previous ? member.m_previous->m_next : m_firstMember) = member.m_next;
}

/// They are used without the lock: one that goes takes it.
std::vector<std::shared_ptr<EngineMember>> EngineState::members()
{
    std::vector<std::shared_ptr<EngineMember>> members;
    const std::lock_guard lock(m_membersMutex);
    for (EngineMember* each = m_firstMember; each; each = each->m_next) {
        if (auto self = each->self())
            members.push_back(std::move(self));
    }
    return members;
}

std::vector<SocketHealth> EngineState::health(std::span<const std::uint32_t> ids)
{
    std::vector<SocketHealth> found;
    found.reserve(ids.size());
    for (const auto& member : members())
        member->addHealth(ids, found);
    return found;
}

} // namespace detail

AsyncEngine::AsyncEngine(EngineOptions options)
    : m_state(std::make_shared<detail::EngineState>(
        options.workerThreads, options.observer, std::move(options.mountTable)))
{
}

AsyncEngine::~AsyncEngine()
{
    m_state->stop();
}

std::vector<SocketHealth> AsyncEngine::socketHealth(std::span<const std::uint32_t> socketIds) const
{
    return m_state->health(socketIds);
}

unsigned AsyncEngine::workerThreads() const noexcept
{
    return m_state->workerCount();
}

} // namespace swb
