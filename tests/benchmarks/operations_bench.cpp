// SPDX-License-Identifier: GPL-3.0-or-later
/// What the GUI thread pays for each record: drained, stored, and told to model and view.
#include "engine/trace/recorder.h"
#include "engine/trace/trace_store.h"
#include "tests/engine/trace/records.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/models/operations_model.h"

#include <QApplication>
#include <QTableView>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <memory>

using namespace swb;

namespace {

/// CPU time of this thread: what counts here, and what a busy machine disturbs least.
double threadSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Gui {
    trace::Recorder recorder;
    trace::TraceStore store;
    ui::EngineBridge bridge{recorder, store};
    ui::OperationsModel model{store};
    std::unique_ptr<QTableView> view;

    explicit Gui(bool withView)
    {
        QObject::connect(
            &bridge, &ui::EngineBridge::operationsChanged, &model, &ui::OperationsModel::apply);
        if (!withView)
            return;
        view = std::make_unique<QTableView>();
        view->setModel(&model);
        view->resize(1000, 600);
        view->show();
        QApplication::processEvents();
    }
};

/// Batches of one frame at 200,000 operations a second, half of which were pending, as rows of a
/// model that begins with `state.range(0)` rows; range(1): with a table view on the (offscreen)
/// screen, without its painting.
void bench_batchToModel(benchmark::State& state)
{
    constexpr std::uint64_t kBatch = 3200;
    Gui gui(state.range(1) != 0);
    std::uint64_t id = 0;
    const auto recordMany = [&](std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            if (++id % 2 == 0) {
                gui.recorder.operationStepped(test::pendingSend(id));
                gui.recorder.operationStepped(test::completed(test::pendingSend(id)));
            } else {
                gui.recorder.operationStepped(test::synchronousSend(id));
            }
        }
    };
    recordMany(static_cast<std::uint64_t>(state.range(0)));
    gui.bridge.flush();
    std::uint64_t records = 0;
    double total = 0;
    double longest = 0;
    for ([[maybe_unused]] auto _ : state) {
        recordMany(kBatch);
        const double start = threadSeconds();
        gui.bridge.flush();
        const double seconds = threadSeconds() - start;
        state.SetIterationTime(seconds);
        total += seconds;
        longest = std::max(longest, seconds);
        records += kBatch + kBatch / 2;
    }
    state.counters["ns/record"] = total * 1e9 / static_cast<double>(records);
    state.counters["longest ms"] = longest * 1000;
}
BENCHMARK(bench_batchToModel)
    ->ArgNames({"rows", "view"})
    ->Args({0, 0})
    ->Args({0, 1})
    ->Args({1'000'000, 0})
    ->Args({1'000'000, 1})
    ->UseManualTime()
    ->Iterations(300);

/// The strings of one row, as a view asks for them when it paints.
void bench_textsOfARow(benchmark::State& state)
{
    Gui gui(false);
    gui.recorder.operationStepped(test::completed(test::pendingSend(1)));
    gui.bridge.flush();
    for ([[maybe_unused]] auto _ : state) {
        for (int column = 0; column < ui::kOperationColumnCount; ++column)
            benchmark::DoNotOptimize(gui.model.index(0, column).data().toString());
    }
}
BENCHMARK(bench_textsOfARow);

} // namespace

int main(int argc, char** argv)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    const QApplication application(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
}
