// SPDX-License-Identifier: BSL-1.0
/// Numbers of bytes as people write and read them; declared in payload_codec.h.
#include "engine/workbench/payload_codec.h"

#include "engine/net/exceptions.h"

#include <array>
#include <limits>

namespace swb::workbench {

namespace {

constexpr std::string_view kUnitLetters = "KMGTPE";
/// So that the fraction times the largest unit of parseSize stays within 64 bits.
constexpr std::size_t kMostDecimals = 6;
constexpr std::size_t kParsedUnits = 4; // to TiB

[[noreturn]] void refuse(std::string_view text, const std::string& why)
{
    throw ArgumentException(
        "size '" + std::string(text) + "': " + why + "; expected 4096, 64KiB, 1.5 MiB or 2GiB",
        "size");
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

std::string upper(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    }
    return result;
}

std::uint64_t unitFactor(std::string_view text, std::string_view unitText)
{
    const std::string unit = upper(unitText);
    if (unit.empty() || unit == "B")
        return 1;
    const auto letter = kUnitLetters.substr(0, kParsedUnits).find(unit.front());
    const std::string rest = unit.substr(1);
    if (letter == std::string_view::npos || (!rest.empty() && rest != "IB"))
        refuse(text, "unknown unit '" + std::string(unitText) + "'");
    return std::uint64_t{1} << (10 * (letter + 1));
}

} // namespace

std::uint64_t parseSize(std::string_view text)
{
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    std::string_view rest = trimmed(text);
    if (rest.empty() || !isDigit(rest.front()))
        refuse(text, "it does not start with a digit");
    std::uint64_t whole = 0;
    for (; !rest.empty() && isDigit(rest.front()); rest.remove_prefix(1)) {
        const auto digit = static_cast<std::uint64_t>(rest.front() - '0');
        if (whole > (kMax - digit) / 10)
            refuse(text, "the number is too large");
        whole = whole * 10 + digit;
    }
    std::uint64_t decimals = 0;
    std::uint64_t scale = 1;
    const bool hasPoint = !rest.empty() && rest.front() == '.';
    if (hasPoint) {
        rest.remove_prefix(1);
        std::size_t count = 0;
        for (; !rest.empty() && isDigit(rest.front()); rest.remove_prefix(1)) {
            if (++count > kMostDecimals)
                refuse(text, "more than 6 decimals");
            decimals = decimals * 10 + static_cast<std::uint64_t>(rest.front() - '0');
            scale *= 10;
        }
        if (count == 0)
            refuse(text, "no digit after the '.'");
    }
    const std::uint64_t factor = unitFactor(text, trimmed(rest));
    if (hasPoint && factor == 1)
        refuse(text, "there are no parts of a byte");
    const std::uint64_t fraction = decimals * factor / scale;
    if (whole > (kMax - fraction) / factor)
        refuse(text, "the number is too large");
    return whole * factor + fraction;
}

std::string formatSize(std::uint64_t bytes)
{
    constexpr std::uint64_t kStep = 1024;
    if (bytes < kStep)
        return std::to_string(bytes) + " B";
    std::size_t letter = 0;
    std::uint64_t unit = kStep;
    while (letter + 1 < kUnitLetters.size() && bytes / unit >= kStep) {
        unit *= kStep;
        ++letter;
    }
    // r * 10 stays within 64 bits: r < 2^60.
    std::uint64_t whole = bytes / unit;
    std::uint64_t tenths = (bytes % unit * 10 + unit / 2) / unit;
    if (tenths == 10) {
        ++whole;
        tenths = 0;
    }
    if (whole == kStep && letter + 1 < kUnitLetters.size()) {
        whole = 1;
        ++letter;
    }
    return std::to_string(whole) + "." + std::to_string(tenths) + " " + kUnitLetters[letter] + "iB";
}

std::string groupDigits(std::uint64_t number)
{
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, 1, ',');
    return text;
}

} // namespace swb::workbench
