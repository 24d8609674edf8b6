// SPDX-License-Identifier: BSL-1.0
#include "engine/net/async_engine.h"

#include "engine/net/detail/engine_state.h"
#include "engine/net/exceptions.h"
#include "engine/net/linux/system_calls.h"
#include "engine/net/thread_id.h"

#include <asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <string>

namespace swb {
namespace detail {

namespace {
void runWorker(Worker& worker, unsigned number)
{
    nameCurrentThread("worker " + std::to_string(number));
    sys::noteThreadTakesNoSignals();
    // An exception from a user's handler leaves run() and ends the program (RET-10).
    worker.context.run();
}
} // namespace

EngineState::EngineState(
    unsigned workerThreads, OperationObserver* observer, std::string mountTable)
    : m_observer(observer)
    , m_mountTable(std::move(mountTable))
{
    const unsigned count
        = workerThreads > 0 ? workerThreads : std::max(1U, std::thread::hardware_concurrency());
    m_workers.reserve(count);
    // Workers take no signals: Ctrl-C and the like belong to the program's own threads, and a
    // SIGPIPE that sendfile raises on a worker stays blocked (SEND-13).
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        for (unsigned i = 0; i < count; ++i) {
            m_workers.push_back(std::make_unique<Worker>());
            Worker& worker = *m_workers.back();
            worker.thread = std::thread([&worker, i] { runWorker(worker, i + 1); });
        }
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        stop();
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

EngineState::~EngineState() = default;

void EngineState::stop()
{
    MemberList members;
    {
        const std::lock_guard lock(m_membersMutex);
        m_stopping = true;
        members = m_members;
    }
    for (const auto& weak : members) {
        if (const auto member = weak.lock())
            member->engineStopping();
    }
    for (const auto& worker : m_workers) {
        asio::post(worker->context.get_executor(), [&ready = worker->ready] { ready.stop(); });
        worker->work.reset();
    }
    for (const auto& worker : m_workers) {
        if (worker->thread.joinable())
            worker->thread.join();
    }
}

Worker& EngineState::assignWorker() noexcept
{
    return *m_workers[m_nextWorker.fetch_add(1, std::memory_order_relaxed) % m_workers.size()];
}

EngineState::MemberList::iterator EngineState::addMember(std::weak_ptr<EngineMember> member)
{
    const std::lock_guard lock(m_membersMutex);
    if (m_stopping)
        throw ObjectDisposedException("AsyncEngine");
    return m_members.insert(m_members.end(), std::move(member));
}

void EngineState::removeMember(MemberList::iterator position)
{
    const std::lock_guard lock(m_membersMutex);
    m_members.erase(position);
}

std::vector<SocketHealth> EngineState::health(std::span<const std::uint32_t> ids)
{
    // The sockets are asked without the lock: a socket that goes takes it.
    std::vector<std::shared_ptr<EngineMember>> members;
    {
        const std::lock_guard lock(m_membersMutex);
        members.reserve(m_members.size());
        for (const auto& weak : m_members) {
            if (auto member = weak.lock())
                members.push_back(std::move(member));
        }
    }
    std::vector<SocketHealth> found;
    found.reserve(ids.size());
    for (const auto& member : members)
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
