// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/page_cache.h"

#include <algorithm>
#include <new>

namespace swb::trace::detail {

std::shared_ptr<const Page> PageCache::load(
    Key key, const PageFile& file, std::uint64_t offset) noexcept
{
    {
        const std::scoped_lock lock(m_mutex);
        const auto found = std::find_if(m_entries.begin(), m_entries.end(),
            [&](const Entry& entry) { return entry.key == key; });
        if (found != m_entries.end()) {
            m_entries.splice(m_entries.begin(), m_entries, found);
            return found->page;
        }
        // Before another page is taken: the one that goes is used for it.
        if (m_entries.size() >= m_mostPages)
            m_entries.pop_back();
    }
    std::shared_ptr<Page> page = m_pool.take();
    if (!page || !file.readPage(offset, key.page * kRowsPerPage, page->rows))
        return nullptr;
    try {
        const std::scoped_lock lock(m_mutex);
        std::erase_if(m_entries, [&](const Entry& entry) { return entry.key.page == key.page; });
        m_entries.push_front({key, page});
    } catch (const std::bad_alloc&) {
        // It is only not kept.
    }
    return page;
}

void PageCache::clear() noexcept
{
    const std::scoped_lock lock(m_mutex);
    m_entries.clear();
}

} // namespace swb::trace::detail
