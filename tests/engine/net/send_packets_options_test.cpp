// SPDX-License-Identifier: GPL-3.0-or-later
/// What goes with a SendPacketsAsync: flags, the send size, odd files (FLAG, DGRAM, FILE-11 to
/// FILE-14).

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

#include <sys/stat.h>

using namespace swb;
using namespace swb::test;

class SendPacketsOptionsTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    std::optional<TempFolder> m_folder;

private slots:
    void init()
    {
        m_engine.emplace(EngineOptions{.workerThreads = 2});
        m_folder.emplace();
    }
    void cleanup()
    {
        m_engine.reset();
        m_folder.reset();
    }

    void flag01_unknownBitsChangeNothing()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = bytesOf("abc");
        for (const int bits : {4, 16, 32, 0x4000, 4 | 16 | 32 | 0x4000}) {
            Call call;
            call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
            call.e.setSendPacketsFlags(static_cast<TransmitFileOptions>(bits));
            QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QCOMPARE(wire.peer.read(3), bytes);
            QVERIFY(wire.socket.connected());
        }
    }

    void flag05_disconnectOnADatagramSocketIsRefused()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        const Bytes bytes = bytesOf("abc");
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        call.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(wire.socket.connected());
        QCOMPARE(sendNow(wire.socket, bytesOf("next")), SocketError::Success);
        QCOMPARE(wire.peer.readDatagram(), bytesOf("next")); // nothing came before it
    }

    void flag07_disconnectForgetsThePeer()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = bytesOf("abc");
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        call.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 3U);
        QVERIFY(!wire.socket.connected());
        QVERIFY(wire.socket.remoteEndPoint().isNull());
        QCOMPARE(wire.peer.readAll(), bytes);
    }

    void flag08_failedSendDoesNotDisconnect()
    {
        Wire wire = connectedWire(*m_engine);
        const std::string path = m_folder->file("f", bytesOf("short"));
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path, 0, 100)});
        call.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QVERIFY(wire.socket.connected());
    }

    void dgram02_fileIsOneDatagram()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        const Bytes content = randomBytes(60'000);
        const std::string path = m_folder->file("f", content);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), content.size()); // DGRAM-08
        QCOMPARE(wire.peer.readDatagram(), content);
    }

    void dgram04_sendSizeCutsPacketsIntoBlocks()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        const std::string path = m_folder->file("f", bytesOf("0123456789"));
        const Bytes head = bytesOf("ab");
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(head), SendPacketsElement::file(path)});
        call.e.setSendPacketsSendSize(5);
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 12U);
        QCOMPARE(wire.peer.readDatagram(), bytesOf("ab012"));
        QCOMPARE(wire.peer.readDatagram(), bytesOf("34567"));
        QCOMPARE(wire.peer.readDatagram(), bytesOf("89"));
    }

    void dgram07_largestDatagramGoesAndOneMoreByteIsRefused()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        const Bytes bytes = randomBytes(65'508);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        const auto tooLarge
            = thrownBy<SocketException>([&] { (void)wire.socket.sendPacketsAsync(call.e); });
        QVERIFY(tooLarge);
        QCOMPARE(tooLarge->socketError(), SocketError::MessageSize);
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes, 0, 65'507)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(wire.peer.readDatagram().size(), 65'507U);
    }

    void dgram10_endOfPacketMeansNothingOnAStream()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes a = bytesOf("first ");
        const Bytes b = bytesOf("second");
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(a, true), SendPacketsElement::buffer(b, true)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(wire.peer.read(12), bytesOf("first second"));
    }

    void file11_firstFailureInElementOrderWinsAndClosesTheOthers()
    {
        Wire wire = connectedWire(*m_engine);
        const std::string good = m_folder->file("good", bytesOf("x"));
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(good), SendPacketsElement::file(*m_folder / "missing-1"),
                SendPacketsElement::file(*m_folder / "missing-2")});
        const auto missing
            = thrownBy<FileNotFoundException>([&] { (void)wire.socket.sendPacketsAsync(call.e); });
        QVERIFY(missing);
        QCOMPARE(missing->path(), *m_folder / "missing-1");
        QVERIFY(descriptorsBelow(m_folder->path()).empty());
        QVERIFY(!call.e.inProgress());
    }

    void file14_fifoAndDeviceAreRefusedAtOnce()
    {
        Wire wire = connectedWire(*m_engine);
        const std::string fifo = *m_folder / "fifo";
        QCOMPARE(::mkfifo(fifo.c_str(), 0600), 0);
        for (const std::string& path : {fifo, std::string("/dev/zero")}) {
            Call call;
            call.e.setSendPacketsElements({SendPacketsElement::file(path)});
            QVERIFY(thrownBy<NotSupportedException>(
                [&] { (void)wire.socket.sendPacketsAsync(call.e); }));
        }
    }
};

QTEST_GUILESS_MAIN(SendPacketsOptionsTest)
#include "send_packets_options_test.moc"
