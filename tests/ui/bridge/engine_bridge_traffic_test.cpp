// SPDX-License-Identifier: GPL-3.0-or-later
/// The whole way from real sockets on worker threads to rows on the GUI thread.
#include "engine/net/async_engine.h"
#include "engine/net/socket.h"
#include "engine/net/socket_async_event_args.h"
#include "tests/support/compare.h"
#include "ui/bridge/engine_bridge.h"

#include <QTest>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace swb;

namespace {

/// Two connected TCP sockets.
struct Pair {
    Socket listener;
    Socket client;
    Socket server;

    explicit Pair(AsyncEngine& engine)
        : listener(engine, AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Tcp)
        , client(engine, AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Tcp)
    {
        listener.bind(EndPoint::ip("127.0.0.1", 0));
        listener.listen();
        std::atomic<int> over{0};
        SocketAsyncEventArgs accept;
        SocketAsyncEventArgs connect;
        accept.onCompleted([&over](Socket&, SocketAsyncEventArgs&) { ++over; });
        connect.onCompleted([&over](Socket&, SocketAsyncEventArgs&) { ++over; });
        connect.setRemoteEndPoint(listener.localEndPoint());
        if (!listener.acceptAsync(accept))
            ++over;
        if (!client.connectAsync(connect))
            ++over;
        QTRY_COMPARE_WITH_TIMEOUT(over.load(), 2, 10'000);
        server = accept.acceptSocket();
    }
};

/// Receives on `socket` until its end, or until it is closed.
class Receiver {
public:
    explicit Receiver(Socket socket)
        : m_socket(std::move(socket))
    {
        m_args.setBuffer(std::span<std::byte>(m_buffer));
        m_args.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
            if (take())
                receive();
        });
    }
    void receive()
    {
        while (!m_socket.receiveAsync(m_args)) {
            if (!take())
                return;
        }
    }
    std::uint64_t bytes() const { return m_bytes; }
    bool ended() const { return m_ended; }

private:
    bool take()
    {
        m_bytes += m_args.bytesTransferred();
        if (m_args.socketError() == SocketError::Success && m_args.bytesTransferred() > 0)
            return true;
        m_ended = true;
        return false;
    }
    Socket m_socket;
    SocketAsyncEventArgs m_args;
    std::array<std::byte, 65536> m_buffer{};
    std::atomic<std::uint64_t> m_bytes{0};
    std::atomic<bool> m_ended{false};
};

} // namespace

class EngineBridgeTrafficTest : public QObject {
    Q_OBJECT

private slots:
    void everyOperationOfRealTrafficBecomesARow()
    {
        constexpr int kSends = 3000;
        trace::Recorder recorder;
        trace::TraceStore store;
        ui::EngineBridge bridge(recorder, store);
        {
            AsyncEngine engine({.workerThreads = 2, .observer = &recorder});
            Pair first(engine);
            Pair second(engine);
            Receiver firstEnd(first.server);
            Receiver secondEnd(second.server);
            firstEnd.receive();
            secondEnd.receive();

            const std::vector<std::byte> data(2000, std::byte{7});
            std::atomic<int> done{0};
            const auto sendAll = [&](Socket socket) {
                SocketAsyncEventArgs args;
                args.setBuffer(std::span<const std::byte>(data));
                std::atomic<bool> free{true};
                args.onCompleted([&free](Socket&, SocketAsyncEventArgs&) { free = true; });
                for (int i = 0; i < kSends; ++i) {
                    free = false;
                    if (!socket.sendAsync(args))
                        free = true;
                    while (!free)
                        std::this_thread::yield();
                }
                ++done;
            };
            std::thread firstSender(sendAll, first.client);
            std::thread secondSender(sendAll, second.client);
            QTRY_COMPARE_WITH_TIMEOUT(done.load(), 2, 60'000);
            firstSender.join();
            secondSender.join();
            first.client.shutdown(SocketShutdown::Send);
            second.client.shutdown(SocketShutdown::Send);
            QTRY_VERIFY_WITH_TIMEOUT(firstEnd.ended() && secondEnd.ended(), 30'000);
            QCOMPARE(firstEnd.bytes(), std::uint64_t{kSends} * data.size());

            QTRY_COMPARE(store.totals().pending, 0U);
            QTRY_COMPARE(store.totals().bytesSent, 2 * std::uint64_t{kSends} * data.size());
            QTRY_COMPARE(store.totals().bytesReceived, 2 * std::uint64_t{kSends} * data.size());
        }
        bridge.flush();

        QCOMPARE(bridge.lostRecords(), 0U);
        QVERIFY(!store.hasGap());
        QCOMPARE(store.totals().operations, store.rowCount());
        QCOMPARE(store.totals().failed + store.totals().aborted, 0U);
        int sends = 0;
        for (std::uint64_t row = 0; row < store.rowCount(); ++row) {
            const OperationRecord record = store.record(row);
            QCOMPARE(record.id, row + 1);
            QCOMPARE(record.phase, OperationPhase::Completed);
            QVERIFY(record.submittedNs > 0 && record.completedNs >= record.submittedNs);
            QCOMPARE(record.eventNs != 0, record.returnedPending());
            QVERIFY(record.callThread != 0 && trace::endThread(record) != 0);
            sends += record.kind == SocketAsyncOperation::Send ? 1 : 0;
        }
        QCOMPARE(sends, 2 * kSends);
    }

    void aPendingSendIsARowAtOnceAndEndsWithItsExactCount()
    {
        trace::Recorder recorder;
        trace::TraceStore store;
        ui::EngineBridge bridge(recorder, store);
        AsyncEngine engine({.workerThreads = 1, .observer = &recorder});
        Pair pair(engine); // Nobody reads.
        const std::vector<std::byte> data(std::size_t{64} << 20, std::byte{1});
        SocketAsyncEventArgs args;
        args.setBuffer(std::span<const std::byte>(data));
        std::atomic<bool> completed{false};
        args.onCompleted([&](Socket&, SocketAsyncEventArgs&) { completed = true; });
        QVERIFY(pair.client.sendAsync(args));
        const std::uint64_t id = args.operationId();
        QVERIFY(id != 0);

        QTRY_VERIFY(store.contains(id));
        QCOMPARE(store.totals().pending, 1U);
        QCOMPARE(
            trace::outcome(store.record(trace::TraceStore::rowOf(id))), trace::Outcome::Pending);

        pair.client.cancel(args);
        QTRY_VERIFY(completed.load());
        QTRY_COMPARE(store.totals().pending, 0U);
        const OperationRecord record = store.record(trace::TraceStore::rowOf(id));
        QCOMPARE(trace::outcome(record), trace::Outcome::Aborted);
        QCOMPARE(record.bytesDone, args.bytesTransferred());
        QVERIFY(record.bytesDone < data.size());
        QCOMPARE(record.bytesAsked, data.size());
        QVERIFY(record.callThread != record.completionThread || record.returnedPending());
    }
};

QTEST_GUILESS_MAIN(EngineBridgeTrafficTest)
#include "engine_bridge_traffic_test.moc"
