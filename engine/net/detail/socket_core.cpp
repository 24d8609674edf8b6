// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/socket_core.h"

#include "engine/net/detail/args_state.h"
#include "engine/net/detail/connect_plan.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/exceptions.h"

#include <cerrno>
#include <utility>

namespace swb::detail {

SocketHandle::~SocketHandle()
{
    m_core->close();
}

SocketCore::SocketCore(Key, std::shared_ptr<EngineState> engine, AddressFamily family,
    SocketType type, ProtocolType protocol, sys::Descriptor descriptor)
    : m_engine(std::move(engine))
    , m_observer(m_engine->observer())
    , m_worker(m_engine->assignWorker())
    , m_id(m_engine->nextSocketId())
    , m_family(family)
    , m_type(type)
    , m_protocol(protocol)
    , m_descriptor(std::move(descriptor))
{
}

std::shared_ptr<SocketCore> SocketCore::make(std::shared_ptr<EngineState> engine,
    AddressFamily family, SocketType type, ProtocolType protocol, sys::Descriptor descriptor)
{
    auto core = std::make_shared<SocketCore>(
        Key(), std::move(engine), family, type, protocol, std::move(descriptor));
    core->m_engine->addMember(*core);
    return core;
}

SocketCore::~SocketCore()
{
    m_engine->removeMember(*this);
}

std::shared_ptr<SocketHandle> makeSocket(const std::shared_ptr<EngineState>& engine,
    AddressFamily family, SocketType type, ProtocolType protocol)
{
    int error = 0;
    auto descriptor = sys::openSocket(family, type, protocol, error);
    if (error != 0)
        throw SocketException(socketErrorFromErrno(error), error, "A socket cannot be made");
    auto core = SocketCore::make(engine, family, type, protocol, std::move(descriptor));
    auto handle = std::make_shared<SocketHandle>(core);
    core->attachHandle(handle);
    return handle;
}

void SocketCore::attachHandle(const std::shared_ptr<SocketHandle>& handle)
{
    m_handle = handle;
}

std::shared_ptr<SocketHandle> SocketCore::handle()
{
    if (auto handle = m_handle.lock())
        return handle;
    return std::make_shared<SocketHandle>(shared_from_this());
}

void SocketCore::throwIfClosed() const
{
    if (closed())
        throw ObjectDisposedException("Socket");
}

// --- The way of an operation: start, queue, run, complete

bool SocketCore::start(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs)
{
    Lane& lane = this->lane(sideOf(kind));
    args.run.begin(args, kind);
    recordStart(args, kind, submittedNs);
    std::unique_lock lock(lane.mutex);
    if (closed()) { // the race is lost (CLOSE-07)
        lock.unlock();
        args.run.fail(SocketError::OperationAborted);
        finishNow(args);
        return false;
    }
    // First come, first served (CONC-02). A worker that is between two of the queue raises an event
    // now; one posted from here would overtake those that it goes on with (CONC-04).
    if (lane.head) {
        enqueue(lane, args);
        recordPending(args);
        return true;
    }
    Turn turn;
    return settle(lock, args, kind, perform(args, turn));
}

bool SocketCore::settle(
    std::unique_lock<TurnMutex>& lock, ArgsState& args, SocketAsyncOperation kind, Step step)
{
    if (step == Step::Done && !alwaysAsynchronous.load(std::memory_order_relaxed)) {
        lock.unlock();
        finishNow(args);
        return false;
    }
    if (step == Step::Done) {
        args.run.self = args.shared_from_this();
        recordPending(args);
        markCompleted(args);
        postCompletion(args);
        return true;
    }
    if (step == Step::Moved) {
        args.run.self = args.shared_from_this();
        recordPending(args);
        moveToAccepted(args);
        return true;
    }
    const Side side = sideOf(kind);
    Lane& lane = this->lane(side);
    enqueue(lane, args);
    recordPending(args); // before the lane is free: a worker must not record its end first
    drive(side, step, args);
    return true;
}

bool SocketCore::startConnect(
    ArgsState& args, std::unique_ptr<ConnectPlan> plan, std::int64_t submittedNs)
{
    // Disconnected for good, or a connect under way on another args (DISC-02).
    SocketError refused = SocketError::Success;
    if (m_disconnected && hasConnections())
        refused = SocketError::IsConnected;
    else if (m_connecting.exchange(true))
        refused = SocketError::AlreadyInProgress;
    if (refused != SocketError::Success) {
        args.run.begin(args, SocketAsyncOperation::Connect);
        args.run.fail(refused);
        finishRefused(args, SocketAsyncOperation::Connect, submittedNs);
        return false;
    }
    const auto self
        = shared_from_this(); // a static connect that fails at once lets go of its socket
    args.setPendingOn(self, plan->byName);
    args.connectPlan = std::move(plan);
    return start(args, SocketAsyncOperation::Connect, submittedNs);
}

void SocketCore::finishRefused(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs)
{
    recordStart(args, kind, submittedNs);
    finishNow(args);
}

Step SocketCore::perform(ArgsState& args, Turn& turn)
{
    switch (args.run.kind) {
    case SocketAsyncOperation::Send:
        return performSend(args, turn);
    case SocketAsyncOperation::SendPackets:
        return performSendPackets(args, turn);
    case SocketAsyncOperation::SendTo:
        return performSendTo(args, turn);
    case SocketAsyncOperation::Receive:
        return performReceive(args);
    case SocketAsyncOperation::ReceiveFrom:
    case SocketAsyncOperation::ReceiveMessageFrom:
        return performReceiveMessage(args);
    case SocketAsyncOperation::Accept:
        return args.run.awaitsFirstData() ? receiveFirstData(args) : performAccept(args);
    case SocketAsyncOperation::Connect:
        return performConnect(args, turn);
    case SocketAsyncOperation::Disconnect:
        return performDisconnect(args, args.run.disconnectReuse);
    case SocketAsyncOperation::None:
        break;
    }
    return Step::Done;
}

void SocketCore::storeResult(ArgsState& args)
{
    // Once the socket is closed every failure is the close (ERR-03).
    if (args.run.error != SocketError::Success && closed())
        args.run.fail(SocketError::OperationAborted);
    args.socketError = args.run.error;
    args.nativeError = args.run.nativeError;
    args.bytesTransferred = args.run.done;
    args.flags = args.run.flags;
    if (args.run.error != SocketError::Success)
        noteFatalError(args.run.error, args.run.nativeError);
    // With many connections each look at what an operation has no use for is a miss of the cache.
    const SocketAsyncOperation kind = args.run.kind;
    const bool succeeded = args.run.error == SocketError::Success;
    if (kind == SocketAsyncOperation::Connect && args.connectPlan) {
        if (!args.connectPlan->byName || succeeded)
            args.connectByNameError.clear();
        m_connecting = false;
        args.setPendingOn({});
        if (!succeeded) // connected, but its data did not get through
            args.connectSocket = {};
        args.connectPlan.reset(); // closes the socket of a static connect that failed
        return;
    }
    args.connectByNameError.clear();
    if (kind == SocketAsyncOperation::SendPackets && args.packetsPlan)
        args.packetsPlan->clear(); // files are closed before Completed runs (PKT-17)
    if (kind == SocketAsyncOperation::Accept) {
        if (args.run.awaitsFirstData())
            args.setPendingOn({});
        auto& accepting = args.run.accepting.edit();
        if (succeeded)
            args.setAcceptSocket(std::move(accepting.socket));
        accepting.socket = {};
    }
}

void SocketCore::noteFatalError(SocketError error, int nativeError)
{
    switch (error) { // PROP-02, D-06
    case SocketError::TimedOut:
        if (nativeError != ETIMEDOUT)
            return;
        [[fallthrough]];
    case SocketError::ConnectionReset:
    case SocketError::ConnectionAborted:
    case SocketError::NetworkReset:
    case SocketError::NotConnected:
    case SocketError::Shutdown:
    case SocketError::Disconnecting:
        m_endTold.store(true, std::memory_order_relaxed);
        if (hasConnections() || error == SocketError::NotConnected)
            m_connected.store(false, std::memory_order_release);
        return;
    default:
        return;
    }
}

void SocketCore::finishNow(ArgsState& args)
{
    storeResult(args);
    recordCompleted(args, false);
    args.release();
}

void SocketCore::complete(ArgsState& args)
{
    // RET-05: store the result, release files and buffers, free the args, raise the event.
    // The sender of a static connect that failed is null (RET-06).
    const bool noSender = args.run.kind == SocketAsyncOperation::Connect && args.connectPlan
        && args.connectPlan->own && args.run.error != SocketError::Success;
    storeResult(args);
    recordCompleted(args, true);
    const auto self = std::exchange(args.run.self, nullptr);
    const auto listener
        = args.run.accepting ? std::exchange(args.run.accepting.edit().listener, nullptr) : nullptr;
    auto sender = noSender ? nullptr : (listener ? *listener : *this).handle();
    auto listeners = args.takeListeners();
    args.release();
    self->raiseCompleted(std::move(sender), std::move(listeners));
}

void SocketCore::postCompletion(ArgsState& args)
{
    const auto& listener = args.run.accepting->listener;
    Worker& worker = listener ? listener->m_worker : m_worker;
    worker.post([self = args.run.self, core = shared_from_this()] { core->complete(*self); });
}

void SocketCore::postCompletions(ArgsState* chain)
{
    while (chain) {
        ArgsState* const args = std::exchange(chain, chain->run.next);
        args->run.next = nullptr;
        postCompletion(*args);
    }
}

} // namespace swb::detail
