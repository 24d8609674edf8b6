// SPDX-License-Identifier: GPL-3.0-or-later
/// ConnectAsync (CONN) and what it leaves in the socket's properties (PROP-01, PROP-03, PROP-04).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

#include <netdb.h>

using namespace swb;
using namespace swb::test;

class ConnectTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void conn01_checksComeInTheDocumentedOrder()
    {
        const RawListener target(Link::TcpV4);
        Bytes bytes(4);
        SocketAsyncEventArgs e;
        e.setBufferList({bytes}); // And no end point.
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        const auto list = thrownBy<ArgumentException>([&] { (void)socket.connectAsync(e); });
        QVERIFY(list);
        QCOMPARE(list->parameterName(), std::string("BufferList"));
        e.clearBufferList();

        Socket listener = listeningSocket(*m_engine); // Listening as well as without end point.
        const auto null = thrownBy<ArgumentNullException>([&] { (void)listener.connectAsync(e); });
        QVERIFY(null);
        QCOMPARE(null->parameterName(), std::string("remoteEP"));
        e.setRemoteEndPoint(EndPoint::ip("::1", 1)); // Listening as well as of another family.
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)listener.connectAsync(e); }));

        Wire wire = connectedWire(*m_engine); // Connected as well as of another family.
        const auto connected
            = thrownBy<SocketException>([&] { (void)wire.socket.connectAsync(e); });
        QVERIFY(connected);
        QCOMPARE(connected->socketError(), SocketError::IsConnected);
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)socket.connectAsync(e); }));

        Call busy; // Busy as well as of another family.
        busy.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(busy.e));
        busy.e.setRemoteEndPoint(EndPoint::ip("::1", 1));
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)socket.connectAsync(busy.e); }));
        busy.e.setRemoteEndPoint(target.endPoint());
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)socket.connectAsync(busy.e); }));

        e.setRemoteEndPoint(target.endPoint()); // Everything is still usable.
        Call call;
        connectNow(socket, target.endPoint());
        QVERIFY(socket.connected());
    }

    void conn02_successMakesTheSocketConnected_data() { SWB_STREAM_LINKS(); }
    void conn02_successMakesTheSocketConnected()
    {
        QFETCH(Link, link);
        const TempFolder folder;
        const RawListener listener(link, 0, folder.path());
        Socket socket = makeSocket(*m_engine, link);
        QVERIFY(!socket.connected());
        QVERIFY(socket.remoteEndPoint().isNull()); // PROP-03
        QVERIFY(socket.localEndPoint().isNull()); // PROP-04
        QVERIFY(!socket.isBound());
        Call call;
        call.e.setRemoteEndPoint(listener.endPoint());
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QCOMPARE(call.e.lastOperation(), SocketAsyncOperation::Connect);
        QVERIFY(call.e.connectSocket() == socket);
        QVERIFY(call.e.connectByNameError().empty());
        QVERIFY(socket.connected());
        QCOMPARE(socket.remoteEndPoint(), listener.endPoint());
        const RawPeer peer = listener.accept();
        if (link != Link::UnixStream) {
            QVERIFY(socket.isBound());
            QCOMPARE(socket.localEndPoint(), peer.remoteEndPoint());
        }
        QCOMPARE(sendNow(socket, bytesOf("hello")), SocketError::Success);
        QCOMPARE(peer.read(5), bytesOf("hello"));
    }

    void conn02_startClearsConnectSocket()
    {
        const RawListener listener(Link::TcpV4);
        const RefusingEndPoint nobody;
        Call call;
        call.e.setRemoteEndPoint(listener.endPoint());
        Socket first = makeSocket(*m_engine, Link::TcpV4);
        QVERIFY(call.finished(first.connectAsync(call.e)));
        QVERIFY(call.e.connectSocket() == first);
        call.e.setRemoteEndPoint(nobody.endPoint());
        Socket second = makeSocket(*m_engine, Link::TcpV4);
        const int raised = call.done.count();
        QVERIFY(!second.connectAsync(call.e) || call.done.wait(raised + 1));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
        QVERIFY(!call.e.connectSocket());
    }

    void conn03_datagramAndUnixSocketsConnectAtOnce()
    {
        const TempFolder folder;
        const RawListener listener(Link::UnixStream, 0, folder.path());
        Call call;
        call.e.setRemoteEndPoint(listener.endPoint());
        Socket unixSocket = makeSocket(*m_engine, Link::UnixStream);
        QVERIFY(!unixSocket.connectAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(unixSocket.connected());
        const RawPeer peer = rawDatagramPeer();
        call.e.setRemoteEndPoint(peer.localEndPoint());
        Socket datagram = makeSocket(*m_engine, Link::Udp);
        QVERIFY(!datagram.connectAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(datagram.connected());
        QCOMPARE(call.done.count(), 0);
    }

    void conn04_bufferIsSentOnceConnected_data()
    {
        QTest::addColumn<int>("size");
        QTest::newRow("nothing") << 0;
        QTest::newRow("one byte") << 1;
        QTest::newRow("more than the kernel takes") << static_cast<int>(2 * kPendingSize);
    }
    void conn04_bufferIsSentOnceConnected()
    {
        QFETCH(int, size);
        const Bytes bytes = randomBytes(static_cast<std::size_t>(size) + 1);
        const RawListener listener(Link::TcpV4, 256 * 1024);
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(listener.endPoint());
        call.e.setBuffer(std::span(bytes).first(static_cast<std::size_t>(size)));
        const bool pending = socket.connectAsync(call.e);
        const RawPeer peer = listener.accept();
        const Bytes received = peer.read(static_cast<std::size_t>(size));
        QVERIFY(call.finished(pending));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), static_cast<quint64>(size));
        QCOMPARE(received, slice(bytes, 0, static_cast<std::size_t>(size)));
        QCOMPARE(sendNow(socket, bytesOf("later")), SocketError::Success);
        QCOMPARE(peer.read(5), bytesOf("later"));
    }

    void conn05_refusedConnectionIsAResult()
    {
        const RefusingEndPoint nobody;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(nobody.endPoint());
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
        QCOMPARE(call.e.lastOperation(), SocketAsyncOperation::Connect); // CONN-15
        QVERIFY(call.e.connectByNameError().empty()); // CONN-09: it was no name.
        QVERIFY(!call.e.connectSocket());
        QVERIFY(!socket.connected());
        QVERIFY(socket.remoteEndPoint().isNull());
    }

    void conn05_portZeroIsRefused()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 0));
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
    }

    void conn06_datagramSocketHearsOnlyItsPeerAndMayChangeIt()
    {
        const RawPeer first = rawDatagramPeer();
        const RawPeer second = rawDatagramPeer();
        Socket socket = makeSocket(*m_engine, Link::Udp);
        connectNow(socket, first.localEndPoint());
        QCOMPARE(socket.remoteEndPoint(), first.localEndPoint());
        connectTo(first, socket.localEndPoint());
        second.writeTo(socket.localEndPoint(), bytesOf("stranger"));
        first.write(bytesOf("peer"));
        Bytes bytes(100);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(call.finished(socket.receiveAsync(call.e)));
        QCOMPARE(slice(bytes, 0, call.e.bytesTransferred()), bytesOf("peer"));

        connectNow(socket, second.localEndPoint());
        QCOMPARE(socket.remoteEndPoint(), second.localEndPoint());
        QCOMPARE(sendNow(socket, bytesOf("to the second")), SocketError::Success);
        QCOMPARE(second.readDatagram(), bytesOf("to the second"));
        QVERIFY(first.nothingToRead());
    }

    void conn06_connectingToNobodyTakesThePeerAway_data()
    {
        QTest::addColumn<bool>("v6");
        QTest::newRow("0.0.0.0:0") << false;
        QTest::newRow("[::]:0") << true;
    }
    void conn06_connectingToNobodyTakesThePeerAway()
    {
        QFETCH(bool, v6);
        const RawPeer first = rawDatagramPeer(v6);
        const RawPeer stranger = rawDatagramPeer(v6);
        const auto family = v6 ? AddressFamily::InterNetworkV6 : AddressFamily::InterNetwork;
        Socket socket(*m_engine, family, SocketType::Dgram, ProtocolType::Udp);
        socket.bind(EndPoint::ip(v6 ? "::1" : "127.0.0.1", 0));
        const EndPoint local = socket.localEndPoint();
        connectNow(socket, first.localEndPoint());
        connectNow(socket, EndPoint::ip(v6 ? "::" : "0.0.0.0", 0));
        QVERIFY(!socket.connected());
        QVERIFY(socket.remoteEndPoint().isNull());
        QCOMPARE(socket.localEndPoint(), local);
        // SEND-07, D-01: it was connected once, so this is a result, and the same on every system.
        QCOMPARE(sendNow(socket, bytesOf("x")), SocketError::NotConnected);
        stranger.writeTo(local, bytesOf("stranger"));
        QCOMPARE(receiveNow(socket, 8), bytesOf("stranger")); // Nobody is filtered out.
        connectNow(socket, first.localEndPoint());
        QCOMPARE(sendNow(socket, bytesOf("again")), SocketError::Success);
        QCOMPARE(first.readDatagram(), bytesOf("again"));
    }

    void conn07_staticConnectMakesTheSocket()
    {
        const RawListener listener(Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(listener.endPoint());
        QVERIFY(call.finished(
            Socket::connectAsync(*m_engine, SocketType::Stream, ProtocolType::Tcp, call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        Socket socket = call.e.connectSocket();
        QVERIFY(socket);
        QVERIFY(socket.connected());
        const RawPeer peer = listener.accept();
        QCOMPARE(sendNow(socket, bytesOf("hello")), SocketError::Success);
        QCOMPARE(peer.read(5), bytesOf("hello"));
    }

    void conn07_failedStaticConnectLeavesNoSocket()
    {
        const RefusingEndPoint nobody;
        Call call;
        call.e.setRemoteEndPoint(nobody.endPoint());
        const bool pending
            = Socket::connectAsync(*m_engine, SocketType::Stream, ProtocolType::Tcp, call.e);
        QVERIFY(call.finished(pending));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
        QVERIFY(!call.e.connectSocket());
        if (pending)
            QCOMPARE(call.done.last().senderId, 0U); // RET-06
        SocketAsyncEventArgs e;
        const auto null = thrownBy<ArgumentException>([&] {
            (void)Socket::connectAsync(*m_engine, SocketType::Stream, ProtocolType::Tcp, e);
        });
        QVERIFY(null);
        QCOMPARE(null->parameterName(), std::string("e"));
    }

    void conn08_namesAreResolvedAndTriedInTurn_data()
    {
        QTest::addColumn<Link>("link");
        QTest::newRow("v4") << Link::TcpV4;
        QTest::newRow("v6") << Link::TcpV6;
    }
    void conn08_namesAreResolvedAndTriedInTurn()
    {
        QFETCH(Link, link);
        const RawListener listener(link);
        // Families the socket cannot use are skipped, whatever order the resolver gives.
        Socket socket = makeSocket(*m_engine, link);
        addrinfo hints{};
        hints.ai_family = link == Link::TcpV6 ? AF_INET6 : AF_INET;
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        const int resolved = ::getaddrinfo("localhost", nullptr, &hints, &found);
        if (resolved != 0)
            QSKIP("this machine's localhost has no address of this family");
        ::freeaddrinfo(found);
        Call call;
        call.e.setRemoteEndPoint(EndPoint::dns("localhost", listener.endPoint().port()));
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(call.e.connectByNameError().empty());
        QVERIFY(call.e.connectSocket() == socket);
        QCOMPARE(socket.remoteEndPoint(), listener.endPoint());
        const RawPeer peer = listener.accept();
        QCOMPARE(sendNow(socket, bytesOf("hello")), SocketError::Success);
        QCOMPARE(peer.read(5), bytesOf("hello"));
    }

    void conn08_staticConnectByNameFindsTheFamilyThatAnswers()
    {
        const RawListener listener(Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(EndPoint::dns("localhost", listener.endPoint().port()));
        QVERIFY(call.finished(
            Socket::connectAsync(*m_engine, SocketType::Stream, ProtocolType::Tcp, call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(call.e.connectSocket().connected());
    }

    void conn09_whenAllFailTheLastErrorIsTheResult()
    {
        const RefusingEndPoint nobody;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(EndPoint::dns("localhost", nobody.endPoint().port()));
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
        QVERIFY(!call.e.connectByNameError().empty());
        QVERIFY(!call.e.connectSocket());
    }

    void conn10_unspecifiedAddressAsANameIsRefused()
    {
        const RawListener listener(Link::TcpV4);
        Call call;
        for (const char* name : {"0.0.0.0", "::0"}) {
            Socket socket = makeSocket(*m_engine, Link::TcpV4);
            call.e.setRemoteEndPoint(EndPoint::dns(name, 80));
            const auto thrown
                = thrownBy<ArgumentException>([&] { (void)socket.connectAsync(call.e); });
            QVERIFY(thrown);
            QCOMPARE(thrown->parameterName(), std::string("hostName"));
            QVERIFY(!call.e.inProgress());
        }
        call.e.setRemoteEndPoint(listener.endPoint());
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
    }

    void conn11_unknownHostIsTheResolversAnswer()
    {
        const char* name = "no-such-host.invalid";
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        const int answer = ::getaddrinfo(name, nullptr, &hints, &found);
        if (answer == 0) {
            ::freeaddrinfo(found);
            QSKIP("this network's resolver answers for every name");
        }
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(EndPoint::dns(name, 80));
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        // Without a name server the answer is TryAgain, with one HostNotFound.
        QVERIFY(call.e.socketError() == SocketError::HostNotFound
            || call.e.socketError() == SocketError::TryAgain);
        QCOMPARE(call.e.socketError(), socketErrorFromResolver(answer));
        QVERIFY(!call.e.connectByNameError().empty());
        QVERIFY(!socket.connected());
        const RawListener listener(
            Link::TcpV4); // The socket is as good as new, and the message goes.
        call.e.setRemoteEndPoint(listener.endPoint());
        const int raised = call.done.count();
        QVERIFY(!socket.connectAsync(call.e) || call.done.wait(raised + 1));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(call.e.connectByNameError().empty());
    }

    void conn12_closeWhileConnectingAborts()
    {
        const FullListener listener;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(listener.endPoint());
        QVERIFY(socket.connectAsync(call.e));
        socket.close();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(!socket.connected());
    }

    void conn13_refusedSocketCanConnectAgain()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        socket.setNoDelay(true);
        for (int i = 0; i < 3; ++i) {
            const RefusingEndPoint nobody;
            Call call;
            call.e.setRemoteEndPoint(nobody.endPoint());
            QVERIFY(call.finished(socket.connectAsync(call.e)));
            QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
        }
        const RawListener listener(Link::TcpV4);
        connectNow(socket, listener.endPoint());
        QVERIFY(socket.connected());
        QVERIFY(socket.noDelay()); // Whichever descriptor it is now: the options are kept.
        const RawPeer peer = listener.accept();
        QCOMPARE(sendNow(socket, bytesOf("hello")), SocketError::Success);
        QCOMPARE(peer.read(5), bytesOf("hello"));
    }

    void conn15_lastOperationIsConnectAlsoWhenItFailed()
    {
        const RefusingEndPoint nobody;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(nobody.endPoint());
        socket.setAlwaysCompletesAsynchronously(true);
        QVERIFY(socket.connectAsync(call.e));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
        QCOMPARE(call.e.lastOperation(), SocketAsyncOperation::Connect);
        QCOMPARE(call.done.last().operation, SocketAsyncOperation::Connect);
        QCOMPARE(call.done.last().senderId, socket.id());
        QVERIFY(!call.e.connectSocket());
    }
};

QTEST_GUILESS_MAIN(ConnectTest)
#include "connect_test.moc"
