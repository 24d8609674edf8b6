// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/parser.h"

#include "engine/trace/filter/lexer.h"
#include "engine/trace/filter/values.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace swb::trace::filter {
namespace {

std::string quote(std::string_view text)
{
    constexpr std::size_t kMost = 40;
    std::string shown(text.substr(0, kMost));
    if (text.size() > kMost) {
        // Not in the middle of a character.
        while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xc0U) == 0x80)
            shown.pop_back();
        shown += "...";
    }
    return "'" + shown + "'";
}

Comparator comparatorOf(TokenKind kind)
{
    switch (kind) {
    case TokenKind::NotEqual:
        return Comparator::NotEqual;
    case TokenKind::Less:
        return Comparator::Less;
    case TokenKind::LessOrEqual:
        return Comparator::LessOrEqual;
    case TokenKind::Greater:
        return Comparator::Greater;
    case TokenKind::GreaterOrEqual:
        return Comparator::GreaterOrEqual;
    case TokenKind::In:
        return Comparator::In;
    default:
        return Comparator::Equal;
    }
}

bool isOrdering(Comparator comparator)
{
    return comparator != Comparator::Equal && comparator != Comparator::NotEqual
        && comparator != Comparator::In;
}

/// Recursive descent. The first error ends it: fail() keeps it and everything returns nothing.
class Parser {
public:
    Parser(std::string_view text, const ThreadNames& threads)
        : m_threads(threads)
        , m_tokens(tokens(text))
    {
    }

    std::variant<Node, FilterError> run()
    {
        if (now().kind == TokenKind::End)
            return Node{};
        std::optional<Node> node = any();
        if (node && now().kind != TokenKind::End)
            node = failAfterTerm();
        if (m_error)
            return std::move(*m_error);
        return std::move(*node);
    }

private:
    using Result = std::optional<Node>;

    const Token& now() const { return m_tokens[m_at]; }
    bool accept(TokenKind kind)
    {
        if (now().kind != kind)
            return false;
        ++m_at;
        return true;
    }

    std::nullopt_t failAt(const Token& token, std::string message)
    {
        if (!m_error)
            m_error = FilterError{token.position, token.length, std::move(message)};
        return std::nullopt;
    }

    std::nullopt_t failAfterTerm()
    {
        if (now().kind == TokenKind::CloseParenthesis)
            return failAt(now(), "this ')' closes nothing");
        if (now().text == "&" || now().text == "|")
            return failAt(now(), "write it twice: '&&' or '||'");
        return failAt(now(), "expected '&&' or '||' before " + quote(now().text));
    }

    /// One term, or terms between `separator`; those of the same kind within are taken in.
    template <typename Term> Result list(Node::Kind kind, TokenKind separator, Term term)
    {
        Node node;
        node.kind = kind;
        do {
            Result next = term();
            if (!next)
                return std::nullopt;
            if (next->kind == kind && !next->children.empty())
                std::move(next->children.begin(), next->children.end(),
                    std::back_inserter(node.children));
            else
                node.children.push_back(std::move(*next));
        } while (accept(separator));
        if (node.children.size() == 1) {
            Node only = std::move(node.children.front());
            return only;
        }
        return node;
    }

    Result any()
    {
        return list(Node::Kind::Any, TokenKind::Or, [this] { return all(); });
    }
    Result all()
    {
        return list(Node::Kind::All, TokenKind::And, [this] { return negation(); });
    }

    Result negation()
    {
        const Token start = now();
        if (start.kind != TokenKind::Not && start.kind != TokenKind::OpenParenthesis)
            return term();
        // One level is kept for the parentheses that the usual form puts around what is negated.
        if (m_depth >= (start.kind == TokenKind::Not ? kDeepest - 1 : kDeepest))
            return failAt(start, "parentheses and ! stand too deep in one another");
        ++m_at;
        ++m_depth;
        Result inner = start.kind == TokenKind::Not ? negation() : any();
        --m_depth;
        if (!inner)
            return std::nullopt;
        if (start.kind == TokenKind::Not) {
            Node node;
            node.kind = Node::Kind::Not;
            node.children.push_back(std::move(*inner));
            return node;
        }
        if (!accept(TokenKind::CloseParenthesis)) {
            if (now().kind == TokenKind::End)
                return failAt(start, "this '(' is never closed");
            return failAfterTerm();
        }
        return inner;
    }

    Result term()
    {
        const Token word = now();
        if (word.kind == TokenKind::End)
            return failAt(
                word, "expected a field or a flag here, for example 'bytes' or 'pending'");
        if (word.kind != TokenKind::Word)
            return failAt(word,
                "expected a field or a flag before " + quote(word.text) + ", for example 'bytes'");
        ++m_at;
        if (const FieldInfo* field = findField(word.text))
            return comparison(*field, word);
        const FlagInfo* flag = findFlag(word.text);
        if (!flag)
            return failAt(word, unknownWord(word.text));
        if (isComparison(now().kind))
            return failAt(now(),
                quote(word.text) + " stands alone: write '" + std::string(flag->name) + "' or '!"
                    + std::string(flag->name) + "'");
        Node node;
        node.kind = Node::Kind::Flag;
        node.flag = flag->flag;
        return node;
    }

    std::string unknownWord(std::string_view word) const
    {
        std::vector<std::string_view> words;
        for (const FieldInfo& info : allFields()) {
            words.push_back(info.name);
            if (!info.alias.empty())
                words.push_back(info.alias);
        }
        for (const FlagInfo& info : allFlags()) {
            words.push_back(info.name);
            if (!info.alias.empty())
                words.push_back(info.alias);
        }
        std::string message = quote(word) + " is not a field";
        if (const std::string_view near = nearestWord(word, words); !near.empty())
            return message + "; did you mean '" + std::string(near) + "'?";
        return message + " and no flag; there are for example socket, kind, bytes, error, pending";
    }

    Result comparison(const FieldInfo& field, const Token& word)
    {
        const Token sign = now();
        if (!isComparison(sign.kind)) {
            const std::string example = ", for example '" + std::string(field.example) + "'";
            return failAt(word, quote(word.text) + " needs a comparison" + example);
        }
        ++m_at;
        Node node;
        node.kind = Node::Kind::Comparison;
        node.field = field.field;
        node.comparator = comparatorOf(sign.kind);
        if (isOrdering(node.comparator) && !hasOrder(field.type))
            return failAt(
                sign, quote(field.name) + " has no order: compare it with ==, != or in {...}");
        if (node.comparator == Comparator::In)
            return set(field, std::move(node));
        const auto value = this->value(field);
        if (!value)
            return std::nullopt;
        if (now().kind == TokenKind::DotDot)
            return failAt(now(),
                "a range stands after 'in': '" + std::string(field.name) + " in "
                    + valueText(field.type, *value) + "..' and its end");
        node.values.push_back({*value, *value});
        return node;
    }

    Result set(const FieldInfo& field, Node node)
    {
        const Token start = now();
        const bool braces = accept(TokenKind::OpenBrace);
        do {
            const auto range = this->range(field);
            if (!range)
                return std::nullopt;
            node.values.push_back(*range);
        } while (braces && accept(TokenKind::Comma));
        if (braces && !accept(TokenKind::CloseBrace)) {
            if (now().kind == TokenKind::End)
                return failAt(start, "this '{' is never closed");
            return failAt(now(), "expected ',' or '}' before " + quote(now().text));
        }
        if (!braces && now().kind == TokenKind::Comma)
            return failAt(now(),
                "several values stand in braces, for example '" + std::string(field.name)
                    + " in {...}'");
        return node;
    }

    std::optional<Range> range(const FieldInfo& field)
    {
        const Token first = now();
        const auto low = value(field);
        if (!low)
            return std::nullopt;
        if (now().kind != TokenKind::DotDot)
            return Range{*low, *low};
        if (!hasOrder(field.type))
            return failAt(now(), quote(field.name) + " has no order, so there is no range of it");
        ++m_at;
        const auto high = value(field);
        if (!high)
            return std::nullopt;
        const bool isSigned = field.type == ValueType::Moment || field.type == ValueType::Duration;
        const bool backwards = isSigned
            ? static_cast<std::int64_t>(*low) > static_cast<std::int64_t>(*high)
            : *low > *high;
        if (backwards) {
            const Token& last = m_tokens[m_at - 1];
            return failAt({TokenKind::Unknown, first.position,
                              last.position + last.length - first.position, {}, false},
                "this range ends before it starts");
        }
        return Range{*low, *high};
    }

    std::optional<std::uint64_t> value(const FieldInfo& field)
    {
        const Token token = now();
        if (token.kind == TokenKind::Number)
            return number(field);
        if (token.kind == TokenKind::Quoted && token.open)
            return failAt(token, "the second '\"' is missing");
        if (token.kind == TokenKind::Word || token.kind == TokenKind::Quoted)
            return name(field);
        const std::string expected = "expected a value for " + quote(field.name) + ", as in '"
            + std::string(field.example) + "'";
        return failAt(token, expected);
    }

    std::optional<std::uint64_t> name(const FieldInfo& field)
    {
        const Token token = now();
        const std::vector<NamedValue> known = namedValues(field.type, m_threads);
        const auto found = std::find_if(known.begin(), known.end(),
            [&](const NamedValue& each) { return equalsIgnoringCase(each.name, token.text); });
        if (found != known.end()) {
            ++m_at;
            return static_cast<std::uint64_t>(found->value);
        }
        std::string message = quote(token.text) + " is no value of " + quote(field.name);
        std::vector<std::string_view> names;
        for (const NamedValue& each : known)
            names.push_back(each.name);
        if (const std::string_view near = nearestWord(token.text, names); !near.empty())
            message += "; did you mean '" + std::string(near) + "'?";
        else if (findField(token.text) || findFlag(token.text) || known.empty())
            message += ", as in '" + std::string(field.example) + "'";
        else
            message += "; there are for example " + known.front().name
                + (known.size() > 1 ? " and " + known.back().name : "");
        return failAt(token, message);
    }

    std::optional<std::uint64_t> number(const FieldInfo& field)
    {
        const Token token = now();
        const bool negative = token.text.front() == '-';
        const bool mayBeNegative
            = field.type == ValueType::Moment || field.type == ValueType::Error;
        if (field.type == ValueType::Kind || field.type == ValueType::Outcome)
            return failAt(token,
                quote(field.name) + " is compared with a word, as in '" + std::string(field.example)
                    + "'");
        if (negative && !mayBeNegative)
            return failAt(token, quote(field.name) + " is never negative");
        ++m_at;
        const auto factor = this->unit(field, token);
        if (!factor)
            return std::nullopt;
        auto result = scaled(token.text.substr(negative ? 1 : 0), *factor);
        if (const auto* why = std::get_if<std::string>(&result))
            return failAt(token, *why);
        const std::uint64_t amount = std::get<std::uint64_t>(result);
        if (amount > mostOf(field.type))
            return failAt(token, "the number is too large");
        return negative ? 0 - amount : amount;
    }

    static std::uint64_t mostOf(ValueType type)
    {
        switch (type) {
        case ValueType::Duration:
        case ValueType::Moment:
            // Half of all there is, so that adding the origin of time to it cannot overflow.
            return static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 2);
        case ValueType::Error:
        case ValueType::Native:
            return std::numeric_limits<std::int32_t>::max();
        case ValueType::Share:
            return 100;
        case ValueType::Thread:
            return std::numeric_limits<std::uint16_t>::max();
        default:
            return std::numeric_limits<std::uint64_t>::max();
        }
    }

    std::optional<std::uint64_t> unit(const FieldInfo& field, const Token& number)
    {
        const Token token = now();
        const bool adjoins = token.position == number.position + number.length;
        const std::string_view units = unitsOf(field.type);
        if (token.kind == TokenKind::Percent && field.type == ValueType::Share) {
            ++m_at;
            return 1;
        }
        if (token.kind == TokenKind::Word) {
            if (const std::uint64_t factor = unitFactor(field.type, token.text)) {
                ++m_at;
                return factor;
            }
            if (!units.empty() && !findField(token.text) && !findFlag(token.text))
                return failAt(token,
                    quote(token.text) + " is no unit of " + quote(field.name) + "; there are "
                        + std::string(units));
            if (adjoins)
                return failAt(token, quote(field.name) + " has no unit");
        }
        const bool isTime = field.type == ValueType::Duration || field.type == ValueType::Moment;
        if (isTime && number.text.find_first_not_of("-0.") != std::string_view::npos)
            return failAt(number,
                quote(number.text) + " needs a unit: " + std::string(units) + ", as in '"
                    + std::string(field.example) + "'");
        return 1;
    }

    const ThreadNames& m_threads;
    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    int m_depth = 0;
    std::optional<FilterError> m_error;
};

} // namespace

std::variant<Node, FilterError> parse(std::string_view text, const ThreadNames& threads)
{
    if (text.size() > kLongestText)
        return FilterError{kLongestText, text.size() - kLongestText, "the filter is too long"};
    return Parser(text, threads).run();
}

} // namespace swb::trace::filter
