// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/trace_store.h"

#include <algorithm>

namespace swb::trace {
namespace {

/// `next` tells more than `known` about the same operation. The log of the caller and that of the
/// worker are drained one after the other, so that a Pending record may come after Completed.
bool isLater(const OperationRecord& next, const OperationRecord& known) noexcept
{
    if (next.phase != known.phase)
        return next.phase > known.phase;
    return next.phase == OperationPhase::Progress && next.bytesDone > known.bytesDone;
}

} // namespace

TraceStore::Change TraceStore::apply(const OperationRecord& record) noexcept
{
    const std::lock_guard lock(m_mutex);
    return applyLocked(record);
}

std::size_t TraceStore::copyRows(
    std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept
{
    const std::lock_guard lock(m_mutex);
    if (firstRow >= m_visible)
        return 0;
    const auto count
        = static_cast<std::size_t>(std::min<std::uint64_t>(rows.size(), m_visible - firstRow));
    for (std::size_t i = 0; i < count; ++i)
        rows[i] = record(firstRow + i);
    return count;
}

TraceStore::Change TraceStore::applyLocked(const OperationRecord& record) noexcept
{
    if (record.id == 0)
        return Change::None;
    const std::uint64_t row = rowOf(record.id);
    OperationRecord* known = m_pages.findOrMake(row);
    if (known == nullptr) {
        ++m_lost;
        return Change::Lost;
    }

    const bool first = known->id == 0 || known->kind == SocketAsyncOperation::None;
    if (!first) {
        if (!isLater(record, *known)) {
            // Only the caller knows when its call returned, and a worker may have been quicker.
            if (known->returnedNs != 0 || record.returnedNs == 0)
                return Change::None;
            known->returnedNs = record.returnedNs;
            return row < m_visible ? Change::Updated : Change::Stored;
        }
        count(*known, false);
    }

    const std::int64_t returnedNs = known->returnedNs;
    *known = record;
    if (known->returnedNs == 0)
        known->returnedNs = returnedNs;
    count(*known, true);

    if (record.id == 1)
        m_originNs = record.submittedNs;
    if (record.id > m_highestId)
        m_highestId = record.id;
    if (row < m_visible)
        return Change::Updated;
    if (row == m_visible)
        growVisible();
    return Change::Stored;
}

void TraceStore::growVisible() noexcept
{
    while (m_visible < m_highestId) {
        const OperationRecord* next = m_pages.find(m_visible);
        if (next == nullptr || next->id == 0)
            return;
        ++m_visible;
    }
}

OperationRecord TraceStore::record(std::uint64_t row) const noexcept
{
    if (row >= m_visible)
        return {};
    const OperationRecord* known = m_pages.find(row);
    return known != nullptr ? *known : OperationRecord{};
}

void TraceStore::showGaps() noexcept
{
    const std::lock_guard lock(m_mutex);
    while (m_visible < m_highestId) {
        OperationRecord* next = m_pages.findOrMake(m_visible);
        if (next == nullptr)
            return;
        if (next->id == 0) {
            next->id = m_visible + 1;
            next->phase = OperationPhase::Completed;
        }
        ++m_visible;
    }
}

void TraceStore::count(const OperationRecord& record, bool add) noexcept
{
    const auto adjust = [add](std::uint64_t& total, std::uint64_t amount) {
        total = add ? total + amount : total - amount;
    };
    adjust(m_totals.operations, 1);
    if (record.returnedPending())
        adjust(m_totals.returnedPending, 1);
    switch (outcome(record)) {
    case Outcome::Synchronous:
        adjust(m_totals.synchronous, 1);
        break;
    case Outcome::Pending:
        adjust(m_totals.pending, 1);
        break;
    case Outcome::Completed:
        adjust(m_totals.completed, 1);
        break;
    case Outcome::Failed:
        adjust(m_totals.failed, 1);
        break;
    case Outcome::Aborted:
        adjust(m_totals.aborted, 1);
        break;
    }
    switch (direction(record.kind)) {
    case Direction::Sent:
        adjust(m_totals.bytesSent, record.bytesDone);
        break;
    case Direction::Received:
        adjust(m_totals.bytesReceived, record.bytesDone);
        break;
    case Direction::None:
        break;
    }
}

void TraceStore::clear() noexcept
{
    const std::lock_guard lock(m_mutex);
    m_pages.clear();
    m_visible = 0;
    m_highestId = 0;
    m_originNs = 0;
    m_lost = 0;
    m_totals = {};
}

} // namespace swb::trace
