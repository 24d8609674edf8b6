// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/connection_impl.h"

#include "engine/net/exceptions.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace swb::workbench {

namespace {

EndPoint localEndPointOf(const Socket& socket)
{
    try {
        return socket ? socket.localEndPoint() : EndPoint();
    } catch (const std::exception&) {
        return {}; // closed, or reset before anybody asked
    }
}

/// After these a stream can neither send nor receive any more.
bool endsConnection(SocketError error)
{
    switch (error) {
    case SocketError::ConnectionReset:
    case SocketError::ConnectionAborted:
    case SocketError::NetworkReset:
    case SocketError::NotConnected:
    case SocketError::Shutdown:
    case SocketError::Disconnecting:
    case SocketError::TimedOut:
    case SocketError::HostUnreachable:
    case SocketError::NetworkUnreachable:
        return true;
    default:
        return false;
    }
}

std::string_view nameOf(SocketAsyncOperation operation)
{
    return operation == SocketAsyncOperation::Send ? "Send" : "SendPackets";
}

} // namespace

EndPoint remoteEndPointOf(const Socket& socket)
{
    try {
        return socket ? socket.remoteEndPoint() : EndPoint();
    } catch (const std::exception&) {
        return {};
    }
}

// --- What the user asks for

Connection::Impl::Impl(AsyncEngine& asyncEngine, Address target, std::function<void()> changed,
    bool mayConnect, trace::PayloadLog* payload)
    : m_engine(asyncEngine)
    , m_mayConnect(mayConnect)
    , m_payload(payload)
    , m_notifier(std::move(changed))
{
    m_snapshot.target = std::move(target);
}

void Connection::Impl::connect()
{
    std::shared_ptr<Link> old;
    std::shared_ptr<Link> link;
    Address target;
    {
        const std::scoped_lock lock(m_mutex);
        if (m_snapshot.state == ConnectionState::Connecting
            || m_snapshot.state == ConnectionState::Connected)
            return;
        target = m_snapshot.target;
    }
    if (!m_mayConnect) {
        setProblem(problemFromException("Connect", target.toString(),
            InvalidOperationException(
                "The other side made this connection; only it can connect again.")));
        return;
    }
    try {
        link = Link::create(m_engine, target, weak_from_this(), m_payload);
        {
            const std::scoped_lock lock(m_mutex);
            if (m_snapshot.state == ConnectionState::Connecting
                || m_snapshot.state == ConnectionState::Connected)
                return; // another thread was quicker
            old = std::exchange(m_link, link);
            m_snapshot.state = ConnectionState::Connecting;
            m_snapshot.problem.reset();
            m_snapshot.local = {};
            m_snapshot.remote = {};
            m_snapshot.socketId = 0;
            m_snapshot.socketBytesSent = 0;
        }
        if (old)
            old->close();
        m_notifier.notify();
        link->connect();
    } catch (const std::exception& e) {
        failConnect(link.get(), problemFromException("Connect", target.toString(), e));
    }
    m_notifier.notify();
}

void Connection::Impl::failConnect(const Link* link, Problem problem)
{
    const std::scoped_lock lock(m_mutex);
    // Closed by the user while it was starting is not a failure.
    if (link && (m_link.get() != link || m_snapshot.state == ConnectionState::Closed))
        return;
    m_snapshot.state = ConnectionState::Failed;
    m_snapshot.problem = std::move(problem);
}

void Connection::Impl::adopt(Socket socket)
{
    const auto link = Link::create(m_engine, m_snapshot.target, weak_from_this(), m_payload);
    {
        const std::scoped_lock lock(m_mutex);
        m_link = link;
        m_snapshot.state = ConnectionState::Connected;
        m_snapshot.socketId = socket.id();
        m_snapshot.local = localEndPointOf(socket);
        m_snapshot.remote = remoteEndPointOf(socket);
    }
    link->adopt(std::move(socket));
    link->startReceiving();
}

void Connection::Impl::bind()
{
    const Address asked = m_snapshot.target;
    try {
        const Address address = asked.forListening();
        const auto link = Link::create(m_engine, address, weak_from_this(), m_payload);
        link->bind();
        const Socket socket = link->socket();
        {
            const std::scoped_lock lock(m_mutex);
            m_link = link;
            m_snapshot.socketId = socket.id();
            m_snapshot.local = localEndPointOf(socket);
            m_snapshot.target.endPoint = m_snapshot.local;
        }
        link->startReceiving();
    } catch (const std::exception& e) {
        const std::scoped_lock lock(m_mutex);
        m_snapshot.state = ConnectionState::Failed;
        m_snapshot.problem = problemFromException("Listen", asked.toString(), e);
    }
}

void Connection::Impl::disconnect()
{
    const auto link = currentLink();
    bool established = false;
    {
        const std::scoped_lock lock(m_mutex);
        established = m_snapshot.state == ConnectionState::Connected
            || m_snapshot.state == ConnectionState::PeerEnded;
    }
    if (established && link)
        link->disconnect();
    else
        abort();
}

void Connection::Impl::abort()
{
    std::shared_ptr<Link> link;
    {
        const std::scoped_lock lock(m_mutex);
        link = m_link;
        // A failure stays on show until the next connect().
        if (link && m_snapshot.state != ConnectionState::Failed)
            m_snapshot.state = ConnectionState::Closed;
    }
    if (link)
        link->close();
    m_notifier.notify();
}

void Connection::Impl::end()
{
    m_notifier.silence();
    if (const auto link = currentLink())
        link->close();
}

void Connection::Impl::shutdownSend()
{
    const auto link = currentLink();
    if (link)
        link->endSending();
    m_notifier.notify();
}

SendTicket Connection::Impl::send(SendRequest request)
{
    std::shared_ptr<Link> link;
    std::string subject;
    const auto operation = nameOf(request.operation);
    {
        const std::scoped_lock lock(m_mutex);
        if (m_snapshot.state == ConnectionState::Connected
            || m_snapshot.state == ConnectionState::PeerEnded)
            link = m_link;
        subject = m_snapshot.target.toString();
    }
    SendTicket ticket;
    if (!link) {
        ticket.problem = problemFromResult(operation, subject, SocketError::NotConnected);
        setProblem(*ticket.problem);
        return ticket;
    }
    ticket = link->send(std::move(request));
    if (!ticket.pending)
        takeSendResult(*link, ticket.bytesDone, ticket.error, ticket.problem);
    m_notifier.notify();
    return ticket;
}

void Connection::Impl::takeSendResult(
    Link& link, std::uint64_t bytes, SocketError error, const std::optional<Problem>& problem)
{
    bool over = false;
    {
        const std::scoped_lock lock(m_mutex);
        m_snapshot.bytesSent += bytes;
        if (m_link.get() == &link)
            m_snapshot.socketBytesSent += bytes;
        if (m_link.get() != &link || !problem || error == SocketError::OperationAborted)
            return;
        const bool closedHere = link.sendingEnded() || m_snapshot.state == ConnectionState::Closed;
        over = endsConnection(error) && m_snapshot.target.isStream() && !closedHere;
        if (m_snapshot.state == ConnectionState::Failed)
            return; // the first reason is the one that explains the others
        m_snapshot.problem = problem;
        if (over)
            m_snapshot.state = ConnectionState::Failed;
    }
    if (over)
        link.closeWhenFinished();
}

void Connection::Impl::setProblem(Problem problem)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_snapshot.problem = std::move(problem);
    }
    m_notifier.notify();
}

std::shared_ptr<Link> Connection::Impl::currentLink() const
{
    const std::scoped_lock lock(m_mutex);
    return m_link;
}

ConnectionSnapshot Connection::Impl::snapshot() const
{
    std::shared_ptr<Link> link;
    ConnectionSnapshot result;
    {
        const std::scoped_lock lock(m_mutex);
        link = m_link;
        result = m_snapshot;
        result.bytesReceived = m_received.total();
    }
    if (link) {
        result.pendingSends = static_cast<std::uint32_t>(link->sends().pending());
        if (result.socketId == 0) {
            if (const Socket socket = link->socket())
                result.socketId = socket.id();
        }
    }
    return result;
}

ReceivedTail Connection::Impl::received(std::size_t limit) const
{
    const std::scoped_lock lock(m_mutex);
    return m_received.tail(limit);
}

void Connection::Impl::clearReceived()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_received.clear();
    }
    m_notifier.notify();
}

// --- What the link tells

void Connection::Impl::linkConnected(Link& link)
{
    const Socket socket = link.socket();
    {
        const std::scoped_lock lock(m_mutex);
        if (m_link.get() != &link || m_snapshot.state != ConnectionState::Connecting)
            return;
        m_snapshot.state = ConnectionState::Connected;
        m_snapshot.socketId = socket.id();
        m_snapshot.local = localEndPointOf(socket);
        m_snapshot.remote = remoteEndPointOf(socket);
    }
    m_notifier.notify();
    link.startReceiving();
}

void Connection::Impl::linkReceived(
    Link& link, std::span<const std::byte> bytes, const EndPoint& from)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (m_link.get() != &link)
            return;
        m_received.append(bytes);
        if (!from.isNull())
            m_snapshot.remote = from;
    }
    m_notifier.notify();
}

void Connection::Impl::linkPeerEnded(Link& link)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (m_link.get() != &link || m_snapshot.state != ConnectionState::Connected)
            return;
        m_snapshot.state = ConnectionState::PeerEnded;
    }
    m_notifier.notify();
}

void Connection::Impl::linkSendEnded(Link& link, const SendOutcome& outcome)
{
    std::optional<Problem> problem;
    if (outcome.error != SocketError::Success) {
        problem = problemFromResult(nameOf(outcome.operation), snapshot().target.toString(),
            outcome.error, outcome.nativeError);
    }
    takeSendResult(link, outcome.bytes, outcome.error, problem);
}

void Connection::Impl::linkSendSettled(Link&)
{
    m_notifier.notify();
}

void Connection::Impl::linkFailed(Link& link, const std::string& operation, SocketError error,
    std::error_code nativeError, bool fatal)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (m_link.get() != &link || m_snapshot.state == ConnectionState::Closed)
            return;
        // A reset explains the broken pipe that a send may have met a moment before.
        const bool explains = error == SocketError::ConnectionReset && m_snapshot.problem
            && m_snapshot.problem->errorNumber == static_cast<int>(SocketError::Shutdown);
        if (m_snapshot.state == ConnectionState::Failed && !explains)
            return;
        m_snapshot.problem
            = problemFromResult(operation, m_snapshot.target.toString(), error, nativeError);
        if (fatal)
            m_snapshot.state = ConnectionState::Failed;
    }
    if (fatal)
        link.closeWhenFinished();
    m_notifier.notify();
}

void Connection::Impl::linkDisconnected(Link& link)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (m_link.get() != &link || m_snapshot.state == ConnectionState::Failed)
            return;
        m_snapshot.state = ConnectionState::Closed;
    }
    m_notifier.notify();
}

} // namespace swb::workbench
