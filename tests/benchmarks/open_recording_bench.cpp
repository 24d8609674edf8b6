// SPDX-License-Identifier: GPL-3.0-or-later
/// How long it takes until a recording of ten million operations is shown: read, checked, and made
/// ready for the timeline and the inspector.
#include "engine/trace/trace_file.h"
#include "tests/engine/trace/made_records.h"
#include "ui/support/recording_content.h"

#include <QTemporaryDir>

#include <benchmark/benchmark.h>

using namespace swb;

namespace {

void benchOpenRecording(benchmark::State& state)
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("ten.swbtrace"));
    {
        trace::TraceStoreOptions options;
        options.folder = folder.path().toStdString();
        trace::TraceStore store(options);
        for (std::uint64_t id = 1; id <= static_cast<std::uint64_t>(state.range(0)); ++id)
            store.apply(test::madeRecord(id));
        trace::saveTrace(store, path.toStdString());
    }
    for (auto each : state) {
        auto content = ui::RecordingContent::read(path, {});
        benchmark::DoNotOptimize(content.lanes);
    }
}
BENCHMARK(benchOpenRecording)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

} // namespace

BENCHMARK_MAIN();
