// SPDX-License-Identifier: GPL-3.0-or-later
/// What the GUI thread pays for each record: drained, stored, and told to model and view; and for a
/// frame while one scrolls.
#include "engine/trace/recorder.h"
#include "engine/trace/trace_store.h"
#include "tests/benchmarks/support/cpu_clock.h"
#include "tests/engine/trace/records.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/models/operation_focus.h"
#include "ui/models/operations_model.h"
#include "ui/models/operations_selection.h"
#include "ui/views/operations_view.h"

#include <QApplication>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>

using namespace swb;

namespace {

struct Gui {
    trace::Recorder recorder;
    trace::TraceStore store;
    ui::EngineBridge bridge{recorder, store};
    ui::ShownOperations shown{bridge};
    ui::OperationsOrder order{shown};
    ui::OperationsSelection selection{order};
    ui::OperationsModel model{order};
    ui::OperationFocus focus;
    std::unique_ptr<ui::OperationsView> view;

    explicit Gui(bool withView)
    {
        model.setPage(28);
        if (!withView)
            return;
        view = std::make_unique<ui::OperationsView>(model, selection, focus);
        view->resize(1000, 600);
        view->show();
        QApplication::processEvents();
    }

    /// Half of them were pending.
    void recordMany(std::uint64_t count)
    {
        for (std::uint64_t i = 0; i < count; ++i) {
            if (++m_last % 2 == 0) {
                recorder.operationStepped(test::pendingSend(m_last));
                recorder.operationStepped(test::completed(test::pendingSend(m_last)));
            } else {
                recorder.operationStepped(test::synchronousSend(m_last));
            }
        }
    }
    void fill(std::uint64_t count)
    {
        constexpr std::uint64_t kPiece = 500'000;
        for (std::uint64_t done = 0; done < count; done += kPiece) {
            recordMany(std::min(kPiece, count - done));
            bridge.flush();
        }
    }

private:
    std::uint64_t m_last = 0;
};

/// Batches of one frame at 200,000 operations a second, half of which were pending, as rows of a
/// model that begins with `state.range(0)` rows; range(1): with a table view on the (offscreen)
/// screen, without its painting.
void bench_batchToModel(benchmark::State& state)
{
    constexpr std::uint64_t kBatch = 3200;
    Gui gui(state.range(1) != 0);
    gui.fill(static_cast<std::uint64_t>(state.range(0)));
    std::uint64_t records = 0;
    double total = 0;
    double longest = 0;
    for ([[maybe_unused]] auto _ : state) {
        gui.recordMany(kBatch);
        const double start = bench::threadCpuSeconds();
        gui.bridge.flush();
        const double seconds = bench::threadCpuSeconds() - start;
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
    ->Args({10'000'000, 1})
    ->UseManualTime()
    ->Iterations(300);

/// A frame while one scrolls through `state.range(0)` operations: other rows, and their painting.
/// range(1): 0 by one row, 1 to anywhere.
void bench_scrollFrame(benchmark::State& state)
{
    Gui gui(true);
    gui.fill(static_cast<std::uint64_t>(state.range(0)));
    std::uint64_t row = 0;
    double longest = 0;
    for ([[maybe_unused]] auto _ : state) {
        row = state.range(1) == 0 ? row + 1 : (row * 2654435761U + 12345) % gui.order.count();
        const double start = bench::threadCpuSeconds();
        gui.model.scrollTo(row);
        gui.view->viewport()->repaint();
        const double seconds = bench::threadCpuSeconds() - start;
        state.SetIterationTime(seconds);
        longest = std::max(longest, seconds);
    }
    state.counters["longest ms"] = longest * 1000;
}
BENCHMARK(bench_scrollFrame)
    ->ArgNames({"rows", "anywhere"})
    ->Args({10'000, 0})
    ->Args({10'000'000, 0})
    ->Args({10'000'000, 1})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
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
