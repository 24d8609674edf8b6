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
    /// "-" is standard output; anything else is made, or emptied when it is there.
    /// **Errors** Problem when it cannot be opened, as thrown by openProblem().
    explicit Output(MainLoop& loop)
        : m_loop(loop)
    {
    }
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    std::optional<workbench::Problem> open(const std::string& path);
    std::optional<workbench::Problem> write(std::span<const std::byte> bytes);
    /// Tells also what the system found out late, as network file systems do.
    std::optional<workbench::Problem> close();

private:
    workbench::Problem problem(const char* operation, int error) const;

    MainLoop& m_loop;
    std::string m_path;
    int m_descriptor = -1;
    bool m_owned = false;
    bool m_mayBlock = false; ///< A pipe, terminal or socket: its reader decides when it takes more.
};

} // namespace swb::cli
