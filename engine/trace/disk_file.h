// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace swb::trace {

/// A file that could not be read, written or understood. what() is for people: what was tried, on
/// which file and where in it, why it failed and what to do next.
class TraceFileError : public std::runtime_error {
public:
    TraceFileError(std::string path, const std::string& message, int nativeError = 0)
        : std::runtime_error(message)
        , m_path(std::move(path))
        , m_nativeError(nativeError)
    {
    }
    const std::string& path() const noexcept { return m_path; }
    int nativeError() const noexcept { return m_nativeError; } ///< errno; 0 when it was not that.

private:
    std::string m_path;
    int m_nativeError = 0;
};

/// "Write /x/y failed: no room is left there (ENOSPC 28). Free some space or choose another
/// folder."
std::string fileProblem(const std::string& action, const std::string& path, int nativeError);
TraceFileError fileError(const std::string& action, const std::string& path, int nativeError);

namespace detail {

/// A descriptor that is read and written at given places: whole, or with the reason why not.
///
/// **Threads** reading from any; writing from one at a time, as places must not overlap.
class DiskFile {
public:
    DiskFile() = default;
    DiskFile(int descriptor, std::string path)
        : m_descriptor(descriptor)
        , m_path(std::move(path))
    {
    }
    ~DiskFile();
    DiskFile(DiskFile&& other) noexcept;
    DiskFile& operator=(DiskFile&& other) noexcept;

    /// Throws TraceFileError.
    static DiskFile openToRead(const std::string& path);
    /// A new file of its own name in `folder`, that nobody else has. Throws TraceFileError.
    static DiskFile makeUnique(const std::string& folder, const std::string& prefix,
        const std::string& suffix, unsigned mode);

    /// 0, or errno. End of file before all was read: ENODATA.
    int readAt(std::uint64_t offset, std::span<std::byte> bytes) const noexcept;
    int writeAt(std::uint64_t offset, std::span<const std::byte> bytes) const noexcept;
    std::uint64_t size() const noexcept;
    int descriptor() const noexcept { return m_descriptor; }
    const std::string& path() const noexcept { return m_path; }
    void renamed(std::string path) { m_path = std::move(path); }
    explicit operator bool() const noexcept { return m_descriptor >= 0; }
    void close() noexcept;

private:
    int m_descriptor = -1;
    std::string m_path;
};

/// The folder a file is in: "." when the path has none.
std::string folderOf(const std::string& path);
/// The last part of a path.
std::string nameOf(const std::string& path);
std::uint64_t randomNumber();

} // namespace detail

} // namespace swb::trace
