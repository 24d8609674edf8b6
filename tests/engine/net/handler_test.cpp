// SPDX-License-Identifier: GPL-3.0-or-later
/// What a Completed handler may do: start, destroy, close, subscribe (RET-05, RET-08, CLOSE-01).

#include "tests/support/socket_pair.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>

using namespace swb;
using namespace swb::test;

class HandlerTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void ret05_handlerMayDestroyItsArgs()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        Latch destroyed;
        auto* e = new SocketAsyncEventArgs;
        e->setBuffer(room);
        e->onCompleted([&](Socket&, SocketAsyncEventArgs& args) {
            delete &args; // Must neither wait for this very handler nor pull anything from under
                          // it.
            destroyed.open();
        });
        QVERIFY(wire.socket.receiveAsync(*e));
        wire.peer.write(bytesOf("x"));
        QVERIFY(destroyed.wait());
        wire.peer.write(bytesOf("y"));
        QCOMPARE(receiveNow(wire.socket, 1), bytesOf("y"));
    }

    void ret05_handlerMayDropTheLastHandle()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        std::optional<Socket> only = std::move(wire.socket);
        wire.socket = Socket();
        SocketAsyncEventArgs e;
        Latch dropped;
        e.setBuffer(room);
        e.onCompleted([&](Socket& sender, SocketAsyncEventArgs&) {
            sender = Socket();
            only.reset();
            dropped.open();
        });
        QVERIFY(only->receiveAsync(e));
        wire.peer.write(bytesOf("data"));
        QVERIFY(dropped.wait());
        StreamEnd end{};
        QVERIFY(wire.peer.readAll(&end).empty());
        QCOMPARE(end, StreamEnd::Eof);
    }

    void ret05_handlerMayCloseTheSocketUnderOtherOperations()
    {
        Bytes room(4);
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        Call sending;
        sending.e.setBuffer(bytes);
        QVERIFY(wire.socket.sendAsync(sending.e));
        e.setBuffer(room);
        e.onCompleted([](Socket& sender, SocketAsyncEventArgs&) { sender.close(); });
        const Completion done(e);
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("x"));
        QVERIFY(done.wait());
        QVERIFY(sending.done.wait());
        QCOMPARE(sending.e.socketError(), SocketError::OperationAborted);
        QVERIFY(done.last().order < sending.done.last().order); // Not inside the first handler.
        QVERIFY(wire.socket.closed());
    }

    void ret05_restartsFromHandlersDoNotNest()
    {
        constexpr int kRestarts = 20'000;
        Wire wire = connectedWire(*m_engine);
        wire.socket.setAlwaysCompletesAsynchronously(true); // Every completion comes as an event.
        std::atomic<int> raised{0};
        std::atomic<int> depth{0};
        std::atomic<int> deepest{0};
        Latch all;
        SocketAsyncEventArgs e;
        e.setSendPacketsElements({});
        e.onCompleted([&](Socket& sender, SocketAsyncEventArgs& args) {
            deepest = std::max(deepest.load(), ++depth);
            if (++raised == kRestarts)
                all.open();
            else
                (void)sender.sendPacketsAsync(args);
            --depth;
        });
        QVERIFY(wire.socket.sendPacketsAsync(e));
        QVERIFY(all.wait());
        QCOMPARE(deepest.load(), 1);
    }

    void ret08_changesInsideAHandlerHoldFromTheNextCompletion()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        std::string calls;
        int second = 0;
        e.onCompleted([&](Socket&, SocketAsyncEventArgs& args) {
            calls += 'a';
            args.removeCompleted(second);
            if (calls == "a")
                args.onCompleted([&](Socket&, SocketAsyncEventArgs&) { calls += 'c'; });
        });
        second = e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { calls += 'b'; });
        const Completion done(e);
        e.setBuffer(room);
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("1"));
        QVERIFY(done.wait(1));
        QCOMPARE(calls, std::string("ab")); // As it was when the event was raised.
        const Completion last(e);
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("2"));
        QVERIFY(last.wait(1));
        QCOMPARE(calls, std::string("abac"));
    }

    void ret08_whatARemovedHandlerOwnsGoesWhenNobodyRunsIt()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        e.setBuffer(room);
        auto owned = std::make_shared<int>(1);
        const std::weak_ptr<int> seen = owned;
        Latch running;
        Latch goOn;
        std::atomic<int> value{0};
        const int id
            = e.onCompleted([owned = std::move(owned), &running, &goOn, &value](Socket&, auto&) {
                  running.open();
                  if (goOn.wait())
                      value = *owned;
              });
        Completion after(e);
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("x"));
        QVERIFY(running.wait());
        e.removeCompleted(id);
        QVERIFY2(!seen.expired(), "it is being run");
        goOn.open();
        QVERIFY(after.wait()); // it was among the handlers of this completion, and stays so
        QCOMPARE(value.load(), 1);
        QTRY_VERIFY(seen.expired());

        auto more = std::make_shared<int>(2);
        const std::weak_ptr<int> seenMore = more;
        e.removeCompleted(e.onCompleted([more = std::move(more)](Socket&, auto&) {}));
        QVERIFY2(seenMore.expired(), "nobody runs it");
    }

    void close06_destructorWaitsForAHandlerOnAnotherThread()
    {
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        auto e = std::make_unique<SocketAsyncEventArgs>();
        Latch entered;
        Latch release;
        std::atomic<bool> handlerDone{false};
        e->setBuffer(room);
        e->onCompleted([&](Socket&, SocketAsyncEventArgs& args) {
            entered.open();
            (void)release.wait();
            handlerDone = args.bytesTransferred() == 1; // Still there.
        });
        QVERIFY(wire.socket.receiveAsync(*e));
        wire.peer.write(bytesOf("x"));
        QVERIFY(entered.wait());
        std::atomic<bool> handlerWasDone{false};
        std::thread destroyer([&] {
            e.reset();
            handlerWasDone = handlerDone.load();
        });
        release.open();
        destroyer.join();
        QVERIFY(handlerWasDone);
    }

    void close01_engineMayGoWhileHandlersStartMore()
    {
        const Bytes bytes = randomBytes(100'000);
        std::deque<Wire> wires;
        std::deque<SocketAsyncEventArgs> args;

        std::vector<std::future<Received>> drained;
        std::atomic<int> unexpected{0};
        const auto restart = [&](auto start) {
            return [&unexpected, start](Socket& sender, SocketAsyncEventArgs& e) {
                try {
                    while (e.socketError() == SocketError::Success && !start(sender, e)) { }
                    if (e.socketError() != SocketError::Success
                        && e.socketError() != SocketError::OperationAborted)
                        ++unexpected;
                } catch (const ObjectDisposedException&) { // The end this is about.
                }
            };
        };
        const auto send = [](Socket& s, SocketAsyncEventArgs& e) { return s.sendAsync(e); };
        for (int i = 0; i < 6; ++i) {
            Wire& wire = wires.emplace_back(connectedWire(*m_engine));
            drained.push_back(wire.peer.receiveAllInBackground(true));
            wire.socket.setAlwaysCompletesAsynchronously(true);
            SocketAsyncEventArgs& e = args.emplace_back();
            e.setBuffer(bytes);
            e.onCompleted(restart(send));
            QVERIFY(wire.socket.sendAsync(e));
        }
        m_engine.reset(); // Must return, with all of that going on.
        for (const SocketAsyncEventArgs& e : args)
            QVERIFY(!e.inProgress());
        for (auto& one : drained)
            QVERIFY(one.get().end != StreamEnd::DeadlinePassed);
        QCOMPARE(unexpected.load(), 0);
    }
};

QTEST_GUILESS_MAIN(HandlerTest)
#include "handler_test.moc"
