// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/lane_track.h"

#include <algorithm>

namespace swb::ui {

void TrackSummary::add(const TrackSummary& other) noexcept
{
    firstStartNs = std::min(firstStartNs, other.firstStartNs);
    lastStartNs = std::max(lastStartNs, other.lastStartNs);
    latestEndNs = std::max(latestEndNs, other.latestEndNs);
    if (other.longestNs > longestNs) {
        longestNs = other.longestNs;
        longestRow = other.longestRow;
    }
    failedRow = std::min(failedRow, other.failedRow);
    operations += other.operations;
    synchronous += other.synchronous;
    pending += other.pending;
    failed += other.failed;
    aborted += other.aborted;
}

TrackSummary TrackSummary::of(const trace::OperationRecord& record, std::uint32_t row) noexcept
{
    TrackSummary summary;
    if (record.kind == SocketAsyncOperation::None)
        return summary; // lost: it has no time
    summary.firstStartNs = summary.lastStartNs = record.submittedNs;
    summary.operations = 1;
    summary.longestRow = row;
    switch (trace::outcome(record)) {
    case trace::Outcome::Pending:
        summary.pending = 1;
        summary.latestEndNs = kStillPending;
        summary.longestNs = kStillPending - record.submittedNs; // the oldest is the longest
        return summary;
    case trace::Outcome::Synchronous:
        summary.synchronous = 1;
        break;
    case trace::Outcome::Failed:
        summary.failed = 1;
        summary.failedRow = row;
        break;
    case trace::Outcome::Aborted:
        summary.aborted = 1;
        summary.failedRow = row;
        break;
    case trace::Outcome::Completed:
        break;
    }
    summary.latestEndNs = std::max(record.submittedNs, record.completedNs);
    summary.longestNs = summary.latestEndNs - record.submittedNs;
    return summary;
}

void LaneTrack::append(std::uint32_t row, const trace::OperationRecord& record)
{
    std::size_t node = m_rows.size() / kFanOut;
    m_rows.push_back(row);
    const TrackSummary summary = TrackSummary::of(record, row);
    if (m_levels.empty())
        m_levels.emplace_back();
    for (std::size_t level = 0;; ++level, node /= kFanOut) {
        if (level == m_levels.size()) { // the level below has a second node
            TrackSummary both;
            for (const TrackSummary& below : m_levels[level - 1])
                both.add(below);
            m_levels.push_back({both});
            return;
        }
        Level& nodes = m_levels[level];
        if (node == nodes.size())
            nodes.emplace_back();
        nodes[node].add(summary);
        if (nodes.size() == 1)
            return; // nothing above a single node is needed
    }
}

bool LaneTrack::contains(std::uint32_t row) const noexcept
{
    return std::binary_search(m_rows.begin(), m_rows.end(), row);
}

void LaneTrack::markChanged(std::uint32_t row)
{
    const auto at = std::lower_bound(m_rows.begin(), m_rows.end(), row);
    if (at == m_rows.end() || *at != row)
        return;
    const std::size_t node = static_cast<std::size_t>(at - m_rows.begin()) / kFanOut;
    if (m_changed.empty() || m_changed.back() != node)
        m_changed.push_back(node);
}

void LaneTrack::refresh(const Read& read)
{
    if (m_changed.empty())
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
        const std::size_t end = std::min((node + 1) * kFanOut, m_rows.size());
        for (std::size_t i = node * kFanOut; i < end; ++i)
            summary.add(TrackSummary::of(read(m_rows[i]), m_rows[i]));
        m_levels[0][node] = summary;
    }
    for (std::size_t level = 1; level < m_levels.size(); ++level) {
        for (std::size_t& node : nodes)
            node /= kFanOut;
        makeUnique(nodes);
        const Level& below = m_levels[level - 1];
        for (const std::size_t node : nodes) {
            TrackSummary summary;
            const std::size_t end = std::min((node + 1) * kFanOut, below.size());
            for (std::size_t i = node * kFanOut; i < end; ++i)
                summary.add(below[i]);
            m_levels[level][node] = summary;
        }
    }
}

TrackSummary LaneTrack::total() const noexcept
{
    TrackSummary summary;
    if (!m_levels.empty()) {
        for (const TrackSummary& node : m_levels.back())
            summary.add(node);
    }
    return summary;
}

std::size_t LaneTrack::memoryBytes() const noexcept
{
    std::size_t bytes = m_rows.capacity() * sizeof m_rows[0];
    for (const Level& level : m_levels)
        bytes += level.capacity() * sizeof(TrackSummary);
    return bytes;
}

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
        const std::size_t end = std::min((node + 1) * kFanOut, m_levels[level - 1].size());
        for (std::size_t below = node * kFanOut; below < end; ++below)
            visitNode(level - 1, below, fromNs, toNs, resolutionNs, sink);
        return;
    }
    const std::size_t end = std::min((node + 1) * kFanOut, m_rows.size());
    for (std::size_t i = node * kFanOut; i < end; ++i)
        sink.operation(m_rows[i]);
}

std::vector<std::uint32_t> LaneTrack::crossing(
    std::int64_t atNs, std::size_t limit, const Read& read) const
{
    std::vector<std::uint32_t> found;
    if (m_levels.empty())
        return found;
    const std::size_t top = m_levels.size() - 1;
    for (std::size_t node = m_levels[top].size(); node-- > 0 && found.size() < limit;)
        crossingIn(top, node, atNs, limit, read, found);
    return found;
}

void LaneTrack::crossingIn(std::size_t level, std::size_t node, std::int64_t atNs,
    std::size_t limit, const Read& read, std::vector<std::uint32_t>& found) const
{
    const TrackSummary& summary = m_levels[level][node];
    if (summary.operations == 0 || summary.firstStartNs >= atNs || summary.latestEndNs < atNs)
        return;
    if (level > 0) {
        const std::size_t end = std::min((node + 1) * kFanOut, m_levels[level - 1].size());
        for (std::size_t below = end; below-- > node * kFanOut && found.size() < limit;)
            crossingIn(level - 1, below, atNs, limit, read, found);
        return;
    }
    const std::size_t end = std::min((node + 1) * kFanOut, m_rows.size());
    for (std::size_t i = end; i-- > node * kFanOut && found.size() < limit;) {
        const TrackSummary one = TrackSummary::of(read(m_rows[i]), m_rows[i]);
        if (one.operations != 0 && one.firstStartNs < atNs && one.latestEndNs >= atNs)
            found.push_back(m_rows[i]);
    }
}

std::optional<std::uint32_t> LaneTrack::firstCrossing(std::int64_t atNs, const Read& read) const
{
    std::optional<std::uint32_t> found;
    if (m_levels.empty())
        return found;
    const std::size_t top = m_levels.size() - 1;
    for (std::size_t node = 0; node < m_levels[top].size() && !found; ++node)
        found = firstCrossingIn(top, node, atNs, read);
    return found;
}

std::optional<std::uint32_t> LaneTrack::firstCrossingIn(
    std::size_t level, std::size_t node, std::int64_t atNs, const Read& read) const
{
    const TrackSummary& summary = m_levels[level][node];
    if (summary.operations == 0 || summary.firstStartNs >= atNs || summary.latestEndNs < atNs)
        return std::nullopt;
    const std::size_t size = level > 0 ? m_levels[level - 1].size() : m_rows.size();
    const std::size_t end = std::min((node + 1) * kFanOut, size);
    for (std::size_t i = node * kFanOut; i < end; ++i) {
        if (level > 0) {
            if (const auto found = firstCrossingIn(level - 1, i, atNs, read))
                return found;
            continue;
        }
        const TrackSummary one = TrackSummary::of(read(m_rows[i]), m_rows[i]);
        if (one.operations != 0 && one.firstStartNs < atNs && one.latestEndNs >= atNs)
            return m_rows[i];
    }
    return std::nullopt;
}

} // namespace swb::ui
