// SPDX-License-Identifier: GPL-3.0-or-later
/// Which exception comes when a call has two things wrong with it: every pair of causes of every
/// operation, in the documented order (EXC-01, CONN-01, CONN-07, ACC-01, STO-01, RFROM-01), and
/// that everything is as before afterwards (EXC-12).

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <optional>
#include <typeindex>

using namespace swb;
using namespace swb::test;

namespace {

/// What a call is made with. Faults spoil it before `busy` takes the args into use.
struct Scene {
    AsyncEngine& engine;
    TempFolder folder;
    Wire wire; ///< The socket of the call, unless it is replaced, and its peer.
    Socket target;
    Bytes buffer = randomBytes(16);
    Bytes other = randomBytes(16);
    Bytes tooLarge = Bytes(70'000);
    SocketAsyncEventArgs e;
    std::vector<SendPacketsElement> elements; ///< Set into `e` unless `noElements`.
    bool noElements = false;
    bool makeBusy = false;
    bool dispose = false;
    bool close = false;
    Socket busyOn; ///< Where `e` pends meanwhile.

    explicit Scene(AsyncEngine& theEngine)
        : engine(theEngine)
    {
    }
};

/// One thing that can be wrong.
struct Fault {
    const char* name;
    std::type_index exception;
    std::function<void(Scene&)> spoil;
    /// Names of later faults that exclude this one.
    std::vector<std::string> notWith = {};
};

struct Operation {
    const char* name;
    std::function<void(Scene&)> prepare; ///< Everything right.
    std::vector<Fault> faults; ///< In the documented order.
    std::function<bool(Scene&)> start;
};

template <typename Exception> std::type_index type()
{
    return typeid(Exception);
}

const Fault kClosed{"closed", type<ObjectDisposedException>(), [](Scene& s) { s.close = true; }};
const Fault kBusy{"busy", type<InvalidOperationException>(), [](Scene& s) { s.makeBusy = true; }};
const Fault kDisposed{
    "disposed", type<ObjectDisposedException>(), [](Scene& s) { s.dispose = true; }};
const Fault kNoBuffer{"no buffer", type<ArgumentException>(), [](Scene& s) { s.e.clearBuffer(); }};
const Fault kList{"a list", type<ArgumentException>(), [](Scene& s) {
                      s.e.clearBuffer();
                      s.e.setBufferList({s.buffer});
                  }};
const Fault kSendFlags{"unknown flags", type<ArgumentOutOfRangeException>(),
    [](Scene& s) { s.e.setSocketFlags(SocketFlags::Peek); }};

void connectedStream(Scene& s)
{
    s.wire = connectedWire(s.engine);
    s.target = s.wire.socket;
    s.e.setBuffer(std::span<std::byte>(s.buffer));
}

void boundDatagrams(Scene& s)
{
    s.target = makeSocket(s.engine, Link::Udp);
    s.target.bind(EndPoint::ip("127.0.0.1", 0));
    s.e.setBuffer(std::span<std::byte>(s.buffer));
    s.e.setRemoteEndPoint(s.target.localEndPoint());
}

void freshStream(Scene& s)
{
    s.target = makeSocket(s.engine, Link::TcpV4);
    s.e.setBuffer(std::span<std::byte>(s.buffer));
}

Operation send()
{
    return {"Send", connectedStream,
        {kClosed, kBusy, kDisposed, kNoBuffer, kSendFlags,
            {"never connected", type<SocketException>(),
                [](Scene& s) { s.target = makeSocket(s.engine, Link::TcpV4); }}},
        [](Scene& s) { return s.target.sendAsync(s.e); }};
}

Operation sendTo()
{
    const auto wrongRemote = [](EndPoint endPoint) {
        return [endPoint](Scene& s) { s.e.setRemoteEndPoint(endPoint); };
    };
    return {"SendTo", boundDatagrams,
        {kClosed,
            // An address of another family is a result (EXC-14).
            {"no end point", type<ArgumentException>(), wrongRemote(EndPoint()), {"a name"}},
            {"a name", type<ArgumentException>(), wrongRemote(EndPoint::dns("localhost", 9))},
            kBusy, kDisposed, kNoBuffer, kSendFlags},
        [](Scene& s) { return s.target.sendToAsync(s.e); }};
}

Operation sendPackets(bool datagrams)
{
    Operation operation{datagrams ? "SendPackets of datagrams" : "SendPackets",
        [datagrams](Scene& s) {
            s.wire = connectedWire(s.engine, datagrams ? Link::Udp : Link::TcpV4);
            s.target = s.wire.socket;
            s.elements = {SendPacketsElement::file(s.folder.file("good", s.buffer))};
        },
        {kClosed, {"no elements", type<ArgumentException>(), [](Scene& s) { s.noElements = true; }},
            {"not connected", type<NotSupportedException>(),
                [datagrams](Scene& s) {
                    s.target = makeSocket(s.engine, datagrams ? Link::Udp : Link::TcpV4);
                }},
            kBusy, kDisposed,
            {"negative send size", type<ArgumentOutOfRangeException>(),
                [](Scene& s) { s.e.setSendPacketsSendSize(-2); }},
            // Of several wrong files the first one in element order tells.
            {"a missing file", type<FileNotFoundException>(),
                [](Scene& s) {
                    s.elements.push_back(SendPacketsElement::file(s.folder / "missing"));
                }},
            {"a missing folder", type<DirectoryNotFoundException>(),
                [](Scene& s) {
                    s.elements.push_back(SendPacketsElement::file(s.folder / "missing/file"));
                }},
            {"a folder", type<UnauthorizedAccessException>(),
                [](Scene& s) { s.elements.push_back(SendPacketsElement::file(s.folder.path())); }},
            {"a device", type<NotSupportedException>(),
                [](Scene& s) { s.elements.push_back(SendPacketsElement::file("/dev/zero")); }},
            {"an empty name", type<ArgumentException>(),
                [](Scene& s) { s.elements.push_back(SendPacketsElement::file("")); }}},
        [](Scene& s) { return s.target.sendPacketsAsync(s.e); }};
    if (datagrams)
        operation.faults.push_back({"too large a datagram", type<SocketException>(),
            [](Scene& s) { s.elements.push_back(SendPacketsElement::buffer(s.tooLarge)); }});
    return operation;
}

Operation receive()
{
    return {"Receive", connectedStream, {kClosed, kBusy, kDisposed, kNoBuffer},
        [](Scene& s) { return s.target.receiveAsync(s.e); }};
}

Operation receiveFrom(bool message)
{
    return {message ? "ReceiveMessageFrom" : "ReceiveFrom", boundDatagrams,
        {kClosed,
            {"no end point", type<ArgumentException>(),
                [](Scene& s) { s.e.setRemoteEndPoint(EndPoint()); }, {"a name", "another family"}},
            {"a name", type<ArgumentException>(),
                [](Scene& s) {
                    s.e.setRemoteEndPoint(
                        EndPoint::dns("localhost", 0, AddressFamily::InterNetwork));
                },
                {"another family"}},
            {"another family", type<ArgumentException>(),
                [](Scene& s) { s.e.setRemoteEndPoint(EndPoint::ip("::1", 0)); }},
            kBusy, kDisposed, kNoBuffer},
        [message](Scene& s) {
            return message ? s.target.receiveMessageFromAsync(s.e) : s.target.receiveFromAsync(s.e);
        }};
}

Operation accept()
{
    return {"Accept",
        [](Scene& s) {
            s.target = listeningSocket(s.engine);
            s.e.setBuffer(std::span<std::byte>(s.buffer));
        },
        {kClosed, kList,
            {"not bound", type<InvalidOperationException>(),
                [](Scene& s) { s.target = makeSocket(s.engine, Link::TcpV4); }, {"not listening"}},
            {"not listening", type<InvalidOperationException>(),
                [](Scene& s) {
                    s.target = makeSocket(s.engine, Link::TcpV4);
                    s.target.bind(EndPoint::ip("127.0.0.1", 0));
                }},
            {"an accept socket in use", type<InvalidOperationException>(),
                [](Scene& s) { s.e.setAcceptSocket(listeningSocket(s.engine)); }},
            kBusy, kDisposed},
        [](Scene& s) { return s.target.acceptAsync(s.e); }};
}

Operation connect()
{
    return {"Connect",
        [](Scene& s) {
            freshStream(s);
            s.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 9));
        },
        {kClosed, kList,
            {"no end point", type<ArgumentNullException>(),
                [](Scene& s) { s.e.setRemoteEndPoint(EndPoint()); },
                {"any address as a name", "another family"}},
            {"any address as a name", type<ArgumentException>(),
                [](Scene& s) { s.e.setRemoteEndPoint(EndPoint::dns("0.0.0.0", 9)); },
                {"another family"}},
            {"listening", type<InvalidOperationException>(),
                [](Scene& s) { s.target = listeningSocket(s.engine); }, {"connected already"}},
            {"connected already", type<SocketException>(),
                [](Scene& s) {
                    s.wire = connectedWire(s.engine);
                    s.target = s.wire.socket;
                }},
            {"another family", type<NotSupportedException>(),
                [](Scene& s) { s.e.setRemoteEndPoint(EndPoint::ip("::1", 9)); }},
            kBusy, kDisposed},
        [](Scene& s) { return s.target.connectAsync(s.e); }};
}

Operation staticConnect()
{
    return {"static Connect",
        [](Scene& s) {
            s.e.setBuffer(std::span<std::byte>(s.buffer));
            s.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 9));
        },
        {kList,
            {"no end point", type<ArgumentException>(),
                [](Scene& s) { s.e.setRemoteEndPoint(EndPoint()); }, {"any address as a name"}},
            {"any address as a name", type<ArgumentException>(),
                [](Scene& s) { s.e.setRemoteEndPoint(EndPoint::dns("::0", 9)); }},
            kBusy, kDisposed},
        [](Scene& s) {
            return Socket::connectAsync(s.engine, SocketType::Stream, ProtocolType::Tcp, s.e);
        }};
}

Operation disconnect()
{
    return {"Disconnect", connectedStream, {kClosed, kBusy, kDisposed},
        [](Scene& s) { return s.target.disconnectAsync(s.e); }};
}

std::vector<Operation> operations()
{
    return {send(), sendTo(), sendPackets(false), sendPackets(true), receive(), receiveFrom(false),
        receiveFrom(true), accept(), connect(), staticConnect(), disconnect()};
}

/// Makes `e` pend on a socket of its own: an accept needs neither a buffer nor the end point.
bool occupy(Scene& s)
{
    if (!s.e.bufferList().empty()) { // which an accept rejects: a receive, then
        Wire wire = connectedWire(s.engine);
        s.busyOn = wire.socket;
        const bool pending = s.busyOn.receiveAsync(s.e);
        s.wire.peer = std::move(wire.peer); // Kept open.
        return pending;
    }
    const Socket given = s.e.acceptSocket();
    s.e.setAcceptSocket({});
    s.busyOn = listeningSocket(s.engine);
    const bool pending = s.busyOn.acceptAsync(s.e);
    s.e.setAcceptSocket(given);
    return pending;
}

/// Applies the faults in turn, then makes the call; the type of what it throws.
std::optional<std::type_index> thrownWith(Scene& s, const Operation& operation,
    const std::vector<const Fault*>& faults, std::string& message)
{
    operation.prepare(s);
    for (const Fault* const fault : faults)
        fault->spoil(s);
    if (!s.noElements)
        s.e.setSendPacketsElements(s.elements);
    if (s.makeBusy && !occupy(s)) {
        message = "the args could not be made busy";
        return std::nullopt;
    }
    if (s.dispose)
        s.e.dispose();
    if (s.close)
        s.target.close();
    try {
        (void)operation.start(s);
        message = "nothing was thrown; the result is " + toString(s.e.socketError());
        return std::nullopt;
    } catch (const std::exception& exception) {
        message = exception.what();
        return typeid(exception);
    }
}

bool excludes(const Fault& first, const Fault& second)
{
    return std::find(first.notWith.begin(), first.notWith.end(), second.name)
        != first.notWith.end();
}

} // namespace

class ExceptionOrderTest : public QObject {
    Q_OBJECT

private slots:
    void exc01_everyFaultAloneHasItsException_data()
    {
        QTest::addColumn<int>("operation");
        QTest::addColumn<int>("fault");
        const auto all = operations();
        for (std::size_t o = 0; o < all.size(); ++o) {
            for (std::size_t f = 0; f < all[o].faults.size(); ++f)
                QTest::addRow("%s: %s", all[o].name, all[o].faults[f].name)
                    << static_cast<int>(o) << static_cast<int>(f);
        }
    }
    void exc01_everyFaultAloneHasItsException()
    {
        QFETCH(int, operation);
        QFETCH(int, fault);
        const Operation tested = operations().at(static_cast<std::size_t>(operation));
        const Fault& wrong = tested.faults.at(static_cast<std::size_t>(fault));
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        Scene scene(engine);
        std::string message;
        const auto thrown = thrownWith(scene, tested, {&wrong}, message);
        QVERIFY2(thrown == wrong.exception, message.c_str());
        QCOMPARE(scene.e.inProgress(), scene.makeBusy); // EXC-12
        QVERIFY(descriptorsBelow(scene.folder.path()).empty());
    }

    void exc01_ofTwoFaultsTheEarlierOneIsTold_data()
    {
        QTest::addColumn<int>("operation");
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("second");
        const auto all = operations();
        for (std::size_t o = 0; o < all.size(); ++o) {
            const auto& faults = all[o].faults;
            for (std::size_t i = 0; i < faults.size(); ++i) {
                for (std::size_t j = i + 1; j < faults.size(); ++j) {
                    if (!excludes(faults[i], faults[j]))
                        QTest::addRow(
                            "%s: %s before %s", all[o].name, faults[i].name, faults[j].name)
                            << static_cast<int>(o) << static_cast<int>(i) << static_cast<int>(j);
                }
            }
        }
    }
    // Rules: EXC-02, EXC-12, CONN-01, CONN-07, ACC-01, STO-01, RFROM-01
    void exc01_ofTwoFaultsTheEarlierOneIsTold()
    {
        QFETCH(int, operation);
        QFETCH(int, first);
        QFETCH(int, second);
        const Operation tested = operations().at(static_cast<std::size_t>(operation));
        const Fault& told = tested.faults.at(static_cast<std::size_t>(first));
        const Fault& hidden = tested.faults.at(static_cast<std::size_t>(second));
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        Scene scene(engine);
        std::string message;
        const auto thrown = thrownWith(scene, tested, {&told, &hidden}, message);
        QVERIFY2(thrown == told.exception, message.c_str());
        QCOMPARE(scene.e.inProgress(), scene.makeBusy); // EXC-12
        QVERIFY(descriptorsBelow(scene.folder.path()).empty());
    }

    void exc12_theSameArgsWorkAfterEveryFaultOfASend()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        for (const Operation& tested : {send(), sendPackets(false), sendPackets(true)}) {
            for (const Fault& fault : tested.faults) {
                if (std::string_view(fault.name) == "busy"
                    || std::string_view(fault.name) == "disposed")
                    continue;
                Scene scene(engine);
                int events = 0;
                scene.e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { ++events; });
                std::string message;
                const auto thrown = thrownWith(scene, tested, {&fault}, message);
                QVERIFY2(thrown == fault.exception, message.c_str());
                // Put right, on a fresh connection.
                Wire wire = connectedWire(engine);
                scene.e.setBuffer(std::span<std::byte>(scene.other));
                scene.e.setSocketFlags(SocketFlags::None);
                QVERIFY(!wire.socket.sendAsync(scene.e));
                QCOMPARE(wire.peer.read(scene.other.size()), scene.other);
                QCOMPARE(events, 0);
            }
        }
    }
};

QTEST_GUILESS_MAIN(ExceptionOrderTest)
#include "exception_order_test.moc"
