// SPDX-License-Identifier: GPL-3.0-or-later
/// W2: a large file, and several at once on one worker.
#include "tests/benchmarks/support/asio_side.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/files.h"
#include "tests/benchmarks/support/program.h"
#if SWB_BENCH_QT
#include "tests/benchmarks/support/qt_side.h"
#endif

#include <array>
#include <cerrno>
#include <deque>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::size_t kSlice = kMiB; ///< what one turn of a loop over several files sends
constexpr std::size_t kCopy = 64 * 1024;
constexpr std::uint32_t kAtOnce = 4;

/// Operations are MiB.
std::string pathOf(const std::string& folder, std::uint64_t mebibytes)
{
    return folder + "/large-" + std::to_string(mebibytes) + ".bin";
}

std::string path(const Sample& sample)
{
    return pathOf(sample.folder(), sample.operations());
}

std::uint64_t size(const Sample& sample)
{
    return sample.operations() * kMiB;
}

Fd openFile(const std::string& name)
{
    return Fd(static_cast<int>(checked(::open(name.c_str(), O_RDONLY | O_CLOEXEC), name.c_str())));
}

void bareSendFile(Sample& sample)
{
    const Fd file = openFile(path(sample));
    const Fd fd = connectTcp(sample.startPeer());
    sample.begin();
    sendFileAll(fd.get(), file.get(), 0, size(sample));
    sample.end();
}

void bareSplice(Sample& sample)
{
    const Fd file = openFile(path(sample));
    const Fd fd = connectTcp(sample.startPeer());
    std::array<int, 2> ends{};
    checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    const Fd readEnd(ends[0]);
    const Fd writeEnd(ends[1]);
    checked(::fcntl(writeEnd.get(), F_SETPIPE_SZ, static_cast<int>(kMiB)), "F_SETPIPE_SZ");
    sample.begin();
    off_t offset = 0;
    for (std::uint64_t left = size(sample); left > 0;) {
        long held
            = checked(::splice(file.get(), &offset, writeEnd.get(), nullptr, kMiB, 0), "splice");
        left -= static_cast<std::uint64_t>(held);
        while (held > 0)
            held -= checked(::splice(readEnd.get(), nullptr, fd.get(), nullptr,
                                static_cast<std::size_t>(held), SPLICE_F_MORE),
                "splice");
    }
    sample.end();
}

/// asio's documented way to a call that it does not have: wait, then the native call until it would
/// block.
class AsioSendFile {
public:
    AsioSendFile(asio::io_context& context, std::uint16_t port, int file, std::uint64_t bytes)
        : m_socket(asioConnect(context, port))
        , m_file(file)
        , m_left(bytes)
    {
        m_socket.native_non_blocking(true);
    }
    void start()
    {
        m_socket.async_wait(asio::ip::tcp::socket::wait_write, [this](std::error_code error) {
            if (error)
                throw std::system_error(error);
            next();
        });
    }

private:
    void next()
    {
        while (m_left > 0) {
            const ssize_t sent = ::sendfile(m_socket.native_handle(), m_file, &m_offset,
                std::min<std::uint64_t>(m_left, kSlice));
            if (sent < 0 && errno == EAGAIN)
                return start();
            m_left -= static_cast<std::uint64_t>(checked(sent, "sendfile"));
        }
    }

    asio::ip::tcp::socket m_socket;
    int m_file;
    std::uint64_t m_left;
    off_t m_offset = 0;
};

void asioWaitSendFile(Sample& sample)
{
    const Fd file = openFile(path(sample));
    asio::io_context context(1);
    AsioSendFile transfer(context, sample.startPeer(), file.get(), size(sample));
    sample.begin();
    transfer.start();
    context.run();
    sample.end();
}

void asioReadWrite(Sample& sample)
{
    const Fd file = openFile(path(sample));
    Bytes room(kCopy);
    asio::io_context context(1);
    auto socket = asioConnect(context, sample.startPeer());
    std::function<void()> next = [&] {
        const auto got = static_cast<std::size_t>(
            checked(::read(file.get(), room.data(), room.size()), "read"));
        if (got == 0)
            return;
        asio::async_write(socket, asio::buffer(room, got), [&](std::error_code error, std::size_t) {
            if (error)
                throw std::system_error(error);
            next();
        });
    };
    sample.begin();
    next();
    context.run();
    sample.end();
}

void ours(Sample& sample)
{
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer());
    WaitingArgs args;
    args.e.setSendPacketsElements({SendPacketsElement::file(path(sample))});
    sample.begin();
    args.run([&](SocketAsyncEventArgs& e) { return socket.sendPacketsAsync(e); });
    sample.end();
    requireDone(args.e, size(sample));
}

#if SWB_BENCH_QT
void qtFile(Sample& sample)
{
    QtStream stream(sample.startPeer());
    sample.begin();
    stream.sendFile(path(sample));
    sample.end();
}
#endif

void makeLargeFile(std::uint64_t mebibytes, const std::string& folder)
{
    makePatternFile(pathOf(folder, mebibytes), mebibytes * kMiB);
}

Row oneFile()
{
    Row row{.id = "W2.one",
        .title = "one file of 1 GiB",
        .contenders
        = {{"sendfile", bareSendFile}, {"ours", ours}, {"splice by a 1 MiB pipe", bareSplice},
            {"asio wait, sendfile", asioWaitSendFile}, {"asio read, async_write", asioReadWrite}},
        .operations = 1024,
        .smokeOperations = 4,
        .warmUp = 0,
        .unit = "MiB"};
#if SWB_BENCH_QT
    row.contenders.push_back({"Qt QFile, write", qtFile});
#endif
    row.content = [](std::uint64_t count, Checksum& sum) { addPatternFile(sum, count * kMiB); };
    row.prepare = makeLargeFile;
    row.targets = {{.contender = "ours", .against = "sendfile", .limit = 1.03, .then = 0.90}};
    return row;
}

// --- several at once

std::uint16_t startSinks(Sample& sample)
{
    return sample.startPeer({.role = PeerRole::Sink, .connections = kAtOnce});
}

/// Every stream must have got the whole file.
void checkSinks(Sample& sample)
{
    Checksum one(sample.hashed());
    addPatternFile(one, size(sample));
    const PeerReport report = sample.peer().report();
    if (report.bytes != one.bytes() * kAtOnce
        || (sample.hashed() && report.hash != one.hash() * kAtOnce))
        throw std::runtime_error("the far end did not receive every file");
    sample.set("fairness", report.fairness);
}

/// In turn, a slice for each that can take one.
void bareSeveral(Sample& sample)
{
    const Fd file = openFile(path(sample));
    const std::uint16_t port = startSinks(sample);
    struct Stream {
        Fd fd;
        off_t offset = 0;
        std::uint64_t left = 0;
    };
    std::array<Stream, kAtOnce> streams;
    const Fd poller(static_cast<int>(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")));
    for (Stream& stream : streams) {
        stream.fd = connectTcp(port);
        stream.left = size(sample);
        setNonBlocking(stream.fd.get());
        epoll_event event{};
        event.events = EPOLLOUT;
        event.data.ptr = &stream;
        checked(::epoll_ctl(poller.get(), EPOLL_CTL_ADD, stream.fd.get(), &event), "epoll_ctl");
    }
    sample.begin();
    for (std::size_t open = streams.size(); open > 0;) {
        std::array<epoll_event, kAtOnce> events{};
        const long ready
            = checked(::epoll_wait(poller.get(), events.data(), kAtOnce, -1), "epoll_wait");
        for (std::size_t i = 0; i < static_cast<std::size_t>(ready); ++i) {
            Stream& stream = *static_cast<Stream*>(events[i].data.ptr);
            const ssize_t sent = ::sendfile(stream.fd.get(), file.get(), &stream.offset,
                std::min<std::uint64_t>(stream.left, kSlice));
            if (sent < 0 && errno == EAGAIN)
                continue;
            stream.left -= static_cast<std::uint64_t>(checked(sent, "sendfile"));
            if (stream.left == 0) {
                stream.fd.reset();
                --open;
            }
        }
    }
    sample.end();
    checkSinks(sample);
}

void asioSeveral(Sample& sample)
{
    const Fd file = openFile(path(sample));
    const std::uint16_t port = startSinks(sample);
    {
        asio::io_context context(1);
        std::deque<AsioSendFile> transfers;
        for (std::uint32_t i = 0; i < kAtOnce; ++i)
            transfers.emplace_back(context, port, file.get(), size(sample));
        sample.begin();
        for (AsioSendFile& each : transfers)
            each.start();
        context.run();
        sample.end();
    }
    checkSinks(sample);
}

void ourSeveral(Sample& sample)
{
    const std::uint16_t port = startSinks(sample);
    AsyncEngine engine({.workerThreads = 1});
    Signal completed;
    std::deque<SocketAsyncEventArgs> args(kAtOnce);
    std::vector<Socket> sockets;
    for (SocketAsyncEventArgs& each : args) {
        sockets.push_back(connectSocket(engine, port));
        each.setSendPacketsElements({SendPacketsElement::file(path(sample))});
        each.onCompleted([&](Socket& socket, SocketAsyncEventArgs&) {
            socket.close();
            completed.raise();
        });
    }
    sample.begin();
    for (std::size_t i = 0; i < kAtOnce; ++i) {
        if (!sockets[i].sendPacketsAsync(args[i])) {
            sockets[i].close();
            completed.raise();
        }
    }
    completed.wait(kAtOnce);
    sample.end();
    for (const SocketAsyncEventArgs& each : args)
        requireDone(each, size(sample));
    checkSinks(sample);
}

Row severalFiles()
{
    return {.id = "W2.several",
        .title = "four files of 256 MiB at once, on one thread (fairness: what the slowest stream "
                 "had when the first "
                 "one had all)",
        .contenders = {{"epoll, sendfile of 1 MiB in turn", bareSeveral}, {"ours", ourSeveral},
            {"asio wait, sendfile", asioSeveral}},
        .operations = 256,
        .smokeOperations = 2,
        .warmUp = 0,
        .unit = "MiB of each file",
        .prepare = makeLargeFile,
        .targets = {{.contender = "ours",
            .against = "epoll, sendfile of 1 MiB in turn",
            .limit = 1.03,
            .then = 0.90}}};
}

} // namespace

int main(int argc, char** argv)
{
    Program program("W2", "Large files");
    program.add(oneFile());
    program.add(severalFiles());
    return program.run(argc, argv);
}
