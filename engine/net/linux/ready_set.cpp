// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/ready_set.h"

#include "engine/net/linux/blocking_wait.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace swb::detail {

namespace {

constexpr std::size_t kMostRetired = 32;

[[noreturn]] void throwError(int error, const char* what)
{
    throw std::system_error(error, std::generic_category(), what);
}

} // namespace

ReadySet::ReadySet()
    : m_set(::epoll_create1(EPOLL_CLOEXEC))
{
    if (!m_set)
        throwError(errno, "epoll_create1");
    int error = 0;
    m_wake = sys::makeWake(error);
    if (error != 0)
        throwError(error, "eventfd");
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET; // each signal is an edge: it need not be read
    event.data.ptr = nullptr;
    if (::epoll_ctl(m_set.get(), EPOLL_CTL_ADD, m_wake.get(), &event) != 0)
        throwError(errno, "epoll_ctl");
}

void ReadySet::tellTargets(bool block)
{
    std::array<epoll_event, kMostAtOnce> events;
    setTelling(true);
    const int count
        = ::epoll_wait(m_set.get(), events.data(), static_cast<int>(events.size()), block ? -1 : 0);
    for (int i = 0; i < count; ++i) { // none after EINTR: the worker comes again
        const auto& event = events[static_cast<std::size_t>(i)];
        if (!event.data.ptr)
            continue;
        const bool failed = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
        static_cast<ReadyTarget*>(event.data.ptr)
            ->descriptorReady(
                failed || (event.events & EPOLLIN) != 0, failed || (event.events & EPOLLOUT) != 0);
    }
    setTelling(false);
}

void ReadySet::interrupt() noexcept
{
    sys::signal(m_wake.get());
}

/// Precondition: its descriptor is no longer in the set, so that only events that the worker has
/// already taken from the kernel lead to it.
void ReadySet::retire(std::shared_ptr<ReadyTarget> target)
{
    const std::lock_guard lock(m_mutex);
    if (!m_telling)
        return;
    m_retired.push_back(std::move(target));
    if (m_retired.size() == kMostRetired) // an idle worker comes and frees them
        interrupt();
}

void ReadySet::setTelling(bool on)
{
    std::vector<std::shared_ptr<ReadyTarget>> retired; // goes without the lock
    const std::lock_guard lock(m_mutex);
    m_telling = on;
    retired.swap(m_retired);
}

int Watch::add(
    ReadySet& set, int fd, const std::shared_ptr<ReadyTarget>& target, bool reading, bool writing)
{
    const std::uint32_t all = m_events | (reading ? std::uint32_t{EPOLLIN} : 0)
        | (writing ? std::uint32_t{EPOLLOUT} : 0);
    epoll_event event{};
    event.events = all | EPOLLET;
    event.data.ptr = target.get();
    if (::epoll_ctl(set.m_set.get(), m_events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event)
        != 0)
        return errno;
    m_set = &set;
    m_target = target;
    m_fd = fd;
    m_events = all;
    return 0;
}

void Watch::reset()
{
    if (!m_target)
        return;
    ::epoll_ctl(m_set->m_set.get(), EPOLL_CTL_DEL, m_fd, nullptr);
    m_events = 0;
    m_set->retire(std::exchange(m_target, nullptr));
}

} // namespace swb::detail
