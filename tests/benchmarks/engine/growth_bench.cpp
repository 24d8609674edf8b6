// SPDX-License-Identifier: GPL-3.0-or-later
/// What one operation, one element, one KiB costs as the work grows: it must not cost more because
/// there is more of it.
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/files.h"
#include "tests/benchmarks/support/plot.h"
#include "tests/benchmarks/support/program.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/uio.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::size_t kSmall = 64;
constexpr std::size_t kSmallFile = 4096;
constexpr double kFlat = 1.2;
const std::string kOurs = "ours";
constexpr PeerTask kSink{.role = PeerRole::Sink, .wakeAt = 64 * 1024};
constexpr PeerTask kPlainSink{.role = PeerRole::Sink};

Fd openFile(const std::string& path)
{
    return Fd(static_cast<int>(checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path.c_str())));
}

/// `call` does `each` operations.
template <typename Call> void repeat(Sample& sample, std::uint64_t each, Call call)
{
    for (std::uint64_t i = 0; i < sample.warmUp(); i += each)
        call();
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); i += each)
        call();
    sample.end();
}

void bareSends(Sample& sample)
{
    const Bytes data = pattern(kSmall, 1);
    const Fd fd = connectTcp(sample.startPeer(kSink));
    repeat(sample, 1, [&] { sendAll(fd.get(), data); });
}

void ourSends(Sample& sample)
{
    const Bytes data = pattern(kSmall, 1);
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(kSink));
    WaitingArgs args;
    args.e.setBuffer(data);
    repeat(sample, 1, [&] {
        args.run([&](SocketAsyncEventArgs& e) { return socket.sendAsync(e); });
        if (args.e.bytesTransferred() != data.size())
            requireDone(args.e, data.size());
    });
}

void ourPackets(Sample& sample, const PeerTask& sink, std::vector<SendPacketsElement> elements,
    std::uint64_t each, std::uint64_t bytes)
{
    AsyncEngine engine({.workerThreads = 1});
    Socket socket = connectSocket(engine, sample.startPeer(sink));
    WaitingArgs args;
    args.e.setSendPacketsElements(std::move(elements));
    repeat(sample, each, [&] {
        args.run([&](SocketAsyncEventArgs& e) { return socket.sendPacketsAsync(e); });
        requireDone(args.e, bytes);
    });
}

std::string id(const std::string& group, std::uint64_t size)
{
    return "growth." + group + "." + std::to_string(size);
}

Row operations(std::uint64_t count)
{
    return {.id = id("operations", count),
        .title = std::to_string(count) + " sends of 64 B on one connection",
        .contenders = {{"send", bareSends}, {kOurs, ourSends}},
        .operations = count,
        .smokeOperations = std::min<std::uint64_t>(count, 2000),
        .warmUp = 0,
        .content =
            [](std::uint64_t all, Checksum& sum) {
                const Bytes data = pattern(kSmall, 1);
                for (std::uint64_t i = 0; i < all; ++i)
                    sum.add(data);
            },
        .fixedSize = true,
        .mostRounds = 5};
}

Row elements(std::uint64_t inOneCall)
{
    const auto bare = [inOneCall](Sample& sample) {
        const Bytes data = pattern(kSmall, 1);
        std::vector<iovec> parts(std::min<std::uint64_t>(inOneCall, IOV_MAX),
            iovec{const_cast<std::byte*>(data.data()), data.size()});
        const Fd fd = connectTcp(sample.startPeer(kSink));
        repeat(sample, inOneCall, [&] {
            for (std::uint64_t left = inOneCall; left > 0;) {
                msghdr message{};
                message.msg_iov = parts.data();
                message.msg_iovlen = std::min<std::uint64_t>(left, parts.size());
                if (checked(::sendmsg(fd.get(), &message, MSG_NOSIGNAL), "sendmsg")
                    != static_cast<long>(message.msg_iovlen * data.size()))
                    throw std::runtime_error("sendmsg on a blocking socket took less than all");
                left -= message.msg_iovlen;
            }
        });
    };
    const auto ours = [inOneCall](Sample& sample) {
        const Bytes data = pattern(kSmall, 1);
        ourPackets(sample, kSink,
            std::vector<SendPacketsElement>(inOneCall, SendPacketsElement::buffer(data)), inOneCall,
            inOneCall * kSmall);
    };
    Row row = operations(std::max<std::uint64_t>(200'000 / inOneCall, 5) * inOneCall);
    row.id = id("elements", inOneCall);
    row.title = std::to_string(inOneCall) + " pieces of memory of 64 B in one SendPacketsAsync";
    row.contenders = {{"sendmsg", bare}, {kOurs, ours}};
    row.smokeOperations = inOneCall * 2;
    row.step = inOneCall;
    row.unit = "element";
    return row;
}

std::string smallPath(const std::string& folder, std::uint64_t index)
{
    return folder + "/growth/" + std::to_string(index);
}

Row files(std::uint64_t inOneCall)
{
    const auto bare = [inOneCall](Sample& sample) {
        const Fd fd = connectTcp(sample.startPeer(kPlainSink));
        repeat(sample, inOneCall, [&] {
            for (std::uint64_t i = 0; i < inOneCall; ++i)
                sendFileAll(fd.get(), openFile(smallPath(sample.folder(), i)).get(), 0, kSmallFile);
        });
    };
    const auto ours = [inOneCall](Sample& sample) {
        std::vector<SendPacketsElement> list;
        for (std::uint64_t i = 0; i < inOneCall; ++i)
            list.push_back(SendPacketsElement::file(smallPath(sample.folder(), i)));
        ourPackets(sample, kPlainSink, std::move(list), inOneCall, inOneCall * kSmallFile);
    };
    Row row{.id = id("files", inOneCall),
        .title = std::to_string(inOneCall) + " files of 4 KiB in one SendPacketsAsync",
        .contenders = {{"open+sendfile+close", bare}, {kOurs, ours}},
        .operations = std::max<std::uint64_t>(20'000 / inOneCall, 2) * inOneCall,
        .smokeOperations = inOneCall,
        .step = inOneCall,
        .warmUp = 0,
        .unit = "file",
        .fixedSize = true,
        .mostRounds = 5};
    row.content = [inOneCall](std::uint64_t all, Checksum& sum) {
        for (std::uint64_t i = 0; i < all; ++i)
            sum.add(pattern(kSmallFile, i % inOneCall));
    };
    row.prepare = [inOneCall](std::uint64_t, const std::string& folder) {
        for (std::uint64_t i = 0; i < inOneCall; ++i)
            makeFile(smallPath(folder, i), pattern(kSmallFile, i));
    };
    row.smoke = inOneCall <= 1000;
    return row;
}

std::string sparsePath(const std::string& folder, std::uint64_t kibibytes)
{
    return folder + "/sparse-" + std::to_string(kibibytes) + ".bin";
}

Row fileSize(std::uint64_t kibibytes)
{
    constexpr std::uint64_t kMostCalls = 10'000;
    constexpr std::uint64_t kEnough = 256 * 1024; // KiB in a sample
    const std::uint64_t bytes = kibibytes * 1024;
    const auto bare = [=](Sample& sample) {
        const Fd fd = connectTcp(sample.startPeer(kPlainSink));
        repeat(sample, kibibytes, [&] {
            sendFileAll(fd.get(), openFile(sparsePath(sample.folder(), kibibytes)).get(), 0, bytes);
        });
    };
    const auto ours = [=](Sample& sample) {
        ourPackets(sample, kPlainSink,
            {SendPacketsElement::file(sparsePath(sample.folder(), kibibytes))}, kibibytes, bytes);
    };
    Row row{.id = id("size", kibibytes),
        .title = "a (sparse) file of " + std::to_string(kibibytes) + " KiB",
        .contenders = {{"open+sendfile+close", bare}, {kOurs, ours}},
        .operations = std::clamp<std::uint64_t>(kEnough / kibibytes, 1, kMostCalls) * kibibytes,
        .smokeOperations = kibibytes,
        .step = kibibytes,
        .warmUp = 0,
        .unit = "KiB",
        .fixedSize = true,
        .mostRounds = 5};
    row.content = [](std::uint64_t all, Checksum& sum) {
        if (!sum.hashing())
            return sum.skip(all * 1024);
        const Bytes zeros(1024);
        for (std::uint64_t i = 0; i < all; ++i)
            sum.add(zeros);
    };
    row.prepare = [=](std::uint64_t, const std::string& folder) {
        makeSparseFile(sparsePath(folder, kibibytes), bytes);
    };
    row.hashed = bytes <= (1U << 28);
    row.smoke = bytes <= (1U << 20);
    return row;
}

using Points = std::vector<std::pair<double, double>>;

/// How much more one costs than it did when there were fewer, at most; as far as it grew by more
/// than with the bare calls of the same rounds, whose memory gets too large for the caches as well.
double growth(const Points& points, const Points& againstBare)
{
    double most = 0;
    for (std::size_t more = 0; more < points.size(); ++more) {
        for (std::size_t fewer = 0; fewer <= more; ++fewer) {
            const double grown = points[more].second / points[fewer].second;
            const double grownMore = againstBare[more].second / againstBare[fewer].second;
            most = std::max(most, std::min(grown, grownMore));
        }
    }
    return most;
}

void judge(Results& results, const std::string& group, const std::string& xName)
{
    std::vector<Series> series;
    Points againstBare;
    std::string unit;
    for (const RowResult& result : results.rows) {
        const std::string prefix = "growth." + group + ".";
        if (result.row->id.rfind(prefix, 0) != 0)
            continue;
        unit = result.row->unit;
        const double size = std::stod(result.row->id.substr(prefix.size()));
        for (std::size_t i = 0; i < result.contenders.size(); ++i) {
            const ContenderResult& contender = result.contenders[i];
            if (series.size() <= i)
                series.push_back({contender.name, {}});
            series[i].points.emplace_back(size, contender.median("cpu"));
            if (contender.name == kOurs)
                againstBare.emplace_back(size, result.ratio(contender));
        }
    }
    for (const Series& each : series) {
        if (each.name == kOurs)
            results.targets.push_back(
                {"growth." + group + ": most that one costs more than with fewer of them",
                    growth(each.points, againstBare), kFlat});
    }
    if (results.folder.empty() || series.empty())
        return;
    std::filesystem::create_directories(results.folder);
    std::ofstream file(results.folder + "/growth-" + group + ".svg");
    file << plot("CPU time for each " + unit, xName, "ns for each " + unit, series);
}

} // namespace

int main(int argc, char** argv)
{
    Program program("growth", "Cost as the work grows");
    for (const std::uint64_t count : {1'000ULL, 10'000ULL, 100'000ULL, 1'000'000ULL, 10'000'000ULL})
        program.add(operations(count));
    for (const std::uint64_t count : {1ULL, 10ULL, 100ULL, 1'000ULL, 10'000ULL})
        program.add(elements(count));
    for (const std::uint64_t count : {1ULL, 10ULL, 100ULL, 1'000ULL, 10'000ULL})
        program.add(files(count));
    for (const std::uint64_t size : {1ULL, 32ULL, 1'024ULL, 32'768ULL, 1'048'576ULL, 8'388'608ULL})
        program.add(fileSize(size));
    program.whenDone([](Results& results) {
        judge(results, "operations", "operations");
        judge(results, "elements", "elements in one call");
        judge(results, "files", "files in one call");
        judge(results, "size", "size of the file, KiB");
    });
    return program.run(argc, argv);
}
