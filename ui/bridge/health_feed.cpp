// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/health_feed.h"

#include "engine/workbench/pending_reason.h"

#include <QString>

namespace swb::ui {
HealthFeed::HealthFeed(AsyncEngine& engine, EngineBridge& bridge, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_monitor(engine, bridge.waker())
{
    connect(&bridge, &EngineBridge::operationsChanged, this, &HealthFeed::takeBatch);
    connect(&bridge, &EngineBridge::frame, this, &HealthFeed::takeSamples);
}

void HealthFeed::takeBatch(const OperationsBatch& batch)
{
    const trace::TraceStore& store = m_bridge.store();
    for (const qint64 row : batch.changedRows)
        m_pending.takeRow(store, static_cast<std::uint64_t>(row));
    m_pending.takeNewRows(store, static_cast<std::uint64_t>(batch.firstNewRow),
        static_cast<std::uint64_t>(batch.newRows));
    if (m_pending.takeSocketsChanged())
        m_monitor.watch(m_pending.sockets());
}

void HealthFeed::takeSamples()
{
    m_samples.clear();
    m_monitor.drain(m_samples);
    if (m_samples.empty())
        return;
    for (const SocketHealth& sample : m_samples) {
        m_log.apply(sample);
        m_bridge.health().add(sample);
    }
    emit sampled();
}

std::vector<trace::OperationRecord> HealthFeed::pendingSends(std::uint32_t socketId) const
{
    std::vector<trace::OperationRecord> records;
    for (const std::uint64_t id : m_pending.writes(socketId)) {
        const auto record = m_bridge.store().record(trace::TraceStore::rowOf(id));
        if (trace::direction(record.kind) == trace::Direction::Sent)
            records.push_back(record);
    }
    return records;
}

QString HealthFeed::reason(const trace::OperationRecord& record) const
{
    if (trace::outcome(record) != trace::Outcome::Pending)
        return {};
    return QString::fromStdString(workbench::explainPending(
        record, ahead(record), health(record.socketId), trace::steadyNowNs())
                                      .sentence);
}

} // namespace swb::ui
