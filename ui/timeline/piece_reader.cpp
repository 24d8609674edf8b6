// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/piece_reader.h"

#include "ui/timeline/timeline_lanes.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace swb::ui {

namespace {

constexpr std::uint64_t kRowsRead = 4096; // a page of the store: read whole it is quickest

std::uint64_t trackOf(std::uint32_t socketId, bool reads)
{
    return std::uint64_t{socketId} * 2 + (reads ? 1 : 0);
}

/// Gives each record to the piece it belongs to. Rows come ascending.
class Sorter {
public:
    explicit Sorter(std::vector<PieceRead>& pieces)
    {
        for (PieceRead& piece : pieces) // ascending, too
            m_tracks[trackOf(piece.wanted.socketId, piece.wanted.reads)].pieces.push_back(&piece);
    }
    void take(std::uint32_t row, const trace::OperationRecord& record)
    {
        if (record.kind == SocketAsyncOperation::None)
            return;
        const auto found
            = m_tracks.find(trackOf(record.socketId, !TimelineLane::isWrite(record.kind)));
        if (found == m_tracks.end())
            return;
        auto& [pieces, at] = found->second;
        while (at < pieces.size() && pieces[at]->wanted.lastRow < row)
            ++at;
        if (at == pieces.size() || pieces[at]->wanted.firstRow > row
            || pieces[at]->marks->size() == TrackPiece::kMarks)
            return;
        pieces[at]->marks->append(TrackMark::of(record, row));
    }

private:
    struct Track {
        std::vector<PieceRead*> pieces;
        std::size_t at = 0; ///< The first that is not complete.
    };
    std::unordered_map<std::uint64_t, Track> m_tracks;
};

} // namespace

std::optional<MissingRead> readMissing(
    const trace::TraceStore& store, MissingWanted missing, const std::function<bool()>& isStopped)
{
    MissingRead result;
    std::vector<PieceWanted>& wanted = missing.pieces;
    std::vector<PieceRead>& pieces = result.pieces;
    std::sort(wanted.begin(), wanted.end(),
        [](const PieceWanted& a, const PieceWanted& b) { return a.firstRow < b.firstRow; });
    pieces.reserve(wanted.size());
    for (const PieceWanted& piece : wanted) {
        pieces.push_back({piece, std::make_unique<TrackPiece>()});
        pieces.back().marks->reserveAll();
    }

    Sorter sorter(pieces);
    std::vector<trace::OperationRecord> records(kRowsRead);
    std::uint64_t next = 0; // the first row that was not read
    for (const PieceWanted& piece : wanted) {
        next = std::max<std::uint64_t>(next, piece.firstRow / kRowsRead * kRowsRead);
        while (next <= piece.lastRow) {
            if (isStopped && isStopped())
                return std::nullopt;
            const std::size_t count = store.copyRows(next, records);
            for (std::size_t i = 0; i < count; ++i)
                sorter.take(static_cast<std::uint32_t>(next + i), records[i]);
            next += kRowsRead;
        }
    }
    for (PieceRead& piece : pieces) {
        for (std::size_t leaf = 0; leaf < piece.marks->leafCount(); ++leaf)
            piece.marks->sumUp(leaf);
    }
    for (const std::uint32_t row : missing.rows) {
        if (isStopped && isStopped())
            return std::nullopt;
        trace::OperationRecord record;
        if (store.copyRows(row, {&record, 1}) == 1)
            result.records.emplace_back(row, record);
    }
    return result;
}

} // namespace swb::ui
