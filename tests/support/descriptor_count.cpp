// SPDX-License-Identifier: GPL-3.0-or-later
#include "descriptor_count.h"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace swb::test {

namespace {
namespace fs = std::filesystem;

template <typename Visitor> void forEachDescriptor(Visitor visit)
{
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code
            ignored; // The listing's own descriptor, or one that another thread closes meanwhile.
        const fs::path target = fs::read_symlink(entry.path(), ignored);
        if (!ignored && target.string().rfind("/proc/", 0) != 0)
            visit(std::stoi(entry.path().filename().string()), target.string());
    }
}
} // namespace

std::size_t openDescriptors()
{
    std::size_t count = 0;
    forEachDescriptor([&](int, const std::string&) { ++count; });
    return count;
}

std::vector<int> descriptorsBelow(const std::string& path)
{
    std::vector<int> found;
    forEachDescriptor([&](int descriptor, const std::string& target) {
        if (target == path || target.rfind(path + "/", 0) == 0)
            found.push_back(descriptor);
    });
    return found;
}

int descriptorFlags(int descriptor)
{
    std::ifstream info("/proc/self/fdinfo/" + std::to_string(descriptor));
    for (std::string key, value; info >> key >> value;) {
        if (key == "flags:")
            return std::stoi(value, nullptr, 8);
    }
    return -1;
}

} // namespace swb::test
