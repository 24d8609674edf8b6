// SPDX-License-Identifier: BSL-1.0
/// Small numbers and names for threads, so that a record can say where a call was made and where
/// its event came.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace swb {

/// The calling thread's number in this process: 1, 2, 3, ... in the order of first use; never
/// reused. The 65535th and later threads share one number. Thread-safe.
std::uint16_t currentThreadId() noexcept;

/// Names the calling thread for people: "main", "worker 1". Thread-safe.
void nameCurrentThread(std::string name);

/// The name given, or "thread N". Thread-safe.
std::string threadName(std::uint16_t id);

/// The threads that were given a name, by their number; those that have ended too. Thread-safe.
std::vector<std::pair<std::uint16_t, std::string>> namedThreads();

} // namespace swb
