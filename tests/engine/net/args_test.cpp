// SPDX-License-Identifier: GPL-3.0-or-later
/// SocketAsyncEventArgs: its buffers (BUF), defaults, and end of life (CLOSE-06).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"
#include "engine/net/socket_async_event_args.h"

#include <QTest>

#include <array>
#include <limits>
#include <optional>

using namespace swb;
using namespace swb::test;

namespace {
std::span<std::byte> nullSegment(std::size_t size)
{
    return {static_cast<std::byte*>(nullptr), size};
}
} // namespace

class ArgsTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void saea_everyPropertyHasItsDefault()
    {
        const SocketAsyncEventArgs e;
        QVERIFY(e.buffer().empty());
        QVERIFY(e.readOnlyBuffer().empty());
        QCOMPARE(e.offset(), 0U);
        QCOMPARE(e.count(), 0U);
        QVERIFY(e.bufferList().empty());
        QCOMPARE(e.bytesTransferred(), 0U);
        QCOMPARE(e.socketError(), SocketError::Success);
        QVERIFY(!e.nativeError());
        QCOMPARE(e.lastOperation(), SocketAsyncOperation::None);
        QVERIFY(!e.inProgress());
        QCOMPARE(e.socketFlags(), SocketFlags::None);
        QVERIFY(e.remoteEndPoint().isNull());
        QVERIFY(!e.acceptSocket());
        QVERIFY(!e.connectSocket());
        QVERIFY(e.connectByNameError().empty());
        QVERIFY(!e.disconnectReuseSocket());
        QCOMPARE(e.receiveMessageFromPacketInfo(), IpPacketInformation{});
        QCOMPARE(e.sendPacketsFlags(), TransmitFileOptions::UseDefaultWorkerThread);
        QCOMPARE(e.sendPacketsSendSize(), 0);
        QVERIFY(!e.userToken().has_value());
    }

    void saea_plainPropertiesKeepWhatIsAssigned()
    {
        SocketAsyncEventArgs e;
        e.setSocketFlags(SocketFlags::Peek);
        QCOMPARE(e.socketFlags(), SocketFlags::Peek);
        e.setSendPacketsSendSize(4);
        QCOMPARE(e.sendPacketsSendSize(), 4);
        e.setSendPacketsSendSize(-7); // PKT-13: no validation in the setter.
        QCOMPARE(e.sendPacketsSendSize(), -7);
        e.setSendPacketsFlags(
            TransmitFileOptions::UseSystemThread | TransmitFileOptions::Disconnect);
        QCOMPARE(static_cast<int>(e.sendPacketsFlags()), 17);
        e.setDisconnectReuseSocket(true);
        QVERIFY(e.disconnectReuseSocket());
        e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 9));
        QCOMPARE(e.remoteEndPoint(), EndPoint::ip("127.0.0.1", 9));
        e.setUserToken(std::string("mine"));
        QCOMPARE(std::any_cast<std::string>(e.userToken()), std::string("mine"));
        const Socket socket = makeSocket(*m_engine, Link::TcpV4);
        e.setAcceptSocket(socket);
        QVERIFY(e.acceptSocket() == socket);
    }

    void buf01_keepsSpanOffsetAndCount()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBuffer(std::span(bytes), 3, 4);
        QCOMPARE(e.buffer().data(), bytes.data());
        QCOMPARE(e.buffer().size(), 10U);
        QCOMPARE(e.offset(), 3U);
        QCOMPARE(e.count(), 4U);
    }

    void buf02_aSpanAloneIsTheWholeWindow()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBuffer(std::span<std::byte>(bytes));
        QCOMPARE(e.buffer().data(), bytes.data());
        QCOMPARE(e.buffer().size(), 10U);
        QCOMPARE(e.offset(), 0U);
        QCOMPARE(e.count(), 10U);
        QCOMPARE(e.readOnlyBuffer().data(), bytes.data());
    }

    void buf02_vectorsAndArraysNeedNoCast()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBuffer(bytes);
        QCOMPARE(e.buffer().data(), bytes.data());
        std::array<std::byte, 3> array{};
        e.setBuffer(array);
        QCOMPARE(e.buffer().data(), array.data());
        QCOMPARE(e.count(), 3U);
        const Bytes constant(5);
        e.setBuffer(constant);
        QVERIFY(e.buffer().empty());
        QCOMPARE(e.readOnlyBuffer().data(), constant.data());
        e.setBuffer(bytes, 2, 3);
        QCOMPARE(e.offset(), 2U);
    }

    void buf02_readOnlySpanIsNotHandedOutAsWritable()
    {
        SocketAsyncEventArgs e;
        const Bytes bytes(10);
        e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(e.buffer().empty());
        QCOMPARE(e.readOnlyBuffer().data(), bytes.data());
        QCOMPARE(e.count(), 10U);
    }

    void buf02_receivingIntoAReadOnlySpanIsAnError()
    {
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        const Bytes bytes(10);
        e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(thrownBy<ArgumentException>([&] { (void)wire.socket.receiveAsync(e); }));
        QVERIFY(!e.inProgress());
    }

    void d17_buf03_movesTheWindowOnly()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBuffer(std::span<std::byte>(bytes));
        e.setBuffer(2, 5);
        QCOMPARE(e.buffer().size(), 10U);
        QCOMPARE(e.offset(), 2U);
        QCOMPARE(e.count(), 5U);
        e.setBuffer(0, 10);
        QCOMPARE(e.offset(), 0U);
        QCOMPARE(e.count(), 10U);
    }

    void buf03_windowWithoutBufferIsIgnored()
    {
        SocketAsyncEventArgs e;
        e.setBuffer(3, 4);
        QCOMPARE(e.offset(), 0U);
        QCOMPARE(e.count(), 0U);
        QVERIFY(e.buffer().empty());
    }

    void buf03_windowDecidesWhatIsSent()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = randomBytes(10);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        call.e.setBuffer(2, 5);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 5U);
        QCOMPARE(wire.peer.read(5), slice(bytes, 2, 5));
    }

    void buf04_rangeOutsideTheSpanThrows_data()
    {
        QTest::addColumn<quint64>("offset");
        QTest::addColumn<quint64>("count");
        QTest::addColumn<QString>("parameter");
        const quint64 huge = std::numeric_limits<std::size_t>::max();
        QTest::newRow("offset past the end") << quint64{11} << quint64{0} << "offset";
        QTest::newRow("negative offset") << huge << quint64{0} << "offset";
        QTest::newRow("both wrong") << quint64{11} << quint64{11} << "offset";
        QTest::newRow("count past the end") << quint64{0} << quint64{11} << "count";
        QTest::newRow("count past the rest") << quint64{6} << quint64{5} << "count";
        QTest::newRow("nothing is left") << quint64{10} << quint64{1} << "count";
        QTest::newRow("negative count") << quint64{1} << huge << "count";
    }

    void buf04_rangeOutsideTheSpanThrows()
    {
        QFETCH(quint64, offset);
        QFETCH(quint64, count);
        QFETCH(QString, parameter);
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        Bytes other(10);
        e.setBuffer(std::span(bytes), 1, 2);
        const auto whole = thrownBy<ArgumentOutOfRangeException>(
            [&] { e.setBuffer(std::span(other), offset, count); });
        QVERIFY(whole);
        QCOMPARE(QString::fromStdString(whole->parameterName()), parameter);
        const auto window
            = thrownBy<ArgumentOutOfRangeException>([&] { e.setBuffer(offset, count); });
        QVERIFY(window);
        QCOMPARE(QString::fromStdString(window->parameterName()), parameter);
        QCOMPARE(e.buffer().data(), bytes.data());
        QCOMPARE(e.offset(), 1U);
        QCOMPARE(e.count(), 2U);
    }

    void buf04_emptyWindowAtTheEndIsLegal()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBuffer(std::span(bytes), 10, 0);
        QCOMPARE(e.offset(), 10U);
        QCOMPARE(e.count(), 0U);
        e.setBuffer(4, 0);
        QCOMPARE(e.offset(), 4U);
    }

    void buf05_listCopiesDescriptorsNotBytes()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes first = bytesOf("aaaa");
        Bytes second = bytesOf("bbbb");
        std::vector<std::span<std::byte>> list{first, second};
        Call call;
        call.e.setBufferList(list);
        list.pop_back();
        list[0] = list[0].first(1);
        first[0] = std::byte{'A'};
        QCOMPARE(call.e.bufferList().size(), 2U);
        QCOMPARE(call.e.bufferList()[1].data(), second.data());
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 8U);
        QCOMPARE(wire.peer.read(8), bytesOf("Aaaabbbb"));
        QCOMPARE(call.e.bufferList().size(), 2U);
    }

    void buf05_invalidSegmentThrows()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        QVERIFY(thrownBy<ArgumentOutOfRangeException>([&] { e.setBufferList({nullSegment(5)}); }));
        QVERIFY(thrownBy<ArgumentOutOfRangeException>([&] {
            e.setBufferList({bytes, nullSegment(1)});
        }));
        QVERIFY(e.bufferList().empty());
        e.setBufferList({bytes, nullSegment(0)});
        QCOMPARE(e.bufferList().size(), 2U);
    }

    void buf05_clearedListAllowsABuffer()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBufferList({bytes});
        e.setBufferList({bytes, bytes});
        QCOMPARE(e.bufferList().size(), 2U);
        e.clearBufferList();
        QVERIFY(e.bufferList().empty());
        e.setBuffer(std::span<std::byte>(bytes));
        QCOMPARE(e.count(), 10U);
    }

    void buf06_listWhileABufferIsSetThrows()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBuffer(std::span(bytes), 1, 2);
        QVERIFY(thrownBy<ArgumentException>([&] { e.setBufferList({bytes}); }));
        QCOMPARE(e.buffer().data(), bytes.data());
        QCOMPARE(e.offset(), 1U);
        QCOMPARE(e.count(), 2U);
        QVERIFY(e.bufferList().empty());
        e.clearBufferList(); // Clearing what is not set is no conflict.
        e.clearBuffer();
        e.setBufferList({bytes});
        QCOMPARE(e.bufferList().size(), 1U);
    }

    void buf06_bufferWhileAListIsSetThrows()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBufferList({bytes});
        QVERIFY(thrownBy<ArgumentException>([&] { e.setBuffer(std::span<std::byte>(bytes)); }));
        QVERIFY(
            thrownBy<ArgumentException>([&] { e.setBuffer(std::span<const std::byte>(bytes)); }));
        QVERIFY(thrownBy<ArgumentException>([&] { e.setBuffer(std::span(bytes), 1, 2); }));
        QVERIFY(e.buffer().empty());
        QCOMPARE(e.count(), 0U);
        QCOMPARE(e.bufferList().size(), 1U);
        e.setBuffer(std::span<std::byte>()); // A null span only clears.
        e.clearBuffer();
        QCOMPARE(e.bufferList().size(), 1U);
        e.clearBufferList();
        e.setBuffer(std::span<std::byte>(bytes));
        QCOMPARE(e.count(), 10U);
    }

    void buf06_nullSpanClearsOffsetAndCount()
    {
        SocketAsyncEventArgs e;
        Bytes bytes(10);
        e.setBuffer(std::span(bytes), 1, 2);
        e.setBuffer(std::span<std::byte>());
        QVERIFY(e.buffer().empty());
        QCOMPARE(e.offset(), 0U);
        QCOMPARE(e.count(), 0U);
        e.setBuffer(std::span(bytes), 1, 2);
        e.setBuffer(std::span<std::byte>(), 1, 2); // A window over nothing is no error.
        QVERIFY(e.buffer().empty());
        QCOMPARE(e.offset(), 0U);
        QCOMPARE(e.count(), 0U);
        e.setBufferList({bytes});
        QCOMPARE(e.bufferList().size(), 1U);
    }

    void d02_buf07_nonNullEmptySpanIsABuffer()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(10);
        Call call;
        call.e.setBuffer(std::span(bytes).first(0));
        QVERIFY(thrownBy<ArgumentException>([&] { call.e.setBufferList({bytes}); }));
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void buf07_nullSpanIsNoBuffer()
    {
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<const std::byte>());
        QVERIFY(thrownBy<ArgumentException>([&] { (void)wire.socket.sendAsync(e); }));
    }

    void buf08_emptyListSendsNothingSuccessfully()
    {
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBufferList({});
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void buf09_moreSegmentsThanOneCallTakes_data() { SWB_STREAM_LINKS(); }
    void buf09_moreSegmentsThanOneCallTakes()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        Bytes bytes = randomBytes(5000 * 7);
        std::vector<std::span<std::byte>> list;
        for (std::size_t i = 0; i < 5000; ++i)
            list.push_back(std::span(bytes).subspan(i * 7, 7));
        Call call;
        call.e.setBufferList(list);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), bytes.size());
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
    }

    void buf09_manySegmentsAreOneDatagram()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Bytes bytes = randomBytes(3000 * 9);
        std::vector<std::span<std::byte>> list;
        for (std::size_t i = 0; i < 3000; ++i)
            list.push_back(std::span(bytes).subspan(i * 9, 9));
        Call call;
        call.e.setBufferList(list);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), bytes.size());
        QCOMPARE(wire.peer.readDatagram(), bytes);
    }

    void buf10_zeroLengthSegmentsWithNullPointersAreFine_data() { SWB_STREAM_LINKS(); }
    void buf10_zeroLengthSegmentsWithNullPointersAreFine()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        Bytes bytes = bytesOf("data");
        Call call;
        call.e.setBufferList({nullSegment(0)});
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        call.e.setBufferList({nullSegment(0), bytes, nullSegment(0)});
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 4U);
        QCOMPARE(wire.peer.read(4), bytes);
    }

    void buf11_sendPacketsIgnoresBufferAndList()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes other = bytesOf("not this");
        const Bytes packet = bytesOf("packet");
        Call call;
        call.e.setBuffer(std::span<std::byte>(other));
        call.e.setSendPacketsElements({SendPacketsElement::buffer(packet)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        call.e.clearBuffer();
        call.e.setBufferList({other});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 6U);
        wire.socket.close();
        QCOMPARE(wire.peer.readAll(), bytesOf("packetpacket"));
    }

    void buf11_disconnectIgnoresAList()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(4);
        Call call;
        call.e.setBufferList({bytes});
        QVERIFY(call.finished(wire.socket.disconnectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(wire.peer.readAll().size(), 0U);
    }

    void buf11_connectAndAcceptRejectAList()
    {
        Bytes bytes(4);
        SocketAsyncEventArgs e;
        e.setBufferList({bytes});
        e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 1));
        Socket client = makeSocket(*m_engine, Link::TcpV4);
        const auto connecting = thrownBy<ArgumentException>([&] { (void)client.connectAsync(e); });
        QVERIFY(connecting);
        QCOMPARE(connecting->parameterName(), std::string("BufferList"));
        Socket listener = listeningSocket(*m_engine);
        const auto accepting = thrownBy<ArgumentException>([&] { (void)listener.acceptAsync(e); });
        QVERIFY(accepting);
        QCOMPARE(accepting->parameterName(), std::string("e"));
        QVERIFY(!e.inProgress());
    }

    void close06_disposedArgsCannotBeUsed()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(4);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<std::byte>(bytes));
        e.dispose();
        e.dispose();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)wire.socket.sendAsync(e); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)wire.socket.receiveAsync(e); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { e.setBuffer(0, 1); }));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { e.setBufferList({}); }));
        QCOMPARE(e.bytesTransferred(), 0U); // Reading still works.
        QCOMPARE(e.socketError(), SocketError::Success);
        QCOMPARE(e.lastOperation(), SocketAsyncOperation::None);
    }

    void close06_disposeWhileBusyTakesEffectAfterTheEvent()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(4);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(call.e));
        call.e.dispose();
        QVERIFY(call.e.inProgress());
        QCOMPARE(call.done.count(), 0);
        wire.peer.write(bytesOf("data"));
        QVERIFY(call.done.wait());
        QCOMPARE(call.done.last().error, SocketError::Success);
        QCOMPARE(call.done.last().bytes, 4U);
        QCOMPARE(bytes, bytesOf("data"));
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)wire.socket.receiveAsync(call.e); }));
    }

    void close06_disposeIsInForceInsideTheHandler()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(4);
        SocketAsyncEventArgs e;
        Latch refused;
        e.onCompleted([&](Socket& sender, SocketAsyncEventArgs& args) {
            try {
                (void)sender.receiveAsync(args);
            } catch (const ObjectDisposedException&) {
                refused.open();
            }
        });
        e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(e));
        e.dispose();
        wire.peer.write(bytesOf("x"));
        QVERIFY(refused.wait());
    }
};

QTEST_GUILESS_MAIN(ArgsTest)
#include "args_test.moc"
