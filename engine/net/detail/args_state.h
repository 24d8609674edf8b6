// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/detail/boxed.h"
#include "engine/net/detail/completed_handlers.h"
#include "engine/net/detail/small_mutex.h"
#include "engine/net/end_point.h"
#include "engine/net/operation_record.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"

#include <any>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace swb::detail {

class SocketCore;
class SendPacketsPlan;
struct ConnectPlan;

/// A property that may be set or looked at while an operation runs on another thread: every access
/// is whole, none orders anything else.
template <typename T> class Relaxed {
public:
    Relaxed(T value) noexcept
        : m_value(value)
    {
    }
    operator T() const noexcept { return m_value.load(std::memory_order_relaxed); }
    T operator=(T value) noexcept
    {
        m_value.store(value, std::memory_order_relaxed);
        return value;
    }

private:
    std::atomic<T> m_value;
};

/// The body of a SocketAsyncEventArgs: its properties, and the one operation it can run, which is
/// therefore started without allocating. Shared by the args object and, while pending, by the
/// socket's queue.
///
/// Who may touch what: the properties belong to the user while free and to the operation while in
/// progress (that hand-over is `m_busy`); the Running part is guarded by the lock of the
/// operation's direction in SocketCore.
class ArgsState : public std::enable_shared_from_this<ArgsState> {
public:
    explicit ArgsState(SocketAsyncEventArgs* owner);
    ~ArgsState();
    ArgsState(const ArgsState&) = delete;
    ArgsState& operator=(const ArgsState&) = delete;

private:
    // What each operation touches stands together: few lines of the cache.
    std::atomic<bool> m_busy{false};
    std::atomic<bool> m_disposed{false};
    std::atomic<bool> m_hooked{false}; ///< There is a hook.
    std::atomic<SocketAsyncEventArgs*> m_owner; ///< Whoever is among the handlers may hold it.
    CompletedHandlers m_handlers;

public:
    // --- Use: free, in progress, disposed (EXC-03, CLOSE-06)
    /// Free to in progress. Throws InvalidOperationException, or ObjectDisposedException when
    /// disposed.
    void acquire()
    {
        if (m_busy.exchange(true, std::memory_order_acquire))
            throwInProgress();
        if (m_disposed.load(std::memory_order_acquire)) {
            release();
            throwDisposed();
        }
    }
    /// In progress to free, or to disposed when dispose() came in between. A plain store: that is
    /// why "busy" and "disposed" are not bits of one word (a locked instruction less, 6 ns).
    void release() noexcept { m_busy.store(false, std::memory_order_release); }
    void dispose() noexcept { m_disposed.store(true, std::memory_order_release); }
    bool busy() const noexcept { return m_busy.load(std::memory_order_acquire); }

    // --- Handlers
    CompletedHandlers& handlers() noexcept { return m_handlers; }
    void setHook(std::shared_ptr<CompletionHook> hook);
    void removeHook(const CompletionHook& hook) noexcept;
    bool hasHandlers() const noexcept { return !m_handlers.empty() || m_hooked.load(); }
    /// Who is told of a completion: those who are there when the result is stored. Once the args
    /// are free they may serve, and be given a hook for, the next operation.
    struct Listeners {
        const CompletedHandlers::List* handlers = nullptr;
        std::shared_ptr<CompletionHook> hook;
    };
    /// raiseCompleted() is to follow, on the same thread.
    Listeners takeListeners();
    /// Runs the handlers in order, with the owner as `e` or a stand-in when it is gone. On a
    /// worker, no lock held.
    void raiseCompleted(std::shared_ptr<SocketHandle> sender, Listeners listeners);
    bool ownedBy(const SocketAsyncEventArgs* args) const noexcept { return m_owner.load() == args; }
    /// The owner object is being destroyed: waits for handlers on other threads, then lets go of
    /// it.
    void detachOwner() noexcept;

    // --- Properties
    const std::byte* data = nullptr; ///< The whole buffer that is set, not the window.
    std::size_t length = 0;
    std::size_t offset = 0;
    std::size_t count = 0;
    bool bufferReadOnly = false;
    bool bufferListSet = false;
    Relaxed<bool> disconnectReuse{false};
    Relaxed<TransmitFileOptions> packetsFlags{TransmitFileOptions::UseDefaultWorkerThread};
    Relaxed<std::int64_t> packetsSendSize{0};
    Relaxed<SocketFlags> flags{SocketFlags::None};

    // --- Results of the last completed operation
    Relaxed<std::uint64_t> bytesTransferred{0};
    Relaxed<SocketError> socketError{SocketError::Success};
    Relaxed<int> nativeError{0};
    Relaxed<SocketAsyncOperation> lastOperation{SocketAsyncOperation::None};
    std::atomic<std::uint64_t> operationId{
        0}; ///< Read by the initiating thread while it is pending.
    Boxed<std::string> connectByNameError;

    // --- Properties that a completion may replace while the user sets them (EXC-03)
    EndPoint remote() const;
    void setRemote(EndPoint endPoint);
    Socket acceptSocket() const;
    void setAcceptSocket(Socket socket);

    bool hasBuffer() const noexcept { return data != nullptr; }
    std::byte* writable() const noexcept { return const_cast<std::byte*>(data) + offset; }
    std::span<const std::byte> window() const noexcept
    {
        return data ? std::span(data + offset, count) : std::span<const std::byte>{};
    }
    std::uint64_t bytesInBuffers() const noexcept;

    /// What an accept needs besides.
    struct Accepting {
        Socket socket; ///< The target, if any, then the result.
        /// With a buffer, once connected: it then waits on the accepted socket (ACC-05), and
        /// `listener` is the sender of its event.
        bool awaitsFirstData = false;
        std::shared_ptr<SocketCore> listener;
    };
    /// What is told about the operation while somebody observes.
    struct Recorded {
        OperationRecord record;
        std::int64_t progressNs = 0; ///< When progress was last told.
    };

    /// The operation that runs.
    struct Running {
        ArgsState* next = nullptr; ///< In the socket's queue.
        std::shared_ptr<ArgsState> self; ///< Set while pending.
        std::uint64_t done = 0; ///< Bytes so far.
        std::size_t segment = 0; ///< Of a buffer list: the segment that is next ...
        std::size_t segmentDone = 0; ///< ... and how much of it is done.
        SocketAsyncOperation kind = SocketAsyncOperation::None;
        SocketError error = SocketError::Success;
        int nativeError = 0;
        SocketFlags flags = SocketFlags::None;
        // What the operation goes by, as it was at its start (EXC-03).
        SocketFlags askedFlags = SocketFlags::None;
        TransmitFileOptions packetsFlags = TransmitFileOptions::UseDefaultWorkerThread;
        std::int64_t packetsSendSize = 0;
        bool disconnectReuse = false;
        Boxed<EndPoint> to; ///< Of a SendTo; kept between uses.
        Boxed<Accepting> accepting; ///< Of an accept; kept between uses.
        Boxed<Recorded> recorded; ///< Set once somebody observes.

        /// Clears what belongs to one operation, and takes over what this one goes by.
        void begin(const ArgsState& args, SocketAsyncOperation operation);
        void fail(SocketError result, int native = 0) noexcept
        {
            error = result;
            nativeError = native;
        }
        bool awaitsFirstData() const noexcept { return accepting->awaitsFirstData; }
        bool packetsEndConnection() const noexcept
        {
            return kind == SocketAsyncOperation::SendPackets
                && hasFlag(packetsFlags,
                    TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket);
        }
        void failWithErrno(int native) noexcept { fail(socketErrorFromErrno(native), native); }
    } run;
    std::unique_ptr<SendPacketsPlan> packetsPlan; ///< Kept between uses for its capacity.
    std::unique_ptr<ConnectPlan> connectPlan;

    // --- Properties and results that few operations have
    Boxed<std::vector<std::byte>> ownedBuffer; ///< What `data` points into, when the args own it.
    std::vector<std::span<std::byte>> bufferList;
    std::shared_ptr<const std::vector<SendPacketsElement>> elements; ///< Null: none set.
    Socket connectSocket;
    std::any userToken;
    Boxed<IpPacketInformation> packetInformation;

    /// The socket that the operation is pending on when the caller may not know it: for
    /// cancelConnectAsync, which has no socket, and for an accept that waits for its first data.
    void setPendingOn(std::weak_ptr<SocketCore> core, bool byName = false);
    std::pair<std::shared_ptr<SocketCore>, bool> pendingOn();

private:
    [[noreturn]] static void throwInProgress();
    [[noreturn]] static void throwDisposed();

    mutable Mutex m_mutex; // guards the members below
    bool m_byName = false;
    std::shared_ptr<CompletionHook> m_hook;
    Boxed<EndPoint> m_remote;
    Socket m_acceptSocket;
    std::weak_ptr<SocketCore> m_pendingOn;
};

/// Holds args as "in progress" while a property that an operation reads is changed.
class ConfigurationLock {
public:
    explicit ConfigurationLock(ArgsState& state)
        : m_state(state)
    {
        m_state.acquire();
    }
    ~ConfigurationLock() { m_state.release(); }
    ConfigurationLock(const ConfigurationLock&) = delete;
    ConfigurationLock& operator=(const ConfigurationLock&) = delete;

private:
    ArgsState& m_state;
};

} // namespace swb::detail
