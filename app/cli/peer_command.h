// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"

namespace swb::cli {

class MainLoop;

/// `swb peer`: serves until Ctrl-C.
ExitStatus runPeer(const PeerCommand& command, MainLoop& loop);

} // namespace swb::cli
