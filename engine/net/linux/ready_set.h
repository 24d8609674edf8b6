// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/linux/system_calls.h"

#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>

#include <cstdint>
#include <memory>
#include <mutex>

namespace swb::detail {

/// Whoever waits for a descriptor.
class ReadyTarget {
public:
    /// Something may be read, or written, or there is an error, which is both. On the worker, no
    /// lock held. It may be less than that by now: try. `tag` is the watch's, which may have been
    /// reset meanwhile.
    virtual void descriptorReady(std::uint32_t tag, bool reading, bool writing) = 0;

protected:
    ~ReadyTarget() = default;
};

/// The descriptors of one worker that are waited for: an epoll(7) set, edge-triggered, which asio
/// watches as one descriptor among its timers and posts. Asio's own wait for a descriptor is a
/// system call each time (EPOLL_CTL_MOD) and a handler of its own. Here a descriptor is put in
/// once, and each edge is told from then on.
///
/// **Threads** construction, stop() and the calls to targets belong to the worker; Watch says what
/// others may do.
class ReadySet {
public:
    /// Throws std::system_error when the process has no descriptor left.
    explicit ReadySet(asio::io_context& context);
    ~ReadySet();
    ReadySet(const ReadySet&) = delete;
    ReadySet& operator=(const ReadySet&) = delete;

    /// Lets the worker's io_context run dry; targets are told nothing any more.
    void stop();

private:
    friend class Watch;
    struct Entry {
        std::weak_ptr<ReadyTarget> target;
        int fd = -1;
        std::uint32_t tag = 0;
        std::uint32_t events = 0; ///< That the kernel tells.
        Entry* nextRetired = nullptr;
    };
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

    void wait();
    void tellTargets();
    void retire(Entry* entry) noexcept;
    void setTelling(bool on) noexcept;

    Descriptor m_set;
    bool m_stopped = false;

    std::mutex m_mutex; // guards the members below
    bool m_telling = false; ///< The worker holds addresses of entries.
    Entry* m_retired = nullptr; ///< Taken out meanwhile; freed after that.
};

/// A descriptor in a worker's set, or none. Does not own the descriptor.
///
/// **Threads** not thread-safe: its owner calls it under a lock. Different ones are independent.
/// **Lifetime** reset it before the descriptor is closed.
class Watch {
public:
    Watch() = default;
    ~Watch() { reset(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Precondition: set up once until the next reset().
    void setUp(ReadySet& set, int fd, std::weak_ptr<ReadyTarget> target, std::uint32_t tag);
    explicit operator bool() const noexcept { return m_entry != nullptr; }
    /// Edges of this side are told from now on, the first one at once when it is ready. Returns 0
    /// or errno (ENOSPC: the user has too many watches).
    int watchReading() noexcept;
    int watchWriting() noexcept;
    /// Out of the set. The worker may be about to tell of it, and then still does.
    void reset() noexcept;

private:
    int add(std::uint32_t events) noexcept;

    ReadySet* m_set = nullptr;
    ReadySet::Entry* m_entry = nullptr;
};

} // namespace swb::detail
