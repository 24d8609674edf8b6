// SPDX-License-Identifier: GPL-3.0-or-later
#include "completion.h"

#include <atomic>

namespace swb::test {

namespace {
std::atomic<std::uint64_t> g_lastOrder{0};
}

Completion::Completion(SocketAsyncEventArgs& e)
    : m_state(std::make_shared<State>())
{
    e.onCompleted([state = m_state](Socket& sender, SocketAsyncEventArgs& args) {
        Raised raised;
        raised.thread = std::this_thread::get_id();
        raised.order = ++g_lastOrder;
        raised.senderId = sender ? sender.id() : 0;
        raised.argsWereBusy = args.inProgress();
        raised.error = args.socketError();
        raised.bytes = args.bytesTransferred();
        raised.operation = args.lastOperation();
        const std::lock_guard lock(state->mutex);
        state->raised.push_back(raised);
        state->changed.notify_all();
    });
}

int Completion::count() const
{
    const std::lock_guard lock(m_state->mutex);
    return static_cast<int>(m_state->raised.size());
}

bool Completion::wait(int times, std::chrono::milliseconds deadline) const
{
    std::unique_lock lock(m_state->mutex);
    return m_state->changed.wait_for(
        lock, deadline, [&] { return m_state->raised.size() >= static_cast<std::size_t>(times); });
}

Raised Completion::last() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->raised.empty() ? Raised{} : m_state->raised.back();
}

std::vector<Raised> Completion::all() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->raised;
}

void Latch::open()
{
    const std::lock_guard lock(m_mutex);
    m_open = true;
    m_changed.notify_all();
}

bool Latch::wait(std::chrono::milliseconds deadline) const
{
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, deadline, [&] { return m_open; });
}

} // namespace swb::test
