// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario.h"

#include <stdexcept>
#include <typeinfo>

namespace swb::test {

namespace {

/// .NET's name of an exception; of one it does not have, the C++ name.
std::string dotnetName(const std::exception& exception)
{
    const auto& type = typeid(exception);
    if (type == typeid(ArgumentException))
        return "ArgumentException";
    if (type == typeid(ArgumentNullException))
        return "ArgumentNullException";
    if (type == typeid(ArgumentOutOfRangeException))
        return "ArgumentOutOfRangeException";
    if (type == typeid(InvalidOperationException))
        return "InvalidOperationException";
    if (type == typeid(ObjectDisposedException))
        return "ObjectDisposedException";
    if (type == typeid(NotSupportedException))
        return "NotSupportedException";
    if (type == typeid(SocketException))
        return "SocketException";
    if (type == typeid(FileNotFoundException))
        return "FileNotFoundException";
    if (type == typeid(DirectoryNotFoundException))
        return "DirectoryNotFoundException";
    if (type == typeid(UnauthorizedAccessException))
        return "UnauthorizedAccessException";
    if (type == typeid(FileIOException))
        return "FileIOException";
    throw std::runtime_error(std::string("not an exception of the model: ") + exception.what());
}

Bytes readToEnd(Wire& wire)
{
    wire.socket.close();
    return wire.peer.readAll();
}

} // namespace

void demand(bool condition, const char* what)
{
    if (!condition)
        throw std::runtime_error(std::string("the scenario could not be played: ") + what);
}

bool startSend(Socket& socket, SocketAsyncEventArgs& e)
{
    return socket.sendAsync(e);
}

bool startPackets(Socket& socket, SocketAsyncEventArgs& e)
{
    return socket.sendPacketsAsync(e);
}

bool startReceive(Socket& socket, SocketAsyncEventArgs& e)
{
    return socket.receiveAsync(e);
}

void noteException(Observation& o)
{
    try {
        throw;
    } catch (const SocketException& exception) {
        o.threw = dotnetName(exception);
        o.error = toString(exception.socketError());
    } catch (const ArgumentException& exception) {
        o.threw = dotnetName(exception);
        if (!exception.parameterName().empty())
            o.fact("param=" + exception.parameterName());
    } catch (const std::exception& exception) {
        o.threw = dotnetName(exception);
    }
}

Observation attempt(const std::function<void()>& action)
{
    Observation o;
    try {
        action();
    } catch (const std::exception&) {
        noteException(o);
    }
    return o;
}

std::string yesNo(bool value)
{
    return value ? "true" : "false";
}

const Bytes& bigBytes()
{
    static const Bytes s_bytes = randomBytes(kBigSize, 32);
    return s_bytes;
}

// --- Stage

Stage::Stage()
    : m_engine(EngineOptions{.workerThreads = 1})
    , m_settler(makeSocket(m_engine, Link::Udp))
{
    m_settler.bind(EndPoint::ip("127.0.0.1", 0));
    connectNow(m_settler, m_settler.localEndPoint());
    m_settler.setAlwaysCompletesAsynchronously(true);
}

Wire Stage::tcp(Link link)
{
    Wire wire;
    if (link == Link::UnixStream)
        wire.folder = std::make_unique<TempFolder>();
    const RawListener listener(link, 0, wire.folder ? wire.folder->path() : std::string());
    wire.socket = socket(link);
    connectNow(wire.socket, listener.endPoint());
    wire.peer = listener.accept();
    return wire;
}

Socket Stage::closedSocket()
{
    Socket closed = socket();
    closed.close();
    return closed;
}

void Stage::settle()
{
    Call call;
    Bytes nothing(1);
    call.e.setBuffer(std::span(nothing), 0, 0);
    demand(m_settler.sendAsync(call.e) && call.done.wait(), "the engine came to rest");
}

Observation Stage::run(Call& call, const std::function<bool()>& start)
{
    Observation o;
    try {
        o.returned = start();
    } catch (const std::exception&) {
        noteException(o);
        return o;
    }
    Observation end = ended(call, *o.returned);
    return end;
}

Observation Stage::ended(Call& call, bool pending)
{
    Observation o;
    o.returned = pending;
    demand(call.finished(pending), "the event came before the deadline");
    settle(); // An event too many has come by then.
    o.error = toString(call.e.socketError());
    o.completedRaised = call.done.count();
    o.bytesTransferred = call.e.bytesTransferred();
    o.lastOperation = toString(call.e.lastOperation());
    if (o.completedRaised > 0)
        o.callbackOnCallerThread = call.done.last().thread == std::this_thread::get_id();
    return o;
}

std::string Stage::outcome(Call& call, const std::function<bool()>& start)
{
    const Observation o = run(call, start);
    return o.threw ? "threw " + *o.threw : outcomeOf(call, *o.returned);
}

std::string Stage::outcomeOf(Call& call, bool pending)
{
    const Observation o = ended(call, pending);
    return "returned=" + yesNo(pending) + " error=" + *o.error + " bytes="
        + std::to_string(*o.bytesTransferred) + " raised=" + std::to_string(o.completedRaised);
}

Observation Stage::send(Wire& wire, Call& call)
{
    return run(call, [&] { return wire.socket.sendAsync(call.e); });
}

Observation Stage::sendPackets(Wire& wire, Call& call, std::vector<SendPacketsElement> elements)
{
    call.e.setSendPacketsElements(std::move(elements));
    return run(call, [&] { return wire.socket.sendPacketsAsync(call.e); });
}

// --- The peer's side

void notePeer(Observation& o, const Bytes& got, const Bytes& expected)
{
    o.peerReceived = got.size();
    o.contentRight = got == expected;
}

void readPeer(Observation& o, Wire& wire, const Bytes& expected)
{
    notePeer(o, readToEnd(wire), expected);
}

void readDatagrams(Observation& o, const Wire& wire, const Bytes& expected)
{
    Bytes all;
    std::string sizes;
    while (!wire.peer.nothingToRead()) {
        const Bytes one = wire.peer.readDatagram();
        all.insert(all.end(), one.begin(), one.end());
        sizes += (sizes.empty() ? "" : ",") + std::to_string(one.size());
    }
    notePeer(o, all, expected);
    o.fact("datagrams=[" + sizes + "]");
}

// --- PendingSend

PendingSend::PendingSend(Stage& stage, const Bytes& data)
    : wire(stage.tcp())
    , m_stage(stage)
    , m_total(data.size())
{
    call.e.setBuffer(data);
    returned = wire.socket.sendAsync(call.e);
    demand(returned, "the send is pending");
}

PendingSend::PendingSend(Stage& stage, std::vector<SendPacketsElement> elements, std::size_t total)
    : wire(stage.tcp())
    , m_stage(stage)
    , m_total(total)
{
    call.e.setSendPacketsElements(std::move(elements));
    returned = wire.socket.sendPacketsAsync(call.e);
    demand(returned, "the send is pending");
}

Bytes PendingSend::readAll(Observation& o, const Bytes& expected)
{
    Bytes got = wire.peer.read(m_total);
    demand(call.done.wait(), "the event came before the deadline");
    notePeer(o, got, expected);
    return got;
}

Observation PendingSend::readToEnd(const Bytes& expected)
{
    Observation read;
    (void)readAll(read, expected);
    Observation o = ended();
    o.peerReceived = read.peerReceived;
    o.contentRight = read.contentRight;
    return o;
}

// --- The registry

std::vector<Scenario> allScenarios()
{
    std::vector<Scenario> all;
    for (const auto part : {argsScenarios(), sendScenarios(), sendMisuseScenarios(),
             sendPendingScenarios(), sendDatagramScenarios(), packetsScenarios(),
             packetsMisuseScenarios(), packetsFileScenarios(), packetsPathScenarios(),
             packetsPendingScenarios(), packetsOptionScenarios(), packetsDatagramScenarios(),
             elementScenarios(), connectScenarios(), acceptScenarios(), receiveScenarios(),
             disconnectScenarios(), messageScenarios(), concurrencyScenarios()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace swb::test
