// SPDX-License-Identifier: BSL-1.0
/// What a caller's thread asks of sockets by itself, apart from the asynchronous operations: poll,
/// select and ioControl (PROP-19).
#include "engine/net/detail/socket_core.h"
#include "engine/net/exceptions.h"
#include "engine/net/linux/blocking_wait.h"
#include "engine/net/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace swb {

namespace sys = detail::sys;
using detail::SocketCore;

namespace {

using Clock = std::chrono::steady_clock;

/// The cores of the sockets that a wait is for, each with what it is asked.
struct Asked {
    SocketCore* core;
    SelectMode mode;
};

/// Holds duplicates of the descriptors while a thread waits on them, so that a close has neither to
/// wait for the thread nor to fear that its descriptor's number is taken by another file.
class JoinedWait {
public:
    JoinedWait(const std::vector<Asked>& asked, int wake)
        : m_wake(wake)
    {
        m_cores.reserve(asked.size());
        m_duplicates.reserve(asked.size());
        try {
            for (const Asked& each : asked) {
                m_duplicates.push_back(each.core->joinWait(wake));
                m_cores.push_back(each.core);
                entries.push_back({m_duplicates.back().get(), each.mode, false});
            }
        } catch (...) {
            leave();
            throw;
        }
    }
    ~JoinedWait() { leave(); }
    JoinedWait(const JoinedWait&) = delete;
    JoinedWait& operator=(const JoinedWait&) = delete;

    std::vector<sys::WaitEntry> entries;

private:
    void leave() noexcept
    {
        for (SocketCore* const core : m_cores)
            core->leaveWait(m_wake);
    }
    int m_wake;
    std::vector<SocketCore*> m_cores;
    std::vector<sys::Descriptor> m_duplicates;
};

void throwOnError(int error)
{
    if (error != 0)
        throw SocketException(socketErrorFromErrno(error), error, "poll");
}

/// Which of `asked` are so; all false when the time has passed.
std::vector<bool> waitFor(const std::vector<Asked>& asked, std::chrono::microseconds timeout)
{
    std::optional<Clock::time_point> deadline;
    if (timeout.count() >= 0) // a year: more than the clock can add would wrap
        deadline
            = Clock::now() + std::min<std::chrono::microseconds>(timeout, std::chrono::hours(8760));
    int error = 0;
    const auto wake = sys::makeWake(error);
    throwOnError(error);
    for (;;) {
        JoinedWait wait(asked, wake.get()); // throws when one of them is closed
        const auto end = sys::waitForAny(wait.entries, wake.get(), deadline, error);
        throwOnError(end == sys::WaitEnd::Failed ? error : 0);
        for (const Asked& each : asked)
            each.core->throwIfClosed();
        if (end == sys::WaitEnd::Woken) { // a descriptor was replaced: the fresh one counts
            sys::clearSignal(wake.get());
            continue;
        }
        std::vector<bool> ready;
        for (const sys::WaitEntry& entry : wait.entries)
            ready.push_back(entry.ready);
        return ready;
    }
}

} // namespace

bool Socket::poll(std::chrono::microseconds timeout, SelectMode mode) const
{
    const Socket keepsAlive = *this;
    return waitFor({{&keepsAlive.core(), mode}}, timeout).front();
}

void Socket::select(std::vector<Socket>* checkRead, std::vector<Socket>* checkWrite,
    std::vector<Socket>* checkError, std::chrono::microseconds timeout)
{
    const std::pair<std::vector<Socket>*, SelectMode> lists[]
        = {{checkRead, SelectMode::SelectRead}, {checkWrite, SelectMode::SelectWrite},
            {checkError, SelectMode::SelectError}};
    std::vector<Asked> asked;
    std::vector<Socket> keepAlive;
    for (const auto& [list, mode] : lists) {
        if (!list)
            continue;
        for (const Socket& socket : *list) {
            asked.push_back({&socket.core(), mode});
            keepAlive.push_back(socket);
        }
    }
    if (asked.empty())
        throw ArgumentNullException("checkRead");
    const std::vector<bool> ready = waitFor(asked, timeout);
    std::size_t index = 0;
    for (const auto& [list, mode] : lists) {
        std::vector<Socket> kept;
        for (std::size_t i = 0; list && i < list->size(); ++i) {
            if (ready[index++])
                kept.push_back((*list)[i]);
        }
        if (list)
            *list = std::move(kept);
    }
}

int Socket::ioControl(
    IOControlCode code, std::span<const std::byte> /*in*/, std::span<std::byte> out)
{
    core().throwIfClosed();
    if (code == IOControlCode::NonBlockingIO)
        throw InvalidOperationException("Whether a socket blocks is set by setBlocking().");
    if (code != IOControlCode::DataToRead && code != IOControlCode::OobDataRead)
        throw NotSupportedException("This control code does not exist on this system.");
    int value = 0;
    if (out.size() < sizeof value)
        throw SocketException(SocketError::Fault, EFAULT, "ioControl needs room for an int");
    core().withDescriptor([&](int fd) {
        int error = 0;
        value = code == IOControlCode::DataToRead ? static_cast<int>(sys::bytesAvailable(fd, error))
                                                  : (sys::atUrgentMark(fd, error) ? 1 : 0);
        throwOnError(error);
    });
    std::memcpy(out.data(), &value, sizeof value);
    return sizeof value;
}

} // namespace swb
