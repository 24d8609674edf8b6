// SPDX-License-Identifier: BSL-1.0
#include "engine/net/thread_id.h"

#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

namespace swb {

namespace {

constexpr std::uint32_t kLastId = std::numeric_limits<std::uint16_t>::max();

struct Names {
    std::mutex mutex;
    std::map<std::uint16_t, std::string> byId;
};

/// Never destroyed: threads that end after main may still ask for a name.
Names& names()
{
    static Names* const instance = new Names;
    return *instance;
}

std::uint16_t nextThreadId() noexcept
{
    static std::atomic<std::uint32_t> last{0};
    std::uint32_t seen = last.load(std::memory_order_relaxed);
    while (seen < kLastId
        && !last.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) { }
    return static_cast<std::uint16_t>(seen < kLastId ? seen + 1 : kLastId);
}

} // namespace

std::uint16_t currentThreadId() noexcept
{
    // Constant initialisation: the read is one load, without the guard a dynamic initialiser would
    // need.
    thread_local std::uint16_t id = 0;
    if (id == 0)
        id = nextThreadId();
    return id;
}

void nameCurrentThread(std::string name)
{
    const auto id = currentThreadId();
    const std::scoped_lock lock(names().mutex);
    names().byId.insert_or_assign(id, std::move(name));
}

std::string threadName(std::uint16_t id)
{
    {
        const std::scoped_lock lock(names().mutex);
        const auto found = names().byId.find(id);
        if (found != names().byId.end())
            return found->second;
    }
    return "thread " + std::to_string(id);
}

std::vector<std::pair<std::uint16_t, std::string>> namedThreads()
{
    const std::scoped_lock lock(names().mutex);
    return {names().byId.begin(), names().byId.end()};
}

} // namespace swb
