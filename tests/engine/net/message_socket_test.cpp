// SPDX-License-Identifier: GPL-3.0-or-later
/// Unix-domain sockets that keep the boundaries of messages: datagrams and sequenced packets
/// (UDS-04 to UDS-06, D-03, DGRAM-03, DISC).

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <atomic>
#include <optional>
#include <thread>

using namespace swb;
using namespace swb::test;

Q_DECLARE_METATYPE(swb::SocketType)

class MessageSocketTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    std::optional<TempFolder> m_folder;
    Socket m_listener;

    Socket unixSocket(SocketType type)
    {
        return Socket(*m_engine, AddressFamily::Unix, type, ProtocolType::Unspecified);
    }

    /// `a` is connected to `b`.
    SocketPair connected(SocketType type)
    {
        SocketPair pair;
        pair.a = unixSocket(type);
        if (type == SocketType::Dgram) {
            pair.b = unixSocket(type);
            pair.b.bind(EndPoint::unixDomain(*m_folder / "b"));
            connectNow(pair.a, pair.b.localEndPoint());
            return pair;
        }
        m_listener = unixSocket(type);
        m_listener.bind(EndPoint::unixDomain(*m_folder / "listener"));
        m_listener.listen();
        Call accepting;
        const bool pending = m_listener.acceptAsync(accepting.e);
        connectNow(pair.a, m_listener.localEndPoint());
        if (accepting.finished(pending))
            pair.b = accepting.e.acceptSocket();
        return pair;
    }

    /// One message.
    static Bytes receiveMessage(Socket& socket, std::size_t most = 2000)
    {
        Bytes room(most);
        Call call;
        call.e.setBuffer(room);
        if (!call.finished(socket.receiveAsync(call.e))
            || call.e.socketError() != SocketError::Success)
            return bytesOf("no message: " + toString(call.e.socketError()));
        room.resize(call.e.bytesTransferred());
        return room;
    }

    static void addTypes()
    {
        QTest::addColumn<SocketType>("type");
        QTest::newRow("datagram") << SocketType::Dgram;
        QTest::newRow("sequenced packet") << SocketType::Seqpacket;
    }

private slots:
    void init()
    {
        m_engine.emplace(EngineOptions{.workerThreads = 2});
        m_folder.emplace();
    }
    void cleanup()
    {
        m_listener = {};
        m_engine.reset();
        m_folder.reset();
    }

    void uds04_sendKeepsTheBoundariesOfMessages_data() { addTypes(); }
    void uds04_sendKeepsTheBoundariesOfMessages()
    {
        QFETCH(SocketType, type);
        SocketPair pair = connected(type);
        QVERIFY(pair.a.connected());
        QCOMPARE(sendNow(pair.a, bytesOf("one")), SocketError::Success);
        QCOMPARE(sendNow(pair.a, bytesOf("three")), SocketError::Success);
        Bytes head = bytesOf("he");
        Bytes tail = bytesOf("llo");
        Call list;
        list.e.setBufferList({head, tail});
        QVERIFY(list.finished(pair.a.sendAsync(list.e)));
        QCOMPARE(list.e.bytesTransferred(), 5U);
        QCOMPARE(receiveMessage(pair.b), bytesOf("one"));
        QCOMPARE(receiveMessage(pair.b), bytesOf("three"));
        QCOMPARE(receiveMessage(pair.b), bytesOf("hello"));
    }

    void uds04_dgram03_endOfPacketEndsAMessage_data() { addTypes(); }
    void uds04_dgram03_endOfPacketEndsAMessage()
    {
        QFETCH(SocketType, type);
        SocketPair pair = connected(type);
        const Bytes content = randomBytes(1000);
        const std::string path = m_folder->file("f", content);
        const Bytes head = bytesOf("head");
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(head), SendPacketsElement::file(path, 0, 100, true),
                SendPacketsElement::file(path, 10, 20), SendPacketsElement::buffer(head)});
        QVERIFY(call.finished(pair.a.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 4U + 100 + 20 + 4);
        QCOMPARE(receiveMessage(pair.b), joined({head, slice(content, 0, 100)}));
        QCOMPARE(receiveMessage(pair.b), joined({slice(content, 10, 20), head}));

        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        call.e.setSendPacketsSendSize(400);
        QVERIFY(call.finished(pair.a.sendPacketsAsync(call.e)));
        QCOMPARE(receiveMessage(pair.b), slice(content, 0, 400));
        QCOMPARE(receiveMessage(pair.b), slice(content, 400, 400));
        QCOMPARE(receiveMessage(pair.b), slice(content, 800, 200));
    }

    void d03_uds05_messageLargerThanTheSendBufferIsFoundBeforeAnythingLeaves_data() { addTypes(); }
    void d03_uds05_messageLargerThanTheSendBufferIsFoundBeforeAnythingLeaves()
    {
        QFETCH(SocketType, type);
        SocketPair pair = connected(type);
        const auto limit = static_cast<std::size_t>(pair.a.sendBufferSize()) - 32;
        const Bytes content = randomBytes(limit + 1);
        const std::string path = m_folder->file("f", content);
        const Bytes small = bytesOf("small");
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(small, true), SendPacketsElement::file(path)});
        const auto thrown
            = thrownBy<SocketException>([&] { (void)pair.a.sendPacketsAsync(call.e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::MessageSize);
        QVERIFY(descriptorsBelow(path).empty());
        QVERIFY(!call.e.inProgress());
        // The system draws the same line for one send.
        QCOMPARE(sendNow(pair.a, content), SocketError::MessageSize);
        // And what is exactly as large goes, alone.
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(path, 0, static_cast<std::int64_t>(limit))});
        QVERIFY(call.finished(pair.a.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(receiveMessage(pair.b, limit + 1), slice(content, 0, limit));
    }

    void uds06_fullQueueMakesSendPacketsPendAndLosesNothing_data() { addTypes(); }
    void uds06_fullQueueMakesSendPacketsPendAndLosesNothing()
    {
        QFETCH(SocketType, type);
        constexpr std::uint64_t kMessages = 300;
        SocketPair pair = connected(type);
        std::vector<Bytes> messages;
        std::vector<SendPacketsElement> elements;
        std::uint64_t total = 0;
        for (std::uint64_t i = 0; i < kMessages; ++i) {
            messages.push_back(randomBytes(500 + i % 700, i + 1));
            total += messages.back().size();
        }
        for (const Bytes& message : messages)
            elements.push_back(SendPacketsElement::buffer(message, true));
        Call call;
        call.e.setSendPacketsElements(elements);
        QVERIFY(pair.a.sendPacketsAsync(call.e));
        // DGRAM-06: what is started behind it waits for its last message.
        Call behind;
        const Bytes after = bytesOf("after");
        behind.e.setBuffer(after);
        QVERIFY(pair.a.sendAsync(behind.e));
        for (const Bytes& message : messages)
            QCOMPARE(receiveMessage(pair.b), message);
        QCOMPARE(receiveMessage(pair.b), after);
        QVERIFY(call.done.wait());
        QVERIFY(behind.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), total);
    }

    void dgram06_racingSendsNeverGetIntoAPacket_data() { addTypes(); }
    void dgram06_racingSendsNeverGetIntoAPacket()
    {
        QFETCH(SocketType, type);
        constexpr int kThreads = 4;
        constexpr int kPackets
            = 100; // Of each thread; each a header, a range of a file, a trailer.
        SocketPair pair = connected(type);
        const Bytes content = randomBytes(600);
        const std::string path = m_folder->file("f", content);
        const Bytes alone = bytesOf("alone");
        std::atomic<int> failed{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, socket = pair.a]() mutable {
                const Bytes tag = bytesOf("12");
                for (int i = 0; i < kPackets; ++i) {
                    Call packet;
                    packet.e.setSendPacketsElements({SendPacketsElement::buffer(tag),
                        SendPacketsElement::file(path), SendPacketsElement::buffer(tag, true)});
                    Call single;
                    single.e.setBuffer(alone);
                    if (!packet.finished(socket.sendPacketsAsync(packet.e))
                        || !single.finished(socket.sendAsync(single.e))
                        || packet.e.bytesTransferred() != content.size() + 4)
                        ++failed;
                }
            });
        }
        const Bytes whole = joined({bytesOf("12"), content, bytesOf("12")});
        int packets = 0;
        int singles = 0;
        for (int i = 0; i < 2 * kThreads * kPackets; ++i) {
            const Bytes message = receiveMessage(pair.b);
            packets += message == whole ? 1 : 0;
            singles += message == alone ? 1 : 0;
        }
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(packets, kThreads * kPackets);
        QCOMPARE(singles, kThreads * kPackets);
        QCOMPARE(failed.load(), 0);
    }

    void uds06_sendToAReceiverWhoseQueueOthersFilledGoesOnWhenItHasRoom()
    {
        Socket receiver = unixSocket(SocketType::Dgram);
        receiver.bind(EndPoint::unixDomain(*m_folder / "receiver"));
        Socket other = unixSocket(SocketType::Dgram);
        connectNow(other, receiver.localEndPoint());
        const Bytes filler = randomBytes(100);
        Call filling;
        std::size_t taken = 0;
        filling.e.setBuffer(filler);
        while (!other.sendAsync(filling.e)) {
            QCOMPARE(filling.e.socketError(), SocketError::Success);
            QVERIFY(++taken < 100'000);
        }
        other.cancel(filling.e);
        QVERIFY(filling.done.wait());

        // None of what fills the queue is this socket's: nothing will tell it of the room.
        Socket sender = unixSocket(SocketType::Dgram);
        const Bytes bytes = bytesOf("patient");
        Call call;
        call.e.setBuffer(bytes);
        call.e.setRemoteEndPoint(receiver.localEndPoint());
        QVERIFY(sender.sendToAsync(call.e));
        Call cancelled;
        cancelled.e.setBuffer(bytes);
        cancelled.e.setRemoteEndPoint(receiver.localEndPoint());
        QVERIFY(sender.sendToAsync(cancelled.e));
        sender.cancel(cancelled.e);
        QVERIFY(cancelled.done.wait());
        QCOMPARE(cancelled.e.socketError(), SocketError::OperationAborted);
        for (std::size_t i = 0; i < taken; ++i)
            QCOMPARE(receiveMessage(receiver), filler);
        QCOMPARE(receiveMessage(receiver), bytes);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), bytes.size());
        QCOMPARE(receiver.available(), 0U);
    }

    void uds06_pendingSendToIsAbortedByAClose()
    {
        Socket receiver = unixSocket(SocketType::Dgram);
        receiver.bind(EndPoint::unixDomain(*m_folder / "receiver"));
        Socket sender = unixSocket(SocketType::Dgram);
        const Bytes bytes = randomBytes(100);
        Call call;
        call.e.setBuffer(bytes);
        call.e.setRemoteEndPoint(receiver.localEndPoint());
        std::size_t taken = 0;
        while (!sender.sendToAsync(call.e))
            QVERIFY(++taken < 100'000);
        sender.close();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
    }

    void conn01_disc01_sequencedPacketsHaveConnections()
    {
        SocketPair pair = connected(SocketType::Seqpacket);
        SocketAsyncEventArgs again;
        again.setRemoteEndPoint(m_listener.localEndPoint());
        const auto thrown = thrownBy<SocketException>([&] { (void)pair.a.connectAsync(again); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::IsConnected);
        // The end of a connection is zero bytes, as on a stream (RECV-01).
        Bytes room(10);
        Call receiving;
        receiving.e.setBuffer(room);
        QVERIFY(pair.b.receiveAsync(receiving.e));
        Call disconnecting;
        QVERIFY(disconnecting.finished(pair.a.disconnectAsync(disconnecting.e)));
        QCOMPARE(disconnecting.e.socketError(), SocketError::Success);
        QVERIFY(!pair.a.connected());
        QVERIFY(receiving.done.wait());
        QCOMPARE(receiving.e.socketError(), SocketError::Success);
        QCOMPARE(receiving.e.bytesTransferred(), 0U);
    }

    void disc08_sequencedPacketsReconnectAfterDisconnectForReuse()
    {
        SocketPair pair = connected(SocketType::Seqpacket);
        const Bytes last = bytesOf("last");
        Call call; // FLAG-05 is about datagrams: here Disconnect is a matter of course.
        call.e.setSendPacketsElements({SendPacketsElement::buffer(last)});
        call.e.setSendPacketsFlags(
            TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket);
        QVERIFY(call.finished(pair.a.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(receiveMessage(pair.b), last);
        Call accepting;
        const bool pending = m_listener.acceptAsync(accepting.e);
        connectNow(pair.a, m_listener.localEndPoint());
        QVERIFY(accepting.finished(pending));
        Socket second = accepting.e.acceptSocket();
        QCOMPARE(second.socketType(), SocketType::Seqpacket);
        QCOMPARE(sendNow(pair.a, bytesOf("again")), SocketError::Success);
        QCOMPARE(receiveMessage(second), bytesOf("again"));
    }

    void prop02_aVanishedPeerEndsASequencedPacketConnection()
    {
        SocketPair pair = connected(SocketType::Seqpacket);
        pair.b.close();
        QCOMPARE(sendNow(pair.a, bytesOf("x")), SocketError::Shutdown); // SEND-08: EPIPE
        QVERIFY(!pair.a.connected());
    }

    void flag05_disconnectOnAUnixDatagramSocketIsRefused()
    {
        SocketPair pair = connected(SocketType::Dgram);
        const Bytes bytes = bytesOf("x");
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        call.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        QVERIFY(!pair.a.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(pair.b.available(), 0U);
    }
};

QTEST_GUILESS_MAIN(MessageSocketTest)
#include "message_socket_test.moc"
