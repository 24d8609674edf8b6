// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/payload_log.h"

#include <algorithm>
#include <utility>

namespace swb::trace {
namespace {

/// What an entry costs besides its bytes: map node, list, control block.
constexpr std::size_t kEntryBytes = 160;
/// Well within what a block of a trace file may hold.
constexpr std::size_t kMostBytesPerOperation = std::size_t{64} << 20;

} // namespace

PayloadLog::PayloadLog(PayloadLogOptions options)
    : m_bytesPerOperation(std::min(options.bytesPerOperation, kMostBytesPerOperation))
    , m_budgetBytes(options.budgetBytes)
{
}

void PayloadLog::setBytesPerOperation(std::size_t bytes) noexcept
{
    m_bytesPerOperation.store(std::min(bytes, kMostBytesPerOperation), std::memory_order_relaxed);
}

void PayloadLog::keep(
    std::uint64_t operationId, std::span<const std::byte> start, std::uint64_t offered)
{
    const std::size_t most = bytesPerOperation();
    if (most == 0 || operationId == 0)
        return;
    start = start.first(std::min(start.size(), most));
    auto entry = std::make_shared<Entry>();
    entry->operationId = operationId;
    entry->offered = std::max<std::uint64_t>(offered, start.size());
    entry->bytes.assign(start.begin(), start.end());

    const std::scoped_lock lock(m_mutex);
    if (m_entries.contains(operationId))
        return;
    ++m_totals.operations;
    m_totals.bytes += entry->offered;
    const std::size_t cost = kEntryBytes + start.size();
    if (m_usedBytes + cost > m_budgetBytes) {
        ++m_totals.refusedOperations;
        return;
    }
    m_usedBytes += cost;
    ++m_totals.keptOperations;
    m_totals.keptBytes += start.size();
    m_inOrder.push_back(entry);
    m_entries.emplace(operationId, std::move(entry));
}

std::optional<KeptPayload> PayloadLog::find(std::uint64_t operationId) const
{
    std::shared_ptr<const Entry> entry;
    {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_entries.find(operationId);
        if (found == m_entries.end())
            return std::nullopt;
        entry = found->second;
    }
    return KeptPayload{entry->bytes, entry->offered};
}

PayloadTotals PayloadLog::totals() const
{
    const std::scoped_lock lock(m_mutex);
    return m_totals;
}

std::size_t PayloadLog::memoryBytes() const
{
    const std::scoped_lock lock(m_mutex);
    return m_usedBytes;
}

std::vector<PayloadLog::Entry> PayloadLog::next(std::size_t& cursor, std::size_t mostBytes) const
{
    const std::scoped_lock lock(m_mutex);
    std::vector<Entry> entries;
    for (std::size_t bytes = 0; cursor < m_inOrder.size(); ++cursor) {
        const Entry& entry = *m_inOrder[cursor];
        bytes += entry.bytes.size() + sizeof(Entry);
        if (!entries.empty() && bytes > mostBytes)
            break;
        entries.push_back(entry);
    }
    return entries;
}

void PayloadLog::restore(Entry entry)
{
    const std::scoped_lock lock(m_mutex);
    if (m_entries.contains(entry.operationId))
        return;
    m_usedBytes += kEntryBytes + entry.bytes.size();
    ++m_totals.operations;
    ++m_totals.keptOperations;
    m_totals.bytes += entry.offered;
    m_totals.keptBytes += entry.bytes.size();
    auto shared = std::make_shared<const Entry>(std::move(entry));
    m_inOrder.push_back(shared);
    m_entries.emplace(shared->operationId, std::move(shared));
}

void PayloadLog::restoreTotals(const PayloadTotals& totals)
{
    const std::scoped_lock lock(m_mutex);
    // What is really there is known better than what a file says.
    m_totals.operations = std::max(m_totals.operations, totals.operations);
    m_totals.bytes = std::max(m_totals.bytes, totals.bytes);
    m_totals.refusedOperations = totals.refusedOperations;
}

void PayloadLog::clear()
{
    const std::scoped_lock lock(m_mutex);
    m_entries.clear();
    m_inOrder.clear();
    m_totals = {};
    m_usedBytes = 0;
}

} // namespace swb::trace
