// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/file_names.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>

namespace swb::detail {

namespace {

std::size_t lastComponent(std::string_view path)
{
    const auto slash = path.find_last_of('/');
    return slash == std::string_view::npos ? 0 : slash + 1;
}

/// Whether `name` fits `pattern`; linear in practice, by going back to the last star only.
bool matches(std::string_view pattern, std::string_view name)
{
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool isRegularFile(const std::string& path)
{
    struct stat facts { };
    return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
}

bool equalIgnoringCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
        [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

struct UncName {
    std::string server;
    std::string share;
    std::string rest; ///< With slashes; without one in front.
};

/// Empty server: not a UNC name.
UncName parseUncName(std::string path)
{
    if (path.size() < 3 || (path.compare(0, 2, "\\\\") != 0 && path.compare(0, 2, "//") != 0))
        return {};
    if (path[0] == '\\')
        std::replace(path.begin(), path.end(), '\\', '/');
    const auto serverEnd = path.find('/', 2);
    if (serverEnd == std::string::npos || serverEnd == 2)
        return {};
    const auto shareEnd = std::min(path.find('/', serverEnd + 1), path.size());
    if (shareEnd == serverEnd + 1)
        return {};
    UncName name;
    name.server = path.substr(2, serverEnd - 2);
    name.share = path.substr(serverEnd + 1, shareEnd - serverEnd - 1);
    name.rest = shareEnd < path.size() ? path.substr(shareEnd + 1) : std::string();
    return name;
}

/// mountinfo writes blanks and the like as \040.
std::string unescape(const std::string& text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool octal = text[i] == '\\' && i + 3 < text.size()
            && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                text.begin() + static_cast<std::ptrdiff_t>(i) + 4,
                [](char c) { return c >= '0' && c <= '7'; });
        if (octal) {
            result += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

struct Mount {
    std::string point;
    std::string type;
    std::string source;
};

bool parseMount(const std::string& line, Mount& mount)
{
    // id parent major:minor root MOUNT-POINT options [tags] - TYPE SOURCE super-options
    std::istringstream fields(line);
    std::string skipped;
    std::string point;
    fields >> skipped >> skipped >> skipped >> skipped >> point;
    while (fields >> skipped && skipped != "-") { }
    std::string source;
    if (!(fields >> mount.type >> source))
        return false;
    mount.point = unescape(point);
    mount.source = unescape(source);
    return true;
}

/// Where `mount` has the share; empty when it has not.
std::string shareFolder(const Mount& mount, const UncName& name)
{
    if (mount.type == "cifs" || mount.type == "smb3") {
        const UncName source = parseUncName(mount.source);
        if (equalIgnoringCase(source.server, name.server)
            && equalIgnoringCase(source.share, name.share) && source.rest.empty())
            return mount.point;
    } else if (mount.type == "nfs" || mount.type == "nfs4") {
        const auto colon = mount.source.rfind(":/");
        if (colon != std::string::npos
            && equalIgnoringCase(mount.source.substr(0, colon), name.server)
            && mount.source.substr(colon + 2) == name.share)
            return mount.point;
    } else if (mount.type == "fuse.gvfsd-fuse") {
        const std::string folder
            = mount.point + "/smb-share:server=" + name.server + ",share=" + name.share;
        struct stat facts { };
        if (::stat(folder.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode))
            return folder;
    }
    return {};
}

} // namespace

bool hasWildcard(const std::string& path)
{
    return path.find_first_of("*?", lastComponent(path)) != std::string::npos;
}

std::vector<std::string> expandWildcard(const std::string& path)
{
    const std::size_t begin = lastComponent(path);
    const std::string folder = path.substr(0, begin);
    const std::string pattern = path.substr(begin);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(
        ::opendir(folder.empty() ? "." : folder.c_str()), &::closedir);
    std::vector<std::string> names;
    while (const dirent* const entry = directory ? ::readdir(directory.get()) : nullptr) {
        const std::string_view name = entry->d_name;
        if (matches(pattern, name) && isRegularFile(folder + std::string(name)))
            names.emplace_back(name);
    }
    std::sort(names.begin(), names.end()); // std::string compares bytes
    for (auto& name : names)
        name.insert(0, folder);
    return names;
}

std::string resolveUncName(const std::string& path, const std::string& mountTable)
{
    const UncName name = parseUncName(path);
    if (name.server.empty())
        return {};
    std::ifstream table(mountTable);
    std::string found;
    for (std::string line; std::getline(table, line);) {
        Mount mount;
        if (!parseMount(line, mount))
            continue;
        if (std::string folder = shareFolder(mount, name); !folder.empty())
            found = std::move(folder); // a later mount covers an earlier one
    }
    if (found.empty())
        return {};
    return name.rest.empty() ? found : found + "/" + name.rest;
}

} // namespace swb::detail
