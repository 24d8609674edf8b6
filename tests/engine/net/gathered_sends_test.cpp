// SPDX-License-Identifier: GPL-3.0-or-later
/// Sends that wait in the queue and leave together (D-16): what each of them is told, whatever
/// comes in between, and that nothing is ever left behind a cork.
#include "engine/net/async_engine.h"
#include "tests/support/bytes.h"
#include "tests/support/completion.h"
#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"
#include "tests/support/temp_files.h"

#include <QtTest>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <tuple>

#include <unistd.h>

using namespace swb;
using namespace swb::test;

namespace {

/// Several sends that wait behind one that fills the connection, and the order of their events.
class Waiting {
public:
    struct Entry {
        Bytes bytes;
        Call call;
    };

    explicit Waiting(Socket& socket)
        : m_socket(socket)
    {
    }

    Entry& add(Bytes bytes)
    {
        Entry& entry = m_entries.emplace_back();
        entry.bytes = std::move(bytes);
        entry.bytes.reserve(1); // an empty buffer is still a buffer (BUF-07)
        const std::size_t index = m_entries.size() - 1;
        entry.call.e.onCompleted([this, index](Socket&, SocketAsyncEventArgs&) {
            const std::lock_guard lock(m_mutex);
            m_order.push_back(index);
        });
        entry.call.e.setBuffer(std::span<const std::byte>(entry.bytes));
        return entry;
    }
    /// False: one did not have to wait.
    bool start()
    {
        return std::all_of(m_entries.begin(), m_entries.end(),
            [this](Entry& entry) { return m_socket.sendAsync(entry.call.e); });
    }
    bool done() const
    {
        const bool raised = std::all_of(m_entries.begin(), m_entries.end(),
            [](const Entry& entry) { return entry.call.done.wait(); });
        // The latch of an entry is the first of its two handlers; the order comes with the second.
        return raised
            && QTest::qWaitFor([this] { return order().size() == m_entries.size(); },
                static_cast<int>(kDeadline.count()));
    }
    Bytes all() const
    {
        Bytes bytes;
        for (const Entry& entry : m_entries)
            bytes.insert(bytes.end(), entry.bytes.begin(), entry.bytes.end());
        return bytes;
    }
    std::deque<Entry>& entries() { return m_entries; }
    std::vector<std::size_t> order() const
    {
        const std::lock_guard lock(m_mutex);
        return m_order;
    }
    std::vector<std::size_t> orderOfStart() const
    {
        std::vector<std::size_t> order(m_entries.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = i;
        return order;
    }

private:
    Socket& m_socket;
    mutable std::mutex m_mutex;
    std::vector<std::size_t> m_order; // guarded by m_mutex
    std::deque<Entry> m_entries; // first to go: the args wait for a handler that still runs
};

/// Bytes that the kernel has taken and not yet given to the network.
int unsentBytes(const Socket& socket)
{
    int bytes = -1;
    ::ioctl(socket.nativeHandle(), SIOCOUTQNSD, &bytes);
    return bytes;
}

bool corked(const Socket& socket)
{
    int on = -1;
    socklen_t size = sizeof on;
    ::getsockopt(socket.nativeHandle(), IPPROTO_TCP, TCP_CORK, &on, &size);
    return on != 0;
}

} // namespace

class GatheredSendsTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    std::optional<TempFolder> m_folder;

private slots:
    void init()
    {
        m_engine.emplace(EngineOptions{.workerThreads = 2});
        m_folder.emplace();
    }
    void cleanup() { m_engine.reset(); }

    void d16_eachCompletesInOrderWithItsOwnCount_data() { SWB_STREAM_LINKS(); }
    void d16_eachCompletesInOrderWithItsOwnCount()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        Waiting waiting(wire.socket);
        waiting.add(randomBytes(kPendingSize, 1));
        for (unsigned i = 0; i < 700; ++i) // More than fit into one call, some of them empty.
            waiting.add(randomBytes(i % 5 == 3 ? 0 : i % 211, i));
        QVERIFY(waiting.start());
        QCOMPARE(wire.peer.read(waiting.all().size()), waiting.all());
        QVERIFY(waiting.done());
        for (const auto& entry : waiting.entries()) {
            QCOMPARE(entry.call.e.socketError(), SocketError::Success);
            QCOMPARE(entry.call.e.bytesTransferred(), entry.bytes.size());
        }
        QCOMPARE(waiting.order(), waiting.orderOfStart());
    }

    void d16_listsAreGatheredToo()
    {
        Wire wire = connectedWire(*m_engine);
        Waiting waiting(wire.socket);
        waiting.add(randomBytes(kPendingSize, 1));
        QVERIFY(waiting.start());
        // Each of many parts, so that calls end in the middle of a list and of a part.
        std::vector<Bytes> contents;
        std::deque<Call> calls(20);
        for (unsigned i = 0; i < calls.size(); ++i) {
            contents.push_back(randomBytes(100'000, 100 + i));
            std::vector<std::span<std::byte>> parts;
            for (std::size_t at = 0; at < contents.back().size(); at += 1000)
                parts.push_back(std::span(contents.back()).subspan(at, 1000));
            parts.insert(parts.begin() + 7, std::span<std::byte>());
            calls[i].e.setBufferList(std::move(parts));
            QVERIFY(wire.socket.sendAsync(calls[i].e));
        }
        Bytes expected = waiting.all();
        for (const Bytes& content : contents)
            expected.insert(expected.end(), content.begin(), content.end());
        QCOMPARE(wire.peer.read(expected.size()), expected);
        for (const Call& call : calls) {
            QVERIFY(call.done.wait());
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QCOMPARE(call.e.bytesTransferred(), 100'000U);
        }
    }

    void d16_partOfTheQueueLeavesAsFarAsThereIsRoom()
    {
        Wire wire = connectedWire(*m_engine);
        Waiting waiting(wire.socket);
        for (unsigned i = 0; i < 64; ++i)
            waiting.add(randomBytes(64 * 1024, i));
        for (auto& entry : waiting.entries()) {
            if (!wire.socket.sendAsync(entry.call.e))
                entry.call.e.setUserToken(true); // Taken at once.
        }
        // Whatever the peer has read so far, the stream goes on exactly there.
        const Bytes all = waiting.all();
        std::size_t at = 0;
        for (std::size_t step = 1; at < all.size(); step = step * 2 + 1) {
            const std::size_t size = std::min(step, all.size() - at);
            QCOMPARE(wire.peer.read(size), slice(all, at, size));
            at += size;
        }
        for (auto& entry : waiting.entries()) {
            QVERIFY(entry.call.e.userToken().has_value() || entry.call.done.wait());
            QCOMPARE(entry.call.e.bytesTransferred(), entry.bytes.size());
        }
        const auto order = waiting.order();
        QVERIFY(std::is_sorted(order.begin(), order.end()));
    }

    void d16_cancelInTheMiddleLeavesTheOthersWhole()
    {
        Wire wire = connectedWire(*m_engine);
        Waiting waiting(wire.socket);
        waiting.add(randomBytes(kPendingSize, 1));
        for (unsigned i = 0; i < 300; ++i)
            waiting.add(randomBytes(100, i));
        QVERIFY(waiting.start());
        for (std::size_t i = 1; i < waiting.entries().size(); i += 3)
            wire.socket.cancel(waiting.entries()[i].call.e);
        Bytes expected;
        for (std::size_t i = 0; i < waiting.entries().size(); ++i) {
            const Bytes& bytes = waiting.entries()[i].bytes;
            if (i % 3 != 1)
                expected.insert(expected.end(), bytes.begin(), bytes.end());
        }
        QCOMPARE(wire.peer.read(expected.size()), expected);
        QVERIFY(waiting.done());
        for (std::size_t i = 0; i < waiting.entries().size(); ++i) {
            const auto& e = waiting.entries()[i].call.e;
            QCOMPARE(
                e.socketError(), i % 3 == 1 ? SocketError::OperationAborted : SocketError::Success);
            QCOMPARE(e.bytesTransferred(), i % 3 == 1 ? 0U : waiting.entries()[i].bytes.size());
        }
        QVERIFY(wire.peer.nothingToRead());
    }

    void d16_countsAreTrueWhenTheSocketIsClosedInBetween()
    {
        Wire wire = connectedWire(*m_engine);
        Waiting waiting(wire.socket);
        waiting.add(randomBytes(kPendingSize, 1));
        for (unsigned i = 0; i < 500; ++i)
            waiting.add(randomBytes(5000, i));
        // Some of them have left when the first event closes the socket.
        waiting.entries().front().call.e.onCompleted(
            [](Socket& sender, SocketAsyncEventArgs&) { sender.close(); });
        QVERIFY(waiting.start());
        QCOMPARE(wire.peer.read(kPendingSize).size(), kPendingSize);
        QVERIFY(waiting.done());
        // Whole ones, at most one in part, then none.
        bool over = false;
        for (const auto& entry : waiting.entries()) {
            const auto& e = entry.call.e;
            const bool whole = e.bytesTransferred() == entry.bytes.size();
            QCOMPARE(e.socketError(), whole ? SocketError::Success : SocketError::OperationAborted);
            QVERIFY(!over || e.bytesTransferred() == 0);
            over = over || !whole;
        }
    }

    void d16_errorBelongsToTheFirstThatHasBytesLeft()
    {
        Wire wire = connectedWire(*m_engine);
        Waiting waiting(wire.socket);
        waiting.add(randomBytes(kPendingSize, 1));
        for (unsigned i = 0; i < 100; ++i)
            waiting.add(randomBytes(1000, i));
        QVERIFY(waiting.start());
        wire.peer.reset();
        QVERIFY(waiting.done());
        QCOMPARE(waiting.order(), waiting.orderOfStart());
        const auto& first = waiting.entries().front();
        QCOMPARE(first.call.e.socketError(), SocketError::ConnectionReset); // SEND-08
        QVERIFY(first.call.e.bytesTransferred() > 0);
        QVERIFY(first.call.e.bytesTransferred() < first.bytes.size());
        for (std::size_t i = 1; i < waiting.entries().size(); ++i) {
            QCOMPARE(waiting.entries()[i].call.e.socketError(), SocketError::Shutdown);
            QCOMPARE(waiting.entries()[i].call.e.bytesTransferred(), 0U);
        }
    }

    void d16_whatAHandlerSendsComesBehindWhatWasQueued()
    {
        Wire wire = connectedWire(*m_engine);
        Waiting waiting(wire.socket);
        waiting.add(randomBytes(kPendingSize, 1));
        for (unsigned i = 0; i < 50; ++i)
            waiting.add(randomBytes(100, i));
        const Bytes last = bytesOf("the last");
        Call again;
        again.e.setBuffer(std::span<const std::byte>(last));
        Latch sent;
        waiting.entries().front().call.e.onCompleted([&](Socket& sender, SocketAsyncEventArgs&) {
            std::ignore = sender.sendAsync(again.e);
            sent.open();
        });
        QVERIFY(waiting.start());
        QCOMPARE(wire.peer.read(waiting.all().size() + last.size()), joined({waiting.all(), last}));
        QVERIFY(waiting.done());
        QVERIFY(sent.wait());
    }

    void d16_argsOfAWaitingSendMayBeDestroyedInAnEarlierEvent()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes first = randomBytes(kPendingSize, 1);
        const Bytes second = randomBytes(100, 2);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(first));
        auto gone = std::make_unique<SocketAsyncEventArgs>();
        Latch raised;
        gone->onCompleted([&](Socket&, SocketAsyncEventArgs& standIn) {
            if (standIn.bytesTransferred() == second.size())
                raised.open();
        });
        gone->setBuffer(std::span<const std::byte>(second));
        call.e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { gone.reset(); });
        QVERIFY(wire.socket.sendAsync(call.e));
        QVERIFY(wire.socket.sendAsync(*gone));
        QCOMPARE(wire.peer.read(first.size() + second.size()), joined({first, second}));
        QVERIFY(raised.wait());
    }

    void pkt18_listsAndSendsMixedInTheQueueKeepTheirOrder_data() { SWB_STREAM_LINKS(); }
    void pkt18_listsAndSendsMixedInTheQueueKeepTheirOrder()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        const Bytes content = randomBytes(50'000, 9);
        const std::string path = m_folder->file("f", content);
        const Bytes head = randomBytes(64, 1);
        const Bytes big = randomBytes(kPendingSize, 2);
        Call filler;
        filler.e.setBuffer(std::span<const std::byte>(big));
        QVERIFY(wire.socket.sendAsync(filler.e));
        std::deque<Call> calls(60);
        Bytes expected = big;
        std::vector<std::size_t> sizes;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            Bytes bytes;
            if (i % 3 == 0) {
                bytes = head;
                calls[i].e.setBuffer(std::span<const std::byte>(head));
                QVERIFY(wire.socket.sendAsync(calls[i].e));
            } else {
                bytes = i % 3 == 1 ? joined({head, slice(content, i, 16384), head}) : Bytes();
                std::vector<SendPacketsElement> elements;
                if (i % 3 == 1) {
                    elements = {SendPacketsElement::buffer(head),
                        SendPacketsElement::file(path, static_cast<std::int64_t>(i), 16384),
                        SendPacketsElement::buffer(head)};
                } // else nothing at all, in the middle of others
                calls[i].e.setSendPacketsElements(std::move(elements));
                QVERIFY(wire.socket.sendPacketsAsync(calls[i].e));
            }
            sizes.push_back(bytes.size());
            expected.insert(expected.end(), bytes.begin(), bytes.end());
        }
        QCOMPARE(wire.peer.read(expected.size()), expected);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            QVERIFY(calls[i].done.wait());
            QCOMPARE(calls[i].e.socketError(), SocketError::Success);
            QCOMPARE(calls[i].e.bytesTransferred(), sizes[i]);
        }
        QVERIFY(link == Link::UnixStream || !corked(wire.socket));
    }

    void pkt18_nothingIsHeldBackBehindTheLastEvent_data()
    {
        QTest::addColumn<bool>("lastFails");
        QTest::newRow("all are sent") << false;
        QTest::newRow("the last one fails") << true;
    }
    void pkt18_nothingIsHeldBackBehindTheLastEvent()
    {
        QFETCH(bool, lastFails);
        Wire wire = connectedWire(*m_engine);
        wire.socket.setNoDelay(true); // Whatever is held back is so by a cork.
        const std::string path = m_folder->file("f", randomBytes(20'000, 9));
        const Bytes big = randomBytes(kPendingSize, 2);
        const Bytes head = randomBytes(64, 1);
        Call filler;
        filler.e.setBuffer(std::span<const std::byte>(big));
        QVERIFY(wire.socket.sendAsync(filler.e));
        std::deque<Call> calls(8);
        for (Call& call : calls) {
            call.e.setSendPacketsElements(
                {SendPacketsElement::buffer(head), SendPacketsElement::file(path, 0, 1000),
                    SendPacketsElement::buffer(head), SendPacketsElement::file(path, 1000, 0)});
            QVERIFY(wire.socket.sendPacketsAsync(call.e));
        }
        if (lastFails) {
            Call& last = calls.emplace_back();
            const std::string other = m_folder->file("g", randomBytes(1000, 9));
            last.e.setSendPacketsElements(
                {SendPacketsElement::buffer(head), SendPacketsElement::file(other)});
            QVERIFY(wire.socket.sendPacketsAsync(last.e));
            QCOMPARE(::truncate(other.c_str(), 0), 0);
        }
        const std::size_t size
            = big.size() + 8 * (20'000 + 2 * head.size()) + (lastFails ? head.size() : 0);
        // The tail stays with the peer's kernel. Held back, it would still be with ours: for 200
        // ms, then the kernel lets go by itself.
        constexpr std::size_t kTail = 32;
        QCOMPARE(wire.peer.read(size - kTail).size(), size - kTail);
        for (const Call& call : calls)
            QVERIFY(call.done.wait());
        QCOMPARE(unsentBytes(wire.socket), 0);
        QCOMPARE(wire.peer.read(kTail).size(), kTail);
        QCOMPARE(calls.back().e.socketError(),
            lastFails ? SocketError::InvalidArgument : SocketError::Success);
        QCOMPARE(calls.back().e.bytesTransferred(), lastFails ? head.size() : 20'128U);
        QVERIFY(!corked(wire.socket));
    }

    void pkt18_nothingIsHeldBackByAListThatLeavesAtOnce_data()
    {
        QTest::addColumn<bool>("fails");
        QTest::newRow("all is sent") << false;
        QTest::newRow("its second file fails") << true;
    }
    void pkt18_nothingIsHeldBackByAListThatLeavesAtOnce()
    {
        QFETCH(bool, fails);
        Wire wire = connectedWire(*m_engine);
        wire.socket.setNoDelay(true);
        const Bytes head = randomBytes(64, 1);
        std::vector<SendPacketsElement> elements{SendPacketsElement::buffer(head),
            SendPacketsElement::file(m_folder->file("f", head)), SendPacketsElement::buffer(head)};
        // Beyond the files that are kept open one can still be gone when its turn comes.
        for (int i = 0; i < 70; ++i)
            elements.push_back(SendPacketsElement::file(
                m_folder->file("f" + std::to_string(i), bytesOf("12345678"))));
        const std::size_t all = 3 * head.size() + 70 * 8;
        Call call;
        call.e.setSendPacketsElements(std::move(elements));
        std::size_t expected = all;
        if (fails) {
            // A directory that is checked, then emptied: the open ones still leave.
            const Bytes big = randomBytes(kPendingSize, 2);
            Call filler;
            filler.e.setBuffer(std::span<const std::byte>(big));
            QVERIFY(wire.socket.sendAsync(filler.e));
            QVERIFY(wire.socket.sendPacketsAsync(call.e));
            QCOMPARE(::unlink((*m_folder / "f69").c_str()), 0);
            QCOMPARE(wire.peer.read(big.size()), big);
            QVERIFY(filler.done.wait());
            QVERIFY(call.done.wait());
            expected = all - 8;
        } else {
            QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        }
        QCOMPARE(call.e.socketError(), fails ? SocketError::InvalidArgument : SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), expected);
        QCOMPARE(unsentBytes(wire.socket), 0);
        QCOMPARE(wire.peer.read(expected).size(), expected);
        QVERIFY(wire.peer.nothingToRead());
    }

    void pkt18_cancelOfAListLetsGoOfWhatWasHeldBack()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.setNoDelay(true);
        const Bytes head = randomBytes(100, 1);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(head),
            SendPacketsElement::file(m_folder->file("f", randomBytes(kPendingSize, 2))),
            SendPacketsElement::buffer(head)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        wire.socket.cancel(call.e);
        QVERIFY(call.done.wait());
        QVERIFY(call.e.bytesTransferred() > 0);
        QVERIFY(!corked(wire.socket));
        QCOMPARE(wire.peer.read(call.e.bytesTransferred()).size(), call.e.bytesTransferred());
        QCOMPARE(sendNow(wire.socket, head), SocketError::Success);
        QCOMPARE(wire.peer.read(head.size()), head);
        QCOMPARE(unsentBytes(wire.socket), 0);
    }

    void pkt20_manyLongFilesWaitWithoutADescriptorForEachConnection()
    {
        // Pipes are borrowed for a turn, not kept by a connection that waits.
        const std::string path = m_folder->file("f", randomBytes(kPendingSize, 2));
        std::deque<Wire> wires;
        for (int i = 0; i < 20; ++i)
            wires.push_back(connectedWire(*m_engine));
        const auto before = openDescriptors();
        std::deque<Call> calls(wires.size());
        for (std::size_t i = 0; i < wires.size(); ++i) {
            calls[i].e.setSendPacketsElements({SendPacketsElement::file(path)});
            QVERIFY(wires[i].socket.sendPacketsAsync(calls[i].e));
        }
        QVERIFY(openDescriptors() <= before + wires.size() + 8); // Their files, four pipes.
        for (std::size_t i = 0; i < wires.size(); ++i) {
            QCOMPARE(wires[i].peer.read(kPendingSize), randomBytes(kPendingSize, 2));
            QVERIFY(calls[i].done.wait());
            QCOMPARE(calls[i].e.bytesTransferred(), kPendingSize);
        }
    }
};

QTEST_GUILESS_MAIN(GatheredSendsTest)
#include "gathered_sends_test.moc"
