// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/linux/system_calls.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace swb::detail {

/// Whoever waits for a descriptor.
class ReadyTarget {
public:
    /// Something may be read, or written, or there is an error, which is both. On the worker, no
    /// lock held. It may be less than that by now, or have been told of a descriptor that was taken
    /// out meanwhile: try.
    virtual void descriptorReady(bool reading, bool writing) = 0;

protected:
    ~ReadyTarget() = default;
};

/// The descriptors of one worker that are waited for: an epoll(7) set, edge-triggered. A descriptor
/// is put in once, and each edge is told from then on. Asio's own wait for a descriptor is a system
/// call each time (EPOLL_CTL_MOD) and an operation of its own: with it a round trip of 64 bytes on
/// 100 connections cost 1.5 of what bare epoll needs.
///
/// **Threads** tellTargets() is the worker's; the rest is for any thread.
class ReadySet {
public:
    /// Throws std::system_error when the process has no descriptor left.
    ReadySet();
    ~ReadySet() = default;
    ReadySet(const ReadySet&) = delete;
    ReadySet& operator=(const ReadySet&) = delete;

    /// Tells the targets of what is ready, at most kMostAtOnce; with `block` waits for something,
    /// or for interrupt(), first.
    void tellTargets(bool block);
    /// Ends the wait of tellTargets(), the next one if there is none now.
    void interrupt() noexcept;

    static constexpr std::size_t kMostAtOnce = 256;

private:
    friend class Watch;
    void retire(std::shared_ptr<ReadyTarget> target);
    void setTelling(bool on);

    sys::Descriptor m_set;
    sys::Descriptor m_wake;

    std::mutex m_mutex; // guards the members below
    bool m_telling = false; ///< The worker has addresses of targets.
    std::vector<std::shared_ptr<ReadyTarget>> m_retired; ///< Kept until it has not.
};

/// A descriptor in a worker's set, or none. Does not own the descriptor, but keeps the target
/// alive.
///
/// **Threads** not thread-safe: its owner calls it under a lock. Different ones are independent.
/// **Lifetime** to be reset before the descriptor is closed.
class Watch {
public:
    Watch() = default;
    ~Watch() { reset(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    explicit operator bool() const noexcept { return m_target != nullptr; }
    /// Precondition: none of `reading` and `writing` is watched already. Edges of these sides are
    /// told from now on, the first one at once when it is ready. Returns 0 or errno (ENOSPC: the
    /// user has too many watches).
    int add(ReadySet& set, int fd, const std::shared_ptr<ReadyTarget>& target, bool reading,
        bool writing);
    /// Out of the set. The worker may be about to tell of it, and then still does.
    void reset();

private:
    ReadySet* m_set = nullptr;
    std::shared_ptr<ReadyTarget> m_target; ///< Null while nothing is watched.
    int m_fd = -1;
    std::uint32_t m_events = 0; ///< That the kernel tells.
};

} // namespace swb::detail
