// SPDX-License-Identifier: GPL-3.0-or-later
/// Operations in coroutines, on the program's own io_context beside the engine's workers.

#include "tests/support/socket_pair.h"

#include "engine/net/asio_operation.h"
#include "engine/net/exceptions.h"

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

#include <QTest>

#include <optional>
#include <thread>

using namespace swb;
using namespace swb::test;

class CoroutineTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void coroutineGetsBothKindsOfCompletionOnItsOwnThread()
    {
        SocketPair pair = connectedPair(*m_engine);
        asio::io_context context; // the program's own, beside the engine's workers
        const auto thread = std::this_thread::get_id();
        const Bytes content = randomBytes(kPendingSize);
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        bool otherThread = false;
        const auto sender = [&]() -> asio::awaitable<void> {
            SocketAsyncEventArgs e;
            e.setBuffer(std::span<const std::byte>(content));
            sent = co_await asyncOperation(
                e, [&] { return pair.a.sendAsync(e); }, asio::use_awaitable);
            otherThread = otherThread || std::this_thread::get_id() != thread;
            pair.a.shutdown(SocketShutdown::Send);
        };
        const auto receiver = [&]() -> asio::awaitable<void> {
            SocketAsyncEventArgs e;
            e.setOwnedBuffer(Bytes(60'000));
            for (std::uint64_t n = 1; n > 0; received += n) {
                n = co_await asyncOperation(
                    e, [&] { return pair.b.receiveAsync(e); }, asio::use_awaitable);
                otherThread = otherThread || std::this_thread::get_id() != thread;
            }
        };
        auto sending = asio::co_spawn(context, sender(), asio::use_future);
        auto receiving = asio::co_spawn(context, receiver(), asio::use_future);
        context.run();
        sending.get();
        receiving.get();
        QCOMPARE(sent, content.size());
        QCOMPARE(received, content.size());
        QVERIFY(!otherThread);
    }

    void timeoutEndsAnOperationAndLeavesTheSocketUsable()
    {
        using namespace asio::experimental::awaitable_operators;
        asio::io_context context;
        Wire wire = connectedWire(*m_engine);
        std::size_t first = 0;
        std::size_t second = 0;
        std::uint64_t received = 0;
        bool busy = true;
        const auto run = [&]() -> asio::awaitable<void> {
            SocketAsyncEventArgs e;
            e.setOwnedBuffer(Bytes(10));
            asio::steady_timer timer(context, std::chrono::milliseconds(1));
            const auto late = co_await (
                asyncOperation(wire.socket, &Socket::receiveAsync, e, asio::use_awaitable)
                || timer.async_wait(asio::use_awaitable));
            first = late.index();
            busy = e.inProgress();
            wire.peer.write(bytesOf("data"));
            timer.expires_after(kDeadline);
            const auto inTime = co_await (
                asyncOperation(wire.socket, &Socket::receiveAsync, e, asio::use_awaitable)
                || timer.async_wait(asio::use_awaitable));
            second = inTime.index();
            received = e.bytesTransferred();
        };
        auto running = asio::co_spawn(context, run(), asio::use_future);
        context.run();
        running.get();
        QCOMPARE(first, 1U); // The timer
        QVERIFY(!busy); // and the cancelled receive, which has ended before its awaiter goes on.
        QCOMPARE(second, 0U);
        QCOMPARE(received, 4U);
    }

    void coroutineGetsFailuresAsErrorsAndMisuseAsExceptions()
    {
        asio::io_context context;
        std::error_code refused;
        bool threw = false;
        const auto run = [&]() -> asio::awaitable<void> {
            Socket socket = makeSocket(*m_engine, Link::TcpV4);
            SocketAsyncEventArgs e;
            e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 1));
            co_await asyncOperation(
                e, [&] { return socket.connectAsync(e); },
                asio::redirect_error(asio::use_awaitable, refused));
            try {
                co_await asyncOperation(
                    e, [&] { return socket.sendAsync(e); }, asio::use_awaitable);
            } catch (const ArgumentException&) {
                threw = !e.inProgress();
            }
        };
        auto running = asio::co_spawn(context, run(), asio::use_future);
        context.run();
        running.get();
        QVERIFY(refused == make_error_code(SocketError::ConnectionRefused));
        QVERIFY(threw);
    }
};

QTEST_GUILESS_MAIN(CoroutineTest)
#include "coroutine_test.moc"
