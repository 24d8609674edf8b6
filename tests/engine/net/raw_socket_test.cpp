// SPDX-License-Identifier: GPL-3.0-or-later
/// Raw sockets: an echo request over loopback, and what they do not have (EXC-08).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;

class RawSocketTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    Socket m_socket;

private slots:
    void init()
    {
        m_engine.emplace(EngineOptions{.workerThreads = 1});
        try {
            m_socket = Socket(
                *m_engine, AddressFamily::InterNetwork, SocketType::Raw, ProtocolType::Icmp);
        } catch (const SocketException& exception) {
            QCOMPARE(exception.socketError(), SocketError::AccessDenied);
            QSKIP("raw sockets need rights that this process does not have");
        }
    }
    void cleanup()
    {
        m_socket = {};
        m_engine.reset();
    }

    void exc08_rawSocketHasNoSendPackets()
    {
        SocketAsyncEventArgs e;
        const Bytes bytes = bytesOf("x");
        QVERIFY(thrownBy<ArgumentException>([&] { (void)m_socket.sendPacketsAsync(e); }));
        e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        const auto alone
            = thrownBy<NotSupportedException>([&] { (void)m_socket.sendPacketsAsync(e); });
        QVERIFY(alone);
        connectNow(m_socket, EndPoint::ip("127.0.0.1", 0));
        const auto connected
            = thrownBy<NotSupportedException>([&] { (void)m_socket.sendPacketsAsync(e); });
        QVERIFY(connected);
        QCOMPARE(std::string(connected->what()), std::string(alone->what())); // Not "connect it".
        QVERIFY(!e.inProgress());
        m_socket.close();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)m_socket.sendPacketsAsync(e); }));
    }

    // Rules: SEND-05, RFROM-01
    void echoRequestIsAnswered()
    {
        // Type 8, code 0, checksum, identifier, sequence; 0xf7ff is what makes it sum up.
        Bytes request(8);
        request[0] = std::byte{8};
        request[2] = std::byte{0xf7};
        request[3] = std::byte{0xff};
        Bytes room(200);
        Call receiving;
        receiving.e.setBuffer(room);
        receiving.e.setRemoteEndPoint(EndPoint::ip("0.0.0.0", 0));
        const bool pending = m_socket.receiveFromAsync(receiving.e);
        Call sending;
        sending.e.setBuffer(request);
        sending.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 0));
        QVERIFY(sending.finished(m_socket.sendToAsync(sending.e)));
        QCOMPARE(sending.e.socketError(), SocketError::Success);
        QCOMPARE(sending.e.bytesTransferred(), request.size());
        // A raw socket hears the request itself, too: the answer has type 0 behind the IP header.
        constexpr std::size_t kIpHeader = 20;
        QVERIFY(receiving.finished(pending));
        while (receiving.e.socketError() == SocketError::Success && room[kIpHeader] != std::byte{0})
            QVERIFY(receiving.finished(m_socket.receiveFromAsync(receiving.e)));
        QCOMPARE(receiving.e.socketError(), SocketError::Success);
        QCOMPARE(receiving.e.bytesTransferred(), kIpHeader + request.size());
        QCOMPARE(receiving.e.remoteEndPoint().address(), std::string("127.0.0.1"));
    }
};

QTEST_GUILESS_MAIN(RawSocketTest)
#include "raw_socket_test.moc"
