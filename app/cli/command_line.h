// SPDX-License-Identifier: GPL-3.0-or-later
/// What may be written after `swb`, as values. Nothing is opened or connected here.
#pragma once

#include "engine/net/address.h"
#include "engine/net/socket_types.h"
#include "engine/peers/peer.h"
#include "engine/trace/export/trace_export.h"
#include "engine/workbench/queue_item.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace swb::cli {

/// The exit statuses of API and manual page.
enum class ExitStatus : int {
    Success = 0,
    OperationFailed = 1,
    WrongCommandLine = 2,
    Interrupted = 130
};

/// `--record FILE`, `--record-payload SIZE`
struct RecordOptions {
    std::string file;
    std::size_t payloadBytes = 0; ///< The first bytes of each operation that are kept.
};

/// `swb send ENDPOINT ...`
struct SendCommand {
    Address target;
    std::vector<workbench::QueueItem> parts; ///< In the order given on the line.
    bool each = false; ///< One operation for each part instead of one for all.
    std::uint64_t repeat = 1;
    std::chrono::milliseconds interval{0}; ///< Pause between repetitions.
    TransmitFileOptions flags = TransmitFileOptions::UseDefaultWorkerThread;
    std::int64_t sendSize = 0; ///< Bytes; 0: the engine's default.
    unsigned inFlight = 1; ///< Operations that may be pending at once.
    std::optional<std::chrono::milliseconds> receiveFor; ///< Counted from the end of the last send.
    std::optional<std::string> output; ///< A path, or "-" for standard output.
    bool json = false;
    std::optional<RecordOptions> record;
};

/// `swb listen ENDPOINT ...`
struct ListenCommand {
    Address address;
    std::optional<std::string> output; ///< A path, or "-" for standard output.
    bool echo = false;
    bool once = false;
    bool json = false;
    std::optional<RecordOptions> record;
};

/// `swb peer KIND ...`
struct PeerCommand {
    peers::PeerOptions options;
    bool json = false;
    std::optional<RecordOptions> record;
};

/// `swb trace convert IN --to FORMAT --output OUT`
struct TraceConvertCommand {
    std::string input;
    trace::ExportFormat format = trace::ExportFormat::Csv;
    std::string output; ///< A path, or "-" for standard output.
};

/// `swb trace info IN`
struct TraceInfoCommand {
    std::string input;
    bool json = false;
};

/// What the line asks for, or, when it asked only for text (help, version) or was wrong, the status
/// to end with; the text has been printed then.
using CommandLine = std::variant<SendCommand, ListenCommand, PeerCommand, TraceConvertCommand,
    TraceInfoCommand, ExitStatus>;

/// Reads the line. Help and version go to standard output; what is wrong, and where, to standard
/// error.
CommandLine parseCommandLine(int argc, const char* const* argv);

} // namespace swb::cli
