// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_record.h"

#include <QIcon>

#include <array>

namespace swb::ui {

/// One icon for each outcome. They differ in shape, not by colour alone, and take their colours
/// from the palette at the moment they are painted.
///
/// **Threads** GUI thread.
class OutcomeIcons {
public:
    OutcomeIcons();
    const QIcon& icon(trace::Outcome outcome) const
    {
        return m_icons[static_cast<std::size_t>(outcome)];
    }

private:
    std::array<QIcon, trace::kOutcomeCount> m_icons;
};

} // namespace swb::ui
