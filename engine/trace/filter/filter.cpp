// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/filter.h"

#include "engine/net/thread_id.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace swb::trace {

Filter::Filter()
    : Filter(filter::Node{})
{
}

Filter::Filter(filter::Node node)
    : m_compiled(std::make_shared<const Compiled>(std::move(node)))
{
}

void Filter::matchAll(std::span<const OperationRecord> records, const FilterMoment& moment,
    std::span<std::uint64_t> bits) const noexcept
{
    constexpr std::size_t kBits = 64;
    const filter::Program& program = m_compiled->program;
    for (std::size_t first = 0, word = 0; first < records.size(); first += kBits, ++word) {
        const std::size_t count = std::min(kBits, records.size() - first);
        std::uint64_t found = 0;
        for (std::size_t i = 0; i < count; ++i)
            found |= std::uint64_t{program.matches(records[first + i], moment)} << i;
        bits[word] = found;
    }
}

Filter operator&&(const Filter& a, const Filter& b)
{
    filter::Node both;
    for (const Filter* part : {&a, &b}) {
        const filter::Node& node = part->m_compiled->node;
        if (node.kind == filter::Node::Kind::All)
            both.children.insert(both.children.end(), node.children.begin(), node.children.end());
        else
            both.children.push_back(node);
    }
    if (both.children.size() == 1) {
        filter::Node only = std::move(both.children.front());
        return Filter(std::move(only));
    }
    return Filter(std::move(both));
}

FilterResult parseFilter(std::string_view text, const ThreadNames& threads)
{
    auto parsed = filter::parse(text, threads);
    if (auto* error = std::get_if<FilterError>(&parsed))
        return {Filter(), std::move(*error)};
    return {Filter(std::get<filter::Node>(std::move(parsed))), std::nullopt};
}

FilterResult parseFilter(std::string_view text)
{
    return parseFilter(text, namedThreads());
}

} // namespace swb::trace
