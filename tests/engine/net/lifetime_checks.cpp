// SPDX-License-Identifier: GPL-3.0-or-later
/// What must hold after a scenario, whatever happened in it.
#include "lifetime_scenario.h"

#include "engine/net/exceptions.h"

#include <algorithm>

namespace swb::test {

/// What is left of the connection must still work after a cancel, and after args that went.
void Scenario::useOnceMore()
{
    if (closesSomething() || !m_socket || m_threw || m_endedHere)
        return;
    SocketError error{};
    {
        const std::lock_guard lock(m_outcome->mutex);
        error = m_outcome->error;
    }
    m_socket.setAlwaysCompletesAsynchronously(false);
    if (isSend() && !isDatagram()) {
        if (sendNow(m_socket, bytesOf("tail!")) == SocketError::Success)
            m_tail = kTail;
        else
            complain("the connection cannot send any more");
    } else if (isReceive() && error == SocketError::OperationAborted) {
        m_received = receiveNow(m_socket, kFirstData);
        if (m_received != slice(m_bench.payload(), 0, kFirstData))
            complain("a cancelled receive has lost data");
    } else if (isConnect() && !isStaticConnect() && error == SocketError::OperationAborted
        && !m_socket.connected()) {
        const RawListener listener(Link::TcpV4);
        connectNow(m_socket, listener.endPoint());
    } else if (m_plan.kind == WalkKind::DisconnectReuse && error == SocketError::Success) {
        const TempFolder folder;
        const RawListener listener(m_folder ? Link::UnixStream : Link::TcpV4, 0, folder.path());
        connectNow(m_socket, listener.endPoint());
    }
}

/// Waits for what is left, looks at both ends, and takes everything down.
void Scenario::finish()
{
    joinDeeds();
    if (m_beforePending && !m_before->done.wait())
        complain("a hang: the send before the disconnect did not complete");
    useOnceMore();
    checkAccepted();
    m_socket.close();
    m_target.close();
    m_outcome->acceptSocket.close();
    m_outcome->connectSocket.close();
    checkSent();
    m_engine.reset(); // joins, so that every handler has returned
    if (isAccept() && m_peer.descriptor() >= 0) {
        StreamEnd end{};
        (void)m_peer.readAll(&end);
        if (end == StreamEnd::DeadlinePassed)
            complain("a client was left without an end");
    }
}

void Scenario::checkThrown()
{
    if (!m_threw)
        return;
    const bool early
        = m_plan.moment == WalkMoment::BeforeCall || m_plan.moment == WalkMoment::Anytime;
    const bool closes = m_plan.has(WalkDeed::Close) || m_plan.has(WalkDeed::CloseAtOnce)
        || m_plan.has(WalkDeed::CloseWithTimeout) || m_plan.has(WalkDeed::DropHandle)
        || m_plan.has(WalkDeed::DestroyEngine);
    const bool shutsDown = m_plan.has(WalkDeed::ShutdownSend)
        || m_plan.has(WalkDeed::ShutdownReceive) || m_plan.has(WalkDeed::ShutdownBoth);
    const bool expected = early
        && ((m_thrown == "ObjectDisposedException" && (closes || m_plan.has(WalkDeed::DisposeArgs)))
            || (m_thrown == "NotSupportedException" && m_plan.kind >= WalkKind::PacketsMemory
                && (closes || shutsDown)));
    if (!expected)
        complain("the call threw " + m_thrown);
}

bool Scenario::allowed(SocketError error) const
{
    switch (error) {
    case SocketError::Success:
        return !mustAbort();
    case SocketError::OperationAborted:
        return (isConnect() && waiting()) || m_plan.has(WalkDeed::Cancel)
            || m_plan.has(WalkDeed::CancelConnect) || m_plan.has(WalkDeed::Close)
            || m_plan.has(WalkDeed::CloseAtOnce) || m_plan.has(WalkDeed::CloseWithTimeout)
            || m_plan.has(WalkDeed::DropHandle) || m_plan.has(WalkDeed::DestroyEngine);
    case SocketError::Shutdown:
        return (isSend() || m_plan.kind == WalkKind::ConnectWithData)
            && (m_plan.has(WalkDeed::ShutdownSend) || m_plan.has(WalkDeed::ShutdownBoth));
    case SocketError::ConnectionReset: // data that arrives when both directions are shut down
        return isReceive()
            && (m_plan.has(WalkDeed::ShutdownBoth)
                || (m_plan.has(WalkDeed::ShutdownSend) && m_plan.has(WalkDeed::ShutdownReceive)));
    default:
        return false;
    }
}

void Scenario::checkOutcome()
{
    const std::lock_guard lock(m_outcome->mutex);
    const int expected = m_pending ? 1 : 0;
    if (m_outcome->raised != expected)
        complain("Completed was raised " + std::to_string(m_outcome->raised) + " times instead of "
            + std::to_string(expected));
    if (m_outcome->busyInHandler)
        complain("the args were busy in the handler");
    if (!m_called || (m_pending && m_outcome->raised == 0))
        return;
    const bool comes
        = m_plan.moment == WalkMoment::InCall || m_plan.moment == WalkMoment::InHandler;
    if (!m_shared && !m_reached
        && (m_plan.moment == WalkMoment::Completing || (comes && m_pending)))
        complain("the moment did not come");
    if (m_outcome->operation != operationOf(m_plan.kind))
        complain("the last operation is another one");
    if (!allowed(m_outcome->error))
        complain("the result is " + swb::toString(m_outcome->error));
    if (isConnect() && (m_outcome->error == SocketError::Success) != bool(m_outcome->connectSocket))
        complain("result and ConnectSocket contradict each other");
    const std::uint64_t all = isReceive() || m_plan.kind == WalkKind::AcceptFirstData ? kFirstData
        : isSend() || m_plan.kind == WalkKind::ConnectWithData                        ? size()
                                                                                      : 0;
    const bool cut = m_plan.has(WalkDeed::ShutdownReceive) || m_plan.has(WalkDeed::ShutdownBoth);
    if (m_outcome->error == SocketError::Success && m_outcome->bytes != all
        && !(cut && isReceive() && m_outcome->bytes == 0))
        complain("a success with " + std::to_string(m_outcome->bytes) + " bytes");
    if (isReceive() && m_outcome->bytes > 0
        && !std::equal(m_room.begin(),
            m_room.begin() + static_cast<std::ptrdiff_t>(m_outcome->bytes),
            m_bench.payload().begin()))
        complain("other bytes were received than sent");
}

/// The peer has a prefix of the content, as long as the count says; at most that after a reset.
void Scenario::checkSent()
{
    std::uint64_t sent = m_before ? m_before->e.bytesTransferred() : 0;
    {
        const std::lock_guard lock(m_outcome->mutex);
        sent += isSend() || isConnect() ? m_outcome->bytes : 0;
    }
    if (m_plan.kind == WalkKind::SendTo && isDatagram()) {
        if (sent > 0 ? m_peer.readDatagram() != slice(m_bench.payload(), 0, sent)
                     : !m_peer.nothingToRead())
            complain("the datagram does not match the count " + std::to_string(sent));
        return;
    }
    if (!m_reading.valid()) {
        if (sent > 0)
            complain("bytes were sent to nobody");
        return;
    }
    auto [bytes, end] = m_reading.get();
    if (end == StreamEnd::DeadlinePassed)
        complain("the peer was left without an end");
    const std::uint64_t total = sent + m_tail;
    if (bytes.size() > total || (end == StreamEnd::Eof && bytes.size() != total))
        complain("the peer got " + std::to_string(bytes.size()) + " bytes of "
            + std::to_string(total) + (end == StreamEnd::Eof ? "" : " before the reset"));
    Bytes expected = slice(m_bench.payload(), 0, sent);
    const Bytes tail = bytesOf("tail!");
    expected.insert(
        expected.end(), tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(m_tail));
    if (bytes.size() <= expected.size()
        && !std::equal(bytes.begin(), bytes.end(), expected.begin()))
        complain("the peer got other bytes");
}

void Scenario::checkAccepted()
{
    if (!isAccept() || !m_called)
        return;
    Socket accepted;
    SocketError error{};
    std::uint64_t bytes = 0;
    {
        const std::lock_guard lock(m_outcome->mutex);
        accepted = m_outcome->acceptSocket;
        error = m_outcome->error;
        bytes = m_outcome->bytes;
    }
    if (error != SocketError::Success) {
        if (m_plan.kind != WalkKind::AcceptInto && accepted)
            complain("a failed accept has a socket");
        return;
    }
    if (!accepted)
        return complain("a successful accept has no socket");
    if (m_plan.has(WalkDeed::DestroyEngine))
        return;
    const Bytes expected = slice(m_bench.payload(), 0, kFirstData);
    Bytes data = slice(m_room, 0, bytes);
    if (m_plan.kind != WalkKind::AcceptFirstData)
        data = receiveNow(accepted, kFirstData);
    if (!accepted.connected() || data != expected)
        complain("the accepted connection does not bring its data");
}

void Scenario::checkArgs(ReuseBench& reuse)
{
    if (!m_args)
        return;
    if (m_args->inProgress())
        return complain("the args are still in progress");
    m_args->removeCompleted(m_handler);
    const bool disposed = m_plan.has(WalkDeed::DisposeArgs);
    try {
        const std::string wrong = reuse.tryOut(*m_args);
        if (!wrong.empty())
            complain(wrong);
        else if (disposed)
            complain("disposed args can be used");
    } catch (const ObjectDisposedException&) {
        if (!disposed)
            complain("the args are disposed");
    }
}

std::string Scenario::run(ReuseBench& reuse)
try {
    prepare();
    armMoment();
    if (m_plan.moment == WalkMoment::BeforeCall)
        doDeeds();
    startCall();
    if (m_plan.moment == WalkMoment::BetweenCallAndReadiness)
        doDeeds();
    if (m_plan.moment == WalkMoment::InCall && m_reached)
        (void)m_deedsFinished.wait();
    makeReady();
    endEndlessConnect();
    if (m_pending && !m_outcome->ended.wait())
        complain("a hang: Completed was not raised");
    if (m_plan.moment == WalkMoment::After)
        doDeeds();
    finish();
    checkThrown();
    checkOutcome();
    checkArgs(reuse);
    return m_complaint.empty() ? std::string() : m_plan.toString() + m_complaint;
} catch (const std::exception& exception) {
    return m_plan.toString() + "\n  unexpected: " + exception.what() + m_complaint;
}
} // namespace swb::test
