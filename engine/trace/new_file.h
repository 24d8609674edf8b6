// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/disk_file.h"

#include <string>

namespace swb::trace::detail {

/// A file that appears under its name only when it is complete. Until then it has a name of its own
/// in the same folder, and is removed when it never is; what was there before is whole all the
/// time. A link stays one: what it points to is replaced. Devices and pipes are refused.
///
/// **Threads** one at a time. **Errors** TraceFileError, worded with `action`: "Save".
class NewFile {
public:
    NewFile(const std::string& path, std::string action);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    const DiskFile& disk() const noexcept { return m_file; }
    /// Throws when `error` (errno) is not 0.
    void check(int error) const;
    /// To the disk first, then under its name: a crash in between leaves the old one or the new
    /// one.
    void publish();

private:
    const std::string m_action;
    const std::string m_path;
    const std::string m_place;
    DiskFile m_file;
};

} // namespace swb::trace::detail
