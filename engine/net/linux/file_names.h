// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

namespace swb::detail {

/// True when the last component of `path` has a `*` or a `?`.
bool hasWildcard(const std::string& path);

/// The regular files that `path`, whose last component is a pattern, stands for: inside its
/// directory, in byte order of their names (FILE-12). `*` is any run of characters, also none, `?`
/// is one byte; hidden names match as others do. Empty when nothing matches or the directory cannot
/// be read.
std::vector<std::string> expandWildcard(const std::string& path);

/// The local path of a UNC name, `\\server\share\rest` or `//server/share/rest`, when that share is
/// mounted according to `mountTable` (the format of /proc/self/mountinfo): CIFS, NFS, or a GVfs
/// folder (FILE-13). Empty when the name is none or the share is not mounted. Never asks the
/// network.
std::string resolveUncName(const std::string& path, const std::string& mountTable);

} // namespace swb::detail
