// SPDX-License-Identifier: GPL-3.0-or-later
/// SendPacketsAsync: order, counts and flags (PKT). Files in detail: send_packets_files_test.

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>
#include <stdexcept>

#include <linux/tcp.h> // The kernel's: the C library's tcp_info ends before the field that is needed.
#include <netinet/in.h>
#include <sys/socket.h>

using namespace swb;
using namespace swb::test;

namespace {

using Elements = std::vector<SendPacketsElement>;

/// TCP segments with data that a socket has sent so far.
unsigned dataSegmentsSent(const Socket& socket)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket.nativeHandle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        throw std::runtime_error("no TCP_INFO");
    return info.tcpi_data_segs_out;
}

} // namespace

class SendPacketsTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void pkt01_elementsAreSentInOrder_data() { SWB_STREAM_LINKS(); }
    void pkt01_elementsAreSentInOrder()
    {
        QFETCH(Link, link);
        TempFolder folder;
        const Bytes content = randomBytes(1024);
        const std::string path = folder.file("f", content);
        const FileStream stream = FileStream::open(path);
        const FileStream second = FileStream::open(path);
        const Bytes memory = randomBytes(10, 2);
        const Elements elements{
            SendPacketsElement::buffer(memory),
            SendPacketsElement::stream(stream, 10, 20),
            SendPacketsElement::file(path, 30, 40),
            SendPacketsElement::buffer(memory, 2, 3),
            SendPacketsElement::buffer(memory, 4, 0),
            SendPacketsElement::stream(second),
            SendPacketsElement::file(path),
            SendPacketsElement::stream(stream, 1004, 20),
            SendPacketsElement::buffer(memory),
        };
        const Bytes expected = joined({memory, slice(content, 10, 20), slice(content, 30, 40),
            slice(memory, 2, 3), content, content, slice(content, 1004, 20), memory});
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setSendPacketsElements(elements);
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), expected.size());
        QCOMPARE(wire.peer.read(expected.size()), expected);
        wire.socket.close();
        QVERIFY(wire.peer.readAll().empty());
    }

    void pkt01_orderHoldsWhilePending_data() { SWB_STREAM_LINKS(); }
    void pkt01_orderHoldsWhilePending()
    {
        QFETCH(Link, link);
        TempFolder folder;
        const Bytes content = randomBytes(1'500'000);
        const Bytes memory = randomBytes(1'300'001, 2);
        const std::string path = folder.file("f", content);
        const Elements elements{SendPacketsElement::buffer(memory), SendPacketsElement::file(path),
            SendPacketsElement::buffer(memory, 7, 100), SendPacketsElement::file(path, 5, 10),
            SendPacketsElement::buffer(memory)};
        const Bytes expected
            = joined({memory, content, slice(memory, 7, 100), slice(content, 5, 10), memory});
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setSendPacketsElements(elements);
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(wire.peer.read(expected.size()), expected);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), expected.size());
    }

    void pkt02_elementsAreCopiedAndStaySet()
    {
        const Bytes first = bytesOf("first");
        const Bytes other = bytesOf("other");
        Wire wire = connectedWire(*m_engine);
        Elements elements{SendPacketsElement::buffer(first)};
        Call call;
        call.e.setSendPacketsElements(elements);
        elements[0] = SendPacketsElement::buffer(other);
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e))); // Not cleared by the first.
        QCOMPARE(wire.peer.read(10), bytesOf("firstfirst"));
    }

    void pkt03_nullElementsAreSkipped()
    {
        const Bytes bytes = bytesOf("data");
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement(), SendPacketsElement::buffer(bytes), SendPacketsElement()});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 4U);
        QCOMPARE(wire.peer.read(4), bytes);
    }

    void pkt03_nothingToSendIsASuccessAtOnce_data()
    {
        QTest::addColumn<int>("nullElements");
        QTest::newRow("no elements") << 0;
        QTest::newRow("one null element") << 1;
        QTest::newRow("only null elements") << 3;
    }
    void pkt03_nothingToSendIsASuccessAtOnce()
    {
        QFETCH(int, nullElements);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(Elements(static_cast<std::size_t>(nullElements)));
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(wire.socket.connected());
        m_engine.reset();
        QCOMPARE(call.done.count(), 0);
    }

    void pkt03_nothingToSendStillDisconnects()
    {
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({});
        call.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(!wire.socket.connected());
        StreamEnd end{};
        QVERIFY(wire.peer.readAll(&end).empty());
        QCOMPARE(end, StreamEnd::Eof);
    }

    void pkt03_nothingToSendStillMakesTheSocketReusable()
    {
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({});
        call.e.setSendPacketsFlags(
            TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket);
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        const RawListener next(Link::TcpV4);
        connectNow(wire.socket, next.endPoint());
        QVERIFY(wire.socket.connected());
    }

    void pkt04_elementsNeverSetThrow()
    {
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        auto thrown = thrownBy<ArgumentException>([&] { (void)wire.socket.sendPacketsAsync(e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("e"));
        e.setSendPacketsElements({});
        QVERIFY(!wire.socket.sendPacketsAsync(e));
        e.clearSendPacketsElements();
        thrown = thrownBy<ArgumentException>([&] { (void)wire.socket.sendPacketsAsync(e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("e"));
        QVERIFY(!e.inProgress());
    }

    void pkt05_zeroCountBuffersAreSkipped()
    {
        const Bytes bytes = bytesOf("0123456789");
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes, 4, 0)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        call.e.setSendPacketsElements({SendPacketsElement::buffer(std::span(bytes).first(0)),
            SendPacketsElement::buffer(bytes, 0, 4), SendPacketsElement::buffer(bytes, 4, 4)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 8U);
        QCOMPARE(wire.peer.read(8), slice(bytes, 0, 8));
    }

    void pkt05_zeroCountBufferIsNoDatagram()
    {
        const Bytes bytes = bytesOf("x");
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(bytes, 0, 0, true), SendPacketsElement::buffer(bytes, 1, 0),
                SendPacketsElement::buffer(bytes, 0, 0, true)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(sendNow(wire.socket, bytesOf("first")), SocketError::Success);
        QCOMPARE(wire.peer.readDatagram(), bytesOf("first"));
    }

    void pkt06_socketFlagsAreNotUsed()
    {
        const Bytes bytes = bytesOf("data");
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        for (const int flags : {0x1, 0x8000, 0x100000}) { // OutOfBand, Partial, undefined
            call.e.setSocketFlags(static_cast<SocketFlags>(flags));
            QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QCOMPARE(call.e.socketFlags(), SocketFlags::None);
            QCOMPARE(wire.peer.read(4), bytes);
        }
    }

    void pkt07_datagramSocketNeedsAConnect()
    {
        const RawPeer peer = rawDatagramPeer();
        const Bytes bytes = bytesOf("data");
        Socket socket = makeSocket(*m_engine, Link::Udp);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        QVERIFY(thrownBy<NotSupportedException>([&] { (void)socket.sendPacketsAsync(call.e); }));
        connectNow(socket, peer.localEndPoint());
        QVERIFY(call.finished(socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(peer.readDatagram(), bytes);
    }

    void pkt08_returnsFalseWhenKernelTakesAll()
    {
        TempFolder folder;
        const Bytes bytes = randomBytes(1000);
        const std::string path = folder.file("f", bytes);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(bytes), SendPacketsElement::file(path)});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.bytesTransferred(), 2000U);
        call.e.setSendPacketsElements({SendPacketsElement::file(path, 1001, 1)});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e)); // So do errors that are known at once.
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        m_engine.reset();
        QCOMPARE(call.done.count(), 0);
    }

    void pkt08_returnsTrueWhenThePeerDoesNotRead_data() { SWB_STREAM_LINKS(); }
    void pkt08_returnsTrueWhenThePeerDoesNotRead()
    {
        QFETCH(Link, link);
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QVERIFY(call.e.inProgress());
        QCOMPARE(call.done.count(), 0);
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.done.wait());
        QVERIFY(call.done.last().thread != std::this_thread::get_id());
        QCOMPARE(call.done.last().operation, SocketAsyncOperation::SendPackets);
        m_engine.reset();
        QCOMPARE(call.done.count(), 1);
    }

    void pkt09_countIsTheSumOverElements()
    {
        TempFolder folder;
        const Bytes content = randomBytes(1024);
        const std::string path = folder.file("f", content);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path, 10, 20),
            SendPacketsElement::file(path, 30, 10), SendPacketsElement::file(path, 0, 10)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 40U);
        const FileStream stream = FileStream::open(path);
        call.e.setSendPacketsElements({SendPacketsElement::stream(stream, 0, 20),
            SendPacketsElement::stream(stream, 10, 20), SendPacketsElement::stream(stream, 0, 10),
            SendPacketsElement::stream(stream, 10, 10), SendPacketsElement::stream(stream, 1014)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 70U);
    }

    void pkt10_failureCountsEveryByteTheKernelTook_data()
    {
        QTest::addColumn<Link>("link");
        QTest::addColumn<bool>("largeIsFile");
        for (const bool file : {false, true}) {
            QTest::addRow("tcp v4 %s", file ? "file" : "memory") << Link::TcpV4 << file;
            QTest::addRow("tcp v6 %s", file ? "file" : "memory") << Link::TcpV6 << file;
            QTest::addRow("unix %s", file ? "file" : "memory") << Link::UnixStream << file;
        }
    }
    void pkt10_failureCountsEveryByteTheKernelTook()
    {
        QFETCH(Link, link);
        QFETCH(bool, largeIsFile);
        TempFolder folder;
        const Bytes small = randomBytes(100);
        const Bytes large = randomBytes(kPendingSize, 2);
        const auto last = largeIsFile ? SendPacketsElement::file(folder.file("f", large))
                                      : SendPacketsElement::buffer(large);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(small), last});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        wire.socket.shutdown(SocketShutdown::Send);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Shutdown);
        StreamEnd end{};
        const Bytes received = wire.peer.readAll(&end);
        QCOMPARE(end, StreamEnd::Eof);
        QVERIFY(received.size() > small.size());
        QCOMPARE(call.e.bytesTransferred(), received.size());
        QCOMPARE(received, slice(joined({small, large}), 0, received.size()));
    }

    void pkt18_headerAndFileShareASegment()
    {
        TempFolder folder;
        const Bytes header = bytesOf("header");
        const Bytes content = randomBytes(1000);
        const std::string path = folder.file("f", content);
        Wire wire = connectedWire(*m_engine);
        wire.socket.setNoDelay(true); // Without it Nagle's algorithm would hide a missing MSG_MORE.
        const unsigned before = dataSegmentsSent(wire.socket);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(header), SendPacketsElement::file(path)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(wire.peer.read(1006), joined({header, content}));
        QCOMPARE(dataSegmentsSent(wire.socket) - before, 1U);
    }

    void pkt18_headerAndFileAreOneDatagram()
    {
        TempFolder folder;
        const Bytes header = bytesOf("header");
        const Bytes content = randomBytes(1000);
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(header),
            SendPacketsElement::file(folder.file("f", content))});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 1006U);
        QCOMPARE(wire.peer.readDatagram(), joined({header, content}));
    }

    void pkt13_sendSizeBelowMinusOneIsOutOfRange()
    {
        const Bytes bytes = bytesOf("data");
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        call.e.setSendPacketsSendSize(-2);
        QVERIFY(thrownBy<ArgumentOutOfRangeException>(
            [&] { (void)wire.socket.sendPacketsAsync(call.e); }));
        for (const std::int64_t size : {-1, 1, 3, 1'000'000}) {
            call.e.setSendPacketsSendSize(size);
            QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
            QCOMPARE(call.e.bytesTransferred(), 4U);
            QCOMPARE(wire.peer.read(4), bytes);
        }
    }

    void flag04_disconnectAfterTheLastByte()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        call.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        StreamEnd end{};
        QCOMPARE(wire.peer.readAll(&end), bytes);
        QCOMPARE(end, StreamEnd::Eof);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), bytes.size());
        QVERIFY(!wire.socket.connected());
        QVERIFY(wire.socket.remoteEndPoint().isNull()); // FLAG-07
        QVERIFY(
            thrownBy<NotSupportedException>([&] { (void)wire.socket.sendPacketsAsync(call.e); }));
    }

    void flag06_reuseConnectsAgainAndLosesNothing()
    {
        const Bytes bytes = randomBytes(200'000);
        Wire wire = connectedWire(*m_engine);
        auto received = wire.peer.receiveAllInBackground();
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        call.e.setSendPacketsFlags(
            TransmitFileOptions::ReuseSocket); // D-12: stands for both flags.
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(!wire.socket.connected());
        const RawListener next(Link::TcpV4);
        connectNow(wire.socket, next.endPoint());
        const RawPeer peer = next.accept();
        QCOMPARE(sendNow(wire.socket, bytesOf("again")), SocketError::Success);
        QCOMPARE(peer.read(5), bytesOf("again"));
        const Received first = received.get();
        QCOMPARE(first.end, StreamEnd::Eof);
        QCOMPARE(first.bytes, bytes.size());
        QCOMPARE(first.checksum, checksum(bytes));
    }
};

QTEST_GUILESS_MAIN(SendPacketsTest)
#include "send_packets_test.moc"
