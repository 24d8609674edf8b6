// SPDX-License-Identifier: GPL-3.0-or-later
/// Order and threads (CONC).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <optional>

#include <poll.h>

using namespace swb;
using namespace swb::test;

namespace {

constexpr int kThreads = 4;
constexpr std::size_t kWordsPerBlock
    = 30'000; // 120 KB: about as much as the send buffer, so that writes are partial.

/// A block whose every word says who sent it and which one it is.
Bytes taggedBlock(int thread, int number, std::size_t words = kWordsPerBlock)
{
    Bytes block(words * sizeof(std::uint32_t));
    const auto tag = static_cast<std::uint32_t>(thread * 1000 + number);
    for (std::size_t at = 0; at < block.size(); at += sizeof tag)
        std::memcpy(block.data() + at, &tag, sizeof tag);
    return block;
}

/// The tag of the block of `words` words at `at`; -1 when the block is not of one piece.
int tagOf(const Bytes& bytes, std::size_t at, std::size_t words = kWordsPerBlock)
{
    std::uint32_t tag = 0;
    std::memcpy(&tag, bytes.data() + at, sizeof tag);
    const Bytes expected = taggedBlock(0, static_cast<int>(tag), words);
    return std::equal(
               expected.begin(), expected.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at))
        ? static_cast<int>(tag)
        : -1;
}

} // namespace

class ConcurrencyTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 4}); }
    void cleanup() { m_engine.reset(); }

    void conc01_sendsDoNotWaitForReceives_data() { SWB_STREAM_LINKS(); }
    void conc01_sendsDoNotWaitForReceives()
    {
        QFETCH(Link, link);
        Bytes room(4);
        Wire wire = connectedWire(*m_engine, link);
        Call receiving;
        receiving.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(wire.socket.receiveAsync(receiving.e));
        const Bytes bytes = bytesOf("out");
        Call sending;
        sending.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(!wire.socket.sendAsync(sending.e));
        QCOMPARE(wire.peer.read(3), bytes);
        QVERIFY(receiving.e.inProgress());
        wire.peer.write(bytesOf("in"));
        QVERIFY(receiving.done.wait());
    }

    void conc01_receivesDoNotWaitForSends()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Bytes room(4);
        Wire wire = connectedWire(*m_engine);
        Call sending;
        sending.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(sending.e));
        wire.peer.write(bytesOf("in"));
        Call receiving;
        receiving.e.setBuffer(std::span<std::byte>(room));
        QVERIFY(receiving.finished(wire.socket.receiveAsync(receiving.e)));
        QCOMPARE(receiving.e.bytesTransferred(), 2U);
        QVERIFY(sending.e.inProgress());
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(sending.done.wait());
    }

    void conc02_sendsTakeEffectInStartOrder_data() { SWB_STREAM_LINKS(); }
    void conc02_sendsTakeEffectInStartOrder()
    {
        QFETCH(Link, link);
        std::array<Bytes, 5> blocks;
        std::array<Call, 5> calls;
        std::array<bool, 5> pending{};
        Bytes expected;
        Wire wire = connectedWire(*m_engine, link);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            blocks[i] = randomBytes(i % 2 == 0 ? 1'500'000 : 13, i + 1);
            expected.insert(expected.end(), blocks[i].begin(), blocks[i].end());
            if (i == 3)
                calls[i].e.setSendPacketsElements({SendPacketsElement::buffer(blocks[i])});
            else
                calls[i].e.setBuffer(std::span<const std::byte>(blocks[i]));
            pending[i] = i == 3 ? wire.socket.sendPacketsAsync(calls[i].e)
                                : wire.socket.sendAsync(calls[i].e);
        }
        QCOMPARE(wire.peer.read(expected.size()), expected);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            QVERIFY(pending[i]);
            QVERIFY(calls[i].done.wait());
            QCOMPARE(calls[i].e.socketError(), SocketError::Success);
            QCOMPARE(calls[i].e.bytesTransferred(), blocks[i].size());
        }
    }

    void d16_queuedSmallSendsCompleteEachByItselfInOrder_data() { SWB_STREAM_LINKS(); }
    void d16_queuedSmallSendsCompleteEachByItselfInOrder()
    {
        QFETCH(Link, link);
        constexpr std::size_t kSends = 3000; // More than one sendmsg takes (IOV_MAX).
        const Bytes blocker = randomBytes(kPendingSize);
        const Bytes content = randomBytes(kSends * 200);
        Wire wire = connectedWire(*m_engine, link);
        Call blocking;
        blocking.e.setBuffer(blocker);
        QVERIFY(wire.socket.sendAsync(blocking.e));
        std::deque<Call> calls(kSends);
        Bytes expected = blocker;
        for (std::size_t i = 0; i < kSends; ++i) {
            const auto part = std::span(content).subspan(i * 200, i % 7 == 0 ? 0 : 1 + i % 200);
            expected.insert(expected.end(), part.begin(), part.end());
            calls[i].e.setBuffer(part);
            QVERIFY(wire.socket.sendAsync(calls[i].e)); // Queued: even one of no bytes waits.
        }
        QCOMPARE(wire.peer.read(expected.size()), expected);
        std::uint64_t order = 0;
        for (std::size_t i = 0; i < kSends; ++i) {
            QVERIFY(calls[i].done.wait());
            const Raised raised = calls[i].done.last();
            QCOMPARE(raised.error, SocketError::Success);
            QCOMPARE(raised.bytes, i % 7 == 0 ? 0U : 1 + i % 200);
            QVERIFY(raised.order > order);
            order = raised.order;
        }
    }

    void conc02_receivesTakeEffectInStartOrder()
    {
        std::array<Bytes, 3> rooms;
        std::array<Call, 3> calls;
        Wire wire = connectedWire(*m_engine);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            rooms[i].resize(1);
            calls[i].e.setBuffer(std::span<std::byte>(rooms[i]));
            QVERIFY(wire.socket.receiveAsync(calls[i].e));
        }
        for (const char* letter : {"a", "b", "c"})
            wire.peer.write(bytesOf(letter));
        for (std::size_t i = 0; i < calls.size(); ++i) {
            QVERIFY(calls[i].done.wait());
            QCOMPARE(rooms[i], bytesOf(std::string_view("abc").substr(i, 1)));
        }
    }

    void conc03_racingThreadsNeverSplitOneAnothersSends_data() { SWB_STREAM_LINKS(); }
    void conc03_racingThreadsNeverSplitOneAnothersSends()
    {
        QFETCH(Link, link);
        constexpr int kBlocks = kSanitized ? 8 : 25;
        Wire wire = connectedWire(*m_engine, link);
        std::atomic<int> failures{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t, socket = wire.socket]() mutable {
                for (int i = 0; i < kBlocks; ++i) {
                    const Bytes block = taggedBlock(t, i);
                    Call call;
                    call.e.setBuffer(std::span<const std::byte>(block));
                    if (!call.finished(socket.sendAsync(call.e))
                        || call.e.bytesTransferred() != block.size())
                        ++failures;
                }
            });
        }
        const std::size_t blockSize = kWordsPerBlock * sizeof(std::uint32_t);
        const Bytes received = wire.peer.read(kThreads * kBlocks * blockSize);
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(failures.load(), 0);
        QCOMPARE(received.size(), kThreads * kBlocks * blockSize);
        std::array<int, kThreads> next{};
        for (std::size_t at = 0; at < received.size(); at += blockSize) {
            const int tag = tagOf(received, at);
            QVERIFY2(tag >= 0, "a block was split by another thread's bytes");
            QCOMPARE(tag % 1000,
                next.at(static_cast<std::size_t>(tag / 1000))++); // Each thread's own order.
        }
    }

    void conc04_handlersOfOneSocketAreSerialAndInOrder()
    {
        constexpr int kCalls = 100;
        const Bytes first = randomBytes(kPendingSize);
        const Bytes small = randomBytes(500);
        std::atomic<int> running{0};
        std::atomic<int> overlaps{0};
        std::mutex mutex;
        std::vector<int> order;
        std::deque<Call> calls;
        Wire wire = connectedWire(*m_engine);
        for (int i = 0; i < kCalls; ++i) {
            Call& call = calls.emplace_back();
            call.e.onCompleted([&, i](Socket&, SocketAsyncEventArgs&) {
                if (++running != 1)
                    ++overlaps;
                const std::lock_guard lock(mutex);
                order.push_back(i);
                std::this_thread::yield(); // An invitation to overlap.
                --running;
            });
            call.e.setBuffer(std::span<const std::byte>(i == 0 ? first : small));
            QVERIFY(wire.socket.sendAsync(call.e));
        }
        const std::size_t total = first.size() + (kCalls - 1) * small.size();
        QCOMPARE(wire.peer.read(total).size(), total);
        m_engine.reset(); // Joins: all handlers have returned.
        QCOMPARE(overlaps.load(), 0);
        QCOMPARE(order.size(), std::size_t{kCalls});
        QVERIFY(std::is_sorted(order.begin(), order.end()));
    }

    void conc04_handlersOfBothDirectionsAreSerial()
    {
        constexpr std::size_t kSize = 2'000'000;
        std::atomic<int> running{0};
        std::atomic<int> overlaps{0};
        const auto watch = [&] {
            if (++running != 1)
                ++overlaps;
            std::this_thread::yield();
            --running;
        };
        SocketPair pair = connectedPair(*m_engine);
        const Bytes bytes = randomBytes(10'000);
        Bytes room(5000);
        std::atomic<std::size_t> received{0};
        std::atomic<std::size_t> echoed{0};
        Latch all;
        SocketAsyncEventArgs reading;
        SocketAsyncEventArgs writing;
        reading.setBuffer(std::span<std::byte>(room));
        writing.setBuffer(std::span<const std::byte>(bytes));
        pair.b.setAlwaysCompletesAsynchronously(true); // Every operation has its event.
        reading.onCompleted([&](Socket& socket, SocketAsyncEventArgs& e) {
            watch();
            received += e.bytesTransferred();
            if (received < kSize)
                (void)socket.receiveAsync(e);
            else
                all.open();
        });
        writing.onCompleted([&](Socket& socket, SocketAsyncEventArgs& e) {
            watch();
            echoed += e.bytesTransferred();
            if (echoed < kSize)
                (void)socket.sendAsync(e);
        });
        QVERIFY(pair.b.receiveAsync(reading));
        QVERIFY(pair.b.sendAsync(writing));
        std::thread reader([&] { (void)receiveNow(pair.a, kSize); });
        const bool sent = sendNow(pair.a, randomBytes(kSize)) == SocketError::Success;
        const bool done = all.wait();
        reader.join();
        QVERIFY(sent);
        QVERIFY(done);
        m_engine.reset();
        QCOMPARE(overlaps.load(), 0);
    }

    /// Accepts that wait for first data wait on their accepted sockets, which belong to other
    /// workers; their events are the listener's all the same.
    void conc04_handlersOfOneListenerAreSerial()
    {
        constexpr std::size_t kCalls = 40;
        std::atomic<int> running{0};
        std::atomic<int> overlaps{0};
        std::deque<Call> calls;
        std::vector<Bytes> rooms(kCalls, Bytes(4));
        std::vector<RawPeer> clients;
        Socket listener = listeningSocket(*m_engine);
        for (Bytes& room : rooms) {
            Call& call = calls.emplace_back();
            call.e.onCompleted([&](Socket&, SocketAsyncEventArgs&) {
                if (++running != 1)
                    ++overlaps;
                for (int i = 0; i < 20; ++i)
                    std::this_thread::yield(); // An invitation to overlap.
                --running;
            });
            call.e.setBuffer(room);
            QVERIFY(listener.acceptAsync(call.e));
        }
        for (std::size_t i = 0; i < kCalls; ++i)
            clients.push_back(rawConnect(listener.localEndPoint()));
        for (const RawPeer& client : clients)
            client.write(bytesOf("x"));
        for (const Call& call : calls)
            QVERIFY(call.done.wait());
        m_engine.reset();
        QCOMPARE(overlaps.load(), 0);
        for (const Call& call : calls)
            QCOMPARE(call.e.bytesTransferred(), 1U);
    }

    /// An operation that was done at once and has its event all the same must not be overtaken by
    /// the next one, which a worker that is busy with the queue finds there.
    void conc04_eventsOfSynchronousCompletionsKeepTheirPlace()
    {
        std::array<Bytes, 3> rooms{Bytes(1), Bytes(1), Bytes(1)};
        std::array<Call, 3> calls;
        Latch entered;
        Latch release;
        Wire wire = connectedWire(*m_engine);
        wire.socket.setAlwaysCompletesAsynchronously(true);
        for (std::size_t i = 0; i < calls.size(); ++i)
            calls[i].e.setBuffer(rooms[i]);
        calls[0].e.onCompleted([&](Socket&, SocketAsyncEventArgs&) {
            entered.open();
            (void)release.wait();
        });
        QVERIFY(wire.socket.receiveAsync(calls[0].e));
        wire.peer.write(bytesOf("a"));
        QVERIFY(entered.wait()); // The worker is busy with the queue, which is empty.
        wire.peer.write(bytesOf("b"));
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLIN));
        QVERIFY(wire.socket.receiveAsync(calls[1].e)); // Could be done at once.
        QVERIFY(wire.socket.receiveAsync(calls[2].e)); // Has to wait.
        wire.peer.write(bytesOf("c"));
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLIN));
        release.open();
        for (const Call& call : calls)
            QVERIFY(call.done.wait());
        for (std::size_t i = 0; i < calls.size(); ++i)
            QCOMPARE(rooms[i], bytesOf(std::string_view("abc").substr(i, 1)));
        QVERIFY(calls[0].done.last().order < calls[1].done.last().order);
        QVERIFY(calls[1].done.last().order < calls[2].done.last().order);
    }

    void d08_conc05_sendPacketsIsNeverSplitByOtherSends_data() { SWB_STREAM_LINKS(); }
    void d08_conc05_sendPacketsIsNeverSplitByOtherSends()
    {
        QFETCH(Link, link);
        constexpr int kBlocks = kSanitized ? 6 : 20;
        constexpr std::size_t kPart = kWordsPerBlock / 3 * sizeof(std::uint32_t);
        const TempFolder folder;
        Wire wire = connectedWire(*m_engine, link);
        std::atomic<int> failures{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t, socket = wire.socket]() mutable {
                for (int i = 0; i < kBlocks; ++i) {
                    const Bytes block = taggedBlock(t, i);
                    Call call;
                    bool pending = false;
                    if (t % 2 == 0) { // Header, file and trailer of one block.
                        const std::string path
                            = folder.file(std::to_string(t) + "-" + std::to_string(i),
                                slice(block, kPart, kPart));
                        call.e.setSendPacketsElements({SendPacketsElement::buffer(block, 0, kPart),
                            SendPacketsElement::file(path),
                            SendPacketsElement::buffer(block, 2 * kPart, kPart)});
                        pending = socket.sendPacketsAsync(call.e);
                    } else {
                        call.e.setBuffer(std::span<const std::byte>(block));
                        pending = socket.sendAsync(call.e);
                    }
                    if (!call.finished(pending) || call.e.bytesTransferred() != block.size())
                        ++failures;
                }
            });
        }
        const std::size_t blockSize = kWordsPerBlock * sizeof(std::uint32_t);
        const Bytes received = wire.peer.read(kThreads * kBlocks * blockSize);
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(failures.load(), 0);
        QCOMPARE(received.size(), kThreads * kBlocks * blockSize);
        for (std::size_t at = 0; at < received.size(); at += blockSize)
            QVERIFY2(tagOf(received, at) >= 0, "a SendPackets was split");
    }

    void conc06_everythingFromAnyThread()
    {
        const Bytes bytes = randomBytes(300'000);
        for (int i = 0; i < 30; ++i) {
            Bytes room(70'000);
            Wire wire = connectedWire(*m_engine, i % 2 == 0 ? Link::TcpV4 : Link::UnixStream);
            std::atomic<int> unexpected{0};
            const auto use = [&](auto start) {
                return std::thread([&, start, socket = wire.socket]() mutable {
                    try {
                        for (;;) {
                            Call call;
                            if (!call.finished(start(socket, call.e)))
                                ++unexpected;
                            (void)socket.connected();
                            const SocketError error = call.e.socketError();
                            if (error == SocketError::OperationAborted)
                                return;
                            if (error != SocketError::Success)
                                ++unexpected;
                        }
                    } catch (const ObjectDisposedException&) { // How every loop ends: the socket
                                                               // was closed.
                    } catch (...) {
                        ++unexpected;
                    }
                });
            };
            std::thread sender = use([&](Socket& socket, SocketAsyncEventArgs& e) {
                e.setBuffer(std::span<const std::byte>(bytes));
                return socket.sendAsync(e);
            });
            std::thread packetSender = use([&](Socket& socket, SocketAsyncEventArgs& e) {
                e.setSendPacketsElements({SendPacketsElement::buffer(bytes)});
                try {
                    return socket.sendPacketsAsync(e);
                } catch (
                    const NotSupportedException&) { // No longer connected: closed a moment ago.
                    throw ObjectDisposedException("Socket");
                }
            });
            std::thread receiver = use([&](Socket& socket, SocketAsyncEventArgs& e) {
                e.setBuffer(std::span<std::byte>(room));
                return socket.receiveAsync(e);
            });
            wire.peer.write(randomBytes(50'000));
            const Bytes some = wire.peer.read(1'000'000);
            wire.socket.close();
            sender.join();
            packetSender.join();
            receiver.join();
            QCOMPARE(some.size(), 1'000'000U);
            QCOMPARE(unexpected.load(), 0);
        }
    }

    void conc07_pendingAcceptsCompleteInOrderOfArrival()
    {
        Socket listener = listeningSocket(*m_engine);
        std::array<Call, 4> calls;
        for (Call& call : calls)
            QVERIFY(listener.acceptAsync(call.e));
        std::vector<RawPeer> clients;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            clients.push_back(rawConnect(listener.localEndPoint()));
            QVERIFY(calls[i].done.wait()); // The first still pending takes the connection.
            QCOMPARE(calls[i].e.socketError(), SocketError::Success);
            QCOMPARE(calls[i].e.acceptSocket().remoteEndPoint(), clients[i].localEndPoint());
            for (std::size_t later = i + 1; later < calls.size(); ++later)
                QCOMPARE(calls[later].done.count(), 0);
        }
    }

    void conc08_argsAreReusableAcrossSocketsAndOperations()
    {
        SocketPair pair = connectedPair(*m_engine);
        const TempFolder folder;
        Bytes bytes = bytesOf("ping");
        const std::string path = folder.file("f", bytes);
        Call call;
        for (int i = 0; i < 10; ++i) {
            const auto finish
                = [&](bool pending, int before) { return !pending || call.done.wait(before + 1); };
            bytes = bytesOf("ping");
            call.e.setBuffer(std::span<std::byte>(bytes));
            int before = call.done.count();
            QVERIFY(finish(pair.a.sendAsync(call.e), before));
            QCOMPARE(call.e.bytesTransferred(), 4U);
            std::fill(bytes.begin(), bytes.end(), std::byte{});
            before = call.done.count();
            QVERIFY(finish(pair.b.receiveAsync(call.e), before));
            QCOMPARE(bytes, bytesOf("ping"));
            call.e.clearBuffer();
            call.e.setSendPacketsElements({SendPacketsElement::file(path)});
            before = call.done.count();
            QVERIFY(finish(pair.b.sendPacketsAsync(call.e), before));
            call.e.setBufferList({bytes});
            before = call.done.count();
            QVERIFY(finish(pair.a.receiveAsync(call.e), before));
            QCOMPARE(call.e.bytesTransferred(), 4U);
            call.e.clearBufferList();
        }
    }

    void conc09_oneTransferDoesNotStarveTheOtherSocketsOfItsWorker_data()
    {
        QTest::addColumn<bool>("memory");
        QTest::newRow("file") << false;
        QTest::newRow("memory") << true;
    }
    void conc09_oneTransferDoesNotStarveTheOtherSocketsOfItsWorker()
    {
        QFETCH(bool, memory);
        constexpr std::int64_t kEndless = std::int64_t{1}
            << 40; // At 10 GB/s this would take two minutes.
        const TempFolder folder;
        if (!folder.sparse("sparse", kEndless))
            QSKIP("the file system of the temporary folder has no files of this size");
        const Bytes block = randomBytes(8U << 20);
        AsyncEngine oneWorker(EngineOptions{.workerThreads = 1});
        std::future<Received> drained; // Outlives the connection, whose end it waits for.
        Wire busy = connectedWire(oneWorker);
        Wire quiet = connectedWire(oneWorker);
        drained = busy.peer.receiveAllInBackground(true);
        Call transfer;
        transfer.e.setSendPacketsElements(memory
                ? std::vector<SendPacketsElement>(100'000, SendPacketsElement::buffer(block))
                : std::vector{SendPacketsElement::file(folder / "sparse")});
        const bool pending = busy.socket.sendPacketsAsync(
            transfer.e); // Must come back, however fast the peer reads.
        for (int i = 0; pending && i < 20; ++i) {
            Bytes room(1);
            Call call;
            call.e.setBuffer(std::span<std::byte>(room));
            const bool waiting = quiet.socket.receiveAsync(call.e);
            quiet.peer.write(bytesOf("x"));
            QVERIFY(call.finished(waiting));
        }
        QVERIFY(pending);
        QVERIFY(transfer.e.inProgress());
        busy.socket.cancel(transfer.e);
        QVERIFY(transfer.done.wait());
        const auto sent = transfer.e.bytesTransferred();
        busy.socket.close();
        QCOMPARE(drained.get().bytes, sent);
    }
};

QTEST_GUILESS_MAIN(ConcurrencyTest)
#include "concurrency_test.moc"
