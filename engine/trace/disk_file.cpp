// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/disk_file.h"

#include "engine/net/socket_error.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace swb::trace {
namespace {

struct Words {
    const char* cause;
    const char* nextStep;
};

Words wordsFor(int nativeError)
{
    switch (nativeError) {
    case ENOSPC:
    case EDQUOT:
        return {"no room is left there", "Free some space or choose another folder."};
    case EFBIG:
        return {"the file would be larger than this file system or this user may have",
            "Choose another file system or raise the limit (ulimit -f)."};
    case EACCES:
    case EPERM:
    case EROFS:
        return {
            "this user may not do that there", "Change the permissions or choose another folder."};
    case ENOENT:
    case ENOTDIR:
        return {"there is no such file or folder", "Check the path."};
    case EISDIR:
        return {"it is a folder", "Name a file in it."};
    case ENODATA:
        return {"the file became shorter while it was read", "Leave it alone while it is in use."};
    case EMFILE:
    case ENFILE:
        return {"too many files are open", "Raise the limit (ulimit -n)."};
    case EIO:
        return {"the device failed", "Copy what you can from it, and check it."};
    default:
        return {"the system refused it", "Look up the number, or choose another place."};
    }
}

} // namespace

std::string fileProblem(const std::string& action, const std::string& path, int nativeError)
{
    const auto [cause, nextStep] = wordsFor(nativeError);
    return action + ' ' + path + " failed: " + cause + " (" + nativeErrorName(nativeError) + ' '
        + std::to_string(nativeError) + "). " + nextStep;
}

TraceFileError fileError(const std::string& action, const std::string& path, int nativeError)
{
    return {path, fileProblem(action, path, nativeError), nativeError};
}

namespace detail {

DiskFile::~DiskFile()
{
    close();
}

DiskFile::DiskFile(DiskFile&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
    , m_path(std::move(other.m_path))
{
}

DiskFile& DiskFile::operator=(DiskFile&& other) noexcept
{
    if (this != &other) {
        close();
        m_descriptor = std::exchange(other.m_descriptor, -1);
        m_path = std::move(other.m_path);
    }
    return *this;
}

void DiskFile::close() noexcept
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
    m_descriptor = -1;
}

DiskFile DiskFile::openToRead(const std::string& path)
{
    // Not blocking, for a named pipe; that it is one is said afterwards.
    DiskFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), path);
    if (!file)
        throw fileError("Open", path, errno);
    struct stat status { };
    if (fstat(file.m_descriptor, &status) != 0)
        throw fileError("Open", path, errno);
    if (S_ISDIR(status.st_mode))
        throw fileError("Open", path, EISDIR);
    if (!S_ISREG(status.st_mode))
        throw TraceFileError(
            path, "Open " + path + " failed: it is not a regular file. Copy it into one first.");
    return file;
}

DiskFile DiskFile::makeUnique(
    const std::string& folder, const std::string& prefix, const std::string& suffix, unsigned mode)
{
    constexpr int kAttempts = 100;
    std::string path;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        path = folder + '/' + prefix + std::to_string(randomNumber()) + suffix;
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (descriptor >= 0)
            return {descriptor, path};
        if (errno != EEXIST)
            break;
    }
    throw fileError("Make a file in", folder, errno);
}

int DiskFile::readAt(std::uint64_t offset, std::span<std::byte> bytes) const noexcept
{
    while (!bytes.empty()) {
        const ssize_t got
            = pread(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return errno;
        }
        if (got == 0)
            return ENODATA;
        bytes = bytes.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return 0;
}

int DiskFile::writeAt(std::uint64_t offset, std::span<const std::byte> bytes) const noexcept
{
    while (!bytes.empty()) {
        const ssize_t written
            = pwrite(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return errno;
        }
        if (written == 0)
            return ENOSPC;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return 0;
}

std::uint64_t DiskFile::size() const noexcept
{
    struct stat status { };
    return fstat(m_descriptor, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::string folderOf(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string nameOf(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::uint64_t randomNumber()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

} // namespace detail

} // namespace swb::trace
