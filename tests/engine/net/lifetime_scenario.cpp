// SPDX-License-Identifier: GPL-3.0-or-later
#include "lifetime_scenario.h"

#include "engine/net/exceptions.h"

#include <algorithm>
#include <filesystem>

namespace swb::test {

namespace {

// More than the buffers of both ends of a connection hold, so that sending it pends.
constexpr std::size_t kLarge = 1'500'000;
constexpr std::size_t kSmall = 3'000;
constexpr std::size_t kFirstData = 64;
constexpr std::size_t kTail = 5;

const char* nameOf(WalkKind kind)
{
    constexpr std::array kNames{"Accept", "AcceptFirstData", "AcceptInto", "ConnectAddress",
        "ConnectName", "ConnectWithData", "ConnectStatic", "ConnectStaticName", "Disconnect",
        "DisconnectReuse", "Receive", "ReceiveList", "ReceiveFrom", "ReceiveMessageFrom", "Send",
        "SendList", "SendTo", "PacketsMemory", "PacketsFile", "PacketsManyFiles"};
    return kNames.at(static_cast<std::size_t>(kind));
}

const char* nameOf(WalkDeed deed)
{
    constexpr std::array kNames{"Nothing", "Close", "CloseAtOnce", "CloseWithTimeout", "DropHandle",
        "Cancel", "CancelConnect", "ShutdownSend", "ShutdownReceive", "ShutdownBoth", "DisposeArgs",
        "DestroyArgs", "DestroyEngine"};
    return kNames.at(static_cast<std::size_t>(deed));
}

/// Passes some time that nobody can predict, without sleeping.
void spin(std::mt19937_64& random)
{
    const auto rounds = random() % 4 == 0 ? random() % 20'000 : random() % 300;
    for (std::uint64_t i = 0; i < rounds; ++i)
        std::atomic_signal_fence(std::memory_order_seq_cst);
    if (random() % 8 == 0)
        std::this_thread::yield();
}

SocketAsyncOperation operationOf(WalkKind kind)
{
    switch (kind) {
    case WalkKind::Accept:
    case WalkKind::AcceptFirstData:
    case WalkKind::AcceptInto:
        return SocketAsyncOperation::Accept;
    case WalkKind::Disconnect:
    case WalkKind::DisconnectReuse:
        return SocketAsyncOperation::Disconnect;
    case WalkKind::Receive:
    case WalkKind::ReceiveList:
        return SocketAsyncOperation::Receive;
    case WalkKind::ReceiveFrom:
        return SocketAsyncOperation::ReceiveFrom;
    case WalkKind::ReceiveMessageFrom:
        return SocketAsyncOperation::ReceiveMessageFrom;
    case WalkKind::Send:
    case WalkKind::SendList:
        return SocketAsyncOperation::Send;
    case WalkKind::SendTo:
        return SocketAsyncOperation::SendTo;
    case WalkKind::PacketsMemory:
    case WalkKind::PacketsFile:
    case WalkKind::PacketsManyFiles:
        return SocketAsyncOperation::SendPackets;
    default:
        return SocketAsyncOperation::Connect;
    }
}

} // namespace

// --- Plans

bool WalkPlan::possible() const
{
    const bool connects = operationOf(kind) == SocketAsyncOperation::Connect;
    const bool isStatic = kind == WalkKind::ConnectStatic || kind == WalkKind::ConnectStaticName;
    for (const WalkDeed deed : deeds) {
        if (deed == WalkDeed::CancelConnect && !connects)
            return false;
        const bool needsSocket = deed >= WalkDeed::Close && deed <= WalkDeed::ShutdownBoth
            && deed != WalkDeed::CancelConnect;
        if (isStatic && needsSocket)
            return false;
        // The reference given to a call must last as long as the call.
        const bool insideCall = moment == WalkMoment::InCall
            || (moment == WalkMoment::Completing && mode == WalkMode::Ready);
        if (deed == WalkDeed::DestroyArgs && (insideCall || moment == WalkMoment::BeforeCall))
            return false;
        if (isStatic && deed == WalkDeed::DestroyEngine
            && (moment == WalkMoment::BeforeCall || moment == WalkMoment::Anytime))
            return false; // an engine must be there to be passed
    }
    switch (moment) {
    case WalkMoment::InCall:
    case WalkMoment::InHandler:
        return mode != WalkMode::Ready || connects;
    case WalkMoment::BetweenCallAndReadiness:
        return mode == WalkMode::Waiting;
    case WalkMoment::DuringTurn:
        return mode == WalkMode::Waiting
            && (kind >= WalkKind::Send || kind == WalkKind::ConnectWithData);
    default:
        return true;
    }
}

/// False when one of the deeds takes away what the other one works with.
bool WalkPlan::sideBySide() const
{
    const bool argsGo = has(WalkDeed::DestroyArgs)
        && (has(WalkDeed::Cancel) || has(WalkDeed::CancelConnect) || has(WalkDeed::DisposeArgs));
    return moment == WalkMoment::Anytime && deeds[0] != deeds[1] && !argsGo
        && !has(WalkDeed::DropHandle);
}

std::string WalkPlan::toString() const
{
    constexpr std::array kModes{"ready", "waiting", "always asynchronous"};
    constexpr std::array kMoments{"before the call", "in the call", "between call and readiness",
        "during a turn", "while completing", "in the handler", "after", "", "anytime"};
    std::string text = std::string(nameOf(kind)) + " " + kModes.at(static_cast<std::size_t>(mode))
        + ", " + nameOf(deeds[0]);
    if (deeds[1] != WalkDeed::Nothing)
        text += std::string(" and ") + nameOf(deeds[1]);
    return text + " " + kMoments.at(static_cast<std::size_t>(moment)) + ", seed "
        + std::to_string(seed);
}

// --- What scenarios share

WalkBench::WalkBench()
    : m_payload(randomBytes(kLarge))
{
    m_files.push_back(m_folder.file("0", m_payload));
    for (std::size_t i = 1; i < kManyFiles; ++i) {
        m_files.push_back(m_folder / std::to_string(i));
        std::filesystem::create_hard_link(m_files.front(), m_files.back());
    }
}

std::vector<SendPacketsElement> WalkBench::elements(WalkKind kind, std::size_t size) const
{
    const auto memory = [&](std::size_t from, std::size_t to) {
        return SendPacketsElement::buffer(std::span(m_payload).subspan(from, to - from));
    };
    const auto file = [&](std::size_t index, std::size_t from, std::size_t to) {
        return SendPacketsElement::file(
            m_files[index], static_cast<std::int64_t>(from), static_cast<std::int64_t>(to - from));
    };
    const std::size_t third = size / 3;
    if (kind == WalkKind::PacketsMemory)
        return {memory(0, third), memory(third, 2 * third), memory(2 * third, size)};
    if (kind == WalkKind::PacketsFile)
        return {memory(0, 100), file(0, 100, size - 50), memory(size - 50, size)};
    std::vector<SendPacketsElement> all;
    const std::size_t part = size / kManyFiles;
    for (std::size_t i = 0; i < kManyFiles; ++i)
        all.push_back(file(i, i * part, i + 1 == kManyFiles ? size : (i + 1) * part));
    return all;
}

std::string ReuseBench::tryOut(SocketAsyncEventArgs& args)
{
    Bytes bytes = bytesOf("once more");
    args.clearBufferList();
    args.setBuffer(bytes);
    args.setSocketFlags(SocketFlags::None);
    Completion done(args);
    const bool sending = pair.a.sendAsync(args);
    if ((sending && !done.wait(1)) || args.socketError() != SocketError::Success
        || args.bytesTransferred() != bytes.size())
        return "the args cannot send any more";
    Bytes room(bytes.size());
    args.setBuffer(room);
    const int raised = done.count();
    const bool receiving = pair.b.receiveAsync(args);
    if ((receiving && !done.wait(raised + 1)) || room != bytes)
        return "the args cannot receive any more";
    return {};
}

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
