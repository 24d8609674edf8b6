// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/lexer.h"

#include "engine/trace/filter/fields.h"

#include <array>

namespace swb::trace::filter {
namespace {

bool isDigit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// Bytes beyond ASCII belong to words, so that "µs" is one and no character is torn apart.
bool isWordStart(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
        || static_cast<unsigned char>(c) >= 0x80;
}

bool isBlank(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Lexer {
public:
    explicit Lexer(std::string_view text)
        : m_text(text)
    {
    }

    std::vector<Token> run()
    {
        std::vector<Token> found;
        for (;;) {
            while (m_at < m_text.size() && isBlank(m_text[m_at]))
                ++m_at;
            found.push_back(next());
            if (found.back().kind == TokenKind::End)
                return found;
        }
    }

private:
    char peek(std::size_t ahead = 0) const
    {
        return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0';
    }

    Token take(TokenKind kind, std::size_t length)
    {
        const Token token{kind, m_at, length, m_text.substr(m_at, length)};
        m_at += length;
        return token;
    }

    Token next()
    {
        const char c = peek();
        if (m_at >= m_text.size())
            return take(TokenKind::End, 0);
        if (isDigit(c) || (c == '-' && isDigit(peek(1))))
            return number();
        if (isWordStart(c))
            return word();
        if (c == '"')
            return quoted();
        return sign();
    }

    Token number()
    {
        std::size_t length = peek() == '-' ? 1 : 0;
        while (isDigit(peek(length)))
            ++length;
        if (peek(length) == '.' && isDigit(peek(length + 1))) { // "1..5" is a range.
            ++length;
            while (isDigit(peek(length)))
                ++length;
        }
        return take(TokenKind::Number, length);
    }

    Token word()
    {
        std::size_t length = 1;
        while (isWordStart(peek(length)) || isDigit(peek(length)))
            ++length;
        const std::string_view text = m_text.substr(m_at, length);
        TokenKind kind = TokenKind::Word;
        if (equalsIgnoringCase(text, "and"))
            kind = TokenKind::And;
        else if (equalsIgnoringCase(text, "or"))
            kind = TokenKind::Or;
        else if (equalsIgnoringCase(text, "not"))
            kind = TokenKind::Not;
        else if (equalsIgnoringCase(text, "in"))
            kind = TokenKind::In;
        return take(kind, length);
    }

    Token quoted()
    {
        const std::size_t end = m_text.find('"', m_at + 1);
        const bool open = end == std::string_view::npos;
        Token token = take(TokenKind::Quoted, (open ? m_text.size() : end + 1) - m_at);
        token.open = open;
        token.text = token.text.substr(1, token.length - (open ? 1 : 2));
        return token;
    }

    Token sign()
    {
        struct Sign {
            std::string_view text;
            TokenKind kind;
        };
        static constexpr std::array<Sign, 19> signs{
            {{"==", TokenKind::Equal}, {"!=", TokenKind::NotEqual}, {"<=", TokenKind::LessOrEqual},
                {">=", TokenKind::GreaterOrEqual}, {"&&", TokenKind::And}, {"||", TokenKind::Or},
                {"..", TokenKind::DotDot}, {"=", TokenKind::Equal}, {"<", TokenKind::Less},
                {">", TokenKind::Greater}, {"!", TokenKind::Not}, {"(", TokenKind::OpenParenthesis},
                {")", TokenKind::CloseParenthesis}, {"{", TokenKind::OpenBrace},
                {"}", TokenKind::CloseBrace}, {",", TokenKind::Comma}, {"%", TokenKind::Percent},
                {"&", TokenKind::Unknown}, {"|", TokenKind::Unknown}}};
        for (const Sign& known : signs) {
            if (m_text.substr(m_at, known.text.size()) == known.text)
                return take(known.kind, known.text.size());
        }
        return take(TokenKind::Unknown, 1);
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

} // namespace

std::vector<Token> tokens(std::string_view text)
{
    return Lexer(text).run();
}

bool isComparison(TokenKind kind) noexcept
{
    switch (kind) {
    case TokenKind::Equal:
    case TokenKind::NotEqual:
    case TokenKind::Less:
    case TokenKind::LessOrEqual:
    case TokenKind::Greater:
    case TokenKind::GreaterOrEqual:
    case TokenKind::In:
        return true;
    default:
        return false;
    }
}

} // namespace swb::trace::filter
