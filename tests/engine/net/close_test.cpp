// SPDX-License-Identifier: GPL-3.0-or-later
/// Close and shutdown (CLOSE-01 to CLOSE-09). Args that are disposed: args_test. Cancelling:
/// cancel_test.

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

#include <poll.h>

using namespace swb;
using namespace swb::test;

class CloseTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void close01_pendingOperationsEndAborted_data()
    {
        QTest::addColumn<Link>("link");
        QTest::newRow("tcp v4") << Link::TcpV4;
        QTest::newRow("tcp v6") << Link::TcpV6;
        QTest::newRow("unix") << Link::UnixStream;
    }
    void close01_pendingOperationsEndAborted()
    {
        QFETCH(Link, link);
        const Bytes bytes = randomBytes(kPendingSize);
        Bytes room(4);
        Wire wire = connectedWire(*m_engine, link);
        Call sending;
        Call queued;
        Call packets;
        Call receiving;
        sending.e.setBuffer(std::span<const std::byte>(bytes));
        queued.e.setBuffer(std::span<const std::byte>(bytes));
        packets.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        receiving.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(wire.socket.sendAsync(sending.e));
        QVERIFY(wire.socket.sendAsync(queued.e));
        QVERIFY(wire.socket.sendPacketsAsync(packets.e));
        QVERIFY(wire.socket.receiveAsync(receiving.e));
        wire.socket.close();
        for (Call* call : {&sending, &queued, &packets, &receiving}) {
            QVERIFY(call->done.wait());
            QCOMPARE(call->e.socketError(), SocketError::OperationAborted);
            QVERIFY(!call->e.inProgress());
        }
        QVERIFY(sending.e.bytesTransferred() > 0 && sending.e.bytesTransferred() < bytes.size());
        QCOMPARE(queued.e.bytesTransferred(), 0U);
        QCOMPARE(packets.e.bytesTransferred(), 0U);
        QCOMPARE(receiving.e.bytesTransferred(), 0U);
        m_engine.reset();
        for (const Call* call : {&sending, &queued, &packets, &receiving})
            QCOMPARE(call->done.count(), 1);
    }

    void close01_partialCountIsWhatThePeerGets()
    {
        // A Unix stream hands over what it took even when it is closed on the spot.
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine, Link::UnixStream);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        wire.socket.close();
        QVERIFY(call.done.wait());
        const Bytes received = wire.peer.readAll();
        QCOMPARE(call.e.bytesTransferred(), received.size());
        QCOMPARE(received, slice(bytes, 0, received.size()));
    }

    void close01_pendingDatagramReceiveEndsAborted()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(wire.socket.receiveAsync(call.e));
        wire.socket.close();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
    }

    void close01_destroyingTheEngineEndsEverything()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        Socket listener = listeningSocket(*m_engine);
        Call sending;
        Call receiving;
        Call accepting;
        sending.e.setBuffer(std::span<const std::byte>(bytes));
        receiving.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(wire.socket.sendAsync(sending.e));
        QVERIFY(wire.socket.receiveAsync(receiving.e));
        QVERIFY(listener.acceptAsync(accepting.e));
        m_engine.reset(); // All events have been raised when this returns.
        for (const Call* call : {&sending, &receiving, &accepting}) {
            QCOMPARE(call->done.count(), 1);
            QCOMPARE(call->e.socketError(), SocketError::OperationAborted);
            QVERIFY(call->done.last().thread != std::this_thread::get_id());
        }
    }

    void close02_abortedOperationsMeanAResetForThePeer_data()
    {
        QTest::addColumn<bool>("receiving");
        QTest::newRow("a send was pending") << false;
        QTest::newRow("a receive was pending") << true;
    }
    void close02_abortedOperationsMeanAResetForThePeer()
    {
        QFETCH(bool, receiving);
        const Bytes bytes = randomBytes(kPendingSize);
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        Call call;
        if (receiving) {
            call.e.setBuffer(std::span<std::byte>(room));
            QVERIFY(wire.socket.receiveAsync(call.e));
        } else {
            call.e.setBuffer(std::span<const std::byte>(bytes));
            QVERIFY(wire.socket.sendAsync(call.e));
        }
        wire.socket.close();
        QVERIFY(call.done.wait());
        StreamEnd end{};
        (void)wire.peer.readAll(&end);
        QCOMPARE(end, StreamEnd::Reset);
    }

    void close02_afterShutdownThePeerReadsEverythingTaken()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        wire.socket.shutdown(SocketShutdown::Both);
        wire.socket.close();
        QVERIFY(call.done.wait());
        StreamEnd end{};
        const Bytes received = wire.peer.readAll(&end);
        QCOMPARE(end, StreamEnd::Eof);
        QCOMPARE(call.e.bytesTransferred(), received.size());
        QCOMPARE(received, slice(bytes, 0, received.size()));
    }

    void close02_withNothingPendingThePeerReadsEverything_data() { SWB_STREAM_LINKS(); }
    void close02_withNothingPendingThePeerReadsEverything()
    {
        QFETCH(Link, link);
        const Bytes bytes = randomBytes(50'000);
        Wire wire = connectedWire(*m_engine, link);
        QCOMPARE(sendNow(wire.socket, bytes), SocketError::Success);
        wire.socket.close();
        StreamEnd end{};
        QCOMPARE(wire.peer.readAll(&end), bytes);
        QCOMPARE(end, StreamEnd::Eof);
    }

    void close03_zeroResetsAtOnce()
    {
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(sendNow(wire.socket, randomBytes(50'000)), SocketError::Success);
        wire.socket.close(std::chrono::milliseconds(0));
        QVERIFY(wire.socket.closed());
        StreamEnd end{};
        (void)wire.peer.readAll(&end);
        QCOMPARE(end, StreamEnd::Reset);
    }

    void close03_negativeIsLikeClose()
    {
        const Bytes bytes = randomBytes(50'000);
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(sendNow(wire.socket, bytes), SocketError::Success);
        wire.socket.close(std::chrono::milliseconds(-1));
        StreamEnd end{};
        QCOMPARE(wire.peer.readAll(&end), bytes);
        QCOMPARE(end, StreamEnd::Eof);
    }

    void close03_timeoutLetsThePeerTakeEverything()
    {
        const Bytes bytes = randomBytes(100'000);
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(sendNow(wire.socket, bytes), SocketError::Success);
        wire.socket.close(2 * kDeadline); // Returns at once: the wait is in the background.
        QVERIFY(wire.socket.closed());
        StreamEnd end{};
        QCOMPARE(wire.peer.readAll(&end), bytes);
        QCOMPARE(end, StreamEnd::Eof);
    }

    void close03_lingerDoesNotHoldUpTheCaller()
    {
        // This side's kernel takes all of it, the peer's buffer has room for a small part.
        const Bytes bytes = randomBytes(100'000);
        const RawListener listener(Link::TcpV4, 4096);
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        socket.setSendBufferSize(200'000);
        socket.setLingerState({true, 3600});
        connectNow(socket, listener.endPoint());
        const RawPeer peer = listener.accept();
        QCOMPARE(sendNow(socket, bytes), SocketError::Success);
        Latch closed;
        std::thread closing([&] {
            socket.close();
            closed.open();
        });
        const bool returned = closed.wait();
        StreamEnd end{};
        const Bytes received = peer.readAll(&end); // Lets a close that waits return, too.
        closing.join();
        QVERIFY(returned);
        QCOMPARE(end, StreamEnd::Eof);
        QCOMPARE(received, bytes);
    }

    void close03_timeoutResetsAPeerThatNeverTakesIt()
    {
        // The socket's own buffer holds what the peer's has no room for.
        const RawListener listener(Link::TcpV4, 4096);
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        socket.setSendBufferSize(1 << 20);
        connectNow(socket, listener.endPoint());
        const RawPeer peer = listener.accept();
        const Bytes bytes = randomBytes(300'000);
        Call call;
        call.e.setBuffer(bytes);
        QVERIFY(!socket.sendAsync(call.e));
        socket.close(std::chrono::milliseconds(20));
        QVERIFY(waitForEvents(peer.descriptor(), POLLHUP));
        StreamEnd end{};
        const Bytes received = peer.readAll(&end);
        QCOMPARE(end, StreamEnd::Reset);
        QVERIFY(received.size() < bytes.size());
    }

    void close04_lastHandleGoneCloses()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(wire.socket.receiveAsync(call.e));
        Socket copy = wire.socket;
        wire.socket = Socket();
        QVERIFY(!copy.closed());
        QCOMPARE(sendNow(copy, bytesOf("alive")), SocketError::Success);
        QCOMPARE(wire.peer.read(5), bytesOf("alive"));
        copy = Socket();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        StreamEnd end{};
        (void)wire.peer.readAll(&end);
        QVERIFY(end != StreamEnd::DeadlinePassed);
    }

    void close04_noDescriptorIsLeft()
    {
        const std::size_t before = openDescriptors();
        {
            AsyncEngine engine(EngineOptions{.workerThreads = 2});
            for (int i = 0; i < 20; ++i) {
                Wire wire = connectedWire(engine, i % 2 == 0 ? Link::TcpV4 : Link::UnixStream);
                QCOMPARE(sendNow(wire.socket, bytesOf("x")), SocketError::Success);
                QCOMPARE(wire.peer.read(1), bytesOf("x"));
            }
        }
        QCOMPARE(openDescriptors(), before);
    }

    void close05_closingTwiceIsFine()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.close();
        wire.socket.close();
        wire.socket.close(std::chrono::milliseconds(0));
        QVERIFY(wire.socket.closed());
    }

    void close05_propertiesOfAClosedSocket()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.close();
        QVERIFY(!wire.socket.connected());
        QCOMPARE(wire.socket.addressFamily(), AddressFamily::InterNetwork);
        QCOMPARE(wire.socket.socketType(), SocketType::Stream);
        QCOMPARE(wire.socket.protocolType(), ProtocolType::Tcp);
        (void)wire.socket.isBound();
        QCOMPARE(wire.socket.nativeHandle(), -1);
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)wire.socket.localEndPoint(); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)wire.socket.remoteEndPoint(); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)wire.socket.available(); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)wire.socket.noDelay(); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { wire.socket.setNoDelay(true); }));
        QVERIFY(
            thrownBy<ObjectDisposedException>([&] { wire.socket.shutdown(SocketShutdown::Both); }));
        QVERIFY(thrownBy<ObjectDisposedException>(
            [&] { wire.socket.bind(EndPoint::ip("127.0.0.1", 0)); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { wire.socket.listen(); }));
    }

    void close07_startAgainstCloseHasOnlyTheDocumentedEndings()
    {
        Bytes room(4);
        for (int i = 0; i < 200; ++i) {
            Wire wire = connectedWire(*m_engine, Link::UnixStream);
            Latch go;
            std::thread closer([&, socket = wire.socket]() mutable {
                (void)go.wait();
                socket.close();
            });
            Call call;
            call.e.setBuffer(std::span<std::byte>(room));
            go.open();
            std::optional<bool> ended; // Not set: the start was refused.
            try {
                ended = call.finished(wire.socket.receiveAsync(call.e));
            } catch (const ObjectDisposedException&) {
            }
            closer.join();
            QVERIFY(!call.e.inProgress());
            QVERIFY(!ended || *ended);
            if (ended)
                QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        }
    }

    void err03_afterACloseEveryFailureIsOperationAborted()
    {
        m_engine.emplace(EngineOptions{.workerThreads = 1});
        Bytes room(4);
        const Bytes bytes = bytesOf("x");
        Wire other = connectedWire(*m_engine);
        Wire wire = connectedWire(*m_engine);
        // The only worker is held up in a handler, so that a failure that is known already waits
        // for its completion.
        Latch entered;
        Latch release;
        SocketAsyncEventArgs holding;
        holding.setBuffer(room);
        holding.onCompleted([&](Socket&, SocketAsyncEventArgs&) {
            entered.open();
            (void)release.wait();
        });
        QVERIFY(other.socket.receiveAsync(holding));
        other.peer.write(bytes);
        QVERIFY(entered.wait());
        wire.socket.shutdown(SocketShutdown::Send);
        wire.socket.setAlwaysCompletesAsynchronously(true);
        Call failed;
        failed.e.setBuffer(bytes);
        QVERIFY(wire.socket.sendAsync(failed.e)); // Shutdown, by itself.
        wire.socket.close();
        release.open();
        QVERIFY(failed.done.wait());
        QCOMPARE(failed.e.socketError(), SocketError::OperationAborted);
        QCOMPARE(failed.e.bytesTransferred(), 0U);
    }

    void close08_shutdownOfANeverConnectedSocketThrows()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        for (const auto how :
            {SocketShutdown::Receive, SocketShutdown::Send, SocketShutdown::Both}) {
            const auto thrown = thrownBy<SocketException>([&] { socket.shutdown(how); });
            QVERIFY(thrown);
            QCOMPARE(thrown->socketError(), SocketError::NotConnected);
        }
    }

    void close08_anyShutdownClearsConnected_data()
    {
        QTest::addColumn<int>("how");
        QTest::newRow("Receive") << 0;
        QTest::newRow("Send") << 1;
        QTest::newRow("Both") << 2;
    }
    void close08_anyShutdownClearsConnected()
    {
        QFETCH(int, how);
        Wire wire = connectedWire(*m_engine);
        wire.socket.shutdown(static_cast<SocketShutdown>(how));
        QVERIFY(!wire.socket.connected());
        wire.socket.shutdown(static_cast<SocketShutdown>(how)); // Again is fine.
    }

    void close08_shutdownOfADeadConnectionIsIgnored()
    {
        Wire wire = connectedWire(*m_engine);
        wire.peer.reset();
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLHUP));
        wire.socket.shutdown(SocketShutdown::Both);
        QVERIFY(!wire.socket.connected());
    }

    void close08_halfClosedSocketStillReceives()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.shutdown(SocketShutdown::Send);
        QVERIFY(wire.peer.readAll().empty());
        wire.peer.write(bytesOf("reply"));
        QCOMPARE(receiveNow(wire.socket, 5), bytesOf("reply"));
    }

    void close09_shutdownOfSendingEndsQueuedSends_data() { SWB_STREAM_LINKS(); }
    void close09_shutdownOfSendingEndsQueuedSends()
    {
        QFETCH(Link, link);
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine, link);
        Call first;
        Call second;
        first.e.setBuffer(std::span<const std::byte>(bytes));
        second.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(first.e));
        QVERIFY(wire.socket.sendAsync(second.e));
        wire.socket.shutdown(SocketShutdown::Send);
        QVERIFY(first.done.wait());
        QVERIFY(second.done.wait());
        QCOMPARE(first.e.socketError(), SocketError::Shutdown);
        QCOMPARE(second.e.socketError(), SocketError::Shutdown);
        QCOMPARE(second.e.bytesTransferred(), 0U);
        QCOMPARE(wire.peer.readAll().size(), first.e.bytesTransferred());
    }
};

QTEST_GUILESS_MAIN(CloseTest)
#include "close_test.moc"
