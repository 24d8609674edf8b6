// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/trace_store.h"
#include "ui/timeline/track_piece.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace swb::ui {

/// A piece of a track that was let go of: which, and where its rows lie.
struct PieceWanted {
    std::uint32_t socketId = 0;
    bool reads = false; ///< The lane's track of what it receives.
    std::size_t piece = 0;
    std::uint32_t firstRow = 0;
    std::uint32_t lastRow = 0;
};

struct PieceRead {
    PieceWanted wanted;
    std::unique_ptr<TrackPiece> marks; ///< Summed up. Has fewer when the store has lost some.
};

/// What a picture missed, and what was read of it.
struct MissingWanted {
    std::vector<PieceWanted> pieces;
    std::vector<std::uint32_t> rows; ///< Single operations, for the words in their bars.
};
struct MissingRead {
    std::vector<PieceRead> pieces;
    std::vector<std::pair<std::uint32_t, trace::OperationRecord>> records;
};

/// Reads pieces of tracks from the store again, each row once, however many of them it lies in, and
/// single records. Nothing when `isStopped` says so; it is asked every few milliseconds.
///
/// **Threads** any, as TraceStore::copyRows().
std::optional<MissingRead> readMissing(
    const trace::TraceStore& store, MissingWanted wanted, const std::function<bool()>& isStopped);

} // namespace swb::ui
