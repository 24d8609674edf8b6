// SPDX-License-Identifier: BSL-1.0
/// How operations of a SocketCore are ended from outside: cancel, close, and a descriptor that
/// gives way to a fresh one.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/connect_plan.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/linux/blocking_wait.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace swb::detail {

bool SocketCore::cancel(ArgsState& args)
{
    Socket dropped; // of an accept without its first data; closed when the lane is free again
    for (const Side side : {Side::Write, Side::Read}) {
        const std::lock_guard lock(lane(side).mutex);
        if (!lane(side).contains(&args))
            continue;
        cancelQueued(side, args, dropped);
        return true;
    }
    const auto elsewhere = args.pendingOn().first;
    return elsewhere && elsewhere.get() != this && elsewhere->cancel(args);
}

void SocketCore::cancelQueued(Side side, ArgsState& args, Socket& dropped)
{
    Lane& lane = this->lane(side);
    const bool wasHead = lane.head == &args;
    lane.remove(args);
    args.run.fail(SocketError::OperationAborted, ECANCELED);
    markCompleted(args);
    if (args.run.awaitsFirstData())
        dropped = std::exchange(args.run.accepting.edit().socket, {});
    if (args.packetsPlan)
        uncork(*args.packetsPlan);
    if (side == Side::Write)
        letGo();
    if (args.connectPlan && args.connectPlan->waiting) {
        // A TCP descriptor in the middle of connecting is of no further use; the socket stays
        // usable.
        sys::Descriptor old;
        replaceDescriptor(m_family, old);
    } else if (wasHead) {
        // Whatever went on for the cancelled operation no longer counts; the next one begins
        // afresh.
        lane.supersede();
        if (lane.head)
            postTurn(side);
    }
    postCompletion(args);
}

/// The listener is closed: an accept that still waits for its first data ends. The args may be gone
/// already, and are only looked at when they are in the queue.
void SocketCore::cancelFirstData(const ArgsState* args)
{
    Socket dropped;
    const std::lock_guard lock(lane(Side::Read).mutex);
    ArgsState* const found = lane(Side::Read).contains(args);
    if (found && found->run.awaitsFirstData())
        cancelQueued(Side::Read, *found, dropped);
}

ArgsState* SocketCore::abortAll(Lane& lane)
{
    for (ArgsState* args = lane.head; args; args = args->run.next) {
        args->run.fail(SocketError::OperationAborted, ECANCELED);
        markCompleted(*args);
    }
    lane.tail = nullptr;
    return std::exchange(lane.head, nullptr);
}

void SocketCore::close(std::optional<std::chrono::milliseconds> timeout)
{
    sys::Descriptor descriptor;
    ArgsState* writes = nullptr;
    ArgsState* reads = nullptr;
    Seldom seldom;
    bool wasConnected = false;
    // The engine may end on another thread meanwhile: its workers stay until the events are posted.
    std::vector<Worker::Hold> work;
    work.push_back(m_worker.hold());
    {
        const std::scoped_lock write(lane(Side::Write).mutex);
        const std::scoped_lock read(lane(Side::Read).mutex);
        const std::scoped_lock info(m_infoMutex);
        if (closed())
            return;
        m_closed.store(true, std::memory_order_release);
        wasConnected = m_connected.exchange(false);
        writes = abortAll(lane(Side::Write));
        reads = abortAll(lane(Side::Read));
        for (const ArgsState* args = reads; args; args = args->run.next) {
            if (const auto& listener = args->run.accepting->listener)
                work.push_back(listener->m_worker.hold());
        }
        dropWatch();
        descriptor = std::move(m_descriptor);
        seldom = m_seldom.take();
        for (const int wake : seldom.waits)
            sys::signal(wake);
    }
    if (descriptor && isStream())
        sys::doNotWaitAtClose(descriptor.get()); // CLOSE-03: in the background, on any thread
    const bool cancelled = writes || reads;
    const bool reset
        = (cancelled && wasConnected && hasConnections() && !m_sendingShutDown) // CLOSE-02
        || (timeout && timeout->count() == 0);
    if (reset && descriptor) {
        sys::closeWithReset(descriptor.release());
    } else if (m_disconnected && hasConnections()) {
        closeLingering(m_engine, std::move(descriptor), timeout.value_or(kDisconnectLinger),
            timeout.has_value());
    } else if (timeout && timeout->count() > 0 && wasConnected && hasConnections()) {
        sys::shutdown(descriptor.get(), SocketShutdown::Send);
        closeLingering(m_engine, std::move(descriptor), *timeout, true);
    }
    descriptor.reset();
    if (!seldom.boundPath.empty())
        ::unlink(seldom.boundPath.c_str());
    postCompletions(writes);
    postCompletions(reads);
    for (const auto& [accepted, args] : seldom.awaitingFirstData) {
        if (const auto core = accepted.lock())
            core->cancelFirstData(args);
    }
}

int SocketCore::replaceDescriptor(AddressFamily family, sys::Descriptor& old)
{
    int error = 0;
    auto fresh = sys::openSocket(family, m_type, m_protocol, error);
    if (error != 0)
        return error;
    ArgsState* reads = nullptr;
    {
        const std::scoped_lock read(lane(Side::Read).mutex);
        const std::scoped_lock info(m_infoMutex);
        for (const auto& option : m_options)
            sys::setOption(
                fresh.get(), option.level, option.name, option.value.data(), option.value.size());
        dropWatch();
        reads = abortAll(lane(Side::Read)); // DISC-07
        old = std::move(m_descriptor);
        m_descriptor = std::move(fresh);
        m_family = family;
        m_bound = false;
        m_listening = false;
        m_sendingShutDown = false;
        m_endTold = false;
        m_remote = {};
        for (const int wake : m_seldom->waits)
            sys::signal(wake);
    }
    postCompletions(reads);
    if (lane(Side::Write).head)
        postTurn(Side::Write);
    return 0;
}

} // namespace swb::detail
