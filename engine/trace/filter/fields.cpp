// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/fields.h"

#include "engine/trace/operation_record.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace swb::trace {
namespace {

constexpr std::array kFields{
    FieldInfo{Field::Id, "id", "number", ValueType::Number, false, false,
        "Number of the operation, in the order of their start", "id == 4711"},
    FieldInfo{Field::Socket, "socket", "", ValueType::Number, false, false, "Number of the socket",
        "socket == 3"},
    FieldInfo{Field::Kind, "kind", "operation", ValueType::Kind, false, false, "What was called",
        "kind == SendPackets"},
    FieldInfo{Field::Outcome, "outcome", "", ValueType::Outcome, true, false,
        "What became of it: Synchronous, Pending, Completed, Failed, Aborted",
        "outcome == Aborted"},
    FieldInfo{Field::Error, "error", "", ValueType::Error, true, false,
        "SocketError, by name or number", "error == ConnectionReset"},
    FieldInfo{Field::Native, "native", "errno", ValueType::Native, true, false,
        "The system's own error, by number or name; 0: none", "native == ECONNRESET"},
    FieldInfo{Field::Asked, "asked", "", ValueType::Size, false, false,
        "Bytes to send, or room to receive", "asked >= 64 KiB"},
    FieldInfo{Field::Bytes, "bytes", "done", ValueType::Size, true, false,
        "Bytes taken by, or from, the kernel so far", "bytes > 1 MiB"},
    FieldInfo{Field::Progress, "progress", "", ValueType::Share, true, true,
        "Share of the bytes to send that the kernel has taken, in percent", "progress < 50 %"},
    FieldInfo{Field::Time, "time", "", ValueType::Moment, false, false,
        "When it was called, since the first operation", "time in 1.2 s..1.8 s"},
    FieldInfo{Field::Call, "call", "", ValueType::Duration, true, true,
        "How long the call itself took", "call > 100 us"},
    FieldInfo{Field::Duration, "duration", "lasted", ValueType::Duration, true, false,
        "From the call to the stored result; of a pending one, up to now", "duration > 5 ms"},
    FieldInfo{Field::Ended, "ended", "", ValueType::Moment, true, true,
        "When its result was stored, since the first operation", "ended < 2 s"},
    FieldInfo{Field::Delivery, "delivery", "", ValueType::Duration, true, true,
        "From the stored result to the Completed event", "delivery > 1 ms"},
    FieldInfo{Field::Thread, "thread", "", ValueType::Thread, true, false,
        "The thread of the call or of the end, by number or name", "thread == 2"},
    FieldInfo{Field::Caller, "caller", "", ValueType::Thread, false, false,
        "The thread of the call", "caller == main"},
    FieldInfo{Field::Worker, "worker", "", ValueType::Thread, true, true,
        "The thread on which it ended", "worker == \"worker 1\""},
};

constexpr std::array kFlags{
    FlagInfo{Flag::Pending, "pending", "", true, "Not ended yet"},
    FlagInfo{Flag::Synchronous, "synchronous", "sync", true,
        "The call returned false, and it went well"},
    FlagInfo{Flag::Completed, "completed", "", true, "The call returned true, and it ended well"},
    FlagInfo{Flag::Failed, "failed", "", true, "Ended with an error"},
    FlagInfo{Flag::Aborted, "aborted", "cancelled", true, "Ended by close or cancel"},
    FlagInfo{Flag::Partial, "partial", "", true, "Failed after some, but not all, bytes"},
    FlagInfo{Flag::File, "file", "", false, "At least one byte was asked from a file"},
    FlagInfo{Flag::Injected, "injected", "", true, "The outcome was made by fault injection"},
    FlagInfo{Flag::ReturnedPending, "returnedPending", "async", false,
        "The call returned true, whatever became of it"},
    FlagInfo{Flag::Sent, "sent", "", false, "Its bytes leave: sends and connects"},
    FlagInfo{Flag::Received, "received", "", false, "Its bytes arrive: receives and accepts"},
    FlagInfo{Flag::Lost, "lost", "", false, "There was no memory for its record"},
};

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <typename Infos> auto find(const Infos& infos, std::string_view word) noexcept
{
    const auto found = std::find_if(infos.begin(), infos.end(), [word](const auto& info) {
        return equalsIgnoringCase(info.name, word)
            || (!info.alias.empty() && equalsIgnoringCase(info.alias, word));
    });
    return found == infos.end() ? nullptr : &*found;
}

std::vector<NamedValue> errorNames()
{
    std::vector<NamedValue> values;
    for (int number = -1; number <= 11004; ++number) {
        if (number == 1)
            number = 995; // What is between has no name.
        const std::string name = toString(static_cast<SocketError>(number));
        if (std::isalpha(static_cast<unsigned char>(name.front())) != 0)
            values.push_back({name, number});
    }
    return values;
}

std::vector<NamedValue> nativeNames()
{
    constexpr int kLast = 133; // EHWPOISON, the last of Linux.
    std::vector<NamedValue> values;
    for (int number = 1; number <= kLast; ++number) {
        std::string name = nativeErrorName(number);
        if (std::isalpha(static_cast<unsigned char>(name.front())) != 0)
            values.push_back({std::move(name), number});
    }
    return values;
}

/// How many letters must be put in, left out, changed or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> beforeLast(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2])
                && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = std::min(row[j], beforeLast[j - 2] + 1);
        }
        std::swap(beforeLast, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

} // namespace

std::span<const FieldInfo> allFields() noexcept
{
    return kFields;
}

std::span<const FlagInfo> allFlags() noexcept
{
    return kFlags;
}

const FieldInfo& infoOf(Field field) noexcept
{
    return kFields[static_cast<std::size_t>(field)];
}

const FlagInfo& infoOf(Flag flag) noexcept
{
    return kFlags[static_cast<std::size_t>(flag)];
}

const FieldInfo* findField(std::string_view word) noexcept
{
    return find(kFields, word);
}

const FlagInfo* findFlag(std::string_view word) noexcept
{
    return find(kFlags, word);
}

std::vector<NamedValue> namedValues(ValueType type, const ThreadNames& threads)
{
    std::vector<NamedValue> values;
    switch (type) {
    case ValueType::Kind:
        for (const auto kind : {SocketAsyncOperation::Send, SocketAsyncOperation::SendPackets,
                 SocketAsyncOperation::SendTo, SocketAsyncOperation::Receive,
                 SocketAsyncOperation::ReceiveFrom, SocketAsyncOperation::ReceiveMessageFrom,
                 SocketAsyncOperation::Connect, SocketAsyncOperation::Accept,
                 SocketAsyncOperation::Disconnect})
            values.push_back({toString(kind), static_cast<std::int64_t>(kind)});
        break;
    case ValueType::Outcome:
        for (int i = 0; i < kOutcomeCount; ++i)
            values.push_back({toString(static_cast<Outcome>(i)), i});
        break;
    case ValueType::Error:
        return errorNames();
    case ValueType::Native:
        return nativeNames();
    case ValueType::Thread:
        for (const auto& [id, name] : threads)
            values.push_back({name, id});
        break;
    case ValueType::Number:
    case ValueType::Size:
    case ValueType::Share:
    case ValueType::Duration:
    case ValueType::Moment:
        break;
    }
    return values;
}

bool hasOrder(ValueType type) noexcept
{
    switch (type) {
    case ValueType::Number:
    case ValueType::Size:
    case ValueType::Share:
    case ValueType::Duration:
    case ValueType::Moment:
        return true;
    case ValueType::Kind:
    case ValueType::Outcome:
    case ValueType::Error:
    case ValueType::Native:
    case ValueType::Thread:
        break;
    }
    return false;
}

bool equalsIgnoringCase(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() && startsWithIgnoringCase(a, b);
}

bool startsWithIgnoringCase(std::string_view text, std::string_view start) noexcept
{
    return text.size() >= start.size()
        && std::equal(start.begin(), start.end(), text.begin(),
            [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view nearestWord(std::string_view word, std::span<const std::string_view> words)
{
    constexpr std::size_t kLongest = 40; // Nobody misspells a word of that length by two letters.
    if (word.size() > kLongest)
        return {};
    std::string_view nearest;
    std::size_t least = word.size() <= 3 ? 1 : 2;
    for (const std::string_view candidate : words) {
        const std::size_t steps = distance(word, candidate);
        if (steps < least || (steps == least && nearest.empty())) {
            least = steps;
            nearest = candidate;
        }
    }
    if (nearest.empty() && word.size() >= 3) {
        // "conn": the beginning of exactly one.
        for (const std::string_view candidate : words) {
            if (!startsWithIgnoringCase(candidate, word))
                continue;
            if (!nearest.empty())
                return {};
            nearest = candidate;
        }
    }
    return nearest;
}

} // namespace swb::trace
