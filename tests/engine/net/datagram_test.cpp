// SPDX-License-Identifier: GPL-3.0-or-later
/// Connected UDP: send, receive, SendPackets, and what ICMP brings (DGRAM, PROP-02).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

#include <poll.h>

using namespace swb;
using namespace swb::test;

class DatagramTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void datagramsKeepTheirBoundaries()
    {
        SocketPair pair = connectedPair(*m_engine, Link::Udp);
        QCOMPARE(sendNow(pair.a, bytesOf("one")), SocketError::Success);
        QCOMPARE(sendNow(pair.a, bytesOf("three")), SocketError::Success);
        Bytes bytes(100);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(call.finished(pair.b.receiveAsync(call.e)));
        QCOMPARE(slice(bytes, 0, call.e.bytesTransferred()), bytesOf("one"));
        Call next;
        next.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(next.finished(pair.b.receiveAsync(next.e)));
        QCOMPARE(slice(bytes, 0, next.e.bytesTransferred()), bytesOf("three"));
    }

    void ret01_pendingReceiveIsCompletedByADatagram()
    {
        Bytes bytes(100);
        SocketPair pair = connectedPair(*m_engine, Link::Udp);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(pair.b.receiveAsync(call.e));
        QCOMPARE(sendNow(pair.a, bytesOf("late")), SocketError::Success);
        QVERIFY(call.done.wait());
        QCOMPARE(slice(bytes, 0, call.e.bytesTransferred()), bytesOf("late"));
    }

    void dgram01_sendPacketsSendsAFile()
    {
        const TempFolder folder;
        const Bytes content = randomBytes(9000);
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(folder.file("f", content), 1000, 5000)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 5000U);
        QCOMPARE(wire.peer.readDatagram(), slice(content, 1000, 5000));
    }

    void d10_dgram03_dgram08_endOfPacketEndsADatagram()
    {
        const TempFolder folder;
        const Bytes content = randomBytes(1000);
        const std::string path = folder.file("f", content);
        const Bytes head = bytesOf("head");
        const Bytes tail = bytesOf("tail");
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(head), SendPacketsElement::file(path, 0, 100, true),
                SendPacketsElement::buffer(head), SendPacketsElement::buffer(tail, true),
                SendPacketsElement::file(path, 10, 20), SendPacketsElement::buffer(tail)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 4U + 100 + 8 + 20 + 4); // DGRAM-08
        QCOMPARE(wire.peer.readDatagram(), joined({head, slice(content, 0, 100)}));
        QCOMPARE(wire.peer.readDatagram(), bytesOf("headtail"));
        QCOMPARE(wire.peer.readDatagram(), joined({slice(content, 10, 20), tail}));
    }

    void d03_dgram05_mergedPacketTooLargeIsFoundBeforeAnythingLeaves()
    {
        const Bytes half = randomBytes(40'000);
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(half, true),
            SendPacketsElement::buffer(half), SendPacketsElement::buffer(half)});
        const auto thrown
            = thrownBy<SocketException>([&] { (void)wire.socket.sendPacketsAsync(call.e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::MessageSize);
        QCOMPARE(sendNow(wire.socket, bytesOf("clean")), SocketError::Success);
        QCOMPARE(wire.peer.readDatagram(), bytesOf("clean"));
    }

    void dgram09_unreachablePortIsRefusedOnTheNextOperation()
    {
        RawPeer peer = rawDatagramPeer();
        Socket socket = makeSocket(*m_engine, Link::Udp);
        connectNow(socket, peer.localEndPoint());
        peer.close();
        QCOMPARE(sendNow(socket, bytesOf("into the void")), SocketError::Success);
        QVERIFY(waitForEvents(socket.nativeHandle(), POLLERR));
        QCOMPARE(sendNow(socket, bytesOf("next")), SocketError::ConnectionRefused);
        QVERIFY(socket.connected()); // PROP-02: not an error that ends a connection.
    }

    void dgram09_unreachablePortEndsAPendingReceive()
    {
        Bytes bytes(4);
        RawPeer peer = rawDatagramPeer();
        Socket socket = makeSocket(*m_engine, Link::Udp);
        connectNow(socket, peer.localEndPoint());
        peer.close();
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(socket.receiveAsync(call.e));
        QCOMPARE(sendNow(socket, bytesOf("into the void")), SocketError::Success);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
    }
};

QTEST_GUILESS_MAIN(DatagramTest)
#include "datagram_test.moc"
