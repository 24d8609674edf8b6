// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/end_point.h"
#include "engine/net/socket_error.h"

#include <functional>
#include <string>
#include <vector>

namespace swb::detail {

struct ResolvedName {
    std::vector<EndPoint> endPoints; ///< In the resolver's order.
    SocketError error = SocketError::Success; ///< CONN-11
    std::string message; ///< The resolver's own words; empty on success.
};

/// Resolves a name for TCP or UDP and calls `done` on another thread. A lookup cannot be
/// interrupted and may take many seconds, so nothing waits for it: `done` must hold only weak
/// references.
/// **Errors** std::system_error when no thread can be made.
void resolveName(const EndPoint& name, std::function<void(ResolvedName)> done);

} // namespace swb::detail
