// SPDX-License-Identifier: GPL-3.0-or-later
/// Datagrams with addresses: SendTo, ReceiveFrom, ReceiveMessageFrom (STO, RFROM, RMSG).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;

class MessagesTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

    Socket boundUdp()
    {
        Socket socket = makeSocket(*m_engine, Link::Udp);
        socket.bind(EndPoint::ip("127.0.0.1", 0));
        return socket;
    }

    SocketError sendTo(Socket& socket, const EndPoint& to, const Bytes& bytes)
    {
        Call call;
        call.e.setRemoteEndPoint(to);
        call.e.setBuffer(std::span<const std::byte>(bytes));
        if (!call.finished(socket.sendToAsync(call.e)))
            return SocketError::TimedOut;
        return call.e.socketError();
    }

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 1}); }
    void cleanup() { m_engine.reset(); }

    void rfrom01_templateIsCheckedAndReplacedByTheSender()
    {
        Socket receiver = boundUdp();
        Socket sender = boundUdp();
        Call call;
        Bytes room(100);
        call.e.setBuffer(room);
        QVERIFY(thrownBy<ArgumentException>([&] { (void)receiver.receiveFromAsync(call.e); }));
        call.e.setRemoteEndPoint(EndPoint::ip("::1", 0));
        QVERIFY(thrownBy<ArgumentException>([&] { (void)receiver.receiveFromAsync(call.e); }));
        call.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 0));
        const bool pending = receiver.receiveFromAsync(call.e);
        QVERIFY(pending);
        QCOMPARE(sendTo(sender, receiver.localEndPoint(), bytesOf("hello")), SocketError::Success);
        QVERIFY(call.finished(pending));
        QCOMPARE(call.e.bytesTransferred(), 5U);
        QVERIFY(call.e.remoteEndPoint() == sender.localEndPoint());
    }

    void rfrom01_streamHasNoSenderToTell_data()
    {
        QTest::addColumn<Link>("link");
        QTest::newRow("tcp v4") << Link::TcpV4;
        QTest::newRow("tcp v6") << Link::TcpV6;
    }
    // Rules: RFROM-02
    void rfrom01_streamHasNoSenderToTell()
    {
        QFETCH(Link, link);
        const bool v6 = link == Link::TcpV6;
        Wire wire = connectedWire(*m_engine, link);
        Bytes room(10);
        Call call;
        call.e.setBuffer(room);
        call.e.setRemoteEndPoint(EndPoint::ip(v6 ? "::1" : "127.0.0.1", 7));
        const bool pending = wire.socket.receiveFromAsync(call.e);
        wire.peer.write(bytesOf("hello"));
        QVERIFY(call.finished(pending));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(slice(room, 0, call.e.bytesTransferred()), bytesOf("hello"));
        QCOMPARE(call.e.remoteEndPoint(), EndPoint::ip(v6 ? "::" : "0.0.0.0", 0));
    }

    void saea_packetInformationIsResetAtTheStart()
    {
        Socket receiver = boundUdp();
        Socket sender = boundUdp();
        Call call;
        Bytes room(100);
        call.e.setBuffer(room);
        call.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 0));
        QCOMPARE(sendTo(sender, receiver.localEndPoint(), bytesOf("hi")), SocketError::Success);
        QVERIFY(call.finished(receiver.receiveMessageFromAsync(call.e)));
        QVERIFY(!call.e.receiveMessageFromPacketInfo().address.empty());
        QVERIFY(receiver.receiveMessageFromAsync(call.e));
        QCOMPARE(call.e.receiveMessageFromPacketInfo(), IpPacketInformation{});
        receiver.close();
        QVERIFY(call.done.wait());
    }

    void rmsg01_packetInformationSaysWhereItArrived()
    {
        Socket receiver = boundUdp();
        Socket sender = boundUdp();
        Call call;
        Bytes room(100);
        call.e.setBuffer(room);
        call.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 0));
        const bool pending = receiver.receiveMessageFromAsync(call.e);
        QVERIFY(pending);
        QCOMPARE(sendTo(sender, receiver.localEndPoint(), bytesOf("hi")), SocketError::Success);
        QVERIFY(call.finished(pending));
        QCOMPARE(call.e.receiveMessageFromPacketInfo().address, std::string("127.0.0.1"));
        QVERIFY(call.e.receiveMessageFromPacketInfo().interfaceIndex > 0);
        QVERIFY(call.e.remoteEndPoint() == sender.localEndPoint());
    }

    void rmsg02_bufferListIsFilledInOrder()
    {
        Socket receiver = boundUdp();
        Socket sender = boundUdp();
        QCOMPARE(sendTo(sender, receiver.localEndPoint(), bytesOf("12345")), SocketError::Success);
        Call call;
        Bytes first(2);
        Bytes second(10);
        call.e.setBufferList({std::span(first), std::span(second)});
        call.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 0));
        QVERIFY(call.finished(receiver.receiveMessageFromAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 5U);
        QCOMPARE(first, bytesOf("12"));
        QCOMPARE(slice(second, 0, 3), bytesOf("345"));
    }

    void rmsg02_whereNothingIsToldItIsEmpty()
    {
        const TempFolder folder;
        const auto unixDatagrams = [&](std::string_view name) {
            Socket socket(
                *m_engine, AddressFamily::Unix, SocketType::Dgram, ProtocolType::Unspecified);
            socket.bind(EndPoint::unixDomain(folder / name));
            return socket;
        };
        Socket receiver = unixDatagrams("receiver");
        Socket sender = unixDatagrams("sender");
        Call call;
        Bytes room(100);
        call.e.setBuffer(room);
        call.e.setRemoteEndPoint(receiver.localEndPoint());
        QVERIFY(receiver.receiveMessageFromAsync(call.e));
        QCOMPARE(sendTo(sender, receiver.localEndPoint(), bytesOf("hi")), SocketError::Success);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), 2U);
        QCOMPARE(call.e.receiveMessageFromPacketInfo(), IpPacketInformation{});
        QCOMPARE(call.e.remoteEndPoint(), sender.localEndPoint());
    }

    void sto01_needsAnAddress()
    {
        Socket socket = makeSocket(*m_engine, Link::Udp);
        Call call;
        const Bytes bytes = bytesOf("x");
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(thrownBy<ArgumentException>([&] { (void)socket.sendToAsync(call.e); }));
        call.e.setRemoteEndPoint(EndPoint::dns("localhost", 9));
        QVERIFY(thrownBy<ArgumentException>([&] { (void)socket.sendToAsync(call.e); }));
        QVERIFY(!call.e.inProgress());
    }

    void sto01_bindsAndMayChangeTheAddressBetweenCalls()
    {
        Socket one = boundUdp();
        Socket two = boundUdp();
        Socket sender = makeSocket(*m_engine, Link::Udp);
        QVERIFY(sender.localEndPoint().isNull());
        QCOMPARE(sendTo(sender, one.localEndPoint(), bytesOf("1")), SocketError::Success);
        QVERIFY(sender.localEndPoint().port() != 0);
        QCOMPARE(sendTo(sender, two.localEndPoint(), bytesOf("2")), SocketError::Success);
        QTRY_COMPARE(one.available(), 1U);
        QTRY_COMPARE(two.available(), 1U);
    }

    void sto01_unconnectedStreamIsNotConnected()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        QCOMPARE(
            sendTo(socket, EndPoint::ip("127.0.0.1", 9), bytesOf("x")), SocketError::NotConnected);
    }

    void exc14_anotherFamilyIsAResultOfSendTo()
    {
        Socket v4 = makeSocket(*m_engine, Link::Udp);
        QCOMPARE(sendTo(v4, EndPoint::ip("::1", 9), bytesOf("x")),
            SocketError::AddressFamilyNotSupported);
        Socket v6(
            *m_engine, AddressFamily::InterNetworkV6, SocketType::Dgram, ProtocolType::Udp);
        QCOMPARE(sendTo(v6, EndPoint::ip("127.0.0.1", 9), bytesOf("x")),
            SocketError::AddressFamilyNotSupported);
        // A stream that is connected has its peer, whatever the address says.
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(sendTo(wire.socket, EndPoint::ip("::1", 9), bytesOf("x")), SocketError::Success);
        QCOMPARE(wire.peer.read(1), bytesOf("x"));
    }

    void sto02_broadcastMustBeEnabled()
    {
        Socket socket = makeSocket(*m_engine, Link::Udp);
        QCOMPARE(sendTo(socket, EndPoint::ip("255.255.255.255", 9), bytesOf("x")),
            SocketError::AccessDenied);
    }
};

QTEST_GUILESS_MAIN(MessagesTest)
#include "messages_test.moc"
