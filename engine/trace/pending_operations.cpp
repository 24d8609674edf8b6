// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/pending_operations.h"

#include "engine/trace/trace_store.h"

#include <algorithm>
#include <utility>

namespace swb::trace {
namespace {

/// The queue that it is in: reads, or all others (CONC-01).
std::size_t directionOf(SocketAsyncOperation kind) noexcept
{
    return direction(kind) == Direction::Received ? 0 : 1;
}

// Operations start at the end of a lane and mostly end at its beginning, so both are cheap, and
// the place of one in it is found at once, however many there are.
void insertInto(PendingOperations::Ids& ids, std::uint64_t id)
{
    if (ids.empty() || ids.back() < id) {
        ids.push_back(id);
        return;
    }
    const auto at = std::lower_bound(ids.begin(), ids.end(), id);
    if (at == ids.end() || *at != id)
        ids.insert(at, id);
}

void eraseFrom(PendingOperations::Ids& ids, std::uint64_t id)
{
    const auto at = std::lower_bound(ids.begin(), ids.end(), id);
    if (at != ids.end() && *at == id)
        ids.erase(at);
}

} // namespace

void PendingOperations::takeRow(const TraceStore& store, std::uint64_t row)
{
    const auto inMemory = store.inMemory(row);
    const OperationRecord record = inMemory.empty() ? store.record(row) : inMemory.front();
    if (record.phase != OperationPhase::Completed)
        start(record);
    else
        end(record);
}

void PendingOperations::takeNewRows(
    const TraceStore& store, std::uint64_t first, std::uint64_t count)
{
    const std::uint64_t endRow = first + count;
    for (std::uint64_t row = first; row < endRow;) {
        const auto inMemory = store.inMemory(row);
        if (inMemory.empty()) {
            if (store.isPending(row))
                start(store.record(row));
            ++row;
            continue;
        }
        const auto records = inMemory.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(inMemory.size(), endRow - row)));
        for (const OperationRecord& record : records) {
            if (record.phase != OperationPhase::Completed)
                start(record);
        }
        row += records.size();
    }
}

void PendingOperations::start(const OperationRecord& record)
{
    OfSocket& waiting = m_sockets[record.socketId];
    m_changed = m_changed || waiting.empty();
    insertInto(waiting.byDirection[directionOf(record.kind)], record.id);
}

void PendingOperations::end(const OperationRecord& record)
{
    const auto found = m_sockets.find(record.socketId);
    if (found == m_sockets.end())
        return;
    eraseFrom(found->second.byDirection[directionOf(record.kind)], record.id);
    if (found->second.empty()) {
        m_sockets.erase(found);
        m_changed = true;
    }
}

bool PendingOperations::takeSocketsChanged() noexcept
{
    return std::exchange(m_changed, false);
}

std::vector<std::uint32_t> PendingOperations::sockets() const
{
    std::vector<std::uint32_t> ids;
    ids.reserve(m_sockets.size());
    for (const auto& [socketId, waiting] : m_sockets)
        ids.push_back(socketId);
    return ids;
}

std::size_t PendingOperations::ahead(const OperationRecord& record) const
{
    const auto found = m_sockets.find(record.socketId);
    if (found == m_sockets.end())
        return 0;
    const Ids& ids = found->second.byDirection[directionOf(record.kind)];
    return static_cast<std::size_t>(
        std::lower_bound(ids.begin(), ids.end(), record.id) - ids.begin());
}

const PendingOperations::Ids& PendingOperations::writes(std::uint32_t socketId) const
{
    static const Ids none;
    const auto found = m_sockets.find(socketId);
    return found == m_sockets.end() ? none : found->second.byDirection[1];
}

} // namespace swb::trace
