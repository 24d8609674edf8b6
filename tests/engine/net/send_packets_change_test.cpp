// SPDX-License-Identifier: GPL-3.0-or-later
/// What a SendPacketsAsync makes of files that change or fail under way, of hints, and of what it
/// should leave alone (FILE-10, FILE-15, ERR-02, FLAG-02, FLAG-03, D-12, PKT-21, PKT-22).

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"

#include <QTest>

#include <filesystem>
#include <future>
#include <optional>

#include <cerrno>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace swb;
using namespace swb::test;

class SendPacketsChangeTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    std::optional<TempFolder> m_folder;

    /// A regular file that has a size and yet cannot be read; null when the system has none.
    static FileStream unreadableFile()
    {
#ifdef SYS_memfd_secret
        const int secret = static_cast<int>(::syscall(SYS_memfd_secret, O_CLOEXEC));
        if (secret >= 0) {
            FileStream stream = FileStream::fromDescriptor(secret);
            if (::ftruncate(secret, 4096) == 0)
                return stream;
        }
#endif
        const int speed = ::open("/sys/class/net/lo/speed", O_RDONLY | O_CLOEXEC);
        return speed < 0 ? FileStream() : FileStream::fromDescriptor(speed);
    }

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

    void file10_deletedFileIsSentToItsEnd()
    {
        const Bytes content = randomBytes(2 * kPendingSize);
        const std::string path = m_folder->file("f", content);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        std::filesystem::remove(path);
        QCOMPARE(wire.peer.read(content.size()), content);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
    }

    void file10_replacedFileIsSentAsItWasWhenOpened()
    {
        const Bytes content = randomBytes(2 * kPendingSize, 1);
        const std::string path = m_folder->file("f", content);
        const std::string other = m_folder->file("new", randomBytes(2 * kPendingSize, 2));
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        std::filesystem::rename(other, path);
        QCOMPARE(wire.peer.read(content.size()), content);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
    }

    void file15_fileIsLookedAtInsideTheCall()
    {
        const Bytes blocker = randomBytes(kPendingSize);
        const Bytes content = bytesOf("as it was");
        const std::string path = m_folder->file("f", content);
        Wire wire = connectedWire(*m_engine);
        Call blocking;
        blocking.e.setBuffer(blocker);
        QVERIFY(wire.socket.sendAsync(blocking.e));
        Call call; // Its turn has not come when the call returns, and yet the file is known.
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(descriptorsBelow(path).size(), 1U);
        const std::string longer = m_folder->file("g", bytesOf("another and longer content"));
        std::filesystem::rename(longer, path);
        QCOMPARE(wire.peer.read(blocker.size()), blocker);
        QCOMPARE(wire.peer.read(content.size()), content);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), content.size());
        QCOMPARE(sendNow(wire.socket, bytesOf("|")), SocketError::Success);
        QCOMPARE(wire.peer.read(1), bytesOf("|")); // Nothing of the new content.
    }

    void err02_fileThatCannotBeReadIsTheGenericErrorWithItsErrno_data()
    {
        QTest::addColumn<Link>("link");
        QTest::newRow("stream") << Link::TcpV4;
        QTest::newRow("datagrams") << Link::Udp;
    }
    void err02_fileThatCannotBeReadIsTheGenericErrorWithItsErrno()
    {
        QFETCH(Link, link);
        const FileStream file = unreadableFile();
        char byte = 0;
        if (!file || ::pread(file.descriptor(), &byte, 1, 0) >= 0)
            QSKIP("this system has no regular file that fails to be read");
        const int expected = errno;
        const Bytes head = bytesOf("head");
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(head, true),
            SendPacketsElement::stream(file, 0, 10), SendPacketsElement::buffer(head)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::SocketError);
        QCOMPARE(call.e.nativeError().value(), expected);
        QCOMPARE(call.e.bytesTransferred(), head.size()); // What had left before.
        QVERIFY(wire.socket.connected()); // PROP-02
        QCOMPARE(sendNow(wire.socket, bytesOf("on")), SocketError::Success);
        if (link == Link::Udp) {
            QCOMPARE(wire.peer.readDatagram(), head);
            QCOMPARE(wire.peer.readDatagram(), bytesOf("on"));
        } else {
            QCOMPARE(wire.peer.read(6), bytesOf("headon"));
        }
    }

    void flag02_threadHintsChangeNothingOfALongTransfer_data()
    {
        QTest::addColumn<int>("flags");
        QTest::newRow("UseDefaultWorkerThread") << 0;
        QTest::newRow("UseSystemThread") << 16;
        QTest::newRow("UseKernelApc") << 32;
        QTest::newRow("both") << 48;
    }
    void flag02_threadHintsChangeNothingOfALongTransfer()
    {
        QFETCH(int, flags);
        const Bytes content = randomBytes(2 * kPendingSize);
        const Bytes head = bytesOf("head");
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(head),
            SendPacketsElement::file(m_folder->file("f", content))});
        call.e.setSendPacketsFlags(static_cast<TransmitFileOptions>(flags));
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(wire.peer.read(head.size()), head);
        QCOMPARE(wire.peer.read(content.size()), content);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), head.size() + content.size());
        QVERIFY(wire.socket.connected());
    }

    void flag03_writeBehindBesideDisconnectIsIgnored()
    {
        const Bytes content = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        auto received = wire.peer.receiveAllInBackground();
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(content)});
        call.e.setSendPacketsFlags(
            TransmitFileOptions::WriteBehind | TransmitFileOptions::Disconnect);
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), content.size());
        QVERIFY(!wire.socket.connected()); // The disconnect took place.
        const Received all = received.get();
        QCOMPARE(all.end, StreamEnd::Eof); // And lost nothing.
        QCOMPARE(all.checksum, checksum(content));
    }

    void d12_reuseSocketAloneDisconnectsToo()
    {
        const Bytes bytes = bytesOf("last");
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        call.e.setSendPacketsFlags(TransmitFileOptions::ReuseSocket);
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(!wire.socket.connected());
        StreamEnd end = StreamEnd::Open;
        QCOMPARE(wire.peer.readAll(&end), bytes);
        QCOMPARE(end, StreamEnd::Eof);
        const RawListener next(Link::TcpV4);
        connectNow(wire.socket, next.endPoint());
        const RawPeer peer = next.accept();
        QCOMPARE(sendNow(wire.socket, bytes), SocketError::Success);
        QCOMPARE(peer.read(4), bytes);
    }

    void pkt21_userTokenComesThroughUntouched()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        const auto token = std::make_shared<std::string>("mine");
        Call call;
        std::promise<std::shared_ptr<std::string>> seen;
        call.e.onCompleted([&](Socket&, SocketAsyncEventArgs& e) {
            seen.set_value(std::any_cast<std::shared_ptr<std::string>>(e.userToken()));
        });
        call.e.setUserToken(token);
        call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.done.wait());
        QVERIFY(seen.get_future().get() == token);
        QVERIFY(std::any_cast<std::shared_ptr<std::string>>(call.e.userToken()) == token);
    }

    void pkt22_nothingIsAddedToTheBytes()
    {
        const Bytes zeros(1000);
        const Bytes content = randomBytes(1000);
        Wire wire = connectedWire(*m_engine);
        auto end = StreamEnd::Open;
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(zeros, true),
            SendPacketsElement::file(m_folder->file("f", content), 0, 0, true)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        wire.socket.close();
        QCOMPARE(wire.peer.readAll(&end), joined({zeros, content})); // All there is, to the end.
        QCOMPARE(end, StreamEnd::Eof);
    }
};

QTEST_GUILESS_MAIN(SendPacketsChangeTest)
#include "send_packets_change_test.moc"
