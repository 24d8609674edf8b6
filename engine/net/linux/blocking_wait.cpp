// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/blocking_wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace swb::detail::sys {

namespace {

short eventsOf(SelectMode mode) noexcept
{
    switch (mode) {
    case SelectMode::SelectRead:
        return POLLIN;
    case SelectMode::SelectWrite:
        return POLLOUT;
    case SelectMode::SelectError:
        break;
    }
    return POLLPRI; // poll(2) reports errors unasked
}

/// poll(2) also reports a hang-up and errors that were not asked for: each counts for those modes
/// that .NET counts it for.
bool answers(SelectMode mode, short events) noexcept
{
    switch (mode) {
    case SelectMode::SelectRead:
        return (events & (POLLIN | POLLHUP)) != 0;
    case SelectMode::SelectWrite:
        return (events & POLLOUT) != 0;
    case SelectMode::SelectError:
        break;
    }
    return (events & (POLLERR | POLLPRI)) != 0;
}

} // namespace

int waitForAny(std::vector<WaitEntry>& entries, int wake,
    std::optional<std::chrono::microseconds> timeout) noexcept
{
    std::vector<pollfd> polled;
    polled.reserve(entries.size() + 1);
    for (const auto& entry : entries)
        polled.push_back({entry.fd, eventsOf(entry.mode), 0});
    polled.push_back({wake, POLLIN, 0}); // a negative descriptor is passed over
    timespec limit{};
    if (timeout) {
        const auto microseconds = std::max<std::int64_t>(timeout->count(), 0);
        limit = {microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
    }
    if (::ppoll(polled.data(), polled.size(), timeout ? &limit : nullptr, nullptr) < 0)
        return errno;
    for (std::size_t i = 0; i < entries.size(); ++i)
        entries[i].ready = answers(entries[i].mode, polled[i].revents);
    return 0;
}

Descriptor makeWake(int& error) noexcept
{
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    error = fd < 0 ? errno : 0;
    return Descriptor(fd);
}

void signal(int wake) noexcept
{
    const std::uint64_t one = 1;
    // Full means that it is signalled already.
    [[maybe_unused]] const auto written = ::write(wake, &one, sizeof one);
}

void clearSignal(int wake) noexcept
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(wake, &count, sizeof count);
}

} // namespace swb::detail::sys
