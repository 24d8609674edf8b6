// SPDX-License-Identifier: BSL-1.0
/// The filter language: which operations somebody wants to see, in one line of text. The grammar,
/// with examples, is in docs/filter.md.
#pragma once

#include "engine/trace/filter/completion.h"
#include "engine/trace/filter/fields.h"
#include "engine/trace/filter/parser.h"
#include "engine/trace/filter/program.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace swb::trace {

struct FilterResult;

/// What a record must be like, compiled: a value that is cheap to copy.
///
/// **Threads** const members are for any thread, on copies and on one and the same object.
class Filter {
public:
    /// Lets everything through.
    Filter();

    bool matches(const OperationRecord& record, const FilterMoment& moment) const noexcept
    {
        return m_compiled->program.matches(record, moment);
    }
    /// One bit for each record, from the lowest bit of the first word on; bits beyond the last
    /// record are 0. `bits` must have room for them.
    void matchAll(std::span<const OperationRecord> records, const FilterMoment& moment,
        std::span<std::uint64_t> bits) const noexcept;

    /// No record is kept back.
    bool isEverything() const noexcept { return m_compiled->program.isEverything(); }
    /// Whether the answer for an operation may change while it is pending, so that it must be asked
    /// again whenever its record changes.
    bool dependsOnProgress() const noexcept { return m_compiled->program.dependsOnProgress(); }
    /// Whether it may change while nothing happens but time going on (`duration`).
    bool dependsOnTime() const noexcept { return m_compiled->program.dependsOnTime(); }

    /// The usual form; parsing it gives an equal filter. "" lets everything through.
    std::string text() const { return filter::toText(m_compiled->node); }

    /// Both must let a record through.
    friend Filter operator&&(const Filter& a, const Filter& b);
    friend bool operator==(const Filter& a, const Filter& b)
    {
        return a.m_compiled == b.m_compiled || a.m_compiled->node == b.m_compiled->node;
    }

private:
    friend FilterResult parseFilter(std::string_view text, const ThreadNames& threads);
    struct Compiled {
        explicit Compiled(filter::Node tree)
            : node(std::move(tree))
            , program(node)
        {
        }
        filter::Node node;
        filter::Program program;
    };
    explicit Filter(filter::Node node);

    std::shared_ptr<const Compiled> m_compiled;
};

/// A filter, or why there is none.
struct FilterResult {
    Filter filter; ///< Lets everything through when there is an error.
    std::optional<FilterError> error;
    explicit operator bool() const noexcept { return !error; }
};

/// Reads a filter; the empty text lets everything through. `threads` are the names that `thread`,
/// `caller` and `worker` are compared with. Any thread.
FilterResult parseFilter(std::string_view text, const ThreadNames& threads);
/// The same with the threads of this process that have a name.
FilterResult parseFilter(std::string_view text);

} // namespace swb::trace
