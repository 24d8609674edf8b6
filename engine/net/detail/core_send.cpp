// SPDX-License-Identifier: BSL-1.0
/// How a SocketCore sends: SendAsync, SendToAsync, and SendPacketsAsync.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/part_list.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"

#include <algorithm>
#include <cerrno>

namespace swb::detail {

namespace {

constexpr std::size_t kCopySize = 64 * 1024; // where sendfile cannot (PKT-19)
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
    if (error == EPIPE && !everConnected())
        args.run.fail(SocketError::NotConnected, error); // SEND-09
    else
        args.run.failWithErrno(error);
    return Step::Done;
}

/// sendfile can meet a reset on a later page, answer with the pages before it, and so use the error
/// up: the next call then says EPIPE. Without a shutdown of our own a TCP connection that is closed
/// was reset (SEND-08).
int SocketCore::fileSendError(int error) const
{
    const bool hidden = error == EPIPE && m_protocol != ProtocolType::Udp
        && m_family != AddressFamily::Unix && everConnected() && !m_sendingShutDown && !m_endTold
        && sys::tcpIsClosed(m_descriptor.get());
    return hidden ? ECONNRESET : error;
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
    return performSendDatagram(args, &to);
}

// --- SendPacketsAsync

Step SocketCore::performSendPackets(ArgsState& args, Turn& turn)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    Step step = isStream() ? sendPacketsStream(args, turn) : sendPacketsDatagrams(args, turn);
    if (step != Step::Done)
        return step;
    uncork(plan);
    const auto options = args.run.packetsFlags;
    const auto endOptions = TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket;
    if (args.run.error == SocketError::Success && hasFlag(options, endOptions)) // FLAG-08, D-12
        step = performDisconnect(args, hasFlag(options, TransmitFileOptions::ReuseSocket));
    return step;
}

void SocketCore::uncork(SendPacketsPlan& plan)
{
    if (plan.corked)
        sys::setCork(m_descriptor.get(), false);
    plan.corked = false;
}

Step SocketCore::sendPacketsStream(ArgsState& args, Turn& turn)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    const std::uint64_t callLimit = args.run.packetsSendSize > 0
        ? static_cast<std::uint64_t>(args.run.packetsSendSize)
        : ~0ULL;
    // Header, file and trailer share segments while the cork is in (PKT-18); what it holds back
    // leaves at the end.
    if (!plan.corked && plan.hasFiles() && plan.steps().size() > 1
        && m_family != AddressFamily::Unix) {
        sys::setCork(m_descriptor.get(), true);
        plan.corked = true;
    }
    std::optional<sys::SigpipeBlock> sigpipe;
    while (!plan.finished()) {
        if (turn.bytesLeft == 0)
            return Step::OutOfTurn;
        Step step;
        if (plan.current().memory) {
            step = sendPacketsMemory(args, turn, callLimit);
        } else {
            if (!sigpipe)
                sigpipe.emplace();
            step = sendPacketsFile(args, turn, callLimit, *sigpipe);
        }
        if (step != Step::OutOfTurn)
            return step;
    }
    return Step::Done;
}

/// OutOfTurn: go on.
Step SocketCore::sendPacketsMemory(ArgsState& args, Turn& turn, std::uint64_t callLimit)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    const std::uint64_t limit = std::min(turn.bytesLeft, callLimit);
    PartList list;
    std::uint64_t size = 0;
    std::uint64_t skip = plan.doneInCurrent();
    const auto& steps = plan.steps();
    for (std::size_t i = plan.currentIndex();
         i < steps.size() && steps[i].memory && list.size() < PartList::kFew && size < limit; ++i) {
        const std::uint64_t take = std::min(steps[i].size - skip, limit - size);
        list.add(steps[i].memory + skip, take);
        size += take;
        skip = 0;
    }
    const auto sent = sys::sendGathered(m_descriptor.get(), list.parts(), 0, nullptr);
    if (sent.error != 0)
        return sendFailed(args, sent.error);
    const auto bytes = static_cast<std::uint64_t>(sent.bytes);
    args.run.done += bytes;
    plan.advance(bytes);
    turn.use(bytes);
    return Step::OutOfTurn;
}

/// OutOfTurn: go on.
Step SocketCore::sendPacketsFile(
    ArgsState& args, Turn& turn, std::uint64_t callLimit, sys::SigpipeBlock& sigpipe)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    const int file = plan.descriptorFor(plan.current());
    if (file < 0) { // gone, replaced or shorter since it was checked (D-15)
        args.run.fail(SocketError::InvalidArgument);
        return Step::Done;
    }
    const std::uint64_t limit = std::min({plan.leftInCurrent(), turn.bytesLeft, callLimit});
    const std::int64_t position
        = plan.current().offset + static_cast<std::int64_t>(plan.doneInCurrent());
    auto sent = sys::sendFile(m_descriptor.get(), file, position, limit);
    if (sent.error == EINVAL || sent.error == ENOSYS) {
        // Some file systems cannot: read and send (PKT-19). What is read and not taken is read
        // again.
        auto& copy = plan.scratch();
        copy.resize(kCopySize);
        sent = sys::readAt(file, copy.data(), std::min<std::uint64_t>(limit, kCopySize), position);
        if (sent.error == 0 && sent.bytes > 0)
            sent = sys::send(
                m_descriptor.get(), copy.data(), static_cast<std::size_t>(sent.bytes), 0);
        else if (sent.error != 0) {
            args.run.fail(SocketError::SocketError, sent.error); // ERR-02
            return Step::Done;
        }
    }
    if (sent.error == EPIPE)
        sigpipe.noteBrokenPipe();
    if (sent.error != 0)
        return sendFailed(args, fileSendError(sent.error));
    if (sent.bytes == 0) { // truncated while being sent (FILE-09, D-09)
        args.run.fail(SocketError::InvalidArgument);
        return Step::Done;
    }
    const auto bytes = static_cast<std::uint64_t>(sent.bytes);
    args.run.done += bytes;
    plan.advance(bytes);
    turn.use(bytes);
    return Step::OutOfTurn;
}

Step SocketCore::sendPacketsDatagrams(ArgsState& args, Turn& turn)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    const std::uint64_t block = args.run.packetsSendSize > 0
        ? static_cast<std::uint64_t>(args.run.packetsSendSize)
        : ~0ULL; // DGRAM-04
    while (!plan.finished()) {
        if (turn.bytesLeft == 0)
            return Step::OutOfTurn;
        // One datagram: up to the end of the packet (DGRAM-03) or the block. File parts are read; a
        // datagram is small.
        auto& datagram = plan.scratch();
        datagram.clear();
        std::uint64_t skip = plan.doneInCurrent();
        const auto& steps = plan.steps();
        for (std::size_t i = plan.currentIndex(); i < steps.size() && datagram.size() < block;
             ++i) {
            const auto& step = steps[i];
            const auto take
                = static_cast<std::size_t>(std::min(step.size - skip, block - datagram.size()));
            const std::size_t before = datagram.size();
            datagram.resize(before + take);
            if (step.memory) {
                std::copy_n(step.memory + skip, take, datagram.data() + before);
            } else {
                const int file = plan.descriptorFor(step);
                const auto read = file < 0 ? sys::IoResult{}
                                           : sys::readAt(file, datagram.data() + before, take,
                                               step.offset + static_cast<std::int64_t>(skip));
                if (read.error != 0 || read.bytes != static_cast<std::int64_t>(take)) {
                    args.run.fail(
                        read.error != 0 ? SocketError::SocketError : SocketError::InvalidArgument,
                        read.error);
                    return Step::Done;
                }
            }
            skip = 0;
            if (step.endOfPacket)
                break;
        }
        const auto sent = sys::send(m_descriptor.get(), datagram.data(), datagram.size(), 0);
        if (sent.error != 0)
            return sendFailed(args, sent.error);
        args.run.done += datagram.size();
        plan.advance(datagram.size());
        turn.use(datagram.size());
    }
    return Step::Done;
}

} // namespace swb::detail
