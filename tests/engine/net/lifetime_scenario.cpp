// SPDX-License-Identifier: GPL-3.0-or-later
/// What a scenario does; lifetime_checks.cpp looks at what came of it.
#include "lifetime_scenario.h"

#include "engine/net/exceptions.h"

namespace swb::test {

namespace {

/// Passes some time that nobody can predict, without sleeping.
void spin(std::mt19937_64& random)
{
    const auto rounds = random() % 4 == 0 ? random() % 20'000 : random() % 300;
    for (std::uint64_t i = 0; i < rounds; ++i)
        std::atomic_signal_fence(std::memory_order_seq_cst);
    if (random() % 8 == 0)
        std::this_thread::yield();
}

} // namespace

// --- The scenario

Scenario::Scenario(const WalkPlan& plan, const WalkBench& bench, AsyncEngine* shared)
    : m_plan(plan)
    , m_bench(bench)
    , m_shared(shared)
    , m_random(plan.seed)
    , m_deedRandom(plan.seed + 1)
{
    if (!shared)
        m_engine.emplace(EngineOptions{.workerThreads = 2, .observer = &m_gate});
}

Scenario::~Scenario()
{
    joinDeeds();
}

bool Scenario::isAccept() const
{
    return operationOf(m_plan.kind) == SocketAsyncOperation::Accept;
}
bool Scenario::isConnect() const
{
    return operationOf(m_plan.kind) == SocketAsyncOperation::Connect;
}
bool Scenario::isStaticConnect() const
{
    return m_plan.kind == WalkKind::ConnectStatic || m_plan.kind == WalkKind::ConnectStaticName;
}
bool Scenario::isReceive() const
{
    return m_plan.kind >= WalkKind::Receive && m_plan.kind <= WalkKind::ReceiveMessageFrom;
}
bool Scenario::isSend() const
{
    return m_plan.kind >= WalkKind::Send;
}
bool Scenario::isDisconnect() const
{
    return operationOf(m_plan.kind) == SocketAsyncOperation::Disconnect;
}
bool Scenario::isDatagram() const
{
    return m_plan.kind == WalkKind::ReceiveFrom || m_plan.kind == WalkKind::ReceiveMessageFrom
        || (m_plan.kind == WalkKind::SendTo && !waiting());
}

std::size_t Scenario::size() const
{
    return waiting() ? kLarge : kSmall;
}

bool Scenario::closesSomething() const
{
    for (const WalkDeed deed : m_plan.deeds) {
        if (deed != WalkDeed::Nothing && deed != WalkDeed::Cancel && deed != WalkDeed::DisposeArgs
            && deed != WalkDeed::DestroyArgs)
            return true;
    }
    return false;
}

/// True when the operation cannot have ended otherwise before the deed ends it.
bool Scenario::mustAbort() const
{
    if (!waiting() || m_shared
        || (m_plan.moment != WalkMoment::InCall
            && m_plan.moment != WalkMoment::BetweenCallAndReadiness))
        return false;
    switch (m_plan.deeds[0]) {
    case WalkDeed::Close:
    case WalkDeed::CloseAtOnce:
    case WalkDeed::CloseWithTimeout:
    case WalkDeed::Cancel:
    case WalkDeed::CancelConnect:
    case WalkDeed::DestroyEngine:
        return true;
    case WalkDeed::DropHandle: // connectSocket is a handle too
        return m_plan.kind != WalkKind::ConnectWithData;
    default:
        return false;
    }
}

void Scenario::complain(const std::string& what)
{
    const std::lock_guard lock(m_complaintMutex);
    m_complaint += "\n  " + what;
}

void Scenario::Outcome::store(SocketAsyncEventArgs& e)
{
    const std::lock_guard lock(mutex);
    error = e.socketError();
    bytes = e.bytesTransferred();
    operation = e.lastOperation();
    acceptSocket = e.acceptSocket();
    connectSocket = e.connectSocket();
}

void Scenario::Gate::arm(
    SocketAsyncOperation kind, OperationPhase phase, std::function<void()> action)
{
    m_kind = kind;
    m_phase = phase;
    m_action = std::move(action);
    m_armed = true;
}

void Scenario::Gate::operationStepped(const OperationRecord& record) noexcept
{
    if (m_armed.load() && record.kind == m_kind && record.phase == m_phase
        && m_armed.exchange(false))
        m_action();
}

// --- Before the call

void Scenario::prepare()
{
    if (isAccept()) {
        m_socket = listeningSocket(engine());
        m_acceptsAt = m_socket.localEndPoint();
        if (m_plan.kind == WalkKind::AcceptInto)
            m_target = makeSocket(engine(), Link::TcpV4);
        // A client without data makes an accept with a buffer go on in the accepted socket's queue.
        const bool early = m_plan.kind == WalkKind::AcceptFirstData && m_random() % 2 == 0;
        if (!waiting() || early)
            m_peer = rawConnect(m_socket.localEndPoint());
        if (!waiting())
            m_peer.write(std::span(m_bench.payload()).first(kFirstData));
    } else if (isConnect()) {
        prepareConnect();
    } else {
        prepareStream();
    }
    prepareArgs();
    if (m_plan.mode == WalkMode::AlwaysAsynchronous && m_socket)
        m_socket.setAlwaysCompletesAsynchronously(true);
    if (isDisconnect() && waiting()) {
        m_before.emplace();
        m_before->e.setBuffer(std::span<const std::byte>(m_bench.payload()));
        m_beforePending = m_socket.sendAsync(m_before->e);
    }
}

void Scenario::prepareConnect()
{
    m_listener = std::make_unique<RawListener>(Link::TcpV4, 64 * 1024);
    if (!isStaticConnect()) {
        m_socket = makeSocket(engine(), Link::TcpV4);
        if (m_plan.kind == WalkKind::ConnectWithData)
            m_socket.setSendBufferSize(64 * 1024);
    }
}

void Scenario::prepareStream()
{
    const bool unixSocket = m_random() % 3 == 0 && m_plan.kind != WalkKind::SendTo;
    const Link link = isDatagram() ? Link::Udp : (unixSocket ? Link::UnixStream : Link::TcpV4);
    Wire wire = connectedWire(engine(), link);
    m_folder = std::move(wire.folder);
    m_socket = std::move(wire.socket);
    m_peer = std::move(wire.peer);
    if (isReceive() && !waiting())
        m_peer.write(std::span(m_bench.payload()).first(kFirstData));
}

void Scenario::prepareArgs()
{
    m_args = std::make_unique<SocketAsyncEventArgs>();
    SocketAsyncEventArgs& e = *m_args;
    m_handler = e.onCompleted([this, outcome = m_outcome](Socket&, SocketAsyncEventArgs& ended) {
        onHandler(ended);
        outcome->ended.open(); // the scenario may go from here on
    });
    const bool byName
        = m_plan.kind == WalkKind::ConnectName || m_plan.kind == WalkKind::ConnectStaticName;
    switch (m_plan.kind) {
    case WalkKind::AcceptFirstData:
    case WalkKind::Receive:
        e.setBuffer(m_room);
        break;
    case WalkKind::AcceptInto:
        e.setAcceptSocket(m_target);
        break;
    case WalkKind::ReceiveList:
        e.setBufferList({std::span(m_room).first(10), std::span(m_room).subspan(10)});
        break;
    case WalkKind::ReceiveFrom:
    case WalkKind::ReceiveMessageFrom:
        e.setBuffer(m_room);
        e.setRemoteEndPoint(EndPoint::ip("0.0.0.0", 0));
        break;
    case WalkKind::SendList: {
        // The engine only reads what it sends.
        const std::span all(const_cast<std::byte*>(m_bench.payload().data()), size());
        e.setBufferList({all.first(1000), all.subspan(1000, 7), all.subspan(1007)});
        break;
    }
    case WalkKind::SendTo:
        e.setRemoteEndPoint(m_socket.remoteEndPoint());
        [[fallthrough]];
    case WalkKind::Send:
    case WalkKind::ConnectWithData:
        e.setBuffer(std::span<const std::byte>(m_bench.payload()).first(size()));
        break;
    case WalkKind::PacketsMemory:
    case WalkKind::PacketsFile:
    case WalkKind::PacketsManyFiles:
        e.setSendPacketsElements(m_bench.elements(m_plan.kind, size()));
        break;
    case WalkKind::DisconnectReuse:
        e.setDisconnectReuseSocket(true);
        break;
    default:
        break;
    }
    if (isConnect()) {
        const bool full = waiting() && m_plan.kind != WalkKind::ConnectWithData;
        const EndPoint to = full ? m_bench.fullListener() : m_listener->endPoint();
        e.setRemoteEndPoint(byName ? EndPoint::dns("localhost", to.port()) : to);
    }
}

void Scenario::armMoment()
{
    const bool ownThread = m_plan.moment == WalkMoment::InCall
        || m_plan.moment == WalkMoment::DuringTurn || m_plan.moment == WalkMoment::Completing
        || m_plan.moment == WalkMoment::Anytime
        || (m_plan.moment == WalkMoment::InHandler && m_plan.has(WalkDeed::DestroyEngine));
    if (!ownThread)
        return;
    if (m_plan.sideBySide()) {
        m_otherDeedThread = std::thread([this] {
            (void)m_go.wait();
            std::mt19937_64 random(m_plan.seed + 2);
            doDeed(m_plan.deeds[1], random);
        });
    }
    m_deedThread = std::thread([this] {
        (void)m_go.wait();
        m_entered.open();
        doDeeds();
        m_deedsFinished.open();
    });
    // While the result is on its way no lock is held, so the deeds can be waited for; the engine's
    // end cannot, for it joins this very worker.
    const bool waits
        = m_plan.moment == WalkMoment::Completing && !m_plan.has(WalkDeed::DestroyEngine);
    const auto letIn = [this, waits] {
        m_reached = true;
        m_go.open();
        (void)(waits ? m_deedsFinished : m_entered).wait();
        std::this_thread::yield();
    };
    switch (m_plan.moment) {
    case WalkMoment::InCall:
        return m_gate.arm(operationOf(m_plan.kind), OperationPhase::Pending, letIn);
    case WalkMoment::DuringTurn:
        return m_gate.arm(operationOf(m_plan.kind), OperationPhase::Progress, letIn);
    case WalkMoment::Completing:
        return m_gate.arm(operationOf(m_plan.kind), OperationPhase::Completed, letIn);
    default:
        return;
    }
}

// --- The call, and what is done to it

bool Scenario::call(Socket& socket)
{
    SocketAsyncEventArgs& e = *m_args;
    switch (m_plan.kind) {
    case WalkKind::Accept:
    case WalkKind::AcceptFirstData:
    case WalkKind::AcceptInto:
        return socket.acceptAsync(e);
    case WalkKind::ConnectAddress:
    case WalkKind::ConnectName:
    case WalkKind::ConnectWithData:
        return socket.connectAsync(e);
    case WalkKind::ConnectStatic:
    case WalkKind::ConnectStaticName:
        return Socket::connectAsync(engine(), SocketType::Stream, ProtocolType::Tcp, e);
    case WalkKind::Disconnect:
    case WalkKind::DisconnectReuse:
        return socket.disconnectAsync(e);
    case WalkKind::Receive:
    case WalkKind::ReceiveList:
        return socket.receiveAsync(e);
    case WalkKind::ReceiveFrom:
        return socket.receiveFromAsync(e);
    case WalkKind::ReceiveMessageFrom:
        return socket.receiveMessageFromAsync(e);
    case WalkKind::SendTo:
        return socket.sendToAsync(e);
    case WalkKind::PacketsMemory:
    case WalkKind::PacketsFile:
    case WalkKind::PacketsManyFiles:
        return socket.sendPacketsAsync(e);
    default:
        return socket.sendAsync(e);
    }
}

void Scenario::startCall()
{
    Socket socket = m_socket; // the deed may drop the other handle
    if (m_plan.moment == WalkMoment::Anytime) {
        m_go.open();
        spin(m_random);
    }
    try {
        m_pending = call(socket);
        m_called = true;
        if (!m_pending)
            m_outcome->store(*m_args);
    } catch (const ObjectDisposedException&) {
        m_threw = true;
        m_thrown = "ObjectDisposedException";
    } catch (const NotSupportedException&) {
        m_threw = true;
        m_thrown = "NotSupportedException";
    } catch (const std::exception& exception) {
        m_threw = true;
        m_thrown = exception.what();
    }
    socket = Socket();
    m_callReturned.open();
}

void Scenario::makeReady()
try {
    if (m_plan.moment == WalkMoment::Anytime)
        spin(m_random);
    if (isAccept()) {
        if (waiting() && m_peer.descriptor() < 0 && m_pending && !mustAbort())
            m_peer = rawConnect(m_acceptsAt);
        if (waiting() && m_peer.descriptor() >= 0)
            m_peer.write(std::span(m_bench.payload()).first(kFirstData));
    } else if (m_plan.kind == WalkKind::ConnectWithData) {
        acceptData();
    } else if (isReceive() && waiting()) {
        m_peer.write(std::span(m_bench.payload()).first(kFirstData));
    }
    if (!isDatagram() && !isAccept() && m_peer.descriptor() >= 0) {
        m_reading = std::async(std::launch::async, [this] {
            StreamEnd end{};
            Bytes bytes = m_peer.readAll(&end);
            return std::pair(std::move(bytes), end);
        });
    }
} catch (const std::system_error&) {
    // The other end is gone already: the deed came first.
}

/// Takes the connection that brings initial data, if it comes at all.
void Scenario::acceptData()
{
    do {
        m_peer = m_listener->tryAccept();
    } while (m_peer.descriptor() < 0 && m_pending && !mustAbort()
        && !m_outcome->ended.wait(std::chrono::milliseconds(1)));
    if (m_peer.descriptor() < 0)
        m_peer = m_listener->tryAccept();
}

/// Connecting to a listener that lets nobody in ends by nothing but a deed.
void Scenario::endEndlessConnect()
{
    if (!isConnect() || !waiting() || m_plan.kind == WalkKind::ConnectWithData || !m_pending
        || mustAbort())
        return;
    m_endedHere = true;
    if (m_plan.moment == WalkMoment::Anytime)
        joinDeeds();
    // Deeds that follow the end belong to another thread from here on.
    if (m_args)
        Socket::cancelConnectAsync(*m_args);
    else if (!isStaticConnect())
        m_socket.close();
    else
        m_engine.reset();
}

void Scenario::doDeeds()
{
    doDeed(m_plan.deeds[0], m_deedRandom);
    if (!m_plan.sideBySide())
        doDeed(m_plan.deeds[1], m_deedRandom);
}

void Scenario::doDeed(WalkDeed deed, std::mt19937_64& random)
{
    if (m_plan.moment == WalkMoment::Anytime)
        spin(random);
    try {
        perform(deed);
    } catch (const ObjectDisposedException&) {
        // Another deed has closed the socket.
    } catch (const SocketException& exception) {
        if (exception.socketError() != SocketError::NotConnected)
            complain(std::string(nameOf(deed)) + " threw " + exception.what());
    } catch (const std::exception& exception) {
        complain(std::string(nameOf(deed)) + " threw " + exception.what());
    }
}

/// Does them now where the moment did not come.
void Scenario::joinDeeds()
{
    m_go.open();
    for (std::thread* const thread : {&m_deedThread, &m_otherDeedThread}) {
        if (thread->joinable())
            thread->join();
    }
}

void Scenario::perform(WalkDeed deed)
{
    switch (deed) {
    case WalkDeed::Close:
        return m_socket.close();
    case WalkDeed::CloseAtOnce:
        return m_socket.close(std::chrono::milliseconds(0));
    case WalkDeed::CloseWithTimeout:
        return m_socket.close(std::chrono::milliseconds(50));
    case WalkDeed::DropHandle:
        m_socket = Socket();
        return;
    case WalkDeed::Cancel:
        if (m_args)
            m_socket.cancel(*m_args);
        return;
    case WalkDeed::CancelConnect:
        if (m_args)
            Socket::cancelConnectAsync(*m_args);
        return;
    case WalkDeed::ShutdownSend:
        return m_socket.shutdown(SocketShutdown::Send);
    case WalkDeed::ShutdownReceive:
        return m_socket.shutdown(SocketShutdown::Receive);
    case WalkDeed::ShutdownBoth:
        return m_socket.shutdown(SocketShutdown::Both);
    case WalkDeed::DisposeArgs:
        if (m_args)
            m_args->dispose();
        return;
    case WalkDeed::DestroyArgs:
        if (m_plan.moment == WalkMoment::Anytime)
            (void)m_callReturned.wait();
        m_args.reset();
        return;
    case WalkDeed::DestroyEngine:
        m_engine.reset();
        return;
    default:
        return;
    }
}

void Scenario::onHandler(SocketAsyncEventArgs& e)
{
    m_outcome->store(e);
    {
        const std::lock_guard lock(m_outcome->mutex);
        m_outcome->busyInHandler = e.inProgress();
        ++m_outcome->raised;
    }
    if (m_plan.moment == WalkMoment::InHandler) {
        m_reached = true;
        if (m_deedThread.joinable()) {
            m_go.open();
            (void)m_entered.wait();
        } else {
            doDeeds();
        }
    }
}

} // namespace swb::test
