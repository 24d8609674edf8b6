// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>

namespace swb::trace {

/// How far a long job is. Called after every few milliseconds of work, on the thread that does it;
/// returns false to cancel, upon which the job throws TraceCancelled.
using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// The user said so; nothing was left behind.
class TraceCancelled : public std::runtime_error {
public:
    TraceCancelled()
        : std::runtime_error("cancelled")
    {
    }
};

} // namespace swb::trace
