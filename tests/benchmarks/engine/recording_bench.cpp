// SPDX-License-Identifier: GPL-3.0-or-later
/// What recording adds to an operation: the same work with a recorder that is drained every 16 ms,
/// and without.
#include "tests/benchmarks/support/cpu_clock.h"
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/files.h"
#include "tests/benchmarks/support/ping_pong_link.h"
#include "tests/benchmarks/support/program.h"

#include "engine/trace/recorder.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <optional>
#include <thread>

#include <pthread.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::size_t kSize = 64;
constexpr std::uint64_t kFileRange = 16 * 1024;
constexpr std::uint32_t kConnections = 100;
constexpr std::chrono::milliseconds kFrame{16};
constexpr PeerTask kSink{.role = PeerRole::Sink, .wakeAt = 64 * 1024};
constexpr TcpOptions kNoDelay{.noDelay = true};

/// Takes the records once a frame, as a window does.
class Drain {
public:
    explicit Drain(trace::Recorder& recorder)
        : m_recorder(recorder)
        , m_thread([this] {
            while (!m_stop) {
                std::this_thread::sleep_for(kFrame);
                drain();
            }
        })
    {
    }
    ~Drain()
    {
        if (m_thread.joinable())
            end();
    }
    Drain(const Drain&) = delete;
    Drain& operator=(const Drain&) = delete;
    /// Everything that was recorded, and how many records that were.
    std::uint64_t end()
    {
        m_stop = true;
        m_thread.join();
        drain();
        return m_records;
    }
    /// CPU time of the thread. Precondition: before end().
    double spentNs()
    {
        clockid_t clock{};
        if (pthread_getcpuclockid(m_thread.native_handle(), &clock) != 0)
            throw std::runtime_error("a thread has no clock");
        return clockNs(clock);
    }

private:
    void drain()
    {
        m_recorder.drain([this](std::span<const OperationRecord> run) {
            m_records += run.size();
            return true;
        });
    }

    trace::Recorder& m_recorder;
    std::atomic<bool> m_stop{false};
    std::uint64_t m_records = 0; ///< The thread's, until it has ended.
    std::thread m_thread;
};

/// An engine whose operations are recorded, or not, and what they cost those who make them.
class Recording {
public:
    Recording(Sample& sample, bool on)
        : m_sample(sample)
    {
        if (on)
            m_recorder.emplace();
        engine.emplace(
            EngineOptions{.workerThreads = 1, .observer = m_recorder ? &*m_recorder : nullptr});
        if (on)
            m_drain.emplace(*m_recorder);
    }
    /// `work(operations)` for the warm-up and for the figures.
    template <typename Work> void run(Work work)
    {
        work(m_sample.warmUp());
        m_sample.begin();
        const double before = makersNs();
        work(m_sample.operations());
        const double spent = makersNs() - before;
        m_sample.end();
        m_sample.set("makers", spent / static_cast<double>(m_sample.operations()));
    }
    /// All sockets and args are gone. Each operation has made at least this many records.
    void finish(std::uint64_t recordsEach)
    {
        engine.reset();
        if (!m_recorder)
            return;
        const std::uint64_t records = m_drain->end();
        if (m_recorder->lost() > 0 || records < m_sample.allOperations() * recordsEach)
            throw std::runtime_error("records were lost");
    }

    std::optional<AsyncEngine> engine;

private:
    /// CPU time of all threads but the one that takes the records.
    double makersNs()
    {
        return clockNs(CLOCK_PROCESS_CPUTIME_ID) - (m_drain ? m_drain->spentNs() : 0);
    }

    Sample& m_sample;
    std::optional<trace::Recorder> m_recorder;
    std::optional<Drain> m_drain;
};

void send(Sample& sample, bool on)
{
    const Bytes data = pattern(kSize, 1);
    Recording recording(sample, on);
    {
        Socket socket = connectSocket(*recording.engine, sample.startPeer(kSink));
        WaitingArgs args;
        args.e.setBuffer(data);
        recording.run([&](std::uint64_t count) {
            for (std::uint64_t i = 0; i < count; ++i) {
                args.run([&](SocketAsyncEventArgs& e) { return socket.sendAsync(e); });
                if (args.e.bytesTransferred() != data.size())
                    requireDone(args.e, data.size());
            }
        });
    }
    recording.finish(1);
}

void receive(Sample& sample, bool on)
{
    Bytes room(kSize);
    Recording recording(sample, on);
    const std::uint64_t bytes = sample.allOperations() * kSize;
    Checksum sum(sample.hashed());
    {
        Socket socket = connectSocket(
            *recording.engine, sample.startPeer({.role = PeerRole::Source, .bytes = bytes}));
        WaitingArgs args;
        args.e.setBuffer(std::span<std::byte>(room));
        std::uint64_t wanted = 0;
        recording.run([&](std::uint64_t count) {
            wanted += count * kSize;
            while (sum.bytes() < wanted) {
                args.run([&](SocketAsyncEventArgs& e) { return socket.receiveAsync(e); });
                if (args.e.bytesTransferred() == 0)
                    throw std::runtime_error("the stream ended early");
                sum.add(std::span(room).first(args.e.bytesTransferred()));
            }
        });
        const PeerReport report = sample.peer().report();
        if (report.bytes != sum.bytes() || (sample.hashed() && report.hash != sum.hash()))
            throw std::runtime_error("other bytes arrived than were sent");
    }
    recording.finish(1);
}

std::string fileIn(const std::string& folder)
{
    return folder + "/recorded.bin";
}

void sendPackets(Sample& sample, bool on)
{
    const Bytes edge = pattern(kSize, 1);
    Recording recording(sample, on);
    {
        Socket socket = connectSocket(*recording.engine, sample.startPeer(kSink), kNoDelay);
        WaitingArgs args;
        const auto whole = SendPacketsElement::buffer(edge);
        args.e.setSendPacketsElements(
            {whole, SendPacketsElement::file(fileIn(sample.folder())), whole});
        recording.run([&](std::uint64_t count) {
            for (std::uint64_t i = 0; i < count; ++i) {
                args.run([&](SocketAsyncEventArgs& e) { return socket.sendPacketsAsync(e); });
                requireDone(args.e, kFileRange + 2 * kSize);
            }
        });
    }
    recording.finish(1);
}

/// Each round trip is a send that is over at once (a record) and a receive that waits (two).
void pingPong(Sample& sample, bool on)
{
    const std::uint16_t port
        = sample.startPeer({.role = PeerRole::Echo, .connections = kConnections});
    Signal done;
    std::atomic<std::size_t> open{0};
    Recording recording(sample, on);
    std::uint64_t roundTrips = 0;
    {
        std::deque<PingPongLink> links;
        for (std::size_t i = 0; i < kConnections; ++i)
            links.emplace_back(connectSocket(*recording.engine, port, kNoDelay), i, done, open);
        recording.run([&](std::uint64_t count) {
            const std::uint64_t each = std::max<std::uint64_t>(count / kConnections, 1);
            roundTrips += each * kConnections;
            open = links.size();
            for (PingPongLink& link : links) {
                link.left = each;
                link.run();
            }
            done.wait();
        });
        for (std::size_t i = 0; i < links.size(); ++i) {
            if (links[i].message != firstMessage(i))
                throw std::runtime_error("another message came back than was sent");
        }
    }
    if (sample.peer().report().bytes != roundTrips * kPingPongMessage)
        throw std::runtime_error("the far end did not send back every message");
    recording.finish(2);
}

Row row(const std::string& id, const std::string& title, void (*work)(Sample&, bool on),
    std::uint64_t operations, double operationsEach)
{
    Row row{.id = id,
        .title = title + "; makers: CPU time, in ns, of all threads but the one that takes records",
        .contenders = {{"not recorded", [=](Sample& sample) { work(sample, false); }},
            {"recorded", [=](Sample& sample) { work(sample, true); }}},
        .operations = operations};
    row.targets = {{.contender = "recorded",
                       .against = "not recorded",
                       .how = Target::How::Difference,
                       .figure = "makers",
                       .limit = 80 * operationsEach,
                       .then = 60 * operationsEach},
        {.contender = "recorded",
            .how = Target::How::Value,
            .figure = "allocations",
            .limit = 0.001}};
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Row sends = row("recording", "64 B sends (Nagle on)", send, 500'000, 1);
    sends.content = [](std::uint64_t count, Checksum& sum) {
        const Bytes data = pattern(kSize, 1);
        for (std::uint64_t i = 0; i < count; ++i)
            sum.add(data);
    };
    Row packets = row("recording.packets", "64 B + a file of 16 KiB by its path + 64 B, NODELAY",
        sendPackets, 40'000, 1);
    packets.prepare = [](std::uint64_t, const std::string& folder) {
        makePatternFile(fileIn(folder), kFileRange);
    };
    packets.content = [](std::uint64_t count, Checksum& sum) {
        const Bytes edge = pattern(kSize, 1);
        for (std::uint64_t i = 0; i < count; ++i) {
            sum.add(edge);
            addPatternFile(sum, kFileRange);
            sum.add(edge);
        }
    };
    Row trips = row("recording.pingpong",
        "64 B there and back on 100 connections: a send, and a receive that waits; for both",
        pingPong, 45'000, 2);
    trips.step = kConnections;
    trips.smokeOperations = 2ULL * kConnections;
    trips.unit = "round trip";
    Program program("recording", "Recording");
    program.add(std::move(sends));
    program.add(row("recording.receive", "receives of 64 B of a stream that is always there",
        receive, 500'000, 1));
    program.add(std::move(packets));
    program.add(std::move(trips));
    return program.run(argc, argv);
}
