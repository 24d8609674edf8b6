// SPDX-License-Identifier: GPL-3.0-or-later
/// SocketAsyncEventArgsTest.cs: the args' properties, their handlers and their end. Their buffers:
/// socket_async_event_args_buffers_test; the operations that use them:
/// socket_async_event_args_operations_test.

#include "fixture.h"

#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <any>
#include <atomic>
#include <future>
#include <optional>
#include <type_traits>

using namespace swb;
using namespace swb::test;
using namespace swb::test::upstream;

namespace {
/// A value of each thread, which upstream an ExecutionContext would carry along.
thread_local int t_ambient = 0;
} // namespace

class UpstreamArgsTest : public QObject {
    Q_OBJECT

private:
    std::optional<Fixture> m_fixture;

    AsyncEngine& engine() { return m_fixture->engine(); }

    /// What a handler of args made with this flag sees, on a pending receive.
    struct Seen {
        int ambient = -1;
        int captured = -1;
        std::thread::id thread;
    };
    Seen seenByHandler(SocketAsyncEventArgs& e)
    {
        SocketPair pair = connectedPair(engine(), loopback());
        Bytes room(1);
        auto seen = std::make_shared<std::promise<Seen>>();
        auto result = seen->get_future();
        t_ambient = 42;
        e.onCompleted([seen, captured = t_ambient](Socket&, SocketAsyncEventArgs&) {
            seen->set_value({t_ambient, captured, std::this_thread::get_id()});
        });
        e.setBuffer(room);
        if (!pair.a.receiveAsync(e))
            throw std::runtime_error("the receive did not pend");
        if (sendNow(pair.b, bytesOf("x")) != SocketError::Success
            || result.wait_for(kDeadline) != std::future_status::ready)
            throw std::runtime_error("the event did not come");
        t_ambient = 0;
        return result.get();
    }

private slots:
    void init() { m_fixture.emplace(); }
    void cleanup() { m_fixture.reset(); }

    // --- Properties

    void usertoken_roundtrips()
    {
        SocketAsyncEventArgs e;
        QVERIFY(!e.userToken().has_value());
        const auto token = std::make_shared<int>(1);
        e.setUserToken(token);
        QCOMPARE(std::any_cast<std::shared_ptr<int>>(e.userToken()).get(), token.get());
    }

    void socketFlags_roundtrips()
    {
        SocketAsyncEventArgs e;
        QCOMPARE(e.socketFlags(), SocketFlags::None);
        e.setSocketFlags(SocketFlags::Broadcast);
        QCOMPARE(e.socketFlags(), SocketFlags::Broadcast);
    }

    void sendPacketsSendSize_roundtrips()
    {
        SocketAsyncEventArgs e;
        QCOMPARE(e.sendPacketsSendSize(), 0);
        e.setSendPacketsSendSize(4);
        QCOMPARE(e.sendPacketsSendSize(), 4);
    }

    void sendPacketsFlags_roundtrips()
    {
        SocketAsyncEventArgs e;
        QCOMPARE(e.sendPacketsFlags(), TransmitFileOptions::UseDefaultWorkerThread);
        e.setSendPacketsFlags(TransmitFileOptions::UseDefaultWorkerThread);
        QCOMPARE(e.sendPacketsFlags(), TransmitFileOptions::UseDefaultWorkerThread);
        e.setSendPacketsFlags(TransmitFileOptions::ReuseSocket);
        QCOMPARE(e.sendPacketsFlags(), TransmitFileOptions::ReuseSocket);
    }

    // --- The end of args

    void dispose_multipleCalls_success()
    {
        SocketAsyncEventArgs e;
        e.dispose();
        e.dispose();
        Socket socket = m_fixture->connected();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)socket.receiveAsync(e); }));
    }

    void dispose_whileInUse_disposeDelayed()
    {
        SocketPair pair = connectedPair(engine(), loopback());
        Bytes room(10);
        Call call;
        call.e.setBuffer(room);
        QVERIFY(pair.a.receiveAsync(call.e));
        QVERIFY(thrownBy<InvalidOperationException>([&] { (void)pair.a.receiveAsync(call.e); }));
        call.e.dispose();
        QCOMPARE(sendNow(pair.b, bytesOf("x")), SocketError::Success);
        QVERIFY(call.done.wait());
        QCOMPARE(call.done.last().error, SocketError::Success);
        QCOMPARE(call.done.last().bytes, 1U);
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)pair.a.receiveAsync(call.e); }));
        QCOMPARE(call.done.count(), 1);
    }

    void finalizer_invokedWhenNoLongerReferenced_data()
    {
        QTest::addColumn<bool>("afterOperation");
        QTest::newRow("never used") << false;
        QTest::newRow("after an operation with an event") << true;
    }
    void finalizer_invokedWhenNoLongerReferenced()
    {
        // There are no finalizers; what the case protects is that nothing keeps what args refer to
        // once they are gone: their handlers' captures and their token.
        QFETCH(bool, afterOperation);
        SocketPair pair = connectedPair(engine(), loopback());
        std::weak_ptr<int> captured;
        std::weak_ptr<int> token;
        {
            Bytes room(10);
            Call call;
            const auto inHandler = std::make_shared<int>(1);
            const auto asToken = std::make_shared<int>(2);
            captured = inHandler;
            token = asToken;
            call.e.onCompleted([inHandler](Socket&, SocketAsyncEventArgs&) {});
            call.e.setUserToken(asToken);
            call.e.setBuffer(room);
            if (afterOperation) {
                QVERIFY(pair.a.receiveAsync(call.e));
                QCOMPARE(sendNow(pair.b, bytesOf("x")), SocketError::Success);
                QVERIFY(call.done.wait());
            }
            QVERIFY(!captured.expired());
        }
        // The worker lets go of the args when the last handler has returned.
        QTRY_VERIFY(captured.expired());
        QTRY_VERIFY(token.expired());
    }

    // --- Handlers

    void executionContext_flowsIfNotSuppressed_data()
    {
        QTest::addColumn<bool>("suppress");
        QTest::newRow("flow") << false;
        QTest::newRow("suppressed") << true;
    }
    void executionContext_flowsIfNotSuppressed()
    {
        // Nothing flows along by itself in C++: what a handler shall know it captures, whatever
        // the flag says, and it runs on another thread (RET-16, RET-07).
        QFETCH(bool, suppress);
        SocketAsyncEventArgs e(suppress);
        const Seen seen = seenByHandler(e);
        QCOMPARE(seen.captured, 42);
        QCOMPARE(seen.ambient, 0);
        QVERIFY(seen.thread != std::this_thread::get_id());
    }

    void executionContext_socketAsyncEventArgs_ctor_default_flowIsNotSuppressed()
    {
        SocketAsyncEventArgs e;
        const Seen seen = seenByHandler(e);
        QCOMPARE(seen.captured, 42);
        QVERIFY(seen.thread != std::this_thread::get_id());
    }

    void executionContext_socketAsyncEventArgs_ctor_unsafeSuppressExecutionContextFlow_data()
    {
        executionContext_flowsIfNotSuppressed_data();
    }
    void executionContext_socketAsyncEventArgs_ctor_unsafeSuppressExecutionContextFlow()
    {
        QFETCH(bool, suppress);
        SocketAsyncEventArgs first(suppress);
        SocketAsyncEventArgs second(!suppress);
        QCOMPARE(seenByHandler(first).captured, seenByHandler(second).captured); // No effect.
        // Only a bool is a flag: nothing else turns into one by mistake.
        QVERIFY((!std::is_constructible_v<SocketAsyncEventArgs, int>));
        QVERIFY((!std::is_constructible_v<SocketAsyncEventArgs, const char*>));
        QVERIFY((!std::is_convertible_v<bool, SocketAsyncEventArgs>));
    }

    void completed_registerThenInvoked_unregisterThenNotInvoked()
    {
        SocketPair pair = connectedPair(engine(), loopback());
        std::atomic<int> first{0};
        std::atomic<int> second{0};
        SocketAsyncEventArgs e;
        const int id = e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { ++first; });
        e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { ++second; });
        const Completion done(e);
        Bytes room(1);
        e.setBuffer(room);
        QVERIFY(pair.a.receiveAsync(e));
        QCOMPARE(sendNow(pair.b, bytesOf("x")), SocketError::Success);
        QVERIFY(done.wait(1));
        QCOMPARE(first.load(), 1);
        QCOMPARE(second.load(), 1);
        e.removeCompleted(id);
        QVERIFY(pair.a.receiveAsync(e));
        QCOMPARE(sendNow(pair.b, bytesOf("x")), SocketError::Success);
        QVERIFY(done.wait(2));
        QCOMPARE(first.load(), 1);
        QCOMPARE(second.load(), 2);
    }
};

QTEST_GUILESS_MAIN(UpstreamArgsTest)
#include "socket_async_event_args_test.moc"
