// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_error.h"

#include <string_view>

namespace swb::workbench {

/// Why an error usually happens and what helps; empty where nothing better than the error's
/// description is known.
struct Advice {
    std::string_view cause;
    std::string_view nextStep;
};

/// Looks it up by operation ("Connect"), subject (its transport matters), error and errno.
/// Thread-safe.
Advice adviceFor(std::string_view operation, std::string_view subject, SocketError error,
    int nativeError) noexcept;

} // namespace swb::workbench
