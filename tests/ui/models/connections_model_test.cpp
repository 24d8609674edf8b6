// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/connections_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace swb;
using namespace swb::ui;
using workbench::ConnectionState;
using workbench::NodeKind;
using workbench::NodeSnapshot;

namespace {

NodeSnapshot node(std::uint32_t id, NodeKind kind, std::uint16_t port, std::uint32_t parent = 0)
{
    NodeSnapshot snapshot;
    snapshot.id = id;
    snapshot.parentId = parent;
    snapshot.kind = kind;
    snapshot.address = Address{Transport::Tcp, EndPoint::ip("127.0.0.1", port)};
    snapshot.connection.target = snapshot.address;
    snapshot.listening = kind == NodeKind::Listener || kind == NodeKind::DemoPeer;
    if (kind == NodeKind::DemoPeer)
        snapshot.peerKind = peers::PeerKind::Echo;
    return snapshot;
}

/// The tree, a line each, indented.
QString printed(const ConnectionsModel& model, const QModelIndex& parent = {}, int depth = 0)
{
    QString text;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        const QString state = index.data(ConnectionsModel::StateWordRole).toString();
        text += QString(depth * 2, u' ') + index.data().toString()
            + (state.isEmpty() ? QString() : u'|' + state) + u'\n';
        text += printed(model, index, depth + 1);
    }
    return text;
}

constexpr std::int64_t kSecond = 1'000'000'000;

} // namespace

class ConnectionsModelTest : public QObject {
    Q_OBJECT

private slots:
    void theTreeFollowsTheSnapshots()
    {
        ConnectionsModel model;
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        QVERIFY(model.isEmpty());
        const auto client = node(1, NodeKind::Client, 40001);
        const auto listener = node(2, NodeKind::Listener, 9000);
        auto accepted = node(3, NodeKind::Accepted, 0, 2);
        accepted.connection.state = ConnectionState::Connected;
        accepted.connection.remote = EndPoint::ip("127.0.0.1", 5555);
        const auto peer = node(4, NodeKind::DemoPeer, 40001);

        model.update({client, listener}, kSecond);
        QCOMPARE(printed(model),
            QStringLiteral("Clients\n  tcp://127.0.0.1:40001|not connected\n"
                           "Listening\n  tcp://127.0.0.1:9000|listening\n"));
        model.update({client, listener, accepted, peer}, kSecond);
        QCOMPARE(printed(model),
            QStringLiteral(
                "Clients\n  to echo peer :40001|not connected\n"
                "Listening\n  tcp://127.0.0.1:9000|listening\n    from 127.0.0.1:5555|connected\n"
                "Demo peers\n  echo peer :40001|listening\n"));
        model.update({accepted, listener}, kSecond);
        QCOMPARE(printed(model),
            QStringLiteral("Listening\n  tcp://127.0.0.1:9000|listening\n    from "
                           "127.0.0.1:5555|connected\n"));
        model.update({}, kSecond);
        QVERIFY(model.isEmpty());
        QCOMPARE(resets.count(), 0);
    }

    void manyAcceptedConnectionsComeAsOneBlock()
    {
        ConnectionsModel model;
        std::vector<NodeSnapshot> nodes{node(1, NodeKind::Listener, 9000)};
        model.update(nodes, kSecond);
        const QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        for (std::uint32_t id = 2; id < 1002; ++id)
            nodes.push_back(node(id, NodeKind::Accepted, 0, 1));
        model.update(nodes, kSecond);
        QCOMPARE(inserted.count(), 1);
        QCOMPARE(model.rowCount(model.indexOf(1)), 1000);
    }

    void anUnchangedRowIsNotTold()
    {
        ConnectionsModel model;
        model.update({node(1, NodeKind::Client, 40001)}, kSecond);
        const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.update({node(1, NodeKind::Client, 40001)}, 2 * kSecond);
        QCOMPARE(changed.count(), 0);
    }

    void ratesComeFromTheDifferenceOfSnapshotsAndFallToZero()
    {
        ConnectionsModel model;
        auto client = node(1, NodeKind::Client, 40001);
        client.connection.state = ConnectionState::Connected;
        model.update({client}, kSecond);
        client.connection.bytesSent = 4 << 20;
        model.update({client}, 3 * kSecond);
        const QModelIndex row = model.indexOf(1);
        QVERIFY2(row.data(ConnectionsModel::TrafficRole)
                     .toString()
                     .contains(QStringLiteral("sent 2.0 MiB/s")),
            qPrintable(row.data(ConnectionsModel::TrafficRole).toString()));
        QVERIFY(model.hasLiveRates());
        model.update({client}, 4 * kSecond);
        QVERIFY(row.data(ConnectionsModel::TrafficRole)
                    .toString()
                    .contains(QStringLiteral("sent 0 B/s")));
        QVERIFY(!model.hasLiveRates());
    }

    void aProblemIsInTheRowAndWholeInTheToolTip()
    {
        ConnectionsModel model;
        auto client = node(1, NodeKind::Client, 40001);
        client.connection.state = ConnectionState::Failed;
        client.connection.problem = workbench::problemFromResult("Connect", "tcp://127.0.0.1:40001",
            SocketError::ConnectionRefused, std::error_code(ECONNREFUSED, std::system_category()));
        model.update({client}, kSecond);
        const QModelIndex row = model.indexOf(1);
        QVERIFY(row.data(ConnectionsModel::ProblemRole)
                    .toString()
                    .startsWith(QStringLiteral("ConnectionRefused (10061)")));
        QVERIFY(row.data(Qt::ToolTipRole).toString().contains(QStringLiteral("ECONNREFUSED 111")));
        QVERIFY(row.data(Qt::AccessibleTextRole)
                    .toString()
                    .contains(QStringLiteral("ConnectionRefused")));
    }
};

QTEST_GUILESS_MAIN(ConnectionsModelTest)
#include "connections_model_test.moc"
