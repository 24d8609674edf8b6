// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace swb::test {

/// How many descriptors this process has open.
std::size_t openDescriptors();
/// The descriptors of this process that refer to this file, or to a file below this folder.
std::vector<int> descriptorsBelow(const std::string& path);
/// The flags (O_...) a descriptor was opened with, close-on-exec included.
int descriptorFlags(int descriptor);

} // namespace swb::test
