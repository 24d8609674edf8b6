// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/page_file.h"

#include "engine/trace/crc32c.h"

#include <array>
#include <cerrno>
#include <sys/file.h>
#include <unistd.h>

namespace swb::trace::detail {
namespace {

constexpr unsigned kPrivate = 0600; // it may hold what was sent

} // namespace

std::shared_ptr<PageFile> PageFile::make(const std::string& folder)
{
    const std::string prefix = kUnfinishedPrefix + std::to_string(getpid()) + '-';
    DiskFile file = DiskFile::makeUnique(folder, prefix, kUnfinishedSuffix, kPrivate);
    // Before there is a header: without one nobody takes it for a trace. The lock goes with the
    // process, however it ends.
    if (flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        unlink(file.path().c_str());
        throw fileError("Lock", file.path(), error);
    }
    return std::make_shared<PageFile>(std::move(file), randomNumber(), true);
}

PageFile::~PageFile()
{
    if (m_temporary)
        unlink(m_file.path().c_str());
}

bool PageFile::readPage(
    std::uint64_t offset, std::uint64_t firstRow, std::span<OperationRecord> rows) const noexcept
{
    std::array<std::byte, format::kBlockHeaderBytes> bytes;
    if (m_file.readAt(offset, bytes) != 0)
        return false;
    const auto header = format::decodeBlockHeader(bytes, m_fileId);
    if (!header || header->type != format::BlockType::Records || header->first != firstRow
        || header->count > kRowsPerPage
        || header->payloadBytes != std::uint64_t{header->count} * format::kRecordBytes)
        return false;
    const auto content = std::as_writable_bytes(rows);
    const auto filled = content.first(header->payloadBytes);
    if (m_file.readAt(offset + format::kBlockHeaderBytes, filled) != 0
        || crc32c(filled) != header->payloadChecksum)
        return false;
    const auto rest = content.subspan(filled.size());
    std::memset(rest.data(), 0, rest.size());
    return true;
}

} // namespace swb::trace::detail
