// SPDX-License-Identifier: GPL-3.0-or-later
/// What recording adds to an operation: W1's send of 64 B, with a recorder that is drained every 16
/// ms, and without.
#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"

#include "engine/trace/recorder.h"

#include <atomic>
#include <chrono>
#include <ctime>
#include <optional>
#include <thread>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::size_t kSize = 64;
constexpr std::chrono::milliseconds kFrame{16};
constexpr PeerTask kSink{.role = PeerRole::Sink, .wakeAt = 64 * 1024};

double threadNs()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

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

void send(Sample& sample, trace::Recorder* recorder)
{
    const Bytes data = pattern(kSize, 1);
    std::optional<Drain> drain;
    {
        AsyncEngine engine({.workerThreads = 1, .observer = recorder});
        Socket socket = connectSocket(engine, sample.startPeer(kSink));
        if (recorder)
            drain.emplace(*recorder);
        WaitingArgs args;
        args.e.setBuffer(data);
        const auto sendMany = [&](std::uint64_t count) {
            for (std::uint64_t i = 0; i < count; ++i) {
                args.run([&](SocketAsyncEventArgs& e) { return socket.sendAsync(e); });
                if (args.e.bytesTransferred() != data.size())
                    requireDone(args.e, data.size());
            }
        };
        sendMany(sample.warmUp());
        sample.begin();
        const double before = threadNs();
        sendMany(sample.operations());
        const double spent = threadNs() - before;
        sample.end();
        sample.set("caller", spent / static_cast<double>(sample.operations()));
    }
    if (!recorder)
        return;
    const std::uint64_t records = drain->end();
    if (recorder->lost() > 0 || records < sample.allOperations())
        throw std::runtime_error("records were lost");
}

} // namespace

int main(int argc, char** argv)
{
    Row row{.id = "recording",
        .title = "64 B sends (Nagle on); caller: CPU time of the thread that sends, in ns",
        .contenders = {{"not recorded", [](Sample& sample) { send(sample, nullptr); }},
            {"recorded",
                [](Sample& sample) {
                    trace::Recorder recorder;
                    send(sample, &recorder);
                }}},
        .operations = 500'000};
    row.content = [](std::uint64_t count, Checksum& sum) {
        const Bytes data = pattern(kSize, 1);
        for (std::uint64_t i = 0; i < count; ++i)
            sum.add(data);
    };
    row.targets = {{.contender = "recorded",
                       .against = "not recorded",
                       .how = Target::How::Difference,
                       .figure = "caller",
                       .limit = 80,
                       .then = 60},
        {.contender = "recorded",
            .how = Target::How::Value,
            .figure = "allocations",
            .limit = 0.001}};
    Program program("recording", "Recording");
    program.add(row);
    return program.run(argc, argv);
}
