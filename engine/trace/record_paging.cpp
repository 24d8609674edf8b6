// SPDX-License-Identifier: BSL-1.0
/// How RecordPages moves pages between memory and disk.
#include "engine/trace/record_pages.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace swb::trace::detail {
namespace {

using namespace std::chrono_literals;

/// A page with more pending operations stays in memory: each of them would be in the overlay, which
/// costs more than its row.
constexpr std::uint16_t kMostPendingOnDisk = kRowsPerPage / 8;
/// Records that the overlay may hold before it is worked into the pages.
constexpr std::size_t kMostOverlaid = 16'384;
constexpr std::size_t kMostMerges = 4;
constexpr std::size_t kMostSnapshots = 8;
/// How soon a disk that failed is tried again.
constexpr auto kRetryAfter = 250ms;

} // namespace

PageWriter& RecordPages::writer()
{
    if (!m_writer)
        m_writer = std::make_unique<PageWriter>(m_folder, m_program, m_anchor, *m_companions);
    return *m_writer;
}

void RecordPages::housekeep() noexcept
{
    m_pageMade = false;
    if (!paging())
        return;
    try {
        takeResults();
        dropCleanPages();
        if (!m_failing || Clock::now() >= m_retryAt) {
            sealOverBudget();
            mergeOverlay();
        }
        if (m_failing)
            dropOverLimit();
    } catch (const std::exception& exception) {
        // No thread, or no memory for what is to be remembered; the next time may be better.
        noteProblem(std::string("Move records to the disk failed: ") + exception.what() + '.');
    }
}

void RecordPages::noteProblem(std::string problem)
{
    m_failing = true;
    m_retryAt = Clock::now() + kRetryAfter;
    m_problem = std::move(problem);
}

bool RecordPages::isFarBehind() const noexcept
{
    return m_writer && !m_failing && m_writer->underWay() > 0
        && m_resident > m_mostResident + std::max<std::size_t>(4, m_mostResident / 8);
}

void RecordPages::takeResults()
{
    if (!m_writer || !m_writer->hasResults())
        return;
    for (PageResult& result : m_writer->takeResults())
        take(result);
}

void RecordPages::take(PageResult& result)
{
    Entry& entry = m_entries[result.job.page];
    const bool merge = !result.job.content;
    if (merge) {
        entry.merging = false;
        --m_mergesUnderWay;
    }
    if (result.offset == 0) {
        takeFailure(entry, result);
        return;
    }
    m_failing = false;
    if (m_droppedRecords == 0)
        m_problem.clear();
    m_file = result.file;
    if (result.job.snapshot && entry.state == State::Dropped) {
        m_writer->release(result.offset); // older than what was dropped
        return;
    }
    const std::uint64_t before = std::exchange(entry.offset, result.offset);
    ++entry.generation;
    if (before != 0)
        m_writer->release(before);
    if (merge) {
        for (const OperationRecord& written : result.job.updates) {
            const auto found = m_overlay.find(written.id - 1);
            if (found == m_overlay.end()
                || std::memcmp(&found->second, &written, format::kRecordFieldBytes) != 0)
                continue; // it changed again meanwhile
            m_overlay.erase(found);
            --entry.overlaid;
        }
    } else if (!result.job.snapshot && entry.state == State::Writing) {
        entry.state = State::OnDisk;
        m_clean.push_back(result.job.page);
    }
}

void RecordPages::takeFailure(Entry& entry, PageResult& result)
{
    noteProblem(std::move(result.problem));
    if (result.job.snapshot) {
        if (entry.state == State::Hot && !std::exchange(entry.dirty, true))
            m_dirty.push_back(result.job.page);
    } else if (entry.state == State::Writing) {
        entry.state = State::Sealed;
        m_ended.push_front(result.job.page);
    }
}

void RecordPages::dropCleanPages()
{
    while (m_resident > m_mostResident && !m_clean.empty()) {
        Entry& entry = m_entries[m_clean.front()];
        m_clean.pop_front();
        if (entry.state != State::OnDisk || !entry.page)
            continue;
        entry.page.reset();
        --m_resident;
    }
}

/// Starts a little before the budget is used up, so that the disk has time.
void RecordPages::sealOverBudget()
{
    const std::size_t ahead = std::max<std::size_t>(1, m_mostResident / 16);
    std::size_t leaving = m_clean.size() + (m_writer ? m_writer->underWay() : 0);
    while (m_resident + ahead > m_mostResident + leaving) {
        std::uint64_t page = 0;
        Entry* entry = nextToSeal(page, m_resident > m_mostResident + leaving);
        if (entry == nullptr)
            return;
        post(*entry, page);
        ++leaving;
        if (m_failing)
            return; // one attempt, to see whether it works again
    }
}

bool RecordPages::maySeal(const Entry& entry, bool evenWithPending) const noexcept
{
    if (!entry.page)
        return false;
    if (entry.state == State::Sealed)
        return true;
    return entry.state == State::Hot && entry.filled == kRowsPerPage
        && (entry.pending == 0 || (evenWithPending && entry.pending <= kMostPendingOnDisk));
}

RecordPages::Entry* RecordPages::nextToSeal(std::uint64_t& page, bool evenWithPending)
{
    while (!m_ended.empty()) {
        page = m_ended.front();
        m_ended.pop_front();
        if (maySeal(m_entries[page], false))
            return &m_entries[page];
    }
    if (!evenWithPending)
        return nullptr;
    // Each at most once: what has too many pending operations goes to the end.
    for (std::size_t left = m_full.size(); left > 0; --left) {
        page = m_full.front();
        m_full.pop_front();
        Entry& entry = m_entries[page];
        if (maySeal(entry, true))
            return &entry;
        if (entry.state == State::Hot && entry.pending > 0)
            m_full.push_back(page);
    }
    return nullptr;
}

void RecordPages::seal(Entry& entry, std::uint64_t page)
{
    if (entry.pending > 0) {
        entry.pendingRows = std::make_unique<PendingRows>();
        for (std::size_t i = 0; i < kRowsPerPage; ++i) {
            const OperationRecord& record = entry.page->rows[i];
            if (record.phase == OperationPhase::Completed)
                continue;
            entry.pendingRows->set(i);
            m_overlay.emplace(page * kRowsPerPage + i, record);
            ++entry.overlaid;
        }
    }
    entry.state = State::Sealed;
    entry.dirty = false;
}

void RecordPages::post(Entry& entry, std::uint64_t page)
{
    PageWriter& to = writer();
    if (entry.state == State::Hot)
        seal(entry, page);
    PageJob job;
    job.page = page;
    job.content = entry.page;
    to.post(std::move(job));
    entry.state = State::Writing;
}

/// Nothing can be written, and half as much again as the budget is used: the oldest go.
void RecordPages::dropOverLimit()
{
    while (m_resident > m_mostResident + m_mostResident / 2) {
        std::uint64_t page = 0;
        Entry* entry = nextToSeal(page, true);
        if (entry == nullptr)
            return;
        if (entry->state == State::Hot)
            seal(*entry, page);
        const auto records = std::count_if(std::begin(entry->page->rows),
            std::end(entry->page->rows), [](const OperationRecord& record) {
                return record.kind != SocketAsyncOperation::None;
            });
        m_droppedRecords += static_cast<std::uint64_t>(records) - entry->overlaid;
        // What an earlier snapshot has of it is out of date.
        if (const std::uint64_t old = std::exchange(entry->offset, 0); old != 0)
            m_writer->release(old);
        ++entry->generation;
        entry->state = State::Dropped;
        entry->page.reset();
        --m_resident;
    }
}

void RecordPages::mergeOverlay()
{
    if (m_overlay.size() <= kMostOverlaid)
        return;
    auto next = m_overlay.lower_bound(m_mergeFrom);
    // Once round at most.
    for (std::size_t looked = 0; looked < m_overlay.size() && m_mergesUnderWay < kMostMerges;) {
        if (next == m_overlay.end())
            next = m_overlay.begin();
        const std::uint64_t page = next->first / kRowsPerPage;
        const auto end = m_overlay.lower_bound((page + 1) * kRowsPerPage);
        Entry& entry = m_entries[page];
        looked += entry.overlaid;
        const bool written
            = (entry.state == State::OnDisk && !entry.page) || entry.state == State::Dropped;
        if (written && entry.pending == 0 && !entry.merging) {
            PageJob job;
            job.page = page;
            job.base = entry.offset;
            std::transform(next, end, std::back_inserter(job.updates),
                [](const auto& row) { return row.second; });
            entry.merging = true;
            ++m_mergesUnderWay;
            writer().post(std::move(job));
        }
        next = end;
        m_mergeFrom = (page + 1) * kRowsPerPage;
    }
}

void RecordPages::snapshot(Entry& entry, std::uint64_t page)
{
    PageWriter& to = writer();
    std::shared_ptr<Page> copy = m_pool.take();
    if (!copy) {
        m_dirty.push_back(page);
        return;
    }
    *copy = *entry.page;
    entry.dirty = false;
    PageJob job;
    job.page = page;
    job.content = std::move(copy);
    job.snapshot = true;
    to.post(std::move(job));
}

void RecordPages::checkpoint() noexcept
{
    if (!paging())
        return;
    try {
        takeResults();
        if (!m_failing || Clock::now() >= m_retryAt)
            checkpointDirtyPages();
    } catch (const std::exception& exception) {
        noteProblem(std::string("Move records to the disk failed: ") + exception.what() + '.');
    }
}

void RecordPages::checkpointDirtyPages()
{
    std::size_t snapshots = 0;
    for (std::size_t left = m_dirty.size(); left > 0 && snapshots < kMostSnapshots; --left) {
        const std::uint64_t page = m_dirty.front();
        m_dirty.pop_front();
        Entry& entry = m_entries[page];
        if (!entry.dirty || !entry.page)
            continue;
        if (maySeal(entry, false)) {
            post(entry, page);
        } else {
            snapshot(entry, page);
            ++snapshots;
        }
    }
    if (m_writer)
        m_writer->writeCompanions();
}

std::string RecordPages::problem() const
{
    std::string text;
    if (m_failing || m_droppedRecords > 0) {
        text = m_problem;
        if (m_droppedRecords > 0)
            text += ' ' + std::to_string(m_droppedRecords)
                + " operations found no place in memory either and are missing.";
    }
    if (readFailures() > 0 && m_file) {
        if (!text.empty())
            text += ' ';
        text += "What is in " + m_file->disk().path()
            + " could not all be read back: the file was changed, or the device failed.";
    }
    return text;
}

} // namespace swb::trace::detail
