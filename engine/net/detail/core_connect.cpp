// SPDX-License-Identifier: BSL-1.0
/// How a SocketCore connects and disconnects.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/connect_plan.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/linux/name_resolver.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace swb::detail {

namespace {
// A full backlog of a Unix-domain listener announces nothing when it has room again.
constexpr std::chrono::milliseconds kBacklogRetry{2};

/// "Any address, port 0": what a datagram socket connects to in order to have no peer any more.
bool isNobody(const EndPoint& target)
{
    const auto& bytes = target.addressBytes();
    return target.kind() == EndPoint::Kind::Ip && target.port() == 0
        && std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}
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
        args.connectByNameError.edit()
            = "'" + plan.target.name() + "': " + describe(args.run.error);
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
    if (!hasConnections() && isNobody(target))
        return dissolve();
    const NativeAddress address = toNative(target, m_family);
    const int error = sys::connect(m_descriptor.get(), address);
    // After a refusal the next connect on the same descriptor is aborted once (CONN-13).
    return error == ECONNABORTED ? sys::connect(m_descriptor.get(), address) : error;
}

Step SocketCore::finishConnect(ArgsState& args, Turn& turn)
{
    ConnectPlan& plan = *args.connectPlan;
    const EndPoint& target = plan.candidates[plan.candidate];
    plan.connected = true;
    args.connectSocket = plan.own ? plan.own : SocketHandle::socket(handle());
    if (!hasConnections() && isNobody(target))
        return Step::Done; // without a peer now (CONN-06)
    // An IPv4 peer of a dual-mode socket shows in its mapped form, as the local end does (CONN-14).
    setRemote(target.addressFamily() == m_family ? target : fromNative(toNative(target, m_family)));
    m_connectedByUs = true;
    setConnected();
    if (args.hasBuffer() && args.count > 0)
        return performSend(args, turn); // CONN-04
    return Step::Done;
}

/// Takes a datagram socket's peer away; it can be connected again (CONN-06).
int SocketCore::dissolve()
{
    const std::lock_guard lock(m_infoMutex);
    const EndPoint before = fromNative(sys::localAddress(m_descriptor.get()));
    NativeAddress nobody; // of no family
    nobody.length = sizeof nobody.storage;
    if (const int error = sys::connect(m_descriptor.get(), nobody); error != 0)
        return error;
    m_connected = false;
    m_remote = {};
    // The system takes a port away that it had chosen itself, though others may know it by now.
    if (m_family != AddressFamily::Unix
        && fromNative(sys::localAddress(m_descriptor.get())).port() == 0) {
        const EndPoint wanted
            = m_seldom->boundTo ? *m_seldom->boundTo : anyAddress(m_family).withPort(before.port());
        if (sys::bind(m_descriptor.get(), toNative(wanted, m_family)) != 0)
            m_bound = false;
    }
    return 0;
}

// --- Names

Step SocketCore::startResolving(ArgsState& args)
{
    ConnectPlan& plan = *args.connectPlan;
    plan.resolving = true;
    // The lookup's thread may still be busy when everything here is gone: it only gets to know
    // where to ask.
    resolveName(plan.target,
        [weak = weak_from_this(), address = &args, number = plan.number](ResolvedName result) {
            if (const auto core = weak.lock())
                core->nameResolved(address, number, std::move(result));
        });
    return Step::Waiting;
}

void SocketCore::nameResolved(ArgsState* args, std::uint64_t planNumber, ResolvedName result)
{
    const std::lock_guard lock(lane(Side::Write).mutex);
    // Still the same connect? The args of one that has ended may be gone, or may connect to another
    // name by now.
    if (closed() || lane(Side::Write).head != args || !args->connectPlan
        || args->connectPlan->number != planNumber)
        return;
    ConnectPlan& current = *args->connectPlan;
    current.resolving = false;
    current.resolved = true;
    if (result.error != SocketError::Success) {
        args->run.fail(result.error);
        args->connectByNameError.edit() = std::move(result.message);
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
    plan.retry.emplace(m_engine->clock());
    plan.retry->expires_after(kBacklogRetry);
    plan.retry->async_wait([weak = weak_from_this(), address = &args, number = plan.number](
                               const asio::error_code& error) {
        const auto core = error ? nullptr : weak.lock();
        if (core)
            core->continueConnect(address, number);
    });
}

void SocketCore::continueConnect(ArgsState* args, std::uint64_t planNumber)
{
    const std::lock_guard lock(lane(Side::Write).mutex);
    if (!closed() && lane(Side::Write).head == args && args->connectPlan
        && args->connectPlan->number == planNumber)
        postTurn(Side::Write);
}

// --- Disconnect

Step SocketCore::performDisconnect(ArgsState& args, bool reuse)
{
    if (!everConnected()) {
        args.run.fail(SocketError::NotConnected, ENOTCONN); // DISC-06, EXC-14
        return Step::Done;
    }
    if (!hasConnections()) {
        if (const int error = dissolve(); error != 0)
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
