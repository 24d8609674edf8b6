// SPDX-License-Identifier: BSL-1.0
/// What recording costs the thread that records, and what draining costs. All times are for one
/// record.
#include "engine/trace/recorder.h"
#include "engine/trace/trace_store.h"
#include "tests/benchmarks/support/cpu_clock.h"
#include "tests/engine/trace/records.h"

#include <benchmark/benchmark.h>

#include <atomic>
#include <memory>
#include <thread>

using namespace swb;

namespace {

/// One frame at 200,000 operations a second.
constexpr std::uint64_t kRecordsOfAFrame = 3200;

void recordMany(trace::Recorder& recorder, OperationRecord& record, std::uint64_t count)
{
    for (std::uint64_t i = 0; i < count; ++i) {
        ++record.id;
        recorder.operationStepped(record);
    }
}

void reportPerRecord(benchmark::State& state, std::uint64_t records, double seconds)
{
    state.counters["ns/record"] = seconds * 1e9 / static_cast<double>(records);
}

/// The recorder as it is used: a frame's worth of records, then another thread takes them, so that
/// the chunks travel between the cores. Only the recording is timed.
void bench_recordAFrame(benchmark::State& state)
{
    trace::Recorder recorder;
    std::atomic<int> wakes{0};
    recorder.setWake([&wakes] { wakes.fetch_add(1, std::memory_order_relaxed); });
    std::atomic<std::uint64_t> turn{0}; // Even: the producer's; odd: the consumer's.
    std::atomic<bool> stop{false};
    trace::TraceStore store;
    std::thread consumer([&] {
        std::uint64_t kept = 0;
        while (!stop) {
            if (turn.load(std::memory_order_acquire) % 2 == 0) {
                std::this_thread::yield();
                continue;
            }
            recorder.drain([&](std::span<const OperationRecord> run) {
                for (const OperationRecord& record : run)
                    store.apply(record);
                kept += run.size();
                return true;
            });
            turn.fetch_add(1, std::memory_order_release);
        }
        benchmark::DoNotOptimize(kept);
    });

    OperationRecord record = test::synchronousSend(0);
    std::uint64_t records = 0;
    double seconds = 0;
    for ([[maybe_unused]] auto _ : state) {
        const double start = bench::threadCpuSeconds();
        recordMany(recorder, record, kRecordsOfAFrame);
        const double taken = bench::threadCpuSeconds() - start;
        state.SetIterationTime(taken);
        seconds += taken;
        records += kRecordsOfAFrame;
        const std::uint64_t mine = turn.fetch_add(1, std::memory_order_release);
        while (turn.load(std::memory_order_acquire) == mine + 1)
            std::this_thread::yield();
    }
    stop = true;
    consumer.join();
    reportPerRecord(state, records, seconds);
    state.counters["lost"] = static_cast<double>(recorder.lost());
}
BENCHMARK(bench_recordAFrame)->UseManualTime()->MinTime(1);

/// Without pause, while the consumer drains without pause.
void bench_recordFlatOut(benchmark::State& state)
{
    trace::Recorder recorder;
    std::atomic<bool> stop{false};
    std::uint64_t kept = 0;
    std::thread consumer([&] {
        while (!stop) {
            kept += recorder
                        .drain([](std::span<const OperationRecord> run) {
                            benchmark::DoNotOptimize(run.back().id);
                            return true;
                        })
                        .records;
        }
    });
    OperationRecord record = test::synchronousSend(0);
    std::uint64_t records = 0;
    double seconds = 0;
    for ([[maybe_unused]] auto _ : state) {
        const double start = bench::threadCpuSeconds();
        recordMany(recorder, record, kRecordsOfAFrame);
        seconds += bench::threadCpuSeconds() - start;
        records += kRecordsOfAFrame;
    }
    stop = true;
    consumer.join();
    reportPerRecord(state, records, seconds);
    state.counters["lost"] = static_cast<double>(recorder.lost());
    state.counters["MiB"] = static_cast<double>(recorder.memoryBytes()) / (1 << 20);
}
BENCHMARK(bench_recordFlatOut)->UseRealTime()->MinTime(1);

/// What the engine pays besides: two clock reads for each operation are its own.
void bench_clockRead(benchmark::State& state)
{
    for ([[maybe_unused]] auto _ : state)
        benchmark::DoNotOptimize(trace::steadyNowNs());
}
BENCHMARK(bench_clockRead);

/// The consumer alone: from the logs into the store.
void bench_drainIntoStore(benchmark::State& state)
{
    const auto batch = static_cast<std::uint64_t>(state.range(0));
    trace::Recorder recorder;
    auto store = std::make_unique<trace::TraceStore>();
    OperationRecord record = test::synchronousSend(0);
    std::uint64_t records = 0;
    double seconds = 0;
    for ([[maybe_unused]] auto _ : state) {
        if (store->rowCount() > 4'000'000) {
            store->clear();
            record.id = 0;
        }
        recordMany(recorder, record, batch);
        const double start = bench::threadCpuSeconds();
        recorder.drain([&store](std::span<const OperationRecord> run) {
            for (const OperationRecord& each : run)
                store->apply(each);
            return true;
        });
        const double taken = bench::threadCpuSeconds() - start;
        state.SetIterationTime(taken);
        seconds += taken;
        records += batch;
    }
    reportPerRecord(state, records, seconds);
}
BENCHMARK(bench_drainIntoStore)->Arg(kRecordsOfAFrame)->Arg(100'000)->UseManualTime()->MinTime(1);

} // namespace

BENCHMARK_MAIN();
