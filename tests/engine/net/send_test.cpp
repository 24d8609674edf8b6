// SPDX-License-Identifier: GPL-3.0-or-later
/// SendAsync (SEND).

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <atomic>
#include <csignal>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>

using namespace swb;
using namespace swb::test;

namespace {

std::atomic<int> g_sigPipes{0};

/// Counts SIGPIPE instead of dying of it.
class SigPipeCounter {
public:
    SigPipeCounter()
    {
        g_sigPipes = 0;
        struct sigaction counting { };
        counting.sa_handler = [](int) { ++g_sigPipes; };
        ::sigaction(SIGPIPE, &counting, &m_before);
    }
    ~SigPipeCounter() { ::sigaction(SIGPIPE, &m_before, nullptr); }
    SigPipeCounter(const SigPipeCounter&) = delete;
    SigPipeCounter& operator=(const SigPipeCounter&) = delete;

    int count() const { return g_sigPipes; }

private:
    struct sigaction m_before { };
};

/// Pages that were never touched: gigabytes of zeros in no memory.
class ZeroPages {
public:
    explicit ZeroPages(std::size_t size)
        : m_size(size)
        , m_data(
              ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))
    {
    }
    ~ZeroPages() { ::munmap(m_data, m_size); }
    ZeroPages(const ZeroPages&) = delete;
    ZeroPages& operator=(const ZeroPages&) = delete;

    bool valid() const { return m_data != MAP_FAILED; }
    std::span<const std::byte> span() const
    {
        return {static_cast<const std::byte*>(m_data), m_size};
    }

private:
    std::size_t m_size;
    void* m_data;
};

} // namespace

class SendTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 2}); }
    void cleanup() { m_engine.reset(); }

    void send01_oneSendTakesAllBytesOfAStream_data()
    {
        QTest::addColumn<Link>("link");
        QTest::addColumn<int>("size");
        for (const int size : {1, 1000, 65536, static_cast<int>(kPendingSize) + 3}) {
            QTest::addRow("tcp v4 %d", size) << Link::TcpV4 << size;
            QTest::addRow("tcp v6 %d", size) << Link::TcpV6 << size;
            QTest::addRow("unix %d", size) << Link::UnixStream << size;
        }
    }
    void send01_oneSendTakesAllBytesOfAStream()
    {
        QFETCH(Link, link);
        QFETCH(int, size);
        const Bytes bytes = randomBytes(static_cast<std::size_t>(size));
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        const bool pending = wire.socket.sendAsync(call.e);
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.finished(pending));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), bytes.size());
        wire.socket.close();
        QVERIFY(wire.peer.readAll().empty());
    }

    void send02_errorAfterAPartialWriteKeepsTheExactCount_data() { SWB_STREAM_LINKS(); }
    void send02_errorAfterAPartialWriteKeepsTheExactCount()
    {
        QFETCH(Link, link);
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        wire.socket.shutdown(SocketShutdown::Send); // The kernel takes no more of it.
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Shutdown);
        StreamEnd end{};
        const Bytes received = wire.peer.readAll(&end);
        QCOMPARE(end, StreamEnd::Eof);
        QVERIFY(received.size() > 0 && received.size() < bytes.size());
        QCOMPARE(call.e.bytesTransferred(), received.size());
        QCOMPARE(received, slice(bytes, 0, received.size()));
    }

    void send03_resetInTheMiddleReportsErrorAndCount()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        QCOMPARE(wire.peer.read(100'000).size(), 100'000U);
        wire.peer.reset();
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::ConnectionReset);
        QVERIFY(call.e.bytesTransferred() >= 100'000U);
        QVERIFY(call.e.bytesTransferred() < bytes.size());
        QVERIFY(!wire.socket.connected());
    }

    void send04_listIsGatheredInOrder_data() { SWB_STREAM_LINKS(); }
    void send04_listIsGatheredInOrder()
    {
        QFETCH(Link, link);
        Bytes bytes = randomBytes(kPendingSize);
        std::vector<std::span<std::byte>> list;
        std::size_t at = 0;
        for (std::size_t length = 0; at < bytes.size(); length = (length * 3 + 1) % 300'007) {
            const std::size_t take
                = std::min(length, bytes.size() - at); // Zero-length ones among them.
            list.push_back(std::span(bytes).subspan(at, take));
            at += take;
        }
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setBufferList(list);
        QVERIFY(wire.socket.sendAsync(call.e));
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), bytes.size());
    }

    void send05_oneSendIsOneDatagram()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Bytes first = bytesOf("head");
        Bytes second = bytesOf("body");
        Call call;
        call.e.setBufferList({first, second});
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.bytesTransferred(), 8U);
        QCOMPARE(sendNow(wire.socket, bytesOf("next")), SocketError::Success);
        QCOMPARE(wire.peer.readDatagram(), bytesOf("headbody"));
        QCOMPARE(wire.peer.readDatagram(), bytesOf("next"));
    }

    void send05_datagramLimits_data()
    {
        QTest::addColumn<bool>("v6");
        QTest::addColumn<int>("limit");
        QTest::newRow("v4") << false << 65507;
        QTest::newRow("v6") << true << 65527;
    }
    void send05_datagramLimits()
    {
        QFETCH(bool, v6);
        QFETCH(int, limit);
        const RawPeer peer = rawDatagramPeer(v6);
        Socket socket(*m_engine, v6 ? AddressFamily::InterNetworkV6 : AddressFamily::InterNetwork,
            SocketType::Dgram, ProtocolType::Udp);
        connectNow(socket, peer.localEndPoint());
        const Bytes bytes = randomBytes(static_cast<std::size_t>(limit) + 1);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(call.finished(socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::MessageSize);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(socket.connected());
        call.e.setBuffer(0, bytes.size() - 1);
        QVERIFY(call.finished(socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), bytes.size() - 1);
        QCOMPARE(peer.readDatagram(), slice(bytes, 0, bytes.size() - 1)); // Nothing came before it.
    }

    void send06_zeroBytesOnAStreamSucceed_data() { SWB_STREAM_LINKS(); }
    void send06_zeroBytesOnAStreamSucceed()
    {
        QFETCH(Link, link);
        Wire wire = connectedWire(*m_engine, link);
        const Bytes bytes(1);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes).first(0));
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void send06_zeroBytesAfterShutdownFail()
    {
        Wire wire = connectedWire(*m_engine);
        wire.socket.shutdown(SocketShutdown::Send);
        const Bytes bytes(1);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes).first(0));
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Shutdown);
    }

    void send06_zeroBytesAreAnEmptyDatagram()
    {
        Wire wire = connectedWire(*m_engine, Link::Udp);
        const Bytes bytes(1);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes).first(0));
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(sendNow(wire.socket, bytesOf("x")), SocketError::Success);
        QVERIFY(wire.peer.readDatagram().empty());
        QCOMPARE(wire.peer.readDatagram(), bytesOf("x"));
    }

    void send07_datagramWithoutDefaultPeerThrows()
    {
        Socket socket = makeSocket(*m_engine, Link::Udp);
        socket.bind(EndPoint::ip("127.0.0.1", 0));
        const Bytes bytes = bytesOf("x");
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<const std::byte>(bytes));
        const auto thrown = thrownBy<SocketException>([&] { (void)socket.sendAsync(e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::NotConnected);
    }

    void send08_afterShutdownIsShutdown_data()
    {
        QTest::addColumn<int>("how");
        QTest::newRow("Send") << static_cast<int>(SocketShutdown::Send);
        QTest::newRow("Both") << static_cast<int>(SocketShutdown::Both);
    }
    void send08_afterShutdownIsShutdown()
    {
        QFETCH(int, how);
        Wire wire = connectedWire(*m_engine);
        wire.socket.shutdown(static_cast<SocketShutdown>(how));
        const Bytes bytes = bytesOf("x");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Shutdown);
        QCOMPARE(static_cast<int>(call.e.socketError()), 10058);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void send08_afterResetFirstConnectionResetThenShutdown()
    {
        Wire wire = connectedWire(*m_engine);
        wire.peer.reset();
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLHUP));
        const Bytes bytes = bytesOf("x");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::ConnectionReset);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Shutdown);
    }

    void d01_send09_onceConnectedReportsThroughTheArgs()
    {
        Wire wire = connectedWire(*m_engine);
        Call call;
        QVERIFY(call.finished(wire.socket.disconnectAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        const Bytes bytes = bytesOf("x");
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Shutdown);
    }

    void send10_outOfBandIsUrgentData()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = bytesOf("!");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        call.e.setSocketFlags(SocketFlags::OutOfBand);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.socketFlags(), SocketFlags::None);
        QVERIFY(waitForEvents(wire.peer.descriptor(), POLLPRI));
        char urgent = 0;
        QCOMPARE(::recv(wire.peer.descriptor(), &urgent, 1, MSG_OOB), 1);
        QCOMPARE(urgent, '!');
    }

    void send10_dontRouteReachesThisHost()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = bytesOf("near");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        call.e.setSocketFlags(SocketFlags::DontRoute);
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(wire.peer.read(4), bytes);
    }

    void send10_partialIsNotSupported()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = bytesOf("part");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        call.e.setSocketFlags(SocketFlags::Partial);
        QVERIFY(!wire.socket.sendAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::OperationNotSupported);
        QCOMPARE(call.e.bytesTransferred(), 0U);
        QVERIFY(wire.socket.connected());
        QCOMPARE(sendNow(wire.socket, bytesOf("whole")), SocketError::Success);
        QCOMPARE(wire.peer.read(5), bytesOf("whole"));
    }

    void send11_descriptorIsNonBlocking()
    {
        Wire wire = connectedWire(*m_engine);
        QCOMPARE(sendNow(wire.socket, bytesOf("x")), SocketError::Success);
        QVERIFY((::fcntl(wire.socket.nativeHandle(), F_GETFL) & O_NONBLOCK) != 0);
    }

    void send12_sendTimeoutDoesNotApply()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        const timeval oneMillisecond{0, 1000};
        QCOMPARE(::setsockopt(wire.socket.nativeHandle(), SOL_SOCKET, SO_SNDTIMEO, &oneMillisecond,
                     sizeof oneMillisecond),
            0);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        QVERIFY(!call.done.wait(
            1, std::chrono::milliseconds(50))); // Long past the timeout it still waits.
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
    }

    void send13_neverRaisesSigPipe()
    {
        const SigPipeCounter sigPipes;
        TempFolder folder;
        Wire wire = connectedWire(*m_engine);
        wire.peer.reset();
        QVERIFY(waitForEvents(wire.socket.nativeHandle(), POLLHUP));
        // A file comes first: sendfile() has no flag against the signal.
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(folder.file("f", bytesOf("file")))});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QVERIFY(call.e.socketError() != SocketError::Success);
        const Bytes bytes = bytesOf("x");
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(call.finished(wire.socket.sendAsync(call.e)));
        QVERIFY(call.e.socketError() != SocketError::Success);
        QCOMPARE(sigPipes.count(), 0);
        sigset_t pending;
        ::sigpending(&pending);
        QCOMPARE(sigismember(&pending, SIGPIPE), 0);
    }

    void send13_fileBehindAShutdownRaisesNoSigPipe_data() { SWB_STREAM_LINKS(); }
    void send13_fileBehindAShutdownRaisesNoSigPipe()
    {
        QFETCH(Link, link);
        const SigPipeCounter sigPipes;
        TempFolder folder;
        sigset_t before;
        ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(folder.file("f", randomBytes(kPendingSize)))});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        wire.peer.close(); // Unread data: the next sendfile() meets a dead connection on a worker.
        QVERIFY(call.done.wait());
        QVERIFY(call.e.socketError() == SocketError::ConnectionReset
            || call.e.socketError() == SocketError::Shutdown);
        QVERIFY(!wire.socket.connected());
        m_engine.reset();
        QCOMPARE(sigPipes.count(), 0);
        sigset_t after;
        ::pthread_sigmask(SIG_BLOCK, nullptr, &after);
        QCOMPARE(sigismember(&after, SIGPIPE), sigismember(&before, SIGPIPE));
    }

    void send14_moreThanInt32BytesInOneSend()
    {
        // ThreadSanitizer keeps four bytes of shadow for each byte a system call reads: there less
        // must do.
        const std::size_t size = kSanitized ? std::size_t{64} << 20 : (std::size_t{2} << 30) + 4099;
        const ZeroPages zeros(size);
        QVERIFY(zeros.valid());
        const RawListener listener(
            Link::TcpV4); // With the system's own buffers: this is about size, not about waiting.
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        connectNow(socket, listener.endPoint());
        const RawPeer peer = listener.accept();
        auto received = peer.receiveAllInBackground(true);
        Call call;
        call.e.setBuffer(zeros.span());
        QCOMPARE(call.e.count(), size);
        const bool pending = socket.sendAsync(call.e);
        QVERIFY(!pending || call.done.wait(1, 3 * kDeadline));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), size);
        socket.close();
        QCOMPARE(received.get().bytes, size);
    }
};

QTEST_GUILESS_MAIN(SendTest)
#include "send_test.moc"
