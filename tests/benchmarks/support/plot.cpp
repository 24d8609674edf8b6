// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace swb::bench {

namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 400;
constexpr double kLeft = 80;
constexpr double kRight = 20;
constexpr double kTop = 60;
constexpr double kBottom = 50;
constexpr std::array kColours{"#1f6feb", "#d1242f", "#2da44e", "#8250df"};

/// Whole powers of ten around what is shown.
struct Axis {
    int from = 0;
    int to = 1;
    double at(double value) const { return (std::log10(value) - from) / (to - from); }
};

Axis axisOf(const std::vector<Series>& series, double std::pair<double, double>::*part)
{
    double least = 1e300;
    double most = 0;
    for (const Series& each : series) {
        for (const auto& point : each.points) {
            least = std::min(least, point.*part);
            most = std::max(most, point.*part);
        }
    }
    if (most <= 0)
        return {};
    Axis axis{static_cast<int>(std::floor(std::log10(least))),
        static_cast<int>(std::ceil(std::log10(most)))};
    if (axis.to == axis.from)
        ++axis.to;
    return axis;
}

double xOf(const Axis& axis, double value)
{
    return kLeft + axis.at(value) * (kWidth - kLeft - kRight);
}

double yOf(const Axis& axis, double value)
{
    return kHeight - kBottom - axis.at(value) * (kHeight - kTop - kBottom);
}

std::string text(double x, double y, const std::string& anchor, const std::string& words,
    const std::string& more = {})
{
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y,
        anchor, more, words);
}

std::string line(double x1, double y1, double x2, double y2)
{
    return fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#ccc\"/>\n", x1, y1,
        x2, y2);
}

} // namespace

std::string plot(const std::string& title, const std::string& xName, const std::string& yName,
    const std::vector<Series>& series)
{
    const Axis xAxis = axisOf(series, &std::pair<double, double>::first);
    const Axis yAxis = axisOf(series, &std::pair<double, double>::second);
    std::string svg = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} "
                                  "{1}\" width=\"{0}\" height=\"{1}\" "
                                  "font-family=\"sans-serif\" font-size=\"12\">\n<rect "
                                  "width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        kWidth, kHeight);
    svg += text(kWidth / 2, 20, "middle", title, " font-size=\"14\"");
    svg += text(kWidth / 2, kHeight - 12, "middle", xName);
    svg += text(20, kHeight / 2, "middle", yName,
        fmt::format(" transform=\"rotate(-90 20 {})\"", kHeight / 2));
    for (int power = xAxis.from; power <= xAxis.to; ++power) {
        const double x = xOf(xAxis, std::pow(10, power));
        svg += line(x, kTop, x, kHeight - kBottom);
        svg += text(x, kHeight - kBottom + 18, "middle", fmt::format("{:g}", std::pow(10, power)));
    }
    for (int power = yAxis.from; power <= yAxis.to; ++power) {
        const double y = yOf(yAxis, std::pow(10, power));
        svg += line(kLeft, y, kWidth - kRight, y);
        svg += text(kLeft - 8, y + 4, "end", fmt::format("{:g}", std::pow(10, power)));
    }
    for (std::size_t i = 0; i < series.size(); ++i) {
        const std::string colour = kColours[i % kColours.size()];
        std::string points;
        for (const auto& [x, y] : series[i].points) {
            points += fmt::format("{:.1f},{:.1f} ", xOf(xAxis, x), yOf(yAxis, y));
            svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n",
                xOf(xAxis, x), yOf(yAxis, y), colour);
        }
        svg += fmt::format(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", points,
            colour);
        svg += text(kLeft + 10 + static_cast<double>(i) * 180, 44, "start", series[i].name,
            fmt::format(" fill=\"{}\"", colour));
    }
    return svg + "</svg>\n";
}

} // namespace swb::bench
