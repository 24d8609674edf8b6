// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/compare.h"
#include "tests/support/raw_peer.h"
#include "tests/support/temp_files.h"
#include "tests/support/thrown.h"

#include "engine/net/async_engine.h"
#include "engine/net/exceptions.h"
#include "engine/peers/peer.h"

#include <QTest>

#include <chrono>
#include <thread>

using namespace swb;
using namespace swb::peers;
using swb::test::RawPeer;
using swb::test::StreamEnd;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kTimeoutMs = 30'000;

test::Bytes pattern(std::size_t size)
{
    test::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(i % 251);
    return bytes;
}

} // namespace

class PeerTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<AsyncEngine> m_engine;
    std::unique_ptr<test::TempFolder> m_folder;

    PeerOptions options(PeerKind kind, const QString& address = "tcp://127.0.0.1:0") const
    {
        QString text = address;
        text.replace("FOLDER", QString::fromStdString(m_folder->path()));
        PeerOptions result;
        result.kind = kind;
        result.listen = Address::parse(text.toStdString());
        return result;
    }

    static void streamAddresses()
    {
        QTest::addColumn<QString>("address");
        QTest::newRow("tcp v4") << "tcp://127.0.0.1:0";
        QTest::newRow("tcp v6") << "tcp://[::1]:0";
        QTest::newRow("unix") << "unix://FOLDER/s";
    }

private slots:
    void init()
    {
        m_folder = std::make_unique<test::TempFolder>();
        m_engine = std::make_unique<AsyncEngine>(EngineOptions{2, nullptr});
    }
    void cleanup() { m_engine.reset(); }

    void namesAndKindsAreTheSame()
    {
        for (const char* const name :
            {"echo", "sink", "slow", "blackhole", "reset", "close", "source"}) {
            const auto kind = peerKindFromString(name);
            QVERIFY2(kind, name);
            QCOMPARE(toString(*kind), std::string(name));
        }
        QVERIFY(!peerKindFromString("Echo") && !peerKindFromString(""));
    }

    void echoSendsBackWhatItReceives_data() { streamAddresses(); }
    void echoSendsBackWhatItReceives()
    {
        QFETCH(const QString, address);
        Peer peer(*m_engine, options(PeerKind::Echo, address));
        QVERIFY(peer.address().endPoint.port() != 0 || !address.startsWith("tcp"));
        const RawPeer client = test::rawConnect(peer.address().endPoint);
        const auto bytes = test::randomBytes(3'000'000);
        std::thread writer([&] {
            client.write(bytes);
            client.shutdownSend();
        });
        StreamEnd end = StreamEnd::Open;
        const auto back = client.readAll(&end);
        writer.join();
        QCOMPARE(back, bytes);
        QCOMPARE(end, StreamEnd::Eof);
        QTRY_COMPARE_WITH_TIMEOUT(
            quint64{peer.statistics().connectionsOpen}, quint64{0}, kTimeoutMs);
        QCOMPARE(peer.statistics().bytesReceived, std::uint64_t{bytes.size()});
        QCOMPARE(peer.statistics().bytesSent, std::uint64_t{bytes.size()});
        QCOMPARE(peer.statistics().connectionsAccepted, std::uint64_t{1});
    }

    void sinkReadsEverything_data() { streamAddresses(); }
    void sinkReadsEverything()
    {
        QFETCH(const QString, address);
        Peer peer(*m_engine, options(PeerKind::Sink, address));
        const RawPeer first = test::rawConnect(peer.address().endPoint);
        const RawPeer second = test::rawConnect(peer.address().endPoint);
        first.write(test::Bytes(5'000'000));
        second.write(test::Bytes(1000));
        QTRY_COMPARE_WITH_TIMEOUT(
            quint64{peer.statistics().bytesReceived}, quint64{5'001'000}, kTimeoutMs);
        QCOMPARE(peer.statistics().connectionsOpen, std::uint64_t{2});
    }

    void slowReadsAtItsRate_data() { streamAddresses(); }
    void slowReadsAtItsRate()
    {
        QFETCH(const QString, address);
        constexpr std::uint64_t kRate = 1'000'000;
        PeerOptions slow = options(PeerKind::Slow, address);
        slow.bytesPerSecond = kRate;
        Peer peer(*m_engine, slow);
        const RawPeer client = test::rawConnect(peer.address().endPoint);
        const auto start = Clock::now();
        std::thread writer([&] { client.write(test::Bytes(kRate)); });
        const auto rateAllows = [&] {
            const std::uint64_t read = peer.statistics().bytesReceived;
            const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
            return static_cast<double>(read) <= seconds * kRate + 2.0 * kRate / 20;
        };
        bool neverFaster = true;
        QTRY_VERIFY_WITH_TIMEOUT(
            (neverFaster = neverFaster && rateAllows(), peer.statistics().bytesReceived == kRate),
            kTimeoutMs);
        writer.join();
        QVERIFY(neverFaster);
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        QVERIFY2(seconds > 0.85, qPrintable(QString::number(seconds)));
        QVERIFY2(test::kSanitized || seconds < 3.0, qPrintable(QString::number(seconds)));
    }

    void blackholeAcceptsAndNeverReads_data() { streamAddresses(); }
    void blackholeAcceptsAndNeverReads()
    {
        QFETCH(const QString, address);
        Peer peer(*m_engine, options(PeerKind::Blackhole, address));
        const RawPeer client = test::rawConnect(peer.address().endPoint);
        QTRY_COMPARE_WITH_TIMEOUT(
            quint64{peer.statistics().connectionsOpen}, quint64{1}, kTimeoutMs);
        client.write(test::Bytes(1000));
        QCOMPARE(peer.statistics().bytesReceived, std::uint64_t{0});
        peer.stop();
        StreamEnd end = StreamEnd::Open;
        QVERIFY(client.readAll(&end).empty());
        // Closed with bytes unread.
        QCOMPARE(end, StreamEnd::Reset);
        QTRY_COMPARE_WITH_TIMEOUT(
            quint64{peer.statistics().connectionsOpen}, quint64{0}, kTimeoutMs);
    }

    void resetResetsAfterItsBytes_data()
    {
        QTest::addColumn<quint64>("after");
        QTest::newRow("at once") << quint64{0};
        QTest::newRow("1") << quint64{1};
        QTest::newRow("100,000") << quint64{100'000};
    }

    void resetResetsAfterItsBytes()
    {
        QFETCH(const quint64, after);
        PeerOptions reset = options(PeerKind::Reset);
        reset.afterBytes = after;
        Peer peer(*m_engine, reset);
        const RawPeer client = test::rawConnect(peer.address().endPoint);
        if (after > 0) {
            client.write(test::Bytes(after - 1));
            QTRY_COMPARE_WITH_TIMEOUT(
                quint64{peer.statistics().bytesReceived}, after - 1, kTimeoutMs);
            QTRY_COMPARE_WITH_TIMEOUT(
                quint64{peer.statistics().connectionsOpen}, quint64{1}, kTimeoutMs);
            client.write(test::Bytes(1));
        }
        StreamEnd end = StreamEnd::Open;
        QVERIFY(client.readAll(&end).empty());
        QCOMPARE(end, StreamEnd::Reset);
        QCOMPARE(quint64{peer.statistics().bytesReceived}, after);
    }

    void closeEndsInOrderAfterItsBytes_data() { streamAddresses(); }
    void closeEndsInOrderAfterItsBytes()
    {
        QFETCH(const QString, address);
        PeerOptions close = options(PeerKind::Close, address);
        close.afterBytes = 1000;
        Peer peer(*m_engine, close);
        const RawPeer client = test::rawConnect(peer.address().endPoint);
        client.write(test::Bytes(5000));
        StreamEnd end = StreamEnd::Open;
        QVERIFY(client.readAll(&end).empty());
        QCOMPARE(end, StreamEnd::Eof);
        // Still taken, so that nothing turns the end into a reset.
        client.write(test::Bytes(5000));
        client.shutdownSend();
        QTRY_COMPARE_WITH_TIMEOUT(
            quint64{peer.statistics().connectionsOpen}, quint64{0}, kTimeoutMs);
        QCOMPARE(peer.statistics().bytesReceived, std::uint64_t{10'000});
    }

    void closeAtOnceWhenNoBytesAreAskedFor()
    {
        Peer peer(*m_engine, options(PeerKind::Close));
        const RawPeer client = test::rawConnect(peer.address().endPoint);
        StreamEnd end = StreamEnd::Open;
        QVERIFY(client.readAll(&end).empty());
        QCOMPARE(end, StreamEnd::Eof);
    }

    void sourceSendsItsSizeAndEnds_data() { streamAddresses(); }
    void sourceSendsItsSizeAndEnds()
    {
        QFETCH(const QString, address);
        PeerOptions source = options(PeerKind::Source, address);
        source.sizeBytes = 1'234'567;
        Peer peer(*m_engine, source);
        RawPeer client = test::rawConnect(peer.address().endPoint);
        StreamEnd end = StreamEnd::Open;
        QCOMPARE(client.readAll(&end), pattern(1'234'567));
        QCOMPARE(end, StreamEnd::Eof);
        QCOMPARE(peer.statistics().bytesSent, std::uint64_t{1'234'567});
        client.close();
        QTRY_COMPARE_WITH_TIMEOUT(
            quint64{peer.statistics().connectionsOpen}, quint64{0}, kTimeoutMs);
    }

    void anEndlessSourceGoesOnUntilStopped()
    {
        Peer peer(*m_engine, options(PeerKind::Source));
        const RawPeer client = test::rawConnect(peer.address().endPoint);
        QCOMPARE(client.read(10'000'000), pattern(10'000'000));
        peer.stop();
        StreamEnd end = StreamEnd::Open;
        (void)client.readAll(&end);
        QVERIFY(end != StreamEnd::Open && end != StreamEnd::DeadlinePassed);
    }

    void stopRefusesLaterConnections()
    {
        Peer peer(*m_engine, options(PeerKind::Echo));
        const EndPoint endPoint = peer.address().endPoint;
        peer.stop();
        peer.stop();
        QVERIFY_THROWS_EXCEPTION(std::runtime_error, (void)test::rawConnect(endPoint));
    }

    void anAddressInUseIsNamed()
    {
        Peer first(*m_engine, options(PeerKind::Echo));
        PeerOptions same = options(PeerKind::Sink);
        same.listen = first.address();
        const auto thrown
            = test::thrownBy<SocketException>([&] { const Peer second(*m_engine, same); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::AddressAlreadyInUse);
        QVERIFY2(std::string(thrown->what()).find(first.address().toString()) != std::string::npos,
            thrown->what());
    }

    void aSlowPeerNeedsARate()
    {
        PeerOptions slow = options(PeerKind::Slow);
        slow.bytesPerSecond = 0;
        QVERIFY(
            test::thrownBy<ArgumentOutOfRangeException>([&] { const Peer peer(*m_engine, slow); }));
    }

    void endsWithEverythingPending()
    {
        std::vector<std::unique_ptr<Peer>> peers;
        std::vector<RawPeer> clients;
        for (const PeerKind kind :
            {PeerKind::Echo, PeerKind::Slow, PeerKind::Blackhole, PeerKind::Source}) {
            peers.push_back(std::make_unique<Peer>(*m_engine, options(kind)));
            clients.push_back(test::rawConnect(peers.back()->address().endPoint));
            clients.back().write(test::Bytes(10'000));
        }
        peers.clear();
        for (const RawPeer& client : clients) {
            StreamEnd end = StreamEnd::Open;
            (void)client.readAll(&end);
            QVERIFY(end != StreamEnd::Open && end != StreamEnd::DeadlinePassed);
        }
    }

    // --- Datagrams

    void datagramEchoAnswersEachSender_data()
    {
        QTest::addColumn<bool>("v6");
        QTest::newRow("v4") << false;
        QTest::newRow("v6") << true;
    }

    void datagramEchoAnswersEachSender()
    {
        QFETCH(const bool, v6);
        Peer peer(*m_engine, options(PeerKind::Echo, v6 ? "udp://[::1]:0" : "udp://127.0.0.1:0"));
        for (const char* const text : {"one", "three"}) {
            const RawPeer client = test::rawDatagramPeer(v6);
            test::connectTo(client, peer.address().endPoint);
            client.write(test::bytesOf(text));
            QCOMPARE(client.readDatagram(), test::bytesOf(text));
        }
        QCOMPARE(peer.statistics().bytesReceived, std::uint64_t{8});
        // Counted once the send is over, which the receiver may be quicker than.
        QTRY_COMPARE_WITH_TIMEOUT(quint64{peer.statistics().bytesSent}, quint64{8}, kTimeoutMs);
    }

    void datagramSinkAndSlowRead_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("sink") << static_cast<int>(PeerKind::Sink);
        QTest::newRow("slow") << static_cast<int>(PeerKind::Slow);
    }

    void datagramSinkAndSlowRead()
    {
        QFETCH(const int, kind);
        PeerOptions wanted = options(static_cast<PeerKind>(kind), "udp://127.0.0.1:0");
        wanted.bytesPerSecond = 100'000;
        Peer peer(*m_engine, wanted);
        const RawPeer client = test::rawDatagramPeer();
        test::connectTo(client, peer.address().endPoint);
        for (int i = 0; i < 20; ++i)
            client.write(test::Bytes(1000));
        QTRY_COMPARE_WITH_TIMEOUT(
            quint64{peer.statistics().bytesReceived}, quint64{20'000}, kTimeoutMs);
    }

    void datagramSourceAnswersWithItsSize()
    {
        PeerOptions source = options(PeerKind::Source, "udp://127.0.0.1:0");
        source.sizeBytes = 3000;
        Peer peer(*m_engine, source);
        const RawPeer client = test::rawDatagramPeer();
        test::connectTo(client, peer.address().endPoint);
        client.write(test::bytesOf("please"));
        test::Bytes all;
        for (const std::size_t size : {1400U, 1400U, 200U}) {
            const auto part = client.readDatagram();
            QCOMPARE(part.size(), size);
            all.insert(all.end(), part.begin(), part.end());
        }
        QCOMPARE(all, pattern(3000));
    }

    void datagramResetClosesSoThatSendersAreRefused()
    {
        PeerOptions reset = options(PeerKind::Reset, "udp://127.0.0.1:0");
        reset.afterBytes = 10;
        Peer peer(*m_engine, reset);
        const RawPeer client = test::rawDatagramPeer();
        test::connectTo(client, peer.address().endPoint);
        client.write(test::Bytes(10));
        QTRY_COMPARE_WITH_TIMEOUT(
            quint64{peer.statistics().bytesReceived}, quint64{10}, kTimeoutMs);
        // The counter moves a moment before the socket closes, so the first tries may still be
        // taken.
        const auto refused = [&client] {
            try {
                client.write(test::Bytes(1));
            } catch (const std::runtime_error&) {
                return true;
            }
            return false;
        };
        QTRY_VERIFY_WITH_TIMEOUT(refused(), kTimeoutMs);
    }
};

QTEST_GUILESS_MAIN(PeerTest)
#include "peer_test.moc"
