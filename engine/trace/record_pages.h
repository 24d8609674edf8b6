// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/operation_record.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace swb::trace {

/// The rows of a TraceStore in pages of a fixed number of records, in memory. Paging to disk
/// belongs here: nobody else keeps a pointer to a record beyond the next call.
///
/// **Threads** one at a time.
class RecordPages {
public:
    static constexpr std::size_t kRowsPerPage = 4096;

    /// The record of `row`, made with id 0 if it was not there; null when there is no memory for
    /// it.
    OperationRecord* findOrMake(std::uint64_t row) noexcept;

    /// The record of `row`; null when its page was never made.
    const OperationRecord* find(std::uint64_t row) const noexcept;

    std::size_t memoryBytes() const noexcept;
    void clear() noexcept;

private:
    struct Page {
        OperationRecord rows[kRowsPerPage];
    };
    std::vector<std::unique_ptr<Page>> m_pages;
    std::size_t m_pageCount = 0;
};

} // namespace swb::trace
