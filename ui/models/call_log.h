// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/call_text.h"

#include <QString>

#include <cstdint>
#include <deque>
#include <unordered_map>

namespace swb::ui {

/// What stood in the SocketAsyncEventArgs of the calls that the window made: descriptions, not the
/// bytes. The newest are kept.
///
/// **Threads** GUI thread.
class CallLog {
public:
    static constexpr std::size_t kMost = 100'000;

    void add(std::uint64_t operationId, workbench::CallDescription call)
    {
        if (operationId == 0)
            return;
        if (m_calls.insert_or_assign(operationId, std::move(call)).second)
            m_order.push_back(operationId);
        if (m_order.size() > kMost) {
            m_calls.erase(m_order.front());
            m_order.pop_front();
        }
    }
    /// Null when the window did not make it, or too long ago.
    const workbench::CallDescription* find(std::uint64_t operationId) const
    {
        const auto found = m_calls.find(operationId);
        return found == m_calls.end() ? nullptr : &found->second;
    }
    /// The operation of the last call; 0 before the first.
    std::uint64_t newest() const { return m_order.empty() ? 0 : m_order.back(); }
    /// What an operation sends in one line: `"head" + disk.img + 1 more`; empty when not known.
    QString content(std::uint64_t operationId) const;

private:
    std::unordered_map<std::uint64_t, workbench::CallDescription> m_calls;
    std::deque<std::uint64_t> m_order;
};

} // namespace swb::ui
