// SPDX-License-Identifier: BSL-1.0
/// What a SocketCore tells the observer about its operations.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/thread_id.h"

namespace swb::detail {

namespace {
// A long transfer tells its progress about once a frame.
constexpr std::int64_t kProgressIntervalNs = 10'000'000;
} // namespace

void SocketCore::recordStart(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs)
{
    if (!m_observer)
        return;
    OperationRecord& record = args.run.recorded.edit().record;
    record = {};
    record.kind = kind;
    record.submittedNs = submittedNs;
    record.socketId = m_id;
    record.callThread = currentThreadId();
    switch (kind) {
    case SocketAsyncOperation::SendPackets:
        if (args.packetsPlan) {
            record.bytesAsked = args.packetsPlan->totalBytes();
            if (args.packetsPlan->hasFiles())
                record.flags |= operation_flags::FromFile;
        }
        break;
    case SocketAsyncOperation::Disconnect:
        break;
    default:
        record.bytesAsked = args.bytesInBuffers();
    }
}

/// All that recordStart() and recordCompleted() would tell of an operation on one buffer that
/// succeeded at once.
void SocketCore::recordUsual(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs,
    std::int64_t bytes) noexcept
{
    OperationRecord record;
    record.kind = kind;
    record.submittedNs = submittedNs;
    record.socketId = m_id;
    record.callThread = currentThreadId();
    record.bytesAsked = args.count;
    record.phase = OperationPhase::Completed;
    record.completedNs = TickClock::nowNs();
    record.returnedNs = record.completedNs;
    record.id = m_engine->nextOperationId();
    args.operationId.store(record.id, std::memory_order_relaxed);
    record.completionThread = record.callThread;
    record.bytesDone = static_cast<std::uint64_t>(bytes);
    m_observer->operationStepped(record);
}

void SocketCore::recordPending(ArgsState& args)
{
    if (!m_observer)
        return;
    auto& recorded = args.run.recorded.edit();
    OperationRecord& record = recorded.record;
    record.id = m_engine->nextOperationId();
    args.operationId.store(record.id, std::memory_order_relaxed);
    record.returnedNs = TickClock::nowNs();
    record.phase = OperationPhase::Pending;
    record.flags |= operation_flags::ReturnedPending;
    record.bytesDone = args.run.done;
    recorded.progressNs = record.returnedNs;
    m_observer->operationStepped(record);
}

void SocketCore::recordProgress(ArgsState& args, Step step)
{
    if (!m_observer)
        return;
    auto& recorded = args.run.recorded.edit();
    OperationRecord& record = recorded.record;
    if (args.run.done == record.bytesDone)
        return;
    const std::int64_t now = TickClock::nowNs();
    // How far it came before it had to wait is what people look at while it waits: never held back.
    if (step == Step::OutOfTurn && now - recorded.progressNs < kProgressIntervalNs)
        return;
    recorded.progressNs = now;
    record.phase = OperationPhase::Progress;
    record.bytesDone = args.run.done;
    m_observer->operationStepped(record);
}

void SocketCore::markCompleted(ArgsState& args)
{
    if (m_observer)
        args.run.recorded.edit().record.completedNs = TickClock::nowNs();
}

void SocketCore::recordCompleted(ArgsState& args, bool pending)
{
    if (!m_observer)
        return;
    OperationRecord& record = args.run.recorded.edit().record;
    record.phase = OperationPhase::Completed;
    const std::int64_t now = TickClock::nowNs();
    if (pending) {
        record.eventNs = args.hasHandlers() ? now : 0;
    } else {
        record.completedNs = now;
        record.id = m_engine->nextOperationId();
        args.operationId.store(record.id, std::memory_order_relaxed);
        record.returnedNs = now;
    }
    record.completionThread = currentThreadId();
    record.bytesDone = args.run.done;
    record.error = args.run.error;
    record.nativeError = args.run.nativeError;
    if (args.run.error == SocketError::OperationAborted)
        record.flags |= operation_flags::Aborted;
    if (args.run.error != SocketError::Success && args.run.done > 0
        && args.run.done < record.bytesAsked)
        record.flags |= operation_flags::Partial;
    m_observer->operationStepped(record);
}

} // namespace swb::detail
