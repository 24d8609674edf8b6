// SPDX-License-Identifier: GPL-3.0-or-later
/// What a scenario of the comparison with .NET works with: a stage to play on, and a form to write
/// down what was seen.
#pragma once

#include "tests/support/bytes.h"
#include "tests/support/completion.h"
#include "tests/support/raw_peer.h"
#include "tests/support/socket_pair.h"
#include "tests/support/temp_files.h"

#include "engine/net/async_engine.h"
#include "engine/net/end_point.h"
#include "engine/net/exceptions.h"
#include "engine/net/send_packets_element.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace swb::test {

/// What one scenario saw: the fields of a record of .NET's, with the same meaning.
struct Observation {
    std::optional<bool> returned;
    std::optional<std::string> threw; ///< .NET's name of the exception.
    std::optional<std::string> error;
    int completedRaised = 0;
    std::optional<std::uint64_t> bytesTransferred;
    std::optional<std::string> lastOperation;
    std::optional<std::uint64_t> peerReceived;
    std::optional<bool> contentRight;
    std::optional<bool> callbackOnCallerThread;
    /// What else was seen, in the words of the record's notes: each is looked for in there.
    std::vector<std::string> facts;

    void fact(std::string text) { facts.push_back(std::move(text)); }
};

/// A scenario that cannot be played says why by throwing.
void demand(bool condition, const char* what);

/// Starts an operation on the socket.
using Starter = std::function<bool(Socket&, SocketAsyncEventArgs&)>;
bool startSend(Socket& socket, SocketAsyncEventArgs& e);
bool startPackets(Socket& socket, SocketAsyncEventArgs& e);
bool startReceive(Socket& socket, SocketAsyncEventArgs& e);

/// An engine with one worker, and a folder. One worker, because its events then come in the order
/// they were posted in, which is what settle() stands on.
class Stage {
public:
    Stage();

    AsyncEngine& engine() { return m_engine; }
    const TempFolder& folder() const { return m_folder; }

    /// A connection with the system's own buffers, as .NET's scenarios had it.
    Wire tcp(Link link = Link::TcpV4);
    /// A connected datagram socket and its peer.
    Wire udp() { return connectedWire(m_engine, Link::Udp); }
    Socket socket(Link link = Link::TcpV4) { return makeSocket(m_engine, link); }
    Socket closedSocket();

    /// Every event that was posted until now has been raised when it returns.
    void settle();

    /// Makes the call, waits for its event if one will come, and writes down what came of it.
    Observation run(Call& call, const std::function<bool()>& start);
    /// The same for a call that was made already and returned `pending`.
    Observation ended(Call& call, bool pending);
    /// "returned=true error=Success bytes=5 raised=1": how the notes tell of a further call.
    std::string outcome(Call& call, const std::function<bool()>& start);
    std::string outcomeOf(Call& call, bool pending);

    Observation send(Wire& wire, Call& call);
    Observation sendPackets(Wire& wire, Call& call, std::vector<SendPacketsElement> elements);

private:
    TempFolder m_folder;
    AsyncEngine m_engine;
    Socket m_settler;
};

/// What `action` throws, under .NET's name of it; nothing when it does not.
Observation attempt(const std::function<void()>& action);
/// Writes the exception that is being handled down.
void noteException(Observation& o);

std::string yesNo(bool value);

/// 32 MiB, made once: more than any connection here holds.
const Bytes& bigBytes();
inline constexpr std::size_t kBigSize = std::size_t{32} << 20;
inline constexpr std::size_t kMiB = std::size_t{1} << 20;

/// Closes the engine's end in good order, and lets the peer read to the end of the stream.
void readPeer(Observation& o, Wire& wire, const Bytes& expected);
/// What the peer got of a transfer that was cut short.
void notePeer(Observation& o, const Bytes& got, const Bytes& expected);
/// All the datagrams that wait at the peer. On loopback a datagram has arrived when send returns.
void readDatagrams(Observation& o, const Wire& wire, const Bytes& expected);

/// An operation that sends and is pending, because the peer does not read yet.
class PendingSend {
public:
    PendingSend(Stage& stage, const Bytes& data);
    PendingSend(Stage& stage, std::vector<SendPacketsElement> elements, std::size_t total);

    /// The peer reads all of it, and the operation ends. What it read.
    Bytes readAll(Observation& o, const Bytes& expected);
    /// The same, with what came of the operation.
    Observation readToEnd(const Bytes& expected);
    /// What the notes say of it: "returned=true error=Success ...". After readAll().
    std::string outcome() { return m_stage.outcomeOf(call, returned); }
    Observation ended() { return m_stage.ended(call, returned); }

    Wire wire;
    Call call;
    bool returned = false;

private:
    Stage& m_stage;
    std::size_t m_total;
};

struct Scenario {
    std::string_view id;
    Observation (*play)(Stage&);
};

std::span<const Scenario> argsScenarios();
std::span<const Scenario> sendScenarios();
std::span<const Scenario> sendMisuseScenarios();
std::span<const Scenario> sendPendingScenarios();
std::span<const Scenario> sendDatagramScenarios();
std::span<const Scenario> packetsScenarios();
std::span<const Scenario> packetsMisuseScenarios();
std::span<const Scenario> packetsFileScenarios();
std::span<const Scenario> packetsPathScenarios();
std::span<const Scenario> packetsPendingScenarios();
std::span<const Scenario> packetsOptionScenarios();
std::span<const Scenario> packetsDatagramScenarios();
std::span<const Scenario> elementScenarios();
std::span<const Scenario> connectScenarios();
std::span<const Scenario> acceptScenarios();
std::span<const Scenario> receiveScenarios();
std::span<const Scenario> disconnectScenarios();
std::span<const Scenario> messageScenarios();
std::span<const Scenario> concurrencyScenarios();
/// All of them.
std::vector<Scenario> allScenarios();

/// What a child process of this program plays when it is started with `--die-in-handler`.
int dieInHandler();
inline constexpr const char* kDieInHandler = "--die-in-handler";

} // namespace swb::test
