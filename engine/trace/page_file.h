// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/disk_file.h"
#include "engine/trace/record_page.h"
#include "engine/trace/trace_format.h"

#include <cstdint>
#include <memory>
#include <string>

namespace swb::trace::detail {

/// What the paged part of a running trace is called: found again after a crash.
inline constexpr const char* kUnfinishedPrefix = "swb-";
inline constexpr const char* kUnfinishedSuffix = ".swbtrace.part";

/// A file that pages are read from: of a running trace (which is deleted with it) or of a saved
/// one.
///
/// **Threads** reading from any.
class PageFile {
public:
    /// A new one, locked, so that others see that its program is alive. Throws TraceFileError.
    static std::shared_ptr<PageFile> make(const std::string& folder);
    /// One that exists; its header was read.
    PageFile(DiskFile file, std::uint64_t fileId, bool temporary)
        : m_file(std::move(file))
        , m_fileId(fileId)
        , m_temporary(temporary)
    {
    }
    ~PageFile();
    PageFile(const PageFile&) = delete;
    PageFile& operator=(const PageFile&) = delete;

    /// The page whose block begins at `offset` into all kRowsPerPage rows; false when what is there
    /// is not that page, whole.
    bool readPage(std::uint64_t offset, std::uint64_t firstRow,
        std::span<OperationRecord> rows) const noexcept;

    const DiskFile& disk() const noexcept { return m_file; }
    std::uint64_t fileId() const noexcept { return m_fileId; }

private:
    DiskFile m_file;
    std::uint64_t m_fileId = 0;
    bool m_temporary = false;
};

} // namespace swb::trace::detail
