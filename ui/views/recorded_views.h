// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/support/settings.h"

#include <memory>

class QWidget;

namespace swb::ui {

class Actions;
class InspectorPane;
class OpenedRecording;
class OperationsPane;
class PlotsPane;
class TimelinePane;

/// The panes that look at operations, all at the same ones.
struct OperationViews {
    OperationsPane* operations = nullptr;
    TimelinePane* timeline = nullptr;
    InspectorPane* inspector = nullptr;
    PlotsPane* plots = nullptr;
};

/// A recording that was opened, and panes of its own for it: those of the session stay as they are,
/// with all that was selected, filtered and scrolled to, until one comes back to them.
///
/// **Threads** GUI thread. **Lifetime** the actions must outlive it; whoever shows the panes takes
/// them out again before this goes.
class RecordedViews {
public:
    RecordedViews(std::shared_ptr<OpenedRecording> recording, Actions& actions,
        const Settings& settings, QWidget* parent);
    ~RecordedViews();
    RecordedViews(const RecordedViews&) = delete;
    RecordedViews& operator=(const RecordedViews&) = delete;

    OpenedRecording& recording() const { return *m_recording; }
    const OperationViews& views() const { return m_views; }

private:
    std::shared_ptr<OpenedRecording> m_recording;
    OperationViews m_views;
};

} // namespace swb::ui
