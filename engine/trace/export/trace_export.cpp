// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/export/trace_export.h"

#include "engine/trace/export/row_stream.h"
#include "engine/trace/new_file.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

namespace swb::trace {
namespace {

/// A file that is written from its start to its end.
class FileSink final : public ExportSink {
public:
    explicit FileSink(const std::string& path)
        : m_file(path, "Export to")
    {
    }
    void write(std::span<const std::byte> bytes) override
    {
        m_file.check(m_file.disk().writeAt(m_end, bytes));
        m_end += bytes.size();
    }
    void publish() { m_file.publish(); }

private:
    detail::NewFile m_file;
    std::uint64_t m_end = 0;
};

} // namespace

std::optional<ExportFormat> exportFormatFromString(std::string_view text)
{
    if (text == "csv")
        return ExportFormat::Csv;
    if (text == "jsonl")
        return ExportFormat::JsonLines;
    if (text == "perfetto")
        return ExportFormat::Perfetto;
    if (text == "pcapng")
        return ExportFormat::Pcapng;
    return std::nullopt;
}

std::string utcTime(std::int64_t wallNs)
{
    constexpr std::int64_t kSecond = 1'000'000'000;
    std::int64_t seconds = wallNs / kSecond;
    std::int64_t rest = wallNs % kSecond;
    if (rest < 0) {
        rest += kSecond;
        --seconds;
    }
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 64> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text.data() + size, text.size() - size, ".%09lldZ", static_cast<long long>(rest));
    return text.data();
}

ExportResult exportTrace(
    const TraceStore& store, ExportFormat format, ExportSink& sink, const ExportOptions& options)
{
    ExportResult result;
    switch (format) {
    case ExportFormat::Csv:
        detail::exportCsv(store, sink, options, result);
        break;
    case ExportFormat::JsonLines:
        detail::exportJsonLines(store, sink, options, result);
        break;
    case ExportFormat::Perfetto:
        detail::exportPerfetto(store, sink, options, result);
        break;
    case ExportFormat::Pcapng:
        detail::exportPcapng(store, sink, options, result);
        break;
    }
    return result;
}

ExportResult exportTraceToFile(const TraceStore& store, ExportFormat format,
    const std::string& path, const ExportOptions& options)
{
    FileSink sink(path);
    const ExportResult result = exportTrace(store, format, sink, options);
    sink.publish();
    return result;
}

namespace detail {
namespace {

/// The number of bytes of the character of UTF-8 at the start of `text`; 0 when there is none.
std::size_t characterBytes(std::string_view text) noexcept
{
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto follows = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xBF) {
        return byte(i) >= least && byte(i) <= most;
    };
    const unsigned first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool good = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
        return good && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool good = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
        return good && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

} // namespace

const std::string& NameCache::socket(std::uint32_t id)
{
    const auto [place, made] = m_sockets.try_emplace(id);
    if (made)
        place->second = m_store.sockets().text(id);
    return place->second;
}

const std::string& NameCache::thread(std::uint16_t id)
{
    const auto [place, made] = m_threads.try_emplace(id);
    if (made)
        place->second = m_store.threadName(id);
    return place->second;
}

std::string jsonQuoted(std::string_view text)
{
    std::string result = "\"";
    while (!text.empty()) {
        const char first = text.front();
        const std::size_t size = characterBytes(text);
        if (size == 0) {
            result += "\\ufffd";
        } else if (first == '"' || first == '\\') {
            result += '\\';
            result += first;
        } else if (static_cast<unsigned char>(first) < 0x20) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(first));
            result += escaped.data();
        } else {
            result += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return result += '"';
}

std::vector<std::string_view> flagNames(std::uint16_t flags)
{
    std::vector<std::string_view> names;
    const auto add = [&](std::uint16_t flag, std::string_view name) {
        if ((flags & flag) != 0)
            names.push_back(name);
    };
    add(operation_flags::Aborted, "Aborted");
    add(operation_flags::Partial, "Partial");
    add(operation_flags::InjectedFault, "InjectedFault");
    add(operation_flags::FromFile, "FromFile");
    return names;
}

} // namespace detail

} // namespace swb::trace
