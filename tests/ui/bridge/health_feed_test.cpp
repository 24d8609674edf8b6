// SPDX-License-Identifier: GPL-3.0-or-later
/// From a real pending send to its reason on the GUI thread.

#include "tests/support/socket_pair.h"

#include "ui/bridge/health_feed.h"

#include <QSignalSpy>
#include <QTest>

#include <memory>
#include <optional>

using namespace swb;
using namespace swb::test;
using namespace swb::ui;

class HealthFeedTest : public QObject {
    Q_OBJECT

private:
    trace::Recorder m_recorder;
    trace::TraceStore m_store;
    std::optional<AsyncEngine> m_engine;
    std::unique_ptr<EngineBridge> m_bridge;
    std::unique_ptr<HealthFeed> m_feed;

    trace::OperationRecord record(const SocketAsyncEventArgs& e) const
    {
        return m_store.record(trace::TraceStore::rowOf(e.operationId()));
    }

private slots:
    void initTestCase()
    {
        EngineOptions options;
        options.workerThreads = 1;
        options.observer = &m_recorder;
        m_engine.emplace(options);
        m_bridge = std::make_unique<EngineBridge>(m_recorder, m_store);
        m_feed = std::make_unique<HealthFeed>(*m_engine, *m_bridge);
    }
    void cleanupTestCase()
    {
        m_feed.reset();
        m_engine.reset();
        m_bridge.reset();
    }

    void aPendingSendGetsItsReasonAndItsPlaceInTheQueue()
    {
        QSignalSpy sampled(m_feed.get(), &HealthFeed::sampled);
        Wire wire = connectedWire(*m_engine);
        const Bytes data = randomBytes(kPendingSize);
        Call first;
        Call second;
        first.e.setBuffer(std::span<const std::byte>(data));
        second.e.setBuffer(std::span<const std::byte>(data));
        QVERIFY(wire.socket.sendAsync(first.e));
        QVERIFY(wire.socket.sendAsync(second.e));
        QTRY_VERIFY(m_store.contains(second.e.operationId()));
        QTRY_VERIFY(m_feed->reason(record(first.e)).contains(QLatin1String("peer window 0")));
        QVERIFY(sampled.count() > 0);
        QCOMPARE(m_feed->ahead(record(first.e)), std::size_t{0});
        QCOMPARE(m_feed->ahead(record(second.e)), std::size_t{1});
        QCOMPARE(m_feed->reason(record(second.e)),
            QString("1 send started earlier on this socket comes first"));
        const auto pending = m_feed->pendingSends(wire.socket.id());
        QCOMPARE(pending.size(), std::size_t{2});
        QCOMPARE(pending.front().id, first.e.operationId());
        const auto* health = m_feed->health(wire.socket.id());
        QVERIFY(health);
        QCOMPARE(health->latest().acceptedBytes(), record(first.e).bytesDone);
        // The recording has them, too.
        const auto recorded = m_store.health().historyAt(wire.socket.id(), health->latest().timeNs);
        QVERIFY(recorded && recorded->latest() == health->latest());

        wire.socket.cancel(first.e);
        QVERIFY(first.done.wait());
        QTRY_COMPARE(m_feed->ahead(record(second.e)), std::size_t{0});
        QVERIFY(m_feed->reason(record(first.e)).isEmpty());
        wire.socket.close();
        QVERIFY(second.done.wait());
        QTRY_VERIFY(m_feed->pendingSends(wire.socket.id()).empty());
    }

    void directionsWaitForThemselvesOnly()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes data = randomBytes(kPendingSize);
        Bytes room(10);
        Call send;
        Call receive;
        send.e.setBuffer(std::span<const std::byte>(data));
        receive.e.setBuffer(room);
        QVERIFY(wire.socket.sendAsync(send.e));
        QVERIFY(wire.socket.receiveAsync(receive.e));
        QTRY_VERIFY(m_store.contains(receive.e.operationId()));
        QCOMPARE(m_feed->ahead(record(receive.e)), std::size_t{0});
        QTRY_VERIFY(m_feed->reason(record(receive.e)).contains(QLatin1String("nothing")));
        QCOMPARE(m_feed->pendingSends(wire.socket.id()).size(), std::size_t{1});
        wire.socket.close();
        QVERIFY(send.done.wait());
        QVERIFY(receive.done.wait());
    }
};

QTEST_GUILESS_MAIN(HealthFeedTest)
#include "health_feed_test.moc"
