// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/workspace.h"
#include "ui/support/icons.h"

#include <QString>

namespace swb::ui {

/// A state as people see it: a word, a shape and a tone; never a colour alone.
struct StateLook {
    QString word;
    QString iconName;
    Tone tone = Tone::Quiet;
};

StateLook lookOf(workbench::ConnectionState state);
/// For any row of the connections tree.
StateLook lookOf(const workbench::NodeSnapshot& node);
/// "echo peer", "slow peer, 64.0 KiB/s": what a demo peer does.
QString peerName(const workbench::NodeSnapshot& peer);

} // namespace swb::ui
