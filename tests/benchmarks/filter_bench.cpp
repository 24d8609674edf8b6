// SPDX-License-Identifier: BSL-1.0
/// What it costs to look through a million operations, on one thread.
#include "engine/trace/filter/filter.h"
#include "engine/trace/trace_store.h"
#include "tests/engine/trace/records.h"

#include <benchmark/benchmark.h>

#include <bit>
#include <memory>
#include <vector>

using namespace swb;

namespace {

constexpr std::uint64_t kRecords = 1'000'000;
constexpr std::size_t kPiece = 4096;

OperationRecord mixed(std::uint64_t id)
{
    OperationRecord record = test::synchronousSend(id, (id * 2654435761U) % 4'000'000);
    if (id % 3 == 0)
        record = test::pendingSend(id, 4'000'000, (id * 40503U) % 4'000'000);
    if (id % 7 == 0)
        record = test::completed(test::pendingSend(id, 100'000), SocketError::ConnectionReset);
    record.socketId = static_cast<std::uint32_t>(id % 50);
    record.kind = id % 5 == 0 ? SocketAsyncOperation::SendPackets : SocketAsyncOperation::Send;
    return record;
}

const std::vector<const char*>& filters()
{
    static const std::vector<const char*> texts{"socket == 3",
        "pending && bytes > 1 MiB && error != Success",
        "kind in {Send, SendPackets} && duration > 5 us && !(socket in {1, 4, 9, 16, 25})",
        "failed || aborted || pending && progress < 50 % || thread == 2"};
    return texts;
}

/// Out of the store in pieces, as the search in the window does it.
void bench_filterAMillion(benchmark::State& state)
{
    static const auto store = [] {
        auto made = std::make_unique<trace::TraceStore>();
        for (std::uint64_t id = 1; id <= kRecords; ++id)
            made->apply(mixed(id));
        return made;
    }();
    const char* const text = filters()[static_cast<std::size_t>(state.range(0))];
    const trace::Filter filter = trace::parseFilter(text).filter;
    std::vector<OperationRecord> piece(kPiece);
    std::vector<std::uint64_t> bits(kPiece / 64);
    const trace::FilterMoment moment{store->originNs(), trace::steadyNowNs()};
    std::uint64_t found = 0;
    for ([[maybe_unused]] auto _ : state) {
        found = 0;
        for (std::uint64_t row = 0; row < kRecords;) {
            const std::size_t count = store->copyRows(row, piece);
            filter.matchAll({piece.data(), count}, moment, bits);
            for (std::size_t word = 0; word < (count + 63) / 64; ++word)
                found += static_cast<std::uint64_t>(std::popcount(bits[word]));
            row += count;
        }
    }
    state.SetLabel(text);
    state.counters["found"] = static_cast<double>(found);
}
BENCHMARK(bench_filterAMillion)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

/// Only the answers: records of one piece, in the cache.
void bench_matchOne(benchmark::State& state)
{
    const char* const text = filters()[static_cast<std::size_t>(state.range(0))];
    const trace::Filter filter = trace::parseFilter(text).filter;
    std::vector<OperationRecord> piece;
    for (std::uint64_t id = 1; id <= kPiece; ++id)
        piece.push_back(mixed(id));
    std::vector<std::uint64_t> bits(kPiece / 64);
    for ([[maybe_unused]] auto _ : state) {
        filter.matchAll(piece, {1000, 5000}, bits);
        benchmark::DoNotOptimize(bits.data());
    }
    state.SetLabel(text);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPiece));
}
BENCHMARK(bench_matchOne)->DenseRange(0, 3);

} // namespace

BENCHMARK_MAIN();
