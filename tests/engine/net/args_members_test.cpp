// SPDX-License-Identifier: GPL-3.0-or-later
/// The members of SocketAsyncEventArgs: what may be set while busy, and what a completion sets
/// (SAEA, RET-16).

#include "tests/support/socket_pair.h"

#include <QTest>

#include <atomic>
#include <optional>
#include <type_traits>

using namespace swb;
using namespace swb::test;

class ArgsMembersTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void ret16_constructorTakesTheFlagAndNothingElse_data()
    {
        QTest::addColumn<bool>("suppress");
        QTest::newRow("flows") << false;
        QTest::newRow("suppressed") << true;
    }
    void ret16_constructorTakesTheFlagAndNothingElse()
    {
        QFETCH(bool, suppress);
        static_assert(!std::is_convertible_v<bool, SocketAsyncEventArgs>);
        static_assert(!std::is_constructible_v<SocketAsyncEventArgs, int>);
        static_assert(!std::is_constructible_v<SocketAsyncEventArgs, void*>);
        static thread_local int t_ambient = 0;
        t_ambient = 7;
        Wire wire = connectedWire(*m_engine);
        Bytes room(4);
        SocketAsyncEventArgs e(suppress);
        const Completion done(e);
        std::atomic<int> seen{-1};
        e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { seen = t_ambient; });
        e.setBuffer(room);
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("x"));
        QVERIFY(done.wait());
        QTRY_COMPARE(seen.load(), 0);
        QCOMPARE(e.bytesTransferred(), 1U);
    }

    void saea_socketErrorMayBeSetWhileBusyAndIsOverwritten()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes room(4);
        Call call;
        call.e.setSocketError(SocketError::NoData);
        QCOMPARE(call.e.socketError(), SocketError::NoData);
        call.e.setBuffer(room);
        QVERIFY(wire.socket.receiveAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::NoData); // RET-12
        call.e.setSocketError(SocketError::ProcessLimit);
        QCOMPARE(call.e.socketError(), SocketError::ProcessLimit);
        wire.peer.write(bytesOf("x"));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
    }

    void saea_aCompletionSetsItsMembersAndLeavesTheOthers()
    {
        const std::vector<SendPacketsElement> none;
        Wire wire = connectedWire(*m_engine);
        Bytes bytes = bytesOf("data");
        Call call;
        SocketAsyncEventArgs& e = call.e;
        e.setBuffer(std::span(bytes), 1, 2);
        e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 9));
        e.setSendPacketsElements(none);
        e.setSendPacketsFlags(TransmitFileOptions::WriteBehind);
        e.setSendPacketsSendSize(5);
        e.setDisconnectReuseSocket(true);
        e.setUserToken(42);
        e.setSocketFlags(SocketFlags::DontRoute);
        QVERIFY(!wire.socket.sendAsync(e));
        // Set by the completion:
        QCOMPARE(e.bytesTransferred(), 2U);
        QCOMPARE(e.socketError(), SocketError::Success);
        QCOMPARE(e.socketFlags(), SocketFlags::None);
        QCOMPARE(e.lastOperation(), SocketAsyncOperation::Send);
        // As they were:
        QCOMPARE(e.buffer().data(), bytes.data());
        QCOMPARE(e.offset(), 1U);
        QCOMPARE(e.count(), 2U);
        QCOMPARE(e.remoteEndPoint(), EndPoint::ip("127.0.0.1", 9));
        QCOMPARE(e.sendPacketsFlags(), TransmitFileOptions::WriteBehind);
        QCOMPARE(e.sendPacketsSendSize(), 5);
        QVERIFY(e.disconnectReuseSocket());
        QCOMPARE(std::any_cast<int>(e.userToken()), 42);
        QVERIFY(!e.acceptSocket());
        QVERIFY(!e.connectSocket());
        QCOMPARE(wire.peer.read(2), bytesOf("at"));
    }
};

QTEST_GUILESS_MAIN(ArgsMembersTest)
#include "args_members_test.moc"
