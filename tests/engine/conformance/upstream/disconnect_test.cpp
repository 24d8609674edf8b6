// SPDX-License-Identifier: GPL-3.0-or-later
/// DisconnectTest.cs.

#include "fixture.h"

#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;
using namespace swb::test::upstream;

class UpstreamDisconnectTest : public QObject {
    Q_OBJECT

private:
    std::optional<Fixture> m_fixture;

private slots:
    void init() { m_fixture.emplace(); }
    void cleanup() { m_fixture.reset(); }

    void disconnect_success_data()
    {
        QTest::addColumn<bool>("reuse");
        QTest::newRow("without reuse") << false;
        QTest::newRow("with reuse") << true;
    }
    void disconnect_success()
    {
        QFETCH(bool, reuse);
        Socket socket = m_fixture->connected();
        QVERIFY(socket.connected());
        Call call;
        call.e.setDisconnectReuseSocket(reuse);
        QVERIFY(call.finished(socket.disconnectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(!socket.connected());
        QCOMPARE(m_fixture->server().seen().end, StreamEnd::Eof);

        Call again;
        again.e.setRemoteEndPoint(m_fixture->server().endPoint());
        QVERIFY(again.finished(socket.connectAsync(again.e)));
        if (reuse) { // DISC-03
            QCOMPARE(again.e.socketError(), SocketError::Success);
            m_fixture->server().serve();
            const Bytes bytes = bytesOf("again");
            QCOMPARE(sendNow(socket, bytes), SocketError::Success);
            QCOMPARE(receiveNow(socket, bytes.size()), bytes);
        } else { // DISC-02
            QCOMPARE(again.e.socketError(), SocketError::IsConnected);
            QVERIFY(!socket.connected());
        }
    }

    void disconnect_notConnected_throwsInvalidOperationException_data()
    {
        disconnect_success_data();
    }
    void disconnect_notConnected_throwsInvalidOperationException()
    {
        // Here it is one rule with every other failure of the network: a result (EXC-14, DISC-06).
        QFETCH(bool, reuse);
        Socket socket = m_fixture->socket();
        Call call;
        call.e.setDisconnectReuseSocket(reuse);
        QVERIFY(!socket.disconnectAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::NotConnected);
        QCOMPARE(call.done.count(), 0);
        // And no obstacle to connecting.
        connectNow(socket, m_fixture->server().endPoint());
        socket.close();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { (void)socket.disconnectAsync(call.e); }));
    }
};

QTEST_GUILESS_MAIN(UpstreamDisconnectTest)
#include "disconnect_test.moc"
