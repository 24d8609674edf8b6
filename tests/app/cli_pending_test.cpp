// SPDX-License-Identifier: GPL-3.0-or-later
/// Pending sends: said at once, told until they end, cancelled by Ctrl-C with the exact count.
#include "tests/app/swb_process.h"

#include <QFile>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace swb::test;

namespace {

constexpr qint64 kMiB = 1024 * 1024;
constexpr qint64 kCancelLimitMs = 250;
constexpr qint64 kMemoryLimitKiB = 32 * 1024;

/// Sanitizers make every process slow to end (leak check) and large.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

qint64 integer(const QJsonObject& object, const char* key)
{
    return object[QLatin1String(key)].toInteger(-1);
}

} // namespace

class CliPendingTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void interruptCancelsWithExactCount_data();
    void interruptCancelsWithExactCount();
    void pendingSendToSlowPeerCompletes();
    void interruptEndsWaitingForPeer();
    void interruptEndsListener_data();
    void interruptEndsListener();
    void interruptEndsAStoppedReader();
    void resetIsToldWithName();
    void memoryStaysSmallForLargeFile();

private:
    QString path(const char* name) const { return m_folder.filePath(QLatin1String(name)); }

    QTemporaryDir m_folder;
};

void CliPendingTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    QVERIFY(writeRandomFile(path("64MiB.bin"), 64 * kMiB));
}

void CliPendingTest::interruptCancelsWithExactCount_data()
{
    QTest::addColumn<QString>("listen");
    QTest::addColumn<int>("signal");
    QTest::newRow("tcp") << "tcp://127.0.0.1:0" << SIGINT;
    QTest::newRow("unix") << "unix://" + path("hole.sock") << SIGINT;
    QTest::newRow("terminate") << "tcp://127.0.0.1:0" << SIGTERM;
}

void CliPendingTest::interruptCancelsWithExactCount()
{
    QFETCH(QString, listen);
    QFETCH(int, signal);
    SwbProcess hole({"peer", "blackhole", "--listen", listen});
    const QString address = hole.listeningOn();
    QVERIFY2(!address.isEmpty(), hole.notes().constData());
    SwbProcess sender({"send", address, "--file", path("64MiB.bin"), "--json"});
    QVERIFY2(
        sender.waitForNote("SendPackets is pending: returned true, "), sender.notes().constData());
    QVERIFY2(sender.waitForNote(" of 67,108,864 bytes so far"), sender.notes().constData());

    const qint64 elapsed = sender.interrupt(signal);
    QCOMPARE(sender.exitStatus(), 130);
    if (!kSanitized)
        QVERIFY2(elapsed <= kCancelLimitMs, qPrintable(QString::number(elapsed)));

    const QString notes = QString::fromUtf8(sender.notes());
    const QRegularExpression cancelled(
        QStringLiteral("SendPackets to %1 cancelled after ([0-9,]+) of 67,108,864 "
                       "bytes: OperationAborted \\(995\\)")
            .arg(QRegularExpression::escape(address)));
    const auto match = cancelled.match(notes);
    QVERIFY2(match.hasMatch(), qPrintable(notes));
    const qint64 told = match.captured(1).remove(QLatin1Char(',')).toLongLong();
    QVERIFY(told > 0 && told < 64 * kMiB);
    const auto sends = sender.operations(QStringLiteral("SendPackets"));
    QCOMPARE(sends.size(), 1);
    QCOMPARE(sends.first()[QStringLiteral("error")].toString(), QStringLiteral("OperationAborted"));
    QCOMPARE(integer(sends.first(), "bytes"), told);
    QCOMPARE(integer(sender.summary(), "bytes"), told);
    QCOMPARE(integer(sender.summary(), "errors"), 1);
}

void CliPendingTest::pendingSendToSlowPeerCompletes()
{
    SwbProcess slow({"peer", "slow", "--listen", "tcp://127.0.0.1:0", "--rate", "32MiB"});
    SwbProcess sender({"send", slow.listeningOn(), "--file", path("64MiB.bin"), "--json"});
    QVERIFY(sender.waitForNote("SendPackets is pending: returned true, "));
    QVERIFY2(sender.exitStatus() == 0, sender.notes().constData());
    QVERIFY(sender.waitForNote("SendPackets completed: 67,108,864 of 67,108,864 bytes"));
    const auto sends = sender.operations(QStringLiteral("SendPackets"));
    QCOMPARE(sends.size(), 1);
    QVERIFY(sends.first()[QStringLiteral("pending")].toBool());
    QCOMPARE(integer(sends.first(), "bytes"), 64 * kMiB);
    slow.interrupt(SIGINT);
    // All of it was read, not only taken by the kernels in between.
    QVERIFY2(slow.notes().contains("67,108,864 bytes received"), slow.notes().constData());
}

void CliPendingTest::interruptEndsWaitingForPeer()
{
    SwbProcess hole({"peer", "blackhole", "--listen", "tcp://127.0.0.1:0"});
    SwbProcess sender(
        {"send", hole.listeningOn(), "--text", "x", "--output", path("never.bin"), "--json"});
    QVERIFY(sender.waitForOutput("\"SendPackets\""));
    const qint64 elapsed = sender.interrupt(SIGINT);
    QCOMPARE(sender.exitStatus(), 130);
    if (!kSanitized)
        QVERIFY2(elapsed <= kCancelLimitMs, qPrintable(QString::number(elapsed)));
    QCOMPARE(integer(sender.summary(), "errors"), 0);
}

void CliPendingTest::interruptEndsListener_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("listen") << QStringList{"listen", "tcp://127.0.0.1:0", "--json"};
    QTest::newRow("listen once") << QStringList{"listen", "tcp://127.0.0.1:0", "--once", "--json"};
    QTest::newRow("datagrams") << QStringList{"listen", "udp://127.0.0.1:0", "--json"};
    QTest::newRow("echo") << QStringList{"peer", "echo", "--listen", "tcp://127.0.0.1:0", "--json"};
    QTest::newRow("sink udp") << QStringList{
        "peer", "sink", "--listen", "udp://127.0.0.1:0", "--json"};
    QTest::newRow("slow") << QStringList{"peer", "slow", "--listen", "tcp://127.0.0.1:0", "--json"};
}

void CliPendingTest::interruptEndsListener()
{
    QFETCH(QStringList, arguments);
    SwbProcess listener(arguments);
    const QString address = listener.listeningOn();
    QVERIFY2(!address.isEmpty(), listener.notes().constData());
    QVERIFY(listener.waitForOutput("{\"listening\":"));
    const qint64 elapsed = listener.interrupt(SIGINT);
    QCOMPARE(listener.exitStatus(), 130);
    if (!kSanitized)
        QVERIFY2(elapsed <= kCancelLimitMs, qPrintable(QString::number(elapsed)));
    QVERIFY(!listener.summary().isEmpty());
    QCOMPARE(integer(listener.summary(), "errors"), 0);
}

void CliPendingTest::interruptEndsAStoppedReader()
{
    // A pipe that nobody reads must not make swb deaf. QProcess always reads, so a shell holds the
    // pipe.
    SwbProcess sink({"listen", "tcp://127.0.0.1:0", "--once"});
    const QString out = path("pipe");
    const QByteArray command = "mkfifo '" + out.toUtf8() + "'";
    QCOMPARE(std::system(command.constData()), 0);
    QFile pipe(out);
    QVERIFY(pipe.open(QIODevice::ReadWrite | QIODevice::Unbuffered)); // a reader that never reads
    SwbProcess source({"peer", "source", "--listen", "tcp://127.0.0.1:0"});
    SwbProcess receiver({"send", source.listeningOn(), "--output", out});
    QVERIFY(receiver.waitForNote("connected to "));
    const qint64 elapsed = receiver.interrupt(SIGINT);
    QCOMPARE(receiver.exitStatus(), 130);
    if (!kSanitized)
        QVERIFY2(elapsed <= 2 * kCancelLimitMs, qPrintable(QString::number(elapsed)));
}

void CliPendingTest::resetIsToldWithName()
{
    SwbProcess peer({"peer", "reset", "--listen", "tcp://127.0.0.1:0", "--after", "1MiB"});
    const QString address = peer.listeningOn();
    SwbProcess sender({"send", address, "--file", path("64MiB.bin"), "--json"});
    QCOMPARE(sender.exitStatus(), 1);
    const QByteArray notes = sender.notes();
    QVERIFY2(
        notes.contains("SendPackets to " + address.toUtf8() + " failed: ConnectionReset (10054"),
        notes.constData());
    const auto sends = sender.operations(QStringLiteral("SendPackets"));
    QCOMPARE(sends.size(), 1);
    QVERIFY(integer(sends.first(), "bytes") >= kMiB);
    QVERIFY(integer(sends.first(), "bytes") < 64 * kMiB);
    QCOMPARE(integer(sender.summary(), "errors"), 1);
}

void CliPendingTest::memoryStaysSmallForLargeFile()
{
    if (kSanitized)
        QSKIP("a sanitizer's own memory would be measured");
    QFile large(path("large.bin"));
    QVERIFY(large.open(QIODevice::WriteOnly));
    QVERIFY(large.resize(512 * kMiB));
    SwbProcess sink({"peer", "sink", "--listen", "tcp://127.0.0.1:0"});
    const QString address = sink.listeningOn();
    // The second sending is far away, so that the process is still there after the first.
    const QStringList rest{"--repeat", "2", "--interval", "3600000", "--json"};
    SwbProcess small(QStringList{"send", address, "--text", "x"} + rest);
    QVERIFY(small.waitForOutput("\"SendPackets\""));
    SwbProcess sender(QStringList{"send", address, "--file", large.fileName()} + rest);
    QVERIFY(sender.waitForOutput("\"SendPackets\""));
    QCOMPARE(
        integer(sender.operations(QStringLiteral("SendPackets")).first(), "bytes"), 512 * kMiB);
    const qint64 before = small.peakMemoryKiB();
    const qint64 after = sender.peakMemoryKiB();
    QVERIFY(before > 0 && after > 0);
    QVERIFY2(after - before <= kMemoryLimitKiB, qPrintable(QString::number(after - before)));
}

QTEST_GUILESS_MAIN(CliPendingTest)
#include "cli_pending_test.moc"
