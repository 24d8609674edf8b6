// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/record_page.h"

#include <new>
#include <sys/mman.h>

namespace swb::trace::detail {
namespace {

/// From the system, cleared and all there: with usual memory each 4 KiB would be asked for when
/// they are first touched, which costs more than filling them.
Page* map() noexcept
{
    void* const memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? nullptr : static_cast<Page*>(memory);
}

void unmap(Page* page) noexcept
{
    ::munmap(page, sizeof(Page));
}

} // namespace

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
        unmap(free[i]);
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
    unmap(page);
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
    if (page != nullptr)
        std::memset(static_cast<void*>(page), 0, sizeof *page);
    else
        page = map();
    if (page == nullptr) {
        const std::scoped_lock lock(m_shared->mutex);
        --m_shared->pages;
        return nullptr;
    }
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
