// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/filter/fields.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swb::trace::filter {

enum class Comparator : std::uint8_t {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
};

/// A value, or with `in` all from `low` to `high`, both included.
///
/// **Units** bytes, percent, nanoseconds, or the number of an enumerator. Sizes use all 64 bits, so
/// they are kept as what they are; negative values as their two's complement.
struct Range {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const Range&) const = default;
};

/// A filter as it was written, without its blanks, parentheses and abbreviations.
struct Node {
    enum class Kind : std::uint8_t {
        All, ///< Every child holds; without children: always.
        Any, ///< One child holds.
        Not, ///< The only child does not hold.
        Flag,
        Comparison,
    };
    Kind kind = Kind::All;
    Flag flag = Flag::Pending;
    Field field = Field::Id;
    Comparator comparator = Comparator::Equal;
    std::vector<Range> values; ///< One, except for Comparator::In.
    std::vector<Node> children;

    friend bool operator==(const Node& a, const Node& b)
    {
        return a.kind == b.kind && a.flag == b.flag && a.field == b.field
            && a.comparator == b.comparator && a.values == b.values && a.children == b.children;
    }
};

/// The filter in its usual form: parsing it gives an equal tree.
std::string toText(const Node& node);

} // namespace swb::trace::filter
