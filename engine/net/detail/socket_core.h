// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/detail/boxed.h"
#include "engine/net/detail/engine_state.h"
#include "engine/net/detail/lane.h"
#include "engine/net/detail/socket_handle.h"
#include "engine/net/end_point.h"
#include "engine/net/linux/system_calls.h"
#include "engine/net/linux/tick_clock.h"
#include "engine/net/socket.h"
#include "engine/net/socket_health.h"

#include <asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace swb::detail {

class ArgsState;
class PartList;
class SendPacketsPlan;
struct ConnectPlan;
struct ResolvedName;

/// A socket: its descriptor, its two queues of operations, and what is known of its connection.
///
/// **Threads** lock order: write lane, read lane, m_infoMutex. The descriptor changes only with all
/// three held, so each of them is enough to use it. Handlers run with none held.
class SocketCore final : public EngineMember,
                         public ReadyTarget,
                         public std::enable_shared_from_this<SocketCore> {
public:
    static std::shared_ptr<SocketCore> make(std::shared_ptr<EngineState> engine,
        AddressFamily family, SocketType type, ProtocolType protocol, sys::Descriptor descriptor);
    class Key { // only make() has one
        friend class SocketCore;
        Key() = default;
    };
    SocketCore(Key, std::shared_ptr<EngineState> engine, AddressFamily family, SocketType type,
        ProtocolType protocol, sys::Descriptor descriptor);
    ~SocketCore() override;
    SocketCore(const SocketCore&) = delete;
    SocketCore& operator=(const SocketCore&) = delete;

    // --- Operations (socket_core.cpp). Precondition of start: the args are in progress and
    // checked.
    /// What the Async calls return. `submittedNs` is 0 when nobody observes.
    bool start(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs);
    /// The same, with a short way for what is usual: one buffer, nothing queued, over at once.
    bool startSend(ArgsState& args, std::int64_t submittedNs);
    /// `to` is what the args' remote end point is.
    bool startSendTo(ArgsState& args, const EndPoint& to, std::int64_t submittedNs);
    bool startReceive(ArgsState& args, std::int64_t submittedNs);
    bool startConnect(ArgsState& args, std::unique_ptr<ConnectPlan> plan, std::int64_t submittedNs);
    /// Records and stores the failure in args.run of an operation that is refused before it starts;
    /// frees the args.
    void finishRefused(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs);
    /// Ends a queued operation of `args` with OperationAborted; false when there is none.
    bool cancel(ArgsState& args);
    void close(std::optional<std::chrono::milliseconds> timeout = {});
    void engineStopping() noexcept override { close(); }
    void addHealth(std::span<const std::uint32_t> ids, std::vector<SocketHealth>& found) override;
    void descriptorReady(bool reading, bool writing) override;
    /// The operation is over without ever having been queued: stores and records the result, frees
    /// the args.
    void finishNow(ArgsState& args);
    std::int64_t observedNowNs() const noexcept { return m_observer ? TickClock::nowNs() : 0; }

    // --- Facts
    AddressFamily family() const noexcept { return m_family; }
    SocketType type() const noexcept { return m_type; }
    ProtocolType protocol() const noexcept { return m_protocol; }
    bool isStream() const noexcept { return m_type == SocketType::Stream; }
    /// Has connections that end, not merely a default peer: streams and sequenced packets.
    bool hasConnections() const noexcept { return isStream() || m_type == SocketType::Seqpacket; }
    /// The most bytes that one message to the present peer can have (DGRAM-07, UDS-05). Throws
    /// ObjectDisposedException, SocketException. Precondition: not a stream.
    std::uint64_t largestMessage() const;
    std::uint32_t id() const noexcept { return m_id; }
    bool closed() const noexcept { return m_closed.load(std::memory_order_acquire); }
    void throwIfClosed() const;
    bool connected() const noexcept { return m_connected.load(std::memory_order_acquire); }
    bool everConnected() const noexcept { return m_everConnected.load(std::memory_order_acquire); }
    bool listening() const noexcept { return m_listening.load(std::memory_order_acquire); }
    bool bound() const noexcept { return m_bound.load(std::memory_order_acquire); }
    bool dualMode() const noexcept { return m_dualMode.load(std::memory_order_acquire); }
    const std::shared_ptr<EngineState>& engine() const noexcept { return m_engine; }
    std::atomic<bool> alwaysAsynchronous{false};
    std::atomic<bool> blockingWish{true}; ///< PROP-16

    // --- Synchronous calls (core_control.cpp)
    void bind(const EndPoint& localEndPoint);
    void listen(int backlog);
    void shutdown(SocketShutdown how);
    EndPoint localEndPoint() const;
    EndPoint remoteEndPoint() const;
    std::size_t available() const;
    SocketHealth health() const; // core_health.cpp
    int nativeHandle() const;
    int option(int level, int name) const;
    void setOption(int level, int name, const void* value, std::size_t size);
    /// As setOption(), for what a fresh descriptor need not have.
    void applyOption(int level, int name, const void* value, std::size_t size);
    void setOption(int level, int name, int value) { setOption(level, name, &value, sizeof value); }
    void setDualMode(bool on);
    template <typename Call> decltype(auto) withDescriptor(Call call) const
    {
        const std::lock_guard lock(m_infoMutex);
        throwIfClosed();
        return call(m_descriptor.get());
    }

    /// For a thread that waits for the descriptor itself (PROP-19): a duplicate, so that a close
    /// need not wait for the thread; `wake` is signalled when the descriptor is given up. Throws
    /// ObjectDisposedException, SocketException.
    sys::Descriptor joinWait(int wake);
    void leaveWait(int wake) noexcept;

    /// Precondition: no operation was started yet.
    void attachHandle(const std::shared_ptr<SocketHandle>& handle);
    /// A handle for a handler's `sender`; of a closed socket when the user's are gone.
    std::shared_ptr<SocketHandle> handle();
    /// Takes over an accepted descriptor (ACC-04); false when the socket has come into use since it
    /// was given to the accept. Throws ObjectDisposedException when closed.
    bool adoptAccepted(sys::Descriptor descriptor, EndPoint remote);

private:
    struct FileSending;
    std::shared_ptr<EngineMember> self() noexcept override { return weak_from_this().lock(); }

    Lane& lane(Side side) noexcept { return m_lanes[static_cast<std::size_t>(side)]; }

    // Precondition of all of these: the lane is locked.
    Step perform(ArgsState& args, Turn& turn);
    Step performSend(ArgsState& args, Turn& turn);
    Step performSendDatagram(ArgsState& args, const NativeAddress* to);
    Step performSendTo(ArgsState& args, Turn& turn);
    Step performSendPackets(ArgsState& args, Turn& turn);
    Step sendPacketsStream(ArgsState& args, Turn& turn);
    std::optional<Step> sendPacketsCopied(ArgsState& args, Turn& turn);
    Step sendPacketsMemory(ArgsState& args, Turn& turn, std::uint64_t callLimit);
    Step sendPacketsFiles(ArgsState& args, Turn& turn, FileSending& sending);
    Step sendPacketsFile(ArgsState& args, Turn& turn, FileSending& sending);
    void noteSent(ArgsState& args, Turn& turn, std::int64_t count, bool more);
    sys::IoResult sendParts(PartList& list, int flags) const;
    Step sendGatheredParts(ArgsState& args, Turn& turn, PartList& list, std::uint64_t size);
    Step sendPacketsDatagrams(ArgsState& args, Turn& turn);
    Step performReceive(ArgsState& args);
    Step performReceiveMessage(ArgsState& args);
    Step performAccept(ArgsState& args);
    Step receiveFirstData(ArgsState& args);
    void moveToAccepted(ArgsState& args);
    void cancelFirstData(const ArgsState* args);
    /// Ends an operation that is in this lane. `dropped` is to go when the lane is free again.
    void cancelQueued(Side side, ArgsState& args, Socket& dropped);
    Step performConnect(ArgsState& args, Turn& turn);
    Step connectCandidates(ArgsState& args, Turn& turn);
    int connectOne(const EndPoint& target, bool mayChangeFamily);
    Step startResolving(ArgsState& args);
    Step finishConnect(ArgsState& args, Turn& turn);
    Step performDisconnect(ArgsState& args, bool reuse);
    int dissolve();
    void nameResolved(ArgsState* args, std::uint64_t planNumber, ResolvedName result);
    void retryConnectLater(ArgsState& args);
    /// Something other than the descriptor has happened for the connect at the head of the queue.
    void continueConnect(ArgsState* args, std::uint64_t planNumber);
    Step sendFailed(ArgsState& args, int error);
    int fileSendError(int error) const;
    void uncork(SendPacketsPlan& plan);
    bool canGather(const ArgsState& args) const;
    Step sendGathered(Lane& lane, Turn& turn, OperationQueue& finished);
    bool moreFollows(const ArgsState& args) const;
    bool willSend(const ArgsState& args) const;
    void letGo();

    bool isUsual(const ArgsState& args) const noexcept;
    void finishUsual(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs,
        std::int64_t bytes) noexcept;
    void recordUsual(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs,
        std::int64_t bytes) noexcept;
    Step receiveFailed(ArgsState& args, int error) const;
    bool startSendDatagram(ArgsState& args, SocketAsyncOperation kind, const NativeAddress* to,
        std::int64_t submittedNs);
    /// What the call returns after its first attempt went as `step` says. Precondition: `lock` is
    /// that of the operation's lane, which has no queue.
    bool settle(
        std::unique_lock<TurnMutex>& lock, ArgsState& args, SocketAsyncOperation kind, Step step);
    void enqueue(Lane& lane, ArgsState& args);
    /// Sees to it that somebody goes on after `step`.
    void drive(Side side, Step step, ArgsState& args);
    void arm(Side side, ArgsState& args);
    void postTurn(Side side);
    /// Lets the head of a lane try again now, though nothing was announced. The lane is not locked.
    void retryLane(Side side);
    /// Lets the head of the write lane try again soon: for room that the system announces to nobody
    /// (UDS-06). Precondition: the write lane is locked.
    void retrySendLater();
    void turnCame(Side side, std::uint32_t generation);
    void laneReady(Side side);
    void runLane(Side side, std::unique_lock<TurnMutex>& lock);
    Step performHead(Lane& lane, Turn& turn, OperationQueue& finished);
    bool goesOn(const ArgsState* last) const;
    void completeAll(OperationQueue& finished);
    void dropWatch();
    void storeResult(ArgsState& args);
    void noteFatalError(SocketError error, int nativeError);
    /// Free args, then handlers. No lock held; on a worker.
    void complete(ArgsState& args);
    /// Precondition: the lane is locked, or work is held on the worker. Otherwise the engine could
    /// end in between, and the event would be lost.
    void postCompletion(ArgsState& args);
    /// Marks a lane's operations aborted and takes them out, as a chain.
    ArgsState* abortAll(Lane& lane);
    void postCompletions(ArgsState* chain);

    /// Replaces the descriptor by a fresh one with the same options (DISC-04). Precondition: write
    /// lane locked.
    int replaceDescriptor(AddressFamily family, sys::Descriptor& old);
    void recordStart(ArgsState& args, SocketAsyncOperation kind, std::int64_t submittedNs);
    void recordPending(ArgsState& args);
    void recordProgress(ArgsState& args, Step step);
    void markCompleted(ArgsState& args);
    void recordCompleted(ArgsState& args, bool pending);
    void setRemote(const EndPoint& remote);
    void setConnected();

    struct ReplayedOption {
        int level;
        int name;
        std::vector<std::byte> value;
    };

    /// What few sockets have.
    struct Seldom {
        std::unique_ptr<EndPoint> boundTo; ///< Of a datagram socket: what bind() made of it.
        std::string boundPath; ///< Unix-domain file to remove at close (UDS-02).
        /// Accepts that wait for first data on their accepted sockets; the args are only compared.
        std::vector<std::pair<std::weak_ptr<SocketCore>, const ArgsState*>> awaitingFirstData;
        std::vector<int> waits; ///< What wakes the threads inside poll().
    };

    const std::shared_ptr<EngineState> m_engine;
    OperationObserver* const m_observer; ///< The engine's; null when nobody records.
    Worker& m_worker;
    const std::uint32_t m_id;
    AddressFamily m_family; // changes only inside a static connect, before the user has the socket
    const SocketType m_type;
    const ProtocolType m_protocol;

    std::array<Lane, 2> m_lanes;
    bool m_holdsBack = false; ///< More was announced to the kernel; guarded by the write lane.
    sys::Descriptor m_descriptor; // see the class comment
    std::atomic<bool> m_closed{false}; // set with all locks of the descriptor
    std::atomic<bool> m_connected{false};
    std::atomic<bool> m_everConnected{false};
    std::atomic<bool> m_listening{false};
    std::atomic<bool> m_bound{false};
    std::atomic<bool> m_dualMode{false};
    std::atomic<bool> m_connecting{false}; ///< A connect is under way.
    std::atomic<bool> m_connectedByUs{false}; ///< By a connect, not by an accept.
    std::atomic<bool> m_sendingShutDown{false};
    std::atomic<bool> m_endTold{false}; ///< An operation has reported the connection's end.
    /// Disconnected without reuse: cannot connect again (DISC-02), receives end (DISC-07).
    std::atomic<bool> m_disconnected{false};

    std::weak_ptr<SocketHandle> m_handle; // set once, before the first operation

    mutable Mutex m_infoMutex; // guards the members below
    Watch m_watch;
    EndPoint m_remote;
    std::vector<ReplayedOption> m_options;
    Boxed<Seldom> m_seldom;

    std::unique_ptr<asio::steady_timer> m_sendRetry; // guarded by the write lane
};

/// A new socket core with a handle. Throws SocketException.
std::shared_ptr<SocketHandle> makeSocket(const std::shared_ptr<EngineState>& engine,
    AddressFamily family, SocketType type, ProtocolType protocol);

/// How long a connection that was given up by a disconnect may take to deliver what it had queued.
inline constexpr std::chrono::seconds kDisconnectLinger{60};

/// Closes `descriptor` in the background: what it has queued still leaves, what arrives is read and
/// thrown away until the peer ends, for at most `limit`; then a reset when `resetAtLimit`
/// (CLOSE-03, DISC-05).
void closeLingering(const std::shared_ptr<EngineState>& engine, sys::Descriptor descriptor,
    std::chrono::milliseconds limit, bool resetAtLimit);

} // namespace swb::detail
