// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/system_calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string_view>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SWB_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SWB_SANITIZED
#endif
#endif

namespace swb::detail::sys {

namespace {

template <typename Call> IoResult restarted(Call call) noexcept
{
    for (;;) {
        const auto n = call();
        if (n >= 0)
            return {static_cast<std::int64_t>(n), 0};
        if (errno != EINTR)
            return {0, errno == EWOULDBLOCK ? EAGAIN : errno};
    }
}

// The C library's send and recv are cancellation points, at two locked instructions (12 ns) a call.
// These calls never wait, and are made with a socket's lock held, so that cancelling a thread in
// one is of no use to anybody: they go straight to the kernel. Sanitizers watch the library's.
#if defined(SWB_SANITIZED)
ssize_t sendNow(int fd, const void* data, std::size_t size, int flags, const sockaddr* to = nullptr,
    socklen_t length = 0) noexcept
{
    return ::sendto(fd, data, size, flags, to, length);
}
ssize_t sendMessageNow(int fd, const msghdr& message, int flags) noexcept
{
    return ::sendmsg(fd, &message, flags);
}
ssize_t receiveNow(int fd, void* data, std::size_t size, int flags) noexcept
{
    return ::recv(fd, data, size, flags);
}
#else
ssize_t sendNow(int fd, const void* data, std::size_t size, int flags, const sockaddr* to = nullptr,
    socklen_t length = 0) noexcept
{
    return ::syscall(SYS_sendto, fd, data, size, flags, to, length);
}
ssize_t sendMessageNow(int fd, const msghdr& message, int flags) noexcept
{
    return ::syscall(SYS_sendmsg, fd, &message, flags);
}
ssize_t receiveNow(int fd, void* data, std::size_t size, int flags) noexcept
{
    return ::syscall(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr);
}
#endif

int nativeType(SocketType type) noexcept
{
    switch (type) {
    case SocketType::Stream:
        return SOCK_STREAM;
    case SocketType::Dgram:
        return SOCK_DGRAM;
    case SocketType::Raw:
        return SOCK_RAW;
    case SocketType::Rdm:
        return SOCK_RDM;
    case SocketType::Seqpacket:
        return SOCK_SEQPACKET;
    case SocketType::Unknown:
        break;
    }
    return -1;
}

} // namespace

const int kWorkingDirectory = AT_FDCWD;

void Descriptor::reset(int fd) noexcept
{
    if (m_fd >= 0)
        ::close(m_fd);
    m_fd = fd;
}

Descriptor openSocket(
    AddressFamily family, SocketType type, ProtocolType protocol, int& error) noexcept
{
    const int fd = ::socket(nativeFamily(family), nativeType(type) | SOCK_NONBLOCK | SOCK_CLOEXEC,
        static_cast<int>(protocol));
    error = fd < 0 ? errno : 0;
    if (fd >= 0 && family == AddressFamily::InterNetworkV6)
        setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return Descriptor(fd);
}

IoResult send(int fd, const void* data, std::size_t size, int flags) noexcept
{
    return restarted([&] { return sendNow(fd, data, size, flags | MSG_NOSIGNAL | MSG_DONTWAIT); });
}

IoResult sendTo(
    int fd, const void* data, std::size_t size, int flags, const NativeAddress& to) noexcept
{
    return restarted([&] {
        return sendNow(fd, data, size, flags | MSG_NOSIGNAL | MSG_DONTWAIT, to.data(), to.length);
    });
}

IoResult sendGathered(int fd, std::span<iovec> parts, int flags, const NativeAddress* to) noexcept
{
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (to) {
        message.msg_name = const_cast<sockaddr*>(to->data());
        message.msg_namelen = to->length;
    }
    return restarted(
        [&] { return sendMessageNow(fd, message, flags | MSG_NOSIGNAL | MSG_DONTWAIT); });
}

IoResult sendFile(int fd, int file, std::int64_t offset, std::size_t size) noexcept
{
    return restarted([&] {
        off_t position = offset;
        return ::sendfile(fd, file, &position, size);
    });
}

IoResult readAt(int file, void* data, std::size_t size, std::int64_t offset) noexcept
{
    return restarted([&] { return ::pread(file, data, size, offset); });
}

Received receive(int fd, std::span<iovec> parts, int flags, NativeAddress* from,
    bool wantPacketInformation) noexcept
{
    alignas(cmsghdr) std::byte control[256];
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (wantPacketInformation) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
    }
    Received result;
    result.io = restarted([&] {
        if (from) {
            message.msg_name = from->data();
            message.msg_namelen = sizeof from->storage;
        }
        return ::recvmsg(fd, &message, flags | MSG_DONTWAIT);
    });
    if (result.io.error != 0)
        return result;
    if (from)
        from->length = message.msg_namelen;
    if (message.msg_flags & MSG_TRUNC)
        result.flags |= SocketFlags::Truncated;
    if (wantPacketInformation && (message.msg_flags & MSG_CTRUNC))
        result.flags |= SocketFlags::ControlDataTruncated;
    for (cmsghdr* c = wantPacketInformation ? CMSG_FIRSTHDR(&message) : nullptr; c;
         c = CMSG_NXTHDR(&message, c)) {
        char text[INET6_ADDRSTRLEN] = {};
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            ::inet_ntop(AF_INET, &info.ipi_addr, text, sizeof text);
            result.packet = {text, static_cast<unsigned>(info.ipi_ifindex)};
            break; // a mapped packet carries both; the IPv4 one is the truth
        }
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            ::inet_ntop(AF_INET6, &info.ipi6_addr, text, sizeof text);
            result.packet = {text, info.ipi6_ifindex};
        }
    }
    return result;
}

IoResult receive(int fd, void* data, std::size_t size, int flags) noexcept
{
    return restarted([&] { return receiveNow(fd, data, size, flags | MSG_DONTWAIT); });
}

int enablePacketInformation(int fd, AddressFamily family, bool dualMode) noexcept
{
    int error = 0;
    if (family == AddressFamily::InterNetworkV6)
        error = setOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    if (error == 0 && (family == AddressFamily::InterNetwork || dualMode))
        error = setOption(fd, IPPROTO_IP, IP_PKTINFO, 1);
    return error;
}

int connect(int fd, const NativeAddress& address) noexcept
{
    // An interrupted connect goes on in the background: EINTR is EINPROGRESS.
    if (::connect(fd, address.data(), address.length) == 0)
        return 0;
    return errno == EINTR ? EINPROGRESS : errno;
}

int connectResult(int fd) noexcept
{
    int error = 0;
    const int result = getOption(fd, SOL_SOCKET, SO_ERROR, error);
    if (error != 0)
        return error;
    if (result != 0)
        return result;
    // No error can also mean "not yet": only a connected socket has a peer.
    NativeAddress peer;
    peer.length = sizeof peer.storage;
    if (::getpeername(fd, peer.data(), &peer.length) == 0)
        return 0;
    return errno == ENOTCONN ? EINPROGRESS : errno;
}

Descriptor accept(int fd, NativeAddress& from, int& error) noexcept
{
    for (;;) {
        from.length = sizeof from.storage;
        const int accepted = ::accept4(fd, from.data(), &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0 || errno != EINTR) {
            error = accepted >= 0 ? 0 : (errno == EWOULDBLOCK ? EAGAIN : errno);
            return Descriptor(accepted);
        }
    }
}

int bind(int fd, const NativeAddress& address) noexcept
{
    return ::bind(fd, address.data(), address.length) == 0 ? 0 : errno;
}

int listen(int fd, int backlog) noexcept
{
    return ::listen(fd, backlog) == 0 ? 0 : errno;
}

int shutdown(int fd, SocketShutdown how) noexcept
{
    const int native = how == SocketShutdown::Receive ? SHUT_RD
        : how == SocketShutdown::Send                 ? SHUT_WR
                                                      : SHUT_RDWR;
    return ::shutdown(fd, native) == 0 ? 0 : errno;
}

NativeAddress localAddress(int fd) noexcept
{
    NativeAddress address;
    address.length = sizeof address.storage;
    if (::getsockname(fd, address.data(), &address.length) != 0)
        address.length = 0;
    return address;
}

NativeAddress remoteAddress(int fd) noexcept
{
    NativeAddress address;
    address.length = sizeof address.storage;
    if (::getpeername(fd, address.data(), &address.length) != 0)
        address.length = 0;
    return address;
}

int setOption(int fd, int level, int name, const void* value, std::size_t size) noexcept
{
    return ::setsockopt(fd, level, name, value, static_cast<socklen_t>(size)) == 0 ? 0 : errno;
}

int getOption(int fd, int level, int name, int& error) noexcept
{
    int value = 0;
    socklen_t size = sizeof value;
    error = ::getsockopt(fd, level, name, &value, &size) == 0 ? 0 : errno;
    return value;
}

std::size_t bytesAvailable(int fd, int& error) noexcept
{
    int value = 0;
    error = ::ioctl(fd, FIONREAD, &value) == 0 ? 0 : errno;
    return value > 0 ? static_cast<std::size_t>(value) : 0;
}

void setCork(int fd, bool on) noexcept
{
    setOption(fd, IPPROTO_TCP, TCP_CORK, on ? 1 : 0);
}

bool tcpIsClosed(int fd) noexcept
{
    tcp_info info{};
    socklen_t size = sizeof info;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0
        && info.tcpi_state == TCP_CLOSE;
}

Descriptor duplicate(int fd, int& error) noexcept
{
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    error = copy < 0 ? errno : 0;
    return Descriptor(copy);
}

bool atUrgentMark(int fd, int& error) noexcept
{
    int value = 0;
    error = ::ioctl(fd, SIOCATMARK, &value) == 0 ? 0 : errno;
    return value != 0;
}

void closeWithReset(int fd) noexcept
{
    const linger reset{1, 0};
    setOption(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(fd);
}

void doNotWaitAtClose(int fd) noexcept
{
    linger state{};
    socklen_t size = sizeof state;
    if (::getsockopt(fd, SOL_SOCKET, SO_LINGER, &state, &size) == 0 && state.l_onoff != 0
        && state.l_linger > 0) {
        const linger off{0, 0};
        setOption(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
    }
}

namespace {
thread_local bool t_takesNoSignals = false;
}

void noteThreadTakesNoSignals() noexcept
{
    t_takesNoSignals = true;
}

SignalBlock::SignalBlock() noexcept
{
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &m_before);
}

SignalBlock::~SignalBlock()
{
    ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

SigpipeBlock::SigpipeBlock() noexcept
{
    if (t_takesNoSignals)
        return;
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
    m_wasBlocked = sigismember(&before, SIGPIPE) == 1;
    if (m_wasBlocked) {
        sigset_t pending;
        sigpending(&pending);
        m_wasPending = sigismember(&pending, SIGPIPE) == 1;
    }
}

SigpipeBlock::~SigpipeBlock()
{
    if (t_takesNoSignals)
        return;
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (m_raised && !m_wasPending) {
        const timespec now{0, 0};
        while (::sigtimedwait(&pipe, nullptr, &now) < 0 && errno == EINTR) { }
    }
    if (!m_wasBlocked)
        ::pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
}

namespace {

bool isDirectory(const std::string& path, int folder) noexcept
{
    struct stat facts { };
    return ::fstatat(folder, path.c_str(), &facts, 0) == 0 && S_ISDIR(facts.st_mode);
}

OpenFailure failureOf(int error, std::string_view name, int folder) noexcept
{
    switch (error) {
    case ENOENT: {
        const auto slash = name.find_last_of('/');
        if (slash == 0)
            return OpenFailure::FileMissing;
        const std::string directory(slash == std::string_view::npos ? "." : name.substr(0, slash));
        return isDirectory(directory, folder) ? OpenFailure::FileMissing
                                              : OpenFailure::DirectoryMissing;
    }
    case ENOTDIR:
        return OpenFailure::DirectoryMissing;
    case EACCES:
    case EPERM:
        return OpenFailure::Denied;
    case ENXIO: // a socket or a FIFO without a writer
    case ENODEV:
        return OpenFailure::NotRegular;
    default:
        return OpenFailure::Other;
    }
}

} // namespace

OpenedFile factsOf(int file) noexcept
{
    OpenedFile result;
    struct stat facts { };
    if (::fstat(file, &facts) != 0) {
        result.error = errno;
        result.failure = OpenFailure::Other;
    } else if (S_ISDIR(facts.st_mode)) {
        result.error = EISDIR;
        result.failure = OpenFailure::IsDirectory;
    } else if (!S_ISREG(facts.st_mode)) {
        result.error = EINVAL;
        result.failure = OpenFailure::NotRegular;
    }
    result.facts = {facts.st_dev, facts.st_ino, facts.st_size};
    return result;
}

OpenedFile openRegularFile(const char* name, int folder) noexcept
{
    // O_NONBLOCK: a FIFO must not hold up the caller before it is refused (FILE-14).
    int fd = -1;
    do {
        fd = ::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        OpenedFile result;
        result.error = errno;
        result.failure = failureOf(result.error, name, folder);
        return result;
    }
    OpenedFile result = factsOf(fd);
    result.descriptor.reset(fd);
    if (result.failure != OpenFailure::None)
        result.descriptor.reset();
    return result;
}

bool isReadable(int file) noexcept
{
    const int flags = ::fcntl(file, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_WRONLY && (flags & O_PATH) == 0;
}

unsigned effectiveUser() noexcept
{
    return ::geteuid();
}

bool readableFileFacts(const char* name, int folder, unsigned user, FileFacts& facts) noexcept
{
    struct stat found { };
    if (::fstatat(folder, name, &found, 0) != 0 || !S_ISREG(found.st_mode))
        return false;
    facts = {found.st_dev, found.st_ino, found.st_size};
    // The owner's bits decide for the owner, access lists or not; for others only the kernel knows.
    const bool own = found.st_uid == user && (found.st_mode & S_IRUSR) != 0;
    return own || ::faccessat(folder, name, R_OK, AT_EACCESS) == 0;
}

Descriptor openFolder(const char* path) noexcept
{
    return Descriptor(::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

} // namespace swb::detail::sys
