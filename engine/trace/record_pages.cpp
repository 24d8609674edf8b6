// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/record_pages.h"

#include <algorithm>
#include <new>
#include <utility>

namespace swb::trace::detail {
namespace {

/// A map node with a record in it, as the allocator rounds it.
constexpr std::size_t kOverlayBytes = 144;

std::size_t budgetPages(std::size_t memoryBudget)
{
    return std::max<std::size_t>(8, memoryBudget / sizeof(Page));
}

} // namespace

RecordPages::RecordPages(std::size_t memoryBudget)
    : m_mostCached(std::clamp<std::size_t>(budgetPages(memoryBudget) / 16, 2, 32))
    , m_mostFree(std::clamp<std::size_t>(budgetPages(memoryBudget) / 32, 1, 8))
    , m_mostResident(budgetPages(memoryBudget) - m_mostCached - m_mostFree)
    , m_pool(m_mostFree)
    , m_cache(m_pool, m_mostCached)
{
}

RecordPages::~RecordPages() = default;

void RecordPages::enablePaging(
    std::string folder, std::string program, TraceAnchor anchor, const Companions& companions)
{
    m_folder = std::move(folder);
    m_program = std::move(program);
    m_anchor = anchor;
    m_companions.emplace(companions);
}

void RecordPages::adopt(std::vector<Entry> entries, std::shared_ptr<PageFile> file)
{
    m_entries = std::move(entries);
    m_file = std::move(file);
}

RecordPages::Entry* RecordPages::findOrMake(std::uint64_t row) noexcept
{
    const std::uint64_t page = row / kRowsPerPage;
    try {
        if (page >= m_entries.size())
            m_entries.resize(page + 1);
        Entry& entry = m_entries[page];
        if (entry.page || entry.state != State::Hot)
            return &entry;
        entry.page = m_pool.take();
        if (!entry.page)
            return nullptr;
    } catch (const std::exception&) { // bad_alloc, or length_error for a row beyond all reason
        return nullptr;
    }
    ++m_resident;
    m_pageMade = true;
    return &m_entries[page];
}

void RecordPages::rowChanged(
    Entry& entry, std::uint64_t row, bool wasThere, bool wasPending, bool isPending)
{
    const std::uint64_t page = row / kRowsPerPage;
    if (!wasThere)
        ++entry.filled;
    if (wasPending != isPending)
        entry.pending = static_cast<std::uint16_t>(entry.pending + (isPending ? 1 : -1));
    if (!paging())
        return;
    if (!std::exchange(entry.dirty, true))
        m_dirty.push_back(page);
    if (entry.filled != kRowsPerPage || (wasThere && wasPending == isPending))
        return;
    if (entry.pending == 0)
        m_ended.push_back(page);
    else if (!wasThere)
        m_full.push_back(page);
}

const OperationRecord* RecordPages::overlaid(std::uint64_t row) const noexcept
{
    const auto found = m_overlay.find(row);
    return found != m_overlay.end() ? &found->second : nullptr;
}

void RecordPages::overlay(Entry& entry, const OperationRecord& record)
{
    const std::uint64_t row = record.id - 1;
    const bool pending = record.phase != OperationPhase::Completed;
    const auto [place, made] = m_overlay.try_emplace(row);
    storeRecord(place->second, record);
    if (made)
        ++entry.overlaid;
    const std::size_t inPage = row % kRowsPerPage;
    const bool wasPending = entry.pendingRows && entry.pendingRows->test(inPage);
    if (wasPending && !pending) {
        entry.pendingRows->reset(inPage);
        if (--entry.pending == 0)
            entry.pendingRows.reset();
    }
}

void RecordPages::copyOverlay(
    std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept
{
    for (auto next = m_overlay.lower_bound(firstRow);
         next != m_overlay.end() && next->first < firstRow + rows.size(); ++next)
        rows[next->first - firstRow] = next->second;
}

OperationRecord RecordPages::find(std::uint64_t row) const noexcept
{
    OperationRecord missing;
    missing.id = row + 1;
    missing.phase = OperationPhase::Completed;
    const Entry* entry = entryOf(row);
    if (entry == nullptr)
        return missing;
    if (entry->overlaid > 0) {
        if (const OperationRecord* newest = overlaid(row))
            return *newest;
    }
    const Page* page = entry->page.get();
    if (page == nullptr && entry->offset != 0) {
        const PageCache::Key key{row / kRowsPerPage, entry->generation};
        if (!m_lastRead.page || m_lastRead.key != key)
            m_lastRead = {key, load(key.page, key.generation, *m_file, entry->offset)};
        page = m_lastRead.page.get();
        if (page == nullptr)
            countReadFailure();
    }
    if (page == nullptr || page->rows[row % kRowsPerPage].id == 0)
        return missing;
    return page->rows[row % kRowsPerPage];
}

bool RecordPages::isPending(std::uint64_t row) const noexcept
{
    const Entry* entry = entryOf(row);
    if (entry == nullptr || entry->pending == 0)
        return false;
    const std::size_t inPage = row % kRowsPerPage;
    if (entry->state == State::Hot && entry->page) {
        const OperationRecord& record = entry->page->rows[inPage];
        return record.id != 0 && record.phase != OperationPhase::Completed;
    }
    return entry->pendingRows && entry->pendingRows->test(inPage);
}

std::uint64_t RecordPages::pagesOnDisk() const noexcept
{
    return static_cast<std::uint64_t>(std::count_if(
        m_entries.begin(), m_entries.end(), [](const Entry& entry) { return entry.offset != 0; }));
}

std::size_t RecordPages::memoryBytes() const noexcept
{
    return m_pool.pages() * sizeof(Page) + m_entries.capacity() * sizeof(Entry)
        + m_overlay.size() * kOverlayBytes;
}

void RecordPages::clear() noexcept
{
    m_writer.reset();
    m_entries.clear();
    m_overlay.clear();
    m_file.reset();
    m_cache.clear();
    m_readFailures.store(0, std::memory_order_relaxed);
    m_lastRead = {};
    for (std::deque<std::uint64_t>* queue : {&m_ended, &m_full, &m_clean, &m_dirty})
        queue->clear();
    m_resident = 0;
    m_droppedRecords = 0;
    m_pageMade = false;
    m_mergesUnderWay = 0;
    m_mergeFrom = 0;
    m_problem.clear();
    m_failing = false;
}

} // namespace swb::trace::detail
