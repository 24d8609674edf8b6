// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <latch>
#include <thread>

namespace swb::bench {

/// A thread that sleeps. In a process that has one, the kernel counts who uses a descriptor in each
/// call: two locked instructions, a seventh of a small send. No engine with worker threads can do
/// without, so that a bare loop beside such a thread is what its overhead is measured against.
class SecondThread {
public:
    ~SecondThread() { m_end.count_down(); }

private:
    std::latch m_end{1};
    std::jthread m_thread{[this] { m_end.wait(); }};
};

} // namespace swb::bench
