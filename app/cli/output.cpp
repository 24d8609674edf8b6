// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"

#include "app/cli/main_loop.h"
#include "engine/net/socket_error.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace swb::cli {

namespace {

constexpr mode_t kNewFileMode = 0666; // what the user's umask leaves of it

struct Explanation {
    const char* cause;
    const char* nextStep;
};

Explanation explain(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return {"There is no room left for it.", "Free some space or choose another folder."};
    case EPIPE:
        return {
            "The program that read it has ended.", "Keep the reader running until swb is done."};
    case EISDIR:
        return {"It is a directory.", "Name a file in it."};
    case ENOENT:
    case ENOTDIR:
        return {"The folder does not exist.", "Make it first, or correct the path."};
    case EACCES:
    case EPERM:
    case EROFS:
        return {
            "This user may not write there.", "Choose another folder or change the permissions."};
    case EFBIG:
        return {"The file would be larger than this file system or this user may have.",
            "Choose another file system or raise the limit (ulimit -f)."};
    default:
        return {"The system refused it.", "Look up the number above, or choose another place."};
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
    m_owned = path != "-";
    m_path = m_owned ? path : "standard output";
    m_descriptor = m_owned
        ? ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kNewFileMode)
        : STDOUT_FILENO;
    if (m_descriptor < 0)
        return problem("Open file", errno);
    struct stat status { };
    if (fstat(m_descriptor, &status) != 0)
        return problem("Open file", errno);
    m_mayBlock = !S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode);
    return std::nullopt;
}

std::optional<workbench::Problem> Output::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        // A writable pipe promises room for PIPE_BUF bytes; a larger write could block, deaf to
        // Ctrl-C.
        std::size_t step = bytes.size();
        if (m_mayBlock) {
            if (!m_loop.waitWritable(m_descriptor))
                return problem("Write", EINTR);
            step = std::min<std::size_t>(step, PIPE_BUF);
        }
        const ssize_t written = ::write(m_descriptor, bytes.data(), step);
        if (written >= 0)
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        else if (errno != EINTR && errno != EAGAIN)
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
    const auto [cause, nextStep] = explain(error);
    workbench::Problem result;
    result.operation = operation;
    result.subject = m_path;
    result.errorName = std::generic_category().message(error);
    result.nativeName = nativeErrorName(error);
    result.nativeNumber = error;
    result.cause = cause;
    result.nextStep = nextStep;
    return result;
}

} // namespace swb::cli
