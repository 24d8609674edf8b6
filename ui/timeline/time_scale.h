// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace swb::ui {

/// How times lie on a line of pixels. A value without a widget: zooming and panning make a new one.
///
/// **Units** steady_clock nanoseconds, and device-independent pixels from the left of the lanes.
struct TimeScale {
    static constexpr double kClosest = 1.0 / 64; ///< Nanoseconds for a pixel: nothing is nearer.
    static constexpr double kFarthest = 60e9; ///< A minute for a pixel.

    double startNs = 0; ///< The time at pixel 0.
    double nsPerPixel = 1e6;
    double width = 1; ///< Pixels.

    double x(std::int64_t ns) const noexcept
    {
        return (static_cast<double>(ns) - startNs) / nsPerPixel;
    }
    std::int64_t timeAt(double pixel) const noexcept;
    double endNs() const noexcept { return startNs + width * nsPerPixel; }

    /// `factor` below 1 comes nearer; the time at `aroundPixel` stays there.
    TimeScale zoomed(double factor, double aroundPixel) const noexcept;
    TimeScale panned(double pixels) const noexcept;
    /// As near, with its right end at `ns`.
    TimeScale endingAt(std::int64_t ns) const noexcept;
    TimeScale withWidth(double pixels) const noexcept;
    /// Shows `fromNs` to `toNs` with a little air on both sides.
    static TimeScale fitting(std::int64_t fromNs, std::int64_t toNs, double width) noexcept;

    bool operator==(const TimeScale&) const = default;
};

/// A mark of the ruler.
struct TimeTick {
    std::int64_t ns = 0; ///< steady_clock
    std::string label; ///< "+1.25 s" since the origin.
};

/// Ticks at round times since `originNs`, at least `spacing` pixels apart: 1, 2 or 5 times a power
/// of ten.
std::vector<TimeTick> timeTicks(const TimeScale& scale, std::int64_t originNs, double spacing);

/// "0 s", "+1.25 ms", "−3 µs": with as many decimals as a step of `stepNs` needs.
std::string tickLabel(std::int64_t sinceOriginNs, std::int64_t stepNs);

} // namespace swb::ui
