// SPDX-License-Identifier: GPL-3.0-or-later
/// Many threads, each with several operations under way on one socket, some of them cancelled: the
/// stream that arrives is made of whole operations (of a cancelled one: exactly its count), and
/// each thread's are in the order in which it started them (CONC-02 to CONC-05).
///
/// SWB_STORM_SEED=n repeats the choices of a run that printed n.

#include "tests/support/socket_pair.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <random>

using namespace swb;
using namespace swb::test;

namespace {

constexpr std::size_t kThreads = 5;
constexpr std::size_t kOperations = kSanitized ? 120 : 600; // of each thread
constexpr std::size_t kInFlight = 4;
constexpr std::size_t kLargest = 90'000;

/// What one operation sends: the first byte says who sent it, the rest is its own.
Bytes content(std::size_t thread, std::size_t number, std::mt19937_64& random)
{
    // Mostly small ones that leave at once, some that fill the buffers.
    const std::size_t size = 1 + random() % (random() % 4 == 0 ? kLargest : 400);
    Bytes bytes = randomBytes(size, thread * 1'000'003 + number + 1);
    bytes[0] = static_cast<std::byte>(thread);
    return bytes;
}

struct Operation {
    Bytes bytes;
    Call call;
    bool pending = false;
    bool cancelled = false;
};

/// One thread's part of the storm.
class Sender {
public:
    Sender(std::size_t number, std::uint64_t seed, Socket socket, const TempFolder& folder)
        : m_number(number)
        , m_random(seed * 97 + number)
        , m_socket(std::move(socket))
        , m_folder(folder)
    {
    }

    void run(bool cancels)
    {
        for (std::size_t i = 0; i < kOperations; ++i) {
            if (i >= kInFlight)
                finish(m_operations[i - kInFlight]);
            Operation& operation = m_operations.emplace_back();
            operation.bytes = content(m_number, i, m_random);
            operation.pending = start(operation);
            if (cancels && m_random() % 5 == 0) {
                // The newest one waits in the queue, the oldest one may be half sent.
                const std::size_t back = m_random() % std::min(i + 1, kInFlight);
                Operation& victim = m_operations[i - back];
                victim.cancelled = true;
                m_socket.cancel(victim.call.e);
            }
        }
        for (std::size_t i = kOperations - kInFlight; i < kOperations; ++i)
            finish(m_operations[i]);
    }

    const std::deque<Operation>& operations() const { return m_operations; }
    const std::string& complaint() const { return m_complaint; }
    std::size_t partlySent() const { return m_partlySent; }

private:
    bool start(Operation& operation)
    {
        SocketAsyncEventArgs& e = operation.call.e;
        const std::size_t half = operation.bytes.size() / 2;
        const std::span all(operation.bytes);
        switch (m_random() % 4) {
        case 0:
            e.setBufferList({all.first(half), all.subspan(half)});
            return m_socket.sendAsync(e);
        case 1:
            e.setSendPacketsElements({SendPacketsElement::buffer(all.first(half)),
                SendPacketsElement::buffer(all.subspan(half))});
            return m_socket.sendPacketsAsync(e);
        case 2: {
            const std::string path = m_folder.file(
                std::to_string(m_number) + "-" + std::to_string(m_operations.size()),
                all.subspan(half));
            e.setSendPacketsElements(
                {SendPacketsElement::buffer(all.first(half)), SendPacketsElement::file(path)});
            return m_socket.sendPacketsAsync(e);
        }
        default:
            e.setBuffer(std::span<const std::byte>(operation.bytes));
            return m_socket.sendAsync(e);
        }
    }

    void finish(Operation& operation)
    {
        if (!operation.call.finished(operation.pending)) {
            m_complaint = "an operation did not end";
            return;
        }
        const auto error = operation.call.e.socketError();
        const auto sent = operation.call.e.bytesTransferred();
        if (error == SocketError::Success
                ? sent != operation.bytes.size()
                : error != SocketError::OperationAborted || !operation.cancelled)
            m_complaint = toString(error) + " after " + std::to_string(sent) + " bytes";
        m_partlySent += sent > 0 && sent < operation.bytes.size() ? 1U : 0U;
    }

    const std::size_t m_number;
    std::mt19937_64 m_random;
    Socket m_socket;
    const TempFolder& m_folder;
    std::deque<Operation> m_operations;
    std::string m_complaint;
    std::size_t m_partlySent = 0;
};

/// Takes the stream apart into operations; says what does not fit.
std::string takeApart(const Bytes& stream, const std::deque<Sender>& senders)
{
    std::array<std::size_t, kThreads> next{};
    for (std::size_t at = 0; at < stream.size();) {
        const auto thread = static_cast<std::size_t>(stream[at]);
        if (thread >= kThreads)
            return "byte " + std::to_string(at) + " begins no operation";
        const auto& operations = senders[thread].operations();
        std::size_t& number = next[thread];
        while (number < operations.size() && operations[number].call.e.bytesTransferred() == 0)
            ++number; // Cancelled before it had its turn.
        if (number == operations.size())
            return "thread " + std::to_string(thread) + " has sent too much";
        const Operation& operation = operations[number++];
        const std::size_t size = operation.call.e.bytesTransferred();
        if (size > stream.size() - at
            || !std::equal(operation.bytes.begin(),
                operation.bytes.begin() + static_cast<std::ptrdiff_t>(size),
                stream.begin() + static_cast<std::ptrdiff_t>(at)))
            return "operation " + std::to_string(number - 1) + " of thread "
                + std::to_string(thread) + " is split or out of order at byte "
                + std::to_string(at);
        at += size;
    }
    return {};
}

} // namespace

class OrderStormTest : public QObject {
    Q_OBJECT

private slots:
    void streamIsMadeOfWholeOperationsInOrder_data()
    {
        QTest::addColumn<Link>("link");
        QTest::addColumn<bool>("cancels");
        QTest::newRow("tcp v4") << Link::TcpV4 << false;
        QTest::newRow("unix") << Link::UnixStream << false;
        QTest::newRow("tcp v4, some cancelled") << Link::TcpV4 << true;
        QTest::newRow("unix, some cancelled") << Link::UnixStream << true;
    }
    void streamIsMadeOfWholeOperationsInOrder()
    {
        QFETCH(Link, link);
        QFETCH(bool, cancels);
        bool given = false;
        std::uint64_t seed = qEnvironmentVariable("SWB_STORM_SEED").toULongLong(&given);
        if (!given)
            seed = std::random_device{}();
        qInfo("SWB_STORM_SEED=%llu repeats the choices", static_cast<unsigned long long>(seed));
        AsyncEngine engine(EngineOptions{.workerThreads = 2});
        const TempFolder folder;
        Wire wire = connectedWire(engine, link);
        std::deque<Sender> senders;
        for (std::size_t i = 0; i < kThreads; ++i)
            senders.emplace_back(i, seed, wire.socket, folder);
        std::vector<std::thread> threads;
        for (Sender& sender : senders)
            threads.emplace_back([&sender, cancels] { sender.run(cancels); });
        auto reading = std::async(std::launch::async, [&] { return wire.peer.readAll(); });
        for (std::thread& thread : threads)
            thread.join();
        wire.socket.shutdown(SocketShutdown::Send);
        const Bytes stream = reading.get();
        std::uint64_t sent = 0;
        std::size_t partlySent = 0;
        for (const Sender& sender : senders) {
            QCOMPARE(sender.complaint(), std::string());
            partlySent += sender.partlySent();
            for (const Operation& operation : sender.operations())
                sent += operation.call.e.bytesTransferred();
        }
        QCOMPARE(stream.size(), sent);
        QCOMPARE(takeApart(stream, senders), std::string());
        qInfo("%zu operations, %llu bytes, %zu cut by a cancel", kThreads * kOperations,
            static_cast<unsigned long long>(sent), partlySent);
    }

    /// The same the other way: receives that many threads start on one socket take the stream
    /// apart without losing, doubling or exchanging a byte.
    void racingReceivesTakeEachByteOnce()
    {
        constexpr std::size_t kWords = 200'000;
        Bytes sent(kWords * sizeof(std::uint32_t));
        for (std::uint32_t i = 0; i < kWords; ++i)
            std::memcpy(sent.data() + i * sizeof i, &i, sizeof i);
        AsyncEngine engine(EngineOptions{.workerThreads = 2});
        Wire wire = connectedWire(engine);
        std::mutex mutex;
        std::vector<Bytes> parts;
        std::atomic<int> unexpected{0};
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < kThreads; ++i) {
            threads.emplace_back([&, i, socket = wire.socket]() mutable {
                std::mt19937_64 random(i);
                for (;;) {
                    Bytes room(1 + random() % 3000);
                    Call call;
                    call.e.setBuffer(room);
                    if (!call.finished(socket.receiveAsync(call.e))
                        || call.e.socketError() != SocketError::Success)
                        ++unexpected;
                    if (unexpected > 0 || call.e.bytesTransferred() == 0)
                        return;
                    room.resize(call.e.bytesTransferred());
                    const std::lock_guard lock(mutex);
                    parts.push_back(std::move(room));
                }
            });
        }
        wire.peer.write(sent);
        wire.peer.shutdownSend();
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(unexpected.load(), 0);
        // Each part is found in the stream at a place of its own, and nothing is left over.
        std::size_t total = 0;
        for (const Bytes& part : parts)
            total += part.size();
        QCOMPARE(total, sent.size());
        std::vector<std::uint8_t> taken(sent.size());
        for (const Bytes& part : parts) {
            if (part.size() < 2 * sizeof(std::uint32_t))
                continue; // Too short to tell its place.
            // A whole word of the part, at one of four shifts, names the place.
            bool found = false;
            for (std::size_t shift = 0; shift < sizeof(std::uint32_t) && !found; ++shift) {
                std::uint32_t word = 0;
                std::memcpy(&word, part.data() + shift, sizeof word);
                const std::size_t place = std::size_t{word} * sizeof word - shift;
                found = place + part.size() <= sent.size()
                    && std::equal(part.begin(), part.end(),
                        sent.begin() + static_cast<std::ptrdiff_t>(place));
                for (std::size_t at = place; found && at < place + part.size(); ++at)
                    QCOMPARE(int(taken[at]++), 0);
            }
            QVERIFY(found);
        }
    }
};

QTEST_GUILESS_MAIN(OrderStormTest)
#include "order_storm_test.moc"
