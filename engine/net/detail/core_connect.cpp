// SPDX-License-Identifier: BSL-1.0
/// How a SocketCore connects and disconnects.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/connect_plan.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/linux/name_resolver.h"

#include <cerrno>
#include <utility>

namespace swb::detail {

namespace {
// A full backlog of a Unix-domain listener announces nothing when it has room again.
constexpr std::chrono::milliseconds kBacklogRetry{2};
} // namespace

Step SocketCore::performConnect(ArgsState& args, Turn& turn)
{
    ConnectPlan& plan = *args.connectPlan;
    if (plan.connected)
        return performSend(args, turn);
    if (plan.resolving)
        return Step::Waiting;
    if (plan.byName && !plan.resolved)
        return startResolving(args);
    if (plan.waiting) {
        const int error = sys::connectResult(m_descriptor.get());
        if (error == EINPROGRESS)
            return Step::Blocked;
        plan.waiting = false;
        if (error == 0)
            return finishConnect(args, turn);
        plan.lastError = error;
        ++plan.candidate;
    }
    return connectCandidates(args, turn);
}

Step SocketCore::connectCandidates(ArgsState& args, Turn& turn)
{
    ConnectPlan& plan = *args.connectPlan;
    for (; plan.candidate < plan.candidates.size(); ++plan.candidate) {
        const int error = connectOne(plan.candidates[plan.candidate], plan.mayChangeFamily);
        switch (error) {
        case 0:
            return finishConnect(args, turn);
        case EINPROGRESS:
            plan.waiting = true;
            return Step::Blocked;
        case EAGAIN:
            retryConnectLater(args);
            return Step::Waiting;
        default:
            plan.lastError = error;
        }
    }
    // The last attempt's error; NoData when there was nothing to try (CONN-09).
    if (plan.lastError == 0)
        args.run.fail(SocketError::NoData);
    else
        args.run.failWithErrno(plan.lastError);
    if (plan.byName) {
        args.connectByNameError = "'" + plan.target.name() + "': " + describe(args.run.error);
    }
    return Step::Done;
}

int SocketCore::connectOne(const EndPoint& target, bool mayChangeFamily)
{
    const AddressFamily family = target.addressFamily();
    if (mayChangeFamily && family != m_family) {
        sys::Descriptor old;
        if (const int error = replaceDescriptor(family, old); error != 0)
            return error;
    }
    const NativeAddress address = toNative(target, m_family);
    const int error = sys::connect(m_descriptor.get(), address);
    // After a refusal the next connect on the same descriptor is aborted once (CONN-13).
    return error == ECONNABORTED ? sys::connect(m_descriptor.get(), address) : error;
}

Step SocketCore::finishConnect(ArgsState& args, Turn& turn)
{
    ConnectPlan& plan = *args.connectPlan;
    plan.connected = true;
    setRemote(plan.candidates[plan.candidate]);
    setConnected();
    args.connectSocket = plan.own ? plan.own : SocketHandle::socket(handle());
    if (args.hasBuffer() && args.count > 0)
        return performSend(args, turn); // CONN-04
    return Step::Done;
}

// --- Names

Step SocketCore::startResolving(ArgsState& args)
{
    ConnectPlan& plan = *args.connectPlan;
    plan.resolving = true;
    // The lookup's thread may still be busy when everything here is gone: it only gets to know
    // where to ask.
    resolveName(plan.target,
        [weak = weak_from_this(), address = &args, identity = &plan](ResolvedName result) {
            if (const auto core = weak.lock())
                core->nameResolved(address, identity, std::move(result));
        });
    return Step::Waiting;
}

void SocketCore::nameResolved(ArgsState* args, const ConnectPlan* plan, ResolvedName result)
{
    const std::lock_guard lock(lane(Side::Write).mutex);
    // Still the same connect? The plan of one that has ended is gone, so its address is only
    // compared.
    if (closed() || lane(Side::Write).head != args || args->connectPlan.get() != plan
        || !plan->resolving)
        return;
    ConnectPlan& current = *args->connectPlan;
    current.resolving = false;
    current.resolved = true;
    if (result.error != SocketError::Success) {
        args->run.fail(result.error);
        args->connectByNameError = std::move(result.message);
    }
    for (auto& endPoint : result.endPoints) {
        const bool suits = current.mayChangeFamily || endPoint.addressFamily() == m_family
            || (m_family == AddressFamily::InterNetworkV6 && dualMode());
        if (suits)
            current.candidates.push_back(std::move(endPoint));
    }
    postTurn(Side::Write);
}

void SocketCore::retryConnectLater(ArgsState& args)
{
    ConnectPlan& plan = *args.connectPlan;
    plan.retry.emplace(m_worker.context);
    plan.retry->expires_after(kBacklogRetry);
    plan.retry->async_wait([weak = weak_from_this(), address = &args, identity = &plan](
                               const asio::error_code& error) {
        const auto core = error ? nullptr : weak.lock();
        if (core)
            core->continueConnect(address, identity);
    });
}

void SocketCore::continueConnect(ArgsState* args, const ConnectPlan* plan)
{
    const std::lock_guard lock(lane(Side::Write).mutex);
    if (!closed() && lane(Side::Write).head == args && args->connectPlan.get() == plan)
        postTurn(Side::Write);
}

// --- Disconnect

Step SocketCore::performDisconnect(ArgsState& args, bool reuse)
{
    if (!everConnected()) {
        args.run.fail(SocketError::NotConnected, ENOTCONN); // DISC-06, EXC-14
        return Step::Done;
    }
    if (!isStream()) {
        // Dissolves the association; the socket can be connected again (CONN-06).
        NativeAddress nobody;
        nobody.length = sizeof nobody.storage;
        if (const int error = sys::connect(m_descriptor.get(), nobody); error != 0)
            args.run.failWithErrno(error);
    } else if (reuse) {
        // What is queued still leaves on the old descriptor, while a fresh one takes its place
        // (D-07, DISC-05).
        sys::shutdown(m_descriptor.get(), SocketShutdown::Send);
        sys::Descriptor old;
        if (const int error = replaceDescriptor(m_family, old); error != 0) {
            args.run.failWithErrno(error);
        } else {
            sys::doNotWaitAtClose(old.get()); // it is a worker that closes it in the end
            closeLingering(m_engine, std::move(old), kDisconnectLinger, false);
        }
    } else {
        // Only sending is shut down: with both, the next byte that the peer sends would make the
        // kernel reset the connection and destroy what is still queued (FLAG-04, DISC-05).
        const int error = sys::shutdown(m_descriptor.get(), SocketShutdown::Send);
        if (error != 0 && error != ENOTCONN)
            args.run.failWithErrno(error);
        m_sendingShutDown = true;
        m_disconnected = true;
        retryLane(Side::Read); // ends with 0 bytes once all that came is read (DISC-07)
    }
    if (args.run.error == SocketError::Success) {
        m_connected = false;
        const std::lock_guard lock(m_infoMutex);
        m_remote = {};
    }
    return Step::Done;
}

} // namespace swb::detail
