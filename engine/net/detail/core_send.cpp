// SPDX-License-Identifier: BSL-1.0
/// How a SocketCore sends memory: SendAsync and SendToAsync.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/part_list.h"
#include "engine/net/detail/socket_core.h"

#include <algorithm>
#include <cerrno>

namespace swb::detail {

namespace {

const std::byte kNothing{}; // what an empty send points at (BUF-10)

int nativeSendFlags(SocketFlags flags) noexcept
{
    int native = 0;
    if (hasFlag(flags, SocketFlags::OutOfBand))
        native |= MSG_OOB;
    if (hasFlag(flags, SocketFlags::DontRoute))
        native |= MSG_DONTROUTE;
    return native;
}

/// Moves the position in a buffer list by what was sent.
void advanceList(ArgsState& args, std::uint64_t bytes)
{
    auto& run = args.run;
    while (run.segment < args.bufferList.size()) {
        const std::size_t left = args.bufferList[run.segment].size() - run.segmentDone;
        if (bytes < left) {
            run.segmentDone += bytes;
            return;
        }
        bytes -= left;
        ++run.segment;
        run.segmentDone = 0;
    }
}

/// One send(2) of what is left of the buffer or the list, at most `limit` bytes.
sys::IoResult sendOnce(int fd, ArgsState& args, std::uint64_t limit, int flags)
{
    auto& run = args.run;
    if (!args.bufferListSet) {
        const auto window = args.window().subspan(run.done);
        const std::byte* const data = window.data() ? window.data() : &kNothing;
        return sys::send(fd, data, std::min<std::uint64_t>(window.size(), limit), flags);
    }
    PartList list;
    std::uint64_t size = 0;
    for (std::size_t i = run.segment;
         i < args.bufferList.size() && list.size() < PartList::kFew && size < limit; ++i) {
        const auto segment = args.bufferList[i].subspan(i == run.segment ? run.segmentDone : 0);
        const std::uint64_t take = std::min<std::uint64_t>(segment.size(), limit - size);
        list.add(segment.data(), take);
        size += take;
    }
    if (list.size() == 0)
        list.add(&kNothing, 0);
    const auto result = sys::sendGathered(fd, list.parts(), flags, nullptr);
    if (result.error == 0)
        advanceList(args, static_cast<std::uint64_t>(result.bytes));
    return result;
}

} // namespace

Step SocketCore::sendFailed(ArgsState& args, int error)
{
    if (error == EAGAIN)
        return Step::Blocked;
    if ((error == EPIPE && !everConnected()) || error == EDESTADDRREQ)
        args.run.fail(SocketError::NotConnected, error); // SEND-07, SEND-09
    else
        args.run.failWithErrno(error);
    return Step::Done;
}

/// One buffer on a stream, nothing queued, nobody recording: the send that is made a million times
/// a second. The same as start() without what such a send cannot need: 30 ns less of 60 around a
/// system call of 340.
bool SocketCore::startSend(ArgsState& args, std::int64_t submittedNs)
{
    const bool usual = isStream() && !args.bufferListSet
        && SocketFlags(args.flags) == SocketFlags::None && args.count <= Turn::kBytes
        && !alwaysAsynchronous.load(std::memory_order_relaxed) && !m_engine->observer();
    if (!usual)
        return start(args, SocketAsyncOperation::Send, submittedNs);
    std::unique_lock lock(lane(Side::Write).mutex);
    if (closed() || lane(Side::Write).head) {
        lock.unlock();
        return start(args, SocketAsyncOperation::Send, submittedNs);
    }
    const auto sent = sys::send(m_descriptor.get(), args.data + args.offset, args.count, 0);
    if (sent.error == 0 && static_cast<std::size_t>(sent.bytes) == args.count) {
        lock.unlock();
        args.socketError = SocketError::Success;
        args.nativeError = 0;
        args.bytesTransferred = args.count;
        if (!args.connectByNameError.empty())
            args.connectByNameError.clear();
        args.release();
        return false;
    }
    args.run.begin(args, SocketAsyncOperation::Send);
    recordStart(args, SocketAsyncOperation::Send, submittedNs);
    args.run.done = static_cast<std::uint64_t>(sent.bytes);
    Turn turn;
    turn.use(args.run.done);
    const Step step = sent.error != 0 ? sendFailed(args, sent.error) : performSend(args, turn);
    return settle(lock, args, SocketAsyncOperation::Send, step);
}

Step SocketCore::performSend(ArgsState& args, Turn& turn)
{
    if (!isStream())
        return performSendDatagram(args, nullptr);
    if (hasFlag(args.run.askedFlags, SocketFlags::Partial)) {
        args.run.fail(SocketError::OperationNotSupported, EOPNOTSUPP); // SEND-10
        return Step::Done;
    }
    const int flags = nativeSendFlags(args.run.askedFlags);
    const int fd = m_descriptor.get();
    const std::uint64_t total = args.bytesInBuffers();
    for (;;) {
        const auto sent = sendOnce(fd, args, std::max<std::uint64_t>(turn.bytesLeft, 1), flags);
        if (sent.error != 0)
            return sendFailed(args, sent.error);
        args.run.done += static_cast<std::uint64_t>(sent.bytes);
        if (args.run.done >= total) // all of it, never a short success (SEND-01)
            return Step::Done;
        turn.use(static_cast<std::uint64_t>(sent.bytes));
        if (turn.bytesLeft == 0)
            return Step::OutOfTurn;
    }
}

Step SocketCore::performSendDatagram(ArgsState& args, const NativeAddress* to)
{
    if (hasFlag(args.run.askedFlags, SocketFlags::Partial)) {
        args.run.fail(SocketError::OperationNotSupported, EOPNOTSUPP);
        return Step::Done;
    }
    const int flags = nativeSendFlags(args.run.askedFlags);
    PartList list;
    std::vector<std::byte> joined;
    if (!args.bufferListSet) {
        const auto window = args.window();
        list.add(window.data() ? window.data() : &kNothing, window.size());
    } else if (args.bufferList.size() <= PartList::kKernelMost) {
        for (const auto& segment : args.bufferList)
            list.add(segment.data() ? segment.data() : &kNothing, segment.size());
    } else { // more parts than the kernel takes at once, but still one datagram (BUF-09)
        for (const auto& segment : args.bufferList)
            joined.insert(joined.end(), segment.begin(), segment.end());
        list.add(joined.data(), joined.size());
    }
    const auto sent = sys::sendGathered(m_descriptor.get(), list.parts(), flags, to);
    if (sent.error != 0)
        return sendFailed(args, sent.error);
    args.run.done = static_cast<std::uint64_t>(sent.bytes);
    m_bound.store(true, std::memory_order_release);
    return Step::Done;
}

Step SocketCore::performSendTo(ArgsState& args, Turn& turn)
{
    if (isStream()) // the address is ignored on a connected stream (CONTRACT 1.0)
        return performSend(args, turn);
    const NativeAddress to = toNative(*args.run.to, m_family);
    const Step step = performSendDatagram(args, &to);
    if (step != Step::Blocked || m_family != AddressFamily::Unix)
        return step;
    retrySendLater(); // the receiver's queue is full, and nobody tells when it has room (UDS-06)
    return Step::Waiting;
}

} // namespace swb::detail
