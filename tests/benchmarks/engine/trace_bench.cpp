// SPDX-License-Identifier: BSL-1.0
/// What the record costs the thread that applies it (the GUI thread's budget is 100 ns for each
/// operation, draining included), what it takes in memory, and how quickly it is read and opened.
///
/// SWB_BENCH_FOLDER names the folder for files (default: that of temporary files).
/// SWB_BENCH_LARGE=1 adds a hundred million operations, which take 8 GB there.
#include "engine/trace/recorder.h"
#include "engine/trace/trace_file.h"
#include "engine/trace/trace_store.h"
#include "tests/benchmarks/support/cpu_clock.h"
#include "tests/engine/trace/records.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

using namespace swb;

namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kSaved = 10 * kMillion;
constexpr std::size_t kRun = 1024; ///< What a drain gives at once.

std::string folder()
{
    const char* const named = std::getenv("SWB_BENCH_FOLDER");
    return named != nullptr ? named : std::filesystem::temp_directory_path().string();
}

std::vector<OperationRecord> run(std::uint64_t firstId)
{
    std::vector<OperationRecord> records;
    for (std::uint64_t id = firstId; id < firstId + kRun; ++id)
        records.push_back(test::synchronousSend(id));
    return records;
}

trace::TraceStoreOptions options(bool paged)
{
    trace::TraceStoreOptions result;
    if (paged)
        result.folder = folder();
    return result;
}

void renumber(std::vector<OperationRecord>& records, std::uint64_t firstId)
{
    for (OperationRecord& record : records)
        record.id = firstId++;
}

/// Argument 0: everything in memory. 1: past 256 MiB to the disk, flat out: the disk is the limit
/// then, and the consumer gives it a little time.
void bench_applyRun(benchmark::State& state)
{
    auto store = std::make_unique<trace::TraceStore>(options(state.range(0) != 0));
    std::vector<OperationRecord> records = run(1);
    std::uint64_t id = 1;
    double cpu = 0;
    std::uint64_t applied = 0;
    double longest = 0;
    for ([[maybe_unused]] auto _ : state) {
        if (state.range(0) == 0 && id > 5 * kMillion) {
            store->clear();
            id = 1;
        }
        renumber(records, id);
        const auto wall = std::chrono::steady_clock::now();
        const double start = bench::threadCpuSeconds();
        store->apply(records);
        const double taken = bench::threadCpuSeconds() - start;
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - wall;
        longest = std::max(longest, passed.count());
        state.SetIterationTime(passed.count());
        cpu += taken;
        applied += records.size();
        id += records.size();
    }
    state.counters["ns/record"] = cpu * 1e9 / static_cast<double>(applied);
    state.counters["longest ms"] = longest * 1e3;
    state.counters["million"] = static_cast<double>(applied) / 1e6;
    state.counters["lost"] = static_cast<double>(store->lost());
    state.counters["MiB"] = static_cast<double>(store->memoryBytes()) / (1 << 20);
}
BENCHMARK(bench_applyRun)->Arg(0)->Arg(1)->UseManualTime()->MinTime(2);

/// One lock for each record, as a caller pays that needs each one's Change.
void bench_applyOne(benchmark::State& state)
{
    auto store = std::make_unique<trace::TraceStore>();
    OperationRecord record = test::synchronousSend(0);
    for ([[maybe_unused]] auto _ : state) {
        if (record.id > 5 * kMillion) {
            store->clear();
            record.id = 0;
        }
        ++record.id;
        benchmark::DoNotOptimize(store->apply(record));
    }
}
BENCHMARK(bench_applyOne);

/// From the recorder's logs into the store, a frame's worth at a time: all that the GUI thread does
/// for the record. Two records for each operation when the argument is 1: pending, then completed.
void bench_drainIntoStore(benchmark::State& state)
{
    constexpr std::uint64_t kFrame = 3200;
    trace::Recorder recorder;
    auto store = std::make_unique<trace::TraceStore>();
    std::uint64_t id = 0;
    std::uint64_t drained = 0;
    double cpu = 0;
    for ([[maybe_unused]] auto _ : state) {
        if (id > 4 * kMillion) {
            store->clear();
            id = 0;
        }
        for (std::uint64_t i = 0; i < kFrame; ++i) {
            ++id;
            if (state.range(0) == 0) {
                recorder.operationStepped(test::synchronousSend(id));
                continue;
            }
            recorder.operationStepped(test::pendingSend(id));
            recorder.operationStepped(test::completed(test::pendingSend(id)));
        }
        const double start = bench::threadCpuSeconds();
        drained += recorder
                       .drain([&store](std::span<const OperationRecord> records) {
                           store->apply(records);
                           return true;
                       })
                       .records;
        const double taken = bench::threadCpuSeconds() - start;
        state.SetIterationTime(taken);
        cpu += taken;
    }
    state.counters["ns/record"] = cpu * 1e9 / static_cast<double>(drained);
}
BENCHMARK(bench_drainIntoStore)->Arg(0)->Arg(1)->UseManualTime()->MinTime(1);

/// Ten million operations: what each takes in memory, without and with a budget.
void bench_memory(benchmark::State& state)
{
    for ([[maybe_unused]] auto _ : state) {
        trace::TraceStore store(options(state.range(0) != 0));
        std::vector<OperationRecord> records = run(1);
        for (std::uint64_t id = 1; id <= kSaved; id += kRun) {
            renumber(records, id);
            store.apply(records);
        }
        store.settle(std::chrono::minutes(2));
        const auto rows = static_cast<double>(store.rowCount());
        state.counters["bytes/operation"] = static_cast<double>(store.memoryBytes()) / rows;
        state.counters["MiB"] = static_cast<double>(store.memoryBytes()) / (1 << 20);
        state.counters["lost"] = static_cast<double>(store.lost());
    }
}
BENCHMARK(bench_memory)->Arg(0)->Arg(1)->Iterations(1)->Unit(benchmark::kMillisecond);

/// A trace of ten million operations in a file, made once.
class SavedTrace {
public:
    SavedTrace()
    {
        trace::TraceStore store(options(true));
        std::vector<OperationRecord> records = run(1);
        for (std::uint64_t id = 1; id <= kSaved; id += kRun) {
            renumber(records, id);
            store.apply(records);
        }
        const auto start = std::chrono::steady_clock::now();
        trace::saveTrace(store, path());
        m_saveSeconds = std::chrono::steady_clock::now() - start;
    }
    ~SavedTrace() { std::filesystem::remove(path()); }
    SavedTrace(const SavedTrace&) = delete;
    SavedTrace& operator=(const SavedTrace&) = delete;

    static std::string path() { return folder() + "/trace_bench.swbtrace"; }
    double saveSeconds() const { return m_saveSeconds.count(); }

private:
    std::chrono::duration<double> m_saveSeconds{};
};

const SavedTrace& saved()
{
    static const SavedTrace instance;
    return instance;
}

/// To be 3 s at most for ten million: every byte is read and checked.
void bench_openTenMillion(benchmark::State& state)
{
    state.counters["save s"] = saved().saveSeconds();
    for ([[maybe_unused]] auto _ : state) {
        const auto opened = trace::openTrace(saved().path());
        if (opened.store->rowCount() < kSaved || !opened.condition.whole())
            state.SkipWithError("the trace is not whole");
        state.counters["MiB"] = static_cast<double>(opened.store->memoryBytes()) / (1 << 20);
    }
}
BENCHMARK(bench_openTenMillion)->Unit(benchmark::kMillisecond)->Iterations(3)->UseRealTime();

/// All rows in pieces of a page. Argument 0: from memory; 1: from a file.
void bench_copyRows(benchmark::State& state)
{
    std::unique_ptr<trace::TraceStore> store;
    if (state.range(0) == 0) {
        store = std::make_unique<trace::TraceStore>();
        std::vector<OperationRecord> records = run(1);
        for (std::uint64_t id = 1; id <= kMillion; id += kRun) {
            renumber(records, id);
            store->apply(records);
        }
    } else {
        store = trace::openTrace((saved(), SavedTrace::path())).store;
    }
    std::vector<OperationRecord> rows(4096);
    std::uint64_t row = 0;
    std::uint64_t copied = 0;
    for ([[maybe_unused]] auto _ : state) {
        const std::size_t count = store->copyRows(row, rows);
        benchmark::DoNotOptimize(rows.data());
        copied += count;
        row = count < rows.size() ? 0 : row + count;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(copied));
}
BENCHMARK(bench_copyRows)->Arg(0)->Arg(1);

/// One visible row. Argument 0: hot, in memory; 1: of a page that was read just before; 2: anywhere
/// in a file.
void bench_record(benchmark::State& state)
{
    std::unique_ptr<trace::TraceStore> store;
    if (state.range(0) == 0) {
        store = std::make_unique<trace::TraceStore>();
        store->apply(run(1));
    } else {
        store = trace::openTrace((saved(), SavedTrace::path())).store;
    }
    std::uint64_t row = 0;
    for ([[maybe_unused]] auto _ : state) {
        row = state.range(0) == 2 ? (row * 6364136223846793005U + 1442695040888963407U) % kSaved
                                  : (row + 1) % kRun;
        benchmark::DoNotOptimize(store->record(row));
    }
}
BENCHMARK(bench_record)->Arg(0)->Arg(1)->Arg(2);

/// A hundred million operations within 256 MiB, flat out; needs 8 GB in the folder.
void bench_hundredMillion(benchmark::State& state)
{
    constexpr std::uint64_t kRows = 100 * kMillion;
    for ([[maybe_unused]] auto _ : state) {
        trace::TraceStore store(options(true));
        std::vector<OperationRecord> records = run(1);
        double longest = 0;
        std::size_t most = 0;
        const double start = bench::threadCpuSeconds();
        for (std::uint64_t id = 1; id <= kRows; id += kRun) {
            renumber(records, id);
            const auto wall = std::chrono::steady_clock::now();
            store.apply(records);
            const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - wall;
            longest = std::max(longest, passed.count());
            if (id % kMillion < kRun)
                most = std::max(most, store.memoryBytes());
        }
        state.counters["ns/record"]
            = (bench::threadCpuSeconds() - start) * 1e9 / static_cast<double>(kRows);
        state.counters["longest ms"] = longest * 1e3;
        state.counters["most MiB"] = static_cast<double>(most) / (1 << 20);
        std::uint64_t wrong = 0;
        for (std::uint64_t row = 0; row < kRows; row += 99'991)
            wrong += store.record(row).id == row + 1 ? 0U : 1U;
        state.counters["wrong"] = static_cast<double>(wrong);
        state.counters["lost"] = static_cast<double>(store.lost());
        state.counters["rows"] = static_cast<double>(store.rowCount());
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (std::getenv("SWB_BENCH_LARGE") != nullptr)
        benchmark::RegisterBenchmark("bench_hundredMillion", bench_hundredMillion)
            ->Iterations(1)
            ->Unit(benchmark::kSecond)
            ->UseRealTime();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
