// SPDX-License-Identifier: GPL-3.0-or-later
/// What is where in a picture of the timeline.
#include "ui/timeline/timeline_scene.h"

#include <algorithm>
#include <cmath>

namespace swb::ui {

namespace {
constexpr int kHitRadius = 3; // pixels
constexpr int kWaitingZone = 3; // pixels: where what waits for others is drawn
} // namespace

int laneAt(int y, const QRect& area, const TimelineScene& scene, const QFont& font)
{
    const TimelineMetrics metrics(font);
    const QRect lanes = metrics.lanes(area);
    if (y < lanes.top())
        return -1;
    const int index = (y - lanes.top() + scene.scrolled) / metrics.lane;
    return index < static_cast<int>(scene.shown.size()) ? index : -1;
}

std::optional<std::uint32_t> operationAt(
    const QPoint& position, const QRect& area, const TimelineScene& scene, const QFont& font)
{
    const TimelineMetrics metrics(font);
    const QRect lanes = metrics.lanes(area);
    const int index = laneAt(position.y(), area, scene, font);
    if (index < 0 || position.x() < lanes.left())
        return std::nullopt;
    const TimelineLane& lane = *scene.shown[static_cast<std::size_t>(index)];
    const int inLane = (position.y() - lanes.top() + scene.scrolled) % metrics.lane;
    const LaneTrack& track = inLane <= metrics.track ? lane.writes : lane.reads;
    const double x = position.x() - lanes.left();
    const std::int64_t at = scene.scale.timeAt(x);

    // A tick near the pointer goes before a bar that lies under it.
    std::optional<std::uint32_t> nearest;
    double distance = kHitRadius + 1;
    bool nearestFailed = false;
    const auto consider = [&](std::uint32_t row, std::int64_t startNs, bool failed) {
        const double away = std::abs(scene.scale.x(startNs) - x);
        if (away > kHitRadius || (nearestFailed && !failed)
            || (failed == nearestFailed && away >= distance))
            return;
        nearest = row;
        distance = away;
        nearestFailed = failed;
    };
    const auto resolution
        = static_cast<std::int64_t>(std::max(1.0, std::ceil(scene.scale.nsPerPixel)));
    track.visit(scene.scale.timeAt(x - kHitRadius), scene.scale.timeAt(x + kHitRadius), resolution,
        {[&](const TrackMark& mark) { consider(mark.row, mark.startNs, mark.failed()); },
            [&](const TrackSummary& group) {
                const bool failed = group.failedRow != TrackSummary::kNoRow;
                consider(failed ? group.failedRow : group.longestRow, group.firstStartNs, failed);
            }});
    if (nearest)
        return nearest;
    // Of bars over one another the one whose turn it is; at their lower edge the one that came
    // last.
    const int inTrack = inLane <= metrics.track ? inLane : inLane - metrics.track;
    const auto under = track.crossing(at, 1);
    if (under.empty())
        return std::nullopt;
    if (inTrack >= metrics.track - kWaitingZone)
        return under.front().row;
    const auto first = track.firstCrossing(at);
    return first ? first->row : under.front().row;
}

} // namespace swb::ui
