// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/end_point.h"
#include "engine/net/socket_error.h"
#include "engine/net/socket_health.h"
#include "engine/net/socket_types.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace swb {

class AsyncEngine;
class SocketAsyncEventArgs;
namespace detail {
class SocketCore;
class SocketHandle;
} // namespace detail

/// An asynchronous socket: a handle, copies refer to the same socket, and the last one gone closes
/// it. A default-constructed Socket is null.
///
/// The `...Async` calls all answer alike (RET-01 to RET-05): **true**, the operation is pending and
/// Completed will be raised once on a worker thread; **false**, it is over - well or badly - the
/// results are in `e` and no event comes. Failures of the network are results (`e.socketError()`);
/// only misuse throws, before anything has happened.
///
/// **Threads** all members may be called from any threads at once; operations of one direction take
/// effect in the order they were started (CONC-02, CONC-03). Sends never wait for receives.
/// **Lifetime** pending operations keep what they need; their buffers are borrowed from the caller.
/// **Errors** every call on a closed socket throws ObjectDisposedException (a null one too), before
/// any other check.
class Socket {
public:
    Socket() = default;
    /// **Errors** SocketException when the system refuses the combination or has no descriptors
    /// left; ObjectDisposedException when the engine is being destroyed.
    Socket(AsyncEngine&, AddressFamily, SocketType, ProtocolType);
    /// Dual-mode where IPv6 exists, IPv4 otherwise (CONN-14).
    Socket(AsyncEngine&, SocketType, ProtocolType);

    explicit operator bool() const noexcept { return m_handle != nullptr; }
    bool operator==(const Socket&) const = default;

    /// Accepts a connection into `e.acceptSocket()`. With a buffer also its first data (ACC-05).
    /// **Errors** in order: ObjectDisposedException; ArgumentException("e") for a buffer list;
    /// InvalidOperationException when not bound, not listening, the accept socket is in use, or `e`
    /// is busy. A result: InvalidArgument when the accept socket has come into use meanwhile.
    [[nodiscard]] bool acceptAsync(SocketAsyncEventArgs&);
    /// Connects to `e.remoteEndPoint()`; with a buffer, sends it once connected (CONN-04).
    /// **Errors** in order (CONN-01): ObjectDisposedException; ArgumentException("BufferList");
    /// ArgumentNullException("remoteEP"); InvalidOperationException when listening;
    /// SocketException(IsConnected); NotSupportedException for another family;
    /// InvalidOperationException when `e` is busy.
    [[nodiscard]] bool connectAsync(SocketAsyncEventArgs&);
    /// Ends the connection after everything queued before it has left; with
    /// `e.disconnectReuseSocket()` the socket may connect again (DISC-01 to DISC-05). A datagram
    /// socket loses its peer and may always connect again. A socket that was never connected:
    /// NotConnected as a result (EXC-14).
    [[nodiscard]] bool disconnectAsync(SocketAsyncEventArgs&);
    /// Completes with what is there, at least one byte; 0 bytes and Success: the peer has ended
    /// (RECV-01). With an empty buffer it waits for data or the end and takes none (RECV-02).
    /// **Lifetime** the buffer belongs to the operation until it has ended.
    /// **Errors** in order: ObjectDisposedException; InvalidOperationException when `e` is busy;
    /// ArgumentException("e") without a buffer or with a read-only one. Results: NotConnected on a
    /// stream that was never connected (RECV-04), OperationNotSupported for flags that do not exist
    /// for receives (RECV-05).
    [[nodiscard]] bool receiveAsync(SocketAsyncEventArgs&);
    /// Receives one datagram and puts its sender into `e.remoteEndPoint()`, which must hold an
    /// address of the socket's family before (RFROM-01). On a stream it becomes "any address, port
    /// 0" (RFROM-02). What does not fit the buffer is lost and `e.socketFlags()` has Truncated
    /// (RECV-06). **Errors** in order: ObjectDisposedException; ArgumentException("e") for the
    /// end point; InvalidOperationException when `e` is busy; ArgumentException without a buffer.
    [[nodiscard]] bool receiveFromAsync(SocketAsyncEventArgs&);
    /// As receiveFromAsync(), and tells in `e.receiveMessageFromPacketInfo()` which of our addresses
    /// and interfaces the datagram came to (RMSG-01). **Errors** as receiveFromAsync().
    [[nodiscard]] bool receiveMessageFromAsync(SocketAsyncEventArgs&);
    /// Sends the buffer or the buffer list, all of it on a stream, one datagram otherwise (SEND-01,
    /// SEND-05). Messages of sequenced-packet and Unix datagram sockets count as datagrams; a full
    /// queue of their receiver makes them pend (UDS-06).
    /// **Errors** in order (EXC-01): ObjectDisposedException; InvalidOperationException when `e` is
    /// busy; ArgumentException without a buffer (D-02); ArgumentOutOfRangeException for unknown
    /// flags (EXC-07); SocketException(NotConnected) on a socket that was never connected (D-01).
    [[nodiscard]] bool sendAsync(SocketAsyncEventArgs&);
    /// Sends the elements in order as one unit that no other send can split (CONC-05).
    /// **Errors** in order (EXC-01): ObjectDisposedException; ArgumentException("e") without
    /// elements; NotSupportedException on a raw socket or when not connected;
    /// InvalidOperationException when `e` is busy; ArgumentOutOfRangeException for a send size
    /// below -1; the file errors of FILE-08 in element order; SocketException(MessageSize) when a
    /// datagram would be too large (D-03). A range past the end of a file is a result:
    /// InvalidArgument, nothing sent (PKT-11).
    [[nodiscard]] bool sendPacketsAsync(SocketAsyncEventArgs&);
    /// Sends one datagram to `e.remoteEndPoint()`, also when the socket is connected elsewhere; on a connected stream the end point is ignored
    /// (STO-01). **Errors** in order: ObjectDisposedException; ArgumentException("e") when the end
    /// point is null or a name; InvalidOperationException when `e` is busy;
    /// ArgumentException without a buffer (D-02); ArgumentOutOfRangeException for unknown flags. A
    /// result: AddressFamilyNotSupported for an address of another family (EXC-14).
    [[nodiscard]] bool sendToAsync(SocketAsyncEventArgs&);
    /// Makes a socket that suits `e.remoteEndPoint()` and connects it; `e.connectSocket()` is the
    /// result (CONN-07). When it fails the socket is closed and `e.connectSocket()` null.
    /// **Errors** in order: ArgumentException("e") for a buffer list or without an end point;
    /// ArgumentException("hostName") for a name that stands for any address;
    /// InvalidOperationException when `e` is busy; SocketException when no socket can be made;
    /// ObjectDisposedException when the engine is being destroyed.
    [[nodiscard]] static bool connectAsync(
        AsyncEngine&, SocketType, ProtocolType, SocketAsyncEventArgs&);
    /// Ends a pending connect with OperationAborted; does nothing otherwise (CLOSE-10). Closes the
    /// socket, except when it was connecting to a name.
    static void cancelConnectAsync(SocketAsyncEventArgs&);
    /// Ends `e`'s operation, if it is pending on this socket, with OperationAborted and the exact
    /// bytes so far; the socket stays usable (CLOSE-11). Does nothing when it has ended already:
    /// its event, if one was promised, still comes.
    /// **Errors** ObjectDisposedException for a null socket.
    void cancel(SocketAsyncEventArgs&);

    /// Gives the socket its local end point; port 0 picks one, which localEndPoint() then tells.
    /// A Unix-domain path becomes a file, which closing this socket removes (UDS-02).
    /// **Errors** ArgumentNullException("localEP"); ArgumentException("localEP") for a name or
    /// another family; SocketException, for example when the address is in use.
    void bind(const EndPoint&);
    /// The system clamps the backlog; an unbound socket is bound to a free port first (PROP-18).
    void listen(int backlog = 128);
    /// Ends one direction or both; connected() is false afterwards. Sends that still wait end with
    /// Shutdown: wait for them first (CLOSE-09). Receives that wait end with 0 bytes.
    /// **Errors** SocketException(NotConnected) when never connected (CLOSE-08).
    void shutdown(SocketShutdown);
    /// Pending operations end with OperationAborted. With such, and without an earlier shutdown of
    /// sending, the peer sees a reset (CLOSE-02). Closing twice is fine.
    void close();
    /// 0: reset at once; more: waits, in the background, up to that long for the peer to take
    /// everything, then resets; negative: like close() (CLOSE-03).
    void close(std::chrono::milliseconds timeout);

    /// As of the last operation, not a probe of the peer (PROP-01). Does not throw on a closed
    /// socket.
    bool connected() const;
    /// True once bind(), listen(), a connect or a send has given the socket a local end point. Does
    /// not throw.
    bool isBound() const;
    /// True for a null socket too. Does not throw.
    bool closed() const;
    /// Null while the socket is not bound.
    EndPoint localEndPoint() const;
    /// Where the socket is connected to; null otherwise. An end, unlike a disconnect, does not
    /// clear it.
    EndPoint remoteEndPoint() const;
    /// What can be read at once; of a datagram socket, the first datagram (PROP-17).
    std::size_t available() const;
    /// What the kernel knows of the connection now; `known` is false where it tells nothing: sockets
    /// that are no TCP connection, or closed.
    SocketHealth health() const;
    /// Waits until the socket can be read from (or accepted from, or its stream has ended), can be
    /// written to, or has an error or urgent data; true when so, false when `timeout` passed first.
    /// Negative: waits forever. Blocks the calling thread, never a worker (PROP-19).
    /// **Errors** ObjectDisposedException, also when the socket is closed meanwhile.
    bool poll(std::chrono::microseconds timeout, SelectMode mode) const;
    /// poll() for several sockets at once: leaves in each list those that are ready; null lists are
    /// fine. **Errors** ArgumentNullException when all are null or empty; as poll().
    static void select(std::vector<Socket>* checkRead, std::vector<Socket>* checkWrite,
        std::vector<Socket>* checkError, std::chrono::microseconds timeout);
    /// Answers DataToRead and OobDataRead with an int in `out`; returns its size. **Errors**
    /// InvalidOperationException for NonBlockingIO (see setBlocking()); NotSupportedException for
    /// other codes; SocketException(Fault) when `out` is too small (PROP-19).
    int ioControl(IOControlCode code, std::span<const std::byte> in, std::span<std::byte> out);
    AddressFamily addressFamily() const;
    SocketType socketType() const;
    ProtocolType protocolType() const;
    /// The socket's number in records: 1, 2, 3, ... per engine; 0 for null.
    std::uint32_t id() const;
    /// The operating system's descriptor, for options this class does not have; -1 when closed. It
    /// stays the socket's.
    int nativeHandle() const;

    /// Off (default): a call that can finish at once returns false. On: every operation completes
    /// with an event (RET-03).
    bool alwaysCompletesAsynchronously() const;
    void setAlwaysCompletesAsynchronously(bool);

    /// A wish that is kept and handed on to accepted sockets, on by default. Nothing here looks at
    /// it: descriptors are always non-blocking (PROP-16, SEND-11). The getter does not throw on a
    /// closed socket.
    bool blocking() const;
    void setBlocking(bool);

    // Options. Getters and setters throw ObjectDisposedException on a closed socket and
    // SocketException when the system refuses. What is set survives a disconnect for reuse
    // (DISC-04).

    /// Of synchronous calls that a program makes on nativeHandle(): asynchronous operations have no
    /// timeout (SEND-12). Zero is forever, and so is -1 ms, which reads as zero; the system rounds
    /// up to its clock's tick. **Errors** ArgumentOutOfRangeException below -1 ms (PROP-09).
    std::chrono::milliseconds sendTimeout() const;
    void setSendTimeout(std::chrono::milliseconds);
    std::chrono::milliseconds receiveTimeout() const;
    void setReceiveTimeout(std::chrono::milliseconds);
    /// TCP: no waiting for more before a small segment leaves. Off by default (PROP-06).
    bool noDelay() const;
    void setNoDelay(bool);
    /// **Errors** ArgumentException("optionValue") outside 0 to 65535 seconds (PROP-07).
    LingerOption lingerState() const;
    void setLingerState(LingerOption);
    /// The system doubles what is set, and clamps it. **Errors** ArgumentOutOfRangeException when
    /// negative (PROP-08).
    int sendBufferSize() const;
    void setSendBufferSize(int bytes);
    int receiveBufferSize() const;
    void setReceiveBufferSize(int bytes);
    /// Hops. **Errors** ArgumentOutOfRangeException outside 0 to 255; the system refuses 0;
    /// NotSupportedException unless IPv4 or IPv6 (PROP-10).
    int ttl() const;
    void setTtl(int hops);
    /// **Errors** NotSupportedException unless IPv4 (PROP-11).
    bool dontFragment() const;
    void setDontFragment(bool);
    /// Whether an IPv6 socket reaches IPv4 too; off by default. **Errors** set:
    /// NotSupportedException unless IPv6 (PROP-15).
    bool dualMode() const;
    void setDualMode(bool);
    /// Off by default; without it a send to a broadcast address is AccessDenied (STO-02).
    bool enableBroadcast() const;
    void setEnableBroadcast(bool);
    /// Whether what is sent to a group is received on this host, too; on by default (PROP-12).
    bool multicastLoopback() const;
    void setMulticastLoopback(bool);
    /// **Errors** set: InvalidOperationException once the socket is bound (PROP-14).
    bool exclusiveAddressUse() const;
    void setExclusiveAddressUse(bool);
    /// `interface` is a name ("eth0") or, for IPv4, an address of one; without it the group's scope
    /// ("ff02::1%eth0") decides, then the system. **Errors** NotSupportedException unless IPv4 or
    /// IPv6; ArgumentException("address") for what is no address; SocketException.
    void joinGroup(std::string_view group, std::string_view interface = {});
    void leaveGroup(std::string_view group, std::string_view interface = {});

private:
    friend class detail::SocketCore;
    friend class detail::SocketHandle;
    explicit Socket(std::shared_ptr<detail::SocketHandle>);
    detail::SocketCore& core() const;
    std::shared_ptr<detail::SocketHandle> m_handle;
};

} // namespace swb
