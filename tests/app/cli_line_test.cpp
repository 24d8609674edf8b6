// SPDX-License-Identifier: GPL-3.0-or-later
/// What the command line says about itself and about lines that are wrong.
#include "tests/app/swb_process.h"

#include <QTest>

using swb::test::SwbProcess;
using swb::test::SwbResult;

class CliLineTest : public QObject {
    Q_OBJECT

private slots:
    void versionIsTheProjects();
    void helpTellsEverything_data();
    void helpTellsEverything();
    void laterCommandsAreNotOffered();
    void wrongLineExitsWith2_data();
    void wrongLineExitsWith2();
};

void CliLineTest::versionIsTheProjects()
{
    const SwbResult result({"--version"});
    QCOMPARE(result.exitStatus, 0);
    QCOMPARE(result.output, QByteArray("swb " SWB_VERSION "\n"));
}

void CliLineTest::helpTellsEverything_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArrayList>("texts");
    QTest::newRow("swb") << QStringList{"--help"}
                         << QByteArrayList{
                                "send", "listen", "peer", "trace", "tcp://127.0.0.1:9000", "130"};
    QTest::newRow("send") << QStringList{"send", "--help"}
                          << QByteArrayList{"--text", "--hex", "--file", "PATH[@OFFSET[+COUNT]]",
                                 "--each", "--repeat", "--interval", "--flags", "--send-size",
                                 "--end-of-packet", "--in-flight", "--receive-for", "--output",
                                 "--json", "Examples:"};
    QTest::newRow("recording") << QStringList{"peer", "--help"}
                               << QByteArrayList{"--record FILE", "--record-payload SIZE"};
    QTest::newRow("trace") << QStringList{"trace", "--help"}
                           << QByteArrayList{"convert", "info", "--record"};
    QTest::newRow("convert") << QStringList{"trace", "convert", "--help"}
                             << QByteArrayList{"--to", "--output", "csv", "jsonl", "perfetto",
                                    "pcapng", "Examples:"};
    QTest::newRow("info") << QStringList{"trace", "info", "--help"}
                          << QByteArrayList{"--json", "Exit status:"};
    QTest::newRow("listen") << QStringList{"listen",
        "--help"} << QByteArrayList{"--output", "--echo", "--once", "--json", "Examples:"};
    QTest::newRow("peer") << QStringList{"peer", "--help"}
                          << QByteArrayList{"--listen", "--rate", "--after", "--size", "echo",
                                 "sink", "slow", "blackhole", "reset", "close", "source", "--json",
                                 "Examples:"};
}

void CliLineTest::helpTellsEverything()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArrayList, texts);
    const SwbResult result(arguments);
    QCOMPARE(result.exitStatus, 0);
    QCOMPARE(result.notes, QByteArray());
    for (const QByteArray& text : texts)
        QVERIFY2(result.output.contains(text), text.constData());
}

void CliLineTest::laterCommandsAreNotOffered()
{
    const QByteArray help = SwbResult({"--help"}).output;
    QVERIFY(!help.contains("lesson"));
    QVERIFY(!help.contains("swb run"));
}

void CliLineTest::wrongLineExitsWith2_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const QStringList& arguments, const char* text) {
        QTest::newRow(name) << arguments << QByteArray(text);
    };
    const QString there = QStringLiteral("tcp://127.0.0.1:9");
    row("nothing", {}, "a command is missing");
    row("unknown command", {"fly"}, "fly");
    row("unknown option", {"send", there, "--text", "x", "--fast"}, "--fast");
    row("no end point", {"send", "--text", "x"}, "ENDPOINT");
    row("two end points", {"send", there, there, "--text", "x"}, "tcp://127.0.0.1:9");
    row("no transport", {"send", "127.0.0.1:9", "--text", "x"}, "transport");
    row("unknown transport", {"send", "http://127.0.0.1:9", "--text", "x"}, "'http'");
    row("port out of range", {"send", "tcp://127.0.0.1:65536", "--text", "x"},
        "65536 is out of range");
    row("port missing", {"send", "tcp://127.0.0.1", "--text", "x"}, "port is missing");
    row("port no number", {"send", "tcp://127.0.0.1:http", "--text", "x"}, "'http'");
    row("no such address", {"send", "tcp://127.0.0.256:9", "--text", "x"}, "127.0.0.256");
    row("no brackets", {"send", "tcp://::1:9", "--text", "x"}, "brackets");
    row("unix path relative", {"send", "unix://app.sock", "--text", "x"}, "relative");
    row("nothing to send", {"send", there}, "nothing to send");
    row("odd hex", {"send", there, "--hex", "474"}, "--hex '474': odd number of hex digits");
    row("hex no digit", {"send", there, "--hex", "4g"}, "--hex '4g'");
    row("unknown escape", {"send", there, "--text", "a\\q"}, "--text 'a\\q'");
    row("bad file range", {"send", there, "--file", "disk.img@4X+1"}, "--file");
    row("repeat zero", {"send", there, "--text", "x", "--repeat", "0"}, "--repeat '0'");
    row("repeat no number", {"send", there, "--text", "x", "--repeat", "many"}, "--repeat 'many'");
    row("interval negative", {"send", there, "--text", "x", "--interval", "-1"}, "--interval '-1'");
    row("in flight zero", {"send", there, "--text", "x", "--in-flight", "0"}, "--in-flight '0'");
    row("bad flag", {"send", there, "--text", "x", "--flags", "disconnect,fast"}, "'fast'");
    row("bad send size", {"send", there, "--text", "x", "--send-size", "4QiB"},
        "--send-size '4QiB'");
    row("end of packet first", {"send", there, "--end-of-packet", "--text", "x"},
        "--end-of-packet");
    row("value missing", {"send", there, "--text"}, "--text");
    row("json and data", {"listen", "tcp://127.0.0.1:0", "--json", "--output", "-"},
        "standard output");
    row("datagrams without end", {"send", "udp://127.0.0.1:9", "--text", "x", "--output", "o"},
        "--receive-for");
    row("listen on a name", {"listen", "tcp://example.org:0"}, "numeric address");
    row("peer kind", {"peer", "sponge", "--listen", "tcp://127.0.0.1:0"}, "'sponge'");
    row("peer without listen", {"peer", "echo"}, "--listen");
    row("peer rate", {"peer", "slow", "--listen", "tcp://127.0.0.1:0", "--rate", "fast"},
        "--rate 'fast'");
    row("peer rate zero", {"peer", "slow", "--listen", "tcp://127.0.0.1:0", "--rate", "0"},
        "--rate '0'");
    row("record to nowhere", {"send", there, "--text", "x", "--record", "-"}, "--record");
    row("payload of no record", {"send", there, "--text", "x", "--record-payload", "9"},
        "--record-payload needs --record");
    row("payload too large",
        {"listen", "tcp://127.0.0.1:0", "--record", "a", "--record-payload", "1GiB"}, "64MiB");
    row("trace of nothing", {"trace"}, "trace");
    row("trace command", {"trace", "fly"}, "fly");
    row("convert nothing", {"trace", "convert"}, "IN");
    row("convert to nothing", {"trace", "convert", "a", "--output", "b"}, "--to");
    row("convert to nowhere", {"trace", "convert", "a", "--to", "csv"}, "--output");
    row("convert to what", {"trace", "convert", "a", "--to", "xml", "--output", "b"}, "'xml'");
    row("info of nothing", {"trace", "info"}, "IN");
    row("peer option of another",
        {"peer", "echo", "--listen", "tcp://127.0.0.1:0", "--rate", "1KiB"}, "--rate is for slow");
}

void CliLineTest::wrongLineExitsWith2()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, text);
    const SwbResult result(arguments);
    QCOMPARE(result.exitStatus, 2);
    QCOMPARE(result.output, QByteArray());
    QVERIFY2(result.notes.contains(text), result.notes.constData());
    QVERIFY2(result.notes.startsWith("swb"), result.notes.constData());
    QVERIFY2(result.notes.contains("--help"), result.notes.constData());
}

QTEST_GUILESS_MAIN(CliLineTest)
#include "cli_line_test.moc"
