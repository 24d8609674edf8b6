// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"

namespace swb::cli {

class MainLoop;

/// `swb send`: connects, sends, waits until it has arrived.
ExitStatus runSend(const SendCommand& command, MainLoop& loop);

} // namespace swb::cli
