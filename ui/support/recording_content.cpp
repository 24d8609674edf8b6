// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/recording_content.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <utility>

namespace swb::ui {
namespace {

/// Most of the time goes by while the file is read and checked; what is made of it is quicker.
constexpr std::uint64_t kParts = 1000;
constexpr std::uint64_t kReading = 600;

} // namespace

RecordingContent RecordingContent::read(const QString& path, const trace::Progress& progress)
{
    const auto part = [&progress](std::uint64_t from, std::uint64_t to) -> trace::Progress {
        return [&progress, from, to](std::uint64_t done, std::uint64_t total) {
            return !progress
                || progress(from + (to - from) * done / std::max<std::uint64_t>(total, 1), kParts);
        };
    };
    RecordingContent content;
    content.path = path;
    trace::OpenedTrace opened = trace::openTrace(path.toStdString(), {part(0, kReading)});
    content.store = std::move(opened.store);
    content.condition = opened.condition;
    const trace::TraceStore& store = *content.store;
    // Side by side: each reads all of it once more.
    std::atomic<bool> stopped{false};
    auto bytes = std::async(std::launch::async, [&store, &stopped] {
        return std::make_unique<RecordedBytes>(
            store, [&stopped](std::uint64_t, std::uint64_t) { return !stopped; });
    });
    try {
        content.lanes = std::make_unique<TimelineLanes>(store, part(kReading, kParts));
        content.lanes->refresh();
    } catch (...) {
        stopped = true; // the future waits for it
        throw;
    }
    content.bytes = bytes.get();
    return content;
}

} // namespace swb::ui
