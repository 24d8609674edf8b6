// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/operation_report.h"

#include "app/cli/main_loop.h"
#include "app/cli/trace_recording.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace swb::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto kDrainTime = 50ms;
constexpr auto kAfterRecords = 5ms;
constexpr std::size_t kFlushAt = std::size_t{64} * 1024;

} // namespace

OperationReport::OperationReport(MainLoop& loop, bool json)
    : m_loop(loop)
    , m_output(loop)
    , m_startNs(trace::steadyNowNs())
    , m_json(json)
{
    if (m_json)
        m_problem = m_output.open("-");
}

std::optional<workbench::Problem> OperationReport::writeListening(const std::string& address)
{
    if (!m_json)
        return std::nullopt;
    m_lines += nlohmann::json{{"listening", address}}.dump() + '\n';
    return flush();
}

std::optional<workbench::Problem> OperationReport::drain()
{
    drainUntil(Clock::now() + kDrainTime);
    return flush();
}

void OperationReport::drainUntil(Clock::time_point deadline)
{
    m_drained = m_recorder.drain([&](std::span<const OperationRecord> run) {
        if (m_recording != nullptr)
            m_recording->take(run);
        for (const OperationRecord& record : run)
            take(record);
        return Clock::now() < deadline;
    });
    if (m_recording != nullptr)
        m_recording->keepUp();
}

OperationReport::Clock::time_point OperationReport::nextDrain(Clock::duration atMost) const
{
    if (m_drained.more)
        return Clock::now();
    // A record can race with a drain unseen (see Recorder::setWake), so that one more look follows
    // soon.
    return Clock::now()
        + (m_drained.records > 0 ? std::min<Clock::duration>(kAfterRecords, atMost) : atMost);
}

std::optional<workbench::Problem> OperationReport::finish()
{
    do {
        drainUntil(Clock::now() + kDrainTime);
        if (m_loop.interrupted())
            m_listing = false;
    } while (m_drained.more);
    if (m_json) {
        nlohmann::ordered_json summary{{"operations", m_totals.operations},
            {"synchronous", m_totals.synchronous}, {"pending", m_totals.pending},
            {"bytes", m_totals.bytesSent + m_totals.bytesReceived}, {"errors", m_totals.errors},
            {"seconds", seconds()}, {"bytesSent", m_totals.bytesSent},
            {"bytesReceived", m_totals.bytesReceived}};
        if (lost() > 0)
            summary["lost"] = lost();
        if (unlisted() > 0)
            summary["unlisted"] = unlisted();
        m_lines += nlohmann::ordered_json{{"summary", std::move(summary)}}.dump() + '\n';
    }
    return flush();
}

double OperationReport::seconds() const
{
    return static_cast<double>(trace::steadyNowNs() - m_startNs) / 1e9;
}

void OperationReport::take(const OperationRecord& record)
{
    const trace::Direction direction = trace::direction(record.kind);
    // One that failed is told all the same: it explains the exit status.
    if (m_hideReceives && record.kind == SocketAsyncOperation::Receive
        && (record.error == SocketError::Success || record.error == SocketError::OperationAborted))
        return;
    if (m_listener)
        m_listener(record);
    if (record.phase != OperationPhase::Completed)
        return;
    ++m_totals.operations;
    ++(record.returnedPending() ? m_totals.pending : m_totals.synchronous);
    if (record.error != SocketError::Success
        && !(m_abortsExpected && record.error == SocketError::OperationAborted))
        ++m_totals.errors;
    if (direction == trace::Direction::Sent)
        m_totals.bytesSent += record.bytesDone;
    else if (direction == trace::Direction::Received)
        m_totals.bytesReceived += record.bytesDone;
    if (!m_json)
        return;
    if (!m_listing) {
        ++m_unlisted;
        return;
    }
    m_lines += trace::toJsonLine(record, m_startNs);
    m_lines += '\n';
    if (m_lines.size() >= kFlushAt)
        flush();
}

std::optional<workbench::Problem> OperationReport::flush()
{
    // After the first failure nothing more is written: half a line would spoil what follows.
    if (m_json && !m_problem)
        m_problem = m_output.write(std::as_bytes(std::span(m_lines)));
    m_lines.clear();
    return m_problem;
}

} // namespace swb::cli
