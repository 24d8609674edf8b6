// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/live_view.h"

namespace swb::ui {

LiveView::LiveView(AsyncEngine& engine, EngineBridge& bridge, QObject* parent)
    : QObject(parent)
    , m_shown(bridge)
    , m_lanes(bridge.store())
    , m_health(engine, bridge)
{
    connect(&bridge, &EngineBridge::operationsChanged, this, [this](const OperationsBatch& batch) {
        m_lanes.apply(batch);
        emit lanesChanged();
    });
}

} // namespace swb::ui
