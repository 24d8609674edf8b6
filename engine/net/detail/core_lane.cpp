// SPDX-License-Identifier: BSL-1.0
/// The queues of a SocketCore: how operations wait, and how a worker goes on with them.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"

#include <utility>

namespace swb::detail {

namespace {
constexpr int kMostSteps = 64; // before the events of what is over are raised
// A full queue of a Unix-domain receiver that is not our peer announces nothing when it has room.
constexpr std::chrono::milliseconds kSendRetry{2};
} // namespace

void SocketCore::enqueue(Lane& lane, ArgsState& args)
{
    args.run.self = args.shared_from_this();
    lane.push(args);
}

void SocketCore::drive(Side side, Step step, ArgsState& args)
{
    if (step == Step::Blocked)
        arm(side, args);
    else if (step == Step::OutOfTurn)
        postTurn(side);
}

/// Goes on at the descriptor's next edge. An edge that came since the kernel said "would block" is
/// not lost: the worker needs the lane's lock to tell it.
void SocketCore::arm(Side side, ArgsState& args)
{
    Lane& lane = this->lane(side);
    if (!lane.watched) {
        const std::lock_guard lock(m_infoMutex);
        const int error = m_watch.add(m_worker.ready(), m_descriptor.get(), shared_from_this(),
            side == Side::Read, side == Side::Write);
        if (error != 0) {
            // The operation fails when its turn comes, on a worker.
            args.run.failWithErrno(error);
            postTurn(side);
            return;
        }
        lane.watched = true;
    }
    lane.waits = true;
}

void SocketCore::postTurn(Side side)
{
    lane(side).supersede();
    m_worker.post([self = shared_from_this(), side, generation = lane(side).generation] {
        self->turnCame(side, generation);
    });
}

void SocketCore::retryLane(Side side)
{
    const std::lock_guard lock(lane(side).mutex);
    if (lane(side).head && !closed())
        postTurn(side);
}

void SocketCore::retrySendLater()
{
    if (!m_sendRetry)
        m_sendRetry = std::make_unique<asio::steady_timer>(m_engine->clock());
    m_sendRetry->expires_after(kSendRetry);
    m_sendRetry->async_wait([weak = weak_from_this()](const asio::error_code& error) {
        const auto core = error ? nullptr : weak.lock();
        if (core)
            core->retryLane(Side::Write);
    });
}

void SocketCore::turnCame(Side side, std::uint32_t generation)
{
    Lane& lane = this->lane(side);
    lane.mutex.letOthersIn();
    std::unique_lock lock(lane.mutex);
    if (generation == lane.generation)
        runLane(side, lock);
}

void SocketCore::descriptorReady(bool reading, bool writing)
{
    if (writing)
        laneReady(Side::Write);
    if (reading)
        laneReady(Side::Read);
}

void SocketCore::laneReady(Side side)
{
    Lane& lane = this->lane(side);
    lane.mutex.letOthersIn();
    std::unique_lock lock(lane.mutex);
    if (lane.waits)
        runLane(side, lock);
}

/// Precondition: both lanes and the facts are locked.
void SocketCore::dropWatch()
{
    m_watch.reset();
    for (auto& lane : m_lanes) {
        lane.supersede();
        lane.watched = false;
    }
}

void SocketCore::runLane(Side side, std::unique_lock<TurnMutex>& lock)
{
    Lane& lane = this->lane(side);
    const std::uint32_t generation = lane.generation;
    lane.waits = false;
    Turn turn;
    // In order; their events come when nothing more can leave together with them.
    OperationQueue finished;
    for (int steps = 0; lane.head; ++steps) {
        ArgsState& args = *lane.head;
        const Step step = turn.bytesLeft == 0 ? Step::OutOfTurn : performHead(lane, turn, finished);
        if (step == Step::Moved) {
            lane.pop();
            moveToAccepted(args);
            continue;
        }
        if (step == Step::Blocked || step == Step::OutOfTurn || step == Step::Waiting) {
            recordProgress(*lane.head, step);
            drive(side, step, *lane.head);
            if (side == Side::Write)
                letGo();
            lock.unlock();
            completeAll(finished);
            return;
        }
        if (lane.head && goesOn(finished.tail) && steps < kMostSteps)
            continue;
        steps = 0;
        if (side == Side::Write)
            letGo(); // only the writing side holds bytes back, and its guard is that lane's lock
        const bool others = lane.head != nullptr;
        lock.unlock();
        completeAll(finished);
        if (!others) // whoever starts one now, a handler also, drives it
            return;
        lock.lock();
        if (generation != lane.generation)
            return;
    }
}

/// Done: at least one operation at the head is over and in `finished`, or has made progress.
Step SocketCore::performHead(Lane& lane, Turn& turn, OperationQueue& finished)
{
    ArgsState& args = *lane.head;
    if (args.run.error == SocketError::Success) {
        const bool several = canGather(args) && args.run.next && canGather(*args.run.next);
        const Step step = several ? sendGathered(lane, turn, finished) : perform(args, turn);
        if (step != Step::Done)
            return step;
        if (several && args.run.error == SocketError::Success)
            return step;
    }
    lane.pop();
    markCompleted(args);
    if (args.run.accepting->listener) // its event is one of the listener's and takes its turn there
        postCompletion(args);
    else
        finished.push(args);
    return Step::Done;
}

/// Whether the operation after `last` may start before the event of `last` is raised: after a send
/// that succeeded. The events of a run of sends then come one after another, and what they sent
/// left in fewer pushes. An error is told before anything else happens.
bool SocketCore::goesOn(const ArgsState* last) const
{
    if (!last)
        return true;
    if (last->run.error != SocketError::Success || last->run.packetsEndConnection())
        return false;
    const auto kind = last->run.kind;
    return kind == SocketAsyncOperation::Send || kind == SocketAsyncOperation::SendTo
        || kind == SocketAsyncOperation::SendPackets;
}

void SocketCore::completeAll(OperationQueue& finished)
{
    while (finished.head)
        complete(*finished.pop());
}

} // namespace swb::detail
