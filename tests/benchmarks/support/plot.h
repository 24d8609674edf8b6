// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace swb::bench {

struct Series {
    std::string name;
    std::vector<std::pair<double, double>> points; ///< by rising x, all above 0
};

/// A line for each series, both axes logarithmic, as an SVG document.
std::string plot(const std::string& title, const std::string& xName, const std::string& yName,
    const std::vector<Series>& series);

} // namespace swb::bench
