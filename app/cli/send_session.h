// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"
#include "app/cli/main_loop.h"
#include "app/cli/receiver.h"
#include "engine/net/socket.h"
#include "engine/workbench/problem.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace swb {
class AsyncEngine;
}

namespace swb::cli {

class Notes;
class OperationReport;
class Output;
class SendNarrator;
class TraceRecording;

/// What a SendSession works with; all must outlive it.
struct SendTools {
    AsyncEngine& engine;
    MainLoop& loop;
    Notes& notes;
    OperationReport& report;
    SendNarrator& narrator;
    Output* output; ///< For what comes back; null: discard it.
    TraceRecording* recording; ///< Null: nothing is recorded.
};

/// One run of `swb send`: connects, sends, receives as asked, and leaves in order.
///
/// Without being asked to it receives, and discards, only what is there already while a send is
/// pending (a peer that answers and is not read would stop reading us) and while it waits for the
/// end. A receive that is pending all the time would take the error of a reset away from the send
/// that it happened to.
///
/// **Threads** the main thread.
class SendSession {
public:
    SendSession(const SendCommand& command, SendTools tools);

    /// Returns the first thing that went wrong. When interrupted: what was pending has been
    /// cancelled.
    std::optional<workbench::Problem> run();

private:
    enum class Waited : std::uint8_t { Done, TimedOut, Interrupted, Failed };
    using Condition = std::function<bool()>;
    using TimePoint = MainLoop::Clock::time_point;

    bool connect();
    void describe(const Socket& socket);
    bool send();
    void receiveUntilTime();
    /// Until the peer has acknowledged everything, and a little longer for its end.
    void waitForDelivery(bool waitForEnd);
    void checkForRefusedDatagram();
    void leave();

    /// Waits for the condition, and meanwhile looks after records, notes and what comes back.
    Waited waitFor(const Condition& condition, std::optional<TimePoint> deadline,
        bool stopWhenInterrupted = true);
    /// Takes some of what comes back; true when there may be more at once.
    bool pump();
    bool receivesNow() const;
    std::size_t unacknowledged() const;
    void fail(workbench::Problem problem);

    const SendCommand& m_command;
    SendTools m_tools;
    std::string m_subject;
    bool m_receivingAsked = false;
    bool m_sending = false;
    bool m_peerEnded = false;
    TimePoint m_lastArrival;
    std::optional<workbench::Problem> m_problem;
    Socket m_socket;
    std::unique_ptr<Receiver> m_receiver;
};

} // namespace swb::cli
