// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/trace/filter/filter.h"

#include "tests/engine/trace/records.h"

#include <QTest>

#include <cerrno>
#include <limits>
#include <vector>

using namespace swb;
using trace::FilterMoment;
using trace::parseFilter;

namespace {

const trace::ThreadNames kThreads{{1, "main"}, {2, "worker 1"}, {3, "worker 2"}};
constexpr FilterMoment kMoment{1000, 1'000'000'000};

bool matches(const char* text, const OperationRecord& record)
{
    const trace::FilterResult result = parseFilter(text, kThreads);
    if (!result)
        qFatal("'%s': %s", text, result.error->message.c_str());
    return result.filter.matches(record, kMoment);
}

QString messageOf(const char* text)
{
    const trace::FilterResult result = parseFilter(text, kThreads);
    return result.error ? QString::fromStdString(result.error->message) : QString();
}

QStringList completions(const char* textWithCursor)
{
    QByteArray text(textWithCursor);
    const qsizetype cursor = text.indexOf('^');
    text.remove(cursor, 1);
    const auto found
        = trace::completeFilter(text.toStdString(), static_cast<std::size_t>(cursor), kThreads);
    QStringList words;
    for (const auto& item : found.items)
        words << QString::fromStdString(item.text);
    return words;
}

OperationRecord resetSend()
{
    OperationRecord record
        = test::completed(test::pendingSend(7, 2'000'000), SocketError::ConnectionReset);
    record.socketId = 3;
    record.kind = SocketAsyncOperation::SendPackets;
    record.bytesDone = 1'500'000;
    record.nativeError = ECONNRESET;
    record.returnedNs = record.submittedNs + 400;
    record.flags |= operation_flags::Partial | operation_flags::FromFile;
    return record;
}

} // namespace

class FilterTest : public QObject {
    Q_OBJECT

private slots:
    void everyFieldIsCompared_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("holds");
        const auto row = [](const char* text, bool holds) {
            QTest::newRow(text) << QByteArray(text) << holds;
        };
        // A SendPackets on socket 3 that was reset after 1.5 of 2 million bytes.
        row("", true);
        row("   ", true);
        row("id == 7", true);
        row("id != 7", false);
        row("number >= 8", false);
        row("socket == 3", true);
        row("SOCKET=3", true);
        row("socket in {1, 2, 5..9}", false);
        row("socket in {1, 3}", true);
        row("socket in 3..3", true);
        row("socket in 4..9", false);
        row("operation == SendPackets", true);
        row("kind == sendpackets", true);
        row("kind in {Send, SendTo}", false);
        row("kind != Send", true);
        row("outcome == Failed", true);
        row("outcome != failed", false);
        row("error == ConnectionReset", true);
        row("error == 10054", true);
        row("error != Success", true);
        row("error in {TimedOut, ConnectionReset}", true);
        row("native == 104", true);
        row("native == ECONNRESET", true);
        row("errno != econnreset", false);
        row("asked == 2000000", true);
        row("asked < 2 MiB", true);
        row("bytes > 1 MiB", true);
        row("done >= 1.5MiB", false);
        row("done in 1 MiB..2 MiB", true);
        row("bytes <= 1499999", false);
        row("progress == 75", true);
        row("progress < 75 %", false);
        row("time == 6 us", true);
        row("time in 5us..7us", true);
        row("time < 0", false);
        row("time > -1 s", true);
        row("call == 400 ns", true);
        row("duration == 5us", true);
        row("lasted > 4.9 \u00b5s", true);
        row("duration > 5 us", false);
        row("ended == 11 us", true);
        row("delivery == 100ns", true);
        row("delivery != 100ns", false);
        row("thread == 2", true);
        row("thread == main", true);
        row("thread == \"worker 1\"", true);
        row("thread == \"worker 2\"", false);
        row("thread != 3", true);
        row("thread != 1", false);
        row("caller == 2", false);
        row("worker == 2", true);
        row("worker != 2", false);
        row("pending", false);
        row("synchronous", false);
        row("completed", false);
        row("failed", true);
        row("aborted", false);
        row("partial", true);
        row("file", true);
        row("injected", false);
        row("returnedPending", true);
        row("sent", true);
        row("received", false);
        row("lost", false);
        row("!failed", false);
        row("not pending", true);
        row("!!failed", true);
        row("failed && bytes > 1 MiB && error != Success", true);
        row("pending || socket == 3", true);
        row("pending or aborted and failed", false);
        row("(pending or failed) and socket == 3", true);
        row("!(pending || failed)", false);
        row("! socket == 3", false);
        row("failed&&socket==3", true);
    }
    void everyFieldIsCompared()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, holds);
        QCOMPARE(matches(text.constData(), resetSend()), holds);
    }

    void andBindsMoreThanOr()
    {
        const OperationRecord record = test::synchronousSend(1);
        QVERIFY(matches("synchronous || pending && failed", record));
        QVERIFY(!matches("(synchronous || pending) && failed", record));
        QVERIFY(matches("pending && failed || synchronous", record));
    }

    void noComparisonHoldsForAValueThatIsNotThere()
    {
        const OperationRecord pending = test::pendingSend(1);
        for (const char* text : {"ended == 1 s", "ended != 1 s", "ended < 1 s", "ended >= 0",
                 "delivery != 0", "worker == 2", "worker != 2"})
            QVERIFY2(!matches(text, pending), text);
        QVERIFY(matches("!(ended < 1 s)", pending));
        OperationRecord receive = pending;
        receive.kind = SocketAsyncOperation::Receive;
        QVERIFY(!matches("progress <= 100", receive));
        QVERIFY(!matches("progress != 100", receive));
        QVERIFY(matches("progress == 0", pending));
    }

    void ofALostRecordOnlyTheNumberIsKnown()
    {
        OperationRecord lost;
        lost.id = 5;
        lost.phase = OperationPhase::Completed;
        QVERIFY(matches("lost", lost));
        QVERIFY(matches("id == 5", lost));
        for (const char* text : {"synchronous", "socket == 0", "socket != 3", "error == Success",
                 "bytes < 1 GiB", "thread != 2", "kind != Send", "outcome != Failed"})
            QVERIFY2(!matches(text, lost), text);
        QVERIFY(!matches("lost", test::synchronousSend(5)));
    }

    void largestNumbersAreExact()
    {
        OperationRecord record = test::synchronousSend(1);
        record.bytesAsked = std::numeric_limits<std::uint64_t>::max();
        QVERIFY(matches("asked == 18446744073709551615", record));
        QVERIFY(!matches("asked < 18446744073709551615", record));
        QVERIFY(matches("asked > 18446744073709551614", record));
        QVERIFY(!matches("asked > 18446744073709551615", record));
        QVERIFY(messageOf("asked > 18446744073709551616").contains("too large"));
        QVERIFY(messageOf("asked > 16777216 TiB").contains("too large"));
        record.bytesAsked = std::uint64_t{1} << 63;
        QVERIFY(matches("asked == 8388608 TiB", record));
        record.submittedNs = 1'234'567'891;
        QVERIFY(matches("time == 1.234566891 s", record));
    }

    void theDurationOfWhatIsPendingGoesOn()
    {
        const OperationRecord pending = test::pendingSend(1);
        const auto result = parseFilter("duration > 5 ms", kThreads);
        QVERIFY(!result.filter.matches(pending, {0, pending.submittedNs + 5'000'000}));
        QVERIFY(result.filter.matches(pending, {0, pending.submittedNs + 5'000'001}));
        QVERIFY(result.filter.dependsOnTime());
    }

    void knowsWhatMayChangeWhilePending_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("changes");
        for (const char* text : {"pending", "bytes > 1", "error != Success", "native == 104",
                 "duration > 1 s", "ended > 1 s", "outcome == Pending", "thread == 2",
                 "worker == 2", "progress > 5", "partial", "socket == 1 && !aborted"})
            QTest::newRow(text) << QByteArray(text) << true;
        for (const char* text : {"", "socket == 1", "id > 3", "kind == Send", "asked > 1 KiB",
                 "time > 1 s", "caller == 1", "file", "returnedPending", "sent || received"})
            QTest::newRow(text) << QByteArray(text) << false;
    }
    void knowsWhatMayChangeWhilePending()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, changes);
        const auto result = parseFilter(text.toStdString(), kThreads);
        QVERIFY(result);
        QCOMPARE(result.filter.dependsOnProgress(), changes);
        QCOMPARE(result.filter.dependsOnTime(), text.contains("duration"));
    }

    void errorsSayWhereAndWhat_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("position");
        QTest::addColumn<int>("length");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* text, int position, int length, const char* message) {
            QTest::newRow(text) << QByteArray(text) << position << length
                                << QString::fromUtf8(message);
        };
        row("duraton > 5 ms", 0, 7, "'duraton' is not a field; did you mean 'duration'?");
        row("pending && sokcet == 3", 11, 6, "'sokcet' is not a field; did you mean 'socket'?");
        row("penidng", 0, 7, "'penidng' is not a field; did you mean 'pending'?");
        row("xyzzy == 1", 0, 5,
            "'xyzzy' is not a field and no flag; there are for example socket, kind, bytes, "
            "error, pending");
        row("error == ConectionReset", 9, 14,
            "'ConectionReset' is no value of 'error'; did you mean 'ConnectionReset'?");
        row("bytes", 0, 5, "'bytes' needs a comparison, for example 'bytes > 1 MiB'");
        row("bytes >", 7, 0, "expected a value for 'bytes', as in 'bytes > 1 MiB'");
        row("bytes > 5 MB2", 10, 3,
            "'MB2' is no unit of 'bytes'; there are B, KiB, MiB, GiB or TiB");
        row("duration > 5", 11, 1,
            "'5' needs a unit: ns, us, ms, s, min or h, as in 'duration > 5 ms'");
        row("socket == 3x", 11, 1, "'socket' has no unit");
        row("socket == 1.5", 10, 3, "only whole numbers mean something here");
        row("socket == -1", 10, 2, "'socket' is never negative");
        row("kind < Send", 5, 1, "'kind' has no order: compare it with ==, != or in {...}");
        row("kind == 7", 8, 1, "'kind' is compared with a word, as in 'kind == SendPackets'");
        row("pending == 1", 8, 2, "'pending' stands alone: write 'pending' or '!pending'");
        row("(pending", 0, 1, "this '(' is never closed");
        row("pending)", 7, 1, "this ')' closes nothing");
        row("pending failed", 8, 6, "expected '&&' or '||' before 'failed'");
        row("pending & failed", 8, 1, "write it twice: '&&' or '||'");
        row("pending &&", 10, 0,
            "expected a field or a flag here, for example 'bytes' or 'pending'");
        row("socket in {1, 2", 10, 1, "this '{' is never closed");
        row("socket in {1 2}", 13, 1, "expected ',' or '}' before '2'");
        row("socket in 1, 2", 11, 1,
            "several values stand in braces, for example 'socket in {...}'");
        row("socket in 5..3", 10, 4, "this range ends before it starts");
        row("socket == 1..3", 11, 2, "a range stands after 'in': 'socket in 1..' and its end");
        row("thread == \"worker 1", 10, 9, "the second '\"' is missing");
        row("thread == nobody", 10, 6,
            "'nobody' is no value of 'thread'; there are for example main and worker 2");
        row("bytes > pending", 8, 7, "'pending' is no value of 'bytes', as in 'bytes > 1 MiB'");
    }
    void errorsSayWhereAndWhat()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, position);
        QFETCH(int, length);
        QFETCH(QString, message);
        const auto result = parseFilter(text.toStdString(), kThreads);
        QVERIFY(result.error);
        QCOMPARE(QString::fromStdString(result.error->message), message);
        QCOMPARE(static_cast<int>(result.error->position), position);
        QCOMPARE(static_cast<int>(result.error->length), length);
        QVERIFY(result.filter.isEverything());
    }

    void depthAndLengthHaveAnEnd()
    {
        const std::string deep = std::string(100'000, '(') + "pending";
        QVERIFY(parseFilter(deep, kThreads).error);
        const std::string manyNots = std::string(60'000, '!') + "pending";
        QVERIFY(parseFilter(manyNots, kThreads).error->message.find("deep") != std::string::npos);
        std::string within = std::string(99, '!') + "socket == 1";
        auto result = parseFilter(within, kThreads);
        QVERIFY(result);
        QVERIFY(parseFilter(result.filter.text(), kThreads).filter == result.filter);
        std::string many = "socket == 1";
        while (many.size() < 60'000)
            many += " || socket == 1";
        result = parseFilter(many, kThreads);
        QVERIFY(result);
        QVERIFY(result.filter.matches(test::synchronousSend(1), kMoment));
    }

    void theUsualFormIsShortAndStable_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("usual");
        const auto row = [](const char* text, const char* usual) {
            QTest::newRow(text) << QByteArray(text) << QByteArray(usual);
        };
        row("  PENDING  and  done>1048576 ", "pending && bytes > 1 MiB");
        row("((socket=3))", "socket == 3");
        row("not (pending or sync)", "!(pending || synchronous)");
        row("!socket==3", "!(socket == 3)");
        row("pending && (failed && (aborted || file))", "pending && failed && (aborted || file)");
        row("pending || (failed && aborted)", "pending || failed && aborted");
        row("operation in {send,SENDTO}", "kind in {Send, SendTo}");
        row("socket in {1..3}", "socket in 1..3");
        row("socket in 4", "socket in {4}");
        row("native == 104", "native == ECONNRESET");
        row("error == 995", "error == OperationAborted");
        row("error == 12345", "error == 12345");
        row("duration > 1500us", "duration > 1500 us");
        row("duration > 0.25 s", "duration > 250 ms");
        row("time > -2000ms", "time > -2 s");
        row("bytes == 0", "bytes == 0");
        row("asked == 1.5 KiB", "asked == 1536");
        row("thread == \"worker 1\"", "thread == 2");
        row("progress > 50", "progress > 50 %");
    }
    void theUsualFormIsShortAndStable()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, usual);
        const auto result = parseFilter(text.toStdString(), kThreads);
        QVERIFY2(result, result ? "" : result.error->message.c_str());
        QCOMPARE(QByteArray::fromStdString(result.filter.text()), usual);
        const auto again = parseFilter(result.filter.text(), kThreads);
        QVERIFY(again);
        QVERIFY(again.filter == result.filter);
    }

    void twoFiltersAreCombined()
    {
        const auto a = parseFilter("socket == 1 || socket == 3", kThreads).filter;
        const auto b = parseFilter("failed && partial", kThreads).filter;
        const trace::Filter both = a && b;
        QCOMPARE(QByteArray::fromStdString(both.text()),
            QByteArray("(socket == 1 || socket == 3) && failed && partial"));
        QVERIFY(both.matches(resetSend(), kMoment));
        QVERIFY(!both.matches(test::synchronousSend(1), kMoment));
        QVERIFY((trace::Filter() && trace::Filter()).isEverything());
        QVERIFY((trace::Filter() && b) == b);
    }

    void aRunOfRecordsGivesOneBitEach()
    {
        std::vector<OperationRecord> records;
        for (std::uint64_t id = 1; id <= 130; ++id)
            records.push_back(id % 3 == 0 ? test::pendingSend(id) : test::synchronousSend(id));
        std::vector<std::uint64_t> bits(3, ~std::uint64_t{0});
        parseFilter("pending", kThreads).filter.matchAll(records, kMoment, bits);
        for (std::uint64_t i = 0; i < 192; ++i)
            QCOMPARE((bits[i / 64] >> (i % 64) & 1U) != 0, i < 130 && (i + 1) % 3 == 0);
    }

    void completionsFitTheirPlace()
    {
        QVERIFY(completions("^").contains("socket"));
        QVERIFY(completions("^").contains("pending"));
        QCOMPARE(completions("dur^"), QStringList{"duration"});
        QCOMPARE(completions("pending && dur^"), QStringList{"duration"});
        QCOMPARE(completions("socket ^"), (QStringList{"==", "!=", "<", "<=", ">", ">=", "in"}));
        QCOMPARE(completions("kind ^"), (QStringList{"==", "!=", "in"}));
        QCOMPARE(completions("bytes >^"), (QStringList{">", ">="}));
        QCOMPARE(completions("kind == Send^"), (QStringList{"Send", "SendPackets", "SendTo"}));
        QCOMPARE(completions("kind in {Send, Rec^"),
            (QStringList{"Receive", "ReceiveFrom", "ReceiveMessageFrom"}));
        QCOMPARE(completions("kind in {Send ^"), (QStringList{",", "}"}));
        QCOMPARE(completions("error == connectionr^"),
            (QStringList{"ConnectionReset", "ConnectionRefused"}));
        QCOMPARE(completions("thread == ^"), (QStringList{"main", "\"worker 1\"", "\"worker 2\""}));
        QCOMPARE(completions("thread == \"worker 2^"), QStringList{"\"worker 2\""});
        QCOMPARE(completions("bytes > 5 ^"), (QStringList{"KiB", "MiB", "GiB", "&&", "||"}));
        QCOMPARE(completions("duration > 5m^"), QStringList{"ms"});
        QCOMPARE(completions("pending ^"), (QStringList{"&&", "||"}));
        QCOMPARE(completions("(pending) ^"), (QStringList{"&&", "||"}));
        QVERIFY(completions("!^").contains("pending"));
        QCOMPARE(completions("socket == 1^2"), QStringList());
    }

    void aCompletionReplacesTheWholeWordAtTheCursor()
    {
        const auto found = trace::completeFilter("pending && durxx > 5 ms", 14, kThreads);
        QCOMPARE(found.position, std::size_t{11});
        QCOMPARE(found.length, std::size_t{5});
        QCOMPARE(found.items.size(), std::size_t{1});
        QVERIFY(!found.items.front().help.empty());
    }

    void everyExampleOfAFieldIsAFilter()
    {
        for (const trace::FieldInfo& info : trace::allFields()) {
            QCOMPARE(&trace::infoOf(info.field), &info);
            const auto result = parseFilter(info.example, kThreads);
            QVERIFY2(result, result ? "" : result.error->message.c_str());
        }
        for (const trace::FlagInfo& info : trace::allFlags()) {
            QCOMPARE(&trace::infoOf(info.flag), &info);
            QVERIFY(parseFilter(info.name, kThreads));
        }
    }
};

QTEST_GUILESS_MAIN(FilterTest)
#include "filter_test.moc"
