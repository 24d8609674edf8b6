// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/output.h"
#include "engine/trace/recorder.h"
#include "engine/workbench/problem.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace swb::cli {

class MainLoop;
class TraceRecording;

/// Totals of the operations that ended; what the summary says.
struct OperationTotals {
    std::uint64_t operations = 0;
    std::uint64_t synchronous = 0; ///< Returned false.
    std::uint64_t pending = 0; ///< Returned true.
    std::uint64_t errors = 0;
    std::uint64_t bytesSent = 0;
    std::uint64_t bytesReceived = 0;
};

/// Follows the operations of an engine through its records: counts those that ended, prints them as
/// JSON lines when asked to, and hands each record on to who wants to tell people about it.
///
/// **Threads** the main thread, except that the recorder takes records from any.
/// **Lifetime** must outlive the engine that `recorder()` is given to.
class OperationReport {
public:
    using Clock = std::chrono::steady_clock;
    using Listener = std::function<void(const OperationRecord&)>;

    /// `json`: print JSON lines on standard output.
    OperationReport(MainLoop& loop, bool json);

    trace::Recorder& recorder() noexcept { return m_recorder; }
    void setListener(Listener listener) { m_listener = std::move(listener); }
    /// Everything that is drained goes there, too; null: nowhere.
    void setRecording(TraceRecording* recording) noexcept { m_recording = recording; }
    /// Receive operations are swb's own housekeeping: those that went well are neither listed nor
    /// counted.
    void hideReceives() noexcept { m_hideReceives = true; }
    /// From here on an operation that ends with OperationAborted was ended by swb because it is
    /// done: no error.
    void expectAborts() noexcept { m_abortsExpected = true; }

    /// {"listening":"tcp://127.0.0.1:40001"}, at once.
    std::optional<workbench::Problem> writeListening(const std::string& address);
    /// Takes what was recorded since the last call, for a moment at most: the threads that record
    /// can be faster.
    std::optional<workbench::Problem> drain();
    /// When to drain again, the engine giving no other sign; at most `atMost` from now.
    Clock::time_point nextDrain(Clock::duration atMost) const;
    /// Drains the rest and prints the summary. Call it when the engine is gone. Once interrupted
    /// there is a moment for lines that are still to be printed; the others are counted only, as
    /// unlisted().
    std::optional<workbench::Problem> finish();

    const OperationTotals& totals() const noexcept { return m_totals; }
    /// Operations without a record, for lack of memory: neither listed nor counted.
    std::uint64_t lost() const noexcept { return m_recorder.lost(); }
    /// Operations without a line, because of Ctrl-C.
    std::uint64_t unlisted() const noexcept { return m_unlisted; }
    /// Since this object was made.
    double seconds() const;

private:
    void take(const OperationRecord& record);
    std::optional<workbench::Problem> flush();
    void drainUntil(Clock::time_point deadline);

    MainLoop& m_loop;
    trace::Recorder m_recorder;
    Output m_output;
    Listener m_listener;
    TraceRecording* m_recording = nullptr;
    OperationTotals m_totals;
    std::string m_lines;
    std::optional<workbench::Problem> m_problem;
    std::int64_t m_startNs = 0;
    std::uint64_t m_unlisted = 0;
    trace::DrainResult m_drained; ///< By the last drain.
    bool m_listing = true; ///< Cleared when there is no time left for lines.
    bool m_json = false;
    bool m_hideReceives = false;
    bool m_abortsExpected = false;
};

} // namespace swb::cli
