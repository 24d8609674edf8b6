// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_lanes.h"

#include "engine/trace/progress.h"

#include <algorithm>

namespace swb::ui {

bool TimelineLane::isWrite(SocketAsyncOperation kind) noexcept
{
    return trace::direction(kind) != trace::Direction::Received;
}

TimelineLanes::TimelineLanes(const trace::TraceStore& store, const Progress& progress)
    : m_store(store)
{
    rebuild(progress);
}

void TimelineLanes::rebuild(const Progress& progress)
{
    m_lanes.clear();
    m_last = nullptr;
    m_firstNs = m_lastNs = 0;
    std::vector<trace::OperationRecord> records(4096); // a page
    const std::uint64_t rows = m_store.rowCount();
    for (std::uint64_t row = 0; row < rows;) {
        if (progress && !progress(row, rows))
            throw trace::TraceCancelled();
        const std::size_t count = m_store.copyRows(row, records);
        if (count == 0)
            return;
        for (std::size_t i = 0; i < count; ++i, ++row)
            append(static_cast<std::uint32_t>(row), records[i]);
    }
    refresh();
}

void TimelineLanes::append(std::uint32_t row, const trace::OperationRecord& record)
{
    if (record.kind == SocketAsyncOperation::None)
        return; // lost: neither socket nor time is known
    // Operations of one socket come in runs.
    if (m_last == nullptr || m_last->socketId != record.socketId) {
        auto& lane = m_lanes[record.socketId];
        if (!lane) {
            lane = std::make_unique<TimelineLane>();
            lane->socketId = record.socketId;
        }
        m_last = lane.get();
    }
    m_last->track(record.kind).append(row, record);
    noteTimes(record);
}

void TimelineLanes::noteTimes(const trace::OperationRecord& record)
{
    if (m_firstNs == 0 || record.submittedNs < m_firstNs)
        m_firstNs = record.submittedNs;
    m_lastNs = std::max({m_lastNs, record.submittedNs, record.completedNs});
}

void TimelineLanes::apply(const OperationsBatch& batch)
{
    for (const qint64 row : batch.changedRows) {
        const trace::OperationRecord record = m_store.record(static_cast<std::uint64_t>(row));
        const auto found = m_lanes.find(record.socketId);
        if (found == m_lanes.end() || record.kind == SocketAsyncOperation::None)
            continue;
        found->second->track(record.kind).markChanged(static_cast<std::uint32_t>(row));
        noteTimes(record);
    }
    for (qint64 row = batch.firstNewRow; row < batch.firstNewRow + batch.newRows; ++row)
        append(static_cast<std::uint32_t>(row), m_store.record(static_cast<std::uint64_t>(row)));
}

void TimelineLanes::refresh()
{
    const auto read = [this](std::uint32_t row) { return m_store.record(row); };
    for (auto& [socketId, lane] : m_lanes) {
        lane->writes.refresh(read);
        lane->reads.refresh(read);
    }
}

const TimelineLane* TimelineLanes::find(std::uint32_t socketId) const
{
    const auto found = m_lanes.find(socketId);
    return found == m_lanes.end() ? nullptr : found->second.get();
}

std::size_t TimelineLanes::memoryBytes() const
{
    std::size_t bytes = 0;
    for (const auto& [socketId, lane] : m_lanes)
        bytes += sizeof *lane + lane->writes.memoryBytes() + lane->reads.memoryBytes();
    return bytes;
}

} // namespace swb::ui
