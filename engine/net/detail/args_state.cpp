// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/args_state.h"

#include "engine/net/detail/connect_plan.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/exceptions.h"

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

void ArgsState::setHook(std::shared_ptr<CompletionHook> hook)
{
    const std::lock_guard lock(m_mutex);
    if (m_hook) {
        throw InvalidOperationException(
            "A socket operation was already in progress using this SocketAsyncEventArgs.");
    }
    m_hook = std::move(hook);
    m_hooked.store(true);
}

void ArgsState::removeHook(const CompletionHook& hook) noexcept
{
    std::shared_ptr<CompletionHook> old; // goes without the lock
    const std::lock_guard lock(m_mutex);
    if (m_hook.get() != &hook)
        return;
    old.swap(m_hook);
    m_hooked.store(false);
}

ArgsState::Listeners ArgsState::takeListeners()
{
    Listeners listeners{m_handlers.enter(), nullptr};
    if (m_hooked.load()) {
        const std::lock_guard lock(m_mutex);
        listeners.hook = std::exchange(m_hook, nullptr);
        m_hooked.store(false);
    }
    return listeners;
}

void ArgsState::raiseCompleted(std::shared_ptr<SocketHandle> sender, Listeners listeners)
{
    if (const auto* const handlers = listeners.handlers; handlers || listeners.hook) {
        Socket socket = SocketHandle::socket(std::move(sender));
        const ArgsState* const before = std::exchange(t_raising, this);
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
        t_raising = before;
    }
    m_handlers.leave();
    if (!m_owner.load()) // nobody else waits
        m_handlers.notifyLeft();
}

void ArgsState::detachOwner() noexcept
{
    m_owner.store(nullptr);
    // A handler may destroy its own args; one that runs on another thread is waited for.
    m_handlers.waitForOthers(t_raising == this ? 1 : 0);
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
