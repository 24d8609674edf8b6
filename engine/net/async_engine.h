// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_health.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace swb {

class OperationObserver;
class EngineTimer;
namespace detail {
class EngineState;
}

/// What an engine is made with.
struct EngineOptions {
    /// Threads that finish pending operations and raise Completed; 0: one per core.
    unsigned workerThreads = 0;
    /// Is told of every operation; null: nobody records, at no cost. Must outlive the engine.
    OperationObserver* observer = nullptr;
    /// Where UNC file names (`\\\\server\\share\\file`) are looked up: a file in the format of
    /// /proc/self/mountinfo.
    std::string mountTable = "/proc/self/mountinfo";
};

/// Owns the worker threads on which pending operations are finished and Completed is raised. Each
/// socket belongs to one worker, chosen in turn when the socket is made.
///
/// **Threads** sockets may be made and used from any thread. Construct and destroy the engine from
/// one that is not a worker: the destructor joins them.
/// **Lifetime** the destructor closes every socket, so that each pending operation ends with
/// OperationAborted and its Completed is raised, then joins. Socket and args objects may live on:
/// using such a socket throws ObjectDisposedException.
/// **Errors** std::system_error when threads or the event queue cannot be made.
class AsyncEngine {
public:
    explicit AsyncEngine(EngineOptions = {});
    ~AsyncEngine();
    AsyncEngine(const AsyncEngine&) = delete;
    AsyncEngine& operator=(const AsyncEngine&) = delete;

    /// How many there are, also where the options said 0.
    unsigned workerThreads() const noexcept;

    /// The health of those of these sockets that still exist, in no certain order; `socketIds` are
    /// ascending (Socket::id()). One system call or two for each TCP connection among them.
    ///
    /// **Threads** any; never waits for an operation.
    std::vector<SocketHealth> socketHealth(std::span<const std::uint32_t> socketIds) const;

private:
    friend class Socket;
    friend class EngineTimer;
    std::shared_ptr<detail::EngineState> m_state;
};

} // namespace swb
