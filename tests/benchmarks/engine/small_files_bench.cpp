// SPDX-License-Identifier: GPL-3.0-or-later
/// W3: 20,000 files of 4 KiB, given by path, in one SendPacketsAsync.
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/files.h"
#include "tests/benchmarks/support/program.h"
#if SWB_BENCH_QT
#include "tests/benchmarks/support/qt_side.h"
#endif

#include <array>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::uint64_t kFiles = 20'000;
constexpr std::size_t kFileSize = 4096;
constexpr std::size_t kGather = 64; ///< files in one send: 256 KiB
constexpr int kPipeSize = 1 << 20;

std::string pathOf(const std::string& folder, std::uint64_t index)
{
    return folder + "/small/" + std::to_string(index);
}

std::vector<std::string> paths(const Sample& sample)
{
    std::vector<std::string> result;
    for (std::uint64_t i = 0; i < sample.operations(); ++i)
        result.push_back(pathOf(sample.folder(), i));
    return result;
}

Fd openFile(const std::string& path)
{
    return Fd(static_cast<int>(checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path.c_str())));
}

void naive(Sample& sample, const TcpOptions& options)
{
    const auto files = paths(sample);
    const Fd fd = connectTcp(sample.startPeer(), options);
    const DescriptorWatch watch(sample);
    sample.begin();
    for (const std::string& path : files)
        sendFileAll(fd.get(), openFile(path).get(), 0, kFileSize);
    sample.end();
}

void checkAll(const std::vector<std::string>& files)
{
    for (const std::string& path : files) {
        struct stat facts { };
        checked(::fstat(openFile(path).get(), &facts), "fstat");
        if (!S_ISREG(facts.st_mode) || facts.st_size != kFileSize)
            throw std::runtime_error(path + " is not what it should be");
    }
}

void gather(int fd, const std::vector<std::string>& files)
{
    Bytes room(kGather * kFileSize);
    std::size_t filled = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        filled += static_cast<std::size_t>(checked(
            ::read(openFile(files[i]).get(), room.data() + filled, room.size() - filled), "read"));
        if (filled == room.size() || i + 1 == files.size()) {
            sendAll(fd, {room.data(), filled});
            filled = 0;
        }
    }
}

void bareGather(Sample& sample, const TcpOptions& options)
{
    const auto files = paths(sample);
    const Fd fd = connectTcp(sample.startPeer(), options);
    const DescriptorWatch watch(sample);
    sample.begin();
    gather(fd.get(), files);
    sample.end();
}

void checkThenGather(Sample& sample, const TcpOptions& options)
{
    const auto files = paths(sample);
    const Fd fd = connectTcp(sample.startPeer(), options);
    const DescriptorWatch watch(sample);
    sample.begin();
    checkAll(files);
    gather(fd.get(), files);
    sample.end();
}

/// `take(i)` gives the open file that is next.
template <typename Take> void splice64(Sample& sample, std::size_t count, int fd, Take take)
{
    std::array<int, 2> ends{};
    checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    const Fd readEnd(ends[0]);
    const Fd writeEnd(ends[1]);
    checked(::fcntl(writeEnd.get(), F_SETPIPE_SZ, kPipeSize), "F_SETPIPE_SZ");
    const DescriptorWatch watch(sample);
    sample.begin();
    std::size_t held = 0;
    for (std::size_t i = 0; i < count; ++i) {
        held += static_cast<std::size_t>(checked(
            ::splice(take(i).get(), nullptr, writeEnd.get(), nullptr, kFileSize, 0), "splice"));
        if (held < kGather * kFileSize && i + 1 < count)
            continue;
        while (held > 0)
            held -= static_cast<std::size_t>(
                checked(::splice(readEnd.get(), nullptr, fd, nullptr, held, 0), "splice"));
    }
    sample.end();
}

void spliceGather(Sample& sample, const TcpOptions& options)
{
    const auto files = paths(sample);
    const Fd fd = connectTcp(sample.startPeer(), options);
    splice64(sample, files.size(), fd.get(), [&](std::size_t i) { return openFile(files[i]); });
}

/// The least that keeps the promise: each file is looked at before the first byte leaves, and when
/// its turn comes it must still be the same one.
void checkThenSplice(Sample& sample, const TcpOptions& options)
{
    const auto files = paths(sample);
    const Fd fd = connectTcp(sample.startPeer(), options);
    std::vector<struct stat> found(files.size());
    bool lookedAt = false;
    splice64(sample, files.size(), fd.get(), [&](std::size_t i) {
        for (std::size_t j = 0; !lookedAt && j < files.size(); ++j) {
            checked(::stat(files[j].c_str(), &found[j]), "stat");
            if (!S_ISREG(found[j].st_mode))
                throw std::runtime_error(files[j] + " is not a regular file");
        }
        lookedAt = true;
        Fd file = openFile(files[i]);
        struct stat now { };
        checked(::fstat(file.get(), &now), "fstat");
        if (now.st_ino != found[i].st_ino || now.st_dev != found[i].st_dev
            || now.st_size < found[i].st_size)
            throw std::runtime_error(files[i] + " is another file now");
        return file;
    });
}

void ours(Sample& sample, const TcpOptions& options)
{
    std::vector<SendPacketsElement> elements;
    for (const std::string& path : paths(sample))
        elements.push_back(SendPacketsElement::file(path));
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(), options);
    WaitingArgs args;
    args.e.setSendPacketsElements(std::move(elements));
    const DescriptorWatch watch(sample);
    sample.begin();
    args.run([&](SocketAsyncEventArgs& e) { return socket.sendPacketsAsync(e); });
    sample.end();
    requireDone(args.e, sample.operations() * kFileSize);
}

#if SWB_BENCH_QT
void qtFiles(Sample& sample, const TcpOptions& options)
{
    const auto files = paths(sample);
    QtStream stream(sample.startPeer(), options);
    const DescriptorWatch watch(sample);
    sample.begin();
    for (const std::string& path : files)
        stream.sendFile(path);
    sample.end();
}
#endif

Row smallFiles(const std::string& id, const std::string& title, const TcpOptions& options)
{
    const auto with = [options](void (*run)(Sample&, const TcpOptions&)) {
        return [=](Sample& sample) { run(sample, options); };
    };
    Row row{.id = id,
        .title = "files of 4 KiB, given by path, all in one call, " + title,
        .contenders = {{"open+sendfile+close each", with(naive)}, {"ours", with(ours)},
            {"open and check all, then gather", with(checkThenGather)},
            {"stat all, then open, check, splice 64", with(checkThenSplice)},
            {"gather 64 (unchecked)", with(bareGather)},
            {"splice 64 (unchecked)", with(spliceGather)}},
        .operations = kFiles,
        .smokeOperations = 200,
        .warmUp = 0,
        .unit = "file",
        .fixedSize = true};
#if SWB_BENCH_QT
    row.contenders.push_back({"Qt QFile, write", with(qtFiles)});
#endif
    row.prepare = [](std::uint64_t count, const std::string& folder) {
        for (std::uint64_t i = 0; i < count; ++i)
            makeFile(pathOf(folder, i), pattern(kFileSize, i));
    };
    row.content = [](std::uint64_t count, Checksum& sum) {
        for (std::uint64_t i = 0; i < count; ++i)
            sum.add(pattern(kFileSize, i));
    };
    row.targets = {
        {.contender = "ours", .against = "open and check all, then gather", .limit = 1.10},
        {.contender = "ours", .against = "stat all, then open, check, splice 64", .limit = 1.10},
        {.contender = "ours", .how = Target::How::Value, .figure = "open files", .limit = 64}};
    if (options.noDelay)
        row.targets.push_back({.contender = "ours",
            .against = "open+sendfile+close each",
            .limit = 0.85,
            .then = 0.75});
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Program program("W3", "Many small files");
    // Each file that is sent by itself leaves by itself, and wakes the peer.
    program.add(smallFiles("W3", "NODELAY", {.noDelay = true}));
    // The kernel itself gathers what is sent one by one while the peer has not answered: to be
    // told, but no work is left to save that would pay for the checks.
    program.add(smallFiles("W3.nagle", "Nagle on", {}));
    return program.run(argc, argv);
}
