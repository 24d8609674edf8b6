// SPDX-License-Identifier: GPL-3.0-or-later
#include "process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace swb::bench {

Child::Child(const std::vector<std::string>& arguments, int inherited, bool captureOutput)
    : m_name(arguments.front())
{
    std::vector<char*> words;
    for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    std::array<int, 2> ends{-1, -1};
    if (captureOutput)
        checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    m_output = Fd(ends[0]);
    const Fd writeEnd(ends[1]);
    m_pid = static_cast<pid_t>(checked(::fork(), "fork"));
    if (m_pid != 0)
        return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (inherited >= 0)
        ::fcntl(inherited, F_SETFD, 0);
    if (captureOutput)
        ::dup2(ends[1], STDOUT_FILENO);
    ::execvp(words.front(), words.data());
    ::_exit(127);
}

Child::~Child()
{
    if (m_pid <= 0)
        return;
    ::kill(m_pid, SIGKILL);
    ::waitpid(m_pid, nullptr, 0);
}

std::string Child::wait(std::chrono::seconds limit)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::string output;
    while (m_output.get() >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd item{m_output.get(), POLLIN, 0};
        if (left.count() <= 0 || ::poll(&item, 1, static_cast<int>(left.count())) == 0)
            throw std::runtime_error(
                m_name + " did not end within " + std::to_string(limit.count()) + " s");
        std::array<char, 4096> part{};
        const ssize_t got = ::read(m_output.get(), part.data(), part.size());
        if (got == 0)
            break;
        if (got > 0)
            output.append(part.data(), static_cast<std::size_t>(got));
    }
    int status = 0;
    while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) { }
    m_pid = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error(m_name + " failed; its message is above");
    return output;
}

std::string ownPath()
{
    return std::filesystem::read_symlink("/proc/self/exe").string();
}

std::pair<Fd, Fd> messagePair()
{
    std::array<int, 2> ends{-1, -1};
    checked(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    return {Fd(ends[0]), Fd(ends[1])};
}

void pinTo(Core core)
{
    cpu_set_t allowed;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    int first = -1;
    int last = -1;
    for (int i = 0; i < CPU_SETSIZE; ++i) {
        if (!CPU_ISSET(static_cast<unsigned>(i), &allowed))
            continue;
        last = i;
        if (first < 0)
            first = i;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(core == Core::First ? first : last), &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

void runAheadOfOthers()
{
    sched_param parameters{};
    parameters.sched_priority = 1;
    checked(::sched_setscheduler(0, SCHED_RR, &parameters), "sched_setscheduler");
}

void requireRealTime()
{
    sched_param parameters{};
    parameters.sched_priority = 1;
    if (::sched_setscheduler(0, SCHED_RR, &parameters) != 0)
        throw std::invalid_argument(
            "--real-time: this process may not use the scheduling policy SCHED_RR");
    parameters.sched_priority = 0;
    ::sched_setscheduler(0, SCHED_OTHER, &parameters);
}

void raiseDescriptorLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

TemporaryFolder::TemporaryFolder()
    : m_path((std::filesystem::temp_directory_path() / "swb-benchmark-XXXXXX").string())
{
    if (::mkdtemp(m_path.data()) == nullptr)
        throw std::runtime_error("no folder can be made in " + m_path);
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

} // namespace swb::bench
