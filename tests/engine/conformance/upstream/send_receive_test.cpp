// SPDX-License-Identifier: GPL-3.0-or-later
/// SendReceive.cs, what of it concerns the args: nothing at all to send or receive, many at once,
/// and what both ends see of a close. With what no upstream test asks: how many bytes a SendPackets
/// that a close ends has sent.

#include "fixture.h"

#include "engine/net/operation_loop.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <poll.h>

using namespace swb;
using namespace swb::test;
using namespace swb::test::upstream;

namespace {

/// How one end of a connection ends it.
enum class Ending {
    CloseIdle,
    LastHandleGone,
    ClosePatiently,
    Disconnect,
    CloseAfterShutdownWithReceive,
    CloseWithReceive,
    CloseWithSend,
    CloseUnread,
    CloseAtOnce,
    LingerNone,
};

} // namespace

Q_DECLARE_METATYPE(Ending)

class UpstreamSendReceiveTest : public QObject {
    Q_OBJECT

private:
    std::optional<Fixture> m_fixture;

    AsyncEngine& engine() { return m_fixture->engine(); }
    Wire wire() { return connectedWire(engine(), loopback()); }
    SocketPair pair() { return connectedPair(engine(), loopback()); }

private slots:
    void init() { m_fixture.emplace(); }
    void cleanup() { m_fixture.reset(); }

    // --- Nothing at all

    void send_0ByteSend_success()
    {
        SocketPair both = pair();
        Bytes bytes = bytesOf("x");
        Call call;
        for (int i = 0; i < 3; ++i) {
            for (const std::size_t size : {std::size_t{0}, std::size_t{1}}) {
                call.e.setBuffer(std::span(bytes), 0, size);
                QVERIFY(!both.a.sendAsync(call.e));
                QCOMPARE(call.e.socketError(), SocketError::Success);
                QCOMPARE(call.e.bytesTransferred(), size);
            }
        }
        QCOMPARE(receiveNow(both.b, 3), bytesOf("xxx"));
        QCOMPARE(both.b.available(), 0U);
    }

    void send_0ByteSendTo_success()
    {
        const RawPeer receiver = rawDatagramPeer(loopback() == Link::TcpV6);
        Socket sender(engine(), familyOf(loopback()), SocketType::Dgram, ProtocolType::Udp);
        Bytes bytes = bytesOf("x");
        Call call;
        call.e.setRemoteEndPoint(receiver.localEndPoint());
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{0}}) {
            call.e.setBuffer(std::span(bytes), 0, size);
            QVERIFY(!sender.sendToAsync(call.e));
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QCOMPARE(call.e.bytesTransferred(), size);
            QCOMPARE(receiver.readDatagram().size(), size); // An empty datagram is one.
        }
    }

    void sendRecv_0ByteReceive_success()
    {
        SocketPair both = pair();
        Bytes room(1);
        Call call;
        for (int i = 0; i < 3; ++i) {
            call.e.setBuffer(std::span(room), 0, 0);
            QVERIFY(both.a.receiveAsync(call.e)); // Pends ...
            QCOMPARE(sendNow(both.b, bytesOf("x")), SocketError::Success);
            QVERIFY(call.done.wait(i + 1)); // ... wakes ...
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QCOMPARE(call.e.bytesTransferred(), 0U);
            QCOMPARE(both.a.available(), 1U); // ... and takes nothing.
            QVERIFY(!both.a.receiveAsync(call.e)); // With data there: at once.
            QCOMPARE(call.e.bytesTransferred(), 0U);
            QCOMPARE(receiveNow(both.a, 1), bytesOf("x"));
        }
    }

    void receive0ByteReturns_whenPeerDisconnects()
    {
        SocketPair both = pair();
        Bytes room(1);
        Call call;
        call.e.setBuffer(std::span(room), 0, 0);
        QVERIFY(both.a.receiveAsync(call.e));
        both.b.shutdown(SocketShutdown::Both);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    // --- Many at once

    void sendRecv_multipleConcurrentReceives_success()
    {
        constexpr std::size_t kRoom = 100'000;
        const Bytes content = randomBytes(50 * kRoom); // 5 MB
        SocketPair both = pair();
        std::deque<Call> calls;
        std::deque<Bytes> rooms;
        for (std::size_t i = 0; i < content.size() / kRoom; ++i) {
            rooms.emplace_back(kRoom);
            calls.emplace_back().e.setBuffer(rooms.back());
            QVERIFY(both.a.receiveAsync(calls.back().e));
        }
        Call sending;
        sending.e.setBuffer(std::span<const std::byte>(content));
        const bool pending = both.b.sendAsync(sending.e);
        // Each takes what is there when its turn comes: together they have the beginning of the
        // stream, in the order in which they were started (CONC-02).
        Bytes received;
        std::uint64_t order = 0;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            QVERIFY(calls[i].done.wait());
            QCOMPARE(calls[i].e.socketError(), SocketError::Success);
            QVERIFY(calls[i].e.bytesTransferred() > 0);
            QVERIFY(calls[i].done.last().order > order); // CONC-04
            order = calls[i].done.last().order;
            const Bytes part = slice(rooms[i], 0, calls[i].e.bytesTransferred());
            received.insert(received.end(), part.begin(), part.end());
        }
        const Bytes rest = receiveNow(both.a, content.size() - received.size());
        received.insert(received.end(), rest.begin(), rest.end());
        QCOMPARE(received, content);
        QVERIFY(sending.finished(pending));
        QCOMPARE(sending.e.bytesTransferred(), content.size());
    }

    void sendRecv_multipleConcurrentSends_success()
    {
        constexpr std::size_t kParts = 5;
        const Bytes content = randomBytes(5'000'000);
        Wire link = wire();
        std::deque<Call> calls;
        for (std::size_t i = 0; i < kParts; ++i) {
            calls.emplace_back().e.setBuffer(
                std::span(content).subspan(i * content.size() / kParts, content.size() / kParts));
            QVERIFY(link.socket.sendAsync(calls.back().e));
        }
        QCOMPARE(link.peer.read(content.size()), content);
        std::uint64_t order = 0;
        for (const Call& call : calls) {
            QVERIFY(call.done.wait());
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QCOMPARE(call.e.bytesTransferred(), content.size() / kParts);
            QVERIFY(call.done.last().order > order);
            order = call.done.last().order;
        }
    }

    void noBuffering_success()
    {
        // 0 is the least that the kernel has, not none at all (PROP-08): a send that is larger than
        // both still arrives whole.
        const Bytes content = randomBytes(64 * 1024);
        Socket listener = listeningSocket(engine(), loopback());
        listener.setReceiveBufferSize(0); // Inherited by what it accepts.
        Call accepting;
        const bool accepts = listener.acceptAsync(accepting.e);
        Socket client = m_fixture->socket();
        client.setSendBufferSize(0);
        QVERIFY(client.sendBufferSize() > 0);
        connectNow(client, listener.localEndPoint());
        QVERIFY(accepting.finished(accepts));
        Socket server = accepting.e.acceptSocket();
        QVERIFY(server.receiveBufferSize() < static_cast<int>(content.size()));
        Call sending;
        sending.e.setBuffer(std::span<const std::byte>(content));
        QVERIFY(client.sendAsync(sending.e));
        QCOMPARE(receiveNow(server, content.size()), content);
        QVERIFY(sending.done.wait());
        QCOMPARE(sending.e.bytesTransferred(), content.size());
    }

    // --- Close

    void disposeDuringPendingReceive_throwsSocketException()
    {
        // SocketException from the task upstream, OperationAborted in the args here as there
        // (CLOSE-01); a start that comes later throws.
        SocketPair both = pair();
        Bytes room(1);
        Call call;
        call.e.setBuffer(room);
        QVERIFY(both.a.receiveAsync(call.e));
        both.a.close();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void udpReceiveGetsCanceledByDispose_data()
    {
        QTest::addColumn<bool>("from");
        QTest::newRow("ReceiveAsync") << false;
        QTest::newRow("ReceiveFromAsync") << true;
    }
    void udpReceiveGetsCanceledByDispose()
    {
        QFETCH(bool, from);
        Socket socket(engine(), familyOf(loopback()), SocketType::Dgram, ProtocolType::Udp);
        socket.bind(loopbackEndPoint());
        Bytes room(1);
        Call call;
        call.e.setBuffer(room);
        call.e.setRemoteEndPoint(loopbackEndPoint());
        QVERIFY(from ? socket.receiveFromAsync(call.e) : socket.receiveAsync(call.e));
        socket.close();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QCOMPARE(call.done.count(), 1);
    }

    void tcpReceiveSendGetsCanceledByDispose_data()
    {
        QTest::addColumn<bool>("receive");
        QTest::newRow("receive") << true;
        QTest::newRow("send") << false;
    }
    void tcpReceiveSendGetsCanceledByDispose()
    {
        QFETCH(bool, receive);
        const Bytes bytes = randomBytes(4 * kPendingSize);
        SocketPair both = pair();
        both.a.setSendBufferSize(64 * 1024);
        both.b.setReceiveBufferSize(64 * 1024);
        Bytes room(1);
        Call local;
        if (receive) {
            local.e.setBuffer(room);
            QVERIFY(both.a.receiveAsync(local.e));
        } else {
            local.e.setBuffer(std::span<const std::byte>(bytes));
            QVERIFY(both.a.sendAsync(local.e));
        }
        both.a.close();
        QVERIFY(local.done.wait());
        QCOMPARE(local.e.socketError(), SocketError::OperationAborted);

        // The peer reads what it got before, if anything, and then that the connection was reset.
        SocketAsyncEventArgs e;
        e.setOwnedBuffer(Bytes(64 * 1024));
        Latch ended;
        OperationLoop loop(
            e, [&] { return both.b.receiveAsync(e); },
            [&](SocketAsyncEventArgs& done) {
                if (done.socketError() == SocketError::Success && done.bytesTransferred() > 0)
                    return true;
                ended.open();
                return false;
            });
        loop.run();
        QVERIFY(ended.wait());
        QCOMPARE(e.socketError(), SocketError::ConnectionReset);
        QVERIFY(!both.b.connected());
    }

    void tcpPeerReceivesFinOnShutdownWithPendingData()
    {
        const Bytes bytes = randomBytes(100'000'000);
        SocketPair both = pair();
        Call sending;
        sending.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(both.a.sendAsync(sending.e));
        both.a.shutdown(SocketShutdown::Both);
        both.a.close();
        QVERIFY(sending.done.wait());
        QVERIFY(sending.e.socketError() != SocketError::Success);
        QVERIFY(sending.e.bytesTransferred() < bytes.size());

        Bytes room(256 * 1024);
        std::size_t received = 0;
        bool equal = true;
        SocketAsyncEventArgs e;
        e.setBuffer(room);
        Latch ended;
        OperationLoop loop(
            e, [&] { return both.b.receiveAsync(e); },
            [&](SocketAsyncEventArgs& done) {
                const auto n = static_cast<std::size_t>(done.bytesTransferred());
                equal = equal && received + n <= bytes.size()
                    && std::memcmp(room.data(), bytes.data() + received, n) == 0;
                received += n;
                if (n > 0)
                    return true;
                ended.open();
                return false;
            });
        loop.run();
        QVERIFY(ended.wait());
        QCOMPARE(e.socketError(), SocketError::Success); // FIN, not a reset
        QVERIFY(equal);
        QCOMPARE(received, sending.e.bytesTransferred()); // All that was taken, nothing else.
    }

    void lingerTimeout_success_data()
    {
        QTest::addColumn<bool>("enabled");
        QTest::addColumn<int>("seconds");
        QTest::newRow("off") << false << 0;
        QTest::newRow("reset at once") << true << 0;
        QTest::newRow("wait up to a minute") << true << 60;
    }
    void lingerTimeout_success()
    {
        QFETCH(bool, enabled);
        QFETCH(int, seconds);
        const Bytes bytes = randomBytes(100'000);
        Wire link = wire();
        link.socket.setLingerState({enabled, seconds});
        QCOMPARE(sendNow(link.socket, bytes), SocketError::Success);
        link.socket.close();
        StreamEnd end{};
        const Bytes received = link.peer.readAll(&end);
        if (enabled && seconds == 0) {
            QCOMPARE(end, StreamEnd::Reset);
        } else {
            QCOMPARE(end, StreamEnd::Eof);
            QCOMPARE(received, bytes);
        }
    }

    void peerSeesHowTheConnectionWasEnded_data()
    {
        QTest::addColumn<Ending>("ending");
        QTest::addColumn<bool>("orderly");
        QTest::newRow("closed, nothing pending") << Ending::CloseIdle << true;
        QTest::newRow("last handle gone (CLOSE-04)") << Ending::LastHandleGone << true;
        QTest::newRow("closed with a timeout (CLOSE-03)") << Ending::ClosePatiently << true;
        QTest::newRow("disconnected (DISC-01)") << Ending::Disconnect << true;
        QTest::newRow("shut down, then closed under a receive (CLOSE-02)")
            << Ending::CloseAfterShutdownWithReceive << true;
        QTest::newRow("closed under a receive (CLOSE-02)") << Ending::CloseWithReceive << false;
        QTest::newRow("closed under a send (CLOSE-02)") << Ending::CloseWithSend << false;
        QTest::newRow("closed with data unread (the kernel's rule)")
            << Ending::CloseUnread << false;
        QTest::newRow("closed with timeout 0 (CLOSE-03)") << Ending::CloseAtOnce << false;
        QTest::newRow("closed with linger 0") << Ending::LingerNone << false;
    }
    void peerSeesHowTheConnectionWasEnded()
    {
        QFETCH(Ending, ending);
        QFETCH(bool, orderly);
        const Bytes large = randomBytes(kPendingSize);
        Bytes room(1);
        Call call;
        Wire link = wire();
        call.e.setBuffer(room);
        QCOMPARE(sendNow(link.socket, bytesOf("before")), SocketError::Success);
        QCOMPARE(link.peer.read(6), bytesOf("before"));
        switch (ending) {
        case Ending::LastHandleGone:
            link.socket = Socket();
            break;
        case Ending::ClosePatiently:
            link.socket.close(kDeadline);
            break;
        case Ending::Disconnect:
            QVERIFY(call.finished(link.socket.disconnectAsync(call.e)));
            break;
        case Ending::CloseAfterShutdownWithReceive:
            QVERIFY(link.socket.receiveAsync(call.e));
            link.socket.shutdown(SocketShutdown::Send);
            link.socket.close();
            break;
        case Ending::CloseWithReceive:
            QVERIFY(link.socket.receiveAsync(call.e));
            link.socket.close();
            break;
        case Ending::CloseWithSend:
            call.e.setBuffer(std::span<const std::byte>(large));
            QVERIFY(link.socket.sendAsync(call.e));
            link.socket.close();
            break;
        case Ending::CloseUnread:
            link.peer.write(bytesOf("unread"));
            QVERIFY(waitForEvents(link.socket.nativeHandle(), POLLIN));
            link.socket.close();
            break;
        case Ending::CloseAtOnce:
            link.socket.close(std::chrono::milliseconds(0));
            break;
        case Ending::LingerNone:
            link.socket.setLingerState({true, 0});
            link.socket.close();
            break;
        case Ending::CloseIdle:
            link.socket.close();
            break;
        }
        StreamEnd end{};
        (void)link.peer.readAll(&end);
        QCOMPARE(end, orderly ? StreamEnd::Eof : StreamEnd::Reset);
    }

    void sendPacketsEndedByClose_partialCount_data()
    {
        QTest::addColumn<bool>("file");
        QTest::newRow("in memory") << false;
        QTest::newRow("in a file") << true;
    }
    void sendPacketsEndedByClose_partialCount()
    {
        // A Unix stream hands over what it took even when it is closed on the spot, so that the
        // count can be compared with what the peer got (CLOSE-01, PKT-10).
        QFETCH(bool, file);
        const Bytes head = randomBytes(1000, 2);
        const Bytes body = randomBytes(kPendingSize);
        const Bytes whole = joined({head, body});
        const std::string path = m_fixture->folder().file("body", body);
        Wire link = connectedWire(engine(), Link::UnixStream);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(head),
            file ? SendPacketsElement::file(path) : SendPacketsElement::ownedBuffer(Bytes(body)),
            SendPacketsElement::buffer(head)});
        call.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        QVERIFY(link.socket.sendPacketsAsync(call.e));
        link.socket.close();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(call.e.bytesTransferred() > head.size());
        const Bytes received = link.peer.readAll();
        QCOMPARE(call.e.bytesTransferred(), received.size());
        QCOMPARE(received, slice(whole, 0, received.size()));
    }
};

QTEST_GUILESS_MAIN(UpstreamSendReceiveTest)
#include "send_receive_test.moc"
