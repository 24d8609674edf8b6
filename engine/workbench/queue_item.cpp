// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/queue_item.h"

#include "engine/net/exceptions.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

namespace swb::workbench {

namespace {

constexpr std::size_t kLabelBytes = 40;

QueueItem fromDecoded(Decoded decoded, const char* parameter)
{
    if (decoded.error) {
        throw ArgumentException(decoded.error->message + " (at position "
                + std::to_string(decoded.error->position) + ")",
            parameter);
    }
    return QueueItem::bytes(std::move(decoded.bytes));
}

std::int64_t parseFilePosition(std::string_view spec, std::string_view text, const char* what)
{
    const auto refuse = [&](const std::string& why) {
        throw ArgumentException("file '" + std::string(spec) + "': the " + what + " is wrong: "
                + why + "; expected PATH@OFFSET+COUNT, for example disk.img@4GiB+1MiB",
            "file");
    };
    std::uint64_t value = 0;
    try {
        value = parseSize(text);
    } catch (const ArgumentException& e) {
        refuse(e.what());
    }
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        refuse("'" + std::string(text) + "' is too large");
    return static_cast<std::int64_t>(value);
}

bool startsWithDigit(std::string_view text)
{
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

/// In the largest unit that divides it: "4 GiB", "1,025 B".
std::string exactSize(std::int64_t bytes)
{
    constexpr std::string_view kUnits = "KMGT";
    auto value = static_cast<std::uint64_t>(bytes);
    std::size_t steps = 0;
    while (steps < kUnits.size() && value != 0 && value % 1024 == 0) {
        value /= 1024;
        ++steps;
    }
    return groupDigits(value) + (steps == 0 ? " B" : std::string(" ") + kUnits[steps - 1] + "iB");
}

/// As much of the start as fits the label, without half a character at the end.
std::span<const std::byte> labelPart(const Bytes& bytes)
{
    std::size_t length = std::min(bytes.size(), kLabelBytes);
    if (length < bytes.size()) {
        const auto continues
            = [&](std::size_t at) { return (bytes[at] & std::byte{0xC0}) == std::byte{0x80}; };
        for (std::size_t back = 0; back < 3 && length > 1 && continues(length); ++back)
            --length;
    }
    return {bytes.data(), length};
}

std::string bufferLabel(const Bytes& bytes)
{
    const auto part = labelPart(bytes);
    const std::string text = encodeText(part);
    const bool cut = part.size() < bytes.size();
    // Every escaped byte takes four characters: more than twice as long means that hex reads
    // better.
    if (text.size() > 2 * part.size())
        return encodeHex(part.first(std::min(part.size(), kLabelBytes / 2)))
            + (part.size() > kLabelBytes / 2 || cut ? " ..." : "");
    return '"' + text + (cut ? "...\"" : "\"");
}

} // namespace

QueueItem QueueItem::text(std::string_view textWithEscapes)
{
    return fromDecoded(decodeText(textWithEscapes), "text");
}

QueueItem QueueItem::hex(std::string_view hexDigits)
{
    return fromDecoded(decodeHex(hexDigits), "hex");
}

QueueItem QueueItem::bytes(Bytes bytes)
{
    QueueItem item;
    item.payload = BufferPayload{std::make_shared<const Bytes>(std::move(bytes))};
    return item;
}

QueueItem QueueItem::fileFromSpec(std::string_view spec)
{
    if (spec.empty())
        throw ArgumentException("file: the path is empty", "file");
    const auto at = spec.rfind('@');
    std::error_code ignored;
    const bool hasRange
        = at != std::string_view::npos && at > 0 && startsWithDigit(spec.substr(at + 1));
    if (!hasRange || std::filesystem::exists(std::filesystem::path(spec), ignored))
        return file(std::string(spec));
    const std::string_view range = spec.substr(at + 1);
    const auto plus = range.find('+');
    const std::int64_t offset = parseFilePosition(spec, range.substr(0, plus), "offset");
    const std::int64_t count = plus == std::string_view::npos
        ? 0
        : parseFilePosition(spec, range.substr(plus + 1), "count");
    return file(std::string(spec.substr(0, at)), offset, count);
}

QueueItem QueueItem::file(std::string path, std::int64_t offset, std::int64_t count)
{
    QueueItem item;
    item.payload = FilePayload{std::move(path), offset, count};
    return item;
}

std::string QueueItem::label() const
{
    if (const auto* const buffer = std::get_if<BufferPayload>(&payload))
        return bufferLabel(*buffer->bytes);
    const auto& part = std::get<FilePayload>(payload);
    std::string text = std::filesystem::path(part.path).filename().string();
    if (text.empty())
        text = part.path;
    if (part.offset != 0 || part.count != 0)
        text += " @ " + exactSize(part.offset);
    if (part.count != 0)
        text += " + " + exactSize(part.count);
    return text;
}

std::int64_t QueueItem::size() const
{
    if (const auto* const buffer = std::get_if<BufferPayload>(&payload))
        return static_cast<std::int64_t>(buffer->bytes->size());
    const auto& part = std::get<FilePayload>(payload);
    std::error_code error;
    if (!std::filesystem::is_regular_file(part.path, error))
        return -1;
    const auto fileSize = std::filesystem::file_size(part.path, error);
    if (error)
        return -1;
    if (part.count != 0)
        return part.count;
    const auto whole = static_cast<std::int64_t>(fileSize);
    return whole >= part.offset ? whole - part.offset : -1;
}

SendPacketsElement QueueItem::toElement() const
{
    if (const auto* const buffer = std::get_if<BufferPayload>(&payload))
        return SendPacketsElement::buffer(std::span<const std::byte>(*buffer->bytes), endOfPacket);
    const auto& part = std::get<FilePayload>(payload);
    return SendPacketsElement::file(part.path, part.offset, part.count, endOfPacket);
}

} // namespace swb::workbench
