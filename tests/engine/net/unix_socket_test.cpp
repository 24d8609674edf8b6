// SPDX-License-Identifier: GPL-3.0-or-later
/// Unix-domain sockets (UDS).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <filesystem>
#include <optional>

#include <unistd.h>

using namespace swb;
using namespace swb::test;

class UnixSocketTest : public QObject {
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

    void uds01_abstractNamesWork()
    {
        const EndPoint name = EndPoint::unixDomain(
            std::string(1, '\0') + "swb-test-" + std::to_string(::getpid()) + m_folder->path());
        Socket listener = makeSocket(*m_engine, Link::UnixStream);
        listener.bind(name);
        listener.listen();
        QCOMPARE(listener.localEndPoint(), name);
        Call accepting;
        QVERIFY(listener.acceptAsync(accepting.e));
        Socket client = makeSocket(*m_engine, Link::UnixStream);
        connectNow(client, name);
        QVERIFY(accepting.done.wait());
        Socket server = accepting.e.acceptSocket();
        QCOMPARE(sendNow(client, bytesOf("hello")), SocketError::Success);
        QCOMPARE(receiveNow(server, 5), bytesOf("hello"));
    }

    void uds01_longestPathWorks()
    {
        const std::string folder = *m_folder / "x";
        QVERIFY(folder.size() < 100);
        const std::string path = folder + std::string(107 - folder.size(), 'p');
        Socket listener = makeSocket(*m_engine, Link::UnixStream);
        listener.bind(EndPoint::unixDomain(path));
        listener.listen();
        QVERIFY(std::filesystem::exists(path));
        Socket client = makeSocket(*m_engine, Link::UnixStream);
        connectNow(client, EndPoint::unixDomain(path));
        QVERIFY(client.connected());
    }

    void uds02_fileLivesAsLongAsTheBoundSocket()
    {
        const std::string path = *m_folder / "socket";
        Socket listener = listeningSocket(*m_engine, Link::UnixStream, m_folder->path());
        QVERIFY(std::filesystem::exists(path));
        Call accepting;
        QVERIFY(listener.acceptAsync(accepting.e));
        Socket client = makeSocket(*m_engine, Link::UnixStream);
        connectNow(client, EndPoint::unixDomain(path));
        QVERIFY(accepting.done.wait());
        accepting.e.acceptSocket()
            .close(); // Neither the accepted nor the connected one deletes it.
        client.close();
        QVERIFY(std::filesystem::exists(path));
        listener.close();
        QVERIFY(!std::filesystem::exists(path));
    }

    void uds02_boundPathIsInUse()
    {
        const Socket listener = listeningSocket(*m_engine, Link::UnixStream, m_folder->path());
        Socket other = makeSocket(*m_engine, Link::UnixStream);
        const auto thrown
            = thrownBy<SocketException>([&] { other.bind(listener.localEndPoint()); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::AddressAlreadyInUse);
        other.close();
        QVERIFY(std::filesystem::exists(*m_folder / "socket")); // Not the loser's to delete.
    }

    void uds03_missingPathIsNotAvailable()
    {
        Socket socket = makeSocket(*m_engine, Link::UnixStream);
        Call call;
        call.e.setRemoteEndPoint(EndPoint::unixDomain(*m_folder / "missing"));
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::AddressNotAvailable);
        QCOMPARE(call.e.nativeError().value(), ENOENT);
    }

    void uds03_pathWithoutListenerIsRefused()
    {
        const std::string path = *m_folder / "socket";
        {
            const RawListener gone(Link::UnixStream, 0, m_folder->path());
        }
        QVERIFY(std::filesystem::exists(path));
        Socket socket = makeSocket(*m_engine, Link::UnixStream);
        Call call;
        call.e.setRemoteEndPoint(EndPoint::unixDomain(path));
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionRefused);
    }

    void uds04_sendPacketsWithFilesBetweenTwoSockets()
    {
        const Bytes content = randomBytes(kPendingSize);
        const Bytes head = bytesOf("head");
        SocketPair pair = connectedPair(*m_engine, Link::UnixStream);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(head),
            SendPacketsElement::file(m_folder->file("f", content)),
            SendPacketsElement::buffer(head)});
        QVERIFY(pair.a.sendPacketsAsync(call.e));
        QCOMPARE(receiveNow(pair.b, content.size() + 8), joined({head, content, head}));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), content.size() + 8);
    }

    void uds05_datagramLimitIsASendBuffer()
    {
        Socket receiver(
            *m_engine, AddressFamily::Unix, SocketType::Dgram, ProtocolType::Unspecified);
        receiver.bind(EndPoint::unixDomain(*m_folder / "receiver"));
        Socket sender(*m_engine, AddressFamily::Unix, SocketType::Dgram, ProtocolType::Unspecified);
        connectNow(sender, receiver.localEndPoint());
        QCOMPARE(sendNow(sender, randomBytes(1'000'000)), SocketError::MessageSize);
        QCOMPARE(sendNow(sender, bytesOf("small")), SocketError::Success);
        QCOMPARE(receiveNow(receiver, 5), bytesOf("small"));
    }

    void uds06_fullDatagramQueuePends()
    {
        Socket receiver(
            *m_engine, AddressFamily::Unix, SocketType::Dgram, ProtocolType::Unspecified);
        receiver.bind(EndPoint::unixDomain(*m_folder / "receiver"));
        Socket sender(*m_engine, AddressFamily::Unix, SocketType::Dgram, ProtocolType::Unspecified);
        connectNow(sender, receiver.localEndPoint());
        const Bytes bytes = randomBytes(1000);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        std::size_t taken = 0;
        while (!sender.sendAsync(call.e)) {
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QVERIFY(++taken < 100'000);
        }
        for (std::size_t i = 0; i <= taken; ++i)
            QCOMPARE(receiveNow(receiver, 1000), bytes); // Nothing is dropped.
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 1000U);
    }
};

QTEST_GUILESS_MAIN(UnixSocketTest)
#include "unix_socket_test.moc"
