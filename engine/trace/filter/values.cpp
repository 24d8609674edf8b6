// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/values.h"

#include "engine/trace/operation_record.h"

#include <array>
#include <cctype>
#include <limits>
#include <span>

namespace swb::trace::filter {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// From the largest to the smallest, the usual spelling first.
constexpr std::array kSizes{Unit{"TiB", std::uint64_t{1} << 40}, Unit{"GiB", 1U << 30},
    Unit{"MiB", 1U << 20}, Unit{"KiB", 1U << 10}, Unit{"B", 1}, Unit{"T", std::uint64_t{1} << 40},
    Unit{"G", 1U << 30}, Unit{"M", 1U << 20}, Unit{"K", 1U << 10}, Unit{"bytes", 1}};
constexpr std::array kTimes{Unit{"h", 3'600'000'000'000}, Unit{"min", 60'000'000'000},
    Unit{"s", 1'000'000'000}, Unit{"ms", 1'000'000}, Unit{"us", 1'000}, Unit{"ns", 1},
    Unit{"\u00b5s", 1'000}, Unit{"\u03bcs", 1'000}}; // Micro sign and Greek mu.

std::span<const Unit> unitTable(ValueType type) noexcept
{
    if (type == ValueType::Size)
        return kSizes;
    if (type == ValueType::Duration || type == ValueType::Moment)
        return kTimes;
    return {};
}

std::string withUnit(std::uint64_t amount, bool negative, std::span<const Unit> units)
{
    const std::string sign = negative ? "-" : "";
    if (amount == 0)
        return "0";
    for (const Unit& unit : units) {
        if (amount % unit.factor == 0) {
            const std::string number = sign + std::to_string(amount / unit.factor);
            return unit.name == "B" ? number : number + ' ' + std::string(unit.name);
        }
    }
    return sign + std::to_string(amount);
}

} // namespace

std::uint64_t unitFactor(ValueType type, std::string_view unit) noexcept
{
    for (const Unit& known : unitTable(type)) {
        if (equalsIgnoringCase(known.name, unit))
            return known.factor;
    }
    return 0;
}

std::string_view unitsOf(ValueType type) noexcept
{
    if (type == ValueType::Size)
        return "B, KiB, MiB, GiB or TiB";
    if (type == ValueType::Duration || type == ValueType::Moment)
        return "ns, us, ms, s, min or h";
    return {};
}

std::variant<std::uint64_t, std::string> scaled(std::string_view number, std::uint64_t factor)
{
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    const std::string tooLarge = "the number is too large";
    std::uint64_t whole = 0;
    std::size_t at = 0;
    for (; at < number.size() && number[at] != '.'; ++at) {
        const auto digit = static_cast<std::uint64_t>(number[at] - '0');
        if (whole > (kMost - digit) / 10)
            return tooLarge;
        whole = whole * 10 + digit;
    }
    std::uint64_t fraction = 0;
    if (at < number.size()) {
        if (factor == 1)
            return std::string("only whole numbers mean something here");
        // From the last decimal to the first, each a tenth of the one before it: exact for any
        // number of them, and within 64 bits.
        for (std::size_t last = number.size() - 1; last > at; --last)
            fraction = (static_cast<std::uint64_t>(number[last] - '0') * factor + fraction) / 10;
    }
    if (whole > (kMost - fraction) / factor)
        return tooLarge;
    return whole * factor + fraction;
}

std::string valueText(ValueType type, std::uint64_t value)
{
    const auto number = static_cast<std::int64_t>(value);
    switch (type) {
    case ValueType::Number:
    case ValueType::Thread:
        return std::to_string(value);
    case ValueType::Share:
        return std::to_string(value) + " %";
    case ValueType::Size:
        return withUnit(value, false, kSizes);
    case ValueType::Duration:
    case ValueType::Moment:
        return number < 0 ? withUnit(0 - value, true, kTimes) : withUnit(value, false, kTimes);
    case ValueType::Kind:
        return toString(static_cast<SocketAsyncOperation>(number));
    case ValueType::Outcome:
        return toString(static_cast<Outcome>(number));
    case ValueType::Error:
        return toString(static_cast<SocketError>(number));
    case ValueType::Native: {
        const std::string name = number > 0 ? nativeErrorName(static_cast<int>(number)) : "0";
        return name;
    }
    }
    return std::to_string(value);
}

} // namespace swb::trace::filter
