// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/ready_set.h"

#include <asio/error_code.hpp>

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace swb::detail {

namespace {

constexpr std::size_t kMostAtOnce = 128; // then what else the worker has to do

int makeSet()
{
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    if (set < 0)
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    return set;
}

} // namespace

ReadySet::ReadySet(asio::io_context& context)
    : m_set(context, makeSet())
{
    wait();
}

ReadySet::~ReadySet()
{
    setTelling(false);
}

void ReadySet::stop()
{
    m_stopped = true;
    m_set.cancel();
}

void ReadySet::wait()
{
    m_set.async_wait(Descriptor::wait_read, [this](const asio::error_code& error) {
        if (error || m_stopped)
            return;
        tellTargets();
        wait();
    });
}

void ReadySet::tellTargets()
{
    std::array<epoll_event, kMostAtOnce> events;
    setTelling(true);
    const int count
        = ::epoll_wait(m_set.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        const Entry& entry = *static_cast<const Entry*>(event.data.ptr);
        const bool failed = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
        if (const auto target = entry.target.lock()) {
            target->descriptorReady(entry.tag, failed || (event.events & EPOLLIN) != 0,
                failed || (event.events & EPOLLOUT) != 0);
        }
    }
    setTelling(false);
}

/// Precondition: no longer in the set, so that only events that the worker has already taken from
/// the kernel can lead to it.
void ReadySet::retire(Entry* entry) noexcept
{
    const std::lock_guard lock(m_mutex);
    if (!m_telling) {
        delete entry;
        return;
    }
    entry->nextRetired = std::exchange(m_retired, entry);
}

void ReadySet::setTelling(bool on) noexcept
{
    const std::lock_guard lock(m_mutex);
    m_telling = on;
    while (m_retired)
        delete std::exchange(m_retired, m_retired->nextRetired);
}

void Watch::setUp(ReadySet& set, int fd, std::weak_ptr<ReadyTarget> target, std::uint32_t tag)
{
    m_set = &set;
    m_entry = new ReadySet::Entry{std::move(target), fd, tag};
}

int Watch::watchReading() noexcept
{
    return add(EPOLLIN);
}

int Watch::watchWriting() noexcept
{
    return add(EPOLLOUT);
}

int Watch::add(std::uint32_t events) noexcept
{
    const std::uint32_t all = m_entry->events | events;
    epoll_event event{};
    event.events = all | EPOLLET;
    event.data.ptr = m_entry;
    const int how = m_entry->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(m_set->m_set.native_handle(), how, m_entry->fd, &event) != 0)
        return errno;
    m_entry->events = all;
    return 0;
}

void Watch::reset() noexcept
{
    if (!m_entry)
        return;
    if (m_entry->events != 0)
        ::epoll_ctl(m_set->m_set.native_handle(), EPOLL_CTL_DEL, m_entry->fd, nullptr);
    m_set->retire(std::exchange(m_entry, nullptr));
}

} // namespace swb::detail
