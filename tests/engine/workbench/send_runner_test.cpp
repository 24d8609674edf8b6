// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/compare.h"
#include "tests/support/completion.h"
#include "tests/support/raw_peer.h"
#include "tests/support/socket_pair.h"
#include "tests/support/temp_files.h"

#include "engine/net/async_engine.h"
#include "engine/workbench/send_runner.h"

#include <QTest>

#include <chrono>
#include <memory>
#include <mutex>

using namespace swb;
using namespace swb::workbench;
using swb::test::StreamEnd;

namespace {

/// A run and what its callback was told.
class Run {
public:
    Run(AsyncEngine& engine, const Socket& socket, std::vector<QueueItem> items,
        SendRunOptions options)
        : m_runner(SendRunner::create(engine, socket, "tcp://peer", std::move(items), options))
    {
    }

    void start()
    {
        m_runner->start([state = m_state](const SendRunResult& result) {
            state->result = result;
            ++state->calls;
            state->done.open();
        });
    }
    void cancel() { m_runner->cancel(); }
    SendRunResult soFar() const { return m_runner->result(); }
    bool over() const { return m_state->done.wait(std::chrono::milliseconds(0)); }
    bool wait() const { return m_state->done.wait(); }
    /// After wait().
    const SendRunResult& result() const { return m_state->result; }
    int calls() const { return m_state->calls; }

private:
    struct State {
        test::Latch done;
        SendRunResult result;
        int calls = 0;
    };
    std::shared_ptr<State> m_state = std::make_shared<State>();
    std::shared_ptr<SendRunner> m_runner;
};

QueueItem large()
{
    return QueueItem::bytes(test::Bytes(test::kPendingSize, std::byte{'x'}));
}

} // namespace

class SendRunnerTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<AsyncEngine> m_engine;

private slots:
    void init() { m_engine = std::make_unique<AsyncEngine>(EngineOptions{2, nullptr}); }
    void cleanup() { m_engine.reset(); }

    void sendsAllItemsAsOneSendPackets_data() { SWB_STREAM_LINKS(); }
    void sendsAllItemsAsOneSendPackets()
    {
        QFETCH(const swb::test::Link, link);
        const test::TempFolder folder;
        const auto content = test::randomBytes(200'000);
        const std::string path = folder.file("f", content);
        test::Wire wire = test::connectedWire(*m_engine, link);
        QueueItem disabled = QueueItem::text("no");
        disabled.enabled = false;
        Run run(*m_engine, wire.socket,
            {QueueItem::text("a"), disabled, QueueItem::file(path), QueueItem::text("z")}, {});
        run.start();
        const auto expected = test::joined({test::bytesOf("a"), content, test::bytesOf("z")});
        QCOMPARE(wire.peer.read(expected.size()), expected);
        QVERIFY(run.wait());
        QCOMPARE(run.result().operations, std::uint64_t{1});
        QCOMPARE(run.result().synchronous + run.result().pending, std::uint64_t{1});
        QCOMPARE(run.result().bytes, std::uint64_t{expected.size()});
        QCOMPARE(run.result().failed, std::uint64_t{0});
        QVERIFY(!run.result().problem);
    }

    void sendsEachItemByItselfAndRepeats()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        SendRunOptions options;
        options.each = true;
        options.repeat = 300; // more than one turn
        Run run(*m_engine, wire.socket, {QueueItem::text("ab"), QueueItem::text("c")}, options);
        run.start();
        std::string expected;
        for (int i = 0; i < 300; ++i)
            expected += "abc";
        QCOMPARE(wire.peer.read(expected.size()), test::bytesOf(expected));
        QVERIFY(run.wait());
        QCOMPARE(run.result().operations, std::uint64_t{600});
        QCOMPARE(run.result().bytes, std::uint64_t{900});
        QCOMPARE(run.calls(), 1);
    }

    void pendsAndFinishesWhenThePeerReads()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        Run run(*m_engine, wire.socket, {large()}, {});
        run.start();
        QVERIFY(!run.over());
        QCOMPARE(run.soFar().pending, std::uint64_t{1});
        QCOMPARE(wire.peer.read(test::kPendingSize).size(), test::kPendingSize);
        QVERIFY(run.wait());
        QCOMPARE(run.result().bytes, std::uint64_t{test::kPendingSize});
        QCOMPARE(run.result().pending, std::uint64_t{1});
    }

    void keepsAsManyInFlightAsAskedFor()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        SendRunOptions options;
        options.repeat = 10;
        options.inFlight = 3;
        Run run(*m_engine, wire.socket, {large()}, options);
        run.start();
        // Nobody reads, so nothing has ended: what was started is what may be in flight.
        QCOMPARE(run.soFar().operations, std::uint64_t{3});
        QCOMPARE(run.soFar().pending, std::uint64_t{3});
        auto reader = wire.peer.receiveAllInBackground(true);
        QVERIFY(run.wait());
        QCOMPARE(run.result().operations, std::uint64_t{10});
        wire.socket.shutdown(SocketShutdown::Send);
        QCOMPARE(reader.get().bytes, std::uint64_t{10 * test::kPendingSize});
    }

    void cancelEndsThePendingWithTheExactCount()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        SendRunOptions options;
        options.repeat = 0; // until cancelled
        options.inFlight = 2;
        Run run(*m_engine, wire.socket, {large()}, options);
        run.start();
        const auto before = std::chrono::steady_clock::now();
        run.cancel();
        QVERIFY(run.wait());
        QVERIFY(test::kSanitized
            || std::chrono::steady_clock::now() - before < std::chrono::milliseconds(250));
        const SendRunResult result = run.result();
        QVERIFY(result.cancelled);
        QVERIFY(!result.problem);
        QCOMPARE(result.aborted, std::uint64_t{2});
        QVERIFY(result.bytes > 0 && result.bytes < test::kPendingSize);
        wire.socket.shutdown(SocketShutdown::Send);
        StreamEnd end = StreamEnd::Open;
        QCOMPARE(std::uint64_t{wire.peer.readAll(&end).size()}, result.bytes);
        QCOMPARE(end, StreamEnd::Eof);
        run.cancel(); // over: does nothing
        QCOMPARE(run.calls(), 1);
    }

    void cancelBeforeStartSendsNothing()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        Run run(*m_engine, wire.socket, {QueueItem::text("x")}, {});
        run.cancel();
        run.start();
        QVERIFY(run.over());
        QCOMPARE(run.result().operations, std::uint64_t{0});
        QVERIFY(run.result().cancelled);
    }

    void endsAtOnceWithoutItems()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        SendRunOptions options;
        options.repeat = 0;
        Run run(*m_engine, wire.socket, {}, options);
        run.start();
        QVERIFY(run.over());
        QCOMPARE(run.result().operations, std::uint64_t{0});
    }

    void waitsBetweenTheStartsOfTwoOperations()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        SendRunOptions options;
        options.repeat = 4;
        options.interval = std::chrono::milliseconds(30);
        Run run(*m_engine, wire.socket, {QueueItem::text("x")}, options);
        const auto before = std::chrono::steady_clock::now();
        run.start();
        QCOMPARE(run.soFar().operations, std::uint64_t{1});
        QVERIFY(run.wait());
        QVERIFY(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(90));
        QCOMPARE(wire.peer.read(4), test::bytesOf("xxxx"));
    }

    void cancelEndsAWait()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        SendRunOptions options;
        options.repeat = 2;
        options.interval = std::chrono::hours(1);
        Run run(*m_engine, wire.socket, {QueueItem::text("x")}, options);
        run.start();
        QVERIFY(!run.over());
        run.cancel();
        QVERIFY(run.wait());
        QCOMPARE(run.result().operations, std::uint64_t{1});
    }

    void theFirstFailureEndsTheRun()
    {
        const test::TempFolder folder;
        test::Wire wire = test::connectedWire(*m_engine);
        SendRunOptions options;
        options.each = true;
        Run run(*m_engine, wire.socket,
            {QueueItem::text("a"), QueueItem::file(folder / "missing"), QueueItem::text("b")},
            options);
        run.start();
        QVERIFY(run.wait());
        QCOMPARE(run.result().operations, std::uint64_t{1});
        QCOMPARE(run.result().failed, std::uint64_t{1});
        QVERIFY(run.result().problem);
        QCOMPARE(run.result().problem->errorName, std::string("FileNotFound"));
        QCOMPARE(run.result().problem->subject, folder / "missing");
        wire.socket.shutdown(SocketShutdown::Send);
        QCOMPARE(wire.peer.readAll(), test::bytesOf("a"));
    }

    void aResetInTheMiddleIsTheRunsProblem()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        Run run(*m_engine, wire.socket, {large()}, {});
        run.start();
        QCOMPARE(wire.peer.read(1000).size(), std::size_t{1000});
        wire.peer.reset();
        QVERIFY(run.wait());
        QVERIFY(run.result().problem);
        QCOMPARE(run.result().problem->errorName, std::string("ConnectionReset"));
        QCOMPARE(run.result().problem->operation, std::string("SendPackets"));
        QCOMPARE(run.result().problem->subject, std::string("tcp://peer"));
        QVERIFY(run.result().bytes >= 1000 && run.result().bytes < test::kPendingSize);
    }

    void disconnectGoesWithTheLastOperationOnly()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        SendRunOptions options;
        options.each = true;
        options.repeat = 3;
        options.flags = TransmitFileOptions::Disconnect;
        Run run(*m_engine, wire.socket, {QueueItem::text("ab")}, options);
        run.start();
        QVERIFY(run.wait());
        QVERIFY2(!run.result().problem,
            run.result().problem ? run.result().problem->toString().c_str() : "");
        StreamEnd end = StreamEnd::Open;
        QCOMPARE(wire.peer.readAll(&end), test::bytesOf("ababab"));
        QCOMPARE(end, StreamEnd::Eof);
        QVERIFY(!wire.socket.connected());
    }

    void cutsDatagramsByEndOfPacketAndSendSize()
    {
        test::Wire wire = test::connectedWire(*m_engine, test::Link::Udp);
        QueueItem first = QueueItem::text("ab");
        first.endOfPacket = true;
        Run packets(
            *m_engine, wire.socket, {first, QueueItem::text("c"), QueueItem::text("d")}, {});
        packets.start();
        QVERIFY(packets.wait());
        QCOMPARE(wire.peer.readDatagram(), test::bytesOf("ab"));
        QCOMPARE(wire.peer.readDatagram(), test::bytesOf("cd"));
        SendRunOptions options;
        options.sendSize = 3;
        Run blocks(*m_engine, wire.socket, {QueueItem::text("abcde")}, options);
        blocks.start();
        QVERIFY(blocks.wait());
        QCOMPARE(wire.peer.readDatagram(), test::bytesOf("abc"));
        QCOMPARE(wire.peer.readDatagram(), test::bytesOf("de"));
    }

    void aClosedSocketIsAProblemNotAnException()
    {
        test::Wire wire = test::connectedWire(*m_engine);
        wire.socket.close();
        Run run(*m_engine, wire.socket, {QueueItem::text("x")}, {});
        run.start();
        QVERIFY(run.wait());
        QCOMPARE(run.result().problem.value_or(Problem()).errorName, std::string("ObjectDisposed"));
    }
};

QTEST_GUILESS_MAIN(SendRunnerTest)
#include "send_runner_test.moc"
