// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/lane_track.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace swb::ui {

namespace {

// What a leaf keeps of how long an operation lasted: a float without its last bits, which say how
// it ended.
constexpr std::uint32_t kOutcomeBits = 7;
constexpr std::uint32_t kWaitedBit = 8;
constexpr std::uint32_t kHowBits = kOutcomeBits | kWaitedBit;
constexpr std::uint32_t kLost = kOutcomeBits; ///< No outcome has this number.
// How wrong that may be, as a share.
constexpr double kOffsetError = 1.0 / (1 << 24);
constexpr double kLastedError = 1.0 / (1 << 19);

} // namespace

TrackMark TrackMark::of(const trace::OperationRecord& record, std::uint32_t row) noexcept
{
    const trace::Outcome outcome = trace::outcome(record);
    return {row, record.submittedNs,
        outcome == trace::Outcome::Pending ? kStillPending
                                           : std::max(record.submittedNs, record.completedNs),
        outcome, record.returnedPending()};
}

void TrackSummary::add(const TrackSummary& other) noexcept
{
    firstStartNs = std::min(firstStartNs, other.firstStartNs);
    lastStartNs = std::max(lastStartNs, other.lastStartNs);
    latestEndNs = std::max(latestEndNs, other.latestEndNs);
    if (other.longestNs > longestNs) {
        longestNs = other.longestNs;
        longestStartNs = other.longestStartNs;
        longestRow = other.longestRow;
        longestOutcome = other.longestOutcome;
        longestWaited = other.longestWaited;
    }
    failedRow = std::min(failedRow, other.failedRow);
    operations += other.operations;
    synchronous += other.synchronous;
    pending += other.pending;
    failed += other.failed;
    aborted += other.aborted;
}

void TrackSummary::remove(trace::Outcome outcome) noexcept
{
    --operations;
    switch (outcome) {
    case trace::Outcome::Synchronous:
        --synchronous;
        break;
    case trace::Outcome::Pending:
        --pending;
        break;
    case trace::Outcome::Completed:
        break;
    case trace::Outcome::Failed:
        --failed;
        break;
    case trace::Outcome::Aborted:
        --aborted;
        break;
    }
}

TrackMark TrackSummary::longest() const noexcept
{
    return {longestRow, longestStartNs,
        longestOutcome == trace::Outcome::Pending ? kStillPending : longestStartNs + longestNs,
        longestOutcome, longestWaited};
}

void TrackSummary::add(const TrackMark& mark) noexcept
{
    firstStartNs = std::min(firstStartNs, mark.startNs);
    lastStartNs = std::max(lastStartNs, mark.startNs);
    latestEndNs = std::max(latestEndNs, mark.endNs);
    const std::int64_t lasted = mark.endNs - mark.startNs; // of those that are pending the oldest's
    if (lasted > longestNs) {
        longestNs = lasted;
        longestStartNs = mark.startNs;
        longestRow = mark.row;
        longestOutcome = mark.outcome;
        longestWaited = mark.waited;
    }
    if (mark.failed())
        failedRow = std::min(failedRow, mark.row);
    ++operations;
    switch (mark.outcome) {
    case trace::Outcome::Synchronous:
        ++synchronous;
        break;
    case trace::Outcome::Pending:
        ++pending;
        break;
    case trace::Outcome::Completed:
        break;
    case trace::Outcome::Failed:
        ++failed;
        break;
    case trace::Outcome::Aborted:
        ++aborted;
        break;
    }
}

TrackSummary TrackSummary::of(const trace::OperationRecord& record, std::uint32_t row) noexcept
{
    TrackSummary summary;
    if (record.kind != SocketAsyncOperation::None) // otherwise lost: it has no time
        summary.add(TrackMark::of(record, row));
    return summary;
}

/// Into a leaf, and into what is known of all in it.
void LaneTrack::keep(Leaf& leaf, TrackSummary& summary, std::size_t place,
    const trace::OperationRecord& record, std::uint32_t row) noexcept
{
    if (record.kind == SocketAsyncOperation::None) {
        leaf.rest[place] = kLost;
        return;
    }
    const TrackMark mark = TrackMark::of(record, row);
    summary.add(mark);
    leaf.offsets[place] = static_cast<float>(mark.startNs - leaf.baseNs);
    const float lasted = mark.outcome == trace::Outcome::Pending
        ? 0
        : static_cast<float>(mark.endNs - mark.startNs);
    leaf.rest[place] = (std::bit_cast<std::uint32_t>(lasted) & ~kHowBits)
        | static_cast<std::uint32_t>(mark.outcome) | (mark.waited ? kWaitedBit : 0);
}

/// Nothing when its record was lost. Reads the record when what is kept is not exact enough.
std::optional<TrackMark> LaneTrack::markAt(
    std::size_t index, std::int64_t resolutionNs, const Read& read) const
{
    const std::uint32_t row = m_rows[index];
    const Leaf& leaf = m_leaves[index / kFanOut];
    const std::uint32_t rest = leaf.rest[index % kFanOut];
    if ((rest & kOutcomeBits) == kLost)
        return std::nullopt;
    const auto offset = static_cast<double>(leaf.offsets[index % kFanOut]);
    const auto lasted = static_cast<double>(std::bit_cast<float>(rest & ~kHowBits));
    if (std::max(std::abs(offset) * kOffsetError, lasted * kLastedError) * 2
        > static_cast<double>(resolutionNs))
        return TrackMark::of(read(row), row);
    TrackMark mark;
    mark.row = row;
    mark.startNs = leaf.baseNs + static_cast<std::int64_t>(offset);
    mark.outcome = static_cast<trace::Outcome>(rest & kOutcomeBits);
    mark.waited = (rest & kWaitedBit) != 0;
    mark.endNs = mark.outcome == trace::Outcome::Pending
        ? TrackMark::kStillPending
        : mark.startNs + static_cast<std::int64_t>(lasted);
    return mark;
}

void LaneTrack::append(std::uint32_t row, const trace::OperationRecord& record)
{
    const std::size_t place = m_rows.size() % kFanOut;
    m_rows.append(row);
    if (place == 0)
        m_leaves.append(Leaf{record.submittedNs, {}, {}});
    if (m_levels.empty())
        m_levels.emplace_back();
    Level& nodes = m_levels[0];
    if (place == 0)
        nodes.append({});
    keep(m_leaves.back(), nodes.back(), place, record, row);
}

bool LaneTrack::contains(std::uint32_t row) const noexcept
{
    const std::size_t at = m_rows.lowerBound(row);
    return at < m_rows.size() && m_rows[at] == row;
}

void LaneTrack::markChanged(std::uint32_t row)
{
    const std::size_t at = m_rows.lowerBound(row);
    if (at == m_rows.size() || m_rows[at] != row)
        return;
    const std::size_t node = at / kFanOut;
    if (m_changed.empty() || m_changed.back() != node)
        m_changed.push_back(node);
}

/// Where the rows of a leaf, or the nodes below a node, end.
std::size_t LaneTrack::endOf(std::size_t level, std::size_t node) const noexcept
{
    return std::min((node + 1) * kFanOut, level == 0 ? m_rows.size() : m_levels[level - 1].size());
}

void LaneTrack::refresh(const Read& read)
{
    if (m_changed.empty() && m_summed == m_rows.size())
        return;
    const auto makeUnique = [](std::vector<std::size_t>& nodes) {
        std::sort(nodes.begin(), nodes.end());
        nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    };
    std::vector<std::size_t> nodes = std::move(m_changed);
    m_changed.clear();
    makeUnique(nodes);
    for (const std::size_t node : nodes) {
        TrackSummary summary;
        Leaf& leaf = m_leaves[node];
        for (std::size_t i = node * kFanOut; i < endOf(0, node); ++i) {
            keep(leaf, summary, i % kFanOut, read(m_rows[i]), m_rows[i]);
        }
        m_levels[0][node] = summary;
    }
    for (std::size_t node = m_summed / kFanOut; node < m_levels[0].size(); ++node)
        nodes.push_back(node); // what was appended: so far summed up in its leaf only
    m_summed = m_rows.size();
    for (std::size_t level = 1; m_levels[level - 1].size() > 1; ++level) {
        const bool isNew = level == m_levels.size();
        if (isNew)
            m_levels.emplace_back();
        for (std::size_t& node : nodes)
            node /= kFanOut;
        makeUnique(nodes);
        if (isNew) // everything below it
            nodes.insert(nodes.begin(), 0);
        for (const std::size_t node : nodes)
            sumUp(level, node);
    }
}

void LaneTrack::sumUp(std::size_t level, std::size_t node)
{
    Level& nodes = m_levels[level];
    while (nodes.size() <= node)
        nodes.append({});
    TrackSummary summary;
    for (std::size_t i = node * kFanOut; i < endOf(level, node); ++i)
        summary.add(m_levels[level - 1][i]);
    nodes[node] = summary;
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
    std::size_t bytes = m_rows.memoryBytes() + m_leaves.memoryBytes();
    for (const Level& level : m_levels)
        bytes += level.memoryBytes();
    return bytes;
}

void LaneTrack::visit(std::int64_t fromNs, std::int64_t toNs, std::int64_t resolutionNs,
    const Read& read, const Sink& sink) const
{
    if (m_levels.empty())
        return;
    const std::size_t top = m_levels.size() - 1;
    for (std::size_t node = 0; node < m_levels[top].size(); ++node)
        visitNode(top, node, fromNs, toNs, resolutionNs, read, sink);
}

void LaneTrack::visitNode(std::size_t level, std::size_t node, std::int64_t fromNs,
    std::int64_t toNs, std::int64_t resolutionNs, const Read& read, const Sink& sink) const
{
    const TrackSummary& summary = m_levels[level][node];
    if (summary.operations == 0 || summary.firstStartNs > toNs || summary.lastStartNs < fromNs)
        return;
    if (summary.lastStartNs - summary.firstStartNs < resolutionNs && summary.operations > 1) {
        sink.group(summary);
        return;
    }
    for (std::size_t below = node * kFanOut; below < endOf(level, node); ++below) {
        if (level > 0)
            visitNode(level - 1, below, fromNs, toNs, resolutionNs, read, sink);
        else if (const auto mark = markAt(below, resolutionNs, read))
            sink.operation(*mark);
    }
}

std::vector<TrackMark> LaneTrack::crossing(
    std::int64_t atNs, std::size_t limit, std::int64_t resolutionNs, const Read& read) const
{
    std::vector<TrackMark> found;
    if (m_levels.empty())
        return found;
    const std::size_t top = m_levels.size() - 1;
    for (std::size_t node = m_levels[top].size(); node-- > 0 && found.size() < limit;)
        crossingIn(top, node, atNs, limit, resolutionNs, read, found);
    return found;
}

void LaneTrack::crossingIn(std::size_t level, std::size_t node, std::int64_t atNs,
    std::size_t limit, std::int64_t resolutionNs, const Read& read,
    std::vector<TrackMark>& found) const
{
    const TrackSummary& summary = m_levels[level][node];
    if (summary.operations == 0 || summary.firstStartNs >= atNs || summary.latestEndNs < atNs)
        return;
    for (std::size_t below = endOf(level, node);
         below-- > node * kFanOut && found.size() < limit;) {
        if (level > 0) {
            crossingIn(level - 1, below, atNs, limit, resolutionNs, read, found);
            continue;
        }
        const auto mark = markAt(below, resolutionNs, read);
        if (mark && mark->startNs < atNs && mark->endNs >= atNs)
            found.push_back(*mark);
    }
}

std::optional<TrackMark> LaneTrack::reachingFarthest(
    std::int64_t atNs, std::int64_t resolutionNs, const Read& read) const
{
    std::optional<TrackMark> found;
    if (!m_levels.empty()) {
        for (std::size_t node = 0; node < m_levels.back().size(); ++node)
            farthestIn(m_levels.size() - 1, node, atNs, resolutionNs, read, found);
    }
    return found;
}

void LaneTrack::farthestIn(std::size_t level, std::size_t node, std::int64_t atNs,
    std::int64_t resolutionNs, const Read& read, std::optional<TrackMark>& found) const
{
    const TrackSummary& summary = m_levels[level][node];
    if (summary.operations == 0 || summary.firstStartNs >= atNs || summary.latestEndNs < atNs
        || (found && summary.latestEndNs <= found->endNs))
        return;
    for (std::size_t below = node * kFanOut; below < endOf(level, node); ++below) {
        if (level > 0) {
            farthestIn(level - 1, below, atNs, resolutionNs, read, found);
            continue;
        }
        const auto mark = markAt(below, resolutionNs, read);
        if (mark && mark->startNs < atNs && mark->endNs >= atNs
            && (!found || mark->endNs > found->endNs))
            found = mark;
    }
}

std::optional<TrackMark> LaneTrack::firstCrossing(
    std::int64_t atNs, std::int64_t resolutionNs, const Read& read) const
{
    std::optional<TrackMark> found;
    if (m_levels.empty())
        return found;
    const std::size_t top = m_levels.size() - 1;
    for (std::size_t node = 0; node < m_levels[top].size() && !found; ++node)
        found = firstCrossingIn(top, node, atNs, resolutionNs, read);
    return found;
}

std::optional<TrackMark> LaneTrack::firstCrossingIn(std::size_t level, std::size_t node,
    std::int64_t atNs, std::int64_t resolutionNs, const Read& read) const
{
    const TrackSummary& summary = m_levels[level][node];
    if (summary.operations == 0 || summary.firstStartNs >= atNs || summary.latestEndNs < atNs)
        return std::nullopt;
    for (std::size_t below = node * kFanOut; below < endOf(level, node); ++below) {
        const auto mark = level > 0 ? firstCrossingIn(level - 1, below, atNs, resolutionNs, read)
                                    : markAt(below, resolutionNs, read);
        if (mark && mark->startNs < atNs && mark->endNs >= atNs)
            return mark;
    }
    return std::nullopt;
}

} // namespace swb::ui
