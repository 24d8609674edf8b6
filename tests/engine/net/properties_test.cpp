// SPDX-License-Identifier: GPL-3.0-or-later
/// The socket's properties (PROP-01 to PROP-04) and that its options reach the system.

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

using namespace swb;
using namespace swb::test;

namespace {

int optionOf(const Socket& socket, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(socket.nativeHandle(), level, name, &value, &size) == 0 ? value : -1;
}

} // namespace

class PropertiesTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void nullSocketIsFalse()
    {
        const Socket null;
        QVERIFY(!null);
        QCOMPARE(null.id(), 0U);
        QVERIFY(!null.connected());
    }

    void socketsAreNumberedFromOne()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        const Socket first = makeSocket(engine, Link::TcpV4);
        const Socket second = makeSocket(engine, Link::Udp);
        QCOMPARE(first.id(), 1U);
        QCOMPARE(second.id(), 2U);
    }

    void copiesReferToTheSameSocket()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Socket copy = socket;
        QVERIFY(copy == socket);
        QVERIFY(!(copy == makeSocket(*m_engine, Link::TcpV4)));
        copy.close();
        QVERIFY(socket.closed());
    }

    void impossibleCombinationThrows()
    {
        const auto thrown = thrownBy<SocketException>([&] {
            (void)Socket(
                *m_engine, AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Udp);
        });
        QVERIFY(thrown);
        QVERIFY(thrown->nativeError());
    }

    void prop01_connectedIsTheStateAsOfTheLastOperation()
    {
        Wire wire = connectedWire(*m_engine);
        QVERIFY(wire.socket.connected());
        wire.peer.reset();
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLHUP));
        QVERIFY(wire.socket.connected()); // Not a probe: no operation has met the reset.
        QCOMPARE(sendNow(wire.socket, bytesOf("x")), SocketError::ConnectionReset);
        QVERIFY(!wire.socket.connected());
    }

    void prop01_closeClearsConnected()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.close();
        QVERIFY(!wire.socket.connected());
    }

    void d06_prop02_errorsThatAreNotTheConnectionsLeaveItConnected()
    {
        const TempFolder folder;
        const Bytes bytes = bytesOf("data");
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(folder.file("f", bytes), 5, 1)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QVERIFY(wire.socket.connected());
        call.e.setBuffer(std::span<const std::byte>(bytes));
        call.e.setSocketFlags(SocketFlags::Partial);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::OperationNotSupported);
        QVERIFY(wire.socket.connected());
        call.e.setBuffer(std::span<std::byte>(room));
        call.e.setSocketFlags(SocketFlags::None);
        QVERIFY(wire.socket.receiveAsync(call.e));
        wire.socket.cancel(call.e);
        QVERIFY(call.done.wait());
        QVERIFY(wire.socket.connected());
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e)); // The next SendPackets goes through.
        QCOMPARE(wire.peer.read(4), bytes);
    }

    void prop03_remoteEndPointIsKeptUntilDisconnect()
    {
        Wire wire = connectedWire(*m_engine);
        const EndPoint remote = wire.peer.localEndPoint();
        QCOMPARE(wire.socket.remoteEndPoint(), remote);
        wire.peer.reset();
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLHUP));
        QCOMPARE(sendNow(wire.socket, bytesOf("x")), SocketError::ConnectionReset);
        QCOMPARE(wire.socket.remoteEndPoint(),
            remote); // The system has forgotten it: getpeername() fails.
    }

    void prop03_neverConnectedHasNone()
    {
        QVERIFY(makeSocket(*m_engine, Link::TcpV4).remoteEndPoint().isNull());
        QVERIFY(listeningSocket(*m_engine).remoteEndPoint().isNull());
    }

    void prop04_localEndPointIsNullUntilBound()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        QVERIFY(socket.localEndPoint().isNull());
        QVERIFY(!socket.isBound());
        socket.bind(EndPoint::ip("127.0.0.1", 0));
        QVERIFY(socket.isBound());
        QCOMPARE(socket.localEndPoint().address(), std::string("127.0.0.1"));
        QVERIFY(socket.localEndPoint().port() != 0);
    }

    void prop04_wildcardIsRefreshedByAConnect()
    {
        const RawListener listener(Link::TcpV4);
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        socket.bind(EndPoint::ip("0.0.0.0", 0));
        const EndPoint before = socket.localEndPoint();
        QCOMPARE(before.address(), std::string("0.0.0.0"));
        connectNow(socket, listener.endPoint());
        QCOMPARE(socket.localEndPoint(), EndPoint::ip("127.0.0.1", before.port()));
    }

    void prop05_bindOfNullThrows()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        const auto thrown = thrownBy<ArgumentNullException>([&] { socket.bind(EndPoint()); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("localEP"));
        socket.bind(EndPoint::ip("127.0.0.1", 0));
        const auto again
            = thrownBy<SocketException>([&] { socket.bind(EndPoint::ip("127.0.0.1", 0)); });
        QVERIFY(again);
        QCOMPARE(again->socketError(), SocketError::InvalidArgument);
    }

    void optionsReachTheSystem()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        QVERIFY(!socket.noDelay());
        socket.setNoDelay(true);
        QVERIFY(socket.noDelay());
        QCOMPARE(optionOf(socket, IPPROTO_TCP, TCP_NODELAY), 1);
        socket.setTtl(42);
        QCOMPARE(socket.ttl(), 42);
        QCOMPARE(optionOf(socket, IPPROTO_IP, IP_TTL), 42);
        socket.setSendBufferSize(50'000);
        QCOMPARE(socket.sendBufferSize(), optionOf(socket, SOL_SOCKET, SO_SNDBUF));
        QVERIFY(socket.sendBufferSize() >= 50'000);
        socket.setReceiveBufferSize(60'000);
        QCOMPARE(socket.receiveBufferSize(), optionOf(socket, SOL_SOCKET, SO_RCVBUF));
        socket.setLingerState({true, 5});
        QVERIFY((socket.lingerState() == LingerOption{true, 5}));
        socket.setDontFragment(true);
        QVERIFY(socket.dontFragment());
        Socket datagram = makeSocket(*m_engine, Link::Udp);
        QVERIFY(!datagram.enableBroadcast());
        datagram.setEnableBroadcast(true);
        QCOMPARE(optionOf(datagram, SOL_SOCKET, SO_BROADCAST), 1);
    }

    void prop17_availableIsWhatCanBeReceived()
    {
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(wire.socket.available(), 0U);
        wire.peer.write(bytesOf("four"));
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLIN));
        QCOMPARE(wire.socket.available(), 4U);
    }

    void conn14_dualModeSocketConnectsToIPv4()
    {
        const RawListener listener(Link::TcpV4);
        Socket socket(*m_engine, SocketType::Stream, ProtocolType::Tcp);
        connectNow(socket, listener.endPoint());
        const RawPeer peer = listener.accept();
        QCOMPARE(sendNow(socket, bytesOf("hello")), SocketError::Success);
        QCOMPARE(peer.read(5), bytesOf("hello"));
        // Both ends in the same form.
        QCOMPARE(socket.localEndPoint().address(), std::string("::ffff:127.0.0.1"));
        QCOMPARE(socket.remoteEndPoint(),
            EndPoint::ip("::ffff:127.0.0.1", listener.endPoint().port()));
    }
};

QTEST_GUILESS_MAIN(PropertiesTest)
#include "properties_test.moc"
