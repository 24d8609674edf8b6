// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/operation_focus.h"
#include "ui/timeline/time_scale.h"
#include "ui/timeline/timeline_lanes.h"

#include <QFont>
#include <QPalette>
#include <QRect>
#include <QString>

#include <array>
#include <functional>
#include <optional>
#include <vector>

class QPainter;

namespace swb::ui {

/// Sizes of the timeline's parts, from its font.
struct TimelineMetrics {
    explicit TimelineMetrics(const QFont& font);
    /// Where the lanes are in `area`, without ruler and names.
    QRect lanes(const QRect& area) const;
    int ruler; ///< Height of the ruler at the top.
    int track; ///< Height of one direction of a lane.
    int lane; ///< Height of a lane with both, and its gap.
    int gutter; ///< Width of the names at the left.
};

/// Everything a picture of the timeline shows: the window and the exported picture are drawn from
/// the same. Short-lived: borrows the lanes.
struct TimelineScene {
    const TimelineLanes& lanes;
    std::vector<const TimelineLane*> shown{}; ///< From the top.
    TimeScale scale{};
    std::int64_t originNs = 0; ///< Where the ruler's 0 is.
    std::int64_t nowNs = 0; ///< Where pending bars end.
    std::uint64_t selected = 0; ///< Operation ids; 0: none.
    std::uint64_t hovered = 0;
    std::optional<TimeRange> range{};
    std::array<std::optional<std::int64_t>, 2> marks{}; ///< For measuring.
    int scrolled = 0; ///< Pixels of lanes above the top.
    bool focused = false; ///< Whether the keyboard is here.
    int currentLane = -1; ///< Index into shown.
    std::function<QString(std::uint32_t socketId)> laneName{};
    /// What an operation sends, in words: items and files; may be empty.
    std::function<QString(std::uint64_t operationId)> content{};
    /// Why it is pending; empty when it is not.
    std::function<QString(const trace::OperationRecord& record)> reason{};
};

/// Paints the scene into `area`. Costs as much as there are pixels, however many operations.
void paintTimeline(QPainter& painter, const QRect& area, const TimelineScene& scene,
    const QPalette& palette, const QFont& font);

/// The row of the operation that is drawn at `position` of `area`; nothing: none.
std::optional<std::uint32_t> operationAt(
    const QPoint& position, const QRect& area, const TimelineScene& scene, const QFont& font);

/// The index into `shown` of the lane at `y`; -1: none.
int laneAt(int y, const QRect& area, const TimelineScene& scene, const QFont& font);

} // namespace swb::ui
