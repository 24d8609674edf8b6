// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checksum.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace swb::bench {

class Sample;

/// Makes a file of these bytes, unless one of this size is there.
void makeFile(const std::string& path, std::span<const std::byte> bytes);
/// Makes a file of `size` bytes of pattern (a repeated block), unless one of this size is there.
void makePatternFile(const std::string& path, std::uint64_t size);
/// Makes a file of `size` zero bytes that take no room on the disk.
void makeSparseFile(const std::string& path, std::uint64_t size);
/// What makePatternFile() has written.
void addPatternFile(Checksum& sum, std::uint64_t size);

/// In a checked round: looks again and again how many more descriptors are open than at the start,
/// on a thread of its own, and sets the figure "open files" to the most that it saw.
class DescriptorWatch {
public:
    explicit DescriptorWatch(Sample& sample);
    ~DescriptorWatch();
    DescriptorWatch(const DescriptorWatch&) = delete;
    DescriptorWatch& operator=(const DescriptorWatch&) = delete;

private:
    Sample& m_sample;
    std::atomic<bool> m_stop{false};
    std::size_t m_most = 0; ///< The thread's, until it has ended.
    std::thread m_thread;
};

} // namespace swb::bench
