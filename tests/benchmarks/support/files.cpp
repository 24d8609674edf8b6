// SPDX-License-Identifier: GPL-3.0-or-later
#include "files.h"

#include "process.h"
#include "sample.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace swb::bench {

namespace {

constexpr std::size_t kBlock = 1 << 20;

bool isThere(const std::string& path, std::uint64_t size)
{
    std::error_code error;
    return std::filesystem::file_size(path, error) == size && !error;
}

void create(const std::string& path, const std::function<void(std::ofstream&)>& fill)
{
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    fill(file);
    if (!file.flush())
        throw std::runtime_error("cannot write " + path);
}

void append(std::ofstream& file, std::span<const std::byte> bytes)
{
    file.write(
        reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::size_t openDescriptors()
{
    DIR* const folder = ::opendir("/proc/self/fd");
    if (!folder)
        return 0;
    std::size_t count = 0;
    while (::readdir(folder) != nullptr)
        ++count;
    ::closedir(folder);
    return count - 3; // ".", "..", and the folder itself
}

} // namespace

void makeFile(const std::string& path, std::span<const std::byte> bytes)
{
    if (!isThere(path, bytes.size()))
        create(path, [&](std::ofstream& file) { append(file, bytes); });
}

void makePatternFile(const std::string& path, std::uint64_t size)
{
    if (isThere(path, size))
        return;
    create(path, [size](std::ofstream& file) {
        const Bytes block = pattern(kBlock, 1);
        for (std::uint64_t left = size; left > 0;) {
            const std::size_t part = std::min<std::uint64_t>(left, block.size());
            append(file, {block.data(), part});
            left -= part;
        }
    });
}

void makeSparseFile(const std::string& path, std::uint64_t size)
{
    if (isThere(path, size))
        return;
    create(path, [](std::ofstream&) {});
    std::filesystem::resize_file(path, size);
}

void addPatternFile(Checksum& sum, std::uint64_t size)
{
    if (!sum.hashing()) {
        sum.skip(size);
        return;
    }
    const Bytes block = pattern(kBlock, 1);
    for (std::uint64_t left = size; left > 0;) {
        const std::size_t part = std::min<std::uint64_t>(left, block.size());
        sum.add({block.data(), part});
        left -= part;
    }
}

DescriptorWatch::DescriptorWatch(Sample& sample)
    : m_sample(sample)
{
    if (!sample.checked())
        return;
    const std::size_t before = openDescriptors();
    m_thread = std::thread([this, before] {
        pinTo(Core::Last); // beside the work, not between
        while (!m_stop)
            m_most = std::max(m_most, openDescriptors() - before);
    });
}

DescriptorWatch::~DescriptorWatch()
{
    if (!m_sample.checked())
        return;
    m_stop = true;
    m_thread.join();
    m_sample.set("open files", static_cast<double>(m_most));
}

} // namespace swb::bench
