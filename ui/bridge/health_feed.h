// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/health_log.h"
#include "engine/trace/health_monitor.h"
#include "ui/bridge/engine_bridge.h"

#include <QObject>

#include <array>
#include <deque>
#include <map>
#include <vector>

namespace swb::ui {

/// Knows which operations are pending, has the sockets they wait on looked at, and hands what was
/// seen to the GUI: the reason why something is pending, within a look (100 ms) and a frame.
///
/// **Threads** GUI thread. **Lifetime** engine and bridge must outlive it.
class HealthFeed : public QObject {
    Q_OBJECT
public:
    HealthFeed(AsyncEngine& engine, EngineBridge& bridge, QObject* parent = nullptr);

    const trace::HealthLog& log() const { return m_log; }
    /// Null when nothing was seen of the socket.
    const trace::HealthHistory* health(std::uint32_t socketId) const
    {
        return m_log.find(socketId);
    }
    /// How many operations of the same direction on the same socket were started before this
    /// pending one and are pending too.
    std::size_t ahead(const trace::OperationRecord& record) const;
    /// The pending sends of a socket, oldest first.
    std::vector<trace::OperationRecord> pendingSends(std::uint32_t socketId) const;
    /// One sentence; empty when the operation is not pending.
    QString reason(const trace::OperationRecord& record) const;

signals:
    /// New samples are in the log.
    void sampled();

private:
    using Ids = std::deque<std::uint64_t>;
    struct Waiting {
        std::array<Ids, 2> byDirection; ///< Reads, writes: CONC-01. Ascending.
        bool empty() const { return byDirection[0].empty() && byDirection[1].empty(); }
    };

    void takeBatch(const OperationsBatch& batch);
    void takePending(const trace::OperationRecord& record);
    void takeChanged(const trace::OperationRecord& record);
    void takeSamples();

    EngineBridge& m_bridge;
    std::map<std::uint32_t, Waiting> m_waiting; ///< By socket.
    bool m_waitingChanged = false;
    trace::HealthLog m_log;
    std::vector<SocketHealth> m_samples; ///< Kept for its memory.
    trace::HealthMonitor m_monitor;
};

} // namespace swb::ui
