// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"

namespace swb::cli {

class MainLoop;

/// `swb listen`: accepts and receives until Ctrl-C, or once.
ExitStatus runListen(const ListenCommand& command, MainLoop& loop);

} // namespace swb::cli
