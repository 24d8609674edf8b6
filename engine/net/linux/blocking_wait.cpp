// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/blocking_wait.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace swb::detail::sys {

namespace {

using Clock = std::chrono::steady_clock;

std::uint32_t eventsOf(SelectMode mode) noexcept
{
    switch (mode) {
    case SelectMode::SelectRead:
        return EPOLLIN;
    case SelectMode::SelectWrite:
        return EPOLLOUT;
    case SelectMode::SelectError:
        break;
    }
    return EPOLLPRI;
}

/// Errors and hang-ups are reported unasked: each counts for the modes that .NET counts it for.
bool answers(SelectMode mode, std::uint32_t events) noexcept
{
    switch (mode) {
    case SelectMode::SelectRead:
        return (events & (EPOLLIN | EPOLLHUP)) != 0;
    case SelectMode::SelectWrite:
        return (events & EPOLLOUT) != 0;
    case SelectMode::SelectError:
        break;
    }
    return (events & (EPOLLERR | EPOLLPRI)) != 0;
}

bool anyReady(std::span<const WaitEntry> entries) noexcept
{
    return std::any_of(
        entries.begin(), entries.end(), [](const WaitEntry& entry) { return entry.ready; });
}

int millisecondsUntil(std::optional<Clock::time_point> deadline) noexcept
{
    if (!deadline)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000'000));
}

} // namespace

WaitEnd waitForAny(std::span<WaitEntry> entries, int wake,
    std::optional<Clock::time_point> deadline, int& error) noexcept
{
    // Edge-triggered, because a hang-up that was not asked for does not go away: poll(2) would
    // come back with it again and again.
    constexpr std::uint64_t kWake = ~std::uint64_t{0};
    const Descriptor poller(::epoll_create1(EPOLL_CLOEXEC));
    const auto add = [&](int fd, std::uint32_t events, std::uint64_t which) {
        epoll_event event{};
        event.events = events | EPOLLET;
        event.data.u64 = which;
        return ::epoll_ctl(poller.get(), EPOLL_CTL_ADD, fd, &event) == 0;
    };
    bool added = poller && add(wake, EPOLLIN, kWake);
    for (std::size_t i = 0; added && i < entries.size(); ++i)
        added = add(entries[i].fd, eventsOf(entries[i].mode), i);
    if (!added) {
        error = errno;
        return WaitEnd::Failed;
    }
    for (;;) {
        std::array<epoll_event, 64> events{};
        const int count = ::epoll_wait(poller.get(), events.data(), static_cast<int>(events.size()),
            millisecondsUntil(deadline));
        if (count < 0 && errno != EINTR) {
            error = errno;
            return WaitEnd::Failed;
        }
        bool woken = false;
        bool ready = false;
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.u64 == kWake) {
                woken = true;
                continue;
            }
            WaitEntry& entry = entries[event.data.u64];
            entry.ready = answers(entry.mode, event.events);
            ready = ready || entry.ready;
        }
        if (woken)
            return WaitEnd::Woken;
        if (ready && count < static_cast<int>(events.size()))
            return WaitEnd::Ready;
        if (ready) { // there may be more of them
            deadline = Clock::now();
            continue;
        }
        if (deadline && Clock::now() >= *deadline && count <= 0)
            return anyReady(entries) ? WaitEnd::Ready : WaitEnd::TimedOut;
    }
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
