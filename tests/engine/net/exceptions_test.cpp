// SPDX-License-Identifier: GPL-3.0-or-later
/// What the calls throw, in which order of precedence, and that everything is usable afterwards
/// (EXC).

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <array>
#include <functional>
#include <optional>

#include <cerrno>

using namespace swb;
using namespace swb::test;

namespace {

/// Args that are busy for as long as the object lives: a receive on a connection of their own.
struct BusyArgs {
    explicit BusyArgs(AsyncEngine& engine, bool withElements = false)
        : wire(connectedWire(engine))
    {
        if (withElements)
            call.e.setSendPacketsElements({});
        call.e.setBuffer(std::span<std::byte>(buffer));
        pending = wire.socket.receiveAsync(call.e);
    }
    Bytes buffer = Bytes(4);
    Wire wire;
    Call call;
    bool pending = false;
};

using Start = std::function<bool(Socket&, SocketAsyncEventArgs&)>;

} // namespace

Q_DECLARE_METATYPE(Start)

class ExceptionsTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    Bytes m_bytes = randomBytes(16);

    static void addOperations()
    {
        QTest::addColumn<Start>("start");
        const auto row = [](const char* name, Start start) { QTest::newRow(name) << start; };
        row("accept", [](Socket& s, SocketAsyncEventArgs& e) { return s.acceptAsync(e); });
        row("connect", [](Socket& s, SocketAsyncEventArgs& e) { return s.connectAsync(e); });
        row("disconnect", [](Socket& s, SocketAsyncEventArgs& e) { return s.disconnectAsync(e); });
        row("receive", [](Socket& s, SocketAsyncEventArgs& e) { return s.receiveAsync(e); });
        row("send", [](Socket& s, SocketAsyncEventArgs& e) { return s.sendAsync(e); });
        row("sendPackets",
            [](Socket& s, SocketAsyncEventArgs& e) { return s.sendPacketsAsync(e); });
    }

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void exc01_closedComesBeforeEverythingElse_data() { addOperations(); }
    void exc01_closedComesBeforeEverythingElse()
    {
        QFETCH(Start, start);
        BusyArgs busy(*m_engine);
        QVERIFY(busy.pending);
        Socket closed = makeSocket(*m_engine, Link::TcpV4);
        closed.close();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)start(closed, busy.call.e); }));
        SocketAsyncEventArgs empty;
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)start(closed, empty); }));
    }

    void exc01_sendBusyBeforeBuffersBeforeNotConnected()
    {
        BusyArgs busy(*m_engine);
        Socket fresh = makeSocket(*m_engine, Link::TcpV4);
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)fresh.sendAsync(busy.call.e); }));
        SocketAsyncEventArgs e;
        QVERIFY(thrownBy<ArgumentException>([&] { (void)fresh.sendAsync(e); }));
        e.setBuffer(std::span<const std::byte>(m_bytes));
        QVERIFY(thrownBy<SocketException>([&] { (void)fresh.sendAsync(e); }));
        e.dispose();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)fresh.sendAsync(e); }));
    }

    void exc01_sendPacketsElementsBeforeNotConnectedBeforeBusyBeforeFiles()
    {
        BusyArgs busy(*m_engine);
        Socket fresh = makeSocket(*m_engine, Link::TcpV4);
        QVERIFY(thrownBy<ArgumentException>([&] { (void)fresh.sendPacketsAsync(busy.call.e); }));

        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file("/nonexistent-file")});
        Bytes buffer(4);
        call.e.setBuffer(std::span<std::byte>(buffer));
        QVERIFY(wire.socket.receiveAsync(call.e));
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)fresh.sendPacketsAsync(call.e); }));
        QVERIFY(thrownBy<InvalidOperationException>(
            [&] { (void)wire.socket.sendPacketsAsync(call.e); }));
        wire.peer.write(bytesOf("x"));
        QVERIFY(call.done.wait());
        QVERIFY(
            thrownBy<FileNotFoundException>([&] { (void)wire.socket.sendPacketsAsync(call.e); }));
    }

    void exc01_missingFileBeforeOversizedDatagram()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        const Bytes tooLarge(70'000);
        SocketAsyncEventArgs e;
        e.setSendPacketsElements(
            {SendPacketsElement::buffer(tooLarge), SendPacketsElement::file("/nonexistent-file")});
        QVERIFY(thrownBy<FileNotFoundException>([&] { (void)wire.socket.sendPacketsAsync(e); }));
        e.setSendPacketsElements({SendPacketsElement::buffer(tooLarge)});
        QVERIFY(thrownBy<SocketException>([&] { (void)wire.socket.sendPacketsAsync(e); }));
    }

    void exc02_busyArgsOnAnUnconnectedSocketAreNotSupported()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes buffer(4);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(m_bytes)});
        call.e.setBuffer(std::span<std::byte>(buffer));
        QVERIFY(wire.socket.receiveAsync(call.e));
        Socket fresh = makeSocket(*m_engine, Link::TcpV4);
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)fresh.sendPacketsAsync(call.e); }));
        QVERIFY(call.e.inProgress());
    }

    void exc03_guardedSettersThrowWhileBusyBeforeCheckingArguments()
    {
        BusyArgs busy(*m_engine);
        QVERIFY(busy.pending);
        SocketAsyncEventArgs& e = busy.call.e;
        Bytes other(4);
        const std::size_t wrong = 99;
        const auto throws
            = [](auto&& action) { return thrownBy<InvalidOperationException>(action).has_value(); };
        QVERIFY(throws([&] { e.setBuffer(std::span<std::byte>(other)); }));
        QVERIFY(throws([&] { e.setBuffer(std::span<const std::byte>(other)); }));
        QVERIFY(throws([&] { e.setBuffer(std::span(other), wrong, wrong); }));
        QVERIFY(throws([&] { e.setBuffer(wrong, wrong); }));
        QVERIFY(throws([&] { e.clearBuffer(); }));
        QVERIFY(throws([&] { e.setBufferList({other}); }));
        QVERIFY(throws([&] {
            e.setBufferList({std::span<std::byte>(static_cast<std::byte*>(nullptr), wrong)});
        }));
        QVERIFY(throws([&] { e.clearBufferList(); }));
        QVERIFY(throws([&] { e.setSendPacketsElements({}); }));
        QVERIFY(throws([&] { e.clearSendPacketsElements(); }));
        busy.wire.peer.write(bytesOf("done")); // The operation is not disturbed.
        QVERIFY(busy.call.done.wait());
        QCOMPARE(busy.buffer, bytesOf("done"));
        QCOMPARE(e.count(), 4U);
    }

    void exc03_otherSettersAreAllowedWhileBusy()
    {
        BusyArgs busy(*m_engine);
        SocketAsyncEventArgs& e = busy.call.e;
        e.setUserToken(5);
        e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 1));
        e.setSocketFlags(SocketFlags::Peek);
        e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        e.setSendPacketsSendSize(10);
        e.setAcceptSocket(Socket());
        e.setDisconnectReuseSocket(true);
        QVERIFY(e.inProgress());
        QCOMPARE(std::any_cast<int>(e.userToken()), 5);
        QCOMPARE(e.sendPacketsSendSize(), 10);
    }

    void exc03_settersWhileBusyDoNotReachThePendingOperation()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        BusyArgs busy(*m_engine);
        busy.call.e.setSocketFlags(SocketFlags::Peek); // For the next operation, not for this one.
        busy.wire.peer.write(bytesOf("data"));
        QVERIFY(busy.call.done.wait());
        QCOMPARE(busy.buffer, bytesOf("data"));
        busy.wire.peer.write(bytesOf("next"));
        QCOMPARE(receiveNow(busy.wire.socket, 4), bytesOf("next")); // It was taken, not peeked at.

        Call packets;
        packets.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        QVERIFY(busy.wire.socket.sendPacketsAsync(packets.e));
        packets.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        packets.e.setSendPacketsSendSize(-5);
        QCOMPARE(busy.wire.peer.read(bytes.size()), bytes);
        QVERIFY(packets.done.wait());
        QCOMPARE(packets.e.socketError(), SocketError::Success);
        QVERIFY(busy.wire.socket.connected());
    }

    void exc03_busyArgsCannotStartAnotherOperation_data() { addOperations(); }
    void exc03_busyArgsCannotStartAnotherOperation()
    {
        QFETCH(Start, start);
        BusyArgs busy(*m_engine, true);
        busy.call.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 1));
        Wire other = connectedWire(*m_engine);
        // Each operation on a socket for which nothing else is wrong.
        Socket socket = other.socket;
        const QByteArray row = QTest::currentDataTag();
        if (row == "accept")
            socket = listeningSocket(*m_engine);
        else if (row == "connect")
            socket = makeSocket(*m_engine, Link::TcpV4);
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)start(socket, busy.call.e); }));
        QVERIFY(busy.call.e.inProgress());
        busy.wire.peer.write(bytesOf("done"));
        QVERIFY(busy.call.done.wait());
        QCOMPARE(busy.call.done.last().error, SocketError::Success);
    }

    void exc04_manyArgsPendOnOneSocket()
    {
        Wire wire = connectedWire(*m_engine);
        std::array<Bytes, 5> buffers;
        std::array<Call, 5> calls;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            buffers[i].resize(1);
            calls[i].e.setBuffer(std::span<std::byte>(buffers[i]));
            QVERIFY(wire.socket.receiveAsync(calls[i].e));
        }
        wire.peer.write(bytesOf("abcde"));
        for (std::size_t i = 0; i < calls.size(); ++i) {
            QVERIFY(calls[i].done.wait());
            QCOMPARE(buffers[i], bytesOf(std::string_view("abcde").substr(i, 1)));
        }
    }

    void exc05_closedSocketThrows_data() { addOperations(); }
    void exc05_closedSocketThrows()
    {
        QFETCH(Start, start);
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<std::byte>(m_bytes));
        e.setSendPacketsElements({SendPacketsElement::buffer(m_bytes)});
        e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 1));
        Socket null;
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)start(null, e); }));
        wire.socket.close();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)start(wire.socket, e); }));
        QVERIFY(!e.inProgress());
    }

    void exc05_socketOfADestroyedEngineIsClosed()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<std::byte>(m_bytes));
        m_engine.reset();
        QVERIFY(socket.closed());
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)socket.receiveAsync(e); }));
    }

    void d02_exc06_sendWithoutAnyBufferThrows()
    {
        Wire wire = connectedWire(*m_engine);
        Call call;
        QVERIFY(thrownBy<ArgumentException>([&] { (void)wire.socket.sendAsync(call.e); }));
        QVERIFY(!call.e.inProgress());
        call.e.setBuffer(std::span<const std::byte>(m_bytes));
        call.e.clearBuffer();
        QVERIFY(thrownBy<ArgumentException>([&] { (void)wire.socket.sendAsync(call.e); }));
        call.e.setBufferList({m_bytes});
        call.e.clearBufferList();
        QVERIFY(thrownBy<ArgumentException>([&] { (void)wire.socket.sendAsync(call.e); }));
    }

    void exc07_flagsThatNoSendHasAreOutOfRange_data()
    {
        QTest::addColumn<int>("flags");
        QTest::newRow("Peek") << 0x2;
        QTest::newRow("Truncated") << 0x100;
        QTest::newRow("undefined") << 0x100000;
        QTest::newRow("undefined beside a good one") << (0x100000 | 0x4);
    }

    void exc07_flagsThatNoSendHasAreOutOfRange()
    {
        QFETCH(int, flags);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(m_bytes));
        call.e.setSocketFlags(static_cast<SocketFlags>(flags));
        QVERIFY(
            thrownBy<ArgumentOutOfRangeException>([&] { (void)wire.socket.sendAsync(call.e); }));
        call.e.setSocketFlags(SocketFlags::None);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(wire.peer.read(m_bytes.size()), m_bytes);
    }

    void exc08_sendPacketsOnAnUnconnectedSocketIsNotSupported_data()
    {
        QTest::addColumn<Link>("link");
        QTest::newRow("tcp") << Link::TcpV4;
        QTest::newRow("udp") << Link::Udp;
        QTest::newRow("unix") << Link::UnixStream;
    }
    void exc08_sendPacketsOnAnUnconnectedSocketIsNotSupported()
    {
        QFETCH(Link, link);
        Socket socket = makeSocket(*m_engine, link);
        SocketAsyncEventArgs e;
        e.setSendPacketsElements({}); // Even without elements.
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)socket.sendPacketsAsync(e); }));
        e.setSendPacketsElements({SendPacketsElement::buffer(m_bytes)});
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)socket.sendPacketsAsync(e); }));
        QVERIFY(!e.inProgress());
    }

    void exc08_listenerAndShutDownSocketAreNotConnected()
    {
        SocketAsyncEventArgs e;
        e.setSendPacketsElements({SendPacketsElement::buffer(m_bytes)});
        Socket listener = listeningSocket(*m_engine);
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)listener.sendPacketsAsync(e); }));
        Wire wire = connectedWire(*m_engine);
        wire.socket.shutdown(SocketShutdown::Send);
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)wire.socket.sendPacketsAsync(e); }));
    }

    void d01_exc09_sendOnANeverConnectedSocketThrowsNotConnected_data()
    {
        exc08_sendPacketsOnAnUnconnectedSocketIsNotSupported_data();
    }
    void d01_exc09_sendOnANeverConnectedSocketThrowsNotConnected()
    {
        QFETCH(Link, link);
        Socket socket = makeSocket(*m_engine, link);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<const std::byte>(m_bytes));
        const auto thrown = thrownBy<SocketException>([&] { (void)socket.sendAsync(e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::NotConnected);
        QCOMPARE(thrown->errorCode(), 10057);
        QVERIFY(!e.inProgress());
    }

    void exc09_connectStillPendingIsNotYetConnected()
    {
        const FullListener listener;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call connecting;
        connecting.e.setRemoteEndPoint(listener.endPoint());
        QVERIFY(socket.connectAsync(connecting.e));
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<const std::byte>(m_bytes));
        const auto thrown = thrownBy<SocketException>([&] { (void)socket.sendAsync(e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::NotConnected);
        e.setSendPacketsElements({SendPacketsElement::buffer(m_bytes)});
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)socket.sendPacketsAsync(e); }));
        socket.close();
        QVERIFY(connecting.done.wait());
    }

    void exc12_argsAreUsableAfterEveryThrow()
    {
        Wire wire = connectedWire(*m_engine);
        Socket fresh = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)fresh.acceptAsync(call.e); }));
        QVERIFY(!call.e.inProgress());
        QVERIFY(thrownBy<ArgumentNullException>([&] { (void)fresh.connectAsync(call.e); }));
        QVERIFY(!call.e.inProgress());
        QVERIFY(thrownBy<ArgumentException>([&] { (void)fresh.sendAsync(call.e); }));
        QVERIFY(!call.e.inProgress());
        QVERIFY(thrownBy<ArgumentException>([&] { (void)fresh.sendPacketsAsync(call.e); }));
        QVERIFY(!call.e.inProgress());
        call.e.setSendPacketsElements({SendPacketsElement::file("/nonexistent-file")});
        QVERIFY(
            thrownBy<FileNotFoundException>([&] { (void)wire.socket.sendPacketsAsync(call.e); }));
        QVERIFY(!call.e.inProgress());
        call.e.setBuffer(std::span<std::byte>(m_bytes));
        QVERIFY(thrownBy<SocketException>([&] { (void)fresh.sendAsync(call.e); }));
        QVERIFY(!call.e.inProgress());
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(wire.peer.read(m_bytes.size()), m_bytes);
        m_engine.reset();
        QCOMPARE(call.done.count(), 0);
    }

    void exc13_socketExceptionCarriesAllNumbers()
    {
        const RawListener taken(Link::TcpV4);
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        const auto thrown = thrownBy<SocketException>([&] { socket.bind(taken.endPoint()); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::AddressAlreadyInUse);
        QCOMPARE(thrown->errorCode(), 10048);
        QCOMPARE(thrown->nativeError().value(), EADDRINUSE);
        QVERIFY(thrown->nativeError() == std::errc::address_in_use);
        QVERIFY(thrown->code() == SocketError::AddressAlreadyInUse);
    }

    void exc13_argsCarryTheNativeErrorToo()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.shutdown(SocketShutdown::Send);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(m_bytes));
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Shutdown);
        QCOMPARE(call.e.nativeError().value(), EPIPE);
    }

    void exc14_failuresOfTheNetworkAreResults()
    {
        const RefusingEndPoint nobody;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(nobody.endPoint());
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
        QCOMPARE(call.e.nativeError().value(), ECONNREFUSED);
    }

    void exc14_disconnectOfANeverConnectedSocketIsAResult()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        QVERIFY(!socket.disconnectAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::NotConnected);
        QCOMPARE(call.done.count(), 0);
    }
};

QTEST_GUILESS_MAIN(ExceptionsTest)
#include "exceptions_test.moc"
