// SPDX-License-Identifier: BSL-1.0
/// The words of the filter language: what can be asked about an operation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace swb::trace {

/// What a comparison may look at.
enum class Field : std::uint8_t {
    Id,
    Socket,
    Kind,
    Outcome,
    Error,
    Native,
    Asked,
    Bytes,
    Progress,
    Time,
    Call,
    Duration,
    Ended,
    Delivery,
    Thread, ///< The caller's or the one of the end.
    Caller,
    Worker,
};

/// What stands alone, without a comparison.
enum class Flag : std::uint8_t {
    Pending,
    Synchronous,
    Completed,
    Failed,
    Aborted,
    Partial,
    File,
    Injected,
    ReturnedPending,
    Sent,
    Received,
    Lost,
};

/// How the values of a field are written.
enum class ValueType : std::uint8_t {
    Number,
    Size, ///< With KiB, MiB, GiB, TiB; bare: bytes.
    Share, ///< Percent.
    Duration, ///< With ns, us, ms, s, min, h.
    Moment, ///< As Duration, since the first operation; may be negative.
    Kind,
    Outcome,
    Error,
    Native,
    Thread,
};

struct FieldInfo {
    Field field;
    std::string_view name;
    std::string_view alias; ///< Another word for it; may be empty.
    ValueType type;
    bool changes; ///< May become another while the operation is pending.
    bool optional; ///< Some records have no value for it: no comparison holds for them.
    std::string_view help;
    std::string_view example;
};

struct FlagInfo {
    Flag flag;
    std::string_view name;
    std::string_view alias;
    bool changes;
    std::string_view help;
};

/// A word that stands for one value of a type.
struct NamedValue {
    std::string name;
    std::int64_t value = 0;
};

/// Number and name of each thread that has one.
using ThreadNames = std::vector<std::pair<std::uint16_t, std::string>>;

std::span<const FieldInfo> allFields() noexcept;
std::span<const FlagInfo> allFlags() noexcept;
const FieldInfo& infoOf(Field field) noexcept;
const FlagInfo& infoOf(Flag flag) noexcept;

/// By name or alias, whatever the case; null: there is no such word.
const FieldInfo* findField(std::string_view word) noexcept;
const FlagInfo* findFlag(std::string_view word) noexcept;

/// The values of a type that have names, in the order in which people look for them.
std::vector<NamedValue> namedValues(ValueType type, const ThreadNames& threads);
/// Whether < and > mean something.
bool hasOrder(ValueType type) noexcept;

bool equalsIgnoringCase(std::string_view a, std::string_view b) noexcept;
bool startsWithIgnoringCase(std::string_view text, std::string_view start) noexcept;

/// The one of `words` that `word` most likely was meant to be; empty when none is near.
std::string_view nearestWord(std::string_view word, std::span<const std::string_view> words);

} // namespace swb::trace
