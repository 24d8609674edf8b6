// SPDX-License-Identifier: BSL-1.0
/// Waiting on descriptors on the calling thread: for Socket::poll() and Socket::select(), which the
/// asynchronous operations have no use for.
#pragma once

#include "engine/net/linux/system_calls.h"
#include "engine/net/socket_types.h"

#include <chrono>
#include <optional>
#include <vector>

namespace swb::detail::sys {

/// What one waits for, and whether it is so.
struct WaitEntry {
    int fd = -1;
    SelectMode mode = SelectMode::SelectRead;
    bool ready = false;
};

/// Fills `ready` of every entry; waits at most `timeout` for the first of them or for `wake` (-1:
/// none), without a timeout for ever. 0 or errno.
int waitForAny(std::vector<WaitEntry>& entries, int wake,
    std::optional<std::chrono::microseconds> timeout) noexcept;

/// A descriptor for waitForAny()'s `wake`, and how another thread signals it. Null with `error`
/// set.
Descriptor makeWake(int& error) noexcept;
void signal(int wake) noexcept;
void clearSignal(int wake) noexcept;

} // namespace swb::detail::sys
