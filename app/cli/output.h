// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/problem.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace swb::cli {

class MainLoop;

/// A file, or standard output, that received bytes or JSON lines are written to, completely or with
/// a Problem that tells why not (disk full, reader gone).
///
/// **Threads** the main thread.
class Output {
public:
    explicit Output(MainLoop& loop)
        : m_loop(loop)
    {
    }
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// "-" is standard output; anything else is made, or emptied when it is there. A named pipe
    /// waits for its reader.
    std::optional<workbench::Problem> open(const std::string& path);
    std::optional<workbench::Problem> write(std::span<const std::byte> bytes);
    /// Tells also what the system found out late, as network file systems do.
    std::optional<workbench::Problem> close();

private:
    int openFile(const std::string& path);
    int openStandardOutput();
    workbench::Problem problem(const char* operation, int error) const;

    MainLoop& m_loop;
    std::string m_path;
    int m_descriptor = -1;
    bool m_owned = false; ///< Close m_descriptor.
    bool m_waits = false; ///< A pipe, terminal or socket: its reader decides when it takes more.
    bool m_mayBlock = false; ///< A write can block although there is room for a little.
};

} // namespace swb::cli
