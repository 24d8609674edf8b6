// SPDX-License-Identifier: GPL-3.0-or-later
/// Latencies in buckets, and what ended when.

#include "records.h"

#include "engine/trace/operation_statistics.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace swb;
using namespace swb::test;
using namespace swb::trace;

class OperationStatisticsTest : public QObject {
    Q_OBJECT

private slots:
    void bucketsJoinWithoutGaps()
    {
        for (std::size_t bucket = 0; bucket + 1 < LatencyHistogram::kBuckets; ++bucket) {
            const std::int64_t lower = LatencyHistogram::lowerNs(bucket);
            const std::int64_t upper = LatencyHistogram::upperNs(bucket);
            QVERIFY(upper > lower);
            QCOMPARE(LatencyHistogram::bucketOf(lower), bucket);
            QCOMPARE(LatencyHistogram::bucketOf(upper - 1), bucket);
        }
        QCOMPARE(LatencyHistogram::bucketOf(-5), std::size_t{0});
        QCOMPARE(LatencyHistogram::bucketOf(std::numeric_limits<std::int64_t>::max()),
            LatencyHistogram::kBuckets - 1);
    }

    void percentilesAreRightToABucket()
    {
        std::mt19937_64 random(1);
        LatencyHistogram histogram;
        std::vector<std::int64_t> all;
        for (int i = 0; i < 20'000; ++i) {
            const auto ns = static_cast<std::int64_t>(1ULL << (random() % 30)) + 37;
            all.push_back(ns);
            histogram.add(ns);
        }
        std::sort(all.begin(), all.end());
        for (const double share : {0.01, 0.5, 0.9, 0.99, 1.0}) {
            const auto exact
                = static_cast<double>(all[static_cast<std::size_t>(share * 20'000) - 1]);
            const auto told = static_cast<double>(histogram.percentileNs(share));
            QVERIFY(told >= exact);
            QVERIFY(told <= exact * 1.13 + 1);
        }
        QCOMPARE(histogram.percentileNs(1.0), all.back());
        QCOMPARE(LatencyHistogram().percentileNs(0.5), 0);
    }

    void synchronousAndPendingAreKeptApart()
    {
        OperationStatistics statistics;
        statistics.add(synchronousSend(1, 100));
        statistics.add(pendingSend(2)); // has not ended
        statistics.add(completed(pendingSend(3, 1000)));
        OperationRecord receive = completed(pendingSend(4, 50), SocketError::ConnectionReset);
        receive.kind = SocketAsyncOperation::Receive;
        receive.bytesDone = 7;
        statistics.add(receive);
        QCOMPARE(statistics.operations(), std::uint64_t{3});
        QCOMPARE(statistics.failed(), std::uint64_t{1});
        QCOMPARE(statistics.bytesSent(), std::uint64_t{1100});
        QCOMPARE(statistics.bytesReceived(), std::uint64_t{7});
        QCOMPARE(statistics.synchronous().count(), std::uint64_t{1});
        QCOMPARE(statistics.synchronous().longestNs(), 300);
        QCOMPARE(statistics.pending().count(), std::uint64_t{2});
        QCOMPARE(statistics.pending().longestNs(), 5000);
    }

    void bytesOfALongTransferAreSpreadOverItsTime()
    {
        OperationStatistics statistics;
        statistics.add(synchronousSend(1, 0)); // where time starts
        OperationRecord file = completed(pendingSend(2, 1'000'003));
        file.submittedNs = 0;
        file.completedNs = 10 * OperationStatistics::kFirstWidthNs;
        statistics.add(file);
        std::uint64_t sum = 0;
        std::uint64_t most = 0;
        for (const StatisticsBucket& bucket : statistics.buckets()) {
            sum += bucket.bytesSent;
            most = std::max(most, bucket.bytesSent);
        }
        QCOMPARE(sum, std::uint64_t{1'000'003});
        QVERIFY(most < 100'000);
        QCOMPARE(statistics.buckets().back().pending, 1U);
    }

    void aTransferThatBeganBeforeAllOthersIsSpreadToo()
    {
        OperationStatistics statistics;
        OperationRecord last = synchronousSend(2, 5);
        last.submittedNs = 5'000 * OperationStatistics::kFirstWidthNs;
        last.completedNs = last.submittedNs + 300;
        OperationRecord file = completed(pendingSend(1, 16'000'000));
        file.submittedNs = 2'000 * OperationStatistics::kFirstWidthNs + 17;
        file.completedNs = 4'000 * OperationStatistics::kFirstWidthNs;
        for (const bool alone : {true, false}) {
            if (!alone)
                statistics.add(last);
            statistics.add(file);
            std::uint64_t sum = 0;
            std::uint64_t most = 0;
            for (const StatisticsBucket& bucket : statistics.buckets()) {
                sum += bucket.bytesSent;
                most = std::max(most, bucket.bytesSent);
            }
            QCOMPARE(sum, std::uint64_t{alone ? 16'000'000U : 16'000'005U});
            QVERIFY2(most < 100'000, std::to_string(most).c_str());
            QVERIFY(statistics.firstNs() <= file.submittedNs);
            QVERIFY(statistics.firstNs() > file.submittedNs - statistics.widthNs());
            QVERIFY(statistics.buckets().size() <= OperationStatistics::kMostBuckets);
            const auto at = static_cast<std::size_t>(
                (file.completedNs - statistics.firstNs()) / statistics.widthNs());
            QCOMPARE(statistics.buckets().at(at).pending, 1U);
            statistics = {};
        }
    }

    void timeThatGrowsMergesBucketsAndLosesNothing()
    {
        OperationStatistics statistics;
        std::uint64_t bytes = 0;
        for (std::uint64_t i = 1; i <= 5000; ++i) {
            OperationRecord record = synchronousSend(i, i);
            record.submittedNs = static_cast<std::int64_t>(i) * 3'000'000'000; // 3 s apart
            record.completedNs = record.submittedNs + 300;
            statistics.add(record);
            bytes += i;
        }
        QVERIFY(statistics.buckets().size() <= OperationStatistics::kMostBuckets);
        QVERIFY(statistics.widthNs() > OperationStatistics::kFirstWidthNs);
        StatisticsBucket sum;
        for (const StatisticsBucket& bucket : statistics.buckets())
            sum.add(bucket);
        QCOMPARE(sum.bytesSent, bytes);
        QCOMPARE(sum.operations(), std::uint64_t{5000});
        // Each is where its time is.
        const auto last = statistics.firstNs()
            + static_cast<std::int64_t>(statistics.buckets().size()) * statistics.widthNs();
        QVERIFY(last > 5000LL * 3'000'000'000);
        QVERIFY(last <= 5000LL * 3'000'000'000 + statistics.widthNs());
    }
};

QTEST_APPLESS_MAIN(OperationStatisticsTest)
#include "operation_statistics_test.moc"
