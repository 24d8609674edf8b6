// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/trace_format.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace swb::trace::detail {

inline constexpr std::size_t kRowsPerPage = format::kRowsPerBlock;

/// Records of consecutive rows, just as they lie in a file. A row without a record is all zeros.
struct Page {
    OperationRecord rows[kRowsPerPage];

    std::span<const std::byte> bytes() const noexcept { return std::as_bytes(std::span(rows)); }
};
static_assert(sizeof(Page) == kRowsPerPage * format::kRecordBytes);

/// Stores a record with its padding cleared, so that what is written to a file is defined.
inline void storeRecord(OperationRecord& place, const OperationRecord& record) noexcept
{
    place = record;
    std::memset(reinterpret_cast<std::byte*>(&place) + format::kRecordFieldBytes, 0,
        sizeof place - format::kRecordFieldBytes);
}

/// Whether a record read from a file can be what was recorded of `row`; a row without a record is.
bool plausible(const OperationRecord& record, std::uint64_t row) noexcept;

/// Gives out cleared pages, and takes them back by themselves when their last user lets go: a page
/// is large enough that new memory for each would cost more than filling it.
///
/// **Threads** any. **Lifetime** pages may outlive it.
class PagePool {
public:
    /// Keeps up to `mostFree` pages for reuse.
    explicit PagePool(std::size_t mostFree)
        : m_shared(std::make_shared<Shared>(mostFree))
    {
    }
    /// Null when there is no memory.
    std::shared_ptr<Page> take() noexcept;
    /// In use, and ready for reuse.
    std::size_t pages() const noexcept;

private:
    struct Shared {
        explicit Shared(std::size_t mostFree)
            : free(mostFree)
        {
        }
        ~Shared();
        void giveBack(Page* page) noexcept;

        mutable std::mutex mutex; // guards everything below
        std::vector<Page*> free; ///< The first freeCount of them.
        std::size_t freeCount = 0;
        std::size_t pages = 0;
    };
    std::shared_ptr<Shared> m_shared;
};

} // namespace swb::trace::detail
