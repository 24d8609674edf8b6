// SPDX-License-Identifier: GPL-3.0-or-later
/// AcceptAsync (ACC).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

#include <poll.h>
#include <sys/resource.h>

using namespace swb;
using namespace swb::test;

class AcceptTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    std::optional<TempFolder> m_folder;

private slots:
    void init()
    {
        m_engine.emplace(EngineOptions{.workerThreads = 2});
        m_folder.emplace();
    }
    void cleanup()
    {
        m_engine.reset();
        m_folder.reset();
    }

    void acc01_checksComeInTheDocumentedOrder()
    {
        Bytes bytes(4);
        SocketAsyncEventArgs e;
        e.setBufferList({bytes});
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        const auto list = thrownBy<ArgumentException>(
            [&] { (void)socket.acceptAsync(e); }); // Not bound either.
        QVERIFY(list);
        QCOMPARE(list->parameterName(), std::string("e"));
        e.clearBufferList();
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)socket.acceptAsync(e); }));
        socket.bind(EndPoint::ip("127.0.0.1", 0));
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)socket.acceptAsync(e); }));
        socket.listen();
        Wire wire = connectedWire(*m_engine);
        e.setAcceptSocket(wire.socket);
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)socket.acceptAsync(e); }));
        Socket bound = makeSocket(*m_engine, Link::TcpV4);
        bound.bind(EndPoint::ip("127.0.0.1", 0));
        e.setAcceptSocket(bound);
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)socket.acceptAsync(e); }));
        QVERIFY(!e.inProgress());
        e.setAcceptSocket(Socket());
        QVERIFY(socket.acceptAsync(e));
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)socket.acceptAsync(e); }));
        QVERIFY(e.inProgress());
    }

    void acc02_acceptedSocketIsConnected_data()
    {
        QTest::addColumn<Link>("link");
        QTest::addColumn<bool>("atOnce");
        for (const bool atOnce : {true, false}) {
            const char* mode = atOnce ? "at once" : "pending";
            QTest::addRow("tcp v4, %s", mode) << Link::TcpV4 << atOnce;
            QTest::addRow("tcp v6, %s", mode) << Link::TcpV6 << atOnce;
            QTest::addRow("unix, %s", mode) << Link::UnixStream << atOnce;
        }
    }
    void acc02_acceptedSocketIsConnected()
    {
        QFETCH(Link, link);
        QFETCH(bool, atOnce);
        Socket listener = listeningSocket(*m_engine, link, m_folder->path());
        Call call;
        RawPeer client;
        if (atOnce) {
            client = rawConnect(listener.localEndPoint());
            QVERIFY(waitForEvents(listener.nativeHandle(), POLLIN));
            QVERIFY(!listener.acceptAsync(call.e));
        } else {
            QVERIFY(listener.acceptAsync(call.e));
            client = rawConnect(listener.localEndPoint());
            QVERIFY(call.done.wait());
            QCOMPARE(call.done.last().senderId, listener.id());
        }
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.lastOperation(), SocketAsyncOperation::Accept);
        QCOMPARE(call.e.bytesTransferred(), 0U); // ACC-06
        Socket accepted = call.e.acceptSocket();
        QVERIFY(accepted);
        QVERIFY(accepted.connected());
        QCOMPARE(accepted.addressFamily(), listener.addressFamily());
        QCOMPARE(accepted.socketType(), listener.socketType());
        QCOMPARE(accepted.protocolType(), listener.protocolType());
        QVERIFY(accepted.id() != listener.id());
        if (link != Link::UnixStream) {
            QCOMPARE(accepted.remoteEndPoint(), client.localEndPoint());
            QCOMPARE(accepted.localEndPoint(), listener.localEndPoint());
        }
        client.write(bytesOf("hello"));
        QCOMPARE(receiveNow(accepted, 5), bytesOf("hello"));
        QCOMPARE(sendNow(accepted, bytesOf("reply")), SocketError::Success);
        QCOMPARE(client.read(5), bytesOf("reply"));
    }

    void acc02_noDelayIsInherited()
    {
        Socket listener = listeningSocket(*m_engine);
        listener.setNoDelay(true);
        Call call;
        QVERIFY(listener.acceptAsync(call.e));
        const RawPeer client = rawConnect(listener.localEndPoint());
        QVERIFY(call.done.wait());
        QVERIFY(call.e.acceptSocket().noDelay());
    }

    void acc03_acceptSocketMustBeResetForTheNextAccept()
    {
        Socket listener = listeningSocket(*m_engine);
        Call call;
        QVERIFY(listener.acceptAsync(call.e));
        const RawPeer first = rawConnect(listener.localEndPoint());
        QVERIFY(call.done.wait(1));
        const Socket accepted = call.e.acceptSocket();
        const auto thrown
            = thrownBy<InvalidOperationException>([&] { (void)listener.acceptAsync(call.e); });
        QVERIFY(thrown);
        QVERIFY(QString::fromUtf8(thrown->what()).contains("accept", Qt::CaseInsensitive));
        QVERIFY(accepted.connected());
        call.e.setAcceptSocket(Socket());
        QVERIFY(listener.acceptAsync(call.e));
        const RawPeer second = rawConnect(listener.localEndPoint());
        QVERIFY(call.done.wait(2));
        QVERIFY(call.e.acceptSocket());
        QVERIFY(!(call.e.acceptSocket() == accepted));
        QCOMPARE(call.e.acceptSocket().remoteEndPoint(), second.localEndPoint());
    }

    void acc04_acceptsIntoAGivenSocket()
    {
        Socket listener = listeningSocket(*m_engine);
        Socket target = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setAcceptSocket(target);
        QVERIFY(listener.acceptAsync(call.e));
        const RawPeer client = rawConnect(listener.localEndPoint());
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(call.e.acceptSocket() == target);
        QVERIFY(target.connected());
        QCOMPARE(target.remoteEndPoint(), client.localEndPoint());
        QCOMPARE(sendNow(target, bytesOf("hello")), SocketError::Success);
        QCOMPARE(client.read(5), bytesOf("hello"));
    }

    void acc04_targetThatHasComeIntoUseIsLeftAlone()
    {
        Socket listener = listeningSocket(*m_engine);
        Socket target = makeSocket(*m_engine, Link::TcpV4);
        Call first;
        Call second;
        first.e.setAcceptSocket(target);
        second.e.setAcceptSocket(target);
        QVERIFY(listener.acceptAsync(first.e));
        QVERIFY(listener.acceptAsync(second.e)); // Not in use yet.
        const RawPeer client = rawConnect(listener.localEndPoint());
        const RawPeer other = rawConnect(listener.localEndPoint());
        QVERIFY(first.done.wait());
        QVERIFY(second.done.wait());
        QCOMPARE(first.e.socketError(), SocketError::Success);
        QCOMPARE(second.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(target.remoteEndPoint(), client.localEndPoint());
        QCOMPARE(sendNow(target, bytesOf("hello")), SocketError::Success);
        QCOMPARE(client.read(5), bytesOf("hello"));
        QVERIFY(other.readAll().empty()); // Has an end, not a connection that nobody holds.
    }

    void acc04_connectUnderWayOnTheTargetGoesOn()
    {
        const FullListener full;
        Socket listener = listeningSocket(*m_engine);
        Socket target = makeSocket(*m_engine, Link::TcpV4);
        Call accepting;
        Call connecting;
        accepting.e.setAcceptSocket(target);
        QVERIFY(listener.acceptAsync(accepting.e));
        connecting.e.setRemoteEndPoint(full.endPoint());
        QVERIFY(target.connectAsync(connecting.e));
        const RawPeer client = rawConnect(listener.localEndPoint());
        QVERIFY(accepting.done.wait());
        QCOMPARE(accepting.e.socketError(), SocketError::InvalidArgument);
        QVERIFY(connecting.e.inProgress());
        target.cancel(connecting.e);
        QVERIFY(connecting.done.wait());
        QCOMPARE(connecting.e.socketError(), SocketError::OperationAborted);
    }

    void acc05_bufferTakesTheFirstData()
    {
        Socket listener = listeningSocket(*m_engine);
        Bytes bytes(100);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(listener.acceptAsync(call.e));
        const RawPeer client = rawConnect(listener.localEndPoint());
        client.write(bytesOf("first"));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 5U);
        QCOMPARE(slice(bytes, 0, 5), bytesOf("first"));
        QVERIFY(call.e.acceptSocket().connected());
    }

    void acc06_withoutABufferNothingIsTransferred_data()
    {
        QTest::addColumn<bool>("emptyBuffer");
        QTest::newRow("no buffer") << false;
        QTest::newRow("an empty one") << true;
    }
    void acc06_withoutABufferNothingIsTransferred()
    {
        QFETCH(bool, emptyBuffer);
        Bytes bytes(4);
        Wire wire = connectedWire(*m_engine);
        Call call; // With a count from before, that is overwritten.
        call.e.setBuffer(bytes);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 4U);
        if (emptyBuffer)
            call.e.setBuffer(0, 0);
        else
            call.e.clearBuffer();
        Socket listener = listeningSocket(*m_engine);
        const bool pending = listener.acceptAsync(call.e);
        const RawPeer client = rawConnect(listener.localEndPoint());
        client.write(bytesOf("data that is there"));
        QVERIFY(call.finished(pending));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        Socket accepted = call.e.acceptSocket();
        QCOMPARE(receiveNow(accepted, 18), bytesOf("data that is there"));
    }

    void acc07_noDescriptorLeftIsAResultAndTheListenerStaysUsable()
    {
        Socket listener = listeningSocket(*m_engine);
        const RawPeer client = rawConnect(listener.localEndPoint());
        QVERIFY(waitForEvents(listener.nativeHandle(), POLLIN));
        Call call;
        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        const rlimit none{0, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
        const bool pending = listener.acceptAsync(call.e);
        const bool finished = call.finished(pending);
        ::setrlimit(RLIMIT_NOFILE, &before);
        QVERIFY(finished);
        QCOMPARE(call.e.socketError(), SocketError::TooManyOpenSockets);
        QVERIFY(!call.e.acceptSocket());
        Call next;
        QVERIFY(next.finished(listener.acceptAsync(next.e)));
        QCOMPARE(next.e.socketError(), SocketError::Success);
        QCOMPARE(next.e.acceptSocket().remoteEndPoint(), client.localEndPoint());
    }

    void acc08_closingTheListenerAborts()
    {
        Socket listener = listeningSocket(*m_engine);
        Call first;
        Call second;
        QVERIFY(listener.acceptAsync(first.e));
        QVERIFY(listener.acceptAsync(second.e));
        listener.close();
        QVERIFY(first.done.wait());
        QVERIFY(second.done.wait());
        QCOMPARE(first.e.socketError(), SocketError::OperationAborted);
        QCOMPARE(second.e.socketError(), SocketError::OperationAborted);
        QVERIFY(!first.e.acceptSocket());
        m_engine.reset();
        QCOMPARE(first.done.count() + second.done.count(), 2);
    }

    void acc08_closedListenerRefusesAndGivesItsPortBack()
    {
        Socket listener = listeningSocket(*m_engine);
        const EndPoint endPoint = listener.localEndPoint();
        QVERIFY(endPoint.port() != 0);
        listener.close();
        Socket client = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(endPoint);
        QVERIFY(call.finished(client.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
    }

    void acc08_receiveOnAListenerIsNotConnected()
    {
        Socket listener = listeningSocket(*m_engine);
        Bytes bytes(4);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(!listener.receiveAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::NotConnected);
    }
};

QTEST_GUILESS_MAIN(AcceptTest)
#include "accept_test.moc"
