// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/page_file.h"
#include "engine/trace/record_page.h"

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

namespace swb::trace::detail {

/// The pages that were read last. A page that is written anew gets another generation, so that an
/// old one is never taken for it.
///
/// **Threads** any; nothing is read from the disk while its lock is held.
class PageCache {
public:
    PageCache(PagePool& pool, std::size_t mostPages)
        : m_pool(pool)
        , m_mostPages(mostPages)
    {
    }

    struct Key {
        std::uint64_t page = 0;
        std::uint32_t generation = 0;
        bool operator==(const Key&) const = default;
    };

    /// From the cache, or else from the file; null when it cannot be read.
    std::shared_ptr<const Page> load(Key key, const PageFile& file, std::uint64_t offset) noexcept;
    void clear() noexcept;

private:
    struct Entry {
        Key key;
        std::shared_ptr<const Page> page;
    };

    PagePool& m_pool;
    const std::size_t m_mostPages;
    std::mutex m_mutex; // guards everything below
    std::list<Entry> m_entries; ///< The one used last is the first.
};

} // namespace swb::trace::detail
