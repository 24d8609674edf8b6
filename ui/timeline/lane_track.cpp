// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/lane_track.h"

#include <algorithm>

namespace swb::ui {

namespace {

void makeUnique(std::vector<std::size_t>& nodes)
{
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

bool crosses(const TrackMark& mark, std::int64_t atNs)
{
    return mark.startNs < atNs && mark.endNs >= atNs;
}

bool mayCross(const TrackSummary& summary, std::int64_t atNs)
{
    return summary.operations > 0 && summary.firstStartNs < atNs && summary.latestEndNs >= atNs;
}

// What is wanted of the operations that reach over a time: see LaneTrack::walkCrossing().

struct Newest {
    static constexpr bool kBackwards = true;
    std::size_t limit;
    std::vector<TrackMark> found{};

    bool isEnough() const { return found.size() >= limit; }
    bool needs(const TrackSummary&) const { return true; }
    void take(const TrackMark& mark) { found.push_back(mark); }
};

struct Farthest {
    static constexpr bool kBackwards = false;
    std::optional<TrackMark> found{};

    bool isEnough() const { return false; }
    bool needs(const TrackSummary& summary) const
    {
        return !found || summary.latestEndNs > found->endNs;
    }
    void take(const TrackMark& mark)
    {
        if (!found || mark.endNs > found->endNs)
            found = mark;
    }
};

struct First {
    static constexpr bool kBackwards = false;
    std::optional<TrackMark> found{};

    bool isEnough() const { return found.has_value(); }
    bool needs(const TrackSummary&) const { return true; }
    void take(const TrackMark& mark) { found = mark; }
};

} // namespace

// --- What comes and changes

bool LaneTrack::append(std::uint32_t row, const trace::OperationRecord& record)
{
    if (record.kind == SocketAsyncOperation::None)
        return false; // lost: it has no time
    if (m_size % TrackPiece::kMarks == 0) {
        Piece& made = m_pieces.emplace_back();
        made.marks = std::make_unique<TrackPiece>();
        if (m_size > 0) // most tracks are short: their only piece grows as it is needed
            made.marks->reserveAll();
        made.firstRow = row;
    }
    Piece& last = m_pieces.back();
    last.marks->append(TrackMark::of(record, row));
    last.lastRow = row;
    ++m_size;
    if (m_size % TrackPiece::kMarks != 0)
        return false;
    refresh(); // so that nothing is piled up while nobody looks
    return true;
}

std::size_t LaneTrack::pieceOf(std::uint32_t row) const noexcept
{
    const auto next = std::upper_bound(m_pieces.begin(), m_pieces.end(), row,
        [](std::uint32_t wanted, const Piece& piece) { return wanted < piece.firstRow; });
    return next == m_pieces.begin() ? 0 : static_cast<std::size_t>(next - m_pieces.begin()) - 1;
}

void LaneTrack::change(std::uint32_t row, const trace::OperationRecord& record)
{
    if (m_pieces.empty())
        return;
    const std::size_t at = pieceOf(row);
    TrackPiece* const marks = m_pieces[at].marks.get();
    if (marks == nullptr)
        return; // all of it had ended: nothing that is drawn changes any more
    const std::size_t place = marks->indexFrom(row);
    if (place == marks->size() || marks->rowAt(place) != row)
        return;
    marks->set(place, TrackMark::of(record, row));
    const std::size_t leaf = at * kLeavesPerPiece + place / TrackLeaf::kMarks;
    if (!m_changed.empty() && m_changed.back() == leaf)
        return;
    m_changed.push_back(leaf);
    if (m_changed.size() >= TrackPiece::kMarks)
        refresh();
}

/// Where the operations of a node, or the nodes below it, end.
std::size_t LaneTrack::endOf(std::size_t level, std::size_t node) const noexcept
{
    return std::min((node + 1) * kFanOut, m_levels[level - 1].size());
}

TrackSummary& LaneTrack::nodeAt(std::size_t level, std::size_t node)
{
    while (m_levels.size() <= level)
        m_levels.emplace_back();
    Level& nodes = m_levels[level];
    while (nodes.size() <= node)
        nodes.append({});
    return nodes[node];
}

void LaneTrack::refresh()
{
    if (m_changed.empty() && m_summed == m_size)
        return;
    std::vector<std::size_t> nodes = std::exchange(m_changed, {});
    const std::size_t leaves = (m_size + TrackLeaf::kMarks - 1) / TrackLeaf::kMarks;
    if (m_summed < m_size) {
        for (std::size_t leaf = m_summed / TrackLeaf::kMarks; leaf < leaves; ++leaf)
            nodes.push_back(leaf);
    }
    m_summed = m_size;
    makeUnique(nodes);
    for (std::size_t& leaf : nodes) {
        if (TrackPiece* const marks = m_pieces[leaf / kLeavesPerPiece].marks.get())
            marks->sumUp(leaf % kLeavesPerPiece);
        leaf /= kLeavesPerNode;
    }
    makeUnique(nodes);
    for (const std::size_t node : nodes)
        sumUpLeaves(node);
    for (std::size_t level = 1; m_levels[level - 1].size() > 1; ++level) {
        for (std::size_t& node : nodes)
            node /= kFanOut;
        if (level == m_levels.size()) // it is new: everything below it
            nodes.insert(nodes.begin(), 0);
        makeUnique(nodes);
        for (const std::size_t node : nodes)
            sumUp(level, node);
    }
}

void LaneTrack::sumUpLeaves(std::size_t node)
{
    const TrackPiece* const marks = m_pieces[node / kNodesPerPiece].marks.get();
    if (marks == nullptr)
        return; // it was let go of since, and had been summed up
    TrackSummary summary;
    for (std::size_t leaf = firstLeafOf(node); leaf < endLeafOf(node, *marks); ++leaf)
        summary.add(marks->leaf(leaf).summary());
    nodeAt(0, node) = summary;
}

void LaneTrack::sumUp(std::size_t level, std::size_t node)
{
    TrackSummary summary;
    for (std::size_t i = node * kFanOut; i < endOf(level, node); ++i)
        summary.add(m_levels[level - 1][i]);
    nodeAt(level, node) = summary;
}

TrackSummary LaneTrack::total() const noexcept
{
    TrackSummary summary;
    if (!m_levels.empty()) {
        for (std::size_t node = 0; node < m_levels.back().size(); ++node)
            summary.add(m_levels.back()[node]);
    }
    return summary;
}

std::size_t LaneTrack::memoryBytes() const noexcept
{
    std::size_t bytes = m_pieces.capacity() * sizeof(Piece);
    for (const Piece& piece : m_pieces)
        bytes += piece.marks ? piece.marks->memoryBytes() : 0;
    for (const Level& level : m_levels)
        bytes += level.memoryBytes();
    return bytes;
}

// --- What is let go of

bool LaneTrack::letGo(std::size_t piece)
{
    Piece& wanted = m_pieces[piece];
    if (!wanted.marks || wanted.marks->size() < TrackPiece::kMarks)
        return false;
    refresh();
    for (std::size_t node = piece * kNodesPerPiece; node < (piece + 1) * kNodesPerPiece; ++node) {
        if (m_levels[0][node].pending > 0)
            return false;
    }
    wanted.marks.reset();
    wanted.missed = false;
    return true;
}

void LaneTrack::takeBack(std::size_t piece, std::unique_ptr<TrackPiece> marks)
{
    Piece& wanted = m_pieces[piece];
    wanted.missed = false;
    wanted.usedAt = m_now;
    if (!wanted.marks)
        wanted.marks = std::move(marks);
}

/// The piece of a node of the lowest level that stays; null when it is not here.
const TrackPiece* LaneTrack::use(std::size_t node) const
{
    const Piece& piece = m_pieces[node / kNodesPerPiece];
    piece.usedAt = m_now;
    if (!piece.marks && !std::exchange(piece.missed, true))
        m_missing.push_back(static_cast<std::uint32_t>(node / kNodesPerPiece));
    return piece.marks.get();
}

// --- What is asked

void LaneTrack::visit(
    std::int64_t fromNs, std::int64_t toNs, std::int64_t resolutionNs, const Sink& sink) const
{
    if (m_levels.empty())
        return;
    const std::size_t top = m_levels.size() - 1;
    for (std::size_t node = 0; node < m_levels[top].size(); ++node)
        visitNode(top, node, fromNs, toNs, resolutionNs, sink);
}

void LaneTrack::visitNode(std::size_t level, std::size_t node, std::int64_t fromNs,
    std::int64_t toNs, std::int64_t resolutionNs, const Sink& sink) const
{
    const TrackSummary& summary = m_levels[level][node];
    if (summary.operations == 0 || summary.firstStartNs > toNs || summary.lastStartNs < fromNs)
        return;
    if (summary.lastStartNs - summary.firstStartNs < resolutionNs && summary.operations > 1) {
        sink.group(summary);
        return;
    }
    if (level > 0) {
        for (std::size_t below = node * kFanOut; below < endOf(level, node); ++below)
            visitNode(level - 1, below, fromNs, toNs, resolutionNs, sink);
    } else if (const TrackPiece* const piece = use(node)) {
        visitLeaves(node, *piece, fromNs, toNs, resolutionNs, sink);
    } else {
        sink.group(summary);
    }
}

void LaneTrack::visitLeaves(std::size_t node, const TrackPiece& piece, std::int64_t fromNs,
    std::int64_t toNs, std::int64_t resolutionNs, const Sink& sink) const
{
    for (std::size_t leaf = firstLeafOf(node); leaf < endLeafOf(node, piece); ++leaf) {
        const TrackSummary& summary = piece.leaf(leaf).summary();
        if (summary.operations == 0 || summary.firstStartNs > toNs || summary.lastStartNs < fromNs)
            continue;
        if (summary.lastStartNs - summary.firstStartNs < resolutionNs && summary.operations > 1) {
            sink.group(summary);
            continue;
        }
        for (std::size_t place = 0; place < piece.marksOf(leaf); ++place)
            sink.operation(piece.leaf(leaf).at(place));
    }
}

template <typename Crossing>
void LaneTrack::walkCrossing(std::int64_t atNs, Crossing& crossing) const
{
    if (m_levels.empty())
        return;
    const std::size_t top = m_levels.size() - 1;
    const std::size_t count = m_levels[top].size();
    for (std::size_t i = 0; i < count && !crossing.isEnough(); ++i)
        walkCrossing(top, Crossing::kBackwards ? count - 1 - i : i, atNs, crossing);
}

template <typename Crossing>
void LaneTrack::walkCrossing(
    std::size_t level, std::size_t node, std::int64_t atNs, Crossing& crossing) const
{
    const TrackSummary& summary = m_levels[level][node];
    if (!mayCross(summary, atNs) || !crossing.needs(summary))
        return;
    if (level > 0) {
        const std::size_t first = node * kFanOut;
        const std::size_t count = endOf(level, node) - first;
        for (std::size_t i = 0; i < count && !crossing.isEnough(); ++i)
            walkCrossing(
                level - 1, first + (Crossing::kBackwards ? count - 1 - i : i), atNs, crossing);
    } else if (const TrackPiece* const piece = use(node)) {
        walkLeaves(node, *piece, atNs, crossing);
    } else if (crosses(summary.longest(), atNs)) {
        crossing.take(summary.longest());
    }
}

template <typename Crossing>
void LaneTrack::walkLeaves(
    std::size_t node, const TrackPiece& piece, std::int64_t atNs, Crossing& crossing) const
{
    const std::size_t first = firstLeafOf(node);
    const std::size_t end = std::max(first, endLeafOf(node, piece));
    for (std::size_t i = 0; i < end - first; ++i) {
        const std::size_t leaf = Crossing::kBackwards ? end - 1 - i : first + i;
        if (!mayCross(piece.leaf(leaf).summary(), atNs))
            continue;
        const std::size_t count = piece.marksOf(leaf);
        for (std::size_t n = 0; n < count && !crossing.isEnough(); ++n) {
            const TrackMark mark = piece.leaf(leaf).at(Crossing::kBackwards ? count - 1 - n : n);
            if (crosses(mark, atNs))
                crossing.take(mark);
        }
    }
}

std::vector<TrackMark> LaneTrack::crossing(std::int64_t atNs, std::size_t limit) const
{
    Newest newest{limit};
    walkCrossing(atNs, newest);
    return std::move(newest.found);
}

std::optional<TrackMark> LaneTrack::reachingFarthest(std::int64_t atNs) const
{
    Farthest farthest;
    walkCrossing(atNs, farthest);
    return farthest.found;
}

std::optional<TrackMark> LaneTrack::firstCrossing(std::int64_t atNs) const
{
    First first;
    walkCrossing(atNs, first);
    return first.found;
}

} // namespace swb::ui
