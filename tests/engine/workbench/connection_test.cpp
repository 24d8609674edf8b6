// SPDX-License-Identifier: GPL-3.0-or-later
#include "changes.h"

#include "tests/support/compare.h"
#include "tests/support/raw_peer.h"
#include "tests/support/socket_pair.h"
#include "tests/support/temp_files.h"

#include "engine/net/async_engine.h"
#include "engine/net/operation_record.h"
#include "engine/workbench/connection.h"

#include <QTest>

#include <map>
#include <mutex>
#include <thread>

using namespace swb;
using namespace swb::workbench;
using swb::test::Changes;
using swb::test::RawListener;
using swb::test::RawPeer;
using swb::test::StreamEnd;

namespace {

constexpr std::size_t kLarge = std::size_t{64} << 20;

/// Keeps the last record of each operation.
class Records final : public OperationObserver {
public:
    void operationStepped(const OperationRecord& record) noexcept override
    {
        const std::scoped_lock lock(m_mutex);
        m_records[record.id] = record;
    }
    OperationRecord record(std::uint64_t id) const
    {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_records.find(id);
        return found == m_records.end() ? OperationRecord{} : found->second;
    }

private:
    mutable std::mutex m_mutex;
    std::map<std::uint64_t, OperationRecord> m_records; // guarded by m_mutex
};

Address addressOf(const EndPoint& endPoint, Transport transport = Transport::Tcp)
{
    return {endPoint.kind() == EndPoint::Kind::Unix ? Transport::UnixStream : transport, endPoint};
}

} // namespace

class ConnectionTest : public QObject {
    Q_OBJECT

private:
    Records m_records;
    std::unique_ptr<AsyncEngine> m_engine;
    Changes m_changes;

    /// A connection to the listener, and its other end.
    std::pair<std::shared_ptr<Connection>, RawPeer> connected(const RawListener& listener)
    {
        auto connection
            = Connection::client(*m_engine, addressOf(listener.endPoint()), m_changes.callback());
        connection->connect();
        RawPeer peer = listener.accept();
        if (!reaches(*connection, ConnectionState::Connected))
            throw std::runtime_error("not connected: " + toString(connection->snapshot().state));
        return {connection, std::move(peer)};
    }

    bool reaches(const Connection& connection, ConnectionState state)
    {
        return m_changes.until([&] { return connection.snapshot().state == state; });
    }

    bool receives(const Connection& connection, std::uint64_t bytes)
    {
        return m_changes.until([&] { return connection.snapshot().bytesReceived >= bytes; });
    }

    bool sendsAreOver(const Connection& connection)
    {
        return m_changes.until([&] { return connection.snapshot().pendingSends == 0; });
    }

private slots:
    void init()
    {
        m_changes = Changes();
        m_engine = std::make_unique<AsyncEngine>(EngineOptions{2, &m_records});
    }
    void cleanup() { m_engine.reset(); }

    void connectsSendsAndReceives_data() { SWB_STREAM_LINKS(); }
    void connectsSendsAndReceives()
    {
        QFETCH(const swb::test::Link, link);
        const test::TempFolder folder;
        const RawListener listener(link, 0, folder.path());
        const auto [connection, peer] = connected(listener);
        const ConnectionSnapshot snapshot = connection->snapshot();
        QVERIFY(snapshot.socketId != 0);
        QCOMPARE(snapshot.remote, listener.endPoint());
        QCOMPARE(snapshot.target.endPoint, listener.endPoint());
        QVERIFY(!snapshot.problem);

        const SendTicket ticket = connection->send(QueueItem::text("hello"));
        QVERIFY2(!ticket.problem, ticket.problem ? ticket.problem->toString().c_str() : "");
        QVERIFY(!ticket.pending);
        QCOMPARE(ticket.bytesDone, std::uint64_t{5});
        QCOMPARE(m_records.record(ticket.operationId).kind, SocketAsyncOperation::Send);
        QCOMPARE(peer.read(5), test::bytesOf("hello"));
        QCOMPARE(connection->snapshot().bytesSent, std::uint64_t{5});

        peer.write(test::bytesOf("answer"));
        QVERIFY(receives(*connection, 6));
        const ReceivedTail tail = connection->received(4);
        QCOMPARE(tail.bytes, test::bytesOf("swer"));
        QCOMPARE(tail.firstOffset, std::uint64_t{2});
        connection->clearReceived();
        QVERIFY(connection->received(100).bytes.empty());
        QCOMPARE(connection->received(100).totalBytes, std::uint64_t{6});
    }

    void sendsAnEmptyBuffer()
    {
        const RawListener listener(test::Link::TcpV4);
        const auto [connection, peer] = connected(listener);
        const SendTicket ticket = connection->send(QueueItem::bytes({}));
        QVERIFY2(!ticket.problem, ticket.problem ? ticket.problem->toString().c_str() : "");
        QCOMPARE(ticket.bytesDone, std::uint64_t{0});
    }

    void connectsByName()
    {
        const RawListener listener(test::Link::TcpV4);
        const auto connection = Connection::client(*m_engine,
            Address::parse("tcp://localhost:" + std::to_string(listener.endPoint().port())),
            m_changes.callback());
        connection->connect();
        const RawPeer peer = listener.accept();
        QVERIFY(reaches(*connection, ConnectionState::Connected));
        QVERIFY(connection->snapshot().socketId != 0);
        peer.write(test::bytesOf("x"));
        QVERIFY(receives(*connection, 1));
    }

    void tellsARefusal()
    {
        const test::RefusingEndPoint nobody;
        const auto connection
            = Connection::client(*m_engine, addressOf(nobody.endPoint()), m_changes.callback());
        connection->connect();
        QVERIFY(reaches(*connection, ConnectionState::Failed));
        const auto problem = connection->snapshot().problem;
        QVERIFY(problem);
        QCOMPARE(problem->operation, std::string("Connect"));
        QCOMPARE(problem->subject, "tcp://" + nobody.endPoint().toString());
        QCOMPARE(problem->errorName, std::string("ConnectionRefused"));
        QCOMPARE(problem->nativeName, std::string("ECONNREFUSED"));
        QVERIFY(!problem->nextStep.empty());
    }

    void tellsAnUnknownHost()
    {
        const auto connection = Connection::client(
            *m_engine, Address::parse("tcp://no-such-host.invalid:80"), m_changes.callback());
        connection->connect();
        QVERIFY(reaches(*connection, ConnectionState::Failed));
        const Problem problem = connection->snapshot().problem.value_or(Problem());
        // Without a network the resolver says TryAgain or NoRecovery instead.
        QVERIFY2(problem.errorNumber >= 11001 && problem.errorNumber <= 11004,
            problem.toString().c_str());
        QVERIFY(problem.subject.find("no-such-host.invalid") != std::string::npos);
    }

    void tellsAMissingSocketFile()
    {
        const test::TempFolder folder;
        const auto connection = Connection::client(
            *m_engine, Address::parse("unix://" + folder / "none"), m_changes.callback());
        connection->connect();
        QVERIFY(reaches(*connection, ConnectionState::Failed));
        const Problem problem = connection->snapshot().problem.value_or(Problem());
        QVERIFY2(
            problem.cause.find("no socket file") != std::string::npos, problem.toString().c_str());
    }

    void connectsAgainAfterARefusalAndAfterADisconnect()
    {
        const test::TempFolder folder;
        const std::string path = folder / "socket";
        const auto connection
            = Connection::client(*m_engine, Address::parse("unix://" + path), m_changes.callback());
        connection->connect();
        QVERIFY(reaches(*connection, ConnectionState::Failed));

        Socket listener(
            *m_engine, AddressFamily::Unix, SocketType::Stream, ProtocolType::Unspecified);
        listener.bind(EndPoint::unixDomain(path));
        listener.listen();
        connection->connect();
        QVERIFY(reaches(*connection, ConnectionState::Connected));
        QVERIFY(!connection->snapshot().problem);
        const std::uint32_t first = connection->snapshot().socketId;
        connection->connect(); // is connected: does nothing
        QCOMPARE(connection->snapshot().socketId, first);
        connection->disconnect();
        QVERIFY(reaches(*connection, ConnectionState::Closed));
        connection->connect();
        QVERIFY(reaches(*connection, ConnectionState::Connected));
        QVERIFY(connection->snapshot().socketId != first);
    }

    void sendingWithoutAConnectionIsAProblemNotAnException()
    {
        const test::RefusingEndPoint nobody;
        const auto connection
            = Connection::client(*m_engine, addressOf(nobody.endPoint()), m_changes.callback());
        const SendTicket ticket = connection->send(QueueItem::text("x"));
        QVERIFY(ticket.problem);
        QCOMPARE(ticket.operationId, std::uint64_t{0});
        QCOMPARE(ticket.problem->errorName, std::string("NotConnected"));
    }

    void cancelEndsAPendingSendWithTheExactCount()
    {
        const RawListener listener(test::Link::TcpV4, 16 * 1024);
        const auto [connection, peer] = connected(listener);
        const SendTicket ticket
            = connection->send(QueueItem::bytes(test::Bytes(kLarge, std::byte{'x'})));
        QVERIFY(ticket.pending);
        QVERIFY(ticket.operationId != 0);
        QCOMPARE(connection->snapshot().pendingSends, std::uint32_t{1});

        QVERIFY(connection->cancel(ticket.operationId));
        QVERIFY(sendsAreOver(*connection));
        const OperationRecord record = m_records.record(ticket.operationId);
        QCOMPARE(record.phase, OperationPhase::Completed);
        QCOMPARE(record.error, SocketError::OperationAborted);
        QCOMPARE(record.bytesAsked, std::uint64_t{kLarge});
        QVERIFY(record.bytesDone > 0 && record.bytesDone < kLarge);
        QCOMPARE(connection->snapshot().bytesSent, record.bytesDone);
        QCOMPARE(connection->snapshot().state, ConnectionState::Connected);
        QVERIFY(!connection->snapshot().problem);
        QVERIFY(!connection->cancel(ticket.operationId));

        auto reader = peer.receiveAllInBackground();
        connection->disconnect();
        const test::Received received = reader.get();
        QCOMPARE(received.end, StreamEnd::Eof);
        QCOMPARE(received.bytes, record.bytesDone);
    }

    void cancelAllEndsEveryPendingSend()
    {
        const RawListener listener(test::Link::TcpV4, 16 * 1024);
        const auto [connection, peer] = connected(listener);
        for (int i = 0; i < 3; ++i)
            QVERIFY(connection->send(QueueItem::bytes(test::Bytes(kLarge / 4))).pending);
        QCOMPARE(connection->snapshot().pendingSends, std::uint32_t{3});
        QCOMPARE(connection->cancelAll(), std::size_t{3});
        QVERIFY(sendsAreOver(*connection));
        QCOMPARE(connection->cancelAll(), std::size_t{0});
        // Usable: what is sent now arrives behind what had left.
        const std::uint64_t left = connection->snapshot().bytesSent;
        auto reader = peer.receiveAllInBackground();
        (void)connection->send(QueueItem::text("more"));
        connection->disconnect();
        QCOMPARE(reader.get().bytes, left + 4);
    }

    void sendsFilesAndMixedListsInOrder()
    {
        const test::TempFolder folder;
        const auto content = test::randomBytes(300'000);
        const std::string path = folder.file("data.bin", content);
        const RawListener listener(test::Link::TcpV4);
        const auto [connection, peer] = connected(listener);

        auto whole = peer.read(0);
        SendTicket ticket = connection->send(QueueItem::file(path, 100, 1000));
        QVERIFY2(!ticket.problem, ticket.problem ? ticket.problem->toString().c_str() : "");
        QCOMPARE(m_records.record(ticket.operationId).kind, SocketAsyncOperation::SendPackets);
        QCOMPARE(peer.read(1000), test::slice(content, 100, 1000));

        QueueItem skipped = QueueItem::text("not this");
        skipped.enabled = false;
        const std::vector<QueueItem> items{
            QueueItem::text("head\\n"), skipped, QueueItem::file(path), QueueItem::text("tail\\n")};
        ticket = connection->sendAsOne(items);
        QVERIFY(!ticket.problem);
        const auto expected
            = test::joined({test::bytesOf("head\n"), content, test::bytesOf("tail\n")});
        QCOMPARE(peer.read(expected.size()), expected);
        QVERIFY(sendsAreOver(*connection));
        QCOMPARE(m_records.record(ticket.operationId).bytesDone, std::uint64_t{expected.size()});
    }

    void aFileProblemSendsNothingAndKeepsTheConnection_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("error");
        QTest::newRow("missing") << "none"
                                 << "FileNotFound";
        QTest::newRow("missing folder") << "none/none"
                                        << "DirectoryNotFound";
        QTest::newRow("a folder") << ""
                                  << "UnauthorizedAccess";
    }

    void aFileProblemSendsNothingAndKeepsTheConnection()
    {
        QFETCH(const QString, name);
        QFETCH(const QString, error);
        const test::TempFolder folder;
        const std::string path = name.isEmpty() ? folder.path() : folder / name.toStdString();
        const RawListener listener(test::Link::TcpV4);
        const auto [connection, peer] = connected(listener);
        const std::vector<QueueItem> items{QueueItem::text("head"), QueueItem::file(path)};
        const SendTicket ticket = connection->sendAsOne(items);
        QVERIFY(ticket.problem);
        QCOMPARE(ticket.operationId, std::uint64_t{0});
        QCOMPARE(ticket.problem->errorName, error.toStdString());
        QCOMPARE(ticket.problem->subject, path);
        QCOMPARE(connection->snapshot().state, ConnectionState::Connected);
        QCOMPARE(connection->snapshot().bytesSent, std::uint64_t{0});
        (void)connection->send(QueueItem::text("works"));
        QCOMPARE(peer.read(5), test::bytesOf("works"));
    }

    void aRangePastTheEndIsAResult()
    {
        const test::TempFolder folder;
        const std::string path = folder.file("x", test::Bytes(10));
        const RawListener listener(test::Link::TcpV4);
        const auto [connection, peer] = connected(listener);
        const SendTicket ticket = connection->send(QueueItem::file(path, 11));
        QVERIFY(ticket.operationId != 0);
        QVERIFY(ticket.problem || ticket.pending);
        QVERIFY(sendsAreOver(*connection));
        QCOMPARE(connection->snapshot().problem.value_or(Problem()).errorName,
            std::string("InvalidArgument"));
        QCOMPARE(connection->snapshot().state, ConnectionState::Connected);
    }

    void aResetFailsTheConnectionAndEndsPendingSends()
    {
        const RawListener listener(test::Link::TcpV4, 16 * 1024);
        auto [connection, peer] = connected(listener);
        const SendTicket ticket = connection->send(QueueItem::bytes(test::Bytes(kLarge)));
        QVERIFY(ticket.pending);
        QCOMPARE(peer.read(1000).size(), std::size_t{1000});
        peer.reset();
        QVERIFY(reaches(*connection, ConnectionState::Failed));
        QVERIFY(sendsAreOver(*connection));
        const OperationRecord record = m_records.record(ticket.operationId);
        // The kernel tells a reset once; whoever asks second learns of a broken pipe.
        QVERIFY2(
            record.error == SocketError::ConnectionReset || record.error == SocketError::Shutdown,
            toString(record.error).c_str());
        QVERIFY(record.bytesDone >= 1000 && record.bytesDone < kLarge);
        QCOMPARE(connection->snapshot().bytesSent, record.bytesDone);
        const Problem problem = connection->snapshot().problem.value_or(Problem());
        QVERIFY(!problem.nextStep.empty());
        QVERIFY(connection->send(QueueItem::text("x")).problem);
    }

    void thePeersEndLeavesSendingPossible()
    {
        const RawListener listener(test::Link::TcpV4);
        const auto [connection, peer] = connected(listener);
        peer.write(test::bytesOf("bye"));
        peer.shutdownSend();
        QVERIFY(reaches(*connection, ConnectionState::PeerEnded));
        QCOMPARE(connection->received(10).bytes, test::bytesOf("bye"));
        QVERIFY(!connection->send(QueueItem::text("still here")).problem);
        QCOMPARE(peer.read(10), test::bytesOf("still here"));
        connection->disconnect();
        QVERIFY(reaches(*connection, ConnectionState::Closed));
        StreamEnd end = StreamEnd::Open;
        QVERIFY(peer.readAll(&end).empty());
        QCOMPARE(end, StreamEnd::Eof);
    }

    void shutdownSendWaitsForPendingSends()
    {
        const RawListener listener(test::Link::TcpV4, 16 * 1024);
        const auto [connection, peer] = connected(listener);
        QVERIFY(connection->send(QueueItem::bytes(test::Bytes(kLarge / 4))).pending);
        connection->shutdownSend();
        const test::Received received = peer.receiveAllInBackground().get();
        QCOMPARE(received.end, StreamEnd::Eof);
        QCOMPARE(received.bytes, std::uint64_t{kLarge / 4});
        peer.write(test::bytesOf("answer"));
        QVERIFY(receives(*connection, 6));
        QVERIFY(connection->send(QueueItem::text("too late")).problem);
        QVERIFY(connection->snapshot().state == ConnectionState::Connected);
    }

    void disconnectLetsQueuedBytesLeaveFirst()
    {
        const RawListener listener(test::Link::TcpV4, 16 * 1024);
        const auto [connection, peer] = connected(listener);
        QVERIFY(connection->send(QueueItem::bytes(test::Bytes(kLarge / 4))).pending);
        connection->disconnect();
        const test::Received received = peer.receiveAllInBackground().get();
        QCOMPARE(received.end, StreamEnd::Eof);
        QCOMPARE(received.bytes, std::uint64_t{kLarge / 4});
        QVERIFY(reaches(*connection, ConnectionState::Closed));
        QVERIFY(!connection->snapshot().problem);
    }

    void abortEndsPendingSendsAtOnce()
    {
        const RawListener listener(test::Link::TcpV4, 16 * 1024);
        const auto [connection, peer] = connected(listener);
        const SendTicket ticket = connection->send(QueueItem::bytes(test::Bytes(kLarge)));
        QVERIFY(ticket.pending);
        connection->abort();
        QVERIFY(sendsAreOver(*connection));
        QCOMPARE(connection->snapshot().state, ConnectionState::Closed);
        QCOMPARE(m_records.record(ticket.operationId).error, SocketError::OperationAborted);
        StreamEnd end = StreamEnd::Open;
        (void)peer.readAll(&end);
        QCOMPARE(end, StreamEnd::Reset);
    }

    void abortEndsAConnectThatIsPending()
    {
        const test::FullListener full;
        const auto connection
            = Connection::client(*m_engine, addressOf(full.endPoint()), m_changes.callback());
        connection->connect();
        QCOMPARE(connection->snapshot().state, ConnectionState::Connecting);
        connection->abort();
        QCOMPARE(connection->snapshot().state, ConnectionState::Closed);
    }

    void saysNothingMoreOnceDestroyed()
    {
        const RawListener listener(test::Link::TcpV4, 16 * 1024);
        auto [connection, peer] = connected(listener);
        QVERIFY(connection->send(QueueItem::bytes(test::Bytes(kLarge))).pending);
        connection.reset();
        const std::size_t before = m_changes.count();
        StreamEnd end = StreamEnd::Open;
        (void)peer.readAll(&end);
        QCOMPARE(end, StreamEnd::Reset);
        m_engine.reset(); // every completion has run when this is back
        QCOMPARE(m_changes.count(), before);
    }

    void anAcceptedConnectionWorksButCannotConnectAgain()
    {
        test::SocketPair pair = test::connectedPair(*m_engine);
        const auto one
            = Connection::accepted(*m_engine, pair.a, Transport::Tcp, m_changes.callback());
        const auto other
            = Connection::accepted(*m_engine, pair.b, Transport::Tcp, m_changes.callback());
        QCOMPARE(one->snapshot().state, ConnectionState::Connected);
        QVERIFY(!one->send(QueueItem::text("ping")).problem);
        QVERIFY(receives(*other, 4));
        one->disconnect();
        QVERIFY(reaches(*other, ConnectionState::PeerEnded));
        QVERIFY(reaches(*one, ConnectionState::Closed));
        one->connect();
        QCOMPARE(one->snapshot().state, ConnectionState::Closed);
        QCOMPARE(
            one->snapshot().problem.value_or(Problem()).errorName, std::string("InvalidOperation"));
    }

    void threadsSendAtOnceWithoutLoss()
    {
        constexpr int kThreads = 4;
        constexpr int kSends = 500;
        const RawListener listener(test::Link::TcpV4, 16 * 1024);
        const auto [connection, peer] = connected(listener);
        auto reader = peer.receiveAllInBackground();
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&connection = *connection] {
                for (int i = 0; i < kSends; ++i)
                    (void)connection.send(
                        QueueItem::bytes(test::Bytes(1000 + static_cast<std::size_t>(i))));
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        connection->disconnect();
        constexpr std::uint64_t kEach = 1000 * kSends + kSends * (kSends - 1) / 2;
        QCOMPARE(reader.get().bytes, kThreads * kEach);
        QVERIFY(reaches(*connection, ConnectionState::Closed));
        QCOMPARE(connection->snapshot().bytesSent, kThreads * kEach);
        QVERIFY(!connection->snapshot().problem);
    }

    void receivesMoreThanItKeeps()
    {
        const RawListener listener(test::Link::TcpV4);
        const auto [connection, peer] = connected(listener);
        const auto bytes = test::randomBytes((std::size_t{5} << 20) + 13);
        std::thread writer([&peer = peer, &bytes] { peer.write(bytes); });
        const bool arrived = receives(*connection, bytes.size());
        writer.join();
        QVERIFY(arrived);
        const ReceivedTail tail = connection->received(bytes.size());
        constexpr std::size_t kKept = std::size_t{1} << 20;
        QCOMPARE(tail.bytes, test::slice(bytes, bytes.size() - kKept, kKept));
    }

    void datagramsGoBothWaysAndARefusalIsNotTheEnd()
    {
        const auto connection = [&](const EndPoint& endPoint) {
            auto made = Connection::client(
                *m_engine, addressOf(endPoint, Transport::Udp), m_changes.callback());
            made->connect();
            return made;
        };
        const RawPeer peer = test::rawDatagramPeer();
        const auto one = connection(peer.localEndPoint());
        QVERIFY(reaches(*one, ConnectionState::Connected));
        QVERIFY(!one->send(QueueItem::text("ping")).problem);
        QCOMPARE(peer.readDatagram(), test::bytesOf("ping"));
        test::connectTo(peer, one->snapshot().local);
        peer.write(test::bytesOf("pong"));
        QVERIFY(receives(*one, 4));

        RawPeer leaving = test::rawDatagramPeer();
        const auto other = connection(leaving.localEndPoint());
        leaving.close();
        (void)other->send(QueueItem::text("anybody?"));
        QVERIFY(m_changes.until([&] { return other->snapshot().problem.has_value(); }));
        QCOMPARE(other->snapshot().problem->errorName, std::string("ConnectionRefused"));
        QCOMPARE(other->snapshot().state, ConnectionState::Connected);
    }
};

QTEST_GUILESS_MAIN(ConnectionTest)
#include "connection_test.moc"
