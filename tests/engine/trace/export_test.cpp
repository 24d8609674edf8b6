// SPDX-License-Identifier: BSL-1.0
/// Traces for other programs, read as those programs read them.
#include "engine/trace/export/packet_maker.h"
#include "engine/trace/export/trace_export.h"
#include "engine/trace/trace_file.h"
#include "tests/engine/trace/made_records.h"
#include "tests/support/compare.h"
#include "tests/support/deadline.h"
#include "tests/support/temp_files.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

#include <map>
#include <set>
#include <string>
#include <vector>

using namespace swb;
using trace::ExportFormat;

namespace {

class TextSink final : public trace::ExportSink {
public:
    void write(std::span<const std::byte> bytes) override
    {
        content.append(
            reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        largest = std::max(largest, bytes.size());
    }
    QByteArray content;
    std::size_t largest = 0;
};

QByteArray exported(const trace::TraceStore& store, ExportFormat format)
{
    TextSink sink;
    trace::ExportOptions options;
    options.program = "test 1.0";
    trace::exportTrace(store, format, sink, options);
    return sink.content;
}

std::unique_ptr<trace::TraceStore> storeWithPayload(std::size_t bytesPerOperation = 100'000)
{
    trace::TraceStoreOptions options;
    options.payload.bytesPerOperation = bytesPerOperation;
    return std::make_unique<trace::TraceStore>(options);
}

OperationRecord moved(
    std::uint64_t id, std::uint32_t socket, SocketAsyncOperation kind, std::uint64_t bytes)
{
    OperationRecord record = test::synchronousSend(id, bytes);
    record.socketId = socket;
    record.kind = kind;
    return record;
}

/// A synchronous send, a pending one that ended on another thread, one that failed, and one that is
/// pending still.
std::unique_ptr<trace::TraceStore> smallStore()
{
    auto store = storeWithPayload();
    store->apply(moved(1, 1, SocketAsyncOperation::Send, 64));
    OperationRecord second = test::pendingSend(2, 1000);
    store->apply(second);
    store->apply(test::completed(second));
    OperationRecord third = test::completed(
        test::progressed(test::pendingSend(3, 500), 100), SocketError::ConnectionReset);
    third.nativeError = 104;
    third.bytesDone = 100;
    third.socketId = 2;
    third.flags |= operation_flags::Partial;
    store->apply(third);
    OperationRecord fourth = test::pendingSend(4, 77);
    fourth.socketId = 2;
    store->apply(fourth);
    store->sockets().describeSocket(1, "tcp 127.0.0.1:40001 -> 127.0.0.1:9000");
    store->sockets().describeSocket(2, "a, \"quoted\"\nname \xFF");
    return store;
}

/// What tshark says; each line one packet, fields separated by tabs.
QStringList dissected(
    const std::string& path, const QStringList& fields, const QString& filter = {})
{
    QStringList arguments{"-r", QString::fromStdString(path), "-T", "fields", "-o",
        "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
        "-o", "tcp.relative_sequence_numbers:FALSE"};
    for (const QString& field : fields)
        arguments << "-e" << field;
    if (!filter.isEmpty())
        arguments << "-Y" << filter;
    QProcess tshark;
    tshark.start("tshark", arguments);
    if (!tshark.waitForFinished(static_cast<int>(test::kDeadline.count()))
        || tshark.exitCode() != 0)
        return {"tshark failed: " + QString::fromUtf8(tshark.readAllStandardError())};
    return QString::fromUtf8(tshark.readAllStandardOutput()).split('\n', Qt::SkipEmptyParts);
}

bool hasTshark()
{
    return !QStandardPaths::findExecutable("tshark").isEmpty();
}

} // namespace

class ExportTest : public QObject {
    Q_OBJECT

private slots:
    void csvHasALineForEachOperation()
    {
        const QByteArray text = exported(*smallStore(), ExportFormat::Csv);
        const auto lines = text.split('\r');
        QCOMPARE(lines.size(), 6); // the header, four, and the end
        QCOMPARE(lines[0].count(','), 18);
        QVERIFY(lines[0].startsWith("id,socket,connection,operation,outcome,returned,error,"));
        QVERIFY2(
            lines[1].startsWith("\n1,1,tcp 127.0.0.1:40001 -> 127.0.0.1:9000,Send,Synchronous,"
                                "synchronous,Success,0,0,64,64,0,400,300,,thread 1,thread 1,,"),
            lines[1]);
        QVERIFY2(lines[3].contains("\"a, \"\"quoted\"\"\nname \xFF\",Send,Failed,pending,"
                                   "ConnectionReset,10054,104,500,100,2000,"),
            lines[3]);
        QVERIFY2(lines[3].contains(",Partial,"), lines[3]);
        QVERIFY2(lines[4].contains(",Pending,pending,Success,0,0,77,0,3000,3400,,,thread 1,,,"),
            lines[4]);
        // The time of day with nanoseconds.
        const QByteArray time = lines[1].mid(lines[1].lastIndexOf(',') + 1);
        QVERIFY2(time.size() == 30 && time.endsWith('Z') && time[10] == 'T', time);
    }

    void jsonLinesHaveWhatSwbPrintsAndMore()
    {
        const auto store = smallStore();
        const QByteArray text = exported(*store, ExportFormat::JsonLines);
        const auto lines = text.split('\n');
        QCOMPARE(lines.size(), 5);
        for (int i = 0; i < 4; ++i) {
            const QJsonObject object = QJsonDocument::fromJson(lines[i]).object();
            QCOMPARE(object.size(), 20 - (i == 3 ? 1 : 0));
            const QJsonObject short_ = QJsonDocument::fromJson(
                QByteArray::fromStdString(trace::toJsonLine(
                    store->record(static_cast<std::uint64_t>(i)), store->originNs())))
                                           .object();
            for (auto field = short_.begin(); field != short_.end(); ++field)
                QCOMPARE(object[field.key()], field.value());
        }
        const QJsonObject third = QJsonDocument::fromJson(lines[2]).object();
        QCOMPARE(third["connection"].toString(), QString("a, \"quoted\"\nname \uFFFD"));
        QCOMPARE(third["flags"].toArray(), QJsonArray{"Partial"});
        QCOMPARE(third["outcome"].toString(), QString("Failed"));
        QCOMPARE(third["errno"].toInt(), 104);
    }

    void perfettoGetsATrackForEachSocketAndArrowsBetweenThreads()
    {
        const QByteArray text = exported(*smallStore(), ExportFormat::Perfetto);
        QJsonParseError error{};
        const QJsonDocument document = QJsonDocument::fromJson(text, &error);
        QVERIFY2(document.isObject(), qPrintable(error.errorString()));
        const QJsonArray events = document["traceEvents"].toArray();
        std::map<QString, std::vector<QJsonObject>> byPhase;
        for (const QJsonValue& event : events)
            byPhase[event["ph"].toString()].push_back(event.toObject());

        // One process for each socket, one for the threads.
        std::map<int, QString> processes;
        std::map<std::pair<int, int>, QString> threads;
        for (const QJsonObject& event : byPhase["M"]) {
            const QString name = event["args"].toObject()["name"].toString();
            if (event["name"] == "process_name")
                processes[event["pid"].toInt()] = name;
            else if (event["name"] == "thread_name")
                threads[{event["pid"].toInt(), event["tid"].toInt()}] = name;
        }
        QCOMPARE(processes.size(), 3U);
        QCOMPARE(processes[1], QString("socket 1: tcp 127.0.0.1:40001 -> 127.0.0.1:9000"));
        const int threadsProcess = processes.rbegin()->first;
        QCOMPARE(processes[threadsProcess], QString("threads"));
        QCOMPARE((threads[{threadsProcess, 1}]), QString("thread 1"));
        QCOMPARE((threads[{threadsProcess, 2}]), QString("thread 2"));

        // A synchronous operation is an instant, a pending one a slice that may overlap others.
        QCOMPARE(byPhase["i"].size(), 1U);
        QCOMPARE(byPhase["i"][0]["ts"].toDouble(), 0.3);
        QCOMPARE(byPhase["b"].size(), 3U);
        QCOMPARE(byPhase["e"].size(), 2U); // one has no end yet
        for (std::size_t i = 0; i < 2; ++i) {
            for (const char* const key : {"id", "cat", "name", "pid"})
                QCOMPARE(byPhase["b"][i][QLatin1String(key)], byPhase["e"][i][QLatin1String(key)]);
        }
        QCOMPARE(byPhase["b"][1]["pid"].toInt(), 2);
        QCOMPARE(byPhase["b"][1]["args"].toObject()["error"].toString(),
            QString("ConnectionReset (10054, ECONNRESET 104)"));
        QCOMPARE(byPhase["b"][1]["args"].toObject()["bytes"].toInt(), 100);

        // Each arrow begins and ends in a slice of its thread.
        QCOMPARE(byPhase["s"].size(), 2U);
        QCOMPARE(byPhase["f"].size(), 2U);
        for (const QString phase : {"s", "f"}) {
            for (const QJsonObject& flow : byPhase[phase]) {
                const double at = flow["ts"].toDouble();
                const auto& slices = byPhase["X"];
                QVERIFY(std::any_of(slices.begin(), slices.end(), [&](const QJsonObject& slice) {
                    const double start = slice["ts"].toDouble();
                    return slice["tid"] == flow["tid"] && slice["pid"] == flow["pid"] && start <= at
                        && at <= start + slice["dur"].toDouble();
                }));
                QCOMPARE(flow["tid"].toInt(), phase == "s" ? 1 : 2);
            }
        }
        QCOMPARE(byPhase["X"].size(), 5U); // three calls, two completions
    }

    void internetChecksumsAreThoseOfTheStandard()
    {
        // The example of RFC 1071.
        const auto bytes = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
        test::Bytes example;
        for (const int byte : bytes)
            example.push_back(static_cast<std::byte>(byte));
        QCOMPARE(trace::detail::internetChecksum(trace::detail::internetSum(example)),
            std::uint16_t(~0xddf2 & 0xFFFF));
    }

    void wiresharkReadsThePackets()
    {
        if (!hasTshark())
            QSKIP("tshark is not installed");
        const test::TempFolder folder;
        const auto store = storeWithPayload();
        store->sockets().describeSocket(1, "tcp 127.0.0.1:40001 -> 127.0.0.1:9000");
        store->sockets().describeSocket(2, "udp [::1]:50001 -> [::1]:50002");
        const test::Bytes content = test::randomBytes(5000);
        store->apply(moved(1, 1, SocketAsyncOperation::Send, 5000));
        store->payload().keep(1, content);
        store->apply(moved(2, 1, SocketAsyncOperation::Receive, 11));
        store->payload().keep(2, test::bytesOf("hello world"));
        store->apply(moved(3, 1, SocketAsyncOperation::SendPackets, 3));
        store->payload().keep(3, test::bytesOf("odd"));
        store->apply(moved(4, 2, SocketAsyncOperation::SendTo, 2001));
        store->payload().keep(4, std::span(content).first(2001));
        store->apply(moved(5, 2, SocketAsyncOperation::Receive, 4));
        store->payload().keep(5, test::bytesOf("pong"));
        OperationRecord connect = moved(6, 1, SocketAsyncOperation::Connect, 0);
        store->apply(connect);
        const std::string path = folder / "a.pcapng";
        const trace::ExportResult result
            = trace::exportTraceToFile(*store, ExportFormat::Pcapng, path);
        QCOMPARE(result.operations, 6U);
        QCOMPARE(result.packets, 8U);
        QCOMPARE(result.payloadBytes, 5000U + 11 + 3 + 2001 + 4);
        QCOMPARE(result.bytesNotKept, 0U);

        const QStringList tcp = dissected(path,
            {"tcp.srcport", "tcp.dstport", "tcp.seq", "tcp.ack", "tcp.len", "tcp.checksum.status",
                "ip.checksum.status", "tcp.analysis.flags"},
            "tcp");
        QCOMPARE(tcp.size(), 6);
        QCOMPARE(tcp[0], QString("40001\t9000\t1\t1\t1460\t1\t1\t"));
        QCOMPARE(tcp[3], QString("40001\t9000\t4381\t1\t620\t1\t1\t"));
        QCOMPARE(tcp[4], QString("9000\t40001\t1\t5001\t11\t1\t1\t"));
        QCOMPARE(tcp[5], QString("40001\t9000\t5001\t12\t3\t1\t1\t"));
        const QStringList udp = dissected(path,
            {"ipv6.src", "udp.srcport", "udp.dstport", "udp.length", "udp.checksum.status"}, "udp");
        QCOMPARE(udp, (QStringList{"::1\t50001\t50002\t2009\t1", "::1\t50002\t50001\t12\t1"}));
        const QStringList payload = dissected(path, {"tcp.payload"}, "tcp.srcport == 40001");
        QCOMPARE(QByteArray::fromHex(payload.join("").toLatin1()),
            QByteArray(reinterpret_cast<const char*>(content.data()), 5000) + "odd");
        // It says itself that it is made up.
        QVERIFY(exported(*store, ExportFormat::Pcapng).contains("not captured from a network"));
        QVERIFY2(dissected(path, {"frame.interface_description"})[0].contains("synthesised"),
            qPrintable(dissected(path, {"frame.interface_description"})[0]));
        QVERIFY(
            dissected(path, {"frame.comment"})[0].contains("operation 1 Send, 5000 bytes, all"));
        QVERIFY(
            dissected(path, {"_ws.expert.severity"}, "_ws.expert.severity == \"Error\"").isEmpty());
    }

    void sequenceNumbersCountWhatWasNotKept()
    {
        if (!hasTshark())
            QSKIP("tshark is not installed");
        const test::TempFolder folder;
        const auto store = storeWithPayload(100);
        store->sockets().describeSocket(1, "unix /run/app.sock");
        store->apply(moved(1, 1, SocketAsyncOperation::SendPackets, 200'000));
        store->payload().keep(1, test::randomBytes(200'000));
        store->apply(moved(2, 1, SocketAsyncOperation::Send, 5));
        store->payload().keep(2, test::bytesOf("after"));
        store->apply(moved(3, 1, SocketAsyncOperation::Send, 70'000)); // nothing kept
        // Failed before anything moved: whatever was kept of it did not leave.
        OperationRecord failed = moved(4, 1, SocketAsyncOperation::Send, 10);
        failed.bytesDone = 4;
        failed.error = SocketError::ConnectionReset;
        store->apply(failed);
        store->payload().keep(4, test::bytesOf("0123456789"));
        const std::string path = folder / "a.pcapng";
        const auto result = trace::exportTraceToFile(*store, ExportFormat::Pcapng, path);
        QCOMPARE(result.payloadBytes, 100U + 5 + 4);
        QCOMPARE(result.bytesNotKept, 200'000U - 100 + 70'000);
        const QStringList lines
            = dissected(path, {"ip.src", "ip.dst", "tcp.seq", "tcp.len", "tcp.analysis.flags"});
        std::uint64_t next = 1;
        for (const QString& line : lines) {
            const auto fields = line.split('\t');
            QCOMPARE(fields[0], QString("192.0.2.1"));
            QCOMPARE(fields[1], QString("198.51.100.1"));
            QCOMPARE(fields[2].toULongLong(), next);
            QCOMPARE(fields[4], QString());
            next += fields[3].toULongLong();
        }
        QCOMPARE(next, 1U + 200'000 + 5 + 70'000 + 4);
    }

    void anExportStreamsAndCanBeCancelled()
    {
        trace::TraceStore store;
        const std::uint64_t rows = 50'000;
        for (std::uint64_t id = 1; id <= rows; ++id)
            store.apply(test::madeRecord(id));
        for (const ExportFormat format : {ExportFormat::Csv, ExportFormat::JsonLines,
                 ExportFormat::Perfetto, ExportFormat::Pcapng}) {
            TextSink sink;
            std::uint64_t calls = 0;
            trace::ExportOptions options;
            options.progress = [&](std::uint64_t done, std::uint64_t total) {
                ++calls;
                return done <= total && total == rows;
            };
            const auto result = trace::exportTrace(store, format, sink, options);
            QCOMPARE(result.operations, rows);
            QVERIFY(calls > 10);
            QVERIFY(sink.largest < 100'000);

            const test::TempFolder folder;
            const std::string path = folder.file("out", test::bytesOf("old"));
            options.progress = [](std::uint64_t done, std::uint64_t) { return done < rows / 2; };
            QVERIFY_THROWS_EXCEPTION(
                trace::TraceCancelled, trace::exportTraceToFile(store, format, path, options));
            QFile old(QString::fromStdString(path));
            QVERIFY(old.open(QIODevice::ReadOnly));
            QCOMPARE(old.readAll(), QByteArray("old"));
            QCOMPARE(QDir(QString::fromStdString(folder.path()))
                         .entryList(QDir::Files | QDir::Hidden)
                         .size(),
                1);
        }
        QVERIFY_THROWS_EXCEPTION(
            trace::TraceFileError, trace::exportTraceToFile(store, ExportFormat::Csv, "/none/x"));
    }

    void rowsThatAreMissingAreLeftOutAndCounted()
    {
        trace::TraceStore store;
        store.apply(test::madeRecord(1));
        store.apply(test::madeRecord(4));
        store.showGaps();
        TextSink sink;
        const auto result = trace::exportTrace(store, ExportFormat::JsonLines, sink);
        QCOMPARE(result.operations, 2U);
        QCOMPARE(result.missing, 2U);
        QCOMPARE(sink.content.count('\n'), 2);
    }

    void formatsHaveNames()
    {
        QVERIFY(trace::exportFormatFromString("csv") == ExportFormat::Csv);
        QVERIFY(trace::exportFormatFromString("jsonl") == ExportFormat::JsonLines);
        QVERIFY(trace::exportFormatFromString("perfetto") == ExportFormat::Perfetto);
        QVERIFY(trace::exportFormatFromString("pcapng") == ExportFormat::Pcapng);
        QVERIFY(!trace::exportFormatFromString("CSV"));
    }
};

QTEST_GUILESS_MAIN(ExportTest)
#include "export_test.moc"
