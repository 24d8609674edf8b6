// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/record_pages.h"

#include <new>

namespace swb::trace {

OperationRecord* RecordPages::findOrMake(std::uint64_t row) noexcept
{
    const std::uint64_t page = row / kRowsPerPage;
    if (page >= m_pages.size()) {
        try {
            m_pages.resize(page + 1);
        } catch (const std::exception&) { // bad_alloc, or length_error for a row beyond all reason
            return nullptr;
        }
    }
    std::unique_ptr<Page>& slot = m_pages[page];
    if (!slot) {
        slot.reset(new (std::nothrow) Page);
        if (!slot)
            return nullptr;
        ++m_pageCount;
    }
    return &slot->rows[row % kRowsPerPage];
}

const OperationRecord* RecordPages::find(std::uint64_t row) const noexcept
{
    const std::uint64_t page = row / kRowsPerPage;
    if (page >= m_pages.size() || !m_pages[page])
        return nullptr;
    return &m_pages[page]->rows[row % kRowsPerPage];
}

std::size_t RecordPages::memoryBytes() const noexcept
{
    return m_pageCount * sizeof(Page) + m_pages.capacity() * sizeof(m_pages[0]);
}

void RecordPages::clear() noexcept
{
    m_pages.clear();
    m_pageCount = 0;
}

} // namespace swb::trace
