// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/time_scale.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace swb::ui {

namespace {

constexpr double kAir = 0.03; // of the width, on both sides
constexpr double kLargestNs = 9.2e18; // what fits into 64 bits

struct Unit {
    std::int64_t ns;
    const char* name;
};
constexpr std::array<Unit, 4> kUnits{
    {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "µs"}, {1, "ns"}}};

/// The smallest of 1, 2, 5, 10, 20, ... that is not below `wanted`.
std::int64_t roundStep(double wanted)
{
    std::int64_t power = 1;
    for (;;) {
        for (const std::int64_t times : {1, 2, 5}) {
            if (static_cast<double>(power * times) >= wanted)
                return power * times;
        }
        if (power >= 1'000'000'000'000'000'000)
            return power;
        power *= 10;
    }
}

} // namespace

std::int64_t TimeScale::timeAt(double pixel) const noexcept
{
    return static_cast<std::int64_t>(
        std::clamp(std::round(startNs + pixel * nsPerPixel), -kLargestNs, kLargestNs));
}

TimeScale TimeScale::zoomed(double factor, double aroundPixel) const noexcept
{
    TimeScale result = *this;
    result.nsPerPixel = std::clamp(nsPerPixel * factor, kClosest, kFarthest);
    result.startNs = startNs + aroundPixel * (nsPerPixel - result.nsPerPixel);
    return result;
}

TimeScale TimeScale::panned(double pixels) const noexcept
{
    TimeScale result = *this;
    result.startNs += pixels * nsPerPixel;
    return result;
}

TimeScale TimeScale::endingAt(std::int64_t ns) const noexcept
{
    TimeScale result = *this;
    result.startNs = static_cast<double>(ns) - width * nsPerPixel;
    return result;
}

TimeScale TimeScale::withWidth(double pixels) const noexcept
{
    TimeScale result = *this;
    result.width = std::max(pixels, 1.0);
    return result;
}

TimeScale TimeScale::fitting(std::int64_t fromNs, std::int64_t toNs, double width) noexcept
{
    TimeScale result;
    result.width = std::max(width, 1.0);
    const double inside = result.width * (1 - 2 * kAir);
    const double span = static_cast<double>(std::max<std::int64_t>(toNs - fromNs, 1));
    result.nsPerPixel = std::clamp(span / inside, kClosest, kFarthest);
    const double middle = static_cast<double>(fromNs) + span / 2;
    result.startNs = middle - result.width / 2 * result.nsPerPixel;
    return result;
}

std::string tickLabel(std::int64_t sinceOriginNs, std::int64_t stepNs)
{
    const std::int64_t size = std::abs(sinceOriginNs);
    // The largest unit that the time reaches and that the step fills with three decimals.
    const Unit* unit = &kUnits.back();
    for (const Unit& candidate : kUnits) {
        if (stepNs >= candidate.ns || (size >= candidate.ns && stepNs * 1000 >= candidate.ns)) {
            unit = &candidate;
            break;
        }
    }
    int decimals = 0;
    for (std::int64_t step = stepNs; step < unit->ns && decimals < 9; step *= 10)
        ++decimals;
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%s%.*f %s",
        sinceOriginNs < 0       ? "−"
            : sinceOriginNs > 0 ? "+"
                                : "",
        decimals, static_cast<double>(size) / static_cast<double>(unit->ns), unit->name);
    return text.data();
}

std::vector<TimeTick> timeTicks(const TimeScale& scale, std::int64_t originNs, double spacing)
{
    const std::int64_t step = roundStep(std::max(spacing, 1.0) * scale.nsPerPixel);
    const double first
        = std::ceil((scale.startNs - static_cast<double>(originNs)) / static_cast<double>(step));
    std::vector<TimeTick> ticks;
    for (auto n = static_cast<std::int64_t>(first);; ++n) {
        const std::int64_t since = n * step;
        const std::int64_t ns = originNs + since;
        if (static_cast<double>(ns) > scale.endNs())
            return ticks;
        ticks.push_back({ns, tickLabel(since, step)});
    }
}

} // namespace swb::ui
