// SPDX-License-Identifier: GPL-3.0-or-later
/// Socket::health(): the kernel's stations of a connection, exact to the byte.

#include "tests/support/socket_pair.h"

#include "engine/net/async_engine.h"

#include <QTest>

#include <algorithm>
#include <optional>

#include <linux/sockios.h>
#include <sys/ioctl.h>

using namespace swb;
using namespace swb::test;

namespace {

/// The kernel has nothing on the way: every byte it took is acknowledged.
bool everythingAcknowledged(const Socket& socket)
{
    return QTest::qWaitFor(
        [&] { return socket.health().sendQueueBytes() == 0; }, static_cast<int>(kDeadline.count()));
}

int kernelQueue(const Socket& socket)
{
    int queued = -1;
    ::ioctl(socket.nativeHandle(), SIOCOUTQ, &queued);
    return queued;
}

} // namespace

class HealthTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void acknowledgedBytesAreThePayload_data()
    {
        QTest::addColumn<Link>("link");
        QTest::newRow("tcp v4") << Link::TcpV4;
        QTest::newRow("tcp v6") << Link::TcpV6;
    }
    /// Whichever side connected: the kernel counts the SYN of one of them.
    void acknowledgedBytesAreThePayload()
    {
        QFETCH(Link, link);
        SocketPair pair = connectedPair(*m_engine, link);
        for (Socket* sender : {&pair.a, &pair.b}) {
            Socket& receiver = sender == &pair.a ? pair.b : pair.a;
            QCOMPARE(sender->health().acknowledgedBytes, std::uint64_t{0});
            QCOMPARE(sendNow(*sender, randomBytes(12'345)), SocketError::Success);
            QVERIFY(everythingAcknowledged(*sender));
            const SocketHealth health = sender->health();
            QVERIFY(health.known);
            QVERIFY(health.connected);
            QCOMPARE(health.acknowledgedBytes, std::uint64_t{12'345});
            QCOMPARE(health.acceptedBytes(), std::uint64_t{12'345});
            QCOMPARE(receiver.health().receivedBytes, std::uint64_t{12'345});
            QCOMPARE(receiver.health().receiveQueueBytes, 12'345U);
            QCOMPARE(receiveNow(receiver, 12'345).size(), std::size_t{12'345});
            QCOMPARE(receiver.health().receiveQueueBytes, 0U);
        }
    }

    void theFinIsNotAByte()
    {
        SocketPair pair = connectedPair(*m_engine);
        QCOMPARE(sendNow(pair.a, randomBytes(10)), SocketError::Success);
        pair.a.shutdown(SocketShutdown::Send);
        QCOMPARE(receiveNow(pair.b, 11).size(), std::size_t{10}); // to the end
        QVERIFY(everythingAcknowledged(pair.a));
        QCOMPARE(pair.a.health().acknowledgedBytes, std::uint64_t{10});
    }

    void aPeerThatDoesNotReadClosesItsWindow()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes data = randomBytes(kPendingSize);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(data));
        QVERIFY(wire.socket.sendAsync(call.e));
        QVERIFY(QTest::qWaitFor(
            [&] {
                const SocketHealth now = wire.socket.health();
                return now.windowKnown && now.peerWindowBytes == 0 && now.inFlightBytes == 0;
            },
            static_cast<int>(kDeadline.count())));
        const SocketHealth health = wire.socket.health();
        QVERIFY(health.acknowledgedBytes > 0);
        QVERIFY(health.unsentBytes > 0);
        QCOMPARE(static_cast<int>(health.sendQueueBytes()), kernelQueue(wire.socket));
        QVERIFY(health.sendBufferBytes > 0);
        wire.socket.cancel(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(wire.socket.health().acceptedBytes(), call.e.bytesTransferred());
    }

    void whereTheKernelTellsNothingItSaysSo()
    {
        Wire unixWire = connectedWire(*m_engine, Link::UnixStream);
        QVERIFY(!unixWire.socket.health().known);
        Wire udp = connectedWire(*m_engine, Link::Udp);
        QVERIFY(!udp.socket.health().known);
        const Socket fresh(
            *m_engine, AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Tcp);
        QVERIFY(!fresh.health().known);
        Wire closed = connectedWire(*m_engine);
        closed.socket.close();
        QVERIFY(!closed.socket.health().known);
    }

    void theEngineLooksAtSeveralSocketsAtOnce()
    {
        SocketPair first = connectedPair(*m_engine);
        SocketPair second = connectedPair(*m_engine);
        QCOMPARE(sendNow(second.a, randomBytes(77)), SocketError::Success);
        QVERIFY(everythingAcknowledged(second.a));
        std::vector<std::uint32_t> ids{first.a.id(), second.a.id(), 1'000'000};
        std::sort(ids.begin(), ids.end());
        auto seen = m_engine->socketHealth(ids);
        QCOMPARE(seen.size(), std::size_t{2});
        std::sort(seen.begin(), seen.end(),
            [](const auto& a, const auto& b) { return a.socketId < b.socketId; });
        QCOMPARE(seen[0].socketId, first.a.id());
        QCOMPARE(seen[0].acknowledgedBytes, std::uint64_t{0});
        QCOMPARE(seen[1].socketId, second.a.id());
        QCOMPARE(seen[1].acknowledgedBytes, std::uint64_t{77});
    }
};

QTEST_GUILESS_MAIN(HealthTest)
#include "health_test.moc"
