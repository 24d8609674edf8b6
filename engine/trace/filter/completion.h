// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/filter/fields.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace swb::trace {

/// What may stand at the cursor.
struct FilterCompletions {
    struct Item {
        std::string text; ///< To put in place of the word at the cursor.
        std::string help; ///< What it means, in a few words; may be empty.
    };
    /// The word at the cursor, which an item replaces; in bytes.
    std::size_t position = 0;
    std::size_t length = 0;
    std::vector<Item> items; ///< In the order in which to offer them.
};

/// Fields and flags, then comparisons, then values, then what connects two terms: whatever fits
/// behind the text before `cursor` and goes on with the word at it. `cursor` counts bytes; beyond
/// the end it means the end.
FilterCompletions completeFilter(
    std::string_view text, std::size_t cursor, const ThreadNames& threads);

} // namespace swb::trace
