// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/payload_codec.h"

#include "engine/net/exceptions.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace swb::workbench {

namespace {

constexpr std::uint32_t kLastCodePoint = 0x10FFFF;
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

/// -1 when `c` is no hex digit.
int hexValue(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void append(Bytes& bytes, std::uint32_t value)
{
    bytes.push_back(static_cast<std::byte>(value & 0xFF));
}

void appendUtf8(Bytes& bytes, std::uint32_t codePoint)
{
    if (codePoint < 0x80) {
        append(bytes, codePoint);
    } else if (codePoint < 0x800) {
        append(bytes, 0xC0 | (codePoint >> 6));
        append(bytes, 0x80 | (codePoint & 0x3F));
    } else if (codePoint < 0x10000) {
        append(bytes, 0xE0 | (codePoint >> 12));
        append(bytes, 0x80 | ((codePoint >> 6) & 0x3F));
        append(bytes, 0x80 | (codePoint & 0x3F));
    } else {
        append(bytes, 0xF0 | (codePoint >> 18));
        append(bytes, 0x80 | ((codePoint >> 12) & 0x3F));
        append(bytes, 0x80 | ((codePoint >> 6) & 0x3F));
        append(bytes, 0x80 | (codePoint & 0x3F));
    }
}

struct SimpleEscape {
    char letter;
    char value;
};
constexpr std::array kSimpleEscapes{
    SimpleEscape{'n', '\n'},
    SimpleEscape{'r', '\r'},
    SimpleEscape{'t', '\t'},
    SimpleEscape{'0', '\0'},
    SimpleEscape{'a', '\a'},
    SimpleEscape{'b', '\b'},
    SimpleEscape{'f', '\f'},
    SimpleEscape{'v', '\v'},
    SimpleEscape{'e', '\x1B'},
    SimpleEscape{'\\', '\\'},
    SimpleEscape{'"', '"'},
    SimpleEscape{'\'', '\''},
};

/// How a character is shown in a message, so that a line end does not break the message.
std::string shown(char c)
{
    const auto byte = static_cast<std::byte>(c);
    return "'" + encodeText({&byte, 1}) + "'";
}

class TextDecoder {
public:
    explicit TextDecoder(std::string_view text)
        : m_text(text)
    {
    }

    Decoded run()
    {
        while (m_at < m_text.size() && !m_result.error) {
            const char c = m_text[m_at];
            if (c == '\\') {
                escape();
            } else {
                m_result.bytes.push_back(static_cast<std::byte>(c));
                ++m_at;
            }
        }
        return std::move(m_result);
    }

private:
    void fail(std::size_t position, std::string message)
    {
        m_result.error = CodecError{position, std::move(message)};
    }

    void escape()
    {
        if (m_at + 1 == m_text.size()) {
            fail(m_at, "a '\\' at the end escapes nothing; write \\\\ for a backslash");
            return;
        }
        const char letter = m_text[m_at + 1];
        switch (letter) {
        case 'x':
            numeric(2, false);
            return;
        case 'u':
            numeric(4, true);
            return;
        case 'U':
            numeric(8, true);
            return;
        default:
            break;
        }
        const auto* const found = std::find_if(kSimpleEscapes.begin(), kSimpleEscapes.end(),
            [letter](const SimpleEscape& e) { return e.letter == letter; });
        if (found == kSimpleEscapes.end()) {
            fail(m_at,
                "'\\' followed by " + shown(letter) + " is no escape; write \\\\ for a backslash");
            return;
        }
        m_result.bytes.push_back(static_cast<std::byte>(found->value));
        m_at += 2;
    }

    void numeric(std::size_t digits, bool isCodePoint)
    {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const std::size_t at = m_at + 2 + i;
            const int digit = at < m_text.size() ? hexValue(m_text[at]) : -1;
            if (digit < 0) {
                fail(std::min(at, m_text.size()),
                    std::string("'\\") + m_text[m_at + 1] + "' needs " + std::to_string(digits)
                        + " hex digits, but there are " + std::to_string(i));
                return;
            }
            value = value * 16 + static_cast<std::uint32_t>(digit);
        }
        if (!isCodePoint) {
            append(m_result.bytes, value);
        } else if (value > kLastCodePoint || (value >= 0xD800 && value <= 0xDFFF)) {
            fail(m_at, "there is no Unicode character with this number; use \\xHH for plain bytes");
            return;
        } else {
            appendUtf8(m_result.bytes, value);
        }
        m_at += 2 + digits;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    Decoded m_result;
};

bool separatesPairs(char c)
{
    return std::string_view(" \t\r\n\v\f,:-").find(c) != std::string_view::npos;
}

/// The length of the well-formed UTF-8 sequence at `at`, 0 when there is none; its code point in
/// `codePoint`.
std::size_t utf8Sequence(std::span<const std::byte> bytes, std::size_t at, std::uint32_t& codePoint)
{
    const auto first = std::to_integer<std::uint32_t>(bytes[at]);
    std::size_t length = 0;
    std::uint32_t smallest = 0;
    if (first < 0x80) {
        codePoint = first;
        return 1;
    }
    if ((first & 0xE0) == 0xC0) {
        length = 2;
        smallest = 0x80;
        codePoint = first & 0x1F;
    } else if ((first & 0xF0) == 0xE0) {
        length = 3;
        smallest = 0x800;
        codePoint = first & 0x0F;
    } else if ((first & 0xF8) == 0xF0) {
        length = 4;
        smallest = 0x10000;
        codePoint = first & 0x07;
    } else {
        return 0;
    }
    if (at + length > bytes.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = std::to_integer<std::uint32_t>(bytes[at + i]);
        if ((next & 0xC0) != 0x80)
            return 0;
        codePoint = (codePoint << 6) | (next & 0x3F);
    }
    const bool surrogate = codePoint >= 0xD800 && codePoint <= 0xDFFF;
    return codePoint < smallest || codePoint > kLastCodePoint || surrogate ? 0 : length;
}

/// Characters that nobody would see, or that reorder what stands around them.
bool isInvisible(std::uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || (c >= 0x200B && c <= 0x200F)
        || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF
        || (c >= 0xFFF0 && c <= 0xFFFB) || (c & 0xFFFE) == 0xFFFE;
}

void appendHex(std::string& text, std::uint32_t value, int digits)
{
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        text += kHexDigits[(value >> static_cast<unsigned>(shift)) & 0xF];
}

void appendEscaped(std::string& text, std::uint32_t codePoint)
{
    for (const SimpleEscape& e : kSimpleEscapes) {
        if (static_cast<unsigned char>(e.value) == codePoint) {
            text += '\\';
            text += e.letter;
            return;
        }
    }
    text += codePoint < 0x80 ? "\\x" : codePoint < 0x10000 ? "\\u" : "\\U";
    appendHex(text, codePoint, codePoint < 0x80 ? 2 : codePoint < 0x10000 ? 4 : 8);
}

} // namespace

Decoded decodeText(std::string_view text)
{
    return TextDecoder(text).run();
}

Decoded decodeHex(std::string_view text)
{
    Decoded result;
    result.bytes.reserve(text.size() / 2);
    std::size_t at = 0;
    while (at < text.size()) {
        if (separatesPairs(text[at])) {
            ++at;
            continue;
        }
        const std::size_t start = at;
        const bool prefixed = text[at] == '0' && at + 1 < text.size()
            && (text[at + 1] == 'x' || text[at + 1] == 'X');
        if (prefixed)
            at += 2;
        const int high = at < text.size() ? hexValue(text[at]) : -1;
        if (high < 0) {
            result.error = prefixed ? CodecError{start, "no hex digits after '0x'"}
                                    : CodecError{at, shown(text[at]) + " is not a hex digit"};
            break;
        }
        const int low = at + 1 < text.size() ? hexValue(text[at + 1]) : -1;
        if (low < 0) {
            const bool ended = at + 1 >= text.size();
            if (ended || separatesPairs(text[at + 1])) {
                result.error = CodecError{at,
                    std::string("odd number of hex digits: the ") + (ended ? "last " : "")
                        + "digit " + shown(text[at]) + " has no partner"};
            } else {
                result.error = CodecError{at + 1, shown(text[at + 1]) + " is not a hex digit"};
            }
            break;
        }
        append(result.bytes, static_cast<std::uint32_t>(high * 16 + low));
        at += 2;
    }
    return result;
}

std::string encodeText(std::span<const std::byte> bytes)
{
    std::string text;
    text.reserve(bytes.size());
    std::size_t at = 0;
    while (at < bytes.size()) {
        std::uint32_t codePoint = 0;
        const std::size_t length = utf8Sequence(bytes, at, codePoint);
        if (length == 0) {
            text += "\\x";
            appendHex(text, std::to_integer<std::uint32_t>(bytes[at]), 2);
            ++at;
            continue;
        }
        if (codePoint == '\\') {
            text += "\\\\";
        } else if (isInvisible(codePoint)) {
            appendEscaped(text, codePoint);
        } else {
            for (std::size_t i = 0; i < length; ++i)
                text += std::to_integer<char>(bytes[at + i]);
        }
        at += length;
    }
    return text;
}

std::string encodeHex(std::span<const std::byte> bytes)
{
    std::string text;
    text.reserve(bytes.size() * 3);
    for (const std::byte byte : bytes) {
        if (!text.empty())
            text += ' ';
        appendHex(text, std::to_integer<std::uint32_t>(byte), 2);
    }
    return text;
}

} // namespace swb::workbench
