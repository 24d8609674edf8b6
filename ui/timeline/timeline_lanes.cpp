// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_lanes.h"

#include "engine/trace/progress.h"

#include <algorithm>
#include <utility>

namespace swb::ui {

namespace {
constexpr std::size_t kMostLooks = 64; // at pieces that could be let go of, each time
constexpr std::size_t kMostRecords = 1024; // of single operations
} // namespace

TimelineLanes::TimelineLanes(
    const trace::TraceStore& store, const Progress& progress, std::size_t mostBytes)
    : m_store(store)
    , m_mostPieces(mostBytes / TrackPiece::kBytes)
{
    rebuild(progress);
}

void TimelineLanes::rebuild(const Progress& progress)
{
    m_reading.reset();
    m_kept.clear();
    m_records.clear();
    m_missingRows.clear();
    m_bySocket.clear();
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

/// Null when it has none.
TimelineLane* TimelineLanes::laneOf(std::uint32_t socketId)
{
    // Operations of one socket come in runs.
    if (m_last != nullptr && m_last->socketId == socketId)
        return m_last;
    const auto found = m_bySocket.find(socketId);
    if (found == m_bySocket.end())
        return nullptr;
    return m_last = found->second;
}

void TimelineLanes::append(std::uint32_t row, const trace::OperationRecord& record)
{
    if (record.kind == SocketAsyncOperation::None)
        return; // lost: neither socket nor time is known
    TimelineLane* lane = laneOf(record.socketId);
    if (lane == nullptr) {
        auto made = std::make_unique<TimelineLane>();
        made->socketId = record.socketId;
        lane = made.get();
        m_lanes.emplace(record.socketId, std::move(made));
        m_bySocket.emplace(record.socketId, lane);
    }
    LaneTrack& track = lane->track(record.kind);
    if (track.append(row, record)) {
        m_kept.push_back({&track, track.pieceCount() - 1});
        letGoOverBudget();
    }
    noteTimes(record);
}

void TimelineLanes::change(std::uint32_t row, const trace::OperationRecord& record)
{
    TimelineLane* const lane = laneOf(record.socketId);
    if (lane == nullptr || record.kind == SocketAsyncOperation::None)
        return;
    lane->track(record.kind).change(row, record);
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
    for (const qint64 changed : batch.changedRows) {
        const auto row = static_cast<std::uint64_t>(changed);
        const auto inMemory = m_store.inMemory(row);
        if (inMemory.empty())
            change(static_cast<std::uint32_t>(row), m_store.record(row));
        else
            change(static_cast<std::uint32_t>(row), inMemory.front());
    }
    auto row = static_cast<std::uint64_t>(batch.firstNewRow);
    const std::uint64_t end = row + static_cast<std::uint64_t>(batch.newRows);
    while (row < end) {
        const auto inMemory = m_store.inMemory(row);
        if (inMemory.empty()) {
            append(static_cast<std::uint32_t>(row), m_store.record(row));
            ++row;
            continue;
        }
        for (const trace::OperationRecord& record :
            inMemory.first(std::min<std::size_t>(inMemory.size(), end - row)))
            append(static_cast<std::uint32_t>(row++), record);
    }
}

void TimelineLanes::refresh()
{
    ++m_now;
    if (m_reading) {
        if (auto missing = m_reading->take())
            takeBack(std::move(*missing));
    }
    for (auto& [socketId, lane] : m_lanes) {
        for (LaneTrack* track : {&lane->writes, &lane->reads}) {
            track->useNow(m_now);
            track->refresh();
        }
    }
    letGoOverBudget();
}

// --- What is let go of, and read again

/// The oldest go first, but not what the picture before this one showed.
void TimelineLanes::letGoOverBudget()
{
    for (std::size_t looks = 0; m_kept.size() > m_mostPieces && looks < kMostLooks; ++looks) {
        const Kept oldest = m_kept.front();
        m_kept.pop_front();
        const bool isSeen = oldest.track->usedAt(oldest.piece) + 1 >= m_now;
        if (isSeen || !oldest.track->letGo(oldest.piece))
            m_kept.push_back(oldest);
    }
}

MissingWanted TimelineLanes::takeMissing()
{
    MissingWanted wanted{{}, std::exchange(m_missingRows, {})};
    for (auto& [socketId, lane] : m_lanes) {
        for (const bool reads : {false, true}) {
            LaneTrack& track = reads ? lane->reads : lane->writes;
            for (const std::uint32_t piece : track.takeMissing())
                wanted.pieces.push_back(
                    {socketId, reads, piece, track.firstRowOf(piece), track.lastRowOf(piece)});
        }
    }
    return wanted;
}

std::optional<trace::OperationRecord> TimelineLanes::recordIfHere(const TrackMark& mark) const
{
    // What is pending always is.
    if (mark.outcome == trace::Outcome::Pending || !m_store.inMemory(mark.row).empty())
        return m_store.record(mark.row);
    const auto found = m_records.find(mark.row);
    if (found != m_records.end())
        return found->second;
    m_missingRows.push_back(mark.row);
    return std::nullopt;
}

bool TimelineLanes::readMissing()
{
    const auto isMissing = [](const auto& lane) {
        return lane.second->writes.isMissing() || lane.second->reads.isMissing();
    };
    const bool isWanted
        = !m_missingRows.empty() || std::any_of(m_lanes.begin(), m_lanes.end(), isMissing);
    if (!isWanted)
        return m_reading && m_reading->isRunning();
    if (!m_reading)
        m_reading = std::make_unique<Query>(nullptr); // the next picture looks for its answer
    if (m_reading->isRunning())
        return true;
    if (auto missing = m_reading->take())
        takeBack(std::move(*missing));
    m_reading->start([&store = m_store, wanted = takeMissing()](trace::QueryControl& control) {
        return ui::readMissing(store, wanted, [&control] { return control.isStopped(); });
    });
    return true;
}

void TimelineLanes::readMissingNow()
{
    if (auto missing = ui::readMissing(m_store, takeMissing(), nullptr))
        takeBack(std::move(*missing));
}

void TimelineLanes::takeBack(MissingRead missing)
{
    // Another picture has other words.
    if (m_records.size() > kMostRecords)
        m_records.clear();
    for (const auto& [row, record] : missing.records)
        m_records.insert_or_assign(row, record);
    for (PieceRead& piece : missing.pieces) {
        TimelineLane* const lane = laneOf(piece.wanted.socketId);
        if (lane == nullptr)
            continue;
        LaneTrack& track = piece.wanted.reads ? lane->reads : lane->writes;
        if (track.piece(piece.wanted.piece) != nullptr)
            continue;
        track.useNow(m_now);
        track.takeBack(piece.wanted.piece, std::move(piece.marks));
        m_kept.push_back({&track, piece.wanted.piece});
    }
}

const TrackPiece* TimelineLanes::require(const TimelineLane& lane, bool reads, std::size_t piece)
{
    const LaneTrack& track = reads ? lane.reads : lane.writes;
    if (track.piece(piece) == nullptr) {
        const PieceWanted wanted{
            lane.socketId, reads, piece, track.firstRowOf(piece), track.lastRowOf(piece)};
        if (auto missing = ui::readMissing(m_store, {{wanted}, {}}, nullptr))
            takeBack(std::move(*missing));
    }
    return track.piece(piece);
}

std::optional<std::uint32_t> TimelineLanes::neighbour(
    const TimelineLane& lane, std::optional<std::uint32_t> row, int direction)
{
    bool reads = lane.writes.size() == 0;
    if (row && lane.reads.size() > 0) {
        const trace::OperationRecord record = m_store.record(*row);
        reads = reads || (record.socketId == lane.socketId && !TimelineLane::isWrite(record.kind));
    }
    const LaneTrack& track = reads ? lane.reads : lane.writes;
    if (track.size() == 0)
        return std::nullopt;
    const std::size_t piece = track.pieceOf(row.value_or(0));
    const TrackPiece* const marks = require(lane, reads, piece);
    if (marks->size() == 0)
        return std::nullopt; // the store has lost them
    const std::size_t at = marks->indexFrom(row.value_or(0));
    const bool isHere = row && at < marks->size() && marks->rowAt(at) == *row;
    // Of a row that is not on the track the nearest one.
    const bool back = direction < 0 && (isHere || at > 0 || piece > 0);
    const std::size_t next = isHere && direction > 0 ? at + 1 : at;
    if (back && at > 0)
        return marks->rowAt(at - 1);
    if (back && piece > 0)
        return track.lastRowOf(piece - 1);
    if (next < marks->size())
        return marks->rowAt(next);
    return piece + 1 < track.pieceCount() ? track.firstRowOf(piece + 1)
                                          : marks->rowAt(marks->size() - 1);
}

const TimelineLane* TimelineLanes::find(std::uint32_t socketId) const
{
    const auto found = m_bySocket.find(socketId);
    return found == m_bySocket.end() ? nullptr : found->second;
}

std::size_t TimelineLanes::memoryBytes() const
{
    std::size_t bytes = 0;
    for (const auto& [socketId, lane] : m_lanes)
        bytes += sizeof *lane + lane->writes.memoryBytes() + lane->reads.memoryBytes();
    return bytes;
}

} // namespace swb::ui
