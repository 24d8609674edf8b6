// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "program.h"

#include <string>
#include <vector>

namespace swb::bench {

double medianOf(std::vector<double> values);
std::string describe(const Row& row, const Target& target);
std::string markdown(const RowResult& result);
std::string markdownOfTargets(const std::vector<Reached>& targets);
/// Machine, version, every row, every target.
std::string markdown(const Results& results);
std::string toJson(const Results& results);

} // namespace swb::bench
