// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/linux/ready_set.h"
#include "engine/net/linux/staging_pipe.h"
#include "engine/net/operation_record.h"
#include "engine/net/socket_health.h"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace swb::detail {

inline std::int64_t steadyNowNs() noexcept
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// One reactor and the thread that runs it.
struct Worker {
    // One thread runs each context, so asio need not wake others (hint 1); posting from other
    // threads stays safe.
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    ReadySet ready{context};
    std::thread thread;
};

/// Something that holds work on a worker and must let go of it when the engine ends.
class EngineMember {
public:
    virtual void engineStopping() noexcept = 0;
    /// Appends its health if it is a socket whose id is among `ids`, which are ascending.
    virtual void addHealth(std::span<const std::uint32_t> ids, std::vector<SocketHealth>& found)
    {
        static_cast<void>(ids);
        static_cast<void>(found);
    }

protected:
    ~EngineMember() = default;
};

/// What outlives the AsyncEngine object while sockets still refer to it.
class EngineState {
public:
    EngineState(unsigned workerThreads, OperationObserver* observer, std::string mountTable);
    ~EngineState();
    EngineState(const EngineState&) = delete;
    EngineState& operator=(const EngineState&) = delete;

    /// Stops every member, lets the workers finish what is left, and joins them.
    /// Precondition: not called on a worker.
    void stop();

    /// The next worker in turn.
    Worker& assignWorker() noexcept;
    std::uint32_t nextSocketId() noexcept
    {
        return m_nextSocketId.fetch_add(1, std::memory_order_relaxed);
    }
    std::uint64_t nextOperationId() noexcept
    {
        return m_nextOperationId.fetch_add(1, std::memory_order_relaxed);
    }
    /// Null when nobody records.
    OperationObserver* observer() const noexcept { return m_observer; }
    StagingPipes& pipes() noexcept { return m_pipes; }
    const std::string& mountTable() const noexcept { return m_mountTable; }
    unsigned workerCount() const noexcept { return static_cast<unsigned>(m_workers.size()); }

    using MemberList = std::list<std::weak_ptr<EngineMember>>;
    /// Throws ObjectDisposedException once the engine is stopping.
    MemberList::iterator addMember(std::weak_ptr<EngineMember> member);
    void removeMember(MemberList::iterator position);
    /// Of those sockets of `ids` (ascending) that still exist.
    std::vector<SocketHealth> health(std::span<const std::uint32_t> ids);

private:
    std::vector<std::unique_ptr<Worker>> m_workers;
    OperationObserver* m_observer;
    const std::string m_mountTable;
    StagingPipes m_pipes;
    std::atomic<unsigned> m_nextWorker{0};
    std::atomic<std::uint32_t> m_nextSocketId{1};
    std::atomic<std::uint64_t> m_nextOperationId{1};

    std::mutex m_membersMutex; // guards the two below
    MemberList m_members;
    bool m_stopping = false;
};

} // namespace swb::detail
