// SPDX-License-Identifier: GPL-3.0-or-later
#include "temp_files.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace swb::test {

namespace fs = std::filesystem;

TempFolder::TempFolder()
    : m_path((fs::temp_directory_path() / "swb-test-XXXXXX").string())
{
    if (::mkdtemp(m_path.data()) == nullptr)
        throw std::system_error(errno, std::system_category(), "mkdtemp");
    m_path = fs::canonical(m_path).string();
    ::chmod(m_path.c_str(), 0755); // Tests that drop privileges must still get here.
}

TempFolder::~TempFolder()
{
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
}

std::string TempFolder::operator/(std::string_view name) const
{
    return (fs::path(m_path) / name).string();
}

std::string TempFolder::file(std::string_view name, std::span<const std::byte> content) const
{
    const std::string path = *this / name;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        throw std::system_error(errno, std::system_category(), path);
    ::close(fd);
    write(name, 0, content);
    return path;
}

bool TempFolder::sparse(std::string_view name, std::int64_t size) const
{
    file(name, {});
    return ::truncate((*this / name).c_str(), size) == 0;
}

void TempFolder::write(
    std::string_view name, std::int64_t offset, std::span<const std::byte> content) const
{
    const std::string path = *this / name;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    for (std::size_t done = 0; fd >= 0 && done < content.size();) {
        const auto n = ::pwrite(fd, content.data() + done, content.size() - done,
            offset + static_cast<std::int64_t>(done));
        if (n <= 0) {
            ::close(fd);
            throw std::system_error(errno, std::system_category(), path);
        }
        done += static_cast<std::size_t>(n);
    }
    ::close(fd);
}

WorkingFolder::WorkingFolder(const std::string& path)
    : m_before(fs::current_path().string())
{
    fs::current_path(path);
}

WorkingFolder::~WorkingFolder()
{
    std::error_code ignored;
    fs::current_path(m_before, ignored);
}

} // namespace swb::test
