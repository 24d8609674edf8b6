// SPDX-License-Identifier: GPL-3.0-or-later
/// ReceiveAsync (RECV).

#include "tests/support/socket_pair.h"

#include <QTest>

#include <optional>

#include <poll.h>
#include <unistd.h>

using namespace swb;
using namespace swb::test;

class ReceiveTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

    static void addLinksAndModes()
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

    /// Receives while `stimulus` happens before (`atOnce`) or after the call; false when the mode
    /// was not as meant.
    template <typename Stimulus>
    static bool receiveInMode(
        bool atOnce, const Wire& wire, Socket socket, Call& call, Stimulus stimulus)
    {
        if (!atOnce) {
            if (!socket.receiveAsync(call.e))
                return false;
            stimulus();
            return call.done.wait();
        }
        stimulus();
        return waitForEvents(wire.socket.nativeHandle(), POLLIN) && !socket.receiveAsync(call.e);
    }

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void recv01_completesWithWhateverIsThere_data() { addLinksAndModes(); }
    void recv01_completesWithWhateverIsThere()
    {
        QFETCH(Link, link);
        QFETCH(bool, atOnce);
        Bytes bytes(100);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBuffer(std::span(bytes), 10, 50);
        QVERIFY(receiveInMode(
            atOnce, wire, wire.socket, call, [&] { wire.peer.write(bytesOf("some")); }));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 4U);
        QCOMPARE(call.e.socketFlags(), SocketFlags::None);
        QCOMPARE(slice(bytes, 10, 4), bytesOf("some")); // At the window's offset.
        QCOMPARE(slice(bytes, 0, 10), Bytes(10));
        QCOMPARE(slice(bytes, 14, 86), Bytes(86));
    }

    void recv01_neverMoreThanTheWindow()
    {
        Bytes bytes(10);
        Wire wire = connectedWire(*m_engine);
        wire.peer.write(bytesOf("abcdefgh"));
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLIN));
        Call call;
        call.e.setBuffer(std::span(bytes), 0, 3);
        QVERIFY(!wire.socket.receiveAsync(call.e));
        QCOMPARE(call.e.bytesTransferred(), 3U);
        QVERIFY(!wire.socket.receiveAsync(call.e));
        QCOMPARE(slice(bytes, 0, 3), bytesOf("def"));
        QCOMPARE(slice(bytes, 3, 7), Bytes(7));
    }

    void recv01_endOfTheStreamIsZeroBytesAndSuccess_data() { addLinksAndModes(); }
    void recv01_endOfTheStreamIsZeroBytesAndSuccess()
    {
        QFETCH(Link, link);
        QFETCH(bool, atOnce);
        Bytes bytes(10);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(receiveInMode(atOnce, wire, wire.socket, call, [&] { wire.peer.shutdownSend(); }));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(!call.e.nativeError());
        QVERIFY(wire.socket.connected()); // The peer may still read.
        QVERIFY(!wire.socket.receiveAsync(call.e)); // And again.
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QCOMPARE(sendNow(wire.socket, bytesOf("reply")), SocketError::Success);
        QCOMPARE(wire.peer.read(5), bytesOf("reply"));
    }

    void recv02_zeroLengthWaitsForDataAndTakesNone_data() { SWB_STREAM_LINKS(); }
    void recv02_zeroLengthWaitsForDataAndTakesNone()
    {
        QFETCH(Link, link);
        Bytes bytes(10);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes).first(0));
        QVERIFY(wire.socket.receiveAsync(call.e));
        wire.peer.write(bytesOf("data"));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(!wire.socket.receiveAsync(call.e)); // There is data: at once.
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QCOMPARE(receiveNow(wire.socket, 4), bytesOf("data"));
    }

    void recv02_zeroLengthWakesWhenThePeerCloses()
    {
        Bytes bytes(10);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes).first(0));
        QVERIFY(wire.socket.receiveAsync(call.e));
        wire.peer.close();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void recv03_listIsFilledInOrder_data() { addLinksAndModes(); }
    void recv03_listIsFilledInOrder()
    {
        QFETCH(Link, link);
        QFETCH(bool, atOnce);
        Bytes first(3);
        Bytes second(3);
        Bytes third(3);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBufferList({first, second, third});
        QVERIFY(receiveInMode(
            atOnce, wire, wire.socket, call, [&] { wire.peer.write(bytesOf("abcde")); }));
        QCOMPARE(call.e.bytesTransferred(), 5U);
        QCOMPARE(first, bytesOf("abc"));
        QCOMPARE(second, bytesOf(std::string_view("de\0", 3)));
        QCOMPARE(third, Bytes(3));
    }

    void recv04_neverConnectedStreamIsNotConnected()
    {
        Bytes bytes(4);
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(!socket.receiveAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::NotConnected);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QCOMPARE(call.done.count(), 0);
    }

    void recv05_peekTakesNothing()
    {
        Bytes bytes(4);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        call.e.setSocketFlags(SocketFlags::Peek);
        QVERIFY(wire.socket.receiveAsync(call.e));
        wire.peer.write(bytesOf("peek"));
        QVERIFY(call.done.wait());
        QCOMPARE(bytes, bytesOf("peek"));
        QCOMPARE(receiveNow(wire.socket, 4), bytesOf("peek"));
    }

    void recv06_datagramLargerThanTheBufferIsTruncated_data()
    {
        QTest::addColumn<bool>("atOnce");
        QTest::newRow("at once") << true;
        QTest::newRow("pending") << false;
    }
    void recv06_datagramLargerThanTheBufferIsTruncated()
    {
        QFETCH(bool, atOnce);
        Bytes bytes(4);
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(receiveInMode(
            atOnce, wire, wire.socket, call, [&] { wire.peer.write(bytesOf("0123456789")); }));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 4U);
        QCOMPARE(call.e.socketFlags(), SocketFlags::Truncated);
        QCOMPARE(bytes, bytesOf("0123"));
        Call next;
        next.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(receiveInMode(
            atOnce, wire, wire.socket, next, [&] { wire.peer.write(bytesOf("next")); }));
        QCOMPARE(bytes, bytesOf("next")); // The rest of the first is gone.
        QCOMPARE(next.e.socketFlags(), SocketFlags::None);
    }

    void recv06_emptyDatagramIsZeroBytes()
    {
        Bytes bytes(4);
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(call.e));
        QCOMPARE(::write(wire.peer.descriptor(), bytes.data(), 0), 0);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(wire.socket.connected());
    }

    void recv07_resetIsConnectionResetThenTheEnd_data()
    {
        QTest::addColumn<bool>("atOnce");
        QTest::newRow("at once") << true;
        QTest::newRow("pending") << false;
    }
    void recv07_resetIsConnectionResetThenTheEnd()
    {
        QFETCH(bool, atOnce);
        Bytes bytes(4);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(receiveInMode(atOnce, wire, wire.socket, call, [&] { wire.peer.reset(); }));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionReset);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(!wire.socket.connected());
        QVERIFY(!wire.socket.receiveAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }
};

QTEST_GUILESS_MAIN(ReceiveTest)
#include "receive_test.moc"
