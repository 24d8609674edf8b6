// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SWB_TEST_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define SWB_TEST_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define SWB_TEST_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SWB_TEST_ASAN 1
#endif

namespace swb::test {

/// How long a test waits for what must happen. Never a limit on how fast: only a hang reaches it.
inline constexpr std::chrono::milliseconds kDeadline{30000};

/// True in builds where work on bytes costs ten times as much: sizes are reduced there, nothing is
/// left out.
inline constexpr bool kSanitized =
#if defined(SWB_TEST_TSAN) || defined(SWB_TEST_ASAN)
    true;
#else
    false;
#endif

} // namespace swb::test
