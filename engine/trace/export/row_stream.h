// SPDX-License-Identifier: BSL-1.0
/// What all exporters share: the rows in pieces, names, and text that is written in pieces.
#pragma once

#include "engine/trace/export/trace_export.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace swb::trace::detail {

/// Calls `take` for each visible row that has a record, in order.
template <typename Take>
void forEachRow(
    const TraceStore& store, const ExportOptions& options, ExportResult& result, const Take& take)
{
    constexpr std::size_t kRowsAtOnce = 4096;
    const std::uint64_t total = store.facts().rows;
    std::vector<OperationRecord> rows(kRowsAtOnce);
    std::uint64_t row = 0;
    const auto tell = [&] {
        if (options.progress && !options.progress(row, total))
            throw TraceCancelled();
    };
    while (row < total) {
        tell();
        const auto wanted = std::span(rows).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(kRowsAtOnce, total - row)));
        const std::size_t count = store.copyRows(row, wanted);
        for (const OperationRecord& record : wanted.first(count)) {
            if (record.kind == SocketAsyncOperation::None) {
                ++result.missing;
                continue;
            }
            ++result.operations;
            take(record);
        }
        row += count;
        if (count < wanted.size())
            break; // the store was cleared meanwhile
    }
    tell();
}

/// Gathers what is written, so that the sink gets large pieces.
class ExportBuffer {
public:
    explicit ExportBuffer(ExportSink& sink)
        : m_sink(sink)
    {
    }
    std::string& text() noexcept { return m_text; }
    /// Between two entries.
    void flushIfLarge()
    {
        if (m_text.size() >= kFlushAt)
            flush();
    }
    void flush()
    {
        m_sink.write(std::as_bytes(std::span(m_text)));
        m_text.clear();
    }

private:
    static constexpr std::size_t kFlushAt = std::size_t{64} << 10;
    ExportSink& m_sink;
    std::string m_text;
};

/// Names of sockets and threads, asked for once each.
class NameCache {
public:
    explicit NameCache(const TraceStore& store)
        : m_store(store)
    {
    }
    const std::string& socket(std::uint32_t id);
    const std::string& thread(std::uint16_t id);

private:
    const TraceStore& m_store;
    std::map<std::uint32_t, std::string> m_sockets;
    std::map<std::uint16_t, std::string> m_threads;
};

/// In quotes, escaped; what is not UTF-8 becomes U+FFFD.
std::string jsonQuoted(std::string_view text);
/// "Aborted Partial": names of the flags, except ReturnedPending.
std::vector<std::string_view> flagNames(std::uint16_t flags);

void exportCsv(
    const TraceStore& store, ExportSink& sink, const ExportOptions& options, ExportResult& result);
void exportJsonLines(
    const TraceStore& store, ExportSink& sink, const ExportOptions& options, ExportResult& result);
void exportPerfetto(
    const TraceStore& store, ExportSink& sink, const ExportOptions& options, ExportResult& result);
void exportPcapng(
    const TraceStore& store, ExportSink& sink, const ExportOptions& options, ExportResult& result);

} // namespace swb::trace::detail
