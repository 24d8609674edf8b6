// SPDX-License-Identifier: GPL-3.0-or-later
/// What makes the two answers of a call one: the loop, asio's completion tokens, and buffers that
/// own their memory.

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/asio_operation.h"
#include "engine/net/exceptions.h"
#include "engine/net/operation_loop.h"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include <QTest>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

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

    void loopMayBeDestroyedWhileItsOperationIsPending()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes room(10);
        Call call;
        call.e.setBuffer(room);
        std::atomic<int> handled{0};
        std::optional<OperationLoop> loop;
        loop.emplace(
            call.e, [&] { return wire.socket.receiveAsync(call.e); },
            [&](SocketAsyncEventArgs&) { return ++handled > 0; });
        loop->run();
        loop.reset();
        QVERIFY(call.e.inProgress()); // It goes on,
        wire.peer.write(bytesOf("x"));
        QVERIFY(call.done.wait()); // ends,
        QCOMPARE(handled.load(), 0); // and nobody handles it.
    }

    void loopMayBeDestroyedByItsOwnFunction_data()
    {
        QTest::addColumn<bool>("pending");
        QTest::newRow("on a worker") << true;
        QTest::newRow("inside run") << false;
    }
    void loopMayBeDestroyedByItsOwnFunction()
    {
        QFETCH(bool, pending);
        Wire wire = connectedWire(*m_engine, Link::UnixStream);
        Bytes room(10);
        SocketAsyncEventArgs e;
        e.setBuffer(room);
        Latch ended;
        std::atomic<int> handled{0};
        if (!pending)
            wire.peer.write(bytesOf("x"));
        std::optional<OperationLoop> loop;
        loop.emplace(
            e, [&] { return wire.socket.receiveAsync(e); },
            [&, last = std::make_shared<int>(1)](SocketAsyncEventArgs&) {
                loop.reset();
                handled += *last; // What the function holds is still there.
                ended.open();
                return true; // Means nothing any more.
            });
        loop->run();
        if (pending)
            wire.peer.write(bytesOf("x"));
        QVERIFY(ended.wait());
        wire.peer.write(bytesOf("y"));
        QCOMPARE(receiveNow(wire.socket, 1), bytesOf("y")); // Nobody else is receiving.
        QCOMPARE(handled.load(), 1);
    }

    void loopsDestructorWaitsForTheFunctionOnAnotherThread()
    {
        for (int i = 0; i < 200; ++i) {
            Bytes room(10); // Outlives the receive, which the end of the pair ends.
            SocketPair pair = connectedPair(*m_engine, Link::UnixStream);
            SocketAsyncEventArgs e;
            e.setBuffer(room);
            std::atomic<bool> inside{false};
            auto alive = std::make_unique<std::atomic<int>>(0);
            std::optional<OperationLoop> loop;
            loop.emplace(
                e, [&] { return pair.a.receiveAsync(e); },
                [&](SocketAsyncEventArgs&) {
                    inside = true;
                    ++*alive;
                    std::this_thread::yield();
                    ++*alive;
                    inside = false;
                    return true;
                });
            loop->run();
            for (int n = 0; n < 3; ++n)
                QCOMPARE(sendNow(pair.b, bytesOf("x")), SocketError::Success);
            loop.reset(); // At any moment of all that.
            QVERIFY(!inside);
            alive.reset();
        }
    }

    void tokenIsCancelledThroughItsSlot()
    {
        asio::io_context context;
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        const Bytes content = randomBytes(kPendingSize);
        e.setBuffer(std::span<const std::byte>(content));
        asio::cancellation_signal signal;
        std::error_code result;
        std::uint64_t sent = 0;
        asyncOperation(wire.socket, &Socket::sendAsync, e,
            asio::bind_cancellation_slot(signal.slot(),
                asio::bind_executor(context, [&](std::error_code error, std::uint64_t bytes) {
                    result = error;
                    sent = bytes;
                })));
        QVERIFY(e.inProgress());
        signal.emit(asio::cancellation_type::total); // A send has had an effect already.
        QVERIFY(e.inProgress());
        asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
        context.run();
        QVERIFY(result == make_error_code(SocketError::OperationAborted));
        QVERIFY(result == std::errc::operation_canceled);
        QVERIFY(sent > 0 && sent < content.size());
        signal.emit(asio::cancellation_type::terminal); // Too late, and harmless.
        QCOMPARE(sendNow(wire.socket, bytesOf("tail")), SocketError::Success); // Stays usable.
        wire.socket.shutdown(SocketShutdown::Send);
        QCOMPARE(wire.peer.readAll().size(), sent + 4);
    }

    void staticConnectIsCancelledByTheFunctionGiven()
    {
        asio::io_context context;
        const FullListener listener;
        SocketAsyncEventArgs e;
        e.setRemoteEndPoint(listener.endPoint());
        asio::cancellation_signal signal;
        std::error_code result;
        asyncOperation(
            e,
            [&] {
                return Socket::connectAsync(*m_engine, SocketType::Stream, ProtocolType::Tcp, e);
            },
            [&] { Socket::cancelConnectAsync(e); },
            asio::bind_cancellation_slot(signal.slot(),
                asio::bind_executor(
                    context, [&](std::error_code error, std::uint64_t) { result = error; })));
        signal.emit(asio::cancellation_type::terminal);
        context.run();
        QVERIFY(result == std::errc::operation_canceled);
        QVERIFY(!e.connectSocket());
    }

    void busyArgsKeepTheTokenTheyHave()
    {
        asio::io_context context;
        Wire wire = connectedWire(*m_engine);
        Bytes room(4);
        SocketAsyncEventArgs e;
        e.setBuffer(room);
        int completed = 0;
        auto token = asio::bind_executor(
            context, [&](std::error_code, std::uint64_t bytes) { completed += int(bytes); });
        asyncOperation(wire.socket, &Socket::receiveAsync, e, token);
        const auto again = [&] { asyncOperation(wire.socket, &Socket::receiveAsync, e, token); };
        QVERIFY(thrownBy<InvalidOperationException>(again));
        wire.peer.write(bytesOf("x"));
        context.run();
        QCOMPARE(completed, 1);
        // A plain operation has no token, and a refused one does not get it.
        const Completion done(e);
        QVERIFY(wire.socket.receiveAsync(e));
        QVERIFY(thrownBy<InvalidOperationException>(again));
        wire.peer.write(bytesOf("y"));
        QVERIFY(done.wait());
        context.restart();
        context.run();
        QCOMPARE(completed, 1);
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
