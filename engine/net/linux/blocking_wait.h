// SPDX-License-Identifier: BSL-1.0
/// Waiting on descriptors on the calling thread: for Socket::poll() and Socket::select(), which the
/// asynchronous operations have no use for.
#pragma once

#include "engine/net/linux/system_calls.h"
#include "engine/net/socket_types.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

namespace swb::detail::sys {

/// What one waits for, and whether it is so.
struct WaitEntry {
    int fd = -1;
    SelectMode mode = SelectMode::SelectRead;
    bool ready = false;
};

/// How a wait ended.
enum class WaitEnd : std::uint8_t { Ready, TimedOut, Woken, Failed };

/// Waits until one of the entries is so, and sets `ready` in all that are; or for `wake`, or until
/// `deadline` (none: for ever). The descriptors differ. Failed: `error` is an errno value.
WaitEnd waitForAny(std::span<WaitEntry> entries, int wake,
    std::optional<std::chrono::steady_clock::time_point> deadline, int& error) noexcept;

/// A descriptor for waitForAny()'s `wake`, and how another thread signals it. Null with `error`
/// set.
Descriptor makeWake(int& error) noexcept;
void signal(int wake) noexcept;
void clearSignal(int wake) noexcept;

} // namespace swb::detail::sys
