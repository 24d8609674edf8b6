// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/health_feed.h"

#include "engine/workbench/pending_reason.h"

#include <QString>

#include <algorithm>

namespace swb::ui {
namespace {

/// The queue that it is in: reads, or all others (CONC-01).
std::size_t directionOf(SocketAsyncOperation kind) noexcept
{
    return trace::direction(kind) == trace::Direction::Received ? 0 : 1;
}

// Operations start at the end of a lane and mostly end at its beginning, so both are cheap, and
// the place of one in it is found at once, however many there are.
using Ids = std::deque<std::uint64_t>;

void insertInto(Ids& ids, std::uint64_t id)
{
    if (ids.empty() || ids.back() < id) {
        ids.push_back(id);
        return;
    }
    const auto at = std::lower_bound(ids.begin(), ids.end(), id);
    if (at == ids.end() || *at != id)
        ids.insert(at, id);
}

void eraseFrom(Ids& ids, std::uint64_t id)
{
    const auto at = std::lower_bound(ids.begin(), ids.end(), id);
    if (at != ids.end() && *at == id)
        ids.erase(at);
}

} // namespace

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
    for (const qint64 changed : batch.changedRows) {
        const auto row = static_cast<std::uint64_t>(changed);
        const auto inMemory = store.inMemory(row);
        takeChanged(inMemory.empty() ? store.record(row) : inMemory.front());
    }
    // What is over when it is first heard of, by far the most, was never waited for.
    auto row = static_cast<std::uint64_t>(batch.firstNewRow);
    const std::uint64_t end = row + static_cast<std::uint64_t>(batch.newRows);
    while (row < end) {
        const auto inMemory = store.inMemory(row);
        if (inMemory.empty()) {
            if (store.isPending(row))
                takePending(store.record(row));
            ++row;
            continue;
        }
        const auto records = inMemory.first(std::min<std::size_t>(inMemory.size(), end - row));
        for (const trace::OperationRecord& record : records) {
            if (record.phase != trace::OperationPhase::Completed)
                takePending(record);
        }
        row += records.size();
    }
    if (!m_waitingChanged)
        return;
    m_waitingChanged = false;
    std::vector<std::uint32_t> sockets;
    sockets.reserve(m_waiting.size());
    for (const auto& [socketId, waiting] : m_waiting)
        sockets.push_back(socketId);
    m_monitor.watch(std::move(sockets));
}

void HealthFeed::takePending(const trace::OperationRecord& record)
{
    Waiting& waiting = m_waiting[record.socketId];
    m_waitingChanged = m_waitingChanged || waiting.empty();
    insertInto(waiting.byDirection[directionOf(record.kind)], record.id);
}

void HealthFeed::takeChanged(const trace::OperationRecord& record)
{
    if (record.phase != trace::OperationPhase::Completed) {
        takePending(record);
        return;
    }
    const auto found = m_waiting.find(record.socketId);
    if (found == m_waiting.end())
        return;
    eraseFrom(found->second.byDirection[directionOf(record.kind)], record.id);
    if (found->second.empty()) {
        m_waiting.erase(found);
        m_waitingChanged = true;
    }
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

std::size_t HealthFeed::ahead(const trace::OperationRecord& record) const
{
    const auto found = m_waiting.find(record.socketId);
    if (found == m_waiting.end())
        return 0;
    const Ids& ids = found->second.byDirection[directionOf(record.kind)];
    return static_cast<std::size_t>(
        std::lower_bound(ids.begin(), ids.end(), record.id) - ids.begin());
}

std::vector<trace::OperationRecord> HealthFeed::pendingSends(std::uint32_t socketId) const
{
    std::vector<trace::OperationRecord> records;
    const auto found = m_waiting.find(socketId);
    if (found == m_waiting.end())
        return records;
    for (const std::uint64_t id : found->second.byDirection[1]) {
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
