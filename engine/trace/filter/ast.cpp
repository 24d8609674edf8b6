// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/ast.h"

#include "engine/trace/filter/values.h"

#include <string_view>

namespace swb::trace::filter {
namespace {

std::string_view signOf(Comparator comparator)
{
    switch (comparator) {
    case Comparator::Equal:
        return " == ";
    case Comparator::NotEqual:
        return " != ";
    case Comparator::Less:
        return " < ";
    case Comparator::LessOrEqual:
        return " <= ";
    case Comparator::Greater:
        return " > ";
    case Comparator::GreaterOrEqual:
        return " >= ";
    case Comparator::In:
        break;
    }
    return " in ";
}

void append(std::string& text, ValueType type, const Range& range)
{
    text += valueText(type, range.low);
    if (range.low != range.high)
        text += ".." + valueText(type, range.high);
}

void append(std::string& text, const Node& node);

void appendComparison(std::string& text, const Node& node)
{
    const FieldInfo& info = infoOf(node.field);
    text += info.name;
    text += signOf(node.comparator);
    const bool braces = node.comparator == Comparator::In
        && (node.values.size() != 1 || node.values.front().low == node.values.front().high);
    text += braces ? "{" : "";
    for (std::size_t i = 0; i < node.values.size(); ++i) {
        text += i > 0 ? ", " : "";
        append(text, info.type, node.values[i]);
    }
    text += braces ? "}" : "";
}

/// Within parentheses where the same text without them would be another filter.
void appendChild(std::string& text, const Node& child, Node::Kind parent)
{
    const bool list = child.kind == Node::Kind::All || child.kind == Node::Kind::Any;
    const bool needed = parent == Node::Kind::Not
        ? list || child.kind == Node::Kind::Comparison
        : list && !(parent == Node::Kind::Any && child.kind == Node::Kind::All);
    text += needed ? "(" : "";
    append(text, child);
    text += needed ? ")" : "";
}

void append(std::string& text, const Node& node)
{
    switch (node.kind) {
    case Node::Kind::Flag:
        text += infoOf(node.flag).name;
        return;
    case Node::Kind::Comparison:
        appendComparison(text, node);
        return;
    case Node::Kind::Not:
        text += '!';
        appendChild(text, node.children.front(), node.kind);
        return;
    case Node::Kind::All:
    case Node::Kind::Any:
        break;
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0)
            text += node.kind == Node::Kind::All ? " && " : " || ";
        appendChild(text, node.children[i], node.kind);
    }
}

} // namespace

std::string toText(const Node& node)
{
    std::string text;
    append(text, node);
    return text;
}

} // namespace swb::trace::filter
