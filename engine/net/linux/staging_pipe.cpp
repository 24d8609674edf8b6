// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/staging_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace swb::detail {

namespace {

constexpr int kWanted = 1024 * 1024; // what an unprivileged user gets at most by default
constexpr int kWorthIt = 256 * 1024; // with less, sendfile does as well

std::uint64_t packed(int in, int out) noexcept
{
    return static_cast<std::uint64_t>(in + 1) << 32 | static_cast<std::uint64_t>(out + 1);
}

sys::IoResult spliced(int from, loff_t* offset, int to, std::size_t size, unsigned flags) noexcept
{
    for (;;) {
        const auto n = ::splice(from, offset, to, nullptr, size, flags | SPLICE_F_NONBLOCK);
        if (n >= 0)
            return {static_cast<std::int64_t>(n), 0};
        if (errno != EINTR)
            return {0, errno};
    }
}

} // namespace

StagingPipe StagingPipe::make() noexcept
{
    StagingPipe pipe;
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return pipe;
    pipe.m_out.reset(ends[0]);
    pipe.m_in.reset(ends[1]);
    if (::fcntl(ends[1], F_SETPIPE_SZ, kWanted) < kWorthIt) // the user has too many pages in pipes
        pipe = {};
    return pipe;
}

sys::IoResult StagingPipe::fill(int file, std::int64_t offset, std::size_t size) noexcept
{
    loff_t position = offset;
    const auto moved = spliced(file, &position, m_in.get(), size, 0);
    m_held += static_cast<std::size_t>(moved.bytes);
    return moved;
}

sys::IoResult StagingPipe::empty(int socket, std::size_t size, bool more) noexcept
{
    const auto moved
        = spliced(m_out.get(), nullptr, socket, size, more ? unsigned{SPLICE_F_MORE} : 0U);
    m_held -= static_cast<std::size_t>(moved.bytes);
    return moved;
}

StagingPipes::~StagingPipes()
{
    for (auto& slot : m_slots) {
        if (slot.load(std::memory_order_relaxed) != kNone)
            take(); // and closes it
    }
}

StagingPipe StagingPipes::take() noexcept
{
    for (auto& slot : m_slots) {
        if (slot.load(std::memory_order_relaxed) == kNone)
            continue;
        if (const auto both = slot.exchange(kNone, std::memory_order_acquire); both != kNone) {
            StagingPipe pipe;
            pipe.m_in.reset(static_cast<int>(both >> 32) - 1);
            pipe.m_out.reset(static_cast<int>(both & 0xffffffff) - 1);
            return pipe;
        }
    }
    return StagingPipe::make();
}

void StagingPipes::give(StagingPipe pipe) noexcept
{
    if (!pipe || pipe.m_held > 0)
        return;
    for (auto& slot : m_slots) {
        auto none = kNone;
        if (slot.compare_exchange_strong(none, packed(pipe.m_in.get(), pipe.m_out.get()),
                std::memory_order_release, std::memory_order_relaxed)) {
            pipe.m_in.release();
            pipe.m_out.release();
            return;
        }
    }
}

} // namespace swb::detail
