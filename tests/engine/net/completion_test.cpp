// SPDX-License-Identifier: GPL-3.0-or-later
/// What a call returns, and the Completed event (RET).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QCoreApplication>
#include <QTest>

#include <cstdlib>
#include <optional>
#include <set>

#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace swb;
using namespace swb::test;

namespace {

constexpr auto kChildArgument = "handler-throws";
constexpr int kLeftHandlerWithFreeArgs = 42;

/// RET-10 in a process of its own: ends in std::terminate when, and only when, the exception leaves
/// the handler.
int runThrowingHandler()
{
    static SocketAsyncEventArgs* s_args = nullptr;
    const rlimit noCore{0, 0};
    ::setrlimit(RLIMIT_CORE, &noCore);
    std::set_terminate([] { ::_exit(s_args->inProgress() ? 43 : kLeftHandlerWithFreeArgs); });
    AsyncEngine engine(EngineOptions{.workerThreads = 1});
    Wire wire = connectedWire(engine);
    SocketAsyncEventArgs e;
    s_args = &e;
    Bytes bytes(4);
    e.setBuffer(std::span<std::byte>(bytes));
    e.onCompleted(
        [](Socket&, SocketAsyncEventArgs&) { throw std::runtime_error("from the handler"); });
    if (!wire.socket.receiveAsync(e))
        return 2;
    wire.peer.write(bytesOf("data"));
    (void)Latch().wait(); // Nobody opens it: only the end of the process ends this.
    return 3;
}

} // namespace

class CompletionTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void ret01_returnsTrueWhilePendingAndRaisesOnce_data() { SWB_STREAM_LINKS(); }
    void ret01_returnsTrueWhilePendingAndRaisesOnce()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        const Bytes bytes = randomBytes(kPendingSize);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        QVERIFY(call.e.inProgress());
        QCOMPARE(call.done.count(), 0);
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.done.wait());
        QCOMPARE(call.done.last().error, SocketError::Success);
        QCOMPARE(call.done.last().bytes, bytes.size());
        m_engine.reset(); // Joins the workers: a second event would have come by now.
        QCOMPARE(call.done.count(), 1);
    }

    void ret02_returnsFalseWhenKernelTakesAll_data() { SWB_STREAM_LINKS(); }
    void ret02_returnsFalseWhenKernelTakesAll()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        const Bytes bytes = bytesOf("small");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(!wire.socket.sendAsync(call.e));
        QVERIFY(!call.e.inProgress());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), bytes.size());
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        m_engine.reset();
        QCOMPARE(call.done.count(), 0);
    }

    void ret02_returnsFalseForAFailureSeenAtOnce()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.shutdown(SocketShutdown::Send);
        const Bytes bytes = bytesOf("late");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(!wire.socket.sendAsync(call.e));
        QVERIFY(!call.e.inProgress());
        QCOMPARE(call.e.socketError(), SocketError::Shutdown);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        m_engine.reset();
        QCOMPARE(call.done.count(), 0);
    }

    void ret02_receiveReturnsFalseWhenDataIsThere()
    {
        Wire wire = connectedWire(*m_engine);
        wire.peer.write(bytesOf("data"));
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLIN));
        Bytes bytes(10);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(!wire.socket.receiveAsync(call.e));
        QCOMPARE(call.e.bytesTransferred(), 4U);
        m_engine.reset();
        QCOMPARE(call.done.count(), 0);
    }

    void ret02_nothingIsTriedAtOnceBehindAPendingOperation()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes large = randomBytes(kPendingSize);
        const Bytes nothing(1);
        Call first;
        Call second;
        first.e.setBuffer(std::span<const std::byte>(large));
        second.e.setBuffer(std::span<const std::byte>(nothing).first(0));
        QVERIFY(wire.socket.sendAsync(first.e));
        QVERIFY(wire.socket.sendAsync(second.e)); // Even zero bytes wait their turn.
        QCOMPARE(wire.peer.read(large.size()), large);
        QVERIFY(first.done.wait());
        QVERIFY(second.done.wait());
        QVERIFY(first.done.last().order < second.done.last().order);
    }

    void ret03_switchMakesEveryOperationCompleteWithAnEvent()
    {
        Wire wire = connectedWire(*m_engine);
        QVERIFY(!wire.socket.alwaysCompletesAsynchronously());
        wire.socket.setAlwaysCompletesAsynchronously(true);
        QVERIFY(wire.socket.alwaysCompletesAsynchronously());
        const Bytes bytes = bytesOf("small");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        QVERIFY(call.done.wait(1));
        QCOMPARE(call.done.last().bytes, bytes.size());
        QVERIFY(call.done.last().thread != std::this_thread::get_id());
        call.e.setSendPacketsElements({});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QVERIFY(call.done.wait(2));
        wire.socket.shutdown(SocketShutdown::Send);
        QVERIFY(wire.socket.sendAsync(call.e)); // So do failures.
        QVERIFY(call.done.wait(3));
        QCOMPARE(call.done.last().error, SocketError::Shutdown);
        m_engine.reset();
        QCOMPARE(call.done.count(), 3);
    }

    void ret04_sendPacketsOfNothingReturnsFalseWithoutEvent()
    {
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        m_engine.reset();
        QCOMPARE(call.done.count(), 0);
    }

    void d05_ret04_neverRaisedInsideTheInitiatingCall()
    {
        // A peer that drains all the while: calls end at once, or pend for a moment, in every
        // mixture.
        Wire wire = connectedWire(*m_engine);
        auto drained = wire.peer.receiveAllInBackground();
        const Bytes bytes = randomBytes(200'000);
        std::uint64_t sent = 0;
        for (int i = 0; i < 100; ++i) {
            Call call;
            bool pending = false;
            if (i % 2 == 0) {
                call.e.setBuffer(std::span<const std::byte>(bytes));
                pending = wire.socket.sendAsync(call.e);
            } else {
                call.e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
                pending = wire.socket.sendPacketsAsync(call.e);
            }
            QVERIFY(call.finished(pending));
            QCOMPARE(call.done.count(), pending ? 1 : 0);
            for (const Raised& raised : call.done.all())
                QVERIFY(raised.thread != std::this_thread::get_id());
            sent += call.e.bytesTransferred();
        }
        wire.socket.close();
        QCOMPARE(drained.get().bytes, sent);
    }

    void ret05_handlerFindsResultsAndFreeArgs()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(16);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(call.e));
        wire.peer.write(bytesOf("results"));
        QVERIFY(call.done.wait());
        QVERIFY(!call.done.last().argsWereBusy);
        QCOMPARE(call.done.last().bytes, 7U);
        QCOMPARE(call.done.last().error, SocketError::Success);
        QCOMPARE(call.done.last().operation, SocketAsyncOperation::Receive);
    }

    void ret05_handlerMayStartTheSameArgsAgain()
    {
        Wire wire = connectedWire(*m_engine);
        constexpr std::size_t kSize = 50'000;
        const Bytes bytes = randomBytes(kSize);
        Bytes buffer(997);
        Bytes received;
        Latch all;
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<std::byte>(buffer));
        const auto take = [&] {
            received.insert(received.end(), buffer.begin(),
                buffer.begin() + static_cast<std::ptrdiff_t>(e.bytesTransferred()));
            if (received.size() == kSize)
                all.open();
            return received.size() < kSize;
        };
        e.onCompleted([&](Socket& sender, SocketAsyncEventArgs& args) {
            while (take() && !sender.receiveAsync(args)) { }
        });
        QVERIFY(wire.socket.receiveAsync(e));
        for (std::size_t at = 0; at < kSize; at += 10'000)
            wire.peer.write(std::span(bytes).subspan(at, 10'000));
        QVERIFY(all.wait());
        QCOMPARE(received, bytes);
    }

    void ret06_senderIsTheSocketTheOperationRanOn()
    {
        SocketPair pair = connectedPair(*m_engine);
        QVERIFY(pair.a.id() != pair.b.id());
        Bytes bytes(4);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(pair.b.receiveAsync(call.e));
        QCOMPARE(sendNow(pair.a, bytesOf("x")), SocketError::Success);
        QVERIFY(call.done.wait());
        QCOMPARE(call.done.last().senderId, pair.b.id());
    }

    void ret07_raisedOnAWorkerThread()
    {
        AsyncEngine oneWorker(EngineOptions{.workerThreads = 1});
        QCOMPARE(oneWorker.workerThreads(), 1U);
        std::set<std::thread::id> threads;
        for (int i = 0; i < 3; ++i) {
            Wire wire = connectedWire(oneWorker);
            Bytes bytes(4);
            Call call;
            call.e.setBuffer(std::span<std::byte>(bytes));
            QVERIFY(wire.socket.receiveAsync(call.e));
            wire.peer.write(bytesOf("x"));
            QVERIFY(call.done.wait());
            threads.insert(call.done.last().thread);
        }
        QCOMPARE(threads.size(), 1U);
        QVERIFY(!threads.contains(std::this_thread::get_id()));
    }

    void ret07_thereIsAWorkerForEveryCoreByDefault()
    {
        const AsyncEngine engine;
        QCOMPARE(engine.workerThreads(), std::max(1U, std::thread::hardware_concurrency()));
    }

    void ret08_handlersRunInTheOrderAddedUntilRemoved()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(4);
        SocketAsyncEventArgs e;
        std::string calls;
        e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { calls += 'a'; });
        const int removed = e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { calls += 'b'; });
        e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { calls += 'c'; });
        const Completion done(e);
        e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("1"));
        QVERIFY(done.wait(1));
        QCOMPARE(calls, std::string("abc"));
        e.removeCompleted(removed);
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("2"));
        QVERIFY(done.wait(2));
        QCOMPARE(calls, std::string("abcac"));
    }

    void ret09_worksWithoutAHandler()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = randomBytes(kPendingSize);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(e));
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QTRY_VERIFY_WITH_TIMEOUT(!e.inProgress(), static_cast<int>(kDeadline.count()));
        QCOMPARE(e.bytesTransferred(), bytes.size());
    }

    void ret10_exceptionOfAHandlerIsNotSwallowedAndArgsAreFree()
    {
        // Not QProcess: ThreadSanitizer's runtime does not survive the clone() it uses.
        std::string program = QCoreApplication::applicationFilePath().toStdString();
        std::string argument = kChildArgument;
        char* arguments[] = {program.data(), argument.data(), nullptr};
        pid_t child = 0;
        QCOMPARE(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ), 0);
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0),
            child); // It ends by itself, at the latest at its own deadline.
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), kLeftHandlerWithFreeArgs);
    }

    void ret11_lastOperationIsSetWhenAnOperationStarts()
    {
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(4);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(call.e));
        QCOMPARE(call.e.lastOperation(), SocketAsyncOperation::Receive);
        wire.peer.write(bytesOf("x"));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.lastOperation(), SocketAsyncOperation::Receive);
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(call.e.lastOperation(), SocketAsyncOperation::Send);
    }

    void ret11_lastOperationIsSetEvenWhenTheCallThrows()
    {
        Wire wire = connectedWire(*m_engine);
        SocketAsyncEventArgs e;
        e.setSendPacketsElements({SendPacketsElement::file("/nonexistent-folder/file")});
        QVERIFY(
            thrownBy<DirectoryNotFoundException>([&] { (void)wire.socket.sendPacketsAsync(e); }));
        QCOMPARE(e.lastOperation(), SocketAsyncOperation::SendPackets);
    }

    void ret12_oldResultsStayWhilePending()
    {
        TempFolder folder;
        Wire wire = connectedWire(*m_engine);
        Bytes bytes = bytesOf("0123456789");
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(!wire.socket.sendAsync(call.e));
        QVERIFY(wire.socket.receiveAsync(call.e));
        QCOMPARE(call.e.bytesTransferred(), 10U);
        QCOMPARE(call.e.socketError(), SocketError::Success);
        wire.peer.write(bytesOf("x"));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), 1U);

        call.e.setSendPacketsElements({SendPacketsElement::file(folder.file("ten", bytes), 11, 1)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QVERIFY(wire.socket.receiveAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void ret13_socketFlagsAreOverwrittenByEveryCompletion()
    {
        Wire wire = connectedWire(*m_engine);
        wire.peer.write(bytesOf("peek"));
        Bytes bytes(4);
        Call call;
        call.e.setBuffer(std::span<std::byte>(bytes));
        for (int i = 0; i < 2; ++i) { // Peeking takes nothing away.
            call.e.setSocketFlags(SocketFlags::Peek);
            QVERIFY(call.finished(wire.socket.receiveAsync(call.e)));
            QCOMPARE(call.e.bytesTransferred(), 4U);
            QCOMPARE(call.e.socketFlags(), SocketFlags::None);
        }
        QVERIFY(call.finished(wire.socket.receiveAsync(call.e)));
        QCOMPARE(bytes, bytesOf("peek"));
        const int raised = call.done.count();
        QVERIFY(wire.socket.receiveAsync(call.e)); // Consumed: the next one waits.
        wire.peer.write(bytesOf("more"));
        QVERIFY(call.done.wait(raised + 1));
        QCOMPARE(bytes, bytesOf("more"));
    }

    void ret14_successOnlySaysThatTheStackTookIt()
    {
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(sendNow(wire.socket, bytesOf("never read")), SocketError::Success);
        wire.peer.reset(); // Nobody ever read it.
    }

    void ret15_destroyedArgsFinishTheirOperation()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = randomBytes(kPendingSize);
        auto call = std::make_unique<Call>();
        const Completion done = call->done;
        call->e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call->e));
        call.reset();
        QCOMPARE(done.count(), 0);
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(done.wait());
        QCOMPARE(done.last().bytes, bytes.size());
    }

    void ret15_descriptorsAreCopiedAtTheStart()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = randomBytes(kPendingSize);
        std::vector<SendPacketsElement> elements{SendPacketsElement::buffer(bytes)};
        Call call;
        call.e.setSendPacketsElements(elements);
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        elements.clear();
        elements.shrink_to_fit();
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.done.wait());
    }

    void ret15_nothingIsKeptOnceAllIsOver()
    {
        Wire wire = connectedWire(*m_engine);
        auto token = std::make_shared<int>(1);
        const std::weak_ptr<int> watched = token;
        {
            Bytes bytes(4);
            SocketAsyncEventArgs e;
            Latch raised;
            e.onCompleted([token, &raised](Socket&, SocketAsyncEventArgs&) { raised.open(); });
            token.reset();
            e.setBuffer(std::span<std::byte>(bytes));
            QVERIFY(wire.socket.receiveAsync(e));
            wire.peer.write(bytesOf("x"));
            QVERIFY(raised.wait());
        }
        QTRY_VERIFY_WITH_TIMEOUT(watched.expired(), static_cast<int>(kDeadline.count()));
    }

    void ret16_nothingOfTheCallersThreadIsSeenInTheHandler()
    {
        static thread_local int t_ambient = 0;
        t_ambient = 7;
        Wire wire = connectedWire(*m_engine);
        Bytes bytes(4);
        SocketAsyncEventArgs e;
        std::promise<int> seen;
        e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { seen.set_value(t_ambient); });
        e.setBuffer(std::span<std::byte>(bytes));
        QVERIFY(wire.socket.receiveAsync(e));
        wire.peer.write(bytesOf("x"));
        auto result = seen.get_future();
        QCOMPARE(result.wait_for(kDeadline), std::future_status::ready);
        QCOMPARE(result.get(), 0);
    }
};

int main(int argc, char** argv)
{
    if (argc > 1 && QByteArray(argv[1]) == kChildArgument)
        return runThrowingHandler();
    QCoreApplication app(argc, argv);
    CompletionTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "completion_test.moc"
