// SPDX-License-Identifier: BSL-1.0
/// Values of the filter language with their units.
#pragma once

#include "engine/trace/filter/fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace swb::trace::filter {

/// What a number may be followed by; 0: the type has no such unit.
std::uint64_t unitFactor(ValueType type, std::string_view unit) noexcept;
/// "KiB, MiB, GiB or TiB"; empty for types without units.
std::string_view unitsOf(ValueType type) noexcept;

/// A number in units of `factor`, "1.5" of 1024: cut to a whole one. The alternative says what is
/// wrong with it.
std::variant<std::uint64_t, std::string> scaled(std::string_view number, std::uint64_t factor);

/// As it is written in a filter, "1 MiB", "ConnectionReset", "2"; the largest unit that leaves no
/// fraction.
std::string valueText(ValueType type, std::uint64_t value);

} // namespace swb::trace::filter
