// SPDX-License-Identifier: BSL-1.0
/// A trace for other programs.
#pragma once

#include "engine/trace/disk_file.h"
#include "engine/trace/progress.h"
#include "engine/trace/trace_store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace swb::trace {

enum class ExportFormat : std::uint8_t {
    Csv, ///< A table with a header line, as RFC 4180 has it.
    JsonLines, ///< One object for each operation: the keys of `swb --json`, and more.
    Perfetto, ///< Chrome's trace JSON, for ui.perfetto.dev: a group for each socket and each
              ///< thread.
    Pcapng, ///< Packets with the payload that was kept, for Wireshark; their headers are made up.
};

/// From "csv", "jsonl", "perfetto" or "pcapng".
std::optional<ExportFormat> exportFormatFromString(std::string_view text);

/// "2026-11-21T12:00:00.123456789Z": how exports write times of day.
std::string utcTime(std::int64_t wallNs);

/// Where an export goes, piece by piece.
class ExportSink {
public:
    /// Throws what ends the export.
    virtual void write(std::span<const std::byte> bytes) = 0;

protected:
    ~ExportSink() = default;
};

struct ExportOptions {
    std::string program
        = {}; ///< "swb 0.1.0": named in the file where the format has a place for it.
    Progress progress = nullptr; ///< In rows.
};

struct ExportResult {
    std::uint64_t operations = 0; ///< Written.
    std::uint64_t missing = 0; ///< Rows without a record: left out.
    // Of Pcapng:
    std::uint64_t packets = 0;
    std::uint64_t payloadBytes = 0; ///< In the packets.
    std::uint64_t bytesNotKept = 0; ///< Moved, but only their number is known.
};

/// Writes all visible rows. Holds some thousand of them at a time in memory, however many there
/// are.
///
/// **Threads** any, while the consumer goes on; rows that come meanwhile are not in it.
/// **Errors** TraceCancelled, and what the sink throws.
ExportResult exportTrace(const TraceStore& store, ExportFormat format, ExportSink& sink,
    const ExportOptions& options = {});

/// The same into a file, which appears under its name only when it is complete.
/// **Errors** also TraceFileError.
ExportResult exportTraceToFile(const TraceStore& store, ExportFormat format,
    const std::string& path, const ExportOptions& options = {});

} // namespace swb::trace
