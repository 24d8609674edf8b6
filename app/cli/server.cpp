// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/server.h"

#include "app/cli/notes.h"
#include "app/cli/operation_report.h"
#include "app/cli/output.h"
#include "app/cli/trace_recording.h"
#include "engine/net/exceptions.h"
#include "engine/workbench/payload_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace swb::cli {

namespace {

using namespace std::chrono_literals;

constexpr int kTurnsAtOnce = 16;
constexpr auto kTick = 200ms; // looks at records that raced with the last look, paints progress
constexpr auto kAcceptAgain = 100ms;
constexpr auto kCancelLimit
    = 200ms; // a cancelled operation ends at once; this is for the case of a fault

using Clock = MainLoop::Clock;

} // namespace

/// An accepted connection, or the one bound socket that takes datagrams from everybody.
struct Server::Connection {
    Connection(MainLoop& loop, Socket connected, std::string shownAs, trace::PayloadLog* payload)
        : socket(std::move(connected))
        , name(std::move(shownAs))
        , receiver(loop, socket, payload)
        , sender(loop)
    {
    }

    Socket socket;
    std::string name;
    Clock::time_point start = Clock::now();
    std::uint64_t bytes = 0;
    bool echoing = false; ///< The result of `sender` is still to be looked at.
    bool ended = false;
    Receiver receiver;
    Operation sender;
};

Server::Server(const ListenCommand& command, ServerTools tools)
    : m_command(command)
    , m_tools(tools)
    , m_accept(tools.loop)
{
}

Server::~Server()
{
    close();
}

std::string Server::listen()
{
    const Address& address = m_command.address;
    m_socket = Socket(
        m_tools.engine, address.addressFamily(), address.socketType(), address.protocolType());
    m_socket.bind(address.endPoint);
    if (address.isStream())
        m_socket.listen();
    else
        m_connections.push_back(std::make_unique<Connection>(m_tools.loop, m_socket,
            Address{address.transport, m_socket.localEndPoint()}.toString(), payload()));
    describe(m_socket);
    return Address{address.transport, m_socket.localEndPoint()}.toString();
}

std::optional<workbench::Problem> Server::run()
{
    while (!m_tools.loop.interrupted()) {
        if (m_command.address.isStream())
            accept();
        const bool more = driveConnections();
        if (auto problem = m_tools.report.drain(); problem && !m_problem)
            m_problem = std::move(problem);
        if (m_problem || finished())
            break;
        if (m_tools.notes.showsProgress() && m_bytesReceived > 0)
            m_tools.notes.progress("received", m_bytesReceived, 0);
        m_tools.loop.wait(nextLook(more));
    }
    return m_problem;
}

trace::PayloadLog* Server::payload() const
{
    return m_tools.recording != nullptr ? &m_tools.recording->payload() : nullptr;
}

void Server::describe(const Socket& socket) const
{
    if (m_tools.recording != nullptr)
        m_tools.recording->describe(socket);
}

bool Server::finished() const
{
    return m_command.once && m_ended > 0;
}

Clock::time_point Server::nextLook(bool more) const
{
    const auto now = Clock::now();
    if (more)
        return now;
    const auto tick = m_tools.report.nextDrain(kTick);
    return m_acceptAgainAt > now ? std::min(tick, m_acceptAgainAt) : tick;
}

void Server::accept()
{
    while (m_socket && !m_accept.pending() && Clock::now() >= m_acceptAgainAt) {
        if (std::exchange(m_accepting, false)) {
            takeAccepted();
            continue;
        }
        m_accept.args().setAcceptSocket(Socket());
        m_accept.started(m_socket.acceptAsync(m_accept.args()));
        m_accepting = true;
    }
}

void Server::takeAccepted()
{
    SocketAsyncEventArgs& e = m_accept.args();
    if (e.socketError() == SocketError::Success) {
        addConnection(e.acceptSocket());
        if (m_command.once) {
            // Who comes now shall be refused, not left waiting.
            m_socket.close();
            m_socket = Socket();
        }
        return;
    }
    ++m_failures;
    m_acceptAgainAt = Clock::now() + kAcceptAgain;
    m_tools.notes.line(workbench::problemFromResult(
        "Accept", m_command.address.toString(), e.socketError(), e.nativeError())
                           .toString());
}

void Server::addConnection(Socket socket)
{
    ++m_arrivals;
    const EndPoint remote = socket.remoteEndPoint();
    std::string name = fmt::format("connection {}", m_arrivals);
    // The client's end of a Unix-domain connection has no name as a rule.
    if (!remote.toString().empty())
        name += " from " + Address{m_command.address.transport, remote}.toString();
    m_tools.notes.line(name);
    m_connections.push_back(
        std::make_unique<Connection>(m_tools.loop, std::move(socket), std::move(name), payload()));
    describe(m_connections.back()->socket);
}

bool Server::driveConnections()
{
    bool more = false;
    for (const auto& connection : m_connections) {
        if (!m_problem && drive(*connection))
            more = true;
    }
    std::erase_if(m_connections, [](const auto& connection) { return connection->ended; });
    return more;
}

bool Server::drive(Connection& connection)
{
    for (int turn = 0; turn < kTurnsAtOnce; ++turn) {
        if (connection.ended)
            return false;
        if (connection.echoing) {
            if (connection.sender.pending())
                return false;
            if (!echoFinished(connection))
                return false;
        }
        switch (connection.receiver.turn()) {
        case Receiver::Turn::Pending:
            return false;
        case Receiver::Turn::Ended:
            end(connection, std::nullopt);
            return false;
        case Receiver::Turn::Failed: {
            const SocketAsyncEventArgs& e = connection.receiver.args();
            end(connection,
                workbench::problemFromResult(
                    "Receive", connection.name, e.socketError(), e.nativeError()));
            return false;
        }
        case Receiver::Turn::Data:
            if (!takeData(connection))
                return false;
        }
    }
    return true;
}

bool Server::takeData(Connection& connection)
{
    const auto data = connection.receiver.data();
    connection.bytes += data.size();
    m_bytesReceived += data.size();
    const bool datagram = !m_command.address.isStream();
    if (datagram)
        ++m_arrivals;
    if (m_tools.output != nullptr) {
        if (auto problem = m_tools.output->write(data)) {
            m_problem = std::move(problem);
            return false;
        }
    }
    if (m_command.echo)
        return echo(connection);
    if (datagram)
        ++m_ended;
    return !finished();
}

bool Server::echo(Connection& connection)
{
    SocketAsyncEventArgs& e = connection.sender.args();
    const bool datagram = !m_command.address.isStream();
    try {
        e.setBuffer(connection.receiver.data());
        if (datagram) {
            e.setRemoteEndPoint(connection.receiver.sender());
            connection.sender.started(connection.socket.sendToAsync(e));
        } else
            connection.sender.started(connection.socket.sendAsync(e));
    } catch (const std::exception& exception) {
        end(connection, workbench::problemFromException("Send", connection.name, exception));
        return false;
    }
    connection.echoing = true;
    if (connection.sender.pending())
        return false;
    return echoFinished(connection);
}

bool Server::echoFinished(Connection& connection)
{
    connection.echoing = false;
    if (auto* const log = payload())
        log->keep(connection.sender.args().operationId(), connection.receiver.data());
    const SocketAsyncEventArgs& e = connection.sender.args();
    const bool datagram = !m_command.address.isStream();
    if (e.socketError() != SocketError::Success) {
        const auto problem = workbench::problemFromResult(
            "Send", connection.name, e.socketError(), e.nativeError());
        if (!datagram || m_command.once) {
            end(connection, problem);
            return false;
        }
        // One sender that cannot be answered does not end the service for the others.
        ++m_failures;
        m_tools.notes.line(problem.toString());
    }
    if (datagram)
        ++m_ended;
    return !finished();
}

void Server::end(Connection& connection, std::optional<workbench::Problem> problem)
{
    connection.ended = true;
    ++m_ended;
    const double seconds = std::chrono::duration<double>(Clock::now() - connection.start).count();
    m_tools.notes.line(fmt::format("{} ended: {} bytes received in {:.3f} s", connection.name,
        workbench::groupDigits(connection.bytes), seconds));
    connection.socket.close();
    if (!problem)
        return;
    ++m_failures;
    if (m_command.once || !m_command.address.isStream())
        m_problem = std::move(problem);
    else
        m_tools.notes.line(problem->toString());
}

void Server::close()
{
    if (m_socket)
        m_socket.close();
    for (const auto& connection : m_connections)
        connection->socket.close();
    // Closing ends what is pending; its buffers may go only then.
    const auto deadline = Clock::now() + kCancelLimit;
    const auto busy = [&] {
        return m_accept.pending()
            || std::any_of(m_connections.begin(), m_connections.end(), [](const auto& connection) {
                   return connection->receiver.pending() || connection->sender.pending();
               });
    };
    while (busy() && Clock::now() < deadline)
        m_tools.loop.wait(deadline);
    m_socket = Socket();
    m_connections.clear();
}

} // namespace swb::cli
