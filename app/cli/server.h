// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"
#include "app/cli/main_loop.h"
#include "app/cli/receiver.h"
#include "engine/net/socket.h"
#include "engine/workbench/problem.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swb {
class AsyncEngine;
}
namespace swb::trace {
class PayloadLog;
}

namespace swb::cli {

class Notes;
class OperationReport;
class Output;
class TraceRecording;

/// What a Server works with; all must outlive it.
struct ServerTools {
    AsyncEngine& engine;
    MainLoop& loop;
    Notes& notes;
    OperationReport& report;
    Output* output; ///< For what arrives; null: count and discard it.
    TraceRecording* recording; ///< Null: nothing is recorded.
};

/// One run of `swb listen`: accepts connections, or takes datagrams, receives, and echoes when
/// asked to.
///
/// **Threads** the main thread.
class Server {
public:
    Server(const ListenCommand& command, ServerTools tools);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Binds; the address with the port that was picked.
    /// **Errors** the exceptions of Socket::bind.
    std::string listen();
    /// Until interrupted, or the first connection has ended (`--once`), or the output failed.
    /// Returns what went wrong.
    std::optional<workbench::Problem> run();
    /// Ends everything; nothing is pending afterwards.
    void close();

    std::uint64_t arrivals() const noexcept { return m_arrivals; }
    std::uint64_t bytesReceived() const noexcept { return m_bytesReceived; }
    std::uint64_t failures() const noexcept { return m_failures; }

private:
    struct Connection;

    void accept();
    void takeAccepted();
    void addConnection(Socket socket);
    /// True when there may be more to do at once.
    bool driveConnections();
    bool drive(Connection& connection);
    bool takeData(Connection& connection);
    bool echo(Connection& connection);
    bool echoFinished(Connection& connection);
    void end(Connection& connection, std::optional<workbench::Problem> problem);
    bool finished() const;
    trace::PayloadLog* payload() const;
    void describe(const Socket& socket) const;
    MainLoop::Clock::time_point nextLook(bool more) const;

    const ListenCommand& m_command;
    ServerTools m_tools;
    Socket m_socket;
    Operation m_accept;
    bool m_accepting = false; ///< The result of m_accept is still to be looked at.
    MainLoop::Clock::time_point m_acceptAgainAt;
    std::vector<std::unique_ptr<Connection>> m_connections;
    std::uint64_t m_arrivals = 0; ///< Connections, or datagrams.
    std::uint64_t m_ended = 0;
    std::uint64_t m_bytesReceived = 0;
    std::uint64_t m_failures = 0;
    std::optional<workbench::Problem> m_problem;
};

} // namespace swb::cli
