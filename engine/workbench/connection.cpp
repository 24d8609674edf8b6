// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/connection.h"

#include "engine/workbench/connection_impl.h"

#include <utility>

namespace swb::workbench {

std::string toString(ConnectionState state)
{
    switch (state) {
    case ConnectionState::Idle:
        return "Idle";
    case ConnectionState::Connecting:
        return "Connecting";
    case ConnectionState::Connected:
        return "Connected";
    case ConnectionState::PeerEnded:
        return "PeerEnded";
    case ConnectionState::Closed:
        return "Closed";
    case ConnectionState::Failed:
        return "Failed";
    }
    return std::to_string(static_cast<int>(state));
}

Connection::Connection(std::shared_ptr<Impl> impl)
    : m_impl(std::move(impl))
{
}

Connection::~Connection()
{
    m_impl->end();
}

std::shared_ptr<Connection> Connection::client(
    AsyncEngine& engine, Address target, std::function<void()> changed, trace::PayloadLog* payload)
{
    return std::shared_ptr<Connection>(new Connection(
        std::make_shared<Impl>(engine, std::move(target), std::move(changed), true, payload)));
}

std::shared_ptr<Connection> Connection::accepted(AsyncEngine& engine, Socket socket,
    Transport transport, std::function<void()> changed, trace::PayloadLog* payload)
{
    Address other{transport, remoteEndPointOf(socket)};
    std::shared_ptr<Connection> connection(new Connection(
        std::make_shared<Impl>(engine, std::move(other), std::move(changed), false, payload)));
    connection->m_impl->adopt(std::move(socket));
    return connection;
}

std::shared_ptr<Connection> Connection::datagramReceiver(AsyncEngine& engine,
    const Address& address, std::function<void()> changed, trace::PayloadLog* payload)
{
    std::shared_ptr<Connection> connection(new Connection(
        std::make_shared<Impl>(engine, address, std::move(changed), false, payload)));
    connection->m_impl->bind();
    return connection;
}

void Connection::connect()
{
    m_impl->connect();
}

void Connection::disconnect()
{
    m_impl->disconnect();
}

void Connection::abort()
{
    m_impl->abort();
}

void Connection::shutdownSend()
{
    m_impl->shutdownSend();
}

SendTicket Connection::send(const QueueItem& item)
{
    return m_impl->send(SendRequest::single(item));
}

SendTicket Connection::sendAsOne(std::span<const QueueItem> items)
{
    SendRequest request;
    std::copy_if(items.begin(), items.end(), std::back_inserter(request.items),
        [](const QueueItem& item) { return item.enabled; });
    return m_impl->send(std::move(request));
}

bool Connection::cancel(std::uint64_t operationId)
{
    const auto link = m_impl->currentLink();
    return link && link->sends().cancel(operationId);
}

std::size_t Connection::cancelAll()
{
    const auto link = m_impl->currentLink();
    return link ? link->sends().cancelAll() : 0;
}

ConnectionSnapshot Connection::snapshot() const
{
    return m_impl->snapshot();
}

ReceivedTail Connection::received(std::size_t limit) const
{
    return m_impl->received(limit);
}

void Connection::clearReceived()
{
    m_impl->clearReceived();
}

} // namespace swb::workbench
