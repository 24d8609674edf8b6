// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/detail/worker.h"
#include "engine/net/linux/staging_pipe.h"
#include "engine/net/operation_record.h"
#include "engine/net/socket_health.h"

#include <asio/io_context.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace swb::detail {

/// The engine's timers: asio's, on a thread of their own, which exists from the first one on. A
/// worker sleeps on its descriptors and could not wait for them too without another system call
/// each time.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

    /// For asio's timers. Their handlers run on the clock's thread, and leave it at once.
    /// **Threads** any. **Errors** std::system_error when there can be no thread.
    asio::io_context& context();
    /// Precondition: all timers are cancelled, and nobody sets one any more.
    void finish();

private:
    asio::io_context m_context{1};
    Worker::Hold m_work{m_context.get_executor()};
    std::mutex m_mutex; // guards the two below
    std::thread m_thread;
    bool m_finished = false;
};

/// Something that holds work on a worker and must let go of it when the engine ends.
class EngineMember {
public:
    EngineMember() = default;
    virtual ~EngineMember() = default;
    EngineMember(const EngineMember&) = delete;
    EngineMember& operator=(const EngineMember&) = delete;

    virtual void engineStopping() noexcept = 0;
    /// Appends its health if it is a socket whose id is among `ids`, which are ascending.
    virtual void addHealth(std::span<const std::uint32_t> ids, std::vector<SocketHealth>& found)
    {
        static_cast<void>(ids);
        static_cast<void>(found);
    }

protected:
    /// Keeps the object for as long as it lives; null when it is being destroyed already.
    virtual std::shared_ptr<EngineMember> self() noexcept = 0;

private:
    friend class EngineState;
    // In the engine's list; guarded by its mutex.
    EngineMember* m_next = nullptr;
    EngineMember* m_previous = nullptr;
    bool m_isMember = false;
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
    asio::io_context& clock() { return m_clock.context(); }
    const std::string& mountTable() const noexcept { return m_mountTable; }
    unsigned workerCount() const noexcept { return static_cast<unsigned>(m_workers.size()); }

    /// Throws ObjectDisposedException once the engine is stopping.
    void addMember(EngineMember& member);
    /// Precondition of a member's destructor.
    void removeMember(EngineMember& member) noexcept;
    /// Of those sockets of `ids` (ascending) that still exist.
    std::vector<SocketHealth> health(std::span<const std::uint32_t> ids);

private:
    std::vector<std::unique_ptr<Worker>> m_workers;
    Clock m_clock;
    OperationObserver* m_observer;
    const std::string m_mountTable;
    StagingPipes m_pipes;
    std::atomic<unsigned> m_nextWorker{0};
    std::atomic<std::uint32_t> m_nextSocketId{1};
    std::atomic<std::uint64_t> m_nextOperationId{1};

    std::vector<std::shared_ptr<EngineMember>> members();

    std::mutex m_membersMutex; // guards the three below and the links of members
    EngineMember* m_firstMember = nullptr;
    EngineMember* m_lastMember = nullptr;
    bool m_stopping = false;
};

} // namespace swb::detail
