// SPDX-License-Identifier: GPL-3.0-or-later
/// SendPacketsAsync.cs: what the call checks, memory, and what the flags do. Files by path:
/// send_packets_async_files_test; open files: send_packets_async_streams_test.

#include "fixture.h"

#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;
using namespace swb::test::upstream;

namespace {
template <typename Args>
concept SendsPackets = requires(Socket socket, Args args)
{
    (void)socket.sendPacketsAsync(args);
};
} // namespace

class UpstreamSendPacketsTest : public QObject {
    Q_OBJECT

private:
    std::optional<Fixture> m_fixture;

    /// Sends `elements` and looks at what comes back.
    void sendAndCompare(
        Socket& socket, std::vector<SendPacketsElement> elements, const Bytes& expected)
    {
        QCOMPARE(sendPackets(socket, std::move(elements)), success(expected.size()));
        QCOMPARE(receiveNow(socket, expected.size()), expected);
    }

private slots:
    void init() { m_fixture.emplace(); }
    void cleanup() { m_fixture.reset(); }

    // --- What the call checks

    void disposed_throw()
    {
        Socket socket = m_fixture->connected();
        socket.close();
        SocketAsyncEventArgs e;
        e.setSendPacketsElements({});
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)socket.sendPacketsAsync(e); }));
        QVERIFY(!e.inProgress());
    }

    void nullArgs_throw()
    {
        // Args are a reference here: null does not compile, so there is nothing to throw.
        QVERIFY(SendsPackets<SocketAsyncEventArgs&>);
        QVERIFY(!SendsPackets<std::nullptr_t>);
        QVERIFY(!SendsPackets<SocketAsyncEventArgs*>);
        // A socket can be null; using it is using a closed one.
        SocketAsyncEventArgs e;
        Socket null;
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)null.sendPacketsAsync(e); }));
    }

    void notConnected_throw_data()
    {
        QTest::addColumn<Link>("link");
        QTest::newRow("tcp") << loopback();
        QTest::newRow("udp") << Link::Udp; // EXC-08
    }
    void notConnected_throw()
    {
        QFETCH(Link, link);
        Socket socket = makeSocket(m_fixture->engine(), link);
        SocketAsyncEventArgs e;
        e.setSendPacketsElements({});
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)socket.sendPacketsAsync(e); }));
        QVERIFY(!e.inProgress());
    }

    void nullList_throws()
    {
        Socket socket = m_fixture->connected();
        SocketAsyncEventArgs e;
        const auto thrown = thrownBy<ArgumentException>([&] { (void)socket.sendPacketsAsync(e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("e"));
    }

    void nullElement_ignored()
    {
        Socket socket = m_fixture->connected();
        QCOMPARE(sendPackets(socket, {SendPacketsElement()}), success(0));
    }

    void emptyList_ignored()
    {
        Socket socket = m_fixture->connected();
        QCOMPARE(sendPackets(socket, {}), success(0));
    }

    void socketAsyncEventArgs_defaultSendSize_0()
    {
        QCOMPARE(SocketAsyncEventArgs().sendPacketsSendSize(), 0);
    }

    // --- Memory

    void normalBuffer_success_data() { SWB_MEMORY_KINDS(); }
    void normalBuffer_success()
    {
        QFETCH(Memory, memory);
        const Source source(memory, 10);
        Socket socket = m_fixture->connected();
        sendAndCompare(socket, {source.element()}, source.range(0, 10));
    }

    void normalBufferRange_success_data() { SWB_MEMORY_KINDS(); }
    void normalBufferRange_success()
    {
        QFETCH(Memory, memory);
        const Source source(memory, 10);
        Socket socket = m_fixture->connected();
        sendAndCompare(socket, {source.element(5, 5)}, source.range(5, 5));
    }

    void emptyBuffer_ignored_data() { SWB_MEMORY_KINDS(); }
    void emptyBuffer_ignored()
    {
        QFETCH(Memory, memory);
        const Source source(memory, 0);
        Socket socket = m_fixture->connected();
        QCOMPARE(sendPackets(socket, {source.element()}), success(0));
    }

    void bufferZeroCount_ignored_data() { SWB_MEMORY_KINDS(); }
    void bufferZeroCount_ignored()
    {
        QFETCH(Memory, memory);
        const Source source(memory, 10);
        Socket socket = m_fixture->connected();
        QCOMPARE(sendPackets(socket, {source.element(4, 0)}), success(0));
    }

    void bufferMixedBuffers_zeroCountBufferIgnored_data() { SWB_MEMORY_KINDS(); }
    void bufferMixedBuffers_zeroCountBufferIgnored()
    {
        QFETCH(Memory, memory);
        const Source source(memory, 10);
        Socket socket = m_fixture->connected();
        sendAndCompare(socket, {source.element(4, 0), source.element(4, 4), source.element(0, 4)},
            joined({source.range(4, 4), source.range(0, 4)}));
    }

    void bufferZeroCountThenNormal_zeroCountIgnored_data() { SWB_MEMORY_KINDS(); }
    void bufferZeroCountThenNormal_zeroCountIgnored()
    {
        QFETCH(Memory, memory);
        const Source source(memory, 10);
        Socket socket = m_fixture->connected();
        Call call; // The same args for both.
        call.e.setSendPacketsElements({source.element(4, 0)});
        QCOMPARE(sendPackets(socket, call), success(0));
        call.e.setSendPacketsElements({source.element(4, 4)});
        QCOMPARE(sendPackets(socket, call), success(4));
        QCOMPARE(receiveNow(socket, 4), source.range(4, 4));
    }

    // --- Flags

    void socketDisconnected_transmitFileOptionDisconnect()
    {
        const Source source(Memory::Vector, 10);
        Socket socket = m_fixture->connected();
        QCOMPARE(sendPackets(socket, {source.element(4, 4)}, TransmitFileOptions::Disconnect),
            success(4));
        QVERIFY(!socket.connected());
        // Upstream a synchronous Send throws; here the socket was connected, so that the send
        // fails through its args (D-01, SEND-08).
        QCOMPARE(sendNow(socket, source.bytes()), SocketError::Shutdown);
        SocketAsyncEventArgs e;
        e.setSendPacketsElements({source.element()});
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)socket.sendPacketsAsync(e); }));
        const auto seen = m_fixture->server().seen();
        QCOMPARE(seen.bytes, source.range(4, 4));
        QCOMPARE(seen.end, StreamEnd::Eof); // FLAG-04: an orderly end
    }

    void socketDisconnectedAndReusable_transmitFileOptionReuseSocket_data()
    {
        QTest::addColumn<int>("flags");
        const auto both = TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket;
        QTest::newRow("Disconnect and ReuseSocket") << static_cast<int>(both);
        QTest::newRow("ReuseSocket alone (D-12)")
            << static_cast<int>(TransmitFileOptions::ReuseSocket);
    }
    void socketDisconnectedAndReusable_transmitFileOptionReuseSocket()
    {
        // Upstream's look at the socket afterwards is never reached; this is what it should see
        // (FLAG-06): not connected, no more sends, but another connection.
        QFETCH(int, flags);
        const Source source(Memory::Vector, 10);
        Socket socket = m_fixture->connected();
        QCOMPARE(
            sendPackets(socket, {source.element(4, 4)}, static_cast<TransmitFileOptions>(flags)),
            success(4));
        QVERIFY(!socket.connected());
        QCOMPARE(sendNow(socket, source.bytes()), SocketError::Shutdown);
        const auto seen = m_fixture->server().seen();
        QCOMPARE(seen.bytes, source.range(4, 4)); // D-07: nothing is lost
        QCOMPARE(seen.end, StreamEnd::Eof);

        connectNow(socket, m_fixture->server().endPoint());
        m_fixture->server().serve();
        QVERIFY(socket.connected());
        sendAndCompare(socket, {source.element()}, source.range(0, 10));
    }
};

QTEST_GUILESS_MAIN(UpstreamSendPacketsTest)
#include "send_packets_async_test.moc"
