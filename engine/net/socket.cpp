// SPDX-License-Identifier: BSL-1.0
/// The public calls: what they check before an operation starts, in the order of the contract.
#include "engine/net/socket.h"

#include "engine/net/async_engine.h"
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/connect_plan.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/exceptions.h"
#include "engine/net/socket_async_event_args.h"

#include <algorithm>
#include <cerrno>

namespace swb {

using detail::ArgsState;
using detail::SocketCore;

namespace {

constexpr auto kSendFlags = SocketFlags::OutOfBand | SocketFlags::DontRoute | SocketFlags::Partial;

/// Marks the args as in progress; frees them again when the call throws before the operation has
/// started (EXC-12).
class Starting {
public:
    Starting(ArgsState& args, SocketAsyncOperation kind)
        : m_args(args)
    {
        args.acquire();
        args.lastOperation = kind; // RET-11: also when the call throws
    }
    ~Starting()
    {
        if (!m_started)
            m_args.release();
    }
    Starting(const Starting&) = delete;
    Starting& operator=(const Starting&) = delete;
    void started() noexcept { m_started = true; }

private:
    ArgsState& m_args;
    bool m_started = false;
};

void checkSendBuffers(const ArgsState& args)
{
    if (!args.hasBuffer() && !args.bufferListSet) {
        throw ArgumentException(
            "Neither a buffer nor a buffer list is set: there is nothing to send.", "e"); // D-02
    }
    if ((static_cast<int>(SocketFlags(args.flags)) & ~static_cast<int>(kSendFlags)) != 0)
        throw ArgumentOutOfRangeException(
            "e", "The socket flags contain one that does not exist for sends.");
}

void checkReceiveBuffers(const ArgsState& args)
{
    if (args.bufferReadOnly)
        throw ArgumentException("The buffer is read-only: nothing can be received into it.", "e");
    if (!args.hasBuffer() && !args.bufferListSet)
        throw ArgumentException(
            "Neither a buffer nor a buffer list is set: there is no room to receive.", "e");
}

bool familySuits(const SocketCore& core, AddressFamily family)
{
    return family == core.family()
        || (core.family() == AddressFamily::InterNetworkV6 && core.dualMode()
            && family == AddressFamily::InterNetwork);
}

void checkSenderTemplate(const SocketCore& core, const ArgsState& args)
{
    const EndPoint remote = args.remote();
    if (remote.isNull() || remote.kind() == EndPoint::Kind::Dns
        || !familySuits(core, remote.addressFamily())) { // RFROM-01
        throw ArgumentException(
            "The remote end point must be an address of the socket's family.", "e");
    }
}

/// A name that stands for "any address" cannot be connected to (CONN-10).
void checkHostName(const EndPoint& endPoint)
{
    if (endPoint.kind() != EndPoint::Kind::Dns)
        return;
    const std::string& host = endPoint.name();
    if (host == "0.0.0.0" || host == "::0" || host == "::")
        throw ArgumentException("The host name '" + host + "' stands for any address.", "hostName");
}

/// D-03: before anything leaves.
void checkMessageSizes(
    const SocketCore& core, const detail::SendPacketsPlan& plan, std::int64_t block)
{
    std::uint64_t largest = plan.largestPacket();
    if (block > 0)
        largest = std::min(largest, static_cast<std::uint64_t>(block));
    if (const std::uint64_t limit = core.largestMessage(); largest > limit) {
        throw SocketException(SocketError::MessageSize, EMSGSIZE,
            "A packet of " + std::to_string(largest) + " bytes is larger than a datagram can be ("
                + std::to_string(limit) + ")");
    }
}

std::unique_ptr<detail::ConnectPlan> connectPlanFor(const EndPoint& target)
{
    auto plan = std::make_unique<detail::ConnectPlan>();
    plan->target = target;
    plan->byName = target.kind() == EndPoint::Kind::Dns;
    if (!plan->byName)
        plan->candidates.push_back(target);
    return plan;
}

} // namespace

Socket::Socket(AsyncEngine& engine, AddressFamily family, SocketType type, ProtocolType protocol)
    : m_handle(detail::makeSocket(engine.m_state, family, type, protocol))
{
}

Socket::Socket(AsyncEngine& engine, SocketType type, ProtocolType protocol)
{
    try {
        m_handle
            = detail::makeSocket(engine.m_state, AddressFamily::InterNetworkV6, type, protocol);
        m_handle->core().setDualMode(true);
    } catch (const SocketException& e) {
        if (e.socketError() != SocketError::AddressFamilyNotSupported)
            throw;
        m_handle = detail::makeSocket(engine.m_state, AddressFamily::InterNetwork, type, protocol);
    }
}

Socket::Socket(std::shared_ptr<detail::SocketHandle> handle)
    : m_handle(std::move(handle))
{
}

SocketCore& Socket::core() const
{
    if (!m_handle)
        throw ObjectDisposedException("Socket");
    return m_handle->core();
}

// --- Sending

bool Socket::sendAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state;
    Starting starting(args, SocketAsyncOperation::Send);
    checkSendBuffers(args);
    if (!core.everConnected()) // D-01
        throw SocketException(
            SocketError::NotConnected, ENOTCONN, "The socket is not yet connected");
    starting.started();
    return core.startSend(args, submittedNs);
}

bool Socket::sendToAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state;
    const EndPoint remote = args.remote();
    if (remote.isNull() || remote.kind() == EndPoint::Kind::Dns)
        throw ArgumentException("The remote end point must be an address.", "e"); // STO-01
    Starting starting(args, SocketAsyncOperation::SendTo);
    checkSendBuffers(args);
    starting.started();
    // A stream ignores the address; elsewhere it is the network that cannot be reached (EXC-14).
    if (!core.isStream() && !familySuits(core, remote.addressFamily())) {
        args.run.begin(args, SocketAsyncOperation::SendTo);
        args.run.fail(SocketError::AddressFamilyNotSupported, EAFNOSUPPORT);
        core.finishRefused(args, SocketAsyncOperation::SendTo, submittedNs);
        return false;
    }
    return core.startSendTo(args, remote, submittedNs);
}

bool Socket::sendPacketsAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state;
    if (!args.elements)
        throw ArgumentException("No SendPacketsElements are set.", "e"); // PKT-04
    if (core.type() == SocketType::Raw) // EXC-08
        throw NotSupportedException("SendPacketsAsync does not work with raw sockets.");
    if (!core.connected()) // before the check for busy args (EXC-02)
        throw NotSupportedException(
            "SendPacketsAsync needs a socket that is connected to a remote host.");
    Starting starting(args, SocketAsyncOperation::SendPackets);
    if (args.packetsSendSize < -1)
        throw ArgumentOutOfRangeException("e", "SendPacketsSendSize is negative."); // PKT-13
    if (!args.packetsPlan)
        args.packetsPlan = std::make_unique<detail::SendPacketsPlan>();
    detail::SendPacketsPlan& plan = *args.packetsPlan;
    const bool rangesFit = plan.prepare(args.elements, core.engine()->mountTable());
    const auto endOptions = TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket;
    if (!core.isStream() && rangesFit) {
        try {
            checkMessageSizes(core, plan, args.packetsSendSize);
        } catch (...) {
            plan.clear(); // closes the files
            throw;
        }
    }
    starting.started();
    if (!rangesFit
        || (!core.hasConnections()
            && hasFlag(TransmitFileOptions(args.packetsFlags), endOptions))) { // PKT-11, FLAG-05
        args.run.begin(args, SocketAsyncOperation::SendPackets);
        args.run.fail(SocketError::InvalidArgument);
        core.finishRefused(args, SocketAsyncOperation::SendPackets, submittedNs);
        return false;
    }
    return core.start(args, SocketAsyncOperation::SendPackets, submittedNs);
}

// --- Receiving

bool Socket::receiveAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state;
    Starting starting(args, SocketAsyncOperation::Receive);
    checkReceiveBuffers(args);
    starting.started();
    return core.startReceive(args, submittedNs);
}

bool Socket::receiveFromAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state;
    checkSenderTemplate(core, args);
    Starting starting(args, SocketAsyncOperation::ReceiveFrom);
    checkReceiveBuffers(args);
    starting.started();
    return core.start(args, SocketAsyncOperation::ReceiveFrom, submittedNs);
}

bool Socket::receiveMessageFromAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state;
    checkSenderTemplate(core, args);
    Starting starting(args, SocketAsyncOperation::ReceiveMessageFrom);
    checkReceiveBuffers(args);
    if (args.packetInformation)
        args.packetInformation.edit() = {};
    core.withDescriptor([&](int fd) { // RMSG-01
        return detail::sys::enablePacketInformation(fd, core.family(), core.dualMode());
    });
    starting.started();
    return core.start(args, SocketAsyncOperation::ReceiveMessageFrom, submittedNs);
}

bool Socket::acceptAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state;
    if (args.bufferListSet) // ACC-01
        throw ArgumentException("A buffer list cannot be used to accept.", "e");
    if (args.bufferReadOnly && args.count > 0)
        throw ArgumentException(
            "The buffer is read-only: no first data can be received into it.", "e");
    if (!core.bound())
        throw InvalidOperationException("The socket must be bound before it can accept.");
    if (!core.listening())
        throw InvalidOperationException("The socket must listen before it can accept.");
    if (const Socket given = args.acceptSocket()) {
        SocketCore& target = given.core();
        if (&target == &core || target.bound() || target.connected() || target.closed()) {
            throw InvalidOperationException("The accept socket is bound or connected already; "
                                            "set it to a fresh socket, or to null for a new one.");
        }
    }
    Starting starting(args, SocketAsyncOperation::Accept);
    starting.started();
    return core.start(args, SocketAsyncOperation::Accept, submittedNs);
}

// --- Connecting

bool Socket::connectAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state; // the order of CONN-01
    if (args.bufferListSet)
        throw ArgumentException("A buffer list cannot be used to connect.", "BufferList");
    const EndPoint remote = args.remote();
    if (remote.isNull())
        throw ArgumentNullException("remoteEP");
    checkHostName(remote);
    if (core.listening())
        throw InvalidOperationException("A listening socket cannot connect.");
    if (core.connected() && core.hasConnections())
        throw SocketException(SocketError::IsConnected, EISCONN, "The socket is connected already");
    const bool anyFamily = remote.kind() == EndPoint::Kind::Dns
        && remote.addressFamily() == AddressFamily::Unspecified;
    if (!anyFamily && !familySuits(core, remote.addressFamily()))
        throw NotSupportedException(
            "The remote end point is of another address family than the socket.");
    Starting starting(args, SocketAsyncOperation::Connect);
    args.connectSocket = {};
    starting.started();
    return core.startConnect(args, connectPlanFor(remote), submittedNs);
}

bool Socket::connectAsync(
    AsyncEngine& engine, SocketType type, ProtocolType protocol, SocketAsyncEventArgs& e)
{
    ArgsState& args = *e.m_state; // the order of CONN-07
    if (args.bufferListSet)
        throw ArgumentException("A buffer list cannot be used to connect.", "e");
    const EndPoint remote = args.remote();
    if (remote.isNull())
        throw ArgumentException("No remote end point is set.", "e");
    checkHostName(remote);
    Starting starting(args, SocketAsyncOperation::Connect);
    args.connectSocket = {};
    auto plan = connectPlanFor(remote);
    AddressFamily family = remote.addressFamily();
    if (family == AddressFamily::Unspecified) { // decided by the first address that is tried
        plan->mayChangeFamily = true;
        family = AddressFamily::InterNetwork;
    }
    plan->own = Socket(engine, family, type, protocol);
    SocketCore& core = plan->own.core();
    const std::int64_t submittedNs = core.observedNowNs();
    starting.started();
    return core.startConnect(args, std::move(plan), submittedNs);
}

void Socket::cancelConnectAsync(SocketAsyncEventArgs& e)
{
    if (e.m_state->lastOperation != SocketAsyncOperation::Connect)
        return;
    const auto [core, byName] = e.m_state->pendingOn();
    if (!core || !core->cancel(*e.m_state))
        return;
    if (!byName)
        core->close(); // CLOSE-10
}

bool Socket::disconnectAsync(SocketAsyncEventArgs& e)
{
    SocketCore& core = this->core();
    const std::int64_t submittedNs = core.observedNowNs();
    core.throwIfClosed();
    ArgsState& args = *e.m_state;
    Starting starting(args, SocketAsyncOperation::Disconnect);
    starting.started();
    return core.start(args, SocketAsyncOperation::Disconnect, submittedNs);
}

void Socket::cancel(SocketAsyncEventArgs& e)
{
    core().cancel(*e.m_state);
}

// --- Synchronous calls

void Socket::bind(const EndPoint& localEndPoint)
{
    core().bind(localEndPoint);
}

void Socket::listen(int backlog)
{
    core().listen(backlog);
}

void Socket::shutdown(SocketShutdown how)
{
    core().shutdown(how);
}

void Socket::close()
{
    if (m_handle)
        m_handle->core().close();
}

void Socket::close(std::chrono::milliseconds timeout)
{
    if (!m_handle)
        return;
    if (timeout.count() < 0)
        m_handle->core().close();
    else
        m_handle->core().close(timeout);
}

bool Socket::connected() const
{
    return m_handle && m_handle->core().connected();
}

bool Socket::isBound() const
{
    return m_handle && m_handle->core().bound();
}

bool Socket::closed() const
{
    return !m_handle || m_handle->core().closed();
}

EndPoint Socket::localEndPoint() const
{
    return core().localEndPoint();
}

EndPoint Socket::remoteEndPoint() const
{
    return core().remoteEndPoint();
}

std::size_t Socket::available() const
{
    return core().available();
}

SocketHealth Socket::health() const
{
    return core().health();
}

AddressFamily Socket::addressFamily() const
{
    return core().family();
}

SocketType Socket::socketType() const
{
    return core().type();
}

ProtocolType Socket::protocolType() const
{
    return core().protocol();
}

std::uint32_t Socket::id() const
{
    return m_handle ? m_handle->core().id() : 0;
}

int Socket::nativeHandle() const
{
    return m_handle ? m_handle->core().nativeHandle() : -1;
}

bool Socket::alwaysCompletesAsynchronously() const
{
    return core().alwaysAsynchronous.load(std::memory_order_relaxed);
}

bool Socket::blocking() const
{
    return core().blockingWish.load(std::memory_order_relaxed);
}

void Socket::setBlocking(bool on)
{
    core().throwIfClosed();
    core().blockingWish.store(on, std::memory_order_relaxed);
}

void Socket::setAlwaysCompletesAsynchronously(bool on)
{
    core().alwaysAsynchronous.store(on, std::memory_order_relaxed);
}

} // namespace swb
