// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/trace_file.h"
#include "ui/support/recorded_bytes.h"
#include "ui/timeline/timeline_lanes.h"

#include <QString>

#include <memory>

namespace swb::ui {

/// A recording as it is read, on any thread: the part that takes its time.
struct RecordingContent {
    QString path;
    std::shared_ptr<trace::TraceStore> store; ///< Read-only.
    trace::TraceCondition condition;
    std::unique_ptr<TimelineLanes> lanes;
    std::unique_ptr<RecordedBytes> bytes;

    /// **Errors** TraceFileError, TraceCancelled.
    static RecordingContent read(const QString& path, const trace::Progress& progress);
};

} // namespace swb::ui
