// SPDX-License-Identifier: BSL-1.0
/// The narrow door to the operating system: every call that a socket makes, non-blocking, restarted
/// after EINTR, and with errors as values. Nothing here knows of args or queues.
#pragma once

#include "engine/net/linux/native_address.h"
#include "engine/net/socket_types.h"

#include <sys/uio.h>

#include <csignal>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace swb::detail::sys {

/// Bytes moved, or an errno value. `error == EAGAIN` means that the call would block.
struct IoResult {
    std::int64_t bytes = 0;
    int error = 0;
};

/// An owned descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) noexcept
        : m_fd(fd)
    {
    }
    Descriptor(Descriptor&& other) noexcept
        : m_fd(other.release())
    {
    }
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        if (this != &other)
            reset(other.release());
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }

    explicit operator bool() const noexcept { return m_fd >= 0; }
    int get() const noexcept { return m_fd; }
    int release() noexcept
    {
        const int fd = m_fd;
        m_fd = -1;
        return fd;
    }
    void reset(int fd = -1) noexcept;

private:
    int m_fd = -1;
};

/// A new non-blocking, close-on-exec socket; null with `error` set to errno when that fails. IPv6
/// sockets are IPv6-only until told otherwise (PROP-15).
Descriptor openSocket(AddressFamily, SocketType, ProtocolType, int& error) noexcept;

/// send(2) with MSG_NOSIGNAL (SEND-13). `flags` are MSG_ bits.
IoResult send(int fd, const void* data, std::size_t size, int flags) noexcept;
/// sendmsg(2) with MSG_NOSIGNAL; `to` may be null.
/// One datagram to `to`.
IoResult sendTo(
    int fd, const void* data, std::size_t size, int flags, const NativeAddress& to) noexcept;
IoResult sendGathered(int fd, std::span<iovec> parts, int flags, const NativeAddress* to) noexcept;
/// sendfile(2). Never delivers SIGPIPE to the program (SEND-13): see SigpipeBlock.
IoResult sendFile(int fd, int file, std::int64_t offset, std::size_t size) noexcept;
IoResult readAt(int file, void* data, std::size_t size, std::int64_t offset) noexcept;

/// What came with a received message.
struct Received {
    IoResult io;
    SocketFlags flags = SocketFlags::None;
    IpPacketInformation packet;
};
/// recvmsg(2). `from` may be null. `wantPacketInformation`: reads the control data that
/// enablePacketInformation() asked for.
Received receive(int fd, std::span<iovec> parts, int flags, NativeAddress* from,
    bool wantPacketInformation) noexcept;
/// recv(2) without anything around it.
IoResult receive(int fd, void* data, std::size_t size, int flags) noexcept;
int enablePacketInformation(int fd, AddressFamily, bool dualMode) noexcept;

/// 0 or errno.
int connect(int fd, const NativeAddress&) noexcept;
/// The result of a connect that was in progress: 0 connected, EINPROGRESS not yet, otherwise its
/// error.
int connectResult(int fd) noexcept;
/// The accepted socket, non-blocking; null with `error` set.
Descriptor accept(int fd, NativeAddress& from, int& error) noexcept;
int bind(int fd, const NativeAddress&) noexcept;
int listen(int fd, int backlog) noexcept;
int shutdown(int fd, SocketShutdown) noexcept;
NativeAddress localAddress(int fd) noexcept;
NativeAddress remoteAddress(int fd) noexcept;

int setOption(int fd, int level, int name, const void* value, std::size_t size) noexcept;
inline int setOption(int fd, int level, int name, int value) noexcept
{
    return setOption(fd, level, name, &value, sizeof value);
}
/// The value, or errno in `error`.
int getOption(int fd, int level, int name, int& error) noexcept;

/// Bytes that can be read without waiting (FIONREAD).
std::size_t bytesAvailable(int fd, int& error) noexcept;
/// Holds back partial segments while a list of parts is sent, and pushes them when it ends. TCP
/// only.
void setCork(int fd, bool on) noexcept;
/// Whether a TCP connection is over altogether, by reset or because both sides have ended.
bool tcpIsClosed(int fd) noexcept;
/// Another descriptor of the same socket, close-on-exec; null with `error` set.
Descriptor duplicate(int fd, int& error) noexcept;
/// Whether the next byte is the urgent one.
bool atUrgentMark(int fd, int& error) noexcept;
/// close(2) so that the peer sees a reset.
void closeWithReset(int fd) noexcept;
/// Lets close(2) return at once also where SO_LINGER asks it to wait; the kernel goes on sending
/// what is queued. A linger of 0 seconds, which means a reset, stays.
void doNotWaitAtClose(int fd) noexcept;

/// Threads that are started meanwhile take no signals: Ctrl-C and the like belong to the program's
/// own threads, and a SIGPIPE that sendfile raises on a worker stays blocked (SEND-13).
class SignalBlock {
public:
    SignalBlock() noexcept;
    ~SignalBlock();
    SignalBlock(const SignalBlock&) = delete;
    SignalBlock& operator=(const SignalBlock&) = delete;

private:
    sigset_t m_before;
};

/// Keeps a SIGPIPE that sendfile or splice raises away from the program while it lives: blocked,
/// and taken back if it came.
class SigpipeBlock {
public:
    SigpipeBlock() noexcept;
    ~SigpipeBlock();
    /// A call has failed with EPIPE, so a signal is waiting.
    void noteBrokenPipe() noexcept { m_raised = true; }
    SigpipeBlock(const SigpipeBlock&) = delete;
    SigpipeBlock& operator=(const SigpipeBlock&) = delete;

private:
    bool m_wasBlocked = false;
    bool m_wasPending = false;
    bool m_raised = false;
};

/// This thread has all signals blocked for good, as workers do: SigpipeBlock has nothing to do on
/// it and saves its system calls.
void noteThreadTakesNoSignals() noexcept;

/// A regular file's identity and size.
struct FileFacts {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    bool operator==(const FileFacts&) const = default;
};

enum class OpenFailure : std::uint8_t {
    None,
    FileMissing,
    DirectoryMissing,
    Denied,
    IsDirectory,
    NotRegular,
    Other
};

/// A file opened for reading, or why not.
struct OpenedFile {
    Descriptor descriptor;
    FileFacts facts;
    OpenFailure failure = OpenFailure::None;
    int error = 0; ///< errno
};
/// Opens a regular file by path, relative to `folder` (AT_FDCWD: the working directory) (FILE-01,
/// FILE-08, FILE-14). `name` is `path` or its last component when `folder` is its directory.
OpenedFile openRegularFile(const char* name, int folder) noexcept;
/// The facts of a regular file that this process may read, without opening it: about half as dear.
/// False: something is wrong with it, or it cannot be told; opening it will say what. What a
/// security module forbids shows only when the file is opened. `user` is effectiveUser().
bool readableFileFacts(const char* name, int folder, unsigned user, FileFacts& facts) noexcept;
unsigned effectiveUser() noexcept;
/// Facts of a file that is open already; `failure` says when it is no regular file.
OpenedFile factsOf(int file) noexcept;
/// Whether an open file may be read from, by the way it was opened.
bool isReadable(int file) noexcept;
/// A directory as a descriptor to name files from, so that a relative name keeps its meaning
/// (FILE-07); null when it cannot be had.
Descriptor openFolder(const char* path) noexcept;
extern const int kWorkingDirectory;

} // namespace swb::detail::sys
