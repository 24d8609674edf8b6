// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/record_page.h"

#include <new>

namespace swb::trace::detail {

bool plausible(const OperationRecord& record, std::uint64_t row) noexcept
{
    if (record.id == 0)
        return true;
    // As numbers: in a file an enumeration can have any value.
    const auto phase = static_cast<unsigned>(record.phase);
    const auto kind = static_cast<unsigned>(record.kind);
    return record.id == row + 1 && phase >= static_cast<unsigned>(OperationPhase::Pending)
        && phase <= static_cast<unsigned>(OperationPhase::Completed)
        && kind <= static_cast<unsigned>(SocketAsyncOperation::SendTo);
}

PagePool::Shared::~Shared()
{
    for (std::size_t i = 0; i < freeCount; ++i)
        ::operator delete(free[i]);
}

void PagePool::Shared::giveBack(Page* page) noexcept
{
    {
        const std::scoped_lock lock(mutex);
        if (freeCount < free.size()) {
            free[freeCount++] = page;
            return;
        }
        --pages;
    }
    ::operator delete(page);
}

std::shared_ptr<Page> PagePool::take() noexcept
{
    Page* page = nullptr;
    {
        const std::scoped_lock lock(m_shared->mutex);
        if (m_shared->freeCount > 0)
            page = m_shared->free[--m_shared->freeCount];
        else
            ++m_shared->pages;
    }
    if (page == nullptr)
        page = static_cast<Page*>(::operator new(sizeof(Page), std::nothrow));
    if (page == nullptr) {
        const std::scoped_lock lock(m_shared->mutex);
        --m_shared->pages;
        return nullptr;
    }
    std::memset(static_cast<void*>(page), 0, sizeof *page);
    try {
        return {page, [shared = m_shared](Page* done) { shared->giveBack(done); }};
    } catch (const std::bad_alloc&) {
        return nullptr; // the deleter was called
    }
}

std::size_t PagePool::pages() const noexcept
{
    const std::scoped_lock lock(m_shared->mutex);
    return m_shared->pages;
}

} // namespace swb::trace::detail
