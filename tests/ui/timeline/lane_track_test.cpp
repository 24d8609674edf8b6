// SPDX-License-Identifier: GPL-3.0-or-later
/// The summaries of a track say the same as looking at every operation would.

#include "tests/engine/trace/records.h"

#include "ui/timeline/lane_track.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace swb;
using namespace swb::test;
using namespace swb::ui;

namespace {

/// One operation by itself, counted in the plainest way.
TrackSummary summaryOf(const TrackMark& mark)
{
    const auto one = [&](trace::Outcome outcome) { return mark.outcome == outcome ? 1U : 0U; };
    TrackSummary summary;
    summary.firstStartNs = summary.lastStartNs = summary.longestStartNs = mark.startNs;
    summary.latestEndNs = mark.endNs;
    summary.longestNs = mark.endNs - mark.startNs;
    summary.longestRow = mark.row;
    summary.longestOutcome = mark.outcome;
    summary.longestWaited = mark.waited;
    summary.failedRow = mark.failed() ? mark.row : TrackSummary::kNoRow;
    summary.operations = 1;
    summary.synchronous = one(trace::Outcome::Synchronous);
    summary.pending = one(trace::Outcome::Pending);
    summary.failed = one(trace::Outcome::Failed);
    summary.aborted = one(trace::Outcome::Aborted);
    return summary;
}

/// A track beside the plain list of what is in it.
struct Both {
    std::vector<OperationRecord> records; ///< By row; not every row is on the track.
    std::vector<std::uint32_t> rows;
    LaneTrack track;

    OperationRecord read(std::uint32_t row) const { return records[row]; }
    void add(const OperationRecord& record)
    {
        const auto row = static_cast<std::uint32_t>(records.size());
        records.push_back(record);
        rows.push_back(row);
        track.append(row, record);
    }
    TrackSummary plainTotal() const
    {
        TrackSummary total;
        for (const std::uint32_t row : rows)
            total.add(summaryOf(TrackMark::of(records[row], row)));
        return total;
    }
};

/// Random outcomes; calls a few hundred nanoseconds apart, some long, some still pending.
Both randomTrack(std::size_t count, unsigned seed)
{
    std::mt19937 random(seed);
    Both both;
    std::int64_t now = 1'000'000;
    for (std::size_t i = 0; i < count; ++i) {
        if (random() % 5 == 0)
            both.records.push_back(synchronousSend(both.records.size() + 1)); // of another track
        const std::uint64_t id = both.records.size() + 1;
        now += 100 + static_cast<std::int64_t>(random() % 500);
        OperationRecord record = random() % 3 == 0 ? pendingSend(id) : synchronousSend(id);
        record.submittedNs = now;
        if (record.returnedPending() && random() % 8 != 0) {
            const bool bad = random() % 10 == 0;
            record = completed(record, bad ? SocketError::ConnectionReset : SocketError::Success);
            record.completedNs = now + static_cast<std::int64_t>(random() % 1'000'000);
        } else if (!record.returnedPending()) {
            record.completedNs = now + 50;
        }
        both.add(record);
        if (random() % 100 == 0)
            both.track.refresh();
    }
    both.track.refresh();
    return both;
}

/// All of it has ended.
Both endedTrack(std::size_t count)
{
    Both both;
    for (std::uint64_t id = 1; id <= count; ++id) {
        OperationRecord record = id % 3 == 0 ? completed(pendingSend(id)) : synchronousSend(id);
        record.submittedNs = static_cast<std::int64_t>(id) * 1000;
        record.completedNs = record.submittedNs + static_cast<std::int64_t>(id % 77);
        both.add(record);
    }
    both.track.refresh();
    return both;
}

} // namespace

class LaneTrackTest : public QObject {
    Q_OBJECT

private slots:
    void totalsAreThoseOfAllOperations_data()
    {
        QTest::addColumn<int>("count");
        for (const int count : {0, 1, 15, 16, 17, 255, 256, 257, 4096, 4097, 20'000})
            QTest::newRow(std::to_string(count).c_str()) << count;
    }
    void totalsAreThoseOfAllOperations()
    {
        QFETCH(int, count);
        const Both both = randomTrack(static_cast<std::size_t>(count), 1);
        QCOMPARE(both.track.size(), static_cast<std::size_t>(count));
        QVERIFY(both.track.total() == both.plainTotal());
    }

    void aChangeReachesEveryLevel()
    {
        Both both = randomTrack(5000, 2);
        std::size_t changed = 0;
        for (const std::uint32_t row : both.rows) {
            OperationRecord& record = both.records[row];
            if (record.phase == OperationPhase::Completed || row % 2 == 0)
                continue;
            record = completed(record, SocketError::OperationAborted);
            both.track.change(row, record);
            ++changed;
        }
        QVERIFY(changed > 50);
        both.track.change(1'000'000'000, both.records[0]); // a row that is not here
        both.track.refresh();
        QVERIFY(both.track.total() == both.plainTotal());
    }

    void everyOperationIsVisitedOnceAtAnyZoom_data()
    {
        QTest::addColumn<qint64>("resolution");
        for (const qint64 resolution : {1LL, 700LL, 20'000LL, 1'000'000LL, 1'000'000'000LL})
            QTest::newRow(std::to_string(resolution).c_str()) << resolution;
    }
    void everyOperationIsVisitedOnceAtAnyZoom()
    {
        QFETCH(qint64, resolution);
        const Both both = randomTrack(10'000, 3);
        TrackSummary seen;
        std::size_t marks = 0;
        both.track.visit(0, std::numeric_limits<std::int64_t>::max(), resolution,
            {[&](const TrackMark& mark) {
                 seen.add(summaryOf(TrackMark::of(both.read(mark.row), mark.row)));
                 ++marks;
             },
                [&](const TrackSummary& group) {
                    QVERIFY(group.lastStartNs - group.firstStartNs < resolution);
                    seen.add(group);
                    ++marks;
                }});
        QVERIFY(seen == both.plainTotal());
        // As many marks as the time has room for at most, not as many as there are operations.
        const auto total = both.plainTotal();
        const auto room
            = static_cast<std::size_t>((total.lastStartNs - total.firstStartNs) / resolution + 1);
        QVERIFY2(marks <= LaneTrack::kFanOut * 4 * room, std::to_string(marks).c_str());
    }

    void whatIsDrawnOneByOneIsExact()
    {
        const Both both = randomTrack(3000, 8);
        both.track.visit(0, std::numeric_limits<std::int64_t>::max(), 1,
            {[&](const TrackMark& mark) {
                 QVERIFY(mark == TrackMark::of(both.read(mark.row), mark.row));
             },
                [](const TrackSummary&) { QFAIL("nothing shares a nanosecond"); }});
    }

    void onlyWhatStartsInTheTimeIsVisited()
    {
        const Both both = randomTrack(3000, 4);
        const std::int64_t from = both.read(both.rows[1000]).submittedNs;
        const std::int64_t to = both.read(both.rows[1100]).submittedNs;
        std::vector<std::uint32_t> visited;
        both.track.visit(from, to, 1,
            {[&](const TrackMark& mark) { visited.push_back(mark.row); },
                [](const TrackSummary&) { QFAIL("nothing shares a nanosecond"); }});
        for (std::size_t i = 1000; i <= 1100; ++i)
            QVERIFY(std::find(visited.begin(), visited.end(), both.rows[i]) != visited.end());
        // At most the rest of the first and of the last leaf come along.
        QVERIFY(visited.size() <= 101 + 2 * TrackLeaf::kMarks);
    }

    void whatReachesIntoATimeIsFound()
    {
        const Both both = randomTrack(3000, 5);
        for (const std::size_t i : {std::size_t{10}, std::size_t{1500}, std::size_t{2999}}) {
            const std::int64_t at = both.read(both.rows[i]).submittedNs;
            std::vector<TrackMark> expected;
            for (std::size_t n = both.rows.size(); n-- > 0;) {
                const auto one = TrackMark::of(both.read(both.rows[n]), both.rows[n]);
                if (one.startNs < at && one.endNs >= at)
                    expected.push_back(one);
            }
            QCOMPARE(both.track.crossing(at, 100'000), expected);
            auto few = expected;
            few.resize(std::min<std::size_t>(few.size(), 3));
            QCOMPARE(both.track.crossing(at, 3), few);
            // Of several that are still pending the first, as none is known to end later.
            const auto last = std::max_element(expected.rbegin(), expected.rend(),
                [](const TrackMark& a, const TrackMark& b) { return a.endNs < b.endNs; });
            QCOMPARE(both.track.reachingFarthest(at),
                last == expected.rend() ? std::nullopt : std::optional(*last));
            QCOMPARE(both.track.firstCrossing(at),
                expected.empty() ? std::nullopt : std::optional(expected.back()));
        }
    }

    void theLongestPendingSurvivesEveryZoom()
    {
        Both both = randomTrack(50'000, 6);
        OperationRecord old = pendingSend(both.records.size() + 1);
        old.submittedNs = 2; // before all others
        both.add(old);
        const std::uint32_t row = both.rows.back();
        both.track.refresh();
        QCOMPARE(both.track.total().longestRow, row);
        both.records[row].completedNs = 1'000'000'000'000;
        both.records[row].phase = OperationPhase::Completed;
        both.track.change(row, both.records[row]);
        both.track.refresh();
        // Now whatever else is still pending is longer than what has ended.
        QVERIFY(both.track.total().longestRow != row);
    }

    /// Threads tell of their calls one after the other: then rows are not in the order of time.
    void rowsOutOfTimeOrderAreDrawnAsTheyWere()
    {
        std::mt19937 random(9);
        Both both;
        for (std::uint64_t id = 1; id <= 3000; ++id) {
            OperationRecord record = completed(pendingSend(id));
            // Up to an hour apart, and each as exact as the next.
            record.submittedNs = 1 + static_cast<std::int64_t>(random() % 3'600'000) * 1'000'001;
            record.completedNs = record.submittedNs + static_cast<std::int64_t>(random() % 1000);
            both.add(record);
        }
        both.track.refresh();
        std::size_t marks = 0;
        both.track.visit(0, std::numeric_limits<std::int64_t>::max(), 1,
            {[&](const TrackMark& mark) {
                 QVERIFY(mark == TrackMark::of(both.read(mark.row), mark.row));
                 ++marks;
             },
                [](const TrackSummary&) { QFAIL("nothing shares a nanosecond"); }});
        QCOMPARE(marks, both.rows.size());
    }

    void whatWasLetGoOfIsStillSummedUp()
    {
        Both both = endedTrack(5000);
        const TrackSummary total = both.plainTotal();
        QVERIFY(!both.track.letGo(both.track.pieceCount() - 1)); // it is not full
        for (std::size_t piece = 0; piece + 1 < both.track.pieceCount(); ++piece) {
            QVERIFY(both.track.letGo(piece));
            QVERIFY(both.track.piece(piece) == nullptr);
        }
        QVERIFY(both.track.total() == total);
        TrackSummary seen;
        both.track.visit(0, std::numeric_limits<std::int64_t>::max(), 1,
            {[&](const TrackMark& mark) { seen.add(summaryOf(mark)); },
                [&](const TrackSummary& group) { seen.add(group); }});
        QVERIFY(seen == total);
        // Each is asked for once, until it comes.
        QCOMPARE(both.track.takeMissing().size(), both.track.pieceCount() - 1);
        both.track.visit(0, std::numeric_limits<std::int64_t>::max(), 1,
            {[](const TrackMark&) {}, [](const TrackSummary&) {}});
        QVERIFY(!both.track.isMissing());
    }

    void aPieceThatMayChangeIsNotLetGoOf()
    {
        Both both = endedTrack(3000);
        OperationRecord& record = both.records[both.rows[1500]];
        record = pendingSend(record.id);
        both.track.change(both.rows[1500], record);
        QVERIFY(both.track.letGo(0));
        QVERIFY(!both.track.letGo(1)); // the change was not even summed up yet
        record = completed(record);
        both.track.change(both.rows[1500], record);
        QVERIFY(both.track.letGo(1));
        QVERIFY(both.track.total() == both.plainTotal());
    }

    void aLostRecordHasNoTime()
    {
        Both both;
        both.add(synchronousSend(1));
        OperationRecord lost;
        lost.id = 2;
        lost.phase = OperationPhase::Completed;
        both.add(lost);
        both.track.refresh();
        QCOMPARE(both.track.total().operations, 1U);
        QCOMPARE(both.track.total().lastStartNs, both.records[0].submittedNs);
    }
};

QTEST_APPLESS_MAIN(LaneTrackTest)
#include "lane_track_test.moc"
