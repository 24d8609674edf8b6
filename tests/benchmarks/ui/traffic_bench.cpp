// SPDX-License-Identifier: GPL-3.0-or-later
/// What the window costs an engine at full rate: the same sends, with their records taken once a
/// frame by a thread that keeps none, and with the whole window that shows them.
#include "desktop.h"
#include "heartbeat.h"

#include "tests/benchmarks/support/engine_side.h"
#include "tests/benchmarks/support/program.h"

#include "engine/net/thread_id.h"

#include <atomic>
#include <thread>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr std::chrono::milliseconds kFrame{16};

/// The sending side of W1: one thread that sends without pause; its CPU time.
void sendMany(Sample& sample, AsyncEngine& engine, std::uint16_t port, std::size_t size)
{
    nameCurrentThread("sender");
    const Bytes data = pattern(size, 1);
    Socket socket = connectSocket(engine, port);
    WaitingArgs args;
    args.e.setBuffer(data);
    const auto send = [&](std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            args.run([&](SocketAsyncEventArgs& e) { return socket.sendAsync(e); });
            requireDone(args.e, data.size());
        }
    };
    send(sample.warmUp());
    sample.begin();
    const double before = threadCpuNs();
    send(sample.operations());
    const double spent = threadCpuNs() - before;
    sample.end();
    sample.set("caller", spent / static_cast<double>(sample.operations()));
    sample.set(
        "pending", static_cast<double>(args.pending) / static_cast<double>(sample.operations()));
}

PeerTask sink(std::size_t size)
{
    return {.role = PeerRole::Sink, .wakeAt = size < 1024 ? 64 * 1024U : 0};
}

void withoutWindow(Sample& sample, std::size_t size)
{
    trace::Recorder recorder;
    std::atomic<bool> stop{false};
    std::thread consumer([&] {
        while (!stop) {
            std::this_thread::sleep_for(kFrame);
            recorder.drain([](std::span<const OperationRecord>) { return true; });
        }
    });
    {
        AsyncEngine engine({.observer = &recorder});
        sendMany(sample, engine, sample.startPeer(sink(size)), size);
    }
    stop = true;
    consumer.join();
}

void withWindow(Sample& sample, std::size_t size)
{
    const std::uint16_t port = sample.startPeer(sink(size));
    Desktop desktop(Platform::Offscreen, sample.folder());
    desktop.showEverything();
    std::atomic<bool> done{false};
    std::exception_ptr failure;
    Heartbeat heartbeat;
    heartbeat.start();
    std::thread sender([&] {
        try {
            sendMany(sample, desktop.fixture().engine(), port, size);
        } catch (...) {
            failure = std::current_exception();
        }
        done = true;
    });
    desktop.runUntil([&] { return done.load(); });
    heartbeat.stop();
    sender.join();
    if (failure)
        std::rethrow_exception(failure);
    desktop.runUntil([&] { return desktop.store().totals().operations >= sample.allOperations(); });
    if (desktop.recorder().lost() + desktop.store().lost() > 0)
        throw std::runtime_error("records were lost");
    sample.set("late p99, ms", heartbeat.lateMs(0.99));
    sample.set("longest stall, ms", heartbeat.longestMs());
    sample.set("longest turn, CPU ms", heartbeat.longestTurnCpuMs());
}

Row sends(const char* id, const char* title, std::size_t size, std::uint64_t operations)
{
    Row row{.id = id,
        .title = title,
        .contenders
        = {{"recorded, no window", [=](Sample& sample) { withoutWindow(sample, size); }},
            {"window", [=](Sample& sample) { withWindow(sample, size); }}},
        .operations = operations};
    row.pinned = false;
    row.content = [=](std::uint64_t count, Checksum& sum) {
        const Bytes data = pattern(size, 1);
        for (std::uint64_t i = 0; i < count; ++i)
            sum.add(data);
    };
    row.targets = {{.contender = "window",
        .against = "recorded, no window",
        .figure = "caller",
        .limit = 1.10}};
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    Program program("traffic", "An engine at full rate with the window open");
    program.add(sends("W7.sends64",
        "64 B sends (Nagle on); caller: CPU time of the thread that "
        "sends, in ns",
        64, 2'000'000));
    program.add(sends("W7.sends16K",
        "16 KiB sends; caller: CPU time of the thread that sends, in ns", 16 * 1024, 200'000));
    return program.run(argc, argv);
}
