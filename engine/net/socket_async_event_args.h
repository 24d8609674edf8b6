// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/end_point.h"
#include "engine/net/send_packets_element.h"
#include "engine/net/socket.h"
#include "engine/net/socket_error.h"
#include "engine/net/socket_types.h"

#include <any>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace swb {

class SocketAsyncEventArgs;
namespace detail {
class ArgsState;

/// Is told of the end of one pending operation, once, after its handlers: what helpers build on.
class CompletionHook {
public:
    CompletionHook() = default;
    CompletionHook(const CompletionHook&) = delete;
    CompletionHook& operator=(const CompletionHook&) = delete;
    virtual ~CompletionHook() = default;
    /// On a worker, like a handler.
    virtual void ended(const SocketAsyncEventArgs& e) = 0;
    /// For the next operation of `e`, which must be free. **Errors** InvalidOperationException when
    /// another hook is waiting.
    static void set(SocketAsyncEventArgs& e, std::shared_ptr<CompletionHook> hook);
    /// The operation is not pending after all.
    static void remove(SocketAsyncEventArgs& e, const CompletionHook& hook) noexcept;
};
} // namespace detail

/// What one asynchronous socket operation works on and what came of it. Make one, set its buffer
/// and handlers, and use it for one operation after another; a reused object costs no allocation.
///
/// **Threads** one operation at a time (EXC-04). While it is in progress only the members marked so
/// may be called, from any thread; the others throw InvalidOperationException. Handlers run on a
/// worker thread, never inside the initiating call (RET-04); those of one socket run one after
/// another.
/// **Lifetime** buffers are borrowed: they must outlive the operation. Destroying the object while
/// it is busy is safe: the operation goes on, its event is still raised (with a stand-in object for
/// `e`), as after dispose() (CLOSE-06). A destructor that meets a handler running on another thread
/// waits for it.
class SocketAsyncEventArgs {
public:
    /// `sender` is the socket the operation ran on; null for a static connect that failed (RET-06).
    /// In the handler `e` is free again and may start its next operation (RET-05). An exception
    /// that leaves a handler ends the program (RET-10).
    using Handler = std::function<void(Socket& sender, SocketAsyncEventArgs& e)>;

    SocketAsyncEventArgs();
    /// .NET's flag: taken so that code can be carried over, and without effect, for nothing of the
    /// caller's context reaches a handler anyway (RET-16).
    explicit SocketAsyncEventArgs(std::same_as<bool> auto /*unsafeSuppressExecutionContext*/)
        : SocketAsyncEventArgs()
    {
    }
    ~SocketAsyncEventArgs();
    SocketAsyncEventArgs(const SocketAsyncEventArgs&) = delete;
    SocketAsyncEventArgs& operator=(const SocketAsyncEventArgs&) = delete;

    /// Adds a handler; several run in the order added (RET-08). May be called while busy.
    int onCompleted(Handler);
    /// Removes the handler with this id; holds from the next completion on. May be called while
    /// busy.
    void removeCompleted(int id);

    /// Sets the whole span as buffer (D-17). **Errors** InvalidOperationException while busy;
    /// ArgumentException when a buffer list is set and the span is not null (BUF-06). A null empty
    /// span clears; a non-null empty one is an empty buffer (BUF-07).
    void setBuffer(std::span<std::byte>);
    /// Sets a window of `count` bytes at `offset`; a null span clears, whatever the window
    /// (BUF-06).
    /// **Errors** also ArgumentOutOfRangeException("offset"), ("count") (BUF-04).
    void setBuffer(std::span<std::byte>, std::size_t offset, std::size_t count);
    /// Moves the window over the buffer that is set; ignored without one (BUF-03).
    void setBuffer(std::size_t offset, std::size_t count);
    /// A buffer that is only read. **Errors** receiving into it throws ArgumentException("e").
    void setBuffer(std::span<const std::byte>);
    /// Vectors and arrays of std::byte without a cast: to write into, unless they are const.
    template <typename Range>
    requires(std::ranges::contiguous_range<Range&>&& std::ranges::sized_range<Range&>&&
            std::same_as<std::ranges::range_value_t<Range&>, std::byte>&&
                std::convertible_to<Range&, std::span<std::byte>>) void setBuffer(Range& range)
    {
        setBuffer(std::span<std::byte>(range));
    }
    /// A buffer that the args own: kept until another one is set or the args are destroyed, and
    /// until a pending operation has completed. buffer() is a view of it. **Errors** as for
    /// setBuffer().
    void setOwnedBuffer(std::vector<std::byte> buffer);
    /// Neither buffer nor window. **Errors** as for setBuffer().
    void clearBuffer();
    /// The whole span that is set, not the window; empty for a read-only buffer, see
    /// readOnlyBuffer().
    std::span<std::byte> buffer() const;
    std::span<const std::byte> readOnlyBuffer() const;
    /// Where the window begins, and how long it is.
    std::size_t offset() const;
    std::size_t count() const;

    /// Copies the descriptors, not the bytes (BUF-05). **Errors** InvalidOperationException while
    /// busy; ArgumentException when a buffer is set (BUF-06); ArgumentOutOfRangeException for a
    /// null segment with a size.
    void setBufferList(std::vector<std::span<std::byte>>);
    /// **Errors** InvalidOperationException while busy.
    void clearBufferList();
    const std::vector<std::span<std::byte>>& bufferList() const;

    /// Bytes the kernel took or gave in the last completed operation; exact also when it failed
    /// (SEND-02). The old value stays while an operation is pending (RET-12).
    std::uint64_t bytesTransferred() const;
    /// The result of the last completed operation.
    SocketError socketError() const;
    /// May be called while busy; the completion overwrites it.
    void setSocketError(SocketError);
    /// The errno behind socketError(), in std::system_category; empty when there was none.
    std::error_code nativeError() const;
    /// Set when an operation starts (RET-11).
    SocketAsyncOperation lastOperation() const;
    /// May be called while busy, from any thread.
    bool inProgress() const;
    /// Id of the last recorded operation (OperationRecord::id); 0 when none was recorded.
    std::uint64_t operationId() const;

    /// Overwritten by every completion (RET-13).
    SocketFlags socketFlags() const;
    void setSocketFlags(SocketFlags);
    /// Where to connect or send to; after a receive from anybody: the sender. Any thread.
    EndPoint remoteEndPoint() const;
    void setRemoteEndPoint(EndPoint);
    /// Result of an accept, or the socket to accept into. Set it to null before the next accept
    /// (ACC-03).
    Socket acceptSocket() const;
    void setAcceptSocket(Socket);
    /// The socket that a connect connected; null before and after a failure.
    Socket connectSocket() const;
    /// Why the name could not be resolved or connected to; empty otherwise (CONN-09).
    std::string connectByNameError() const;
    /// Whether a disconnect leaves a socket that can connect again; counts as of the call.
    bool disconnectReuseSocket() const;
    void setDisconnectReuseSocket(bool);
    /// Of the last ReceiveMessageFrom: our address and interface that the datagram came to.
    IpPacketInformation receiveMessageFromPacketInfo() const;

    /// What SendPacketsAsync sends, in this order; the vector is kept, the memory it names is
    /// borrowed.
    /// **Errors** InvalidOperationException while busy.
    void setSendPacketsElements(std::vector<SendPacketsElement>);
    void clearSendPacketsElements();
    /// What happens after the last element; unknown bits are ignored (FLAG-01).
    TransmitFileOptions sendPacketsFlags() const;
    void setSendPacketsFlags(TransmitFileOptions);
    /// Most bytes for one call to the kernel; 0: the default (PKT-13).
    std::int64_t sendPacketsSendSize() const;
    void setSendPacketsSendSize(std::int64_t);

    /// Anything the user wants to find again in the handler; never touched by the engine. May be
    /// called while busy, though not from two threads at once.
    const std::any& userToken() const;
    void setUserToken(std::any);

    /// No further operation: at once when free, after the running operation and its event when busy
    /// (CLOSE-06).
    void dispose();

private:
    friend class Socket;
    friend class detail::ArgsState;
    friend class detail::CompletionHook;
    explicit SocketAsyncEventArgs(std::shared_ptr<detail::ArgsState>);
    std::shared_ptr<detail::ArgsState> m_state;
};

} // namespace swb
