// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/background_query.h"
#include "engine/trace/trace_store.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/timeline/lane_track.h"
#include "ui/timeline/piece_reader.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace swb::ui {

/// One socket on the timeline: what it sends and what it receives side by side, because a send
/// never waits for a receive.
struct TimelineLane {
    std::uint32_t socketId = 0;
    LaneTrack writes; ///< Send, SendPackets, SendTo, Connect, Disconnect.
    LaneTrack reads; ///< Receive..., Accept.

    static bool isWrite(SocketAsyncOperation kind) noexcept
    {
        return trace::direction(kind) != trace::Direction::Received;
    }
    LaneTrack& track(SocketAsyncOperation kind) { return isWrite(kind) ? writes : reads; }
    const LaneTrack& track(SocketAsyncOperation kind) const
    {
        return isWrite(kind) ? writes : reads;
    }
};

/// The operations of a store by socket, kept up batch by batch. Of what has ended only the newest
/// and what was looked at last is kept whole, within a budget of memory; of the rest summaries,
/// until a picture needs more: that is read from the store on another thread, and is there for one
/// of the next pictures.
///
/// **Threads** GUI thread. **Lifetime** the store must outlive it.
class TimelineLanes {
public:
    /// trace::Progress.
    using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;
    /// For what is kept whole. More is used only while a picture shows more.
    static constexpr std::size_t kMostBytes = std::size_t{32} << 20;

    /// Reads the whole store, on any thread: of a large file that takes its time. Throws
    /// TraceCancelled when `progress` says so; in rows.
    explicit TimelineLanes(const trace::TraceStore& store, const Progress& progress = nullptr,
        std::size_t mostBytes = kMostBytes);

    /// Takes over what is new and what has changed; the summaries follow with refresh().
    void apply(const OperationsBatch& batch);
    /// Before drawing. Takes what was read meanwhile.
    void refresh();
    /// Reads the whole store anew.
    void rebuild(const Progress& progress = nullptr);

    /// After drawing: begins to read what was missing. True while a picture that is drawn later
    /// will show more.
    bool readMissing();
    /// Reads it here and now, however long that takes: for a picture that nobody waits for.
    void readMissingNow();
    /// The operation of the lane after (`direction` 1) or before (-1) that of `row`, in the same
    /// track; of those at the ends themselves. Nothing of an empty lane. May read the store.
    std::optional<std::uint32_t> neighbour(
        const TimelineLane& lane, std::optional<std::uint32_t> row, int direction);

    const trace::TraceStore& store() const { return m_store; }
    /// In the order of the sockets' numbers.
    const std::map<std::uint32_t, std::unique_ptr<TimelineLane>>& lanes() const { return m_lanes; }
    const TimelineLane* find(std::uint32_t socketId) const;
    trace::OperationRecord record(std::uint32_t row) const { return m_store.record(row); }
    /// The same for a picture: nothing while it is only on the disk, until it was read from there.
    std::optional<trace::OperationRecord> recordIfHere(const TrackMark& mark) const;
    /// The first call; 0 without any.
    std::int64_t firstNs() const { return m_firstNs; }
    /// The last call or end of an operation that has ended.
    std::int64_t lastNs() const { return m_lastNs; }
    std::uint64_t pending() const { return m_store.totals().pending; }
    /// Bars grow: something is pending, and it is no file.
    bool goesOn() const { return pending() > 0 && !m_store.readOnly(); }
    std::size_t memoryBytes() const;

private:
    /// A piece that is whole, and here.
    struct Kept {
        LaneTrack* track;
        std::size_t piece;
    };

    TimelineLane* laneOf(std::uint32_t socketId);
    void append(std::uint32_t row, const trace::OperationRecord& record);
    void change(std::uint32_t row, const trace::OperationRecord& record);
    void noteTimes(const trace::OperationRecord& record);
    void letGoOverBudget();
    MissingWanted takeMissing();
    void takeBack(MissingRead missing);
    const TrackPiece* require(const TimelineLane& lane, bool reads, std::size_t piece);

    const trace::TraceStore& m_store;
    const std::size_t m_mostPieces;
    std::map<std::uint32_t, std::unique_ptr<TimelineLane>> m_lanes;
    std::unordered_map<std::uint32_t, TimelineLane*> m_bySocket; ///< The same, found quickly.
    TimelineLane* m_last = nullptr; ///< That of the row before.
    std::int64_t m_firstNs = 0;
    std::int64_t m_lastNs = 0;
    std::deque<Kept> m_kept; ///< Those that came first, first.
    std::uint32_t m_now = 2; ///< Counts pictures.

    /// Of operations that have ended and are only on the disk, as they are in the picture.
    std::unordered_map<std::uint32_t, trace::OperationRecord> m_records;
    mutable std::vector<std::uint32_t> m_missingRows;

    using Query = trace::BackgroundQuery<MissingRead>;
    std::unique_ptr<Query> m_reading; ///< Made when first needed. Last: it uses the store.
};

} // namespace swb::ui
