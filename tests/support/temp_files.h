// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bytes.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace swb::test {

/// A folder of its own for one test, removed with everything in it.
class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::string& path() const { return m_path; }
    /// The path of `name` in this folder; nothing is made.
    std::string operator/(std::string_view name) const;
    /// Makes a file and gives its path.
    std::string file(std::string_view name, std::span<const std::byte> content) const;
    /// Makes a file of `size` zero bytes that takes no room; false when the file system cannot.
    bool sparse(std::string_view name, std::int64_t size) const;
    /// Overwrites a part of a file.
    void write(
        std::string_view name, std::int64_t offset, std::span<const std::byte> content) const;

private:
    std::string m_path;
};

/// Works in another folder until the end of the scope.
class WorkingFolder {
public:
    explicit WorkingFolder(const std::string& path);
    ~WorkingFolder();
    WorkingFolder(const WorkingFolder&) = delete;
    WorkingFolder& operator=(const WorkingFolder&) = delete;

private:
    std::string m_before;
};

} // namespace swb::test
