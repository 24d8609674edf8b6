// SPDX-License-Identifier: BSL-1.0
/// How a SocketCore receives and accepts.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/part_list.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/exceptions.h"
#include "engine/net/linux/blocking_wait.h"

#include <cerrno>

namespace swb::detail {

namespace {

int nativeReceiveFlags(SocketFlags flags) noexcept
{
    int native = 0;
    if (hasFlag(flags, SocketFlags::OutOfBand))
        native |= MSG_OOB;
    if (hasFlag(flags, SocketFlags::Peek))
        native |= MSG_PEEK;
    return native;
}

bool supportedForReceive(SocketFlags flags) noexcept
{
    return (static_cast<int>(flags) & ~static_cast<int>(SocketFlags::OutOfBand | SocketFlags::Peek))
        == 0;
}

PartList partsOf(const ArgsState& args)
{
    PartList list;
    if (!args.bufferListSet)
        list.add(args.writable(), args.count);
    for (const auto& segment : args.bufferList) {
        if (list.size() == PartList::kKernelMost)
            break;
        if (!segment.empty())
            list.add(segment.data(), segment.size());
    }
    return list;
}

} // namespace

Step SocketCore::receiveFailed(ArgsState& args, int error) const
{
    if (error == EAGAIN && m_disconnected && isStream())
        return Step::Done; // the end, also if the peer goes on (DISC-07)
    if (error == EAGAIN)
        return Step::Blocked;
    args.run.failWithErrno(error);
    return Step::Done;
}

bool SocketCore::startReceive(ArgsState& args, std::int64_t submittedNs)
{
    if (!isUsual(args) || !isStream() || args.count == 0)
        return start(args, SocketAsyncOperation::Receive, submittedNs);
    std::unique_lock lock(lane(Side::Read).mutex);
    if (closed() || lane(Side::Read).head) {
        lock.unlock();
        return start(args, SocketAsyncOperation::Receive, submittedNs);
    }
    const auto received = sys::receive(m_descriptor.get(), args.writable(), args.count, 0);
    if (received.error == 0) {
        lock.unlock();
        finishUsual(args, SocketAsyncOperation::Receive, submittedNs, received.bytes);
        return false;
    }
    args.run.begin(args, SocketAsyncOperation::Receive);
    recordStart(args, SocketAsyncOperation::Receive, submittedNs);
    return settle(lock, args, SocketAsyncOperation::Receive, receiveFailed(args, received.error));
}

Step SocketCore::performReceive(ArgsState& args)
{
    if (!supportedForReceive(args.run.askedFlags)) {
        args.run.fail(SocketError::OperationNotSupported, EOPNOTSUPP);
        return Step::Done;
    }
    const int flags = nativeReceiveFlags(args.run.askedFlags);
    const int fd = m_descriptor.get();
    if (isStream()) {
        sys::IoResult received;
        if (args.bytesInBuffers() == 0) {
            // Waits for data, or the end, and takes none (RECV-02).
            std::byte probe;
            received = sys::receive(fd, &probe, 1, flags | MSG_PEEK);
            received.bytes = 0;
        } else if (args.bufferListSet) {
            auto list = partsOf(args);
            received = sys::receive(fd, list.parts(), flags, nullptr, false).io;
        } else {
            received = sys::receive(fd, args.writable(), args.count, flags);
        }
        if (received.error != 0)
            return receiveFailed(args, received.error);
        args.run.done = static_cast<std::uint64_t>(received.bytes);
        return Step::Done;
    }
    auto list = partsOf(args);
    const auto received = sys::receive(fd, list.parts(), flags, nullptr, false);
    if (received.io.error != 0)
        return receiveFailed(args, received.io.error);
    args.run.done = static_cast<std::uint64_t>(received.io.bytes);
    args.run.flags = received.flags;
    return Step::Done;
}

Step SocketCore::performReceiveMessage(ArgsState& args)
{
    if (!supportedForReceive(args.run.askedFlags)) {
        args.run.fail(SocketError::OperationNotSupported, EOPNOTSUPP);
        return Step::Done;
    }
    const bool withInformation = args.run.kind == SocketAsyncOperation::ReceiveMessageFrom;
    auto list = partsOf(args);
    NativeAddress from;
    const auto received = sys::receive(m_descriptor.get(), list.parts(),
        nativeReceiveFlags(args.run.askedFlags), &from, withInformation);
    if (received.io.error != 0)
        return receiveFailed(args, received.io.error);
    args.run.done = static_cast<std::uint64_t>(received.io.bytes);
    args.run.flags = received.flags;
    if (const EndPoint sender = fromNative(from); !sender.isNull())
        args.setRemote(sender);
    else if (isStream() && m_family != AddressFamily::Unix) // the system names nobody (RFROM-02)
        args.setRemote(anyAddress(m_family));
    if (withInformation) {
        args.packetInformation.edit() = received.packet;
    }
    return Step::Done;
}

Step SocketCore::performAccept(ArgsState& args)
{
    NativeAddress from;
    int error = 0;
    auto descriptor = sys::accept(m_descriptor.get(), from, error);
    if (error != 0)
        return receiveFailed(args, error);
    EndPoint remote = fromNative(from);
    try {
        Socket& accepted = args.run.accepting.edit().socket;
        if (accepted) {
            if (!accepted.m_handle->core().adoptAccepted(
                    std::move(descriptor), std::move(remote))) {
                args.run.fail(SocketError::InvalidArgument, EINVAL);
                return Step::Done;
            }
        } else {
            auto core = make(m_engine, m_family, m_type, m_protocol, std::move(descriptor));
            auto handle = std::make_shared<SocketHandle>(core);
            core->attachHandle(handle);
            core->m_dualMode = dualMode();
            core->blockingWish = blockingWish.load();
            core->m_bound = true;
            core->setRemote(remote);
            core->setConnected();
            accepted = SocketHandle::socket(std::move(handle));
        }
    } catch (const ObjectDisposedException&) { // the engine is stopping, or the target was closed
                                               // meanwhile
        args.run.fail(SocketError::OperationAborted, ECANCELED);
        return Step::Done;
    }
    if (!args.hasBuffer() || args.count == 0)
        return Step::Done;
    // Nobody else has the accepted socket yet, so its queue can wait.
    const Step step = args.run.accepting->socket.m_handle->core().receiveFirstData(args);
    return step == Step::Blocked ? Step::Moved : step;
}

Step SocketCore::receiveFirstData(ArgsState& args)
{
    const auto received = sys::receive(m_descriptor.get(), args.writable(), args.count, 0);
    if (received.error != 0)
        return receiveFailed(args, received.error);
    args.run.done = static_cast<std::uint64_t>(received.bytes);
    return Step::Done;
}

/// Precondition: the read lane of this listener is locked; the args are in no lane.
void SocketCore::moveToAccepted(ArgsState& args)
{
    auto& accepting = args.run.accepting.edit();
    SocketCore& accepted = accepting.socket.m_handle->core();
    const auto core = accepted.shared_from_this();
    accepting.listener = shared_from_this();
    accepting.awaitsFirstData = true;
    args.setPendingOn(core);
    {
        const std::lock_guard lock(m_infoMutex);
        auto& waiting = m_seldom.edit().awaitingFirstData;
        std::erase_if(waiting, [](const auto& entry) { return entry.first.expired(); });
        waiting.emplace_back(core, &args);
    }
    Lane& lane = accepted.lane(Side::Read);
    const std::lock_guard lock(lane.mutex);
    if (accepted.closed()) { // the engine is stopping
        args.run.fail(SocketError::OperationAborted, ECANCELED);
        markCompleted(args);
        accepted.postCompletion(args);
        return;
    }
    lane.push(args);
    accepted.drive(Side::Read, Step::Blocked, args);
}

bool SocketCore::adoptAccepted(sys::Descriptor descriptor, EndPoint remote)
{
    const std::scoped_lock write(lane(Side::Write).mutex);
    const std::scoped_lock read(lane(Side::Read).mutex);
    const std::scoped_lock info(m_infoMutex);
    throwIfClosed();
    // Other accepts may have been given the same socket, or the user may have connected it.
    if (m_bound || m_connected || m_connecting || lane(Side::Write).head || lane(Side::Read).head)
        return false;
    dropWatch();
    for (const int wake : m_seldom->waits)
        sys::signal(wake);
    m_descriptor = std::move(descriptor);
    m_remote = std::move(remote);
    m_bound = true;
    m_everConnected = true;
    m_connected = true;
    m_connectedByUs = false;
    return true;
}

} // namespace swb::detail
