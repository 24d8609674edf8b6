// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/linux/system_calls.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace swb::detail {

/// A pipe through which pages of files go to a socket without being copied: splice(2) twice, with
/// up to 1 MiB, or many small files, in one push. sendfile(2) does the same with a pipe of its own
/// that holds 64 KiB of one file.
///
/// Not thread-safe. It is filled and emptied within one attempt: bytes that the socket did not take
/// are thrown away with the pipe and read again, so that nothing waits in a place where no count
/// sees it.
class StagingPipe {
public:
    StagingPipe() = default;
    /// A new one; null when there is none to be had, or only a small one.
    static StagingPipe make() noexcept;

    explicit operator bool() const noexcept { return static_cast<bool>(m_in); }
    std::size_t held() const noexcept { return m_held; }

    /// Fills it from a file; EAGAIN: it is full.
    sys::IoResult fill(int file, std::int64_t offset, std::size_t size) noexcept;
    /// Moves at most `size` of what it holds on to a socket. `more`: something follows. May raise
    /// SIGPIPE: see SigpipeBlock.
    sys::IoResult empty(int socket, std::size_t size, bool more) noexcept;

private:
    friend class StagingPipes;
    sys::Descriptor m_in;
    sys::Descriptor m_out;
    std::size_t m_held = 0;
};

/// Empty pipes of an engine, for whoever sends files next: two are in use at a time on two workers,
/// whatever the number of connections.
///
/// **Threads** any; no locks.
class StagingPipes {
public:
    StagingPipes() = default;
    ~StagingPipes();
    StagingPipes(const StagingPipes&) = delete;
    StagingPipes& operator=(const StagingPipes&) = delete;

    /// Null when there is none to be had.
    StagingPipe take() noexcept;
    /// Closes it when it is not empty, or when there are enough.
    void give(StagingPipe pipe) noexcept;

private:
    static constexpr std::uint64_t kNone = 0;
    std::array<std::atomic<std::uint64_t>, 4> m_slots{}; ///< Both descriptors, or kNone.
};

} // namespace swb::detail
