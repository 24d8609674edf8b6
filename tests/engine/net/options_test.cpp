// SPDX-License-Identifier: GPL-3.0-or-later
/// Binding and the option properties of a socket (PROP-05 to PROP-18), and that they survive a
/// disconnect for reuse (DISC-04).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;

class OptionsTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

    Socket tcpV4() { return makeSocket(*m_engine, Link::TcpV4); }
    Socket tcpV6() { return makeSocket(*m_engine, Link::TcpV6); }
    Socket udp() { return makeSocket(*m_engine, Link::Udp); }
    Socket unixStream() { return makeSocket(*m_engine, Link::UnixStream); }

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 1}); }
    void cleanup() { m_engine.reset(); }

    void prop05_bindOnceToAnAddressOfItsFamily()
    {
        Socket socket = tcpV4();
        QVERIFY(!socket.isBound());
        QVERIFY(thrownBy<ArgumentNullException>([&] { socket.bind(EndPoint()); }));
        QVERIFY(thrownBy<ArgumentException>([&] { socket.bind(EndPoint::ip("::1", 0)); }));
        QVERIFY(thrownBy<ArgumentException>([&] { socket.bind(EndPoint::dns("localhost", 0)); }));
        socket.bind(EndPoint::ip("127.0.0.1", 0));
        QVERIFY(socket.isBound());
        const auto twice
            = thrownBy<SocketException>([&] { socket.bind(EndPoint::ip("127.0.0.1", 0)); });
        QVERIFY(twice);
        QCOMPARE(twice->socketError(), SocketError::InvalidArgument);
    }

    void prop05_addressThatIsListenedOnIsInUse()
    {
        const Socket listener = listeningSocket(*m_engine);
        Socket second = tcpV4();
        const auto inUse
            = thrownBy<SocketException>([&] { second.bind(listener.localEndPoint()); });
        QVERIFY(inUse);
        QCOMPARE(inUse->socketError(), SocketError::AddressAlreadyInUse);
    }

    void prop06_noDelayIsOffUntilSetAndOnlyForTcp()
    {
        Socket socket = tcpV4();
        QVERIFY(!socket.noDelay());
        socket.setNoDelay(true);
        QVERIFY(socket.noDelay());
        Socket datagrams = udp();
        QVERIFY(thrownBy<SocketException>([&] { datagrams.setNoDelay(true); }));
    }

    void prop07_lingerSecondsAreChecked()
    {
        Socket socket = tcpV4();
        QVERIFY(!socket.lingerState().enabled);
        socket.setLingerState({true, 7});
        QCOMPARE(socket.lingerState().enabled, true);
        QCOMPARE(socket.lingerState().seconds, 7);
        const auto tooLong = thrownBy<ArgumentException>([&] {
            socket.setLingerState({true, 65536});
        });
        QVERIFY(tooLong);
        QCOMPARE(tooLong->parameterName(), std::string("optionValue"));
        QVERIFY(thrownBy<ArgumentException>([&] { socket.setLingerState({true, -1}); }));
    }

    void prop08_bufferSizesAreTheKernelsDoubles()
    {
        Socket socket = tcpV4();
        socket.setSendBufferSize(50'000);
        QCOMPARE(socket.sendBufferSize(), 100'000);
        socket.setReceiveBufferSize(50'000);
        QCOMPARE(socket.receiveBufferSize(), 100'000);
        QVERIFY(thrownBy<ArgumentOutOfRangeException>([&] { socket.setSendBufferSize(-1); }));
        QVERIFY(thrownBy<ArgumentOutOfRangeException>([&] { socket.setReceiveBufferSize(-1); }));
    }

    void prop09_timeoutsAreKeptAndChecked()
    {
        using namespace std::chrono_literals;
        Socket socket = tcpV4();
        QVERIFY(socket.sendTimeout() == 0ms);
        QVERIFY(socket.receiveTimeout() == 0ms);
        socket.setSendTimeout(3s);
        socket.setReceiveTimeout(1ms);
        QVERIFY(socket.sendTimeout() == 3s);
        QVERIFY(socket.receiveTimeout() >= 1ms); // In ticks of the system's clock.
        QVERIFY(socket.receiveTimeout() <= 10ms);
        socket.setSendTimeout(-1ms);
        QVERIFY(socket.sendTimeout() == 0ms);
        QVERIFY(thrownBy<ArgumentOutOfRangeException>([&] { socket.setSendTimeout(-2ms); }));
        QVERIFY(thrownBy<ArgumentOutOfRangeException>([&] { socket.setReceiveTimeout(-2ms); }));
        socket.close();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)socket.sendTimeout(); }));
    }

    void prop09_send12_timeoutsDoNotEndAsynchronousOperations()
    {
        using namespace std::chrono_literals;
        const Bytes bytes = randomBytes(kPendingSize);
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        wire.socket.setSendTimeout(1ms);
        wire.socket.setReceiveTimeout(1ms);
        Call sending;
        sending.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        QVERIFY(wire.socket.sendPacketsAsync(sending.e));
        Call receiving;
        receiving.e.setBuffer(room);
        QVERIFY(wire.socket.receiveAsync(receiving.e));
        QVERIFY(!receiving.done.wait(1, 50ms)); // Long past both timeouts they still wait.
        QCOMPARE(sending.done.count(), 0);
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        wire.peer.write(bytesOf("late"));
        QVERIFY(sending.done.wait());
        QVERIFY(receiving.done.wait());
        QCOMPARE(sending.e.socketError(), SocketError::Success);
        QCOMPARE(receiving.e.bytesTransferred(), 4U);
    }

    void prop10_ttlIsCheckedAndMeansHopsOnV6()
    {
        Socket v4 = tcpV4();
        v4.setTtl(9);
        QCOMPARE(v4.ttl(), 9);
        QVERIFY(thrownBy<ArgumentOutOfRangeException>([&] { v4.setTtl(256); }));
        QVERIFY(thrownBy<ArgumentOutOfRangeException>([&] { v4.setTtl(-1); }));
        const auto zero = thrownBy<SocketException>([&] { v4.setTtl(0); });
        QVERIFY(zero);
        QCOMPARE(zero->socketError(), SocketError::InvalidArgument);
        Socket v6 = tcpV6();
        v6.setTtl(9);
        QCOMPARE(v6.ttl(), 9);
        Socket local = unixStream();
        QVERIFY(thrownBy<NotSupportedException>([&] { local.setTtl(9); }));
    }

    void prop11_dontFragmentIsForV4()
    {
        Socket v4 = udp();
        v4.setDontFragment(true);
        QVERIFY(v4.dontFragment());
        v4.setDontFragment(false);
        QVERIFY(!v4.dontFragment());
        Socket v6 = tcpV6();
        QVERIFY(thrownBy<NotSupportedException>([&] { v6.setDontFragment(true); }));
    }

    void prop12_multicastLoopbackIsOnUntilCleared()
    {
        Socket socket = udp();
        QVERIFY(socket.multicastLoopback());
        socket.setMulticastLoopback(false);
        QVERIFY(!socket.multicastLoopback());
        Socket local = unixStream();
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)local.multicastLoopback(); }));
    }

    void prop13_broadcastIsOffUntilSet()
    {
        Socket socket = udp();
        QVERIFY(!socket.enableBroadcast());
        socket.setEnableBroadcast(true);
        QVERIFY(socket.enableBroadcast());
    }

    void prop14_exclusiveAddressUseIsSetBeforeBinding()
    {
        Socket socket = udp();
        QVERIFY(socket.exclusiveAddressUse());
        socket.setExclusiveAddressUse(false);
        QVERIFY(!socket.exclusiveAddressUse());
        socket.bind(EndPoint::ip("127.0.0.1", 0));
        QVERIFY(thrownBy<InvalidOperationException>([&] { socket.setExclusiveAddressUse(true); }));
    }

    void prop15_dualModeIsForV6()
    {
        Socket v6 = tcpV6();
        QVERIFY(!v6.dualMode());
        v6.setDualMode(true);
        QVERIFY(v6.dualMode());
        Socket v4 = tcpV4();
        QVERIFY(!v4.dualMode());
        QVERIFY(thrownBy<NotSupportedException>([&] { v4.setDualMode(true); }));
    }

    void prop16_blockingIsAWishThatAcceptedSocketsInherit()
    {
        Bytes room(4);
        Socket listener = listeningSocket(*m_engine);
        QVERIFY(listener.blocking());
        listener.setBlocking(false);
        QVERIFY(!listener.blocking());
        Call accepting;
        const bool pending = listener.acceptAsync(accepting.e);
        const RawPeer client = rawConnect(listener.localEndPoint());
        QVERIFY(accepting.finished(pending));
        Socket accepted = accepting.e.acceptSocket();
        QVERIFY(!accepted.blocking());
        accepted.setBlocking(true); // And yet a receive only pends.
        Call receiving;
        receiving.e.setBuffer(room);
        QVERIFY(accepted.receiveAsync(receiving.e));
        accepted.close();
        QVERIFY(receiving.done.wait());
        QVERIFY(accepted.blocking()); // CLOSE-05: the getter does not throw.
        QVERIFY(thrownBy<ObjectDisposedException>([&] { accepted.setBlocking(false); }));
    }

    void prop17_availableIsWhatWaitsToBeRead()
    {
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(wire.socket.available(), 0U);
        wire.peer.write(bytesOf("12345"));
        QTRY_COMPARE(wire.socket.available(), 5U);
    }

    void prop17_availableOfDatagramsIsTheFirstOne()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        wire.peer.write(bytesOf("123"));
        wire.peer.write(bytesOf("12345"));
        QTRY_COMPARE(wire.socket.available(), 3U);
        QCOMPARE(receiveNow(wire.socket, 3), bytesOf("123"));
        QTRY_COMPARE(wire.socket.available(), 5U);
    }

    void prop15_close05_dualModeOfAClosedSocketThrows()
    {
        Socket v6 = tcpV6();
        v6.close();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)v6.dualMode(); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { v6.setDualMode(true); }));
    }

    void prop18_backlogIsClampedAndListeningBinds()
    {
        Socket socket = tcpV4();
        socket.listen(1'000'000'000);
        QVERIFY(socket.isBound());
        const EndPoint local = socket.localEndPoint();
        QVERIFY(local.port() != 0);
        Call accepting;
        QVERIFY(socket.acceptAsync(accepting.e));
        const RawPeer client = rawConnect(EndPoint::ip("127.0.0.1", local.port()));
        QVERIFY(accepting.done.wait());
        QCOMPARE(accepting.e.socketError(), SocketError::Success);
        socket.listen(1); // Again, with another backlog, is fine.
        Socket connected = connectedWire(*m_engine).socket;
        QVERIFY(thrownBy<SocketException>([&] { connected.listen(); }));
    }

    void prop20_kindOfSocketIsKept()
    {
        Socket socket = udp();
        QCOMPARE(socket.addressFamily(), AddressFamily::InterNetwork);
        QCOMPARE(socket.socketType(), SocketType::Dgram);
        QCOMPARE(socket.protocolType(), ProtocolType::Udp);
        socket.close();
        QCOMPARE(socket.addressFamily(), AddressFamily::InterNetwork);
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)socket.ttl(); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)socket.available(); }));
    }

    void disc04_optionsSurviveADisconnectForReuse()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.setNoDelay(true);
        wire.socket.setTtl(11);
        wire.socket.setLingerState({true, 3});
        wire.socket.setSendTimeout(std::chrono::seconds(8));
        Call call;
        call.e.setDisconnectReuseSocket(true);
        QVERIFY(call.finished(wire.socket.disconnectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(wire.socket.noDelay());
        QCOMPARE(wire.socket.ttl(), 11);
        QCOMPARE(wire.socket.lingerState().seconds, 3);
        QVERIFY(wire.socket.sendTimeout() == std::chrono::seconds(8));
    }
};

QTEST_GUILESS_MAIN(OptionsTest)
#include "options_test.moc"
