// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/completed_handlers.h"

#include <algorithm>
#include <mutex>

namespace swb::detail {

CompletedHandlers::List::List(std::vector<Entry> handlers)
    : first(std::move(handlers.front()))
{
    handlers.erase(handlers.begin());
    others = std::move(handlers);
}

std::vector<CompletedHandlers::Entry> CompletedHandlers::List::all() const
{
    std::vector<Entry> all{first};
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

CompletedHandlers::~CompletedHandlers()
{
    delete m_list.load();
}

int CompletedHandlers::add(SocketAsyncEventArgs::Handler handler)
{
    Lists unused; // goes without the lock: a handler may own anything
    const std::lock_guard lock(m_mutex);
    const int id = m_nextId++;
    auto handlers = all();
    handlers.emplace_back(id, std::move(handler));
    unused = replace(std::make_unique<const List>(std::move(handlers)));
    return id;
}

void CompletedHandlers::remove(int id)
{
    Lists unused; // goes without the lock
    const std::lock_guard lock(m_mutex);
    auto handlers = all();
    if (std::erase_if(handlers, [id](const auto& entry) { return entry.first == id; }) == 0)
        return;
    unused
        = replace(handlers.empty() ? nullptr : std::make_unique<const List>(std::move(handlers)));
}

void CompletedHandlers::waitForOthers(std::uint32_t own) noexcept
{
    for (auto inside = m_inside.load(); inside > own; inside = m_inside.load())
        m_inside.wait(inside);
}

/// Precondition: locked, as for the two below.
std::vector<CompletedHandlers::Entry> CompletedHandlers::all() const
{
    const List* const list = m_list.load();
    return list ? list->all() : std::vector<Entry>{};
}

/// Returns what nobody can be running.
CompletedHandlers::Lists CompletedHandlers::replace(std::unique_ptr<const List> list)
{
    if (!m_list.load()) {
        m_list.store(list.release());
        return {};
    }
    auto& replaced = m_replaced.edit();
    replaced.emplace_back().reset(m_list.exchange(list.release()));
    m_hasReplaced.store(true); // before takeUnused() looks: else the last to leave could miss it
    return takeUnused();
}

/// Whoever enters from now on gets the newer list. So when nobody is inside, nobody has an old one.
CompletedHandlers::Lists CompletedHandlers::takeUnused() noexcept
{
    if (m_inside.load() != 0)
        return {};
    m_hasReplaced.store(false);
    return m_replaced.take();
}

void CompletedHandlers::freeReplaced() noexcept
{
    Lists unused; // goes without the lock
    const std::lock_guard lock(m_mutex);
    unused = takeUnused();
}

} // namespace swb::detail
