// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"

namespace swb::cli {

class MainLoop;

/// `swb trace convert`: a trace for other programs. A trace that is not whole is converted as far
/// as it goes, which is OperationFailed.
ExitStatus runTraceConvert(const TraceConvertCommand& command, MainLoop& loop);

/// `swb trace info`: what is in a trace. OperationFailed when it is not whole.
ExitStatus runTraceInfo(const TraceInfoCommand& command, MainLoop& loop);

} // namespace swb::cli
