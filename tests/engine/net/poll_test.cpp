// SPDX-License-Identifier: GPL-3.0-or-later
/// What a thread asks of a socket by itself: poll, select, ioControl (PROP-19).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <cstring>
#include <future>
#include <optional>

#include <poll.h>
#include <sys/socket.h>

using namespace swb;
using namespace swb::test;
using namespace std::chrono_literals;

namespace {
constexpr auto kForever = -1us;
} // namespace

class PollTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

    static int control(Socket& socket, IOControlCode code)
    {
        Bytes out(sizeof(int));
        int value = -1;
        if (socket.ioControl(code, {}, out) == sizeof(int))
            std::memcpy(&value, out.data(), sizeof value);
        return value;
    }

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 1}); }
    void cleanup() { m_engine.reset(); }

    void prop19_pollReadWaitsForDataAndForTheEnd()
    {
        Wire wire = connectedWire(*m_engine);
        QVERIFY(!wire.socket.poll(0us, SelectMode::SelectRead));
        QVERIFY(!wire.socket.poll(1ms, SelectMode::SelectRead));
        wire.peer.write(bytesOf("x"));
        QVERIFY(wire.socket.poll(kForever, SelectMode::SelectRead));
        QVERIFY(wire.socket.poll(0us, SelectMode::SelectRead)); // Nothing was taken.
        QCOMPARE(receiveNow(wire.socket, 1), bytesOf("x"));
        QVERIFY(!wire.socket.poll(0us, SelectMode::SelectRead));
        wire.peer.shutdownSend();
        QVERIFY(wire.socket.poll(kForever, SelectMode::SelectRead));
        QCOMPARE(receiveNow(wire.socket, 1), Bytes{});
    }

    void prop19_pollReadOfAListenerWaitsForAConnection()
    {
        const Socket listener = listeningSocket(*m_engine);
        QVERIFY(!listener.poll(0us, SelectMode::SelectRead));
        const RawPeer client = rawConnect(listener.localEndPoint());
        QVERIFY(listener.poll(kForever, SelectMode::SelectRead));
    }

    void prop19_pollWriteIsWhetherThereIsRoom()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        QVERIFY(wire.socket.poll(0us, SelectMode::SelectWrite));
        Call call;
        call.e.setBuffer(bytes);
        QVERIFY(wire.socket.sendAsync(call.e));
        QVERIFY(!wire.socket.poll(0us, SelectMode::SelectWrite));
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.done.wait());
        QVERIFY(wire.socket.poll(kForever, SelectMode::SelectWrite));
    }

    void prop19_pollErrorSeesUrgentDataAndFailures()
    {
        Wire wire = connectedWire(*m_engine);
        QVERIFY(!wire.socket.poll(0us, SelectMode::SelectError));
        const char urgent = '!';
        QCOMPARE(::send(wire.peer.descriptor(), &urgent, 1, MSG_OOB), ssize_t{1});
        QVERIFY(wire.socket.poll(kForever, SelectMode::SelectError));
        Wire broken = connectedWire(*m_engine);
        broken.peer.reset();
        QVERIFY(broken.socket.poll(kForever, SelectMode::SelectError));
    }

    void prop19_anEndThatWasNotAskedForDoesNotEndAWait()
    {
        Wire wire = connectedWire(*m_engine);
        wire.peer.shutdownSend();
        wire.socket.shutdown(SocketShutdown::Send);
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLHUP)); // Ended, but no error.
        QVERIFY(!wire.socket.poll(20ms, SelectMode::SelectError));
        QVERIFY(wire.socket.poll(kForever, SelectMode::SelectRead));
    }

    void prop19_selectTellsAllOfMany()
    {
        constexpr std::size_t kMany = 150;
        std::vector<Socket> sockets;
        for (std::size_t i = 0; i < kMany; ++i)
            sockets.push_back(makeSocket(*m_engine, Link::Udp));
        Socket busy = listeningSocket(*m_engine);
        std::vector<Socket> write = sockets;
        write.push_back(busy); // Never writable.
        Socket::select(nullptr, &write, nullptr, kForever);
        QVERIFY(write == sockets);
    }

    void prop19_dataThatComesDuringTheWaitEndsIt()
    {
        Wire wire = connectedWire(*m_engine);
        auto polled = std::async(std::launch::async,
            [socket = wire.socket] { return socket.poll(kForever, SelectMode::SelectRead); });
        wire.peer.write(bytesOf("x"));
        QCOMPARE(polled.wait_for(kDeadline), std::future_status::ready);
        QVERIFY(polled.get());
    }

    void prop19_closeEndsAWaitAndIsNotHeldUpByIt()
    {
        Wire wire = connectedWire(*m_engine);
        std::promise<void> about;
        auto polled = std::async(std::launch::async, [&about, socket = wire.socket] {
            about.set_value();
            return thrownBy<ObjectDisposedException>([&] {
                (void)socket.poll(kForever, SelectMode::SelectRead);
            }).has_value();
        });
        about.get_future().wait();
        wire.socket.close();
        StreamEnd end = StreamEnd::Open;
        QCOMPARE(wire.peer.readAll(&end), Bytes{}); // The peer is told, though a thread waited.
        QCOMPARE(end, StreamEnd::Eof);
        QCOMPARE(polled.wait_for(kDeadline), std::future_status::ready);
        QVERIFY(polled.get());
    }

    void prop19_theWaitGoesOnWithAFreshDescriptor()
    {
        Wire wire = connectedWire(*m_engine);
        auto polled = std::async(std::launch::async,
            [socket = wire.socket] { return socket.poll(kForever, SelectMode::SelectError); });
        Call call;
        call.e.setDisconnectReuseSocket(true);
        QVERIFY(call.finished(wire.socket.disconnectAsync(call.e)));
        StreamEnd end = StreamEnd::Open;
        QCOMPARE(wire.peer.readAll(&end), Bytes{});
        QCOMPARE(end, StreamEnd::Eof);
        const RawListener listener(Link::TcpV4);
        connectNow(wire.socket, listener.endPoint());
        RawPeer second = listener.accept();
        second.reset(); // Only the new connection has an error.
        QCOMPARE(polled.wait_for(kDeadline), std::future_status::ready);
        QVERIFY(polled.get());
    }

    void prop19_selectLeavesThoseThatAreReady()
    {
        Wire one = connectedWire(*m_engine);
        Wire two = connectedWire(*m_engine);
        Wire three = connectedWire(*m_engine);
        two.peer.write(bytesOf("x"));
        QVERIFY(waitForEvents(two.socket.nativeHandle(), POLLIN));
        std::vector<Socket> read{one.socket, two.socket, three.socket};
        std::vector<Socket> write{three.socket};
        std::vector<Socket> error{one.socket, two.socket};
        Socket::select(&read, &write, &error, kForever);
        QVERIFY((read == std::vector<Socket>{two.socket}));
        QVERIFY((write == std::vector<Socket>{three.socket}));
        QVERIFY(error.empty());
        read = {one.socket, three.socket};
        Socket::select(&read, nullptr, nullptr, 1ms);
        QVERIFY(read.empty()); // The time has passed.
    }

    void prop19_selectNeedsASocketAndRefusesClosedOnes()
    {
        std::vector<Socket> none;
        QVERIFY(thrownBy<ArgumentNullException>(
            [&] { Socket::select(&none, nullptr, nullptr, kForever); }));
        Wire wire = connectedWire(*m_engine);
        std::vector<Socket> read{wire.socket, makeSocket(*m_engine, Link::TcpV4)};
        read.back().close();
        QVERIFY(thrownBy<ObjectDisposedException>(
            [&] { Socket::select(&read, nullptr, nullptr, kForever); }));
        QCOMPARE(read.size(), 2U);
        std::vector<Socket> null{Socket()};
        QVERIFY(thrownBy<ObjectDisposedException>(
            [&] { Socket::select(&null, nullptr, nullptr, kForever); }));
    }

    void prop19_ioControlTellsWhatIsThereToRead()
    {
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(control(wire.socket, IOControlCode::DataToRead), 0);
        wire.peer.write(bytesOf("1234"));
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLIN));
        QCOMPARE(control(wire.socket, IOControlCode::DataToRead), 4);
        QCOMPARE(control(wire.socket, IOControlCode::OobDataRead), 0);
        QCOMPARE(receiveNow(wire.socket, 4), bytesOf("1234"));
        const char urgent = '!';
        QCOMPARE(::send(wire.peer.descriptor(), &urgent, 1, MSG_OOB), ssize_t{1});
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLPRI));
        QCOMPARE(control(wire.socket, IOControlCode::OobDataRead), 1);
    }

    void prop19_ioControlRefusesTheRest()
    {
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Bytes out(4);
        QVERIFY(thrownBy<InvalidOperationException>(
            [&] { (void)socket.ioControl(IOControlCode::NonBlockingIO, {}, out); }));
        QVERIFY(thrownBy<NotSupportedException>(
            [&] { (void)socket.ioControl(static_cast<IOControlCode>(0x98000001), {}, out); }));
        const auto noRoom = thrownBy<SocketException>([&] {
            (void)socket.ioControl(IOControlCode::DataToRead, {}, std::span(out).first(3));
        });
        QVERIFY(noRoom);
        QCOMPARE(noRoom->socketError(), SocketError::Fault);
        socket.close();
        QVERIFY(thrownBy<ObjectDisposedException>(
            [&] { (void)socket.ioControl(IOControlCode::DataToRead, {}, out); }));
    }
};

QTEST_GUILESS_MAIN(PollTest)
#include "poll_test.moc"
