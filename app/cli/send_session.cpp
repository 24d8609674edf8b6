// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/send_session.h"

#include "app/cli/notes.h"
#include "app/cli/operation_report.h"
#include "app/cli/output.h"
#include "app/cli/send_narrator.h"
#include "app/cli/trace_recording.h"
#include "engine/net/async_engine.h"
#include "engine/net/exceptions.h"
#include "engine/workbench/payload_codec.h"
#include "engine/workbench/send_runner.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

namespace swb::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto kCancelLimit
    = 200ms; // a cancelled operation ends at once; this is for the case of a fault
constexpr auto kTick = 200ms; // looks at records that raced with the last look, paints progress
constexpr auto kLookForAnswers = 10ms;
constexpr auto kAcknowledgeTick = 10ms;
constexpr auto kNoProgress = 2s;
constexpr auto kQuietEnd = 300ms; // how long a peer that has everything may take to end its side
constexpr int kTurnsAtOnce = 16;

using Clock = MainLoop::Clock;

} // namespace

SendSession::SendSession(const SendCommand& command, SendTools tools)
    : m_command(command)
    , m_tools(tools)
    , m_subject(command.target.toString())
    , m_receivingAsked(command.receiveFor.has_value() || command.output.has_value())
{
}

std::optional<workbench::Problem> SendSession::run()
{
    if (connect()) {
        m_receiver = std::make_unique<Receiver>(m_tools.loop, m_socket,
            m_tools.recording != nullptr ? &m_tools.recording->payload() : nullptr);
        // The flags disconnect and reuse leave nothing to wait on: the engine sees to what is still
        // on its way.
        const bool disconnects = hasFlag(
            m_command.flags, TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket);
        if (send() && !m_tools.loop.interrupted() && !disconnects) {
            const bool stream = m_command.target.isStream();
            try {
                if (stream)
                    m_socket.shutdown(SocketShutdown::Send);
            } catch (const SocketException&) {
                // The peer has closed or reset already; the receive that follows says which.
            }
            if (m_receivingAsked)
                receiveUntilTime();
            else if (!stream)
                checkForRefusedDatagram();
            if (stream)
                waitForDelivery(!m_receivingAsked);
        }
    }
    leave();
    return m_problem;
}

bool SendSession::connect()
{
    const Address& target = m_command.target;
    const bool byName = target.endPoint.kind() == EndPoint::Kind::Dns;
    Operation connect(m_tools.loop);
    connect.args().setRemoteEndPoint(target.endPoint);
    try {
        if (byName)
            connect.started(Socket::connectAsync(
                m_tools.engine, target.socketType(), target.protocolType(), connect.args()));
        else {
            m_socket = Socket(
                m_tools.engine, target.addressFamily(), target.socketType(), target.protocolType());
            describe(m_socket);
            connect.started(m_socket.connectAsync(connect.args()));
        }
    } catch (const std::exception& exception) {
        fail(workbench::problemFromException("Connect", m_subject, exception));
        return false;
    }
    const auto ended = [&] { return !connect.pending(); };
    if (waitFor(ended, std::nullopt) != Waited::Done) {
        Socket::cancelConnectAsync(connect.args());
        waitFor(ended, Clock::now() + kCancelLimit, false);
        return false;
    }
    if (const SocketError error = connect.args().socketError(); error != SocketError::Success) {
        fail(workbench::problemFromResult(
            "Connect", m_subject, error, connect.args().nativeError()));
        return false;
    }
    if (byName)
        m_socket = connect.args().connectSocket();
    describe(m_socket);
    m_tools.notes.line("connected to " + m_subject);
    return true;
}

void SendSession::describe(const Socket& socket)
{
    if (m_tools.recording != nullptr)
        m_tools.recording->describe(socket, m_command.target);
}

bool SendSession::send()
{
    workbench::SendRunOptions options;
    options.each = m_command.each;
    options.repeat = m_command.repeat;
    options.interval = m_command.interval;
    options.inFlight = m_command.inFlight;
    options.flags = m_command.flags;
    options.sendSize = m_command.sendSize;
    if (m_tools.recording != nullptr)
        options.payload = &m_tools.recording->payload();
    const auto runner = workbench::SendRunner::create(
        m_tools.engine, m_socket, m_subject, m_command.parts, options);

    std::atomic<bool> done{false};
    m_sending = true;
    runner->start([&](const workbench::SendRunResult&) {
        done.store(true, std::memory_order_release);
        m_tools.loop.wake();
    });
    const auto ended = [&] { return done.load(std::memory_order_acquire); };
    const Waited waited = waitFor(ended, std::nullopt);
    if (waited != Waited::Done) {
        runner->cancel();
        // Without a limit: `done` refers to this frame.
        waitFor(ended, std::nullopt, false);
    }
    m_sending = false;
    const workbench::SendRunResult result = runner->result();
    if (result.problem && !result.cancelled)
        fail(*result.problem);
    return waited == Waited::Done && !m_problem;
}

void SendSession::receiveUntilTime()
{
    std::optional<TimePoint> deadline;
    if (m_command.receiveFor)
        deadline = Clock::now() + *m_command.receiveFor;
    waitFor([this] { return m_peerEnded; }, deadline);
}

void SendSession::waitForDelivery(bool waitForEnd)
{
    std::size_t left = unacknowledged();
    TimePoint lastProgress = Clock::now();
    m_lastArrival = lastProgress;
    const auto finished = [&] {
        const std::size_t now = unacknowledged();
        if (now != std::exchange(left, now))
            lastProgress = Clock::now();
        const auto quiet = Clock::now() - std::max(lastProgress, m_lastArrival);
        if (now > 0)
            return quiet >= kNoProgress;
        return m_peerEnded || !waitForEnd || quiet >= kQuietEnd;
    };
    while (!m_problem && !finished()) {
        if (waitFor(finished, Clock::now() + kAcknowledgeTick) == Waited::Interrupted)
            return;
    }
    if (left > 0 && !m_problem)
        m_tools.notes.line(fmt::format(
            "{} bytes are not acknowledged by the peer yet; the system goes on delivering them",
            workbench::groupDigits(left)));
}

void SendSession::checkForRefusedDatagram()
{
    // The answer "port unreachable" of this computer is there at once; one from afar comes too late
    // for us.
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(m_socket.nativeHandle(), SOL_SOCKET, SO_ERROR, &error, &length) == 0
        && error != 0)
        fail(workbench::problemFromResult("Send", m_subject, socketErrorFromErrno(error),
            std::error_code(error, std::system_category())));
}

void SendSession::leave()
{
    m_tools.report.drain();
    m_tools.report.expectAborts();
    if (m_receiver && m_receiver->pending()) {
        m_receiver->cancel();
        Receiver& receiver = *m_receiver;
        const auto deadline = Clock::now() + kCancelLimit;
        while (receiver.pending() && Clock::now() < deadline)
            m_tools.loop.wait(deadline);
    }
    if (m_socket)
        m_socket.close();
}

SendSession::Waited SendSession::waitFor(
    const Condition& condition, std::optional<TimePoint> deadline, bool stopWhenInterrupted)
{
    while (true) {
        if (auto problem = m_tools.report.drain(); problem && !m_problem)
            fail(*problem);
        m_tools.narrator.tell();
        const bool more = !m_problem && pump();
        if (condition())
            return Waited::Done;
        if (stopWhenInterrupted && m_tools.loop.interrupted())
            return Waited::Interrupted;
        if (stopWhenInterrupted && m_problem)
            return Waited::Failed;
        const TimePoint now = Clock::now();
        if (deadline && now >= *deadline)
            return Waited::TimedOut;
        TimePoint wake = m_tools.report.nextDrain(kTick);
        if (more)
            wake = now;
        else if (m_sending && !m_receivingAsked && m_tools.narrator.sendPending())
            wake = std::min(wake, now + kLookForAnswers);
        m_tools.loop.wait(deadline ? std::min(wake, *deadline) : wake);
    }
}

bool SendSession::receivesNow() const
{
    if (!m_receiver || m_peerEnded)
        return false;
    if (m_receivingAsked)
        return true;
    if (!m_command.target.isStream())
        return false;
    return !m_sending || m_socket.available() > 0;
}

bool SendSession::pump()
{
    for (int turn = 0; turn < kTurnsAtOnce; ++turn) {
        if (!receivesNow())
            return false;
        switch (m_receiver->turn()) {
        case Receiver::Turn::Pending:
            return false;
        case Receiver::Turn::Ended:
            m_peerEnded = true;
            return false;
        case Receiver::Turn::Failed: {
            SocketAsyncEventArgs& e = m_receiver->args();
            m_peerEnded = true;
            if (e.socketError() != SocketError::OperationAborted)
                fail(workbench::problemFromResult(
                    "Receive", m_subject, e.socketError(), e.nativeError()));
            return false;
        }
        case Receiver::Turn::Data:
            m_lastArrival = Clock::now();
            if (m_tools.output == nullptr)
                break;
            if (auto problem = m_tools.output->write(m_receiver->data())) {
                fail(*problem);
                return false;
            }
        }
    }
    return true;
}

std::size_t SendSession::unacknowledged() const
{
    int bytes = 0;
    const int handle = m_socket.nativeHandle();
    if (handle < 0 || ioctl(handle, SIOCOUTQ, &bytes) != 0 || bytes < 0)
        return 0;
    return static_cast<std::size_t>(bytes);
}

void SendSession::fail(workbench::Problem problem)
{
    if (!m_problem)
        m_problem = std::move(problem);
}

} // namespace swb::cli
