// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/args_state.h"

#include "engine/net/detail/connect_plan.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/exceptions.h"

#include <algorithm>

namespace swb::detail {

namespace {
// The args whose handlers this thread is running; a worker runs handlers of one at a time.
thread_local const ArgsState* t_raising = nullptr;
} // namespace

ArgsState::ArgsState(SocketAsyncEventArgs* owner)
    : m_owner(owner)
{
}

ArgsState::~ArgsState() = default;

void ArgsState::throwInProgress()
{
    throw InvalidOperationException(
        "A socket operation was already in progress using this SocketAsyncEventArgs.");
}

void ArgsState::throwDisposed()
{
    throw ObjectDisposedException("SocketAsyncEventArgs");
}

ArgsState::HandlerList::HandlerList(std::vector<HandlerEntry> handlers)
    : first(std::move(handlers.front()))
{
    handlers.erase(handlers.begin());
    others = std::move(handlers);
}

std::vector<ArgsState::HandlerEntry> ArgsState::HandlerList::all() const
{
    std::vector<HandlerEntry> all{first};
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

int ArgsState::addHandler(SocketAsyncEventArgs::Handler handler)
{
    const std::lock_guard lock(m_mutex);
    auto handlers = m_handlers ? m_handlers->all() : std::vector<HandlerEntry>{};
    const int id = nextHandlerId++;
    handlers.emplace_back(id, std::move(handler));
    m_handlers = std::make_shared<HandlerList>(std::move(handlers));
    return id;
}

void ArgsState::removeHandler(int id)
{
    std::shared_ptr<const HandlerList>
        old; // destroyed without the lock: a handler may own anything
    const std::lock_guard lock(m_mutex);
    if (!m_handlers)
        return;
    auto handlers = m_handlers->all();
    std::erase_if(handlers, [id](const auto& entry) { return entry.first == id; });
    auto left = handlers.empty() ? nullptr : std::make_shared<HandlerList>(std::move(handlers));
    old = std::exchange(m_handlers, std::move(left));
}

bool ArgsState::hasHandlers() const
{
    const std::lock_guard lock(m_mutex);
    return m_handlers || m_hook;
}

void ArgsState::setHook(std::shared_ptr<CompletionHook> hook)
{
    const std::lock_guard lock(m_mutex);
    if (m_hook) {
        throw InvalidOperationException(
            "A socket operation was already in progress using this SocketAsyncEventArgs.");
    }
    m_hook = std::move(hook);
}

void ArgsState::removeHook(const CompletionHook& hook) noexcept
{
    std::shared_ptr<CompletionHook> old; // goes without the lock
    const std::lock_guard lock(m_mutex);
    if (m_hook.get() == &hook)
        old.swap(m_hook);
}

ArgsState::Listeners ArgsState::takeListeners()
{
    const std::lock_guard lock(m_mutex);
    return {m_handlers, std::exchange(m_hook, nullptr)};
}

void ArgsState::raiseCompleted(
    const std::shared_ptr<SocketHandle>& sender, const Listeners& listeners)
{
    const HandlerList* const handlers = listeners.handlers.get();
    if (!handlers && !listeners.hook)
        return;
    Socket socket = SocketHandle::socket(sender);
    const ArgsState* const before = std::exchange(t_raising, this);
    m_raisers.fetch_add(
        1); // sequentially consistent with detachOwner(): one of the two sees the other
    const auto withArgs = [this](const auto& call) {
        if (SocketAsyncEventArgs* const owner = m_owner.load()) {
            call(*owner);
        } else {
            SocketAsyncEventArgs standIn(shared_from_this());
            call(standIn);
        }
    };
    if (handlers) {
        withArgs([&](auto& e) { handlers->first.second(socket, e); });
        for (const auto& entry : handlers->others)
            withArgs([&](auto& e) { entry.second(socket, e); });
    }
    if (listeners.hook)
        withArgs([&](auto& e) { listeners.hook->ended(e); });
    m_raisers.fetch_sub(1);
    m_raisers.notify_all();
    t_raising = before;
}

void ArgsState::detachOwner() noexcept
{
    m_owner.store(nullptr);
    // A handler may destroy its own args; one that runs on another thread is waited for.
    const std::uint32_t own = t_raising == this ? 1 : 0;
    for (auto raisers = m_raisers.load(); raisers > own; raisers = m_raisers.load())
        m_raisers.wait(raisers);
}

std::uint64_t ArgsState::bytesInBuffers() const noexcept
{
    if (!bufferListSet)
        return data ? count : 0;
    std::uint64_t sum = 0;
    for (const auto& part : bufferList)
        sum += part.size();
    return sum;
}

void ArgsState::Running::begin(const ArgsState& args, SocketAsyncOperation operation)
{
    kind = operation;
    done = 0;
    segment = 0;
    segmentDone = 0;
    error = SocketError::Success;
    nativeError = 0;
    flags = SocketFlags::None;
    if (accepting)
        accepting.edit().awaitsFirstData = false;
    askedFlags = args.flags;
    switch (operation) {
    case SocketAsyncOperation::SendPackets:
        packetsFlags = args.packetsFlags;
        packetsSendSize = args.packetsSendSize;
        break;
    case SocketAsyncOperation::Disconnect:
        disconnectReuse = args.disconnectReuse;
        break;
    case SocketAsyncOperation::SendTo:
        to.edit() = args.remote();
        break;
    case SocketAsyncOperation::Accept:
        accepting.edit().socket = args.acceptSocket();
        break;
    default:
        break;
    }
}

EndPoint ArgsState::remote() const
{
    const std::lock_guard lock(m_mutex);
    return m_remote.get();
}

void ArgsState::setRemote(EndPoint endPoint)
{
    const std::lock_guard lock(m_mutex);
    m_remote.edit() = std::move(endPoint);
}

Socket ArgsState::acceptSocket() const
{
    const std::lock_guard lock(m_mutex);
    return m_acceptSocket;
}

void ArgsState::setAcceptSocket(Socket socket)
{
    // The old one, which may be the last of its socket and then closes it, goes without the lock.
    {
        const std::lock_guard lock(m_mutex);
        std::swap(m_acceptSocket, socket);
    }
}

void ArgsState::setPendingOn(std::weak_ptr<SocketCore> core, bool byName)
{
    const std::lock_guard lock(m_mutex);
    m_pendingOn = std::move(core);
    m_byName = byName;
}

std::pair<std::shared_ptr<SocketCore>, bool> ArgsState::pendingOn()
{
    const std::lock_guard lock(m_mutex);
    return {m_pendingOn.lock(), m_byName};
}

} // namespace swb::detail
