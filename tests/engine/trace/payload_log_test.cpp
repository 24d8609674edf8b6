// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/payload_log.h"
#include "engine/trace/socket_table.h"
#include "tests/support/bytes.h"
#include "tests/support/compare.h"

#include <QTest>

#include <thread>
#include <vector>

using namespace swb;
using trace::PayloadLog;

class PayloadLogTest : public QObject {
    Q_OBJECT

private slots:
    void keepsTheFirstBytesOfEachOperation()
    {
        PayloadLog log({.bytesPerOperation = 4});
        QVERIFY(log.wantsBytes());
        log.keep(1, test::bytesOf("abcdefg"));
        log.keep(2, test::bytesOf("xy"));
        log.keep(3, test::bytesOf("start"), 1'000'000);
        log.keep(1, test::bytesOf("later"));
        log.keep(0, test::bytesOf("nobody"));
        QCOMPARE(log.find(1)->bytes, test::bytesOf("abcd"));
        QCOMPARE(log.find(1)->offered, 7U);
        QCOMPARE(log.find(2)->bytes, test::bytesOf("xy"));
        QCOMPARE(log.find(3)->offered, 1'000'000U);
        QVERIFY(!log.find(4));
        QVERIFY(log.totals()
            == (trace::PayloadTotals{.operations = 3,
                .bytes = 1'000'009,
                .keptOperations = 3,
                .keptBytes = 10,
                .refusedOperations = 0}));
    }

    void keepsNothingUnlessAskedTo()
    {
        PayloadLog log;
        QVERIFY(!log.wantsBytes());
        log.keep(1, test::bytesOf("abc"));
        QVERIFY(!log.find(1));
        QVERIFY(log.totals() == trace::PayloadTotals{});
    }

    void countsWhatTheBudgetHasNoRoomFor()
    {
        PayloadLog log({.bytesPerOperation = 1000, .budgetBytes = 10'000});
        for (std::uint64_t id = 1; id <= 100; ++id)
            log.keep(id, test::randomBytes(1000));
        const trace::PayloadTotals totals = log.totals();
        QCOMPARE(totals.operations, 100U);
        QCOMPARE(totals.bytes, 100'000U);
        QCOMPARE(totals.keptOperations + totals.refusedOperations, 100U);
        QCOMPARE(totals.keptBytes, 1000 * totals.keptOperations);
        QVERIFY(totals.keptOperations >= 8);
        QVERIFY(log.memoryBytes() <= 10'000);
        QVERIFY(!log.find(100));
    }

    void givesItsContentInPieces()
    {
        PayloadLog log({.bytesPerOperation = 1000});
        for (std::uint64_t id = 1; id <= 100; ++id)
            log.keep(id, test::randomBytes(1000, id));
        std::size_t cursor = 0;
        std::uint64_t next = 1;
        int pieces = 0;
        while (true) {
            const auto entries = log.next(cursor, 10'000);
            if (entries.empty())
                break;
            ++pieces;
            for (const PayloadLog::Entry& entry : entries) {
                QCOMPARE(entry.operationId, next);
                QCOMPARE(entry.bytes, test::randomBytes(1000, next));
                ++next;
            }
        }
        QCOMPARE(next, 101U);
        QVERIFY(pieces >= 10 && pieces < 20);
        log.keep(200, test::bytesOf("more"));
        QCOMPARE(log.next(cursor, 10'000).size(), 1U);
        // One that is larger than a piece is a piece.
        cursor = 0;
        QCOMPARE(log.next(cursor, 1).size(), 1U);
    }

    void takesBytesFromManyThreads()
    {
        PayloadLog log({.bytesPerOperation = 16});
        std::vector<std::thread> threads;
        for (std::uint64_t t = 0; t < 4; ++t) {
            threads.emplace_back([&log, t] {
                for (std::uint64_t id = t * 1000 + 1; id <= t * 1000 + 1000; ++id)
                    log.keep(id, test::randomBytes(20, id));
            });
        }
        std::size_t cursor = 0;
        std::size_t seen = 0;
        while (seen < 4000)
            seen += log.next(cursor, 1000).size();
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(log.totals().keptOperations, 4000U);
        QCOMPARE(log.find(2500)->bytes, test::slice(test::randomBytes(20, 2500), 0, 16));
    }

    void socketsHaveKindAndEndPointsFromTheirText()
    {
        trace::SocketTable table;
        table.describeSocket(1, "tcp 127.0.0.1:40001 -> 127.0.0.1:9000");
        table.describeSocket(2, "unix /run/app.sock");
        table.describeSocket(3, "listener tcp");
        const auto unconnected = trace::socketDescriptionFromText("tcp -> 127.0.0.1:9");
        QCOMPARE(unconnected.local, std::string());
        QCOMPARE(unconnected.remote, std::string("127.0.0.1:9"));
        QCOMPARE(trace::socketDescriptionFromText("tcp").local, std::string());
        QCOMPARE(table.find(1)->local, std::string("127.0.0.1:40001"));
        QCOMPARE(table.find(1)->remote, std::string("127.0.0.1:9000"));
        QVERIFY(table.find(1)->kind == trace::SocketKind::Tcp);
        QCOMPARE(table.find(2)->local, std::string("/run/app.sock"));
        QVERIFY(table.find(3)->kind == trace::SocketKind::Other);
        QCOMPARE(table.text(3), std::string("listener tcp"));
        QCOMPARE(table.text(4), std::string("socket 4"));

        std::uint64_t version = 0;
        QCOMPARE(table.changedSince(version).size(), 3U);
        QVERIFY(table.changedSince(version).empty());
        table.describeSocket(2, "unix /run/app.sock"); // nothing new
        QVERIFY(table.changedSince(version).empty());
        table.describeSocket(2, "unix /run/other.sock");
        QCOMPARE(table.changedSince(version).size(), 1U);
        QCOMPARE(table.all().size(), 3U);
        table.clear();
        QVERIFY(table.all().empty());
    }
};

QTEST_GUILESS_MAIN(PayloadLogTest)
#include "payload_log_test.moc"
