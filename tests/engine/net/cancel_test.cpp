// SPDX-License-Identifier: GPL-3.0-or-later
/// Cancelling one operation, and cancelling a connect (CLOSE-10, CLOSE-11).

#include "tests/support/socket_pair.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <atomic>
#include <optional>

using namespace swb;
using namespace swb::test;

class CancelTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void close11_cancelledSendReportsExactBytesAndTheSocketStaysUsable_data()
    {
        SWB_STREAM_LINKS();
    }
    void close11_cancelledSendReportsExactBytesAndTheSocketStaysUsable()
    {
        QFETCH(Link, link);
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        wire.socket.cancel(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(call.done.last().thread != std::this_thread::get_id());
        const auto sent = call.e.bytesTransferred();
        QVERIFY(sent > 0 && sent < bytes.size());
        QVERIFY(wire.socket.connected());
        // The rest from where it stopped: the stream is whole again.
        call.e.setBuffer(sent, bytes.size() - sent);
        const bool pending = wire.socket.sendAsync(call.e);
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(!pending || call.done.wait(2));
        QCOMPARE(call.e.socketError(), SocketError::Success);
    }

    void close11_cancelledSendPacketsReportsExactBytes_data() { SWB_STREAM_LINKS(); }
    void close11_cancelledSendPacketsReportsExactBytes()
    {
        QFETCH(Link, link);
        const TempFolder folder;
        const Bytes head = randomBytes(1000);
        const Bytes content = randomBytes(kPendingSize, 2);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(head),
            SendPacketsElement::file(folder.file("f", content))});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        wire.socket.cancel(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(wire.socket.connected());
        wire.socket.shutdown(SocketShutdown::Send);
        const Bytes received = wire.peer.readAll();
        QCOMPARE(call.e.bytesTransferred(), received.size());
        QCOMPARE(received, slice(joined({head, content}), 0, received.size()));
    }

    void close11_cancelInTheMiddleOfTheQueueLeavesTheOthers()
    {
        const Bytes first = randomBytes(kPendingSize, 1);
        const Bytes second = randomBytes(1000, 2);
        const Bytes third = randomBytes(1000, 3);
        Wire wire = connectedWire(*m_engine);
        Call a;
        Call b;
        Call c;
        a.e.setBuffer(std::span<const std::byte>(first));
        b.e.setBuffer(std::span<const std::byte>(second));
        c.e.setBuffer(std::span<const std::byte>(third));
        QVERIFY(wire.socket.sendAsync(a.e));
        QVERIFY(wire.socket.sendAsync(b.e));
        QVERIFY(wire.socket.sendAsync(c.e));
        wire.socket.cancel(b.e);
        QCOMPARE(wire.peer.read(first.size() + third.size()), joined({first, third}));
        QVERIFY(a.done.wait());
        QVERIFY(b.done.wait());
        QVERIFY(c.done.wait());
        QCOMPARE(a.e.socketError(), SocketError::Success);
        QCOMPARE(b.e.socketError(), SocketError::OperationAborted);
        QCOMPARE(b.e.bytesTransferred(), 0U);
        QCOMPARE(c.e.socketError(), SocketError::Success);
    }

    void close11_cancellingTheFirstLetsTheNextOneGo()
    {
        const Bytes first = randomBytes(kPendingSize, 1);
        const Bytes second = randomBytes(kPendingSize, 2);
        Wire wire = connectedWire(*m_engine);
        Call a;
        Call b;
        a.e.setBuffer(std::span<const std::byte>(first));
        b.e.setBuffer(std::span<const std::byte>(second));
        QVERIFY(wire.socket.sendAsync(a.e));
        QVERIFY(wire.socket.sendAsync(b.e));
        wire.socket.cancel(a.e);
        QVERIFY(a.done.wait());
        const auto sent = a.e.bytesTransferred();
        QCOMPARE(wire.peer.read(sent + second.size()), joined({slice(first, 0, sent), second}));
        QVERIFY(b.done.wait());
        QCOMPARE(b.e.socketError(), SocketError::Success);
    }

    void close11_cancelledReceiveTakesNothing_data()
    {
        SWB_STREAM_LINKS();
        QTest::newRow("udp") << Link::Udp;
    }
    void close11_cancelledReceiveTakesNothing()
    {
        QFETCH(Link, link);
        Bytes room(4);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(wire.socket.receiveAsync(call.e));
        wire.socket.cancel(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(wire.socket.connected());
        wire.peer.write(bytesOf("data"));
        QCOMPARE(receiveNow(wire.socket, 4), bytesOf("data"));
        QCOMPARE(room, Bytes(4));
    }

    void close11_cancelledAcceptLeavesTheListenerUsable()
    {
        Socket listener = listeningSocket(*m_engine);
        Call call;
        QVERIFY(listener.acceptAsync(call.e));
        listener.cancel(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(!call.e.acceptSocket());
        QVERIFY(listener.acceptAsync(call.e));
        const RawPeer client = rawConnect(listener.localEndPoint());
        QVERIFY(call.done.wait(2));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(call.e.acceptSocket().connected());
    }

    void close11_cancellingWhatIsNotPendingHereDoesNothing()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        Wire other = connectedWire(*m_engine);
        Call idle;
        wire.socket.cancel(idle.e);
        QVERIFY(!idle.e.inProgress());
        QCOMPARE(sendNow(wire.socket, bytesOf("x")), SocketError::Success);
        Call call;
        call.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(wire.socket.receiveAsync(call.e));
        other.socket.cancel(call.e); // Pending, but on another socket.
        QVERIFY(call.e.inProgress());
        wire.peer.write(bytesOf("data"));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        wire.socket.cancel(call.e); // Over.
        QCOMPARE(call.e.socketError(), SocketError::Success);
        m_engine.reset();
        QCOMPARE(call.done.count(), 1);
        QCOMPARE(idle.done.count(), 0);
    }

    void close11_cancelFromTheHandlerIsHarmless()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        std::atomic<int> raised{0};
        Latch second;
        e.setBuffer(std::span<std::byte>(room));
        e.onCompleted([&](Socket& sender, SocketAsyncEventArgs& args) {
            if (++raised == 2) {
                second.open();
                return;
            }
            sender.cancel(args); // Nothing is pending.
            if (sender.receiveAsync(args))
                sender.cancel(args); // Now it is.
        });
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("data"));
        QVERIFY(second.wait());
        QCOMPARE(e.socketError(), SocketError::OperationAborted);
        QVERIFY(wire.socket.connected());
    }

    void close11_cancelAgainstCompletionEndsOnceEitherWay()
    {
        const Bytes bytes = bytesOf("x");
        Bytes room(1);
        Wire wire = connectedWire(*m_engine, Link::UnixStream);
        for (int i = 0; i < 300; ++i) {
            Call call;
            call.e.setBuffer(std::span<std::byte>(room));
            QVERIFY(wire.socket.receiveAsync(call.e));
            Latch go;
            std::thread canceller([&, socket = wire.socket]() mutable {
                (void)go.wait();
                socket.cancel(call.e);
            });
            go.open();
            wire.peer.write(bytes);
            QVERIFY(call.done.wait());
            canceller.join();
            QCOMPARE(call.done.count(), 1);
            if (call.e.socketError() == SocketError::OperationAborted) {
                QCOMPARE(call.e.bytesTransferred(), 0U);
                QCOMPARE(receiveNow(wire.socket, 1), bytes); // The byte was left.
            } else {
                QCOMPARE(call.e.socketError(), SocketError::Success);
                QCOMPARE(call.e.bytesTransferred(), 1U);
            }
        }
    }

    void close10_cancelConnectAbortsAndClosesTheSocket()
    {
        const FullListener listener;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(listener.endPoint());
        QVERIFY(socket.connectAsync(call.e));
        Socket::cancelConnectAsync(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(!socket.connected());
        QVERIFY(socket.closed());
        QVERIFY(!call.e.connectSocket());
    }

    void close10_staticConnectCanBeCancelled()
    {
        const FullListener listener;
        Call call;
        call.e.setRemoteEndPoint(listener.endPoint());
        QVERIFY(Socket::connectAsync(*m_engine, SocketType::Stream, ProtocolType::Tcp, call.e));
        Socket::cancelConnectAsync(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(!call.e.connectSocket());
    }

    void close10_connectByNameCanBeCancelled()
    {
        const FullListener listener;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(EndPoint::dns("localhost", listener.endPoint().port()));
        QVERIFY(socket.connectAsync(call.e));
        Socket::cancelConnectAsync(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(!socket.connected());
    }

    /// A lookup cannot be interrupted; what it finds after the cancel is for nobody.
    void close10_lookupOfACancelledConnectDoesNotAnswerForTheNextOne()
    {
        const RawListener one(Link::TcpV4);
        const RawListener other(Link::TcpV4);
        for (int i = 0; i < (kSanitized ? 50 : 300); ++i) {
            Socket socket = makeSocket(*m_engine, Link::TcpV4);
            SocketAsyncEventArgs e;
            e.setRemoteEndPoint(EndPoint::dns("localhost", one.endPoint().port()));
            // Started again in the handler, where memory is likely to lie at the same place.
            e.onCompleted([&](Socket& sender, SocketAsyncEventArgs& args) {
                if (args.socketError() != SocketError::OperationAborted)
                    return;
                args.setRemoteEndPoint(EndPoint::dns("localhost", other.endPoint().port()));
                (void)sender.connectAsync(args);
            });
            const Completion done(e);
            QVERIFY(socket.connectAsync(e));
            Socket::cancelConnectAsync(e);
            QVERIFY(done.wait(1));
            if (done.all().front().error == SocketError::Success)
                continue; // The lookup was faster than the cancel.
            QVERIFY(done.wait(2));
            QCOMPARE(done.last().error, SocketError::Success);
            QCOMPARE(socket.remoteEndPoint().port(), other.endPoint().port());
            (void)other.accept();
        }
    }

    void close10_cancellingWhatIsNoPendingConnectDoesNothing()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        Call call;
        Socket::cancelConnectAsync(call.e);
        call.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(wire.socket.receiveAsync(call.e));
        Socket::cancelConnectAsync(call.e); // A receive is no connect.
        QVERIFY(call.e.inProgress());
        QVERIFY(wire.socket.connected());
        wire.peer.write(bytesOf("data"));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
    }
};

QTEST_GUILESS_MAIN(CancelTest)
#include "cancel_test.moc"
