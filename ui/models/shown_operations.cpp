// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/shown_operations.h"

#include <algorithm>
#include <vector>

namespace swb::ui {

ShownOperations::ShownOperations(EngineBridge& bridge, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_rows(bridge.store().rowCount())
    , m_job(bridge.store(), bridge.waker())
{
    connect(&bridge, &EngineBridge::operationsChanged, this, &ShownOperations::apply);
    connect(&bridge, &EngineBridge::frame, this, &ShownOperations::drain);
}

void ShownOperations::setFilter(const trace::Filter& filter)
{
    m_filter = filter;
    m_everything = filter.isEverything();
    m_found.clear();
    m_searching = !m_everything;
    if (m_everything)
        m_job.cancel();
    else
        m_job.start(filter, m_rows);
    emit filterChanged();
    emit changed();
    emit progressed();
}

void ShownOperations::reload()
{
    m_rows = m_bridge.store().rowCount();
    setFilter(trace::Filter(m_filter));
}

void ShownOperations::cancel()
{
    if (!m_job.progress().isRunning)
        return;
    m_job.cancel();
    drain();
}

trace::FilterJob::Progress ShownOperations::progress() const
{
    if (m_everything)
        return {m_rows, m_rows, false, false};
    return m_job.progress();
}

quint64 ShownOperations::rank(quint64 row) const
{
    return m_everything ? std::min<quint64>(row, m_rows) : m_found.rank(row);
}

std::size_t ShownOperations::copyRows(quint64 index, std::span<std::uint64_t> rows) const
{
    if (m_everything)
        return trace::RowList{m_rows, nullptr, nullptr}.copy(index, rows);
    return m_found.copy(index, rows);
}

std::optional<quint64> ShownOperations::indexOfRow(quint64 row) const
{
    return contains(row) ? std::optional(rank(row)) : std::nullopt;
}

trace::RowList ShownOperations::rows() const
{
    if (m_everything)
        return {m_rows, nullptr, nullptr};
    return {m_found.count(), std::make_shared<const trace::RowSet>(m_found), nullptr};
}

void ShownOperations::apply(const OperationsBatch& batch)
{
    m_rows = m_bridge.store().rowCount();
    if (m_everything) {
        if (batch.newRows > 0)
            emit changed();
        return;
    }
    // A record that was taken for lost and comes late changes what never changes otherwise.
    std::vector<std::uint64_t> again;
    if (m_filter.dependsOnProgress() || m_bridge.lostRecords() > 0)
        again.assign(batch.changedRows.begin(), batch.changedRows.end());
    m_job.extend(m_rows, again);
}

void ShownOperations::drain()
{
    if (m_everything)
        return;
    const bool news = m_job.drain(m_found);
    const bool running = m_job.progress().isRunning;
    const bool told = m_searching;
    m_searching = running;
    if (news)
        emit changed();
    if (running || told)
        emit progressed();
}

} // namespace swb::ui
