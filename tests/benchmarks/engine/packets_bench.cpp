// SPDX-License-Identifier: GPL-3.0-or-later
/// W4: a header of 64 B, 16 KiB of a file, a trailer of 64 B: one SendPacketsAsync.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/files.h"
#include "tests/benchmarks/support/program.h"
#include "tests/benchmarks/support/queued.h"

#include <array>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::size_t kEdge = 64;
constexpr std::int64_t kOffset = 32 * 1024;
constexpr std::size_t kRange = 16 * 1024;
constexpr std::uint64_t kFileSize = 1 << 20;
constexpr std::size_t kPacket = kEdge + kRange + kEdge;
constexpr TcpOptions kOptions{.noDelay = true};

std::string pathIn(const std::string& folder)
{
    return folder + "/packets.bin";
}

/// The parts of one operation, and what they come to.
struct Parts {
    Bytes header = pattern(kEdge, 5);
    Bytes trailer = pattern(kEdge, 6);
    Bytes whole() const
    {
        Bytes bytes = header;
        const Bytes file = pattern(kFileSize, 1);
        bytes.insert(bytes.end(), file.begin() + kOffset, file.begin() + kOffset + kRange);
        bytes.insert(bytes.end(), trailer.begin(), trailer.end());
        return bytes;
    }
};

Fd openFile(const std::string& path)
{
    return Fd(static_cast<int>(checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path.c_str())));
}

void cork(int fd, bool on)
{
    setOption(fd, IPPROTO_TCP, TCP_CORK, on ? 1 : 0);
}

void sendThree(int fd, int file, const Parts& parts)
{
    sendAll(fd, parts.header, MSG_MORE);
    sendFileAll(fd, file, kOffset, kRange);
    sendAll(fd, parts.trailer);
}

void sendCorked(int fd, int file, const Parts& parts)
{
    cork(fd, true);
    sendAll(fd, parts.header);
    sendFileAll(fd, file, kOffset, kRange);
    sendAll(fd, parts.trailer);
    cork(fd, false);
}

template <typename Send> void each(Sample& sample, Send send)
{
    for (std::uint64_t i = 0; i < sample.warmUp(); ++i)
        send();
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); ++i)
        send();
    sample.end();
}

using SendOne = void (*)(int fd, int file, const Parts& parts);

/// With the file open all the time, or opened by its path each time, as a caller has to who only
/// has the path.
std::function<void(Sample&)> bare(SendOne send, bool byPath)
{
    return [=](Sample& sample) {
        const Parts parts;
        const std::string path = pathIn(sample.folder());
        const Fd file = openFile(path);
        const Fd fd = connectTcp(sample.startPeer(), kOptions);
        each(sample, [&] { send(fd.get(), byPath ? openFile(path).get() : file.get(), parts); });
    };
}

void bareSplice(Sample& sample)
{
    const Parts parts;
    const Fd file = openFile(pathIn(sample.folder()));
    std::array<int, 2> ends{};
    checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    const Fd readEnd(ends[0]);
    const Fd writeEnd(ends[1]);
    const Fd fd = connectTcp(sample.startPeer(), kOptions);
    each(sample, [&] {
        sendAll(fd.get(), parts.header, MSG_MORE);
        off_t offset = kOffset;
        for (std::size_t left = kRange; left > 0;) {
            auto held = static_cast<std::size_t>(
                checked(::splice(file.get(), &offset, writeEnd.get(), nullptr, left, 0), "splice"));
            left -= held;
            while (held > 0)
                held -= static_cast<std::size_t>(checked(
                    ::splice(readEnd.get(), nullptr, fd.get(), nullptr, held, SPLICE_F_MORE),
                    "splice"));
        }
        sendAll(fd.get(), parts.trailer);
    });
}

/// asio has no file range of its own without io_uring: read, then one gathered write.
void asioWrite(Sample& sample)
{
    const Parts parts;
    const Fd file = openFile(pathIn(sample.folder()));
    Bytes room(kRange);
    asio::io_context context(1);
    auto socket = asioConnect(context, sample.startPeer(), kOptions);
    each(sample, [&] {
        checked(::pread(file.get(), room.data(), room.size(), kOffset), "pread");
        const std::array<asio::const_buffer, 3> buffers{
            asio::buffer(parts.header), asio::buffer(room), asio::buffer(parts.trailer)};
        asio::write(socket, buffers);
    });
}

std::vector<SendPacketsElement> elements(const Parts& parts, const SendPacketsElement& file)
{
    return {
        SendPacketsElement::buffer(parts.header), file, SendPacketsElement::buffer(parts.trailer)};
}

SendPacketsElement fileElement(const std::string& path, bool byPath)
{
    return byPath ? SendPacketsElement::file(path, kOffset, kRange)
                  : SendPacketsElement::stream(FileStream::open(path), kOffset, kRange);
}

std::function<void(Sample&)> ours(bool byPath)
{
    return [=](Sample& sample) {
        const Parts parts;
        AsyncEngine engine({.workerThreads = 1});
        Socket socket = connectSocket(engine, sample.startPeer(), kOptions);
        WaitingArgs args;
        args.e.setSendPacketsElements(
            elements(parts, fileElement(pathIn(sample.folder()), byPath)));
        each(sample, [&] {
            args.run([&](SocketAsyncEventArgs& e) { return socket.sendPacketsAsync(e); });
            if (args.e.bytesTransferred() != kPacket)
                requireDone(args.e, kPacket);
        });
        sample.set("pending",
            static_cast<double>(args.pending) / static_cast<double>(sample.allOperations()));
    };
}

Row packets(std::function<void(std::uint64_t, const std::string&)> prepare)
{
    Row row{.id = "W4.packets",
        .title = "64 B + 16 KiB of a file + 64 B, NODELAY",
        .contenders = {{"send+sendfile+send", bare(sendThree, false)}, {"ours, path", ours(true)},
            {"ours, open file", ours(false)},
            {"open+send+sendfile+send+close", bare(sendThree, true)},
            {"cork", bare(sendCorked, false)}, {"open+cork+close", bare(sendCorked, true)},
            {"splice", bareSplice}, {"asio pread, write", asioWrite}},
        .operations = 40'000,
        .content =
            [](std::uint64_t count, Checksum& sum) {
                const Bytes one = Parts().whole();
                for (std::uint64_t i = 0; i < count; ++i)
                    sum.add(one);
            },
        .prepare = std::move(prepare)};
    row.targets = {{.contender = "ours, path", .against = "send+sendfile+send", .limit = 0.90},
        {.contender = "ours, path", .against = "open+send+sendfile+send+close", .limit = 0.90},
        {.contender = "ours, open file", .against = "send+sendfile+send", .limit = 0.90},
        {.contender = "ours, open file", .against = "cork", .limit = 1.10},
        {.contender = "ours, open file",
            .how = Target::How::Value,
            .figure = "allocations",
            .limit = 0}};
    return row;
}

/// Operations that wait while the connection is full.
Row queuedPackets(std::function<void(std::uint64_t, const std::string&)> prepare)
{
    const QueuedShape shape{.batch = 64, .bytesEach = kPacket};
    const auto bareBatch = [=](std::uint64_t underOneCork) {
        return [=](Sample& sample) {
            const Parts parts;
            const Fd file = openFile(pathIn(sample.folder()));
            bareQueued(sample, shape, [&](int fd) {
                for (std::uint64_t i = 0; i < shape.batch; ++i) {
                    if (underOneCork > 1 && i % underOneCork == 0)
                        cork(fd, true);
                    sendThree(fd, file.get(), parts);
                    if (underOneCork > 1 && (i + 1) % underOneCork == 0)
                        cork(fd, false);
                }
            });
        };
    };
    const auto ourBatch = [=](bool byPath) {
        return [=](Sample& sample) {
            const Parts parts;
            const auto list = elements(parts, fileElement(pathIn(sample.folder()), byPath));
            ourQueued(
                sample, shape, [&](SocketAsyncEventArgs& e) { e.setSendPacketsElements(list); },
                [](Socket& socket, SocketAsyncEventArgs& e) { return socket.sendPacketsAsync(e); });
        };
    };
    Row row{.id = "W4.queued",
        .title
        = "64 B + 16 KiB of a file + 64 B, 64 operations that wait while the connection is full",
        .contenders = {{"send+sendfile+send", bareBatch(1)}, {"ours, open file", ourBatch(false)},
            {"ours, path", ourBatch(true)}, {"8 under one cork", bareBatch(8)}},
        .operations = 100 * shape.batch,
        .smokeOperations = shape.batch,
        .step = shape.batch,
        .warmUp = 0,
        .content = queuedContent(shape, Parts().whole()),
        .prepare = std::move(prepare)};
    row.targets
        = {{.contender = "ours, open file", .against = "send+sendfile+send", .limit = 0.65}};
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    const auto prepare = [](std::uint64_t, const std::string& folder) {
        makePatternFile(pathIn(folder), kFileSize);
    };
    Program program("W4", "Header, file and trailer");
    program.add(packets(prepare));
    program.add(queuedPackets(prepare));
    return program.run(argc, argv);
}
