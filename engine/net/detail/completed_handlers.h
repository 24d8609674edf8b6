// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/detail/boxed.h"
#include "engine/net/detail/small_mutex.h"
#include "engine/net/socket_async_event_args.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace swb::detail {

/// The handlers of Completed. A list of them is replaced, never changed, and one that somebody may
/// be running is kept until nobody is: so an event takes neither a lock nor a reference of its own,
/// which were 4 of 22 locked instructions of a round trip.
///
/// **Threads** any.
class CompletedHandlers {
public:
    using Entry = std::pair<int, SocketAsyncEventArgs::Handler>;
    /// One handler is usual, and needs no memory of its own.
    struct List {
        explicit List(std::vector<Entry> handlers);
        std::vector<Entry> all() const;
        Entry first;
        std::vector<Entry> others;
    };

    CompletedHandlers() = default;
    ~CompletedHandlers();
    CompletedHandlers(const CompletedHandlers&) = delete;
    CompletedHandlers& operator=(const CompletedHandlers&) = delete;

    /// Returns what remove() takes.
    int add(SocketAsyncEventArgs::Handler handler);
    void remove(int id);
    bool empty() const noexcept { return m_list.load() == nullptr; }

    /// The handlers as they are now, null when there are none; they stay until leave(), which is to
    /// follow.
    const List* enter() noexcept
    {
        // Sequentially consistent with release() and waitForOthers(): one of the two sees the
        // other.
        m_inside.fetch_add(1);
        return m_list.load();
    }
    void leave() noexcept
    {
        if (m_inside.fetch_sub(1) == 1 && m_hasReplaced.load())
            freeReplaced();
    }
    /// Lets waitForOthers() look again.
    void notifyLeft() noexcept { m_inside.notify_all(); }
    /// Until at most `own` are between enter() and leave(): the caller's own.
    void waitForOthers(std::uint32_t own) noexcept;

private:
    using Lists = std::vector<std::unique_ptr<const List>>;
    std::vector<Entry> all() const;
    Lists replace(std::unique_ptr<const List> list);
    Lists takeUnused() noexcept;
    void freeReplaced() noexcept;

    std::atomic<std::uint32_t> m_inside{0}; ///< Between enter() and leave().
    std::atomic<bool> m_hasReplaced{false}; ///< m_replaced is not empty.
    std::atomic<const List*> m_list{nullptr}; ///< Owned; changed under the mutex.

    Mutex m_mutex; // guards the members below
    int m_nextId = 1;
    Boxed<Lists> m_replaced; ///< That somebody may be running.
};

} // namespace swb::detail
