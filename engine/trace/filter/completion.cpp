// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/completion.h"

#include "engine/trace/filter/lexer.h"
#include "engine/trace/filter/parser.h"

#include <algorithm>
#include <array>

namespace swb::trace {
namespace {

using filter::Token;
using filter::TokenKind;

/// What is expected next, after some tokens.
struct Place {
    enum class Expected { Term, Comparison, Value, Unit, Connective } expected = Expected::Term;
    const FieldInfo* field = nullptr;
    bool inBraces = false;
    bool afterIn = false;
};

using Expected = Place::Expected;

/// Goes over one token without judging it: the parser does that.
void pass(Place& place, const Token& token)
{
    switch (token.kind) {
    case TokenKind::And:
    case TokenKind::Or:
    case TokenKind::Not:
    case TokenKind::OpenParenthesis:
        place = {};
        return;
    case TokenKind::OpenBrace:
        place.inBraces = true;
        place.expected = Expected::Value;
        return;
    case TokenKind::Comma:
    case TokenKind::DotDot:
        place.expected = Expected::Value;
        return;
    case TokenKind::CloseBrace:
        place.inBraces = false;
        place.expected = Expected::Connective;
        return;
    case TokenKind::Number:
        place.expected = Expected::Unit;
        return;
    case TokenKind::Word:
        if (place.expected == Expected::Term) {
            place.field = findField(token.text);
            place.expected = place.field ? Expected::Comparison : Expected::Connective;
            return;
        }
        place.expected = Expected::Connective;
        return;
    default:
        if (filter::isComparison(token.kind)) {
            place.expected = Expected::Value;
            place.afterIn = token.kind == TokenKind::In;
            return;
        }
        place.expected = Expected::Connective;
    }
}

class Offer {
public:
    explicit Offer(std::string_view start)
        : m_start(start)
    {
    }
    void add(std::string_view text, std::string_view help = {})
    {
        if (startsWithIgnoringCase(text, m_start))
            m_items.push_back({std::string(text), std::string(help)});
    }
    std::vector<FilterCompletions::Item> take() { return std::move(m_items); }

private:
    std::string_view m_start;
    std::vector<FilterCompletions::Item> m_items;
};

void offerTerms(Offer& offer)
{
    for (const FieldInfo& info : allFields())
        offer.add(info.name, info.help);
    for (const FlagInfo& info : allFlags())
        offer.add(info.name, info.help);
    offer.add("not", "The opposite");
}

void offerComparisons(Offer& offer, const FieldInfo* field)
{
    offer.add("==", "is");
    offer.add("!=", "is not");
    if (field && hasOrder(field->type)) {
        offer.add("<", "less than");
        offer.add("<=", "at most");
        offer.add(">", "more than");
        offer.add(">=", "at least");
    }
    offer.add(
        "in", field && hasOrder(field->type) ? "one of {a, b}, or a range a..b" : "one of {a, b}");
}

void offerValues(Offer& offer, const FieldInfo& field, const ThreadNames& threads)
{
    for (const NamedValue& value : namedValues(field.type, threads)) {
        const bool plain = std::all_of(value.name.begin(), value.name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        });
        const std::string help = field.type == ValueType::Error || field.type == ValueType::Native
            ? std::to_string(value.value)
            : std::string();
        offer.add(plain ? value.name : '"' + value.name + '"', help);
    }
}

void offerUnits(Offer& offer, ValueType type)
{
    if (type == ValueType::Size) {
        offer.add("KiB", "1,024 bytes");
        offer.add("MiB", "1,024 KiB");
        offer.add("GiB", "1,024 MiB");
    } else if (type == ValueType::Duration || type == ValueType::Moment) {
        offer.add("ns", "nanoseconds");
        offer.add("us", "microseconds");
        offer.add("ms", "milliseconds");
        offer.add("s", "seconds");
    } else if (type == ValueType::Share) {
        offer.add("%", "percent");
    }
}

void offerConnectives(Offer& offer, const Place& place)
{
    if (place.inBraces) {
        offer.add(",", "another value");
        offer.add("}", "no more values");
        return;
    }
    offer.add("&&", "and");
    offer.add("||", "or");
}

/// A word of letters, "and" as much as "socket", or a value in quotes: what may be half typed.
bool isWord(const Token& token)
{
    const bool letters = token.kind == TokenKind::And || token.kind == TokenKind::Or
        || token.kind == TokenKind::Not || token.kind == TokenKind::In;
    return token.kind == TokenKind::Word || token.kind == TokenKind::Quoted
        || (letters && token.text.front() >= 'A' && token.text.front() <= 'z');
}

} // namespace

FilterCompletions completeFilter(
    std::string_view text, std::size_t cursor, const ThreadNames& threads)
{
    text = text.substr(0, filter::kLongestText);
    cursor = std::min(cursor, text.size());
    FilterCompletions result{cursor, 0, {}};
    Place place;
    std::string_view start;
    for (const Token& token : filter::tokens(text)) {
        if (token.kind == TokenKind::End || token.position >= cursor)
            break;
        const std::size_t end = token.position + token.length;
        const bool closed = token.kind == TokenKind::Quoted && !token.open && end == cursor;
        const bool signStart = filter::isComparison(token.kind) && end == cursor
            && place.expected == Expected::Comparison;
        if (((isWord(token) && !closed) || signStart) && end >= cursor) {
            result.position = token.position;
            result.length = token.length;
            start = text.substr(token.position, cursor - token.position);
            break;
        }
        if (end > cursor)
            return result; // In the middle of a number: nothing to offer.
        pass(place, token);
    }

    Offer offer(start);
    switch (place.expected) {
    case Expected::Term:
        offerTerms(offer);
        break;
    case Expected::Comparison:
        offerComparisons(offer, place.field);
        break;
    case Expected::Value:
        if (place.field)
            offerValues(offer, *place.field, threads);
        break;
    case Expected::Unit:
        if (place.field)
            offerUnits(offer, place.field->type);
        offerConnectives(offer, place);
        break;
    case Expected::Connective:
        offerConnectives(offer, place);
        break;
    }
    result.items = offer.take();
    return result;
}

} // namespace swb::trace
