// SPDX-License-Identifier: GPL-3.0-or-later
/// What makes the two answers of a call one: the loop, asio's completion tokens, and buffers that
/// own their memory.

#include "tests/support/socket_pair.h"

#include "engine/net/asio_operation.h"
#include "engine/net/operation_loop.h"

#include <asio/use_future.hpp>

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;

class HelpersTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void loopRunsAMillionSynchronousCompletionsWithoutRecursion()
    {
        // A receive of zero bytes on a socket with data completes at once, every time (RECV-02).
        SocketPair pair = connectedPair(*m_engine);
        QCOMPARE(sendNow(pair.b, bytesOf("x")), SocketError::Success);
        SocketAsyncEventArgs e;
        Bytes room(1);
        e.setBuffer(std::span(room), 0, 0);
        int ended = 0;
        Latch done;
        OperationLoop loop(
            e, [&] { return pair.a.receiveAsync(e); },
            [&](SocketAsyncEventArgs&) {
                if (++ended < 1'000'000)
                    return true;
                done.open();
                return false;
            });
        loop.run();
        QVERIFY(done.wait());
        QCOMPARE(ended, 1'000'000);
    }

    void loopSeesEveryByteWhateverTheAnswers()
    {
        SocketPair pair = connectedPair(*m_engine);
        const Bytes content = randomBytes(kPendingSize);
        Bytes received;
        Bytes room(10'000);
        SocketAsyncEventArgs in;
        in.setBuffer(room);
        Latch ended;
        OperationLoop loop(
            in, [&] { return pair.b.receiveAsync(in); },
            [&](SocketAsyncEventArgs& e) {
                received.insert(received.end(), room.begin(),
                    room.begin() + static_cast<std::ptrdiff_t>(e.bytesTransferred()));
                if (e.bytesTransferred() > 0)
                    return true;
                ended.open();
                return false;
            });
        loop.run();
        QCOMPARE(sendNow(pair.a, content), SocketError::Success);
        pair.a.shutdown(SocketShutdown::Send);
        QVERIFY(ended.wait());
        QCOMPARE(received, content);
    }

    void futureGetsBothKindsOfCompletion()
    {
        SocketPair pair = connectedPair(*m_engine);
        const Bytes content = randomBytes(kPendingSize);
        SocketAsyncEventArgs out;
        out.setBuffer(std::span<const std::byte>(content));
        auto sent = asyncOperation(
            out, [&] { return pair.a.sendAsync(out); }, asio::use_future);
        SocketAsyncEventArgs in;
        in.setOwnedBuffer(Bytes(60'000));
        std::uint64_t received = 0;
        while (received < content.size()) {
            const std::uint64_t bytes = asyncOperation(
                in, [&] { return pair.b.receiveAsync(in); }, asio::use_future)
                                            .get();
            QVERIFY(bytes > 0);
            received += bytes;
        }
        QCOMPARE(sent.get(), content.size());
    }

    void ownedBuffersOutliveWhatTheyWereMadeFrom()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes content = randomBytes(kPendingSize);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::ownedBuffer(Bytes(content))});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(wire.peer.read(content.size()), content);
        QVERIFY(call.done.wait());

        call.e.setOwnedBuffer(Bytes(content));
        QCOMPARE(call.e.count(), content.size());
        QVERIFY(wire.socket.sendAsync(call.e));
        QCOMPARE(wire.peer.read(content.size()), content);
        QVERIFY(call.done.wait(2));
        call.e.clearBuffer();
        QCOMPARE(call.e.count(), 0U);
    }
};

QTEST_GUILESS_MAIN(HelpersTest)
#include "helpers_test.moc"
