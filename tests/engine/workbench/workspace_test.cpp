// SPDX-License-Identifier: GPL-3.0-or-later
#include "changes.h"

#include "tests/support/compare.h"
#include "tests/support/raw_peer.h"
#include "tests/support/temp_files.h"

#include "engine/net/async_engine.h"
#include "engine/workbench/workspace.h"

#include <QTest>

#include <algorithm>

using namespace swb;
using namespace swb::workbench;
using swb::test::Changes;

class WorkspaceTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<AsyncEngine> m_engine;
    Changes m_changes;
    std::unique_ptr<Workspace> m_workspace;

    std::vector<NodeSnapshot> ofKind(NodeKind kind) const
    {
        std::vector<NodeSnapshot> nodes = m_workspace->snapshot();
        nodes.erase(std::remove_if(
                        nodes.begin(), nodes.end(), [&](const auto& n) { return n.kind != kind; }),
            nodes.end());
        return nodes;
    }
    NodeSnapshot node(std::uint32_t id) const
    {
        for (const NodeSnapshot& candidate : m_workspace->snapshot()) {
            if (candidate.id == id)
                return candidate;
        }
        return {};
    }
    bool reaches(std::uint32_t id, ConnectionState state)
    {
        return m_changes.until([&] { return node(id).connection.state == state; });
    }

private slots:
    void init()
    {
        m_changes = Changes();
        m_engine = std::make_unique<AsyncEngine>(EngineOptions{2, nullptr});
        m_workspace = std::make_unique<Workspace>(*m_engine, m_changes.callback());
    }
    void cleanup()
    {
        m_workspace.reset();
        m_engine.reset();
    }

    void aListenerShowsWhatItAccepts_data()
    {
        QTest::addColumn<QString>("address");
        QTest::newRow("tcp v4") << "tcp://127.0.0.1:0";
        QTest::newRow("tcp v6") << "tcp://[::1]:0";
        QTest::newRow("localhost") << "tcp://localhost:0";
        QTest::newRow("unix") << "unix://FOLDER/s";
    }

    void aListenerShowsWhatItAccepts()
    {
        QFETCH(QString, address);
        const test::TempFolder folder;
        address.replace("FOLDER", QString::fromStdString(folder.path()));
        const std::uint32_t listener
            = m_workspace->addListener(Address::parse(address.toStdString()));
        const NodeSnapshot shown = node(listener);
        QVERIFY2(shown.listening, shown.problem ? shown.problem->toString().c_str() : "");
        QCOMPARE(shown.kind, NodeKind::Listener);
        QVERIFY(!m_workspace->connection(listener));

        const std::uint32_t client = m_workspace->addClient(shown.address);
        QCOMPARE(node(client).connection.state, ConnectionState::Idle);
        m_workspace->connection(client)->connect();
        QVERIFY(reaches(client, ConnectionState::Connected));
        QVERIFY(m_changes.until([&] { return ofKind(NodeKind::Accepted).size() == 1; }));
        const NodeSnapshot child = ofKind(NodeKind::Accepted).front();
        QCOMPARE(child.parentId, listener);
        QCOMPARE(node(listener).acceptedCount, std::uint32_t{1});
        QCOMPARE(child.connection.local, shown.address.endPoint);

        QVERIFY(!m_workspace->connection(client)->send(QueueItem::text("ping")).problem);
        QVERIFY(m_changes.until([&] { return node(child.id).connection.bytesReceived == 4; }));
        QVERIFY(!m_workspace->connection(child.id)->send(QueueItem::text("answer")).problem);
        QVERIFY(m_changes.until([&] { return node(client).connection.bytesReceived == 6; }));
    }

    void aListenerThatCannotListenStaysWithItsProblem()
    {
        const std::uint32_t first = m_workspace->addListener(Address::parse("tcp://127.0.0.1:0"));
        const std::uint32_t second = m_workspace->addListener(node(first).address);
        const NodeSnapshot shown = node(second);
        QVERIFY(!shown.listening);
        QVERIFY(shown.problem);
        QCOMPARE(shown.problem->operation, std::string("Listen"));
        QCOMPARE(shown.problem->errorName, std::string("AddressAlreadyInUse"));
        QCOMPARE(shown.problem->subject, node(first).address.toString());
        const std::uint32_t name
            = m_workspace->addListener(Address::parse("tcp://example.invalid:0"));
        QVERIFY(node(name).problem);
    }

    void aDatagramListenerReceivesFromEverybody()
    {
        const std::uint32_t listener
            = m_workspace->addListener(Address::parse("udp://127.0.0.1:0"));
        const NodeSnapshot shown = node(listener);
        QVERIFY2(shown.listening, shown.problem ? shown.problem->toString().c_str() : "");
        QVERIFY(shown.address.endPoint.port() != 0);
        std::uint64_t expected = 0;
        for (int sender = 0; sender < 2; ++sender) {
            const test::RawPeer peer = test::rawDatagramPeer();
            test::connectTo(peer, shown.address.endPoint);
            peer.write(test::bytesOf("hello"));
            expected += 5;
            QVERIFY(m_changes.until(
                [&] { return node(listener).connection.bytesReceived == expected; }));
            QCOMPARE(node(listener).connection.remote, peer.localEndPoint());
        }
        const auto connection = m_workspace->connection(listener);
        QCOMPARE(connection->received(100).bytes, test::bytesOf("hellohello"));
        QCOMPARE(connection->send(QueueItem::text("x")).problem.value_or(Problem()).errorName,
            std::string("NotConnected"));
    }

    void demoPeersServeAndCount()
    {
        peers::PeerOptions options;
        options.kind = peers::PeerKind::Echo;
        options.listen = Address::parse("tcp://127.0.0.1:0");
        const std::uint32_t peer = m_workspace->addDemoPeer(options);
        QCOMPARE(node(peer).kind, NodeKind::DemoPeer);
        QVERIFY(node(peer).listening);
        const std::uint32_t client = m_workspace->addClient(node(peer).address);
        m_workspace->connection(client)->connect();
        QVERIFY(reaches(client, ConnectionState::Connected));
        (void)m_workspace->connection(client)->send(QueueItem::text("echo"));
        QVERIFY(m_changes.until([&] { return node(client).connection.bytesReceived == 4; }));
        QCOMPARE(node(peer).peer.bytesReceived, std::uint64_t{4});
        QCOMPARE(node(peer).peer.connectionsAccepted, std::uint64_t{1});
        m_workspace->remove(peer);
        QVERIFY(m_changes.until(
            [&] { return node(client).connection.state != ConnectionState::Connected; }));
        options.listen = Address::parse("tcp://192.0.2.1:1");
        const NodeSnapshot wrong = node(m_workspace->addDemoPeer(options));
        QVERIFY(!wrong.listening && wrong.problem);
        QCOMPARE(wrong.problem->errorName, std::string("AddressNotAvailable"));
    }

    void removingAListenerEndsItsChildrenAndIdsAreNotUsedAgain()
    {
        const std::uint32_t listener
            = m_workspace->addListener(Address::parse("tcp://127.0.0.1:0"));
        const std::uint32_t client = m_workspace->addClient(node(listener).address);
        m_workspace->connection(client)->connect();
        QVERIFY(m_changes.until([&] { return ofKind(NodeKind::Accepted).size() == 1; }));
        QVERIFY(reaches(client, ConnectionState::Connected));
        const std::uint32_t child = ofKind(NodeKind::Accepted).front().id;
        m_workspace->remove(listener);
        QVERIFY(!m_workspace->connection(child));
        QCOMPARE(m_workspace->snapshot().size(), std::size_t{1});
        QVERIFY(m_changes.until(
            [&] { return node(client).connection.state != ConnectionState::Connected; }));
        const std::uint32_t next = m_workspace->addClient(Address::parse("tcp://127.0.0.1:1"));
        QVERIFY(next > child);
    }

    void whatThePeersProgramHasReadIsKnownOfOwnPeers()
    {
        peers::PeerOptions options;
        options.kind = peers::PeerKind::Sink;
        options.listen = Address::parse("tcp://127.0.0.1:0");
        const std::uint32_t peer = m_workspace->addDemoPeer(options);
        const std::uint32_t other = m_workspace->addClient(node(peer).address);
        const std::uint32_t client = m_workspace->addClient(node(peer).address);
        QVERIFY(!m_workspace->readByPeer(client)); // not connected yet
        QVERIFY(!m_workspace->readByPeer(peer));
        for (const std::uint32_t id : {other, client}) {
            m_workspace->connection(id)->connect();
            QVERIFY(reaches(id, ConnectionState::Connected));
        }
        m_workspace->connection(client)->send(QueueItem::text("twelve bytes"));
        QVERIFY(QTest::qWaitFor([&] { return m_workspace->readByPeer(client) == 12U; }, 20'000));
        QCOMPARE(*m_workspace->readByPeer(other), std::uint64_t{0});

        const std::uint32_t listener = m_workspace->addListener(options.listen);
        const std::uint32_t toListener = m_workspace->addClient(node(listener).address);
        m_workspace->connection(toListener)->connect();
        QVERIFY(reaches(toListener, ConnectionState::Connected));
        m_workspace->connection(toListener)->send(QueueItem::text("five!"));
        QVERIFY(QTest::qWaitFor([&] { return m_workspace->readByPeer(toListener) == 5U; }, 20'000));
    }

    void whatAPeerHasReadIsKnownAfterItEnded()
    {
        peers::PeerOptions options;
        options.kind = peers::PeerKind::Reset;
        options.afterBytes = 4;
        options.listen = Address::parse("tcp://127.0.0.1:0");
        const std::uint32_t peer = m_workspace->addDemoPeer(options);
        const std::uint32_t client = m_workspace->addClient(node(peer).address);
        m_workspace->connection(client)->connect();
        QVERIFY(reaches(client, ConnectionState::Connected));
        m_workspace->connection(client)->send(QueueItem::text("0123456789"));
        QVERIFY(QTest::qWaitFor(
            [&] {
                return node(peer).peer.connectionsOpen == 0 && node(peer).peer.bytesReceived > 0;
            },
            20'000));
        QVERIFY(QTest::qWaitFor([&] { return m_workspace->readByPeer(client) == 4U; }, 20'000));
    }

    void pendingOperationsAreCountedAndClosed()
    {
        peers::PeerOptions options;
        options.kind = peers::PeerKind::Blackhole;
        options.listen = Address::parse("tcp://127.0.0.1:0");
        const std::uint32_t peer = m_workspace->addDemoPeer(options);
        const std::uint32_t client = m_workspace->addClient(node(peer).address);
        const auto connection = m_workspace->connection(client);
        connection->connect();
        QVERIFY(reaches(client, ConnectionState::Connected));
        QCOMPARE(m_workspace->pendingOperations(), std::size_t{0});
        QVERIFY(connection->send(QueueItem::bytes(test::Bytes(std::size_t{64} << 20))).pending);
        QCOMPARE(m_workspace->pendingOperations(), std::size_t{1});
        m_workspace->closeAll();
        QVERIFY(m_changes.until([&] { return m_workspace->pendingOperations() == 0; }));
        QCOMPARE(node(client).connection.state, ConnectionState::Closed);
        QVERIFY(!node(peer).listening);
    }

    void endsWithEverythingStillOpen()
    {
        const std::uint32_t listener
            = m_workspace->addListener(Address::parse("tcp://127.0.0.1:0"));
        std::vector<std::shared_ptr<Connection>> kept;
        for (int i = 0; i < 5; ++i) {
            const std::uint32_t client = m_workspace->addClient(node(listener).address);
            kept.push_back(m_workspace->connection(client));
            kept.back()->connect();
        }
        m_workspace.reset();
        const std::size_t before = m_changes.count();
        m_engine.reset();
        QCOMPARE(m_changes.count(), before);
        for (const auto& connection : kept)
            QVERIFY(connection->snapshot().state != ConnectionState::Connected);
    }
};

QTEST_GUILESS_MAIN(WorkspaceTest)
#include "workspace_test.moc"
