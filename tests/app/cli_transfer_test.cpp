// SPDX-License-Identifier: GPL-3.0-or-later
/// What is sent arrives, over every transport and in every way of sending.
#include "tests/app/swb_process.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace swb::test;

namespace {

constexpr qint64 kMiB = 1024 * 1024;
constexpr qint64 kGiB = 1024 * kMiB;
constexpr qint64 kFileBytes = 32 * kMiB;

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

qint64 integer(const QJsonObject& object, const char* key)
{
    return object[QLatin1String(key)].toInteger(-1);
}

} // namespace

class CliTransferTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void partsArriveInOrderAsOneOperation_data();
    void partsArriveInOrderAsOneOperation();
    void rangeBeyond4GiBArrives();
    void partsOfAllKindsKeepTheOrderOfTheLine();
    void emptyAndStrangeValuesAreTakenLiterally();
    void eachPartIsAnOperation();
    void repeatsEverything();
    void manyOperationsInFlightArriveInOrder();
    void receivesWhatComesBack();
    void largeSendToEchoDoesNotBlock();
    void sourceSendsItsSize();
    void writesToStandardOutput();
    void servesSeveralConnections();
    void datagramArrives();
    void datagramComesBack();
    void summaryAgreesWithLines();

private:
    QString path(const char* name) const { return m_folder.filePath(QLatin1String(name)); }

    QTemporaryDir m_folder;
};

void CliTransferTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    QVERIFY(writeRandomFile(path("file.bin"), kFileBytes));
}

void CliTransferTest::partsArriveInOrderAsOneOperation_data()
{
    QTest::addColumn<QString>("listen");
    QTest::newRow("tcp v4") << "tcp://127.0.0.1:0";
    QTest::newRow("tcp v6") << "tcp://[::1]:0";
    QTest::newRow("unix") << "unix://" + path("transfer.sock");
    QTest::newRow("localhost") << "tcp://localhost:0";
}

void CliTransferTest::partsArriveInOrderAsOneOperation()
{
    QFETCH(QString, listen);
    const QString out = path("out.bin");
    SwbProcess listener({"listen", listen, "--once", "--output", out, "--json"});
    const QString address = listener.listeningOn();
    QVERIFY2(!address.isEmpty(), listener.notes().constData());
    QVERIFY(listener.waitForOutput("{\"listening\":\"" + address.toUtf8() + "\"}\n"));

    SwbProcess sender({"send", address, "--text", "head\\n", "--file", path("file.bin"), "--text",
        "tail\\n", "--json"});
    QVERIFY2(sender.exitStatus() == 0, sender.notes().constData());
    QVERIFY2(listener.exitStatus() == 0, listener.notes().constData());

    QCryptographicHash expected(QCryptographicHash::Sha256);
    expected.addData(QByteArray("head\n") + contentOf(path("file.bin")) + "tail\n");
    QCOMPARE(sha256OfFile(out), expected.result().toHex());

    const auto sends = sender.operations(QStringLiteral("SendPackets"));
    QCOMPARE(sends.size(), 1);
    QCOMPARE(integer(sends.first(), "bytes"), kFileBytes + 10);
    QCOMPARE(sends.first()[QStringLiteral("error")].toString(), QStringLiteral("Success"));
    QCOMPARE(sender.operations(QStringLiteral("Connect")).size(), 1);
    QCOMPARE(integer(sender.summary(), "bytes"), kFileBytes + 10);
    QCOMPARE(integer(sender.summary(), "errors"), 0);
    QCOMPARE(integer(listener.summary(), "bytes"), kFileBytes + 10);
}

void CliTransferTest::rangeBeyond4GiBArrives()
{
    const QString sparse = path("sparse.bin");
    QFile file(sparse);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QVERIFY(file.resize(5 * kGiB));
    QVERIFY(file.seek(5 * kGiB - 3));
    QCOMPARE(file.write("end"), 3);
    file.close();

    const QString out = path("range.bin");
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--output", out});
    const SwbResult sender({"send", listener.listeningOn(), "--file", sparse + "@5368708096+1KiB"});
    QVERIFY2(sender.exitStatus == 0, sender.notes.constData());
    QCOMPARE(listener.exitStatus(), 0);
    QCOMPARE(contentOf(out), QByteArray(1021, '\0') + "end");
    QFile::remove(sparse);
}

void CliTransferTest::partsOfAllKindsKeepTheOrderOfTheLine()
{
    QFile small(path("small.txt"));
    QVERIFY(small.open(QIODevice::WriteOnly));
    small.write("0123456789");
    small.close();
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--output", "-"});
    const QString file = path("small.txt");
    const SwbResult sender(
        {"send", listener.listeningOn(), "--hex", "61 62", "--text", "c\\x64", "--file",
            file + "@8", "--text", "e", "--file", file + "@2+3", "--hex", "66", "--file", file});
    QVERIFY2(sender.exitStatus == 0, sender.notes.constData());
    QCOMPARE(listener.exitStatus(), 0);
    QCOMPARE(listener.output(), QByteArray("abcd89e234f0123456789"));
}

void CliTransferTest::emptyAndStrangeValuesAreTakenLiterally()
{
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--output", "-"});
    const SwbResult sender({"send", listener.listeningOn(), "--text", "", "--text=", "--text",
        "--hex", "--text", "[a,b]", "--text", "-5", "--text=x=y", "--text", "a b"});
    QVERIFY2(sender.exitStatus == 0, sender.notes.constData());
    QCOMPARE(listener.exitStatus(), 0);
    QCOMPARE(listener.output(), QByteArray("--hex[a,b]-5x=ya b"));
}

void CliTransferTest::eachPartIsAnOperation()
{
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--output", "-"});
    SwbProcess sender({"send", listener.listeningOn(), "--each", "--text", "ab", "--file",
        path("file.bin") + "@0+4", "--hex", "63", "--json"});
    QCOMPARE(sender.exitStatus(), 0);
    QCOMPARE(listener.exitStatus(), 0);
    QCOMPARE(listener.output(), "ab" + contentOf(path("file.bin")).left(4) + "c");
    const auto sends = sender.operations(QStringLiteral("Send"));
    QCOMPARE(sends.size(), 2);
    QCOMPARE(integer(sends[0], "bytes"), 2);
    QCOMPARE(integer(sends[1], "bytes"), 1);
    const auto files = sender.operations(QStringLiteral("SendPackets"));
    QCOMPARE(files.size(), 1);
    QCOMPARE(integer(files[0], "bytes"), 4);
}

void CliTransferTest::repeatsEverything()
{
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--output", "-"});
    SwbProcess sender({"send", listener.listeningOn(), "--text", "a", "--text", "b", "--repeat",
        "3", "--interval", "1", "--json"});
    QCOMPARE(sender.exitStatus(), 0);
    QCOMPARE(listener.exitStatus(), 0);
    QCOMPARE(listener.output(), QByteArray("ababab"));
    QCOMPARE(sender.operations(QStringLiteral("SendPackets")).size(), 3);
}

void CliTransferTest::manyOperationsInFlightArriveInOrder()
{
    const QString out = path("flight.bin");
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--output", out});
    SwbProcess sender(
        {"send", listener.listeningOn(), "--each", "--file", path("file.bin") + "@0+1MiB", "--text",
            "|", "--repeat", "32", "--in-flight", "8", "--json"});
    QVERIFY2(sender.exitStatus() == 0, sender.notes().constData());
    QCOMPARE(listener.exitStatus(), 0);
    const QByteArray once = contentOf(path("file.bin")).left(kMiB) + "|";
    QCOMPARE(QCryptographicHash::hash(contentOf(out), QCryptographicHash::Sha256),
        QCryptographicHash::hash(once.repeated(32), QCryptographicHash::Sha256));
    QCOMPARE(integer(sender.summary(), "operations"), 65); // and the connect
}

void CliTransferTest::receivesWhatComesBack()
{
    SwbProcess echo({"peer", "echo", "--listen", "tcp://127.0.0.1:0"});
    const QString out = path("back.bin");
    SwbProcess sender({"send", echo.listeningOn(), "--file", path("file.bin"), "--output", out,
        "--receive-for", "60000", "--json"});
    QVERIFY2(sender.exitStatus() == 0, sender.notes().constData());
    QCOMPARE(sha256OfFile(out), sha256OfFile(path("file.bin")));
    QCOMPARE(integer(sender.summary(), "bytesReceived"), kFileBytes);
    QVERIFY(!sender.operations(QStringLiteral("Receive")).isEmpty());
    echo.interrupt(SIGINT);
    QCOMPARE(echo.exitStatus(), 130);
}

void CliTransferTest::largeSendToEchoDoesNotBlock()
{
    SwbProcess echo({"listen", "tcp://127.0.0.1:0", "--echo", "--once"});
    SwbProcess sender({"send", echo.listeningOn(), "--file", path("file.bin"), "--json"});
    QVERIFY2(sender.exitStatus() == 0, sender.notes().constData());
    QVERIFY2(echo.exitStatus() == 0, echo.notes().constData());
    // What nobody asked for is not listed.
    QCOMPARE(sender.operations(QStringLiteral("Receive")).size(), 0);
    QCOMPARE(integer(sender.summary(), "bytes"), kFileBytes);
}

void CliTransferTest::sourceSendsItsSize()
{
    SwbProcess source({"peer", "source", "--listen", "tcp://127.0.0.1:0", "--size", "3MiB"});
    const QString out = path("source.bin");
    const SwbResult receiver({"send", source.listeningOn(), "--output", out});
    QVERIFY2(receiver.exitStatus == 0, receiver.notes.constData());
    QCOMPARE(QFile(out).size(), 3 * kMiB);
}

void CliTransferTest::writesToStandardOutput()
{
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--output", "-"});
    SwbProcess sender({"send", listener.listeningOn(), "--file", path("file.bin")});
    // In this order: waiting for the listener is what reads from it.
    QCOMPARE(listener.exitStatus(), 0);
    QCOMPARE(sender.exitStatus(), 0);
    QCOMPARE(QCryptographicHash::hash(listener.output(), QCryptographicHash::Sha256).toHex(),
        sha256OfFile(path("file.bin")));
}

void CliTransferTest::servesSeveralConnections()
{
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--json"});
    const QString address = listener.listeningOn();
    SwbProcess first({"send", address, "--file", path("file.bin")});
    SwbProcess second({"send", address, "--file", path("file.bin")});
    QCOMPARE(first.exitStatus(), 0);
    QCOMPARE(second.exitStatus(), 0);
    QVERIFY(listener.waitForNote("connection 1 "));
    QVERIFY(listener.waitForNote("connection 2 "));
    listener.interrupt(SIGINT);
    QCOMPARE(listener.exitStatus(), 130);
    QCOMPARE(integer(listener.summary(), "bytes"), 2 * kFileBytes);
    QCOMPARE(integer(listener.summary(), "errors"), 0);
}

void CliTransferTest::datagramArrives()
{
    SwbProcess listener({"listen", "udp://127.0.0.1:0", "--once", "--output", "-"});
    const SwbResult sender(
        {"send", listener.listeningOn(), "--text", "one ", "--text", "datagram"});
    QVERIFY2(sender.exitStatus == 0, sender.notes.constData());
    QVERIFY2(listener.exitStatus() == 0, listener.notes().constData());
    QCOMPARE(listener.output(), QByteArray("one datagram"));
}

void CliTransferTest::datagramComesBack()
{
    SwbProcess listener({"listen", "udp://127.0.0.1:0", "--echo", "--once"});
    const SwbResult sender({"send", listener.listeningOn(), "--text", "ping", "--receive-for",
        "2000", "--output", "-"});
    QVERIFY2(sender.exitStatus == 0, sender.notes.constData());
    QVERIFY2(listener.exitStatus() == 0, listener.notes().constData());
    QCOMPARE(sender.output, QByteArray("ping"));
}

void CliTransferTest::summaryAgreesWithLines()
{
    SwbProcess echo({"peer", "echo", "--listen", "tcp://127.0.0.1:0"});
    SwbProcess sender({"send", echo.listeningOn(), "--each", "--text", "0123456789", "--repeat",
        "500", "--receive-for", "60000", "--json"});
    QVERIFY2(sender.exitStatus() == 0, sender.notes().constData());
    qint64 pending = 0;
    qint64 bytes = 0;
    const auto operations = sender.operations();
    for (const QJsonObject& line : operations) {
        pending += line[QStringLiteral("pending")].toBool() ? 1 : 0;
        bytes += integer(line, "bytes");
        QVERIFY(integer(line, "id") > 0);
        QVERIFY(integer(line, "socket") > 0);
        QVERIFY(integer(line, "thread") > 0);
        QVERIFY(integer(line, "submittedNs") >= 0);
        QVERIFY(integer(line, "completedNs") >= integer(line, "submittedNs"));
    }
    const QJsonObject summary = sender.summary();
    QCOMPARE(integer(summary, "operations"), operations.size());
    QCOMPARE(integer(summary, "pending"), pending);
    QCOMPARE(integer(summary, "synchronous"), operations.size() - pending);
    QCOMPARE(integer(summary, "bytes"), bytes);
    QCOMPARE(bytes, 2 * 5000);
    QCOMPARE(integer(summary, "errors"), 0);
    QVERIFY(summary[QStringLiteral("seconds")].toDouble() > 0);
}

QTEST_GUILESS_MAIN(CliTransferTest)
#include "cli_transfer_test.moc"
