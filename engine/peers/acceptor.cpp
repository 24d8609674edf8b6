// SPDX-License-Identifier: BSL-1.0
#include "engine/peers/acceptor.h"

#include <chrono>
#include <exception>
#include <utility>

namespace swb::peers {

namespace {
constexpr int kBacklog = 128;
/// Accepts that complete at once before other sockets of the thread get their turn.
constexpr int kAcceptsInTurn = 32;
/// A full descriptor table would otherwise make the accept fail again at once, for ever.
constexpr std::chrono::milliseconds kPauseAfterFailure{100};
} // namespace

Acceptor::Acceptor(
    AsyncEngine& engine, const Address& address, int receiveBufferBytes, Callbacks callbacks)
    : m_callbacks(std::move(callbacks))
    , m_listener(engine, address.addressFamily(), address.socketType(), address.protocolType())
    , m_timer(engine)
{
    if (receiveBufferBytes != 0)
        m_listener.setReceiveBufferSize(receiveBufferBytes);
    m_listener.bind(address.endPoint);
    m_listener.listen(kBacklog);
    m_address = {address.transport, m_listener.localEndPoint()};
    m_args.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
        const auto self = std::exchange(m_keepAlive, nullptr);
        if (accepted())
            acceptSome();
    });
}

Acceptor::~Acceptor() = default;

void Acceptor::start()
{
    acceptSome();
}

/// Accepts until one is pending. The caller keeps this object alive.
void Acceptor::acceptSome()
{
    for (int i = 0; i < kAcceptsInTurn; ++i) {
        if (m_stopped || startAccept() || !accepted())
            return;
    }
    m_timer.expireAfter(
        std::chrono::nanoseconds{0}, [self = shared_from_this()] { self->acceptSome(); });
}

/// True: pending, or the listener is closed.
bool Acceptor::startAccept()
{
    m_keepAlive = shared_from_this();
    try {
        m_args.setAcceptSocket({});
        if (m_listener.acceptAsync(m_args))
            return true;
    } catch (const std::exception&) {
        m_keepAlive.reset(); // stop(), or the end of the engine, has closed it
        return true;
    }
    m_keepAlive.reset();
    return false;
}

/// Takes the result of one accept; false when accepting is over or goes on later.
bool Acceptor::accepted()
{
    const SocketError error = m_args.socketError();
    if (error == SocketError::Success) {
        Socket socket = m_args.acceptSocket();
        m_args.setAcceptSocket({});
        m_callbacks.accepted(std::move(socket));
        return true;
    }
    if (error == SocketError::OperationAborted)
        return false;
    if (error == SocketError::ConnectionAborted || error == SocketError::ConnectionReset)
        return true; // that client has gone already
    if (m_callbacks.failed)
        m_callbacks.failed(error, m_args.nativeError());
    m_timer.expireAfter(kPauseAfterFailure, [self = shared_from_this()] { self->acceptSome(); });
    return false;
}

void Acceptor::stop()
{
    if (m_stopped.exchange(true))
        return;
    try {
        m_listener.close();
    } catch (const std::exception&) {
        // The engine is ending and has closed it already.
    }
}

} // namespace swb::peers
