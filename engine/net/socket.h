// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/end_point.h"
#include "engine/net/socket_error.h"
#include "engine/net/socket_types.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

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
    /// `e.disconnectReuseSocket()` the socket may connect again (DISC-01 to DISC-05).
    /// **Errors** in order: ObjectDisposedException; InvalidOperationException when `e` is busy. A
    /// result: NotConnected when the socket was never connected (DISC-06).
    [[nodiscard]] bool disconnectAsync(SocketAsyncEventArgs&);
    /// Completes with what is there, at least one byte; 0 bytes and Success: the peer has ended
    /// (RECV-01). With an empty buffer it waits for data or the end and takes none (RECV-02).
    /// **Lifetime** the buffer belongs to the operation until it has ended.
    /// **Errors** in order: ObjectDisposedException; InvalidOperationException when `e` is busy;
    /// ArgumentException("e") without a buffer or with a read-only one. Results: NotConnected on a
    /// stream that was never connected (RECV-04), OperationNotSupported for flags that do not exist
    /// for receives (RECV-05).
    [[nodiscard]] bool receiveAsync(SocketAsyncEventArgs&);
    /// Receives one datagram and puts its sender into `e.remoteEndPoint()`, which must be set to
    /// any address of the socket's family before (RFROM-01). What does not fit the buffer is lost
    /// and `e.socketFlags()` has Truncated (RECV-06).
    /// **Errors** in order: ObjectDisposedException; ArgumentException("e") without such an end
    /// point; InvalidOperationException when `e` is busy; ArgumentException("e") as receiveAsync().
    [[nodiscard]] bool receiveFromAsync(SocketAsyncEventArgs&);
    /// As receiveFromAsync(), and tells in `e.receiveMessageFromPacketInfo()` which of our
    /// addresses and interfaces the datagram came to (RMSG-01).
    /// **Errors** as receiveFromAsync().
    [[nodiscard]] bool receiveMessageFromAsync(SocketAsyncEventArgs&);
    /// Sends the buffer or the buffer list, all of it on a stream, one datagram otherwise (SEND-01,
    /// SEND-05).
    /// **Errors** in order (EXC-01): ObjectDisposedException; InvalidOperationException when `e` is
    /// busy; ArgumentException without a buffer (D-02); ArgumentOutOfRangeException for unknown
    /// flags (EXC-07); SocketException(NotConnected) on a socket that was never connected (D-01).
    [[nodiscard]] bool sendAsync(SocketAsyncEventArgs&);
    /// Sends the elements in order as one unit that no other send can split (CONC-05).
    /// **Errors** in order (EXC-01): ObjectDisposedException; ArgumentException("e") without
    /// elements; NotSupportedException when not connected; InvalidOperationException when `e` is
    /// busy; ArgumentOutOfRangeException for a send size below -1; the file errors of FILE-08 in
    /// element order; SocketException(MessageSize) when a datagram would be too large (D-03). A
    /// range past the end of a file is a result: InvalidArgument, nothing sent (PKT-11).
    [[nodiscard]] bool sendPacketsAsync(SocketAsyncEventArgs&);
    /// Sends the buffer or the buffer list to `e.remoteEndPoint()` as one datagram, also when the
    /// socket is connected elsewhere; on a stream the address is ignored.
    /// **Errors** in order: ObjectDisposedException; ArgumentException("e") unless the end point is
    /// an address of the socket's family (STO-01); InvalidOperationException when `e` is busy;
    /// ArgumentException without a buffer; ArgumentOutOfRangeException for unknown flags. A result:
    /// MessageSize for more than a datagram holds; nothing was sent (SEND-05).
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
    /// **Errors** ArgumentNullException("localEP"), ArgumentException for another family,
    /// SocketException(AddressAlreadyInUse, ...).
    void bind(const EndPoint&);
    /// Lets others connect: up to `backlog` connections wait for acceptAsync(). **Errors**
    /// SocketException.
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
    /// Bytes that a receive would find now; on a datagram socket those of the next datagram.
    /// **Errors** SocketException.
    std::size_t available() const;
    /// As the socket was made; these three do not throw on a closed socket, only on a null one.
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

    // Options. Getters and setters throw ObjectDisposedException on a closed socket and
    // SocketException when the system refuses. What is set survives a disconnect for reuse
    // (DISC-04).

    /// Small sends leave at once instead of waiting for the acknowledgement of earlier ones
    /// (Nagle).
    bool noDelay() const;
    void setNoDelay(bool);
    /// SO_LINGER: with 0 seconds a close resets; with more it waits, on the calling thread, up to
    /// that long for the peer's kernel to take everything. close(timeout) does so in the
    /// background.
    LingerOption lingerState() const;
    void setLingerState(LingerOption);
    /// Bytes, as the system counts them: Linux reports twice what was set.
    int sendBufferSize() const;
    void setSendBufferSize(int bytes);
    int receiveBufferSize() const;
    void setReceiveBufferSize(int bytes);
    /// Hops that a packet may take (of IPv6: the hop limit).
    int ttl() const;
    void setTtl(int hops);
    /// Datagrams larger than the path takes fail with MessageSize instead of being cut.
    bool dontFragment() const;
    void setDontFragment(bool);
    /// An IPv6 socket that also speaks IPv4; to be set before it is bound or connected.
    bool dualMode() const;
    void setDualMode(bool);
    /// Without it sending to a broadcast address fails with AccessDenied.
    bool enableBroadcast() const;
    void setEnableBroadcast(bool);
    /// Whether this host gets the multicasts that it sends.
    bool multicastLoopback() const;
    void setMulticastLoopback(bool);
    /// Whether nobody else may bind to the same address and port.
    bool exclusiveAddressUse() const;
    void setExclusiveAddressUse(bool);
    /// Receive what is sent to a multicast group, on one interface (by name or address) or on the
    /// system's choice. **Errors** ArgumentException, SocketException.
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
