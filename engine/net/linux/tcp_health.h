// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_health.h"

namespace swb::detail::sys {

/// Looks at a TCP socket. `connectedByUs`: this side sent the SYN, which the kernel counts among
/// the acknowledged bytes. False: it is no TCP socket, or the system does not tell; `health` is
/// then unchanged.
bool readTcpHealth(int fd, bool connectedByUs, SocketHealth& health) noexcept;

} // namespace swb::detail::sys
