// SPDX-License-Identifier: BSL-1.0
/// How a SocketCore carries out a SendPacketsAsync.
#include "engine/net/detail/args_state.h"
#include "engine/net/detail/part_list.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/detail/socket_core.h"
#include "engine/net/linux/staging_pipe.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace swb::detail {

namespace {
constexpr std::size_t kCopySize = 64 * 1024; // where sendfile cannot (PKT-19)
// So little is read and leaves with what is around it in one call: copying it costs less than the
// calls that would avoid that. Header, 16 KiB of a file and trailer: 0.8 of what splice takes; but
// 32 KiB of a file by themselves 1.8 of sendfile.
constexpr std::uint64_t kWorthCopying = 20 * 1024;
constexpr std::uint64_t kWorthCopyingAlone = 4 * 1024;

/// What only the file can have caused: their other meanings in sockets are never met while sending.
bool isFileError(int error) noexcept
{
    return error == EIO || error == ENODATA || error == ENXIO || error == EBADF;
}

/// A pipe of the engine for as long as one attempt lasts.
class BorrowedPipe {
public:
    explicit BorrowedPipe(StagingPipes& pipes)
        : m_pipes(pipes)
        , m_pipe(pipes.take())
    {
    }
    ~BorrowedPipe() { m_pipes.give(std::move(m_pipe)); }
    BorrowedPipe(const BorrowedPipe&) = delete;
    BorrowedPipe& operator=(const BorrowedPipe&) = delete;
    StagingPipe& operator*() noexcept { return m_pipe; }
    /// Throws away what is in it.
    void discard() noexcept { m_pipe = {}; }

private:
    StagingPipes& m_pipes;
    StagingPipe m_pipe;
};
} // namespace

/// What sending files needs besides the plan, for as long as one attempt lasts.
struct SocketCore::FileSending {
    std::optional<BorrowedPipe> pipe;
    std::optional<sys::SigpipeBlock> sigpipe;
    std::uint64_t limit = 0; ///< Most bytes for one call to the kernel (PKT-13).
};

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

Step SocketCore::performSendPackets(ArgsState& args, Turn& turn)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    Step step = isStream() ? sendPacketsStream(args, turn) : sendPacketsDatagrams(args, turn);
    if (step != Step::Done)
        return step;
    uncork(plan);
    if (!moreFollows(args))
        letGo();
    if (args.run.error == SocketError::Success
        && args.run.packetsEndConnection()) { // FLAG-08, D-12
        step = performDisconnect(
            args, hasFlag(args.run.packetsFlags, TransmitFileOptions::ReuseSocket));
    }
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
    FileSending sending;
    sending.limit = args.run.packetsSendSize > 0
        ? static_cast<std::uint64_t>(args.run.packetsSendSize)
        : ~0ULL;
    const std::uint64_t worthCopying = plan.steps().size() > 1 ? kWorthCopying : kWorthCopyingAlone;
    while (plan.hasFiles() && plan.bytesLeft() <= std::min(worthCopying, sending.limit)) {
        const auto step = sendPacketsCopied(args, turn);
        if (!step)
            break;
        if (*step != Step::OutOfTurn)
            return *step;
        if (plan.finished())
            return Step::Done;
    }
    if (plan.hasFiles() && !plan.refusesSplice)
        sending.pipe.emplace(m_engine->pipes());
    // A file that leaves by sendfile shares segments with what is around it while the cork is in
    // (PKT-18); what it holds back leaves at the end. Everything else says MSG_MORE, which does
    // without the cork's two system calls.
    const bool bySendfile = plan.hasFiles() && (!sending.pipe || !**sending.pipe);
    if (bySendfile && !plan.corked && plan.steps().size() > 1 && m_family != AddressFamily::Unix) {
        sys::setCork(m_descriptor.get(), true);
        plan.corked = true;
    }
    while (!plan.finished()) {
        if (turn.bytesLeft == 0)
            return Step::OutOfTurn;
        Step step;
        if (plan.current().memory) {
            step = sendPacketsMemory(args, turn, sending.limit);
        } else {
            if (!sending.sigpipe)
                sending.sigpipe.emplace();
            step = sending.pipe && **sending.pipe && !plan.refusesSplice
                ? sendPacketsFiles(args, turn, sending)
                : sendPacketsFile(args, turn, sending);
        }
        if (step != Step::OutOfTurn)
            return step;
    }
    return Step::Done;
}

/// All that is left in one call, what comes from files read into memory; what is read and not taken
/// is read again. OutOfTurn: go on. Nothing: the next step is a file that cannot be read, or no
/// longer in full.
std::optional<Step> SocketCore::sendPacketsCopied(ArgsState& args, Turn& turn)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    PartList list;
    const std::uint64_t size = plan.readIn(list);
    if (size == 0)
        return std::nullopt;
    return sendGatheredParts(args, turn, list, size);
}

/// `size` is that of the parts, which are what comes next. OutOfTurn: go on.
Step SocketCore::sendGatheredParts(ArgsState& args, Turn& turn, PartList& list, std::uint64_t size)
{
    const bool more = args.packetsPlan->isMore(size) || moreFollows(args);
    const auto sent = sendParts(list, more ? MSG_MORE : 0);
    if (sent.error != 0)
        return sendFailed(args, sent.error);
    noteSent(args, turn, sent.bytes, more);
    return Step::OutOfTurn;
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
    return sendGatheredParts(args, turn, list, size);
}

sys::IoResult SocketCore::sendParts(PartList& list, int flags) const
{
    const auto parts = list.parts();
    if (parts.size() == 1) // the kernel is quicker with one
        return sys::send(m_descriptor.get(), parts[0].iov_base, parts[0].iov_len, flags);
    return sys::sendGathered(m_descriptor.get(), parts, flags, nullptr);
}

void SocketCore::noteSent(ArgsState& args, Turn& turn, std::int64_t count, bool more)
{
    const auto bytes = static_cast<std::uint64_t>(count);
    m_holdsBack = more && m_family != AddressFamily::Unix;
    args.run.done += bytes;
    args.packetsPlan->advance(bytes);
    turn.use(bytes);
}

/// Files through a pipe: up to 1 MiB of one, or many small ones, in one push without copying. For a
/// file of 1 GiB 0.85 of what sendfile costs; for 4 KiB files, 0.7 of reading and gathering them.
/// OutOfTurn: go on.
Step SocketCore::sendPacketsFiles(ArgsState& args, Turn& turn, FileSending& sending)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    StagingPipe& pipe = **sending.pipe;
    const auto filled = plan.fill(pipe, std::min(turn.bytesLeft, sending.limit));
    if (filled.refused) {
        plan.refusesSplice = true;
        if (pipe.held() == 0)
            return sendPacketsFile(args, turn, sending);
    }
    while (pipe.held() > 0) {
        const bool more
            = filled.more || (filled.error == SocketError::Success && moreFollows(args));
        const auto sent = pipe.empty(m_descriptor.get(), pipe.held(), more);
        if (sent.error == EINVAL || sent.error == ENOSYS) { // the socket cannot
            plan.refusesSplice = true;
            sending.pipe->discard();
            return Step::OutOfTurn;
        }
        if (sent.error == EPIPE)
            sending.sigpipe->noteBrokenPipe();
        if (sent.error != 0) {
            sending.pipe->discard(); // not sent, not counted; read again when there is room
            return sendFailed(args, fileSendError(sent.error));
        }
        noteSent(args, turn, sent.bytes, more);
    }
    if (filled.error != SocketError::Success) {
        args.run.fail(filled.error, filled.nativeError);
        return Step::Done;
    }
    return Step::OutOfTurn;
}

/// OutOfTurn: go on.
Step SocketCore::sendPacketsFile(ArgsState& args, Turn& turn, FileSending& sending)
{
    SendPacketsPlan& plan = *args.packetsPlan;
    const int file = plan.descriptorFor(plan.current());
    if (file < 0) { // gone, replaced or shorter since it was checked (D-15)
        args.run.fail(SocketError::InvalidArgument);
        return Step::Done;
    }
    const std::uint64_t limit = std::min({plan.leftInCurrent(), turn.bytesLeft, sending.limit});
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
    if (isFileError(sent.error)) {
        args.run.fail(SocketError::SocketError, sent.error); // ERR-02
        return Step::Done;
    }
    if (sent.error == EPIPE)
        sending.sigpipe->noteBrokenPipe();
    if (sent.error != 0)
        return sendFailed(args, fileSendError(sent.error));
    if (sent.bytes == 0) { // truncated while being sent (FILE-09, D-09)
        args.run.fail(SocketError::InvalidArgument);
        return Step::Done;
    }
    noteSent(args, turn, sent.bytes, m_holdsBack);
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
            plan.doneReading(i);
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
