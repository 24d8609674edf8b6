// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/trace_store.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/timeline/lane_track.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace swb::ui {

/// One socket on the timeline: what it sends and what it receives side by side, because a send
/// never waits for a receive.
struct TimelineLane {
    std::uint32_t socketId = 0;
    LaneTrack writes; ///< Send, SendPackets, SendTo, Connect, Disconnect.
    LaneTrack reads; ///< Receive..., Accept.

    static bool isWrite(SocketAsyncOperation kind) noexcept;
    LaneTrack& track(SocketAsyncOperation kind) { return isWrite(kind) ? writes : reads; }
    const LaneTrack& track(SocketAsyncOperation kind) const
    {
        return isWrite(kind) ? writes : reads;
    }
};

/// The operations of a store by socket, kept up batch by batch.
///
/// **Threads** GUI thread. **Lifetime** the store must outlive it.
class TimelineLanes {
public:
    /// trace::Progress.
    using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

    /// Reads the whole store, on any thread: of a large file that takes its time. Throws
    /// TraceCancelled when `progress` says so; in rows.
    explicit TimelineLanes(const trace::TraceStore& store, const Progress& progress = nullptr);

    /// Takes over what is new and what has changed; the summaries follow with refresh().
    void apply(const OperationsBatch& batch);
    /// Before drawing.
    void refresh();
    /// Reads the whole store anew.
    void rebuild(const Progress& progress = nullptr);

    const trace::TraceStore& store() const { return m_store; }
    /// In the order of the sockets' numbers.
    const std::map<std::uint32_t, std::unique_ptr<TimelineLane>>& lanes() const { return m_lanes; }
    const TimelineLane* find(std::uint32_t socketId) const;
    trace::OperationRecord record(std::uint32_t row) const { return m_store.record(row); }
    /// The first call; 0 without any.
    std::int64_t firstNs() const { return m_firstNs; }
    /// The last call or end of an operation that has ended.
    std::int64_t lastNs() const { return m_lastNs; }
    std::uint64_t pending() const { return m_store.totals().pending; }
    /// Bars grow: something is pending, and it is no file.
    bool goesOn() const { return pending() > 0 && !m_store.readOnly(); }
    std::size_t memoryBytes() const;

private:
    void append(std::uint32_t row, const trace::OperationRecord& record);
    void noteTimes(const trace::OperationRecord& record);

    const trace::TraceStore& m_store;
    std::map<std::uint32_t, std::unique_ptr<TimelineLane>> m_lanes;
    TimelineLane* m_last = nullptr; ///< That of the row before.
    std::int64_t m_firstNs = 0;
    std::int64_t m_lastNs = 0;
};

} // namespace swb::ui
