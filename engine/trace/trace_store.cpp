// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/trace_store.h"

#include "engine/net/thread_id.h"
#include "engine/trace/record_pages.h"
#include "engine/trace/trace_index.h"

#include <algorithm>
#include <new>
#include <utility>

namespace swb::trace {
namespace {

using namespace std::chrono_literals;
using detail::kRowsPerPage;
using detail::RecordPages;

/// What the consumer waits at most, for each page that it fills, when the disk is far behind.
constexpr auto kMostWait = 4ms;

/// `next` tells more than `known` about the same operation. The log of the caller and that of the
/// worker are drained one after the other, so that a Pending record may come after Completed.
bool isLater(const OperationRecord& next, const OperationRecord& known) noexcept
{
    if (next.phase != known.phase)
        return next.phase > known.phase;
    return next.phase == OperationPhase::Progress && next.bytesDone > known.bytesDone;
}

bool isThere(const OperationRecord& record) noexcept
{
    return record.id != 0 && record.kind != SocketAsyncOperation::None;
}

TraceStoreOptions optionsOf(std::string program)
{
    TraceStoreOptions options;
    options.program = std::move(program);
    return options;
}

OperationRecord missingRow(std::uint64_t row) noexcept
{
    OperationRecord record;
    record.id = row + 1;
    record.phase = OperationPhase::Completed;
    return record;
}

} // namespace

TraceStore::TraceStore(TraceStoreOptions options)
    : m_options(std::move(options))
    , m_anchor(TraceAnchor::now())
    , m_sockets(std::make_unique<SocketTable>())
    , m_payload(std::make_unique<PayloadLog>(m_options.payload))
    , m_health(std::make_unique<HealthSamples>())
    , m_pages(std::make_unique<RecordPages>(m_options.memoryBudget))
{
    if (!m_options.folder.empty())
        m_pages->enablePaging(
            m_options.folder, m_options.program, m_anchor, {*m_sockets, *m_payload, *m_health});
}

TraceStore::TraceStore(detail::TraceIndex index)
    : m_options(optionsOf(std::move(index.header.program)))
    , m_anchor(index.header.anchor)
    , m_sockets(std::move(index.sockets))
    , m_payload(std::move(index.payload))
    , m_health(std::move(index.health))
    , m_threadNames(std::move(index.threadNames))
    , m_readOnly(true)
    , m_endNs(index.endNs)
    , m_pages(std::make_unique<RecordPages>(m_options.memoryBudget))
    , m_visible(index.rows)
    , m_highestId(index.rows)
    , m_originNs(index.originNs)
    , m_lost(index.lost + index.missing)
    , m_totals(index.totals)
{
    m_pages->adopt(std::move(index.pages), std::move(index.file));
}

TraceStore::~TraceStore() = default;

TraceStore::Change TraceStore::apply(const OperationRecord& record) noexcept
{
    Change change = Change::Lost;
    bool waits = false;
    bool late = false;
    {
        const std::lock_guard lock(m_mutex);
        try {
            change = applyLocked(record);
            late = !m_late.empty();
            m_late.clear();
        } catch (const std::bad_alloc&) {
            ++m_lost;
        }
        if (m_pages->needsHousekeeping()) {
            m_pages->housekeep();
            waits = m_pages->isFarBehind();
        }
    }
    if (late)
        change = applyLate(record);
    if (waits)
        m_pages->waitForWriter(kMostWait);
    return change;
}

void TraceStore::apply(
    std::span<const OperationRecord> records, std::vector<std::uint64_t>* updatedRows)
{
    if (updatedRows != nullptr)
        updatedRows->reserve(updatedRows->size() + records.size());
    const auto note = [updatedRows](const OperationRecord& record, Change change) {
        if (change == Change::Updated && updatedRows != nullptr)
            updatedRows->push_back(rowOf(record.id));
    };
    bool waits = false;
    std::vector<OperationRecord> late;
    {
        const std::lock_guard lock(m_mutex);
        for (const OperationRecord& record : records) {
            try {
                note(record, applyLocked(record));
            } catch (const std::bad_alloc&) {
                ++m_lost;
            }
        }
        if (!m_late.empty())
            late = std::exchange(m_late, {});
        if (m_pages->needsHousekeeping()) {
            m_pages->housekeep();
            waits = m_pages->isFarBehind();
        }
    }
    for (const OperationRecord& record : late)
        note(record, applyLate(record));
    if (waits)
        m_pages->waitForWriter(kMostWait);
}

TraceStore::Change TraceStore::applyLocked(const OperationRecord& record)
{
    if (record.id == 0)
        return Change::None;
    const std::uint64_t row = rowOf(record.id);
    RecordPages::Entry* entry = m_readOnly ? nullptr : m_pages->findOrMake(row);
    if (entry == nullptr) {
        ++m_lost;
        return Change::Lost;
    }
    if (entry->state == RecordPages::State::Hot) {
        OperationRecord& known = entry->page->rows[row % kRowsPerPage];
        const bool wasThere = known.id != 0;
        const bool wasPending = wasThere && known.phase != OperationPhase::Completed;
        if (!merge(known, record))
            return Change::None;
        m_pages->rowChanged(
            *entry, row, wasThere, wasPending, known.phase != OperationPhase::Completed);
        return noteApplied(record);
    }
    if (const OperationRecord* known = m_pages->overlaid(row))
        return applyToSealed(record, *known);
    if (entry->page)
        return applyToSealed(record, entry->page->rows[row % kRowsPerPage]);
    if (entry->state != RecordPages::State::Dropped)
        m_late.push_back(record);
    return Change::None; // or see applyLate()
}

/// Precondition: the lock is held.
TraceStore::Change TraceStore::applyToSealed(const OperationRecord& record, OperationRecord known)
{
    if (!merge(known, record))
        return Change::None;
    m_pages->overlay(*m_pages->findOrMake(rowOf(record.id)), known);
    return noteApplied(record);
}

/// For the rare record about a row that is only on disk and not pending, such as the caller's
/// record of an operation that a worker ended long before: the row is read without the lock.
TraceStore::Change TraceStore::applyLate(const OperationRecord& record) noexcept
{
    const std::uint64_t failures = m_pages->readFailures();
    const OperationRecord known = m_pages->find(rowOf(record.id));
    const std::lock_guard lock(m_mutex);
    try {
        if (m_pages->readFailures() == failures)
            return applyToSealed(record, known);
    } catch (const std::bad_alloc&) {
        // Counted below.
    }
    ++m_lost;
    return Change::Lost;
}

/// Brings `known` up to `record`, and the totals; false when that told nothing new.
bool TraceStore::merge(OperationRecord& known, const OperationRecord& record) noexcept
{
    if (isThere(known)) {
        if (!isLater(record, known)) {
            // Only the caller knows when its call returned, and a worker may have been quicker.
            if (known.returnedNs != 0 || record.returnedNs == 0)
                return false;
            known.returnedNs = record.returnedNs;
            return true;
        }
        m_totals.subtract(known);
    }
    const std::int64_t returnedNs = known.returnedNs;
    detail::storeRecord(known, record);
    if (known.returnedNs == 0)
        known.returnedNs = returnedNs;
    m_totals.add(known);
    return true;
}

TraceStore::Change TraceStore::noteApplied(const OperationRecord& record) noexcept
{
    if (record.id == 1)
        m_originNs = record.submittedNs;
    if (record.id > m_highestId)
        m_highestId = record.id;
    const std::uint64_t row = rowOf(record.id);
    if (row < m_visible)
        return Change::Updated;
    if (row == m_visible)
        growVisible();
    return Change::Stored;
}

void TraceStore::growVisible() noexcept
{
    while (m_visible < m_highestId) {
        const RecordPages::Entry* entry = m_pages->entryOf(m_visible);
        if (entry == nullptr)
            return;
        if (entry->filled == kRowsPerPage) {
            m_visible = std::min(m_highestId, (m_visible / kRowsPerPage + 1) * kRowsPerPage);
            continue;
        }
        if (!entry->page || entry->page->rows[m_visible % kRowsPerPage].id == 0)
            return;
        ++m_visible;
    }
}

void TraceStore::showGaps() noexcept
{
    const std::lock_guard lock(m_mutex);
    while (m_visible < m_highestId) {
        RecordPages::Entry* entry = m_pages->findOrMake(m_visible);
        if (entry == nullptr)
            return;
        if (entry->filled == kRowsPerPage) {
            growVisible();
            continue;
        }
        OperationRecord& next = entry->page->rows[m_visible % kRowsPerPage];
        if (next.id == 0) {
            detail::storeRecord(next, missingRow(m_visible));
            try {
                m_pages->rowChanged(*entry, m_visible, false, false, false);
            } catch (const std::bad_alloc&) {
                // It is only written to the disk later.
            }
        }
        ++m_visible;
        if (m_pages->needsHousekeeping())
            m_pages->housekeep();
    }
}

OperationRecord TraceStore::record(std::uint64_t row) const noexcept
{
    return row < m_visible ? m_pages->find(row) : OperationRecord{};
}

std::span<const OperationRecord> TraceStore::inMemory(std::uint64_t row) const noexcept
{
    if (row >= m_visible)
        return {};
    const RecordPages::Entry* entry = m_pages->entryOf(row);
    // What is in the overlay is newer than its page.
    if (entry == nullptr || !entry->page || entry->overlaid > 0)
        return {};
    const std::size_t inPage = row % kRowsPerPage;
    const auto count
        = static_cast<std::size_t>(std::min<std::uint64_t>(kRowsPerPage - inPage, m_visible - row));
    const std::span<const OperationRecord> rows(entry->page->rows + inPage, count);
    return rows.front().id != 0 ? rows : std::span<const OperationRecord>{};
}

bool TraceStore::isPending(std::uint64_t row) const noexcept
{
    return row < m_visible && m_pages->isPending(row);
}

std::size_t TraceStore::copyRows(
    std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept
{
    std::size_t copied = 0;
    while (copied < rows.size()) {
        const std::uint64_t next = firstRow + copied;
        const std::size_t inPage = kRowsPerPage - next % kRowsPerPage;
        const std::size_t part = std::min(rows.size() - copied, inPage);
        const std::size_t got = copyPart(next, rows.subspan(copied, part));
        copied += got;
        if (got < part)
            break;
    }
    return copied;
}

/// `rows` are of one page.
std::size_t TraceStore::copyPart(
    std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept
{
    std::unique_lock lock(m_mutex);
    while (true) {
        if (firstRow >= m_visible)
            return 0;
        rows = rows.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(rows.size(), m_visible - firstRow)));
        const RecordPages::Entry& entry = *m_pages->entryOf(firstRow);
        const std::uint64_t pageNumber = firstRow / kRowsPerPage;
        const std::size_t inPage = firstRow % kRowsPerPage;
        const std::uint32_t generation = entry.generation;
        if (entry.page && entry.state == RecordPages::State::Hot) {
            std::copy_n(entry.page->rows + inPage, rows.size(), rows.begin());
            return rows.size();
        }
        // What does not change any more is copied, or read, while the consumer goes on.
        std::shared_ptr<const detail::Page> page = entry.page;
        const auto file = m_pages->file();
        const std::uint64_t offset = entry.offset;
        const std::uint64_t epoch = m_epoch;
        lock.unlock();
        bool there = false;
        if (!page && offset != 0 && rows.size() == kRowsPerPage) {
            there = file->readPage(offset, firstRow, rows); // a search does not empty the cache
        } else {
            if (!page && offset != 0)
                page = m_pages->load(pageNumber, generation, *file, offset);
            there = page != nullptr;
            if (there)
                std::copy_n(page->rows + inPage, rows.size(), rows.begin());
        }
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (!there || rows[i].id == 0)
                rows[i] = missingRow(firstRow + i);
        }
        lock.lock();
        const RecordPages::Entry* now = m_pages->entryOf(firstRow);
        if (epoch != m_epoch || now == nullptr || now->generation != generation)
            continue; // it was written to another place meanwhile, or the store was cleared
        if (!there && offset != 0)
            m_pages->countReadFailure();
        m_pages->copyOverlay(firstRow, rows);
        return rows.size();
    }
}

void TraceStore::checkpoint()
{
    if (m_readOnly)
        return;
    const std::lock_guard lock(m_mutex);
    m_pages->checkpoint();
}

bool TraceStore::settle(std::chrono::milliseconds time)
{
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (m_pages->underWay() > 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left <= 0ms)
            return false;
        m_pages->waitForWriter(left);
        const std::lock_guard lock(m_mutex);
        m_pages->housekeep();
    }
    return true;
}

TraceFacts TraceStore::facts() const
{
    const std::lock_guard lock(m_mutex);
    return {m_visible, m_totals, m_originNs, m_lost + m_pages->dropped()};
}

std::uint64_t TraceStore::lost() const noexcept
{
    return m_lost + m_pages->dropped();
}

std::string TraceStore::storageProblem() const
{
    return m_pages->problem();
}

std::size_t TraceStore::memoryBytes() const noexcept
{
    return m_pages->memoryBytes();
}

std::uint64_t TraceStore::rowsOnDisk() const noexcept
{
    return m_pages->pagesOnDisk() * kRowsPerPage;
}

std::string TraceStore::threadName(std::uint16_t id) const
{
    if (!m_readOnly)
        return swb::threadName(id);
    const auto found = m_threadNames.find(id);
    return found != m_threadNames.end() ? found->second : "thread " + std::to_string(id);
}

std::vector<std::pair<std::uint16_t, std::string>> TraceStore::threadNames() const
{
    if (!m_readOnly)
        return namedThreads();
    return {m_threadNames.begin(), m_threadNames.end()};
}

void TraceStore::clear() noexcept
{
    const std::lock_guard lock(m_mutex);
    m_pages->clear();
    ++m_epoch;
    m_sockets->clear();
    m_payload->clear();
    m_health->clear();
    m_readOnly = false;
    m_endNs = 0;
    m_visible = 0;
    m_highestId = 0;
    m_originNs = 0;
    m_lost = 0;
    m_totals = {};
}

} // namespace swb::trace
