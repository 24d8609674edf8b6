// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/health_feed.h"
#include "ui/models/operation_focus.h"
#include "ui/models/shown_operations.h"
#include "ui/timeline/timeline_lanes.h"

#include <QObject>

namespace swb::ui {

/// What the views of the operations work on together: which of them are shown, what is selected and
/// brushed, their lanes over time, and why the pending ones are pending.
///
/// **Threads** GUI thread. **Lifetime** engine and bridge must outlive it.
class LiveView : public QObject {
    Q_OBJECT
public:
    LiveView(AsyncEngine& engine, EngineBridge& bridge, QObject* parent = nullptr);

    ShownOperations& shown() { return m_shown; }
    OperationFocus& focus() { return m_focus; }
    TimelineLanes& lanes() { return m_lanes; }
    HealthFeed& health() { return m_health; }

signals:
    /// The lanes have new or changed operations.
    void lanesChanged();

private:
    ShownOperations m_shown;
    OperationFocus m_focus;
    TimelineLanes m_lanes;
    HealthFeed m_health;
};

} // namespace swb::ui
