// SPDX-License-Identifier: BSL-1.0
/// Health samples: what is kept of them, and as part of a trace file.
#include "engine/trace/health_samples.h"
#include "engine/trace/trace_file.h"
#include "tests/engine/trace/made_records.h"
#include "tests/engine/trace/trace_bytes.h"
#include "tests/support/compare.h"
#include "tests/support/temp_files.h"

#include <QTest>

#include <algorithm>
#include <cstddef>

using namespace swb;
using test::TraceBytes;
using trace::HealthSamples;

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::uint32_t kHealthBlock = 5;

/// Each look differs from the one before: acknowledged bytes go on.
SocketHealth look(std::uint32_t socketId, std::int64_t ms, std::uint64_t window = 65'536)
{
    SocketHealth sample;
    sample.timeNs = ms * kMs;
    sample.acknowledgedBytes = static_cast<std::uint64_t>(ms) * 100;
    sample.inFlightBytes = 11;
    sample.unsentBytes = 12;
    sample.receivedBytes = 13;
    sample.peerWindowBytes = window;
    sample.socketId = socketId;
    sample.receiveQueueBytes = 14;
    sample.sendBufferBytes = 15;
    sample.roundTripUs = 16;
    sample.roundTripVarianceUs = 17;
    sample.congestionWindowBytes = 18;
    sample.retransmits = 19;
    sample.timeoutsInARow = 20;
    sample.windowProbesInARow = 21;
    sample.lastAckMs = static_cast<std::uint32_t>(ms);
    sample.known = true;
    sample.windowKnown = true;
    sample.connected = true;
    return sample;
}

/// Nothing but time goes by.
SocketHealth stalled(std::uint32_t socketId, std::int64_t ms)
{
    SocketHealth sample = look(socketId, ms, 0);
    sample.acknowledgedBytes = 5000;
    return sample;
}

std::vector<SocketHealth> all(const HealthSamples& samples)
{
    HealthSamples::Written written;
    std::vector<SocketHealth> result;
    for (auto some = samples.newerThan(written, 7); !some.empty();
         some = samples.newerThan(written, 7))
        result.insert(result.end(), some.begin(), some.end());
    std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
        return std::pair(a.socketId, a.timeNs) < std::pair(b.socketId, b.timeNs);
    });
    return result;
}

void fill(trace::TraceStore& store)
{
    for (std::uint64_t id = 1; id <= 100; ++id)
        store.apply(test::madeRecord(id));
    for (std::int64_t ms = 1; ms <= 50; ++ms) {
        store.health().add(look(1, ms));
        store.health().add(look(2, ms, ms > 20 ? 0 : 1000));
    }
}

std::uint64_t healthBlock(const TraceBytes& bytes)
{
    for (const auto& block : bytes.blocks()) {
        if (block.type == kHealthBlock)
            return block.offset;
    }
    return 0;
}

} // namespace

class HealthSamplesTest : public QObject {
    Q_OBJECT

private slots:
    void keepsEachLookThatTellsSomethingNew()
    {
        HealthSamples samples;
        for (std::int64_t ms = 1; ms <= 20; ++ms)
            samples.add(look(1, ms));
        samples.add(look(1, 5)); // too late
        QVERIFY(samples.totals() == (trace::HealthTotals{20, 1, 0}));
        const auto history = samples.historyAt(1, 10 * kMs + 1);
        QVERIFY(history.has_value());
        QVERIFY(history->latest() == look(1, 10));
        QVERIFY(!samples.historyAt(1, 0));
        QVERIFY(!samples.historyAt(2, 10 * kMs));
    }

    void keepsTheEndsOfARunThatSawTheSame()
    {
        HealthSamples samples;
        samples.add(look(1, 100));
        for (std::int64_t ms = 200; ms <= 4000; ms += 100)
            samples.add(stalled(1, ms));
        QCOMPARE(samples.totals().samples, 3U);
        const auto history = samples.historyAt(1, 5000 * kMs);
        QCOMPARE(history->latest().timeNs, 4000 * kMs);
        QCOMPARE(history->windowClosedSinceNs, 200 * kMs);
    }

    void aWriterGetsEverythingOnceAndThenWhatIsNew()
    {
        HealthSamples samples;
        HealthSamples::Written written;
        for (std::int64_t ms = 1; ms <= 10; ++ms) {
            samples.add(look(1, ms));
            samples.add(look(2, ms));
        }
        std::size_t got = 0;
        for (auto some = samples.newerThan(written, 6); !some.empty();
             some = samples.newerThan(written, 6)) {
            QVERIFY(some.size() <= 6);
            got += some.size();
        }
        QCOMPARE(got, 20U);
        samples.add(look(2, 11));
        const auto news = samples.newerThan(written, 6);
        QCOMPARE(news.size(), 1U);
        QVERIFY(news.front() == look(2, 11));
        QVERIFY(samples.newerThan(written, 6).empty());
    }

    void pastTheBudgetSamplesAreThinnedFromStartToEnd()
    {
        constexpr std::size_t kMost = 1000;
        HealthSamples samples(kMost * sizeof(SocketHealth));
        constexpr std::int64_t kLooks = 20'000;
        for (std::int64_t i = 1; i <= kLooks; ++i)
            samples.add(look(1, i * 100, i > 7000 && i <= 7005 ? 0 : 1000));
        const trace::HealthTotals totals = samples.totals();
        QVERIFY(totals.samples <= kMost);
        QVERIFY(totals.samples >= kMost / 4);
        QVERIFY(totals.intervalNs > 0);
        const auto kept = all(samples);
        QCOMPARE(kept.front().timeNs, 100 * kMs);
        QCOMPARE(kept.back().timeNs, kLooks * 100 * kMs);
        for (std::size_t i = 1; i < kept.size(); ++i)
            QVERIFY(kept[i].timeNs - kept[i - 1].timeNs <= 2 * totals.intervalNs);
        // The short time without a window is still there, from its first look to its last.
        QCOMPARE(samples.historyAt(1, 700'300 * kMs)->windowClosedSinceNs, 700'100 * kMs);
        QCOMPARE(samples.historyAt(1, 700'700 * kMs)->windowClosedSinceNs, 0);
    }

    void ofTooManySocketsTheOldestAreForgotten()
    {
        constexpr std::size_t kMost = 1000;
        HealthSamples samples(kMost * sizeof(SocketHealth));
        constexpr std::uint32_t kSockets = 5000;
        for (std::uint32_t socket = 1; socket <= kSockets; ++socket) {
            samples.add(look(socket, socket * 1000));
            samples.add(look(socket, socket * 1000 + 500));
            QVERIFY(samples.totals().samples <= kMost);
        }
        QVERIFY(samples.totals().samples >= kMost / 4);
        QVERIFY(!samples.historyAt(1, kSockets * 2000 * kMs));
        QVERIFY(samples.historyAt(kSockets, kSockets * 2000 * kMs));
        QVERIFY(samples.historyAt(kSockets - 100, kSockets * 2000 * kMs));
    }

    void restoresInAnyOrderAndEachOnce()
    {
        HealthSamples samples;
        const std::vector<SocketHealth> read{look(1, 3), look(2, 1), look(1, 1), look(1, 2)};
        samples.restore(read);
        samples.restore(std::vector{look(1, 2), look(1, 4)});
        QVERIFY(samples.totals() == (trace::HealthTotals{5, 2, 0}));
        QVERIFY(all(samples)
            == (std::vector{look(1, 1), look(1, 2), look(1, 3), look(1, 4), look(2, 1)}));
    }

    void isTheSameInATraceThatIsOpenedAgain()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a.swbtrace";
        trace::TraceStore store;
        fill(store);
        trace::saveTrace(store, path);
        const auto opened = trace::openTrace(path);
        QVERIFY(opened.condition.whole());
        QCOMPARE(opened.condition.unknownBlocks, 0U);
        QVERIFY(all(opened.store->health()) == all(store.health()));
        // And once more, from the file.
        const std::string copy = folder / "b.swbtrace";
        trace::saveTrace(*opened.store, copy);
        QVERIFY(all(trace::openTrace(copy).store->health()) == all(store.health()));
    }

    void aTraceWithoutSamplesOpens()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a.swbtrace";
        trace::TraceStore store;
        store.apply(test::madeRecord(1));
        trace::saveTrace(store, path);
        QCOMPARE(healthBlock(TraceBytes(path)), 0U);
        const auto opened = trace::openTrace(path);
        QVERIFY(opened.condition.whole());
        QVERIFY(opened.store->health().totals() == trace::HealthTotals{});
    }

    void aLaterVersionOfTheSamplesIsSkippedAndSaid()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a.swbtrace";
        trace::TraceStore store;
        fill(store);
        trace::saveTrace(store, path);
        TraceBytes bytes(path);
        const std::uint64_t block = healthBlock(bytes);
        QVERIFY(block != 0);
        QCOMPARE(bytes.value<std::uint32_t>(block + 64), 1U); // the version
        QCOMPARE(bytes.value<std::uint32_t>(block + 68), 96U); // the size of a sample
        bytes.set<std::uint32_t>(block + 64, 2);
        bytes.repairPayload(block);
        bytes.write(path);
        const auto opened = trace::openTrace(path);
        QVERIFY(opened.condition.whole());
        QCOMPARE(opened.condition.unknownBlocks, 1U);
        QCOMPARE(opened.store->health().totals().samples, 0U);
        QCOMPARE(opened.store->rowCount(), 100U);
    }

    void samplesThatDoNotAddUpAreDamage()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a.swbtrace";
        trace::TraceStore store;
        fill(store);
        trace::saveTrace(store, path);
        const TraceBytes good(path);
        const std::uint64_t block = healthBlock(good);
        const auto refused = [&](std::uint64_t offset, std::uint32_t value) {
            TraceBytes bytes = good;
            bytes.set<std::uint32_t>(offset, value);
            bytes.repairPayload(block);
            bytes.write(path);
            const auto opened = trace::openTrace(path);
            return opened.condition.damagedBlocks == 1
                && opened.store->health().totals().samples == 0;
        };
        QVERIFY(refused(block + 68, 95)); // smaller than a sample
        QVERIFY(refused(block + 68, 192)); // they do not fit
        QVERIFY(refused(block + 40, 7)); // another number of them than there are
    }
};

QTEST_GUILESS_MAIN(HealthSamplesTest)
#include "health_samples_test.moc"
