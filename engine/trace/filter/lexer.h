// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace swb::trace::filter {

enum class TokenKind : std::uint8_t {
    Word,
    Number, ///< Digits, at most one point, at most a minus before.
    Quoted, ///< Between double quotes; `open` when the second one is missing.
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Not,
    In,
    OpenParenthesis,
    CloseParenthesis,
    OpenBrace,
    CloseBrace,
    Comma,
    DotDot,
    Percent,
    Unknown, ///< A character that means nothing here.
    End,
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::size_t position = 0;
    std::size_t length = 0;
    std::string_view text; ///< In the filter text; of Quoted what is between the quotes.
    bool open = false;
};

/// The tokens of `text`, which must outlive them; the last one is End. Never fails.
std::vector<Token> tokens(std::string_view text);

bool isComparison(TokenKind kind) noexcept;

} // namespace swb::trace::filter
