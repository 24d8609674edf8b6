// SPDX-License-Identifier: GPL-3.0-or-later
/// DisconnectAsync and reuse (DISC).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;

class DisconnectTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

    static bool disconnect(Socket& socket, bool reuse)
    {
        Call call;
        call.e.setDisconnectReuseSocket(reuse);
        return call.finished(socket.disconnectAsync(call.e))
            && call.e.socketError() == SocketError::Success && call.e.bytesTransferred() == 0
            && call.e.lastOperation() == SocketAsyncOperation::Disconnect;
    }

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void disc01_clearsConnectedAndRemoteEndPoint_data()
    {
        QTest::addColumn<Link>("link");
        QTest::addColumn<bool>("reuse");
        for (const bool reuse : {false, true}) {
            const char* mode = reuse ? "reuse" : "plain";
            QTest::addRow("tcp v4, %s", mode) << Link::TcpV4 << reuse;
            QTest::addRow("tcp v6, %s", mode) << Link::TcpV6 << reuse;
            QTest::addRow("unix, %s", mode) << Link::UnixStream << reuse;
        }
    }
    void disc01_clearsConnectedAndRemoteEndPoint()
    {
        QFETCH(Link, link);
        QFETCH(bool, reuse);
        Wire wire = connectedWire(*m_engine, link);
        QCOMPARE(sendNow(wire.socket, bytesOf("last words")), SocketError::Success);
        QVERIFY(disconnect(wire.socket, reuse));
        QVERIFY(!wire.socket.connected());
        QVERIFY(wire.socket.remoteEndPoint().isNull());
        StreamEnd end{};
        QCOMPARE(wire.peer.readAll(&end), bytesOf("last words"));
        QCOMPARE(end, StreamEnd::Eof);
    }

    void disc01_completesAtOnceWhenNothingIsQueued()
    {
        Wire wire = connectedWire(*m_engine);
        Call call;
        QVERIFY(!wire.socket.disconnectAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        m_engine.reset();
        QCOMPARE(call.done.count(), 0);
    }

    void disc01_waitsForWhatWasQueuedBeforeIt()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        Call sending;
        Call disconnecting;
        sending.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(sending.e));
        QVERIFY(wire.socket.disconnectAsync(disconnecting.e));
        StreamEnd end{};
        QCOMPARE(wire.peer.readAll(&end), bytes);
        QCOMPARE(end, StreamEnd::Eof);
        QVERIFY(sending.done.wait());
        QVERIFY(disconnecting.done.wait());
        QCOMPARE(sending.e.socketError(), SocketError::Success);
        QCOMPARE(disconnecting.e.socketError(), SocketError::Success);
        QVERIFY(sending.done.last().order < disconnecting.done.last().order);
    }

    void disc02_withoutReuseConnectingAgainIsConnected()
    {
        Wire wire = connectedWire(*m_engine);
        QVERIFY(disconnect(wire.socket, false));
        const RawListener next(Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(next.endPoint());
        QVERIFY(call.finished(wire.socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::IsConnected);
        QCOMPARE(static_cast<int>(call.e.socketError()), 10056);
        QVERIFY(!wire.socket.connected());
    }

    void disc03_disc08_withReuseTheSocketConnectsAgain_data() { SWB_STREAM_LINKS(); }
    void disc03_disc08_withReuseTheSocketConnectsAgain()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        const std::uint32_t id = wire.socket.id();
        for (int i = 0; i < 3; ++i) {
            QVERIFY(disconnect(wire.socket, true));
            const TempFolder folder;
            const RawListener next(link, 0, folder.path());
            connectNow(wire.socket, next.endPoint());
            QVERIFY(wire.socket.connected());
            QCOMPARE(wire.socket.remoteEndPoint(), next.endPoint());
            const RawPeer peer = next.accept();
            QCOMPARE(sendNow(wire.socket, bytesOf("again")), SocketError::Success);
            QCOMPARE(peer.read(5), bytesOf("again"));
            peer.write(bytesOf("reply"));
            QCOMPARE(receiveNow(wire.socket, 5), bytesOf("reply"));
            const Bytes large = randomBytes(kPendingSize); // The new descriptor is watched as well.
            Call call;
            call.e.setBuffer(std::span<const std::byte>(large));
            const bool pending = wire.socket.sendAsync(call.e);
            QCOMPARE(peer.read(large.size()), large);
            QVERIFY(call.finished(pending));
        }
        QCOMPARE(wire.socket.id(), id);
    }

    void disc03_reusedButUnconnectedSocketDoesNotSend()
    {
        Wire wire = connectedWire(*m_engine);
        QVERIFY(disconnect(wire.socket, true));
        const Bytes bytes = bytesOf("x");
        SocketAsyncEventArgs e;
        e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)wire.socket.sendPacketsAsync(e); }));
    }

    void disc04_reuseKeepsTheOptions()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.setNoDelay(true);
        wire.socket.setTtl(37);
        wire.socket.setLingerState({true, 12});
        wire.socket.setDontFragment(true);
        wire.socket.setSendBufferSize(50'000);
        wire.socket.setReceiveBufferSize(60'000);
        const int sendBuffer = wire.socket.sendBufferSize();
        const int receiveBuffer = wire.socket.receiveBufferSize();
        QVERIFY(disconnect(wire.socket, true));
        const RawListener next(Link::TcpV4);
        connectNow(wire.socket, next.endPoint());
        QVERIFY(wire.socket.noDelay());
        QCOMPARE(wire.socket.ttl(), 37);
        QVERIFY((wire.socket.lingerState() == LingerOption{true, 12}));
        QVERIFY(wire.socket.dontFragment());
        QCOMPARE(wire.socket.sendBufferSize(), sendBuffer);
        QCOMPARE(wire.socket.receiveBufferSize(), receiveBuffer);
    }

    void d07_disc05_reuseLosesNothingThatWasTaken_data()
    {
        QTest::addColumn<bool>("readsBefore");
        QTest::newRow("peer reads all the while") << true;
        QTest::newRow("peer reads after the reconnect") << false;
    }
    void d07_disc05_reuseLosesNothingThatWasTaken()
    {
        QFETCH(bool, readsBefore);
        const Bytes bytes = randomBytes(readsBefore ? kPendingSize : 100'000);
        Wire wire = connectedWire(*m_engine);
        std::future<Received> received;
        if (readsBefore)
            received = wire.peer.receiveAllInBackground();
        QCOMPARE(sendNow(wire.socket, bytes), SocketError::Success);
        QVERIFY(disconnect(wire.socket, true));
        const RawListener next(Link::TcpV4);
        connectNow(wire.socket, next.endPoint());
        const RawPeer peer = next.accept();
        QCOMPARE(sendNow(wire.socket, bytesOf("new")), SocketError::Success);
        QCOMPARE(peer.read(3), bytesOf("new"));
        const Received old = readsBefore ? received.get() : wire.peer.receiveAll();
        QCOMPARE(old.end, StreamEnd::Eof);
        QCOMPARE(old.bytes, bytes.size());
        QCOMPARE(old.checksum, checksum(bytes));
    }

    void disc05_aPeerThatStillSendsDoesNotResetWhatWasTaken_data()
    {
        QTest::addColumn<bool>("reuse");
        QTest::addColumn<bool>("closes");
        QTest::newRow("plain") << false << false;
        QTest::newRow("plain, then closed") << false << true;
        QTest::newRow("reuse") << true << false;
        QTest::newRow("reuse, then closed") << true << true;
    }
    void disc05_aPeerThatStillSendsDoesNotResetWhatWasTaken()
    {
        QFETCH(bool, reuse);
        QFETCH(bool, closes);
        // This side's kernel takes all of it, the peer's buffer has room for a small part.
        const Bytes bytes = randomBytes(100'000);
        const RawListener listener(Link::TcpV4, 4096);
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        socket.setSendBufferSize(200'000);
        connectNow(socket, listener.endPoint());
        const RawPeer peer = listener.accept();
        peer.write(bytesOf("never read by the socket")); // close() would turn this into a reset ...
        QCOMPARE(sendNow(socket, bytes), SocketError::Success);
        QVERIFY(disconnect(socket, reuse));
        if (closes)
            socket.close();
        peer.write(bytesOf("nor this")); // ... and a shutdown of receiving would turn this.
        const Received old = peer.receiveAll();
        QCOMPARE(old.bytes, bytes.size());
        QCOMPARE(old.checksum, checksum(bytes));
        QCOMPARE(old.end, StreamEnd::Eof);
    }

    void disc01_datagramSocketLosesItsPeerAndKeepsItsPort()
    {
        const RawPeer peer = rawDatagramPeer();
        Socket socket = makeSocket(*m_engine, Link::Udp);
        connectNow(socket, peer.localEndPoint());
        const auto port = socket.localEndPoint().port();
        QVERIFY(disconnect(socket, false));
        QVERIFY(!socket.connected());
        QVERIFY(socket.isBound());
        QCOMPARE(socket.localEndPoint(), EndPoint::ip("0.0.0.0", port));
        QCOMPARE(sendNow(socket, bytesOf("x")), SocketError::NotConnected);
        connectNow(socket, peer.localEndPoint());
        QCOMPARE(sendNow(socket, bytesOf("again")), SocketError::Success);
        QCOMPARE(peer.readDatagram(), bytesOf("again"));
    }

    void disc07_receivesAfterAPlainDisconnectEnd_data() { SWB_STREAM_LINKS(); }
    void disc07_receivesAfterAPlainDisconnectEnd()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        QVERIFY(disconnect(wire.socket, false));
        Bytes room(4);
        for (const std::size_t size : {room.size(), std::size_t{0}}) {
            Call call; // The peer has not ended its side: nothing comes from there.
            call.e.setBuffer(std::span(room), 0, size);
            QVERIFY(!wire.socket.receiveAsync(call.e));
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QCOMPARE(call.e.bytesTransferred(), 0U);
        }
        QCOMPARE(sendNow(wire.socket, bytesOf("x")), SocketError::Shutdown);
    }

    void disc06_neverConnectedIsNotConnected_data()
    {
        QTest::addColumn<Link>("link");
        QTest::newRow("tcp") << Link::TcpV4;
        QTest::newRow("unix") << Link::UnixStream;
    }
    void disc06_neverConnectedIsNotConnected()
    {
        QFETCH(Link, link);
        Socket socket = makeSocket(*m_engine, link);
        Call call;
        call.e.setDisconnectReuseSocket(true);
        QVERIFY(!socket.disconnectAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::NotConnected);
        QCOMPARE(static_cast<int>(call.e.socketError()), 10057);
    }

    void disc07_pendingReceiveEnds_data()
    {
        QTest::addColumn<bool>("reuse");
        QTest::newRow("plain") << false;
        QTest::newRow("reuse") << true;
    }
    void disc07_pendingReceiveEnds()
    {
        QFETCH(bool, reuse);
        Bytes bytes(4);
        Wire wire = connectedWire(*m_engine);
        Call receiving;
        receiving.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(receiving.e));
        QVERIFY(disconnect(wire.socket, reuse));
        QVERIFY(receiving.done.wait());
        QCOMPARE(receiving.e.bytesTransferred(), 0U);
        if (reuse)
            QCOMPARE(receiving.e.socketError(), SocketError::OperationAborted);
        else
            QCOMPARE(receiving.e.socketError(), SocketError::Success);
    }
};

QTEST_GUILESS_MAIN(DisconnectTest)
#include "disconnect_test.moc"
