// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/payload_capture.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <variant>
#include <vector>

namespace swb::workbench {

namespace {

/// Appends up to `most` bytes of the range; false when there were fewer than it has.
bool appendFile(std::vector<std::byte>& kept, const FilePayload& file, std::size_t most)
{
    // Not blocking, should it be a pipe; only regular files can be read at a place.
    const int descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    struct stat status { };
    bool whole = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)
        && status.st_size >= file.offset;
    if (whole) {
        const auto there = static_cast<std::uint64_t>(status.st_size - file.offset);
        const std::uint64_t wanted
            = file.count > 0 ? static_cast<std::uint64_t>(file.count) : there;
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, most));
        const std::size_t before = kept.size();
        kept.resize(before + size);
        std::size_t done = 0;
        while (done < size) {
            const ssize_t got = pread(descriptor, kept.data() + before + done, size - done,
                static_cast<off_t>(file.offset) + static_cast<off_t>(done));
            if (got <= 0)
                break;
            done += static_cast<std::size_t>(got);
        }
        kept.resize(before + done);
        whole = done == size;
    }
    ::close(descriptor);
    return whole;
}

} // namespace

void keepPayload(
    trace::PayloadLog& log, std::uint64_t operationId, std::span<const QueueItem> items)
{
    const std::size_t most = log.bytesPerOperation();
    if (most == 0 || operationId == 0)
        return;
    std::vector<std::byte> kept;
    std::uint64_t offered = 0;
    bool whole = true;
    for (const QueueItem& item : items) {
        offered += static_cast<std::uint64_t>(std::max<std::int64_t>(0, item.size()));
        const std::size_t room = most - kept.size();
        if (!whole || room == 0)
            continue;
        if (const auto* const file = std::get_if<FilePayload>(&item.payload)) {
            whole = appendFile(kept, *file, room);
        } else {
            const Bytes& bytes = *std::get<BufferPayload>(item.payload).bytes;
            kept.insert(kept.end(), bytes.begin(),
                bytes.begin() + static_cast<std::ptrdiff_t>(std::min(room, bytes.size())));
        }
    }
    log.keep(operationId, kept, offered);
}

} // namespace swb::workbench
