// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/filter/ast.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace swb::trace {

/// Why a text is no filter.
struct FilterError {
    std::size_t position = 0; ///< In bytes from the start of the text; never beyond its end.
    std::size_t length = 0; ///< Of what is wrong; 0 at the end of the text, where something lacks.
    std::string message; ///< "'duraton' is not a field; did you mean 'duration'?"
    bool operator==(const FilterError&) const = default;
};

namespace filter {

/// Longest filter text, in bytes, and how deep parentheses and ! may stand in one another: far
/// beyond what anybody types, and little enough for every stack.
inline constexpr std::size_t kLongestText = 64 * 1024;
inline constexpr int kDeepest = 100;

std::variant<Node, FilterError> parse(std::string_view text, const ThreadNames& threads);

} // namespace filter
} // namespace swb::trace
