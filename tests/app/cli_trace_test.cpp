// SPDX-License-Identifier: GPL-3.0-or-later
/// `--record`, `swb trace convert` and `swb trace info`.
#include "tests/app/swb_process.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <map>

using swb::test::SwbProcess;
using swb::test::SwbResult;

class CliTraceTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void recordsWhatIsSentAndWhatComesBack();
    void recordsAListenerAndADemoPeer();
    void recordsDatagrams();
    void recordsAlsoWhatFails();
    void convertsToEveryFormat();
    void convertsToStandardOutput();
    void aKilledProgramLeavesItsTraceBehind();
    void saysWhatIsDamaged();
    void refusesWhatCannotBeDone_data();
    void refusesWhatCannotBeDone();
    void aFullDiskIsTold();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QByteArray content(const QString& name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QJsonObject info(const QString& name, int exitStatus = 0) const
    {
        const SwbResult result({"trace", "info", path(name), "--json"});
        if (result.exitStatus != exitStatus)
            return {{"exitStatus", result.exitStatus}, {"notes", QString::fromUtf8(result.notes)}};
        return QJsonDocument::fromJson(result.output).object();
    }

    QTemporaryDir m_folder;
};

void CliTraceTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    // A trace for the tests that only read one.
    SwbProcess echo({"peer", "echo", "--listen", "tcp://127.0.0.1:0"});
    SwbProcess sender({"send", echo.listeningOn(), "--text", "one", "--text", "two", "--each",
        "--receive-for", "2000", "--record", path("a.swbtrace"), "--record-payload", "1KiB"});
    QCOMPARE(sender.exitStatus(), 0);
}

void CliTraceTest::recordsWhatIsSentAndWhatComesBack()
{
    QVERIFY(swb::test::writeRandomFile(path("file.bin"), 100'000));
    SwbProcess echo({"peer", "echo", "--listen", "tcp://127.0.0.1:0"});
    const QString address = echo.listeningOn();
    SwbProcess sender({"send", address, "--text", "head", "--file", path("file.bin"), "--output",
        path("back.bin"), "--record", path("send.swbtrace"), "--record-payload", "10", "--json"});
    QCOMPARE(sender.exitStatus(), 0);
    QVERIFY2(sender.notes().contains("recorded "), sender.notes().constData());
    QVERIFY2(sender.notes().contains(path("send.swbtrace").toUtf8()), sender.notes().constData());

    const QJsonObject what = info("send.swbtrace");
    QCOMPARE(what["operations"].toInt(), sender.summary()["operations"].toInt());
    QCOMPARE(what["bytesSent"].toInt(), 100'004);
    QCOMPARE(what["bytesReceived"].toInt(), 100'004);
    QCOMPARE(what["program"].toString(), QStringLiteral("swb " SWB_VERSION));
    QCOMPARE(what["whole"].toBool(), true);
    const QString socket = what["sockets"][0]["text"].toString();
    QVERIFY2(
        socket.startsWith("tcp 127.0.0.1:") && socket.endsWith(" -> " + address.section("//", 1)),
        qPrintable(socket));

    // Line for line what --json said, in the order of the ids, and more.
    const SwbResult lines(
        {"trace", "convert", path("send.swbtrace"), "--to", "jsonl", "--output", "-"});
    QCOMPARE(lines.exitStatus, 0);
    std::map<int, QJsonObject> said;
    for (const QJsonObject& operation : sender.operations())
        said[operation["id"].toInt()] = operation;
    int compared = 0;
    for (const QByteArray& line : lines.output.trimmed().split('\n')) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        const auto found = said.find(object["id"].toInt());
        QVERIFY(found != said.end());
        for (const char* const key : {"socket", "operation", "pending", "error", "bytes", "thread"})
            QCOMPARE(object[QLatin1String(key)], found->second[QLatin1String(key)]);
        ++compared;
    }
    QCOMPARE(compared, static_cast<int>(said.size()));

    // The first ten bytes of the send, file included, and of what came back.
    QFile file(path("file.bin"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray start = "head" + file.read(6);
    QVERIFY(what["payload"]["keptBytes"].toInt() >= 20);
    const SwbResult packets({"trace", "convert", path("send.swbtrace"), "--to", "pcapng",
        "--output", path("send.pcapng")});
    QCOMPARE(packets.exitStatus, 0);
    QVERIFY2(packets.notes.contains("were not recorded"), packets.notes.constData());
    QCOMPARE(content("send.pcapng").count(start), 2);
}

void CliTraceTest::recordsAListenerAndADemoPeer()
{
    SwbProcess listener({"listen", "tcp://127.0.0.1:0", "--once", "--echo", "--record",
        path("listen.swbtrace"), "--record-payload", "100"});
    const SwbResult sender({"send", listener.listeningOn(), "--text", "hello listener"});
    QCOMPARE(sender.exitStatus, 0);
    QCOMPARE(listener.exitStatus(), 0);
    const QJsonObject heard = info("listen.swbtrace");
    QCOMPARE(heard["bytesReceived"].toInt(), 14);
    QCOMPARE(heard["bytesSent"].toInt(), 14);
    QCOMPARE(heard["payload"]["keptBytes"].toInt(), 28);

    SwbProcess peer({"peer", "echo", "--listen", "tcp://127.0.0.1:0", "--record",
        path("peer.swbtrace"), "--record-payload", "5"});
    const QString address = peer.listeningOn();
    QCOMPARE(SwbResult({"send", address, "--text", "hello peer"}).exitStatus, 0);
    peer.interrupt(SIGINT);
    QCOMPARE(peer.exitStatus(), 130);
    const QJsonObject served = info("peer.swbtrace");
    QCOMPARE(served["bytesReceived"].toInt(), 10);
    QCOMPARE(served["payload"]["keptBytes"].toInt(), 10);
    QCOMPARE(served["payload"]["bytes"].toInt(), 20);
    // The listening socket and the accepted one.
    QCOMPARE(served["sockets"].toArray().size(), 2);
    QCOMPARE(served["sockets"][0]["text"].toString(), "tcp " + address.section("//", 1));
}

void CliTraceTest::recordsDatagrams()
{
    SwbProcess listener({"listen", "udp://127.0.0.1:0", "--once", "--record", path("udp.swbtrace"),
        "--record-payload", "100"});
    QCOMPARE(SwbResult({"send", listener.listeningOn(), "--text", "datagram"}).exitStatus, 0);
    QCOMPARE(listener.exitStatus(), 0);
    const QJsonObject heard = info("udp.swbtrace");
    QCOMPARE(heard["bytesReceived"].toInt(), 8);
    QVERIFY(heard["sockets"][0]["text"].toString().startsWith("udp 127.0.0.1:"));
}

void CliTraceTest::recordsAlsoWhatFails()
{
    const SwbResult sender(
        {"send", "tcp://127.0.0.1:1", "--text", "x", "--record", path("failed.swbtrace")});
    QCOMPARE(sender.exitStatus, 1);
    const QJsonObject what = info("failed.swbtrace");
    QCOMPARE(what["failed"].toInt(), 1);
    QCOMPARE(what["sockets"][0]["text"].toString().section(" -> ", 1), QString("127.0.0.1:1"));
}

void CliTraceTest::convertsToEveryFormat()
{
    const QString in = path("a.swbtrace");
    for (const QString format : {"csv", "jsonl", "perfetto", "pcapng"}) {
        const SwbResult result({"trace", "convert", in, "--to", format, "--output", path(format)});
        QVERIFY2(result.exitStatus == 0, result.notes.constData());
        QCOMPARE(result.output, QByteArray());
        QVERIFY2(result.notes.contains(" operations converted"), result.notes.constData());
    }
    QVERIFY(content("csv").startsWith("id,socket,"));
    QVERIFY(content("csv").count('\n') >= 4);
    QVERIFY(content("jsonl").contains("\"operation\":\"Connect\""));
    QVERIFY(QJsonDocument::fromJson(content("perfetto"))["traceEvents"].toArray().size() > 6);
    QVERIFY(content("pcapng").contains("onetwo") || content("pcapng").contains("one"));
}

void CliTraceTest::convertsToStandardOutput()
{
    const SwbResult result(
        {"trace", "convert", path("a.swbtrace"), "--to", "csv", "--output", "-"});
    QCOMPARE(result.exitStatus, 0);
    QVERIFY(result.output.startsWith("id,socket,"));
    const SwbResult people({"trace", "info", path("a.swbtrace")});
    QCOMPARE(people.exitStatus, 0);
    QVERIFY2(people.output.contains("condition   whole"), people.output.constData());
    QVERIFY2(people.output.contains("written by  swb " SWB_VERSION), people.output.constData());
}

void CliTraceTest::aKilledProgramLeavesItsTraceBehind()
{
    QTemporaryDir folder;
    SwbProcess sink({"peer", "sink", "--listen", "tcp://127.0.0.1:0"});
    SwbProcess sender(
        {"send", sink.listeningOn(), "--text", "again and again", "--each", "--repeat",
            "1000000000", "--record", folder.filePath("a.swbtrace"), "--record-payload", "5"});
    // After about a second there is a first part of it.
    const QDir dir(folder.path());
    const auto parts = [&dir] { return dir.entryInfoList({"*.part"}, QDir::Files); };
    const auto isThere = [&] { return !parts().isEmpty() && parts()[0].size() > 400'000; };
    QTRY_VERIFY_WITH_TIMEOUT(isThere(), swb::test::kDeadlineMs);
    const QString part = parts().value(0).filePath();
    const SwbResult busy({"trace", "info", part});
    QCOMPARE(busy.exitStatus, 1);
    QVERIFY2(busy.notes.contains("still runs"), busy.notes.constData());
    sender.interrupt(SIGKILL);

    QVERIFY(!QFile::exists(folder.filePath("a.swbtrace")));
    const SwbResult left({"trace", "info", part, "--json"});
    QCOMPARE(left.exitStatus, 1);
    const QJsonObject what = QJsonDocument::fromJson(left.output).object();
    QVERIFY2(what["operations"].toInt() > 1000, left.output.constData());
    QCOMPARE(what["closed"].toBool(true), false);
    const SwbResult converted(
        {"trace", "convert", part, "--to", "jsonl", "--output", folder.filePath("a.jsonl")});
    QCOMPARE(converted.exitStatus, 1);
    QVERIFY2(converted.notes.contains("was not closed"), converted.notes.constData());
    QVERIFY(QFile(folder.filePath("a.jsonl")).size() > 100'000);
}

void CliTraceTest::saysWhatIsDamaged()
{
    QByteArray bytes = content("a.swbtrace");
    bytes[4096 + 100] = static_cast<char>(~bytes[4096 + 100]);
    QFile damaged(path("damaged"));
    QVERIFY(damaged.open(QIODevice::WriteOnly));
    damaged.write(bytes);
    damaged.close();
    const SwbResult convert(
        {"trace", "convert", path("damaged"), "--to", "csv", "--output", path("d.csv")});
    QCOMPARE(convert.exitStatus, 1);
    QVERIFY2(convert.notes.contains("blocks is damaged: "), convert.notes.constData());
    QVERIFY2(convert.notes.contains(path("damaged").toUtf8()), convert.notes.constData());
    QVERIFY(content("d.csv").startsWith("id,"));
    QCOMPARE(info("damaged", 1)["damagedBlocks"].toInt(), 1);
}

void CliTraceTest::refusesWhatCannotBeDone_data()
{
    QFile text(path("text"));
    QVERIFY(text.open(QIODevice::WriteOnly));
    text.write("hello");
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArrayList>("says");
    const QString in = path("a.swbtrace");
    const auto row = [](const char* name, const QStringList& arguments,
                         const QByteArrayList& says) { QTest::newRow(name) << arguments << says; };
    row("no file", {"trace", "info", path("none")}, {path("none").toUtf8(), "ENOENT"});
    row("no trace", {"trace", "info", path("text")}, {path("text").toUtf8(), "not a trace"});
    row("a folder", {"trace", "info", m_folder.path()}, {"EISDIR"});
    row("into no folder", {"trace", "convert", in, "--to", "csv", "--output", path("none/x")},
        {path("none/x").toUtf8(), "ENOENT"});
    row("into a folder", {"trace", "convert", in, "--to", "csv", "--output", m_folder.path()},
        {"EISDIR"});
    row("over itself", {"trace", "convert", in, "--to", "csv", "--output", in},
        {"the trace itself"});
    row("record into no folder",
        {"send", "tcp://127.0.0.1:1", "--text", "x", "--record", path("none/x")},
        {path("none/x").toUtf8(), "ENOENT"});
    row("record into a folder", {"listen", "tcp://127.0.0.1:0", "--record", m_folder.path()},
        {"EISDIR"});
    row("record into a device",
        {"peer", "echo", "--listen", "tcp://127.0.0.1:0", "--record", "/dev/null"},
        {"/dev/null", "regular file"});
}

void CliTraceTest::refusesWhatCannotBeDone()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArrayList, says);
    const QByteArray before = content("a.swbtrace");
    const SwbResult result(arguments);
    QCOMPARE(result.exitStatus, 1);
    QCOMPARE(result.output, QByteArray());
    for (const QByteArray& text : says)
        QVERIFY2(result.notes.contains(text), result.notes.constData());
    QVERIFY2(!result.notes.contains("onnect"), result.notes.constData());
    QCOMPARE(content("a.swbtrace"), before);
}

void CliTraceTest::aFullDiskIsTold()
{
    const SwbResult result(
        {"trace", "convert", path("a.swbtrace"), "--to", "csv", "--output", "/dev/full"});
    QCOMPARE(result.exitStatus, 1);
    QVERIFY2(result.notes.contains("/dev/full") && result.notes.contains("ENOSPC"),
        result.notes.constData());
}

QTEST_GUILESS_MAIN(CliTraceTest)
#include "cli_trace_test.moc"
