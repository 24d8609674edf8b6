// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/new_file.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace swb::trace::detail {
namespace {

constexpr unsigned kByUmask = 0666;

std::string placeFor(const std::string& path, const std::string& action)
{
    std::array<char, PATH_MAX> resolved{};
    std::string place = path;
    if (realpath(path.c_str(), resolved.data()) != nullptr)
        place = resolved.data();
    struct stat status { };
    if (stat(place.c_str(), &status) != 0)
        return place;
    if (S_ISDIR(status.st_mode))
        throw fileError(action, path, EISDIR);
    if (!S_ISREG(status.st_mode))
        throw TraceFileError(
            path, action + ' ' + path + " failed: it is not a regular file. Choose another name.");
    return place;
}

DiskFile makeBeside(const std::string& place, const std::string& path, const std::string& action)
{
    try {
        return DiskFile::makeUnique(folderOf(place), '.' + nameOf(place) + '.', ".tmp", kByUmask);
    } catch (const TraceFileError& error) {
        // The name people know.
        throw fileError(action, path, error.nativeError());
    }
}

} // namespace

NewFile::NewFile(const std::string& path, std::string action)
    : m_action(std::move(action))
    , m_path(path)
    , m_place(placeFor(path, m_action))
    , m_file(makeBeside(m_place, m_path, m_action))
{
}

NewFile::~NewFile()
{
    if (m_file)
        unlink(m_file.path().c_str());
}

void NewFile::check(int error) const
{
    if (error != 0)
        throw fileError(m_action, m_path, error);
}

void NewFile::publish()
{
    check(fsync(m_file.descriptor()) == 0 ? 0 : errno);
    check(rename(m_file.path().c_str(), m_place.c_str()) == 0 ? 0 : errno);
    m_file.close();
    const int folder = ::open(folderOf(m_place).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        fsync(folder); // the file is whole whatever comes of it
        ::close(folder);
    }
}

} // namespace swb::trace::detail
