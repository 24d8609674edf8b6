// SPDX-License-Identifier: GPL-3.0-or-later
/// One operation, and something that ends, cuts or abandons it at one moment of its life.
#pragma once

#include "tests/support/socket_pair.h"

#include "engine/net/operation_record.h"

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>

namespace swb::test {

// More than the buffers of both ends of a connection hold, so that sending it pends.
inline constexpr std::size_t kLarge = 1'500'000;
inline constexpr std::size_t kSmall = 3'000;
inline constexpr std::size_t kFirstData = 64;
inline constexpr std::size_t kTail = 5;

enum class WalkKind {
    Accept,
    AcceptFirstData,
    AcceptInto,
    ConnectAddress,
    ConnectName,
    ConnectWithData,
    ConnectStatic,
    ConnectStaticName,
    Disconnect,
    DisconnectReuse,
    Receive,
    ReceiveList,
    ReceiveFrom,
    ReceiveMessageFrom,
    Send,
    SendList,
    SendTo,
    PacketsMemory,
    PacketsFile,
    PacketsManyFiles,
    Count
};

enum class WalkMode {
    Ready, ///< What the operation needs is there before the call.
    Waiting, ///< It comes after the call: the operation pends.
    AlwaysAsynchronous, ///< As Ready, and the socket raises an event in any case.
    Count
};

enum class WalkMoment {
    BeforeCall,
    InCall, ///< The call has decided to return true and has not returned.
    BetweenCallAndReadiness,
    DuringTurn, ///< A worker has moved some bytes and holds the queue.
    Completing, ///< The result is known, the args are not free yet.
    InHandler,
    After,
    Count,
    Anytime ///< Whenever the deed's thread comes to it.
};

enum class WalkDeed {
    Nothing,
    Close,
    CloseAtOnce,
    CloseWithTimeout,
    DropHandle,
    Cancel,
    CancelConnect,
    ShutdownSend,
    ShutdownReceive,
    ShutdownBoth,
    DisposeArgs,
    DestroyArgs,
    DestroyEngine,
    Count
};

const char* nameOf(WalkDeed deed);
SocketAsyncOperation operationOf(WalkKind kind);

struct WalkPlan {
    WalkKind kind{};
    WalkMode mode{};
    WalkMoment moment{};
    /// The second one right after the first; at any time also side by side, where that is allowed.
    std::array<WalkDeed, 2> deeds{};
    std::uint64_t seed = 0;

    bool has(WalkDeed deed) const { return deeds[0] == deed || deeds[1] == deed; }
    /// False for what cannot be, or must not be done (args destroyed under the running call).
    bool possible() const;
    bool sideBySide() const;
    std::string toString() const;
};

/// Content and files that all scenarios send, and sockets on which args are used again afterwards.
class WalkBench {
public:
    WalkBench();
    const Bytes& payload() const { return m_payload; }
    std::vector<SendPacketsElement> elements(WalkKind kind, std::size_t size) const;
    const EndPoint& fullListener() const { return m_full.endPoint(); }

private:
    static constexpr std::size_t kManyFiles = 80; // more than are kept open at a time
    Bytes m_payload;
    TempFolder m_folder;
    std::vector<std::string> m_files; ///< Names of one file that holds the payload.
    FullListener m_full;
};

/// Sockets of an engine of their own, on which args that have ended are used once more.
struct ReuseBench {
    AsyncEngine engine{EngineOptions{.workerThreads = 1}};
    SocketPair pair = connectedPair(engine);
    /// What is wrong with the args; empty when a send and a receive work.
    std::string tryOut(SocketAsyncEventArgs& args);
};

/// Runs a plan once and checks everything that must hold whatever happened.
///
/// **Threads** run() on one thread; makes more of its own.
class Scenario {
public:
    /// `shared`: an engine that other scenarios use as well; null: one of its own, which the plan
    /// may destroy and whose records give the moments.
    Scenario(const WalkPlan& plan, const WalkBench& bench, AsyncEngine* shared);
    ~Scenario();

    /// What does not hold; empty when all is well.
    std::string run(ReuseBench& reuse);
    /// True when the deeds were done at a moment that the engine's records gave, or in the handler.
    bool reached() const { return m_reached; }

private:
    /// What is known when the operation has ended.
    struct Outcome {
        std::mutex mutex; // guards the members below
        int raised = 0;
        bool busyInHandler = false;
        SocketError error = SocketError::Success;
        std::uint64_t bytes = 0;
        SocketAsyncOperation operation = SocketAsyncOperation::None;
        Socket acceptSocket;
        Socket connectSocket;
        Latch ended;
        void store(SocketAsyncEventArgs& e);
    };
    class Gate final : public OperationObserver {
    public:
        void arm(SocketAsyncOperation kind, OperationPhase phase, std::function<void()> action);
        void operationStepped(const OperationRecord& record) noexcept override;

    private:
        SocketAsyncOperation m_kind{};
        OperationPhase m_phase{};
        std::function<void()> m_action;
        std::atomic<bool> m_armed{false};
    };

    AsyncEngine& engine() { return m_shared ? *m_shared : *m_engine; }
    bool isAccept() const;
    bool isConnect() const;
    bool isStaticConnect() const;
    bool isReceive() const;
    bool isSend() const;
    bool isDisconnect() const;
    bool isDatagram() const;
    bool waiting() const { return m_plan.mode == WalkMode::Waiting; }
    std::size_t size() const;
    bool closesSomething() const;
    bool mustAbort() const;

    void prepare();
    void prepareConnect();
    void prepareStream();
    void prepareArgs();
    bool call(Socket& socket);
    void startCall();
    void armMoment();
    void joinDeeds();
    void makeReady();
    void doDeeds();
    void doDeed(WalkDeed deed, std::mt19937_64& random);
    void perform(WalkDeed deed);
    void onHandler(SocketAsyncEventArgs& e);
    void acceptData();
    void endEndlessConnect();
    void useOnceMore();
    void finish();

    void complain(const std::string& what);
    void checkOutcome();
    void checkSent();
    void checkAccepted();
    void checkThrown();
    bool allowed(SocketError error) const;
    void checkArgs(ReuseBench& reuse);

    const WalkPlan m_plan;
    const WalkBench& m_bench;
    AsyncEngine* const m_shared;
    std::mt19937_64 m_random;
    std::mt19937_64 m_deedRandom;
    Gate m_gate;
    std::optional<AsyncEngine> m_engine;

    std::unique_ptr<TempFolder> m_folder;
    Socket m_socket;
    Socket m_target; ///< Of AcceptInto.
    RawPeer m_peer;
    std::unique_ptr<RawListener> m_listener;
    EndPoint m_acceptsAt; ///< Of an accept: where clients connect to.
    std::future<std::pair<Bytes, StreamEnd>> m_reading;
    Bytes m_room = Bytes(100);
    Bytes m_received; ///< By receives after the operation.
    std::unique_ptr<SocketAsyncEventArgs> m_args;
    std::optional<Call> m_before; ///< A send in front of a disconnect.
    bool m_beforePending = false;
    int m_handler = 0;
    const std::shared_ptr<Outcome> m_outcome = std::make_shared<Outcome>();

    std::thread m_deedThread;
    std::thread m_otherDeedThread;
    Latch m_go;
    Latch m_entered;
    Latch m_deedsFinished;
    Latch m_callReturned;
    std::atomic<bool> m_reached{false};
    bool m_called = false;
    bool m_pending = false;
    bool m_threw = false;
    bool m_endedHere = false; ///< Not by a deed.
    std::string m_thrown;
    std::size_t m_tail = 0; ///< Bytes sent after the operation.
    std::mutex m_complaintMutex; // guards m_complaint
    std::string m_complaint;
};

} // namespace swb::test
