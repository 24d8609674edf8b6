// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "raw_socket.h"

#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

namespace swb::bench {

/// A child process that is killed with its owner.
class Child {
public:
    /// Starts this program again (or `arguments[0]`, found on the PATH). `inherited` stays open in
    /// it, under the same number.
    Child(const std::vector<std::string>& arguments, int inherited, bool captureOutput);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    pid_t pid() const { return m_pid; }
    /// What it wrote to its standard output, once it has ended. **Errors** std::runtime_error when
    /// it failed or took longer than this.
    std::string wait(std::chrono::seconds limit);

private:
    pid_t m_pid = -1;
    Fd m_output;
    std::string m_name;
};

/// This program.
std::string ownPath();
/// Two connected ends that keep messages apart; neither is inherited unless asked for.
std::pair<Fd, Fd> messagePair();
/// Keeps this process, and what it starts, on the first or the last core that it may use.
enum class Core { First, Last };
void pinTo(Core core);
/// Lets this process, and threads that it makes from now on, run before everything of usual
/// priority.
/// **Errors** std::system_error when it may not.
void runAheadOfOthers();
/// Tries that, and undoes it. **Errors** std::invalid_argument that says so.
void requireRealTime();
/// As many descriptors as the system lets this process have.
void raiseDescriptorLimit();

/// A fresh folder that goes with its owner.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
};

} // namespace swb::bench
