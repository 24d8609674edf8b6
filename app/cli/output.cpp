// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"

#include "app/cli/main_loop.h"
#include "engine/net/socket_error.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace swb::cli {

namespace {

using namespace std::chrono_literals;

constexpr int kPipeBytes = 1024 * 1024;
constexpr auto kLookForReader = 50ms;
constexpr mode_t kNewFileMode = 0666; // what the user's umask leaves of it

struct Explanation {
    const char* name;
    const char* cause;
    const char* nextStep;
};

Explanation explain(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return {"DiskFull", "There is no room left for it.",
            "Free some space or choose another folder."};
    case EPIPE:
        return {"BrokenPipe", "The program that read it has ended.",
            "Keep the reader running until swb is done."};
    case EINTR:
        return {"OperationAborted", "Its reader had stopped reading when swb was interrupted.",
            "What it had not taken is lost; start again."};
    case EISDIR:
        return {"UnauthorizedAccess", "It is a directory.", "Name a file in it."};
    case ENOENT:
    case ENOTDIR:
        return {"DirectoryNotFound", "The folder does not exist.",
            "Make it first, or correct the path."};
    case EACCES:
    case EPERM:
    case EROFS:
        return {"UnauthorizedAccess", "This user may not write there.",
            "Choose another folder or change the permissions."};
    case EFBIG:
        return {"FileTooLarge",
            "The file would be larger than this file system or this user may have.",
            "Choose another file system or raise the limit (ulimit -f)."};
    default:
        return {"FileIO", "The system refused it.",
            "Look up the number above, or choose another place."};
    }
}

} // namespace

Output::~Output()
{
    if (m_owned && m_descriptor >= 0)
        ::close(m_descriptor);
}

std::optional<workbench::Problem> Output::open(const std::string& path)
{
    const bool standard = path == "-";
    m_path = standard ? "standard output" : path;
    m_descriptor = standard ? openStandardOutput() : openFile(path);
    if (m_descriptor < 0)
        return problem("Open file", errno);
    struct stat status { };
    if (fstat(m_descriptor, &status) != 0)
        return problem("Open file", errno);
    m_waits = !S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode);
    m_mayBlock = m_waits && !m_owned;
    if (S_ISFIFO(status.st_mode))
        fcntl(m_descriptor, F_SETPIPE_SZ, kPipeBytes); // only for speed
    return std::nullopt;
}

int Output::openFile(const std::string& path)
{
    m_owned = true;
    while (true) {
        // Not blocking, as a named pipe without a reader would keep us, deaf to Ctrl-C.
        const int descriptor = ::open(
            path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, kNewFileMode);
        struct stat status { };
        const bool withoutReader = descriptor < 0 && errno == ENXIO
            && stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
        if (!withoutReader)
            return descriptor;
        if (m_loop.interrupted()) {
            errno = EINTR;
            return -1;
        }
        m_loop.wait(MainLoop::Clock::now() + kLookForReader);
    }
}

int Output::openStandardOutput()
{
    struct stat status { };
    if (fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode)) {
        // Opened once more, so that it can be non-blocking without becoming so for those who share
        // it.
        const int descriptor = ::open("/proc/self/fd/1", O_WRONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor >= 0) {
            m_owned = true;
            return descriptor;
        }
    }
    return STDOUT_FILENO;
}

std::optional<workbench::Problem> Output::write(std::span<const std::byte> bytes)
{
    bool full = m_mayBlock;
    while (!bytes.empty()) {
        if (full && !m_loop.waitWritable(m_descriptor))
            return problem("Write", EINTR);
        full = m_mayBlock;
        // What poll() calls writable promises room for PIPE_BUF bytes; a larger write could block.
        const std::size_t step
            = m_mayBlock ? std::min<std::size_t>(bytes.size(), PIPE_BUF) : bytes.size();
        const ssize_t written = ::write(m_descriptor, bytes.data(), step);
        if (written >= 0)
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        else if (errno == EAGAIN && m_waits)
            full = true;
        else if (errno != EINTR)
            return problem("Write", errno);
    }
    return std::nullopt;
}

std::optional<workbench::Problem> Output::close()
{
    if (!m_owned || m_descriptor < 0)
        return std::nullopt;
    const int result = ::close(m_descriptor);
    m_descriptor = -1;
    if (result != 0)
        return problem("Close file", errno);
    return std::nullopt;
}

workbench::Problem Output::problem(const char* operation, int error) const
{
    const auto [name, cause, nextStep] = explain(error);
    workbench::Problem result;
    result.operation = operation;
    result.subject = m_path;
    result.errorName = name;
    result.nativeName = nativeErrorName(error);
    result.nativeNumber = error;
    result.cause = cause;
    result.nextStep = nextStep;
    return result;
}

} // namespace swb::cli
