// SPDX-License-Identifier: GPL-3.0-or-later
/// The timeline by keyboard and mouse, over a store that is filled by hand.

#include "tests/engine/trace/records.h"

#include "ui/models/operation_focus.h"
#include "ui/timeline/timeline_view.h"

#include <QDeadlineTimer>
#include <QImage>
#include <QPainter>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <memory>
#include <set>

using namespace swb;
using namespace swb::test;
using namespace swb::ui;

namespace {

constexpr std::int64_t kMs = 1'000'000;

/// Two sockets: on 1 a send each millisecond, one of them pending for 20 ms; on 2 a failed one.
void fill(trace::TraceStore& store)
{
    std::uint64_t id = 1;
    const auto at = [&](OperationRecord record, std::int64_t startMs, std::int64_t lastsNs,
                        std::uint32_t socket) {
        record.submittedNs = 1000 * kMs + startMs * kMs;
        if (record.phase == OperationPhase::Completed)
            record.completedNs = record.submittedNs + lastsNs;
        record.socketId = socket;
        store.apply(record);
    };
    for (int i = 0; i < 30; ++i, ++id)
        at(synchronousSend(id), i, 500, 1);
    at(completed(pendingSend(id)), 30, 20 * kMs, 1), ++id; // 31
    at(completed(pendingSend(id), SocketError::ConnectionReset), 40, 5 * kMs, 2), ++id; // 32
    at(synchronousSend(id), 60, 500, 1); // 33
}

} // namespace

class TimelineViewTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<trace::TraceStore> m_store;
    std::unique_ptr<TimelineLanes> m_lanes;
    std::unique_ptr<OperationFocus> m_focus;
    std::unique_ptr<TimelineView> m_view;

    void key(Qt::Key key) { QTest::keyClick(m_view.get(), key); }

private slots:
    void init()
    {
        m_store = std::make_unique<trace::TraceStore>();
        fill(*m_store);
        m_lanes = std::make_unique<TimelineLanes>(*m_store);
        m_focus = std::make_unique<OperationFocus>();
        m_view = std::make_unique<TimelineView>(*m_lanes, *m_focus);
        m_view->resize(1000, 300);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
        m_view->setLaneFilter({});
        m_view->showAll();
        m_view->setFocus();
    }
    void cleanup()
    {
        m_view.reset();
        m_focus.reset();
        m_lanes.reset();
        m_store.reset();
    }

    void lanesTakeOverWhatIsNewAndWhatChanged()
    {
        trace::TraceStore store;
        TimelineLanes lanes(store);
        OperationRecord pending = pendingSend(1);
        store.apply(pending);
        lanes.apply({0, 1, {}});
        lanes.refresh();
        QCOMPARE(lanes.find(1)->writes.total().pending, 1U);
        OperationRecord receive = synchronousSend(2);
        receive.kind = SocketAsyncOperation::Receive;
        store.apply(completed(pending));
        store.apply(receive);
        lanes.apply({1, 1, {0}});
        lanes.refresh();
        QCOMPARE(lanes.find(1)->writes.total().pending, 0U);
        QCOMPARE(lanes.find(1)->reads.total().operations, 1U);
        QCOMPARE(lanes.lanes().size(), std::size_t{1});
        QVERIFY(lanes.lastNs() >= completed(pending).completedNs);
        TimelineLanes anew(store);
        QVERIFY(anew.find(1)->writes.total() == lanes.find(1)->writes.total());
    }

    void showAllShowsEverything()
    {
        for (std::uint64_t id = 1; id <= 33; ++id)
            QVERIFY2(!m_view->positionOf(id).isNull(), std::to_string(id).c_str());
    }

    void aLaneCanBeAskedForBeforeItIsThere()
    {
        for (std::uint64_t id = 34; id < 54; ++id) {
            OperationRecord record = synchronousSend(id);
            record.socketId = static_cast<std::uint32_t>(id);
            record.submittedNs = 1040 * kMs;
            record.completedNs = record.submittedNs + 500;
            m_store->apply(record);
        }
        m_view->showLane(53);
        QCOMPARE(m_view->verticalScrollBar()->value(), 0);
        m_lanes->apply({33, 20, {}});
        m_view->lanesChanged();
        QTRY_VERIFY(m_view->verticalScrollBar()->value() > 0);
        const int y = m_view->positionOf(53).y(); // the time stays as it is
        QVERIFY(y > m_view->lanesArea().top() && y < m_view->lanesArea().bottom());
        m_view->showLane(1);
        QCOMPARE(m_view->verticalScrollBar()->value(), 0);
    }

    void theNameOfALaneCanBeHadWhole()
    {
        const QString longName = QString(200, u'n') + QStringLiteral(":40001");
        m_view->setNames([&](std::uint32_t id) { return id == 1 ? longName : QString(); },
            [](std::uint64_t) { return QString(); });
        const auto beside = [this](quint64 id) { return QPoint(5, m_view->positionOf(id).y()); };
        QCOMPARE(m_view->laneNameAt(beside(1)), longName);
        QCOMPARE(m_view->laneNameAt(beside(32)), QString("socket 2"));
        QCOMPARE(m_view->laneNameAt(m_view->positionOf(1)), QString()); // not of the operations
        QCOMPARE(m_view->laneNameAt(QPoint(5, m_view->viewport()->height() - 1)), QString());
    }

    void aClickSelectsWhatIsDrawnThere_data()
    {
        QTest::addColumn<quint64>("id");
        for (const quint64 id : {1ULL, 15ULL, 31ULL, 32ULL, 33ULL})
            QTest::newRow(std::to_string(id).c_str()) << id;
    }
    void aClickSelectsWhatIsDrawnThere()
    {
        QFETCH(quint64, id);
        QPoint at = m_view->positionOf(id);
        if (id == 31) // into the bar, not at its start
            at.rx() = (at.x() + m_view->positionOf(33).x()) / 2;
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, at);
        QCOMPARE(m_focus->selected(), id);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {},
            QPoint(m_view->positionOf(33).x() + 15, m_view->positionOf(33).y()));
        QCOMPARE(m_focus->selected(), quint64{0});
    }

    void ofBarsOverOneAnotherTheOneWhoseTurnItIsIsMeant()
    {
        trace::TraceStore store;
        for (std::uint64_t id = 1; id <= 200; ++id) { // more than are drawn
            OperationRecord record = pendingSend(id);
            record.submittedNs = 1000 * kMs + static_cast<std::int64_t>(id) * kMs;
            if (id == 1) {
                record = completed(record);
                record.completedNs = record.submittedNs + 600 * kMs;
            }
            store.apply(record);
        }
        TimelineLanes lanes(store);
        OperationFocus focus;
        TimelineView view(lanes, focus);
        view.resize(1000, 300);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.setLaneFilter({});
        TimeScale scale = view.scale();
        scale.startNs = 1400.0 * kMs; // all have begun, the first has not ended
        scale.nsPerPixel = kMs;
        view.setFollowing(false);
        view.setScale(scale);
        const QPoint inside(view.lanesArea().left() + 50, view.lanesArea().top() + 10);
        QCOMPARE(view.operationIdAt(inside), quint64{1});
        const TimelineMetrics metrics(view.font());
        QCOMPARE(view.operationIdAt({inside.x(), view.lanesArea().top() + metrics.track - 1}),
            quint64{200});
        // The first has ended after 600 ms: then it is the second one's turn.
        QCOMPARE(view.operationIdAt(inside + QPoint(300, 0)), quint64{2});
        QImage picture(view.size(), QImage::Format_ARGB32);
        QPainter painter(&picture);
        view.render(painter, picture.rect());
        QVERIFY(!picture.isNull());
    }

    void theReasonOfWhatIsPendingIsSpokenAndInItsBar()
    {
        OperationRecord pending = pendingSend(34);
        pending.submittedNs = 1070 * kMs;
        m_store->apply(pending);
        m_lanes->apply({33, 1, {}});
        quint64 asked = 0;
        m_view->setReason([&asked](const OperationRecord& record) {
            asked = trace::outcome(record) == trace::Outcome::Pending ? record.id : asked;
            return QStringLiteral("because");
        });
        m_focus->setSelected(34);
        QVERIFY2(m_view->accessibleDescription().endsWith(QLatin1String(": because")),
            qPrintable(m_view->accessibleDescription()));
        asked = 0;
        m_view->showSelection();
        m_view->grab();
        QCOMPARE(asked, quint64{34});
    }

    void aLaneThatComesAfterItsSelectionIsScrolledTo()
    {
        constexpr std::uint32_t kLanes = 40;
        for (std::uint32_t socket = 3; socket <= kLanes; ++socket) {
            OperationRecord record = synchronousSend(31 + socket);
            record.submittedNs = 1060 * kMs;
            record.socketId = socket;
            m_store->apply(record);
        }
        m_focus->setSelected(31 + kLanes); // the store has it, its lane is not made yet
        QCOMPARE(m_view->verticalScrollBar()->value(), 0);
        m_lanes->apply({33, kLanes - 2, {}});
        m_view->lanesChanged();
        QTRY_VERIFY(m_view->verticalScrollBar()->value() > 0);
        QVERIFY(m_view->lanesArea().contains(m_view->positionOf(31 + kLanes)));
    }

    void hoverIsTold()
    {
        QTest::mouseMove(m_view->viewport(), m_view->positionOf(15));
        QTRY_COMPARE(m_focus->hovered(), quint64{15});
    }

    void whatIsNewComesAlsoWhileTheMouseMoves()
    {
        OperationRecord record = synchronousSend(34);
        record.submittedNs = record.completedNs = 1030 * kMs;
        record.socketId = 3; // which has no lane yet
        m_store->apply(record);
        m_lanes->apply({33, 1, {}});
        m_view->lanesChanged();
        const QDeadlineTimer deadline(std::chrono::seconds(10));
        for (quint64 hovered = 1; m_view->positionOf(34).isNull() && !deadline.hasExpired();
             hovered = hovered % 30 + 1) {
            m_focus->setHovered(hovered);
            m_view->viewport()->repaint();
            QTest::qWait(1);
        }
        QVERIFY(!m_view->positionOf(34).isNull());
    }

    void draggingBrushesATimeAndEscapeLetsGo()
    {
        const QPoint from = m_view->positionOf(10);
        const QPoint to = m_view->positionOf(20);
        QSignalSpy changed(m_focus.get(), &OperationFocus::rangeChanged);
        QTest::mousePress(m_view->viewport(), Qt::LeftButton, {}, from);
        QTest::mouseMove(m_view->viewport(), (from + to) / 2);
        QTest::mouseMove(m_view->viewport(), to);
        QTest::mouseRelease(m_view->viewport(), Qt::LeftButton, {}, to);
        QVERIFY(changed.count() > 0);
        QVERIFY(m_focus->range().has_value());
        const double tolerance = 2 * m_view->scale().nsPerPixel;
        const auto startOf = [&](std::uint64_t id) {
            return static_cast<double>(m_store->record(id - 1).submittedNs);
        };
        QVERIFY(std::abs(static_cast<double>(m_focus->range()->fromNs) - startOf(10)) < tolerance);
        QVERIFY(std::abs(static_cast<double>(m_focus->range()->toNs) - startOf(20)) < tolerance);
        QCOMPARE(m_focus->selected(), quint64{0});
        key(Qt::Key_Escape);
        QVERIFY(!m_focus->range().has_value());
    }

    void theKeyboardDoesEverything()
    {
        const TimeScale all = m_view->scale();
        key(Qt::Key_W);
        QVERIFY(m_view->scale().nsPerPixel < all.nsPerPixel);
        key(Qt::Key_S);
        QVERIFY(std::abs(m_view->scale().nsPerPixel / all.nsPerPixel - 1) < 1e-9);
        key(Qt::Key_D);
        QVERIFY(m_view->scale().startNs > all.startNs);
        key(Qt::Key_A);
        key(Qt::Key_Left);
        QVERIFY(m_view->scale().startNs < all.startNs);
        key(Qt::Key_Period);
        QCOMPARE(m_focus->selected(), quint64{1});
        key(Qt::Key_Period);
        QCOMPARE(m_focus->selected(), quint64{2});
        key(Qt::Key_Comma);
        QCOMPARE(m_focus->selected(), quint64{1});
        key(Qt::Key_Escape);
        QCOMPARE(m_focus->selected(), quint64{0});
        key(Qt::Key_Down);
        key(Qt::Key_Period);
        QCOMPARE(m_focus->selected(), quint64{32}); // the only one of socket 2
        key(Qt::Key_F);
        QVERIFY(m_view->scale().nsPerPixel < all.nsPerPixel);
        QVERIFY(!m_view->positionOf(32).isNull());
        QSignalSpy activated(m_view.get(), &TimelineView::activated);
        key(Qt::Key_Return);
        QCOMPARE(activated.count(), 1);
    }

    void selectingElsewhereBringsItIntoView()
    {
        m_focus->setSelected(1);
        key(Qt::Key_F);
        QVERIFY(m_view->positionOf(33).isNull());
        m_focus->setSelected(33);
        QVERIFY(!m_view->positionOf(33).isNull());
    }

    void twoMarksMeasure()
    {
        QSignalSpy said(m_view.get(), &TimelineView::said);
        m_focus->setSelected(10);
        key(Qt::Key_M);
        m_focus->setSelected(20);
        key(Qt::Key_M);
        QVERIFY2(said.last().first().toString().contains(QLatin1String("10")),
            qPrintable(said.last().first().toString())); // 10 ms
        key(Qt::Key_Escape);
        QVERIFY(said.last().first().toString().isEmpty());
        QCOMPARE(m_focus->selected(), quint64{20}); // one Escape lets go of one thing
    }

    void bBrushesWhatIsBetweenTheMarksOrWhatIsSelected()
    {
        const std::int64_t origin = 1000 * kMs;
        QSignalSpy said(m_view.get(), &TimelineView::said);
        m_focus->setSelected(31);
        key(Qt::Key_B);
        QCOMPARE(*m_focus->range(), (TimeRange{origin + 30 * kMs, origin + 50 * kMs}));
        QVERIFY(said.last().first().toString().startsWith(QLatin1String("20.0 ms brushed")));
        m_focus->setRange({}); // by somebody else
        QVERIFY(said.last().first().toString().isEmpty());
        // Both marks at one operation: at its call and at its end.
        key(Qt::Key_M);
        key(Qt::Key_M);
        QVERIFY(said.last().first().toString().startsWith(QLatin1String("20.0 ms between")));
        m_view->clearMarks();
        m_focus->setSelected(20);
        key(Qt::Key_M);
        m_focus->setSelected(10);
        key(Qt::Key_M);
        key(Qt::Key_B);
        QCOMPARE(*m_focus->range(), (TimeRange{origin + 9 * kMs, origin + 19 * kMs}));
    }

    void aClickWithShiftSetsAMarkThere()
    {
        QSignalSpy said(m_view.get(), &TimelineView::said);
        m_focus->setSelected(5);
        const QPoint at = m_view->positionOf(15);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::ShiftModifier, at);
        QCOMPARE(m_focus->selected(), quint64{5});
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::ShiftModifier,
            QPoint(m_view->positionOf(20).x(), at.y()));
        QVERIFY2(said.last().first().toString().contains(QLatin1String("ms between")),
            qPrintable(said.last().first().toString()));
    }

    void followingKeepsTheEndInViewUntilTheUserMoves()
    {
        key(Qt::Key_W);
        key(Qt::Key_L);
        QVERIFY(m_view->isFollowing());
        OperationRecord late = synchronousSend(34);
        late.submittedNs = 5000 * kMs;
        late.completedNs = late.submittedNs + 10;
        m_store->apply(late);
        m_lanes->apply({33, 1, {}});
        m_view->lanesChanged();
        QTRY_VERIFY(!m_view->positionOf(34).isNull());
        QTest::keyClick(m_view.get(), Qt::Key_A);
        QVERIFY(!m_view->isFollowing());
    }

    void theSelectionIsSaidToScreenReaders()
    {
        QCOMPARE(m_view->accessibleName(), QString("Timeline of operations"));
        m_focus->setSelected(32);
        QVERIFY2(m_view->accessibleDescription().contains(QLatin1String("Failed")),
            qPrintable(m_view->accessibleDescription()));
    }

    void whatIsDrawnSaysHowItEnded()
    {
        // The failed bar has the colour of failure, the pending one is hatched: its pixels differ.
        QImage image(m_view->viewport()->size(), QImage::Format_ARGB32_Premultiplied);
        QPainter painter(&image);
        m_view->render(painter, image.rect());
        painter.end();
        const QPoint bar = m_view->positionOf(31);
        std::set<QRgb> colours;
        for (int x = bar.x() + 4; x < bar.x() + 30; ++x)
            colours.insert(image.pixel(x, bar.y() + 4));
        QVERIFY(colours.size() >= 2);
        const QColor tick = image.pixelColor(m_view->positionOf(15));
        QVERIFY(tick != m_view->palette().color(QPalette::Base));
    }
};

QTEST_MAIN(TimelineViewTest)
#include "timeline_view_test.moc"
