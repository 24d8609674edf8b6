// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

namespace swb {

namespace detail {
class SendPacketsPlan;
}

/// An open readable file: a shared handle, closed with its last copy. Sending from it neither uses
/// nor moves its position, so one stream may serve several elements and several operations at once
/// (FILE-06).
///
/// **Threads** copies may be used from several threads at once.
class FileStream {
public:
    /// Null.
    FileStream() = default;
    /// Opens `path` for reading. **Errors** as for an element given by path (FILE-08):
    /// ArgumentException for an empty path, FileNotFoundException, DirectoryNotFoundException,
    /// UnauthorizedAccessException, FileIOException.
    static FileStream open(const std::string& path);
    /// Takes over `fd`, which is closed with the last copy. ArgumentException("fd") when it is
    /// negative. The call that sends throws when it is no regular file (NotSupportedException) or
    /// cannot be read (UnauthorizedAccessException) (ELEM-05).
    static FileStream fromDescriptor(int fd);

    explicit operator bool() const noexcept { return m_handle != nullptr; }
    /// The descriptor, still owned by the stream; -1 for a null stream.
    int descriptor() const noexcept;
    bool operator==(const FileStream&) const = default;

private:
    friend class detail::SendPacketsPlan;
    struct Handle;
    /// Whether it was opened for reading, which never changes. Precondition: not null.
    bool readable() const noexcept;
    std::shared_ptr<Handle> m_handle;
};

} // namespace swb
