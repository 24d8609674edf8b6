// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/link.h"

#include "engine/net/exceptions.h"
#include "engine/trace/payload_log.h"

#include <chrono>
#include <utility>

namespace swb::workbench {

namespace {

constexpr std::size_t kReceiveBytes = std::size_t{64} * 1024;
/// Receives that complete at once before others get their turn: 1 MiB.
constexpr int kReceivesInTurn = 16;
/// How long the system may try, in the background, to hand over what was sent before a disconnect.
constexpr std::chrono::seconds kLingerAfterDisconnect{10};

EndPoint anySender(AddressFamily family)
{
    return EndPoint::ip(family == AddressFamily::InterNetworkV6 ? "::" : "0.0.0.0", 0);
}

void closeQuietly(Socket socket) noexcept
{
    try {
        if (socket)
            socket.close();
    } catch (const std::exception&) {
        // The engine is ending and has closed it already.
    }
}

bool isIcmpAnswer(SocketError error)
{
    return error == SocketError::ConnectionRefused || error == SocketError::HostUnreachable
        || error == SocketError::NetworkUnreachable;
}

} // namespace

std::shared_ptr<Link> Link::create(AsyncEngine& engine, Address address,
    std::weak_ptr<LinkOwner> owner, trace::PayloadLog* payload)
{
    std::shared_ptr<Link> link(new Link(engine, std::move(address), std::move(owner), payload));
    const std::weak_ptr<Link> weak = link;
    link->m_sends = SendOperations::create(
        [weak](const SendOutcome& outcome) {
            const auto self = weak.lock();
            const auto told = self ? self->m_owner.lock() : nullptr;
            if (told)
                told->linkSendEnded(*self, outcome);
        },
        [weak] {
            if (const auto self = weak.lock())
                self->sendSettled();
        });
    link->m_sends->keepPayloadIn(payload);
    return link;
}

Link::Link(AsyncEngine& engine, Address address, std::weak_ptr<LinkOwner> owner,
    trace::PayloadLog* payload)
    : m_engine(engine)
    , m_address(std::move(address))
    , m_owner(std::move(owner))
    , m_payload(payload)
    , m_continue(engine)
{
    m_connectArgs.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
        const auto self = std::exchange(m_connectAlive, nullptr);
        connectEnded();
    });
    m_receiveArgs.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
        const auto self = std::exchange(m_receiveAlive, nullptr);
        if (takeReceived())
            receiveSome();
        else
            receivingEnded();
    });
    m_disconnectArgs.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
        const auto self = std::exchange(m_disconnectAlive, nullptr);
        disconnectEnded();
    });
}

Link::~Link() = default;

void Link::connect()
{
    const auto self = shared_from_this();
    m_connectArgs.setRemoteEndPoint(m_address.endPoint);
    m_connectAlive = self;
    bool pending = false;
    try {
        pending = startConnect();
    } catch (...) {
        m_connectAlive.reset();
        throw;
    }
    if (!pending) {
        m_connectAlive.reset();
        connectEnded();
    }
}

bool Link::startConnect()
{
    // A name may stand for addresses of both families, so the engine picks the socket.
    if (m_address.endPoint.kind() == EndPoint::Kind::Dns)
        return Socket::connectAsync(
            m_engine, m_address.socketType(), m_address.protocolType(), m_connectArgs);
    Socket socket(
        m_engine, m_address.addressFamily(), m_address.socketType(), m_address.protocolType());
    bool closed = false;
    {
        const std::scoped_lock lock(m_mutex);
        m_socket = socket;
        closed = m_closed;
    }
    if (closed)
        closeQuietly(socket); // close() came before there was a socket; the call below says so
    return socket.connectAsync(m_connectArgs);
}

void Link::connectEnded()
{
    const SocketError error = m_connectArgs.socketError();
    const Socket connected = m_connectArgs.connectSocket();
    bool closed = false;
    {
        const std::scoped_lock lock(m_mutex);
        closed = m_closed;
        if (error == SocketError::Success && connected)
            m_socket = connected;
    }
    if (closed) {
        closeQuietly(connected);
        return;
    }
    const auto owner = m_owner.lock();
    if (!owner)
        return;
    if (error == SocketError::Success) {
        owner->linkConnected(*this);
    } else {
        closeQuietly(socket());
        owner->linkFailed(*this, "Connect", error, m_connectArgs.nativeError(), true);
    }
}

void Link::adopt(Socket socket)
{
    const std::scoped_lock lock(m_mutex);
    m_socket = std::move(socket);
}

void Link::bind()
{
    Socket socket(
        m_engine, m_address.addressFamily(), m_address.socketType(), m_address.protocolType());
    socket.bind(m_address.endPoint);
    m_receivesFrom = true;
    adopt(std::move(socket));
}

void Link::startReceiving()
{
    m_buffer.resize(kReceiveBytes);
    m_receiveArgs.setBuffer(std::span<std::byte>(m_buffer));
    {
        const std::scoped_lock lock(m_mutex);
        m_receiving = true;
    }
    receiveSome();
}

/// Receives until one is pending. The caller keeps this object alive.
void Link::receiveSome()
{
    for (int i = 0; i < kReceivesInTurn; ++i) {
        if (startReceive())
            return;
        if (!takeReceived()) {
            receivingEnded();
            return;
        }
    }
    m_continue.expireAfter(
        std::chrono::nanoseconds{0}, [self = shared_from_this()] { self->receiveSome(); });
}

/// True: pending. After that nothing of the receive may be touched here, the event may be running.
bool Link::startReceive()
{
    Socket socket = this->socket();
    m_receiveAlive = shared_from_this();
    bool pending = false;
    try {
        if (m_receivesFrom) {
            m_receiveArgs.setRemoteEndPoint(anySender(m_address.addressFamily()));
            pending = socket.receiveFromAsync(m_receiveArgs);
        } else {
            pending = socket.receiveAsync(m_receiveArgs);
        }
    } catch (const ObjectDisposedException&) {
        m_receiveAlive.reset();
        m_closedWhileStarting = true;
        return false;
    }
    if (!pending)
        m_receiveAlive.reset();
    return pending;
}

/// Hands on what one receive brought; false: it was the last.
bool Link::takeReceived()
{
    if (m_closedWhileStarting)
        return false;
    const SocketError error = m_receiveArgs.socketError();
    const std::uint64_t count = m_receiveArgs.bytesTransferred();
    bool silent = false;
    {
        const std::scoped_lock lock(m_mutex);
        silent = m_closed || m_disconnecting;
    }
    const auto owner = m_owner.lock();
    if (!owner || error == SocketError::OperationAborted)
        return false;
    if (error == SocketError::Success) {
        // A datagram may be empty; on a stream nothing means the end.
        const bool ended = count == 0 && m_address.isStream();
        if (count != 0 || !ended) {
            const auto bytes = std::span<const std::byte>(m_buffer).first(count);
            if (m_payload != nullptr)
                m_payload->keep(m_receiveArgs.operationId(), bytes);
            const EndPoint from = m_receivesFrom ? m_receiveArgs.remoteEndPoint() : EndPoint();
            owner->linkReceived(*this, bytes, from);
        } else if (!silent) {
            owner->linkPeerEnded(*this);
        }
        return !ended;
    }
    const bool fatal = m_address.isStream() || !isIcmpAnswer(error);
    if (!silent)
        owner->linkFailed(*this, "Receive", error, m_receiveArgs.nativeError(), fatal);
    return !fatal;
}

void Link::receivingEnded()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_receiving = false;
    }
    finishIfIdle();
}

SendTicket Link::send(SendRequest request)
{
    SendTicket ticket = m_sends->start(socket(), std::move(request), m_address.toString());
    if (!ticket.pending)
        finishIfIdle();
    return ticket;
}

void Link::sendSettled()
{
    if (const auto owner = m_owner.lock())
        owner->linkSendSettled(*this);
    finishIfIdle();
}

void Link::endSending()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_endSendingWhenIdle = true;
    }
    finishIfIdle();
}

bool Link::sendingEnded() const
{
    const std::scoped_lock lock(m_mutex);
    return m_sendingEnded || m_endSendingWhenIdle;
}

/// Does what was put off until no send is pending.
void Link::finishIfIdle()
{
    if (m_sends->pending() != 0)
        return;
    Socket socket;
    bool endSendingNow = false;
    bool closeNow = false;
    {
        const std::scoped_lock lock(m_mutex);
        socket = m_socket;
        endSendingNow = std::exchange(m_endSendingWhenIdle, false) && !m_closed;
        m_sendingEnded = m_sendingEnded || endSendingNow;
        closeNow = m_closeWhenFinished && !m_receiving && !m_closed;
    }
    if (endSendingNow) {
        try {
            socket.shutdown(SocketShutdown::Send);
        } catch (const SocketException& e) {
            if (const auto owner = m_owner.lock())
                owner->linkFailed(*this, "Shutdown", e.socketError(), e.nativeError(), false);
        } catch (const ObjectDisposedException&) {
            // Closed meanwhile, which ends sending too.
        }
    }
    if (closeNow)
        close();
}

void Link::disconnect()
{
    Socket socket;
    {
        const std::scoped_lock lock(m_mutex);
        if (m_closed || m_disconnecting)
            return;
        m_disconnecting = true;
        socket = m_socket;
    }
    m_disconnectAlive = shared_from_this();
    bool pending = false;
    try {
        if (m_address.isStream() && socket)
            pending = socket.disconnectAsync(m_disconnectArgs);
    } catch (const std::exception&) {
        // Closed or never connected: there is nothing to end in order.
    }
    if (!pending) {
        const auto self = std::exchange(m_disconnectAlive, nullptr);
        disconnectEnded();
    }
}

void Link::disconnectEnded()
{
    Socket socket;
    {
        const std::scoped_lock lock(m_mutex);
        if (std::exchange(m_closed, true))
            return;
        socket = m_socket;
    }
    try {
        if (socket && m_address.isStream())
            socket.close(kLingerAfterDisconnect);
        else
            closeQuietly(socket);
    } catch (const std::exception&) {
        // The engine is ending and has closed it already.
    }
    if (const auto owner = m_owner.lock())
        owner->linkDisconnected(*this);
}

void Link::closeWhenFinished()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_closeWhenFinished = true;
    }
    finishIfIdle();
}

void Link::close()
{
    Socket socket;
    {
        const std::scoped_lock lock(m_mutex);
        if (std::exchange(m_closed, true))
            return;
        socket = m_socket;
    }
    // Does nothing unless a name is being connected to, which has no socket yet.
    Socket::cancelConnectAsync(m_connectArgs);
    closeQuietly(std::move(socket));
}

Socket Link::socket() const
{
    const std::scoped_lock lock(m_mutex);
    return m_socket;
}

} // namespace swb::workbench
