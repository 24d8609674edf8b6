// SPDX-License-Identifier: GPL-3.0-or-later
/// What fails is told with operation, end point or path, error name and number, and next step; exit
/// status 1.
#include "tests/app/swb_process.h"

#include <QFile>
#include <QJsonObject>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/socket.h>

using namespace swb::test;

class CliProblemTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void refusedConnection();
    void unknownHost();
    void missingSocketFile();
    void fileThatCannotBeSent_data();
    void fileThatCannotBeSent();
    void unreadableFile();
    void rangePastTheEnd();
    void fileThatShrinks();
    void addressInUse();
    void outputThatCannotBeMade();
    void fullDiskIsTold();
    void refusedDatagram();
    void tooLargeDatagram();
    void resetWhileListening();

private:
    QString path(const char* name) const { return m_folder.filePath(QLatin1String(name)); }

    QTemporaryDir m_folder;
};

void CliProblemTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    QVERIFY(writeRandomFile(path("file.bin"), 100'000));
}

void CliProblemTest::refusedConnection()
{
    // Bound, and then given back: nobody listens there.
    SwbProcess listener({"listen", "tcp://127.0.0.1:0"});
    const QString address = listener.listeningOn();
    listener.interrupt(SIGINT);
    SwbProcess sender({"send", address, "--text", "x", "--json"});
    QCOMPARE(sender.exitStatus(), 1);
    const QByteArray notes = sender.notes();
    QVERIFY2(notes.contains("Connect to " + address.toUtf8()
                 + " failed: ConnectionRefused (10061, ECONNREFUSED 111)."),
        notes.constData());
    QVERIFY2(notes.contains("Start the server"), notes.constData());
    const auto connects = sender.operations(QStringLiteral("Connect"));
    QCOMPARE(connects.size(), 1);
    QCOMPARE(
        connects.first()[QStringLiteral("error")].toString(), QStringLiteral("ConnectionRefused"));
    QCOMPARE(sender.summary()[QStringLiteral("errors")].toInt(), 1);
}

void CliProblemTest::unknownHost()
{
    const SwbResult result({"send", "tcp://no-such-host.invalid:9", "--text", "x"});
    QCOMPARE(result.exitStatus, 1);
    QVERIFY2(result.notes.contains("Connect to tcp://no-such-host.invalid:9 failed: "),
        result.notes.constData());
    // Without a network the name server cannot be asked.
    QVERIFY2(
        result.notes.contains("HostNotFound (11001") || result.notes.contains("TryAgain (11002"),
        result.notes.constData());
}

void CliProblemTest::missingSocketFile()
{
    const QString address = "unix://" + path("nobody.sock");
    const SwbResult result({"send", address, "--text", "x"});
    QCOMPARE(result.exitStatus, 1);
    QVERIFY2(result.notes.contains("Connect to " + address.toUtf8()
                 + " failed: AddressNotAvailable (10049, ENOENT 2)"),
        result.notes.constData());
}

void CliProblemTest::fileThatCannotBeSent_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("missing") << path("none.bin") << QByteArray("FileNotFound");
    QTest::newRow("missing folder") << path("none/file.bin") << QByteArray("DirectoryNotFound");
    QTest::newRow("directory") << m_folder.path() << QByteArray("UnauthorizedAccess");
}

void CliProblemTest::fileThatCannotBeSent()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    SwbProcess sink({"peer", "sink", "--listen", "tcp://127.0.0.1:0"});
    const SwbResult result({"send", sink.listeningOn(), "--text", "first", "--file", file});
    QCOMPARE(result.exitStatus, 1);
    QVERIFY2(result.notes.contains(text), result.notes.constData());
    QVERIFY2(result.notes.contains(file.toUtf8()), result.notes.constData());
    // The peer is not bothered.
    sink.interrupt(SIGINT);
    QVERIFY2(sink.notes().contains("0 connections"), sink.notes().constData());
}

void CliProblemTest::unreadableFile()
{
    const QString file = path("secret.bin");
    QVERIFY(QFile::copy(path("file.bin"), file));
    QVERIFY(QFile::setPermissions(file, {}));
    SwbProcess sender;
    sender.obeyPermissions();
    sender.start({"send", "tcp://127.0.0.1:9", "--file", file});
    QCOMPARE(sender.exitStatus(), 1);
    QVERIFY2(sender.notes().contains("UnauthorizedAccess"), sender.notes().constData());
    QVERIFY2(sender.notes().contains(file.toUtf8()), sender.notes().constData());
}

void CliProblemTest::rangePastTheEnd()
{
    SwbProcess sink({"peer", "sink", "--listen", "tcp://127.0.0.1:0"});
    SwbProcess sender({"send", sink.listeningOn(), "--text", "first", "--file",
        path("file.bin") + "@99999+2", "--json"});
    QCOMPARE(sender.exitStatus(), 1);
    QVERIFY2(sender.notes().contains("InvalidArgument (10022"), sender.notes().constData());
    QCOMPARE(sender.summary()[QStringLiteral("bytes")].toInt(-1), 0);
}

void CliProblemTest::fileThatShrinks()
{
    const QString file = path("shrinking.bin");
    QFile large(file);
    QVERIFY(large.open(QIODevice::WriteOnly));
    constexpr qint64 kSize = 64LL * 1024 * 1024;
    QVERIFY(large.resize(kSize));
    // The peer takes nothing until the file is short: the send must come to its end after that.
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QString address = QStringLiteral("tcp://127.0.0.1:%1").arg(server.serverPort());
    SwbProcess sender({"send", address, "--file", file, "--json"});
    QVERIFY(sender.waitForNote("SendPackets is pending"));
    constexpr qint64 kLeft = 32LL * 1024 * 1024;
    QVERIFY(large.resize(kLeft));
    QVERIFY(server.waitForNewConnection(kDeadlineMs));
    QTcpSocket* const socket = server.nextPendingConnection();
    qint64 received = 0;
    while (socket->state() == QAbstractSocket::ConnectedState || socket->bytesAvailable() > 0) {
        received += socket->readAll().size();
        if (!socket->waitForReadyRead(kDeadlineMs))
            break;
    }
    received += socket->readAll().size();
    QCOMPARE(sender.exitStatus(), 1);
    QVERIFY2(sender.notes().contains("InvalidArgument (10022"), sender.notes().constData());
    QVERIFY2(sender.notes().contains("became shorter"), sender.notes().constData());
    const auto sends = sender.operations(QStringLiteral("SendPackets"));
    QCOMPARE(sends.size(), 1);
    QCOMPARE(sends.first()[QStringLiteral("bytes")].toInteger(), kLeft);
    QCOMPARE(received, kLeft);
}

void CliProblemTest::addressInUse()
{
    SwbProcess first({"listen", "tcp://127.0.0.1:0"});
    const QString address = first.listeningOn();
    for (const QStringList& arguments :
        {QStringList{"listen", address}, QStringList{"peer", "echo", "--listen", address}}) {
        const SwbResult result(arguments);
        QCOMPARE(result.exitStatus, 1);
        QVERIFY2(result.notes.contains("Listen on " + address.toUtf8()
                     + " failed: AddressAlreadyInUse (10048, EADDRINUSE 98)"),
            result.notes.constData());
    }
}

void CliProblemTest::outputThatCannotBeMade()
{
    const SwbResult result({"listen", "tcp://127.0.0.1:0", "--output", path("none/out.bin")});
    QCOMPARE(result.exitStatus, 1);
    QVERIFY2(result.notes.contains(path("none/out.bin").toUtf8()), result.notes.constData());
    QVERIFY2(result.notes.contains("ENOENT"), result.notes.constData());
}

void CliProblemTest::fullDiskIsTold()
{
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--output", "/dev/full"});
    SwbProcess sender({"send", listener.listeningOn(), "--file", path("file.bin")});
    QCOMPARE(listener.exitStatus(), 1);
    QVERIFY2(listener.notes().contains("/dev/full failed"), listener.notes().constData());
    QVERIFY2(listener.notes().contains("ENOSPC 28"), listener.notes().constData());
}

void CliProblemTest::refusedDatagram()
{
    SwbProcess listener({"listen", "udp://127.0.0.1:0"});
    const QString address = listener.listeningOn();
    listener.interrupt(SIGINT);
    const SwbResult result({"send", address, "--text", "x"});
    QCOMPARE(result.exitStatus, 1);
    QVERIFY2(result.notes.contains(address.toUtf8() + " failed: ConnectionRefused (10061"),
        result.notes.constData());
}

void CliProblemTest::tooLargeDatagram()
{
    SwbProcess listener({"listen", "udp://127.0.0.1:0"});
    const SwbResult result({"send", listener.listeningOn(), "--file", path("file.bin")});
    QCOMPARE(result.exitStatus, 1);
    QVERIFY2(result.notes.contains("MessageSize (10040"), result.notes.constData());
}

void CliProblemTest::resetWhileListening()
{
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once"});
    const quint16 port = listener.listeningOn().section(QLatin1Char(':'), -1).toUShort();
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, port);
    QVERIFY(socket.waitForConnected(kDeadlineMs));
    QVERIFY(listener.waitForNote("connection 1 "));
    socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    const struct linger reset {
        1, 0
    };
    QCOMPARE(setsockopt(static_cast<int>(socket.socketDescriptor()), SOL_SOCKET, SO_LINGER, &reset,
                 sizeof reset),
        0);
    socket.close();
    QCOMPARE(listener.exitStatus(), 1);
    QVERIFY2(listener.notes().contains("ConnectionReset (10054"), listener.notes().constData());
}

QTEST_GUILESS_MAIN(CliProblemTest)
#include "cli_problem_test.moc"
