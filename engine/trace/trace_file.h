// SPDX-License-Identifier: BSL-1.0
/// Traces as files: saved, opened again, and found after a crash. The format is described in
/// docs/trace-format.md.
#pragma once

#include "engine/trace/disk_file.h"
#include "engine/trace/progress.h"
#include "engine/trace/trace_store.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace swb::trace {

struct SaveOptions {
    std::string program = {}; ///< "swb 0.1.0"; empty: what the store says.
    /// Records lost before they reached the store: Recorder::lost().
    std::uint64_t lostBefore = 0;
    Progress progress = nullptr; ///< In rows.
};

/// Writes the visible rows and what goes with them to a file, which appears under its name only
/// when all of it is on the disk: a file of that name from before is whole until then.
///
/// **Threads** any, while the consumer goes on: a row is saved as it is when its page is read.
/// **Errors** TraceFileError, TraceCancelled.
void saveTrace(const TraceStore& store, const std::string& path, const SaveOptions& options = {});

/// How whole a file is.
struct TraceCondition {
    bool closed = true; ///< False: its program ended before it was closed, or the end is cut off.
    std::uint64_t blocks = 0; ///< Altogether, damaged ones included, as far as that is known.
    std::uint64_t damagedBlocks = 0;
    std::uint64_t missingOperations = 0; ///< That were recorded, and cannot be read.
    std::uint64_t unknownBlocks = 0; ///< Of types that a later version wrote; skipped.

    bool whole() const noexcept { return closed && damagedBlocks == 0 && missingOperations == 0; }
    /// For people: "3 of 2,441 blocks are damaged: 8,192 operations are missing."; empty when the
    /// file is whole.
    std::string message() const;
};

struct OpenedTrace {
    std::unique_ptr<TraceStore> store; ///< Read-only.
    TraceCondition condition;
};

struct OpenOptions {
    Progress progress = nullptr; ///< In bytes.
};

/// Opens a saved trace, or what a program that crashed left of one. All of it is read once and
/// checked, so that what is damaged is known, and counted in the store's lost(), from the start.
/// The file stays where it is, and must stay as it is, while the store lives: rows are read from
/// it.
///
/// **Threads** any.
/// **Errors** TraceFileError: cannot be read, is no trace, or is of a version that this program
/// does not know. TraceCancelled.
OpenedTrace openTrace(const std::string& path, const OpenOptions& options = {});

/// What a program that no longer runs left of its trace.
struct UnfinishedTrace {
    std::string path;
    std::uint64_t bytes = 0;
    std::string program; ///< Of the one that wrote it.
    std::uint64_t processId = 0;
    std::int64_t startedNs = 0; ///< Wall clock.
};

/// The leftovers in a folder that TraceStoreOptions::folder named, the newest first. Those of
/// programs that still run are not among them: they hold a lock, which ends with them, however that
/// comes about. A folder that is not there has none.
std::vector<UnfinishedTrace> findUnfinishedTraces(const std::string& folder);

/// Deletes one; false when it is in use, or cannot be deleted.
bool removeUnfinishedTrace(const std::string& path);

} // namespace swb::trace
