// SPDX-License-Identifier: GPL-3.0-or-later
/// What the lanes let go of is read again, and nobody sees the difference.

#include "tests/engine/trace/records.h"

#include "ui/models/operation_focus.h"
#include "ui/timeline/timeline_view.h"

#include <QImage>
#include <QPainter>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

using namespace swb;
using namespace swb::test;
using namespace swb::ui;

namespace {

constexpr std::uint64_t kOperations = 60'000; // of which the store keeps half in memory
constexpr std::size_t kFewBytes = 4 * TrackPiece::kBytes;
constexpr std::uint32_t kSockets = 3;

/// Three sockets in turn, a microsecond apart; some pending for a while, some failed, a third
/// received.
OperationRecord operation(std::uint64_t id)
{
    OperationRecord record = id % 5 == 0 ? completed(pendingSend(id),
                                 id % 35 == 0 ? SocketError::ConnectionReset : SocketError::Success)
                                         : synchronousSend(id);
    record.submittedNs = 1'000'000 + static_cast<std::int64_t>(id) * 1000;
    record.completedNs = record.submittedNs + static_cast<std::int64_t>(id % 97) * 31;
    record.socketId = 1 + static_cast<std::uint32_t>(id / 8 % kSockets);
    if (id % 3 == 0)
        record.kind = SocketAsyncOperation::Receive;
    return record;
}

/// A view of a third of everything, large enough to be compared.
std::unique_ptr<TimelineView> viewOf(TimelineLanes& lanes, OperationFocus& focus)
{
    auto view = std::make_unique<TimelineView>(lanes, focus);
    view->resize(900, 260);
    view->setFollowing(false);
    view->setLaneFilter({});
    TimeScale scale = view->scale();
    scale.startNs = 1'000'000 + 5'000'000;
    scale.nsPerPixel = 9000; // nearer than the summaries that stay
    view->setScale(scale);
    return view;
}

QImage pictureOf(const TimelineView& view)
{
    QImage picture(view.size(), QImage::Format_RGB32);
    QPainter painter(&picture);
    view.render(painter, picture.rect());
    return picture;
}

} // namespace

class TimelineLanesTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::unique_ptr<trace::TraceStore> m_store;

private slots:
    void init()
    {
        m_store = std::make_unique<trace::TraceStore>(
            trace::TraceStoreOptions{m_folder.path().toStdString(), 2'500'000, {}, {}});
        for (std::uint64_t id = 1; id <= kOperations; ++id)
            m_store->apply(operation(id));
    }
    void cleanup() { m_store.reset(); }

    void whatHasEndedStaysWithinTheBudget()
    {
        const TimelineLanes all(*m_store);
        const TimelineLanes few(*m_store, nullptr, kFewBytes);
        const std::size_t pieces = kOperations / TrackPiece::kMarks;
        QVERIFY(all.memoryBytes() > pieces * TrackPiece::kBytes);
        // The last piece of each track is not full, and the summaries stay.
        QVERIFY2(few.memoryBytes()
                < kFewBytes + 2 * kSockets * (TrackPiece::kBytes + 4096) + 2 * kOperations,
            std::to_string(few.memoryBytes()).c_str());
        for (const auto& [socketId, lane] : all.lanes()) {
            QVERIFY(few.find(socketId)->writes.total() == lane->writes.total());
            QVERIFY(few.find(socketId)->reads.total() == lane->reads.total());
        }
    }

    void aPictureForAFileIsTheSame()
    {
        TimelineLanes all(*m_store);
        TimelineLanes few(*m_store, nullptr, kFewBytes);
        OperationFocus focus;
        const QImage expected = pictureOf(*viewOf(all, focus));
        QVERIFY(!expected.allGray()); // it shows something
        QCOMPARE(pictureOf(*viewOf(few, focus)), expected);
    }

    void theViewShowsItAMomentLater()
    {
        TimelineLanes all(*m_store);
        TimelineLanes few(*m_store, nullptr, kFewBytes);
        OperationFocus focus;
        const auto expected = viewOf(all, focus);
        const auto view = viewOf(few, focus);
        for (TimelineView* each : {expected.get(), view.get()}) {
            each->show();
            QVERIFY(QTest::qWaitForWindowExposed(each));
        }
        QTRY_COMPARE(view->viewport()->grab().toImage(), expected->viewport()->grab().toImage());
    }

    void whatAPictureShowsIsNotLetGoOf()
    {
        TimelineLanes few(*m_store, nullptr, kFewBytes);
        OperationFocus focus;
        const auto view = viewOf(few, focus);
        pictureOf(*view);
        for (int frame = 0; frame < 5; ++frame) {
            few.refresh();
            view->viewport()->grab();
            QVERIFY(!few.readMissing()); // all of it is here, though it is more than the budget
        }
        view->setScale(TimeScale{1e12, 1e6, 900}); // nothing is there
        for (int frame = 0; frame < 5; ++frame) {
            view->viewport()->grab();
            few.refresh();
        }
        QVERIFY(few.memoryBytes()
            < kFewBytes + 2 * kSockets * (TrackPiece::kBytes + 4096) + 2 * kOperations);
    }

    void theNeighboursAreAllOfTheTrack()
    {
        TimelineLanes few(*m_store, nullptr, kFewBytes);
        const TimelineLane& lane = *few.find(2);
        std::vector<std::uint32_t> expected;
        for (std::uint64_t id = 1; id <= kOperations; ++id) {
            const OperationRecord record = operation(id);
            if (record.socketId == 2 && TimelineLane::isWrite(record.kind))
                expected.push_back(static_cast<std::uint32_t>(id - 1));
        }
        QCOMPARE(few.neighbour(lane, std::nullopt, 1), std::optional(expected.front()));
        std::vector<std::uint32_t> found{expected.front()};
        for (std::size_t i = 1; i < expected.size(); ++i)
            found.push_back(*few.neighbour(lane, found.back(), 1));
        QCOMPARE(found, expected);
        QCOMPARE(*few.neighbour(lane, expected.back(), 1), expected.back());
        for (std::size_t i = expected.size(); i-- > 1;)
            QCOMPARE(*few.neighbour(lane, expected[i], -1), expected[i - 1]);
        QCOMPARE(*few.neighbour(lane, expected.front(), -1), expected.front());
        // Of one on another lane the nearest here.
        std::size_t last = 700;
        while (operation(std::uint64_t{expected[last]} + 9).socketId == 2)
            ++last;
        const std::uint32_t elsewhere = expected[last] + 8;
        const auto after = *std::upper_bound(expected.begin(), expected.end(), elsewhere);
        QCOMPARE(*few.neighbour(lane, elsewhere, 1), after);
        QCOMPARE(*few.neighbour(lane, elsewhere, -1),
            *std::prev(std::lower_bound(expected.begin(), expected.end(), elsewhere)));
    }

    void itIsReadWhileMoreComes()
    {
        TimelineLanes few(*m_store, nullptr, kFewBytes);
        OperationFocus focus;
        const auto view = viewOf(few, focus);
        std::uint64_t next = kOperations + 1;
        int taken = 0;
        const auto come = [&] { // a frame's worth
            const auto before = static_cast<qint64>(m_store->rowCount());
            for (int i = 0; i < 500; ++i)
                m_store->apply(operation(next++));
            few.apply({before, 500, {}});
            few.refresh();
            view->viewport()->grab();
            ++taken;
            return !few.readMissing();
        };
        QTRY_VERIFY(come());
        QVERIFY(taken > 1);
        TimelineLanes all(*m_store);
        QCOMPARE(pictureOf(*view), pictureOf(*viewOf(all, focus)));
    }
};

QTEST_MAIN(TimelineLanesTest)
#include "timeline_lanes_test.moc"
