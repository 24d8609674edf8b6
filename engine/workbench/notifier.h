// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace swb::workbench {

/// Calls "something changed" until it is silenced.
///
/// **Threads** all members from any thread. Calls do not overlap; once silence() has returned none
/// is running, unless silence() was called from inside one.
class Notifier {
public:
    explicit Notifier(std::function<void()> changed)
        : m_changed(std::move(changed))
    {
    }

    void notify()
    {
        // The lock is held on purpose: it is what silence() waits for. Nothing else is guarded by
        // it.
        const std::scoped_lock lock(m_mutex);
        if (!m_silent && m_changed)
            m_changed();
    }

    void silence()
    {
        const std::scoped_lock lock(m_mutex);
        m_silent = true;
    }

private:
    std::recursive_mutex m_mutex; // recursive: the callback may destroy what it is told about
    bool m_silent = false;
    const std::function<void()> m_changed;
};

} // namespace swb::workbench
