// SPDX-License-Identifier: GPL-3.0-or-later
// Which operations the table shows, in which order, and which of them are selected.
#include "ui/models/operations_order.h"

#include "tests/engine/trace/records.h"
#include "tests/support/compare.h"
#include "ui/models/operations_model.h"
#include "ui/models/operations_selection.h"
#include "ui/views/long_scroll_bar.h"

#include <QSignalSpy>
#include <QTest>

#include <limits>

using namespace swb;
using trace::SortKey;

namespace {

using Ranges = std::vector<trace::RangeSet::Range>;

struct Table {
    trace::Recorder recorder;
    trace::TraceStore store;
    ui::EngineBridge bridge{recorder, store};
    ui::ShownOperations shown{bridge};
    ui::OperationsOrder order{shown};
    ui::OperationsSelection selection{order};
    ui::OperationsModel model{order};

    /// Every third is pending, and the bytes go down and up again.
    void add(std::uint64_t count)
    {
        for (std::uint64_t i = 0, next = store.rowCount() + 1; i < count; ++i) {
            const std::uint64_t id = next + i;
            OperationRecord record
                = id % 3 == 0 ? test::pendingSend(id) : test::synchronousSend(id);
            record.bytesDone = (id * 37) % 101;
            recorder.operationStepped(record);
        }
        bridge.flush();
    }
    void filter(const char* text) { shown.setFilter(trace::parseFilter(text).filter); }
    bool isSorted() const
    {
        return QTest::qWaitFor([this] { return order.isSorted(); }, 20'000);
    }
    std::uint64_t bytesAt(quint64 index) const
    {
        return store.record(order.rowAt(index)).bytesDone;
    }
};

} // namespace

class OperationsOrderTest : public QObject {
    Q_OBJECT

private slots:
    void withoutAFilterEverythingIsShownAtOnce()
    {
        Table t;
        QSignalSpy changed(&t.shown, &ui::ShownOperations::changed);
        t.add(10);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(t.shown.count(), quint64{10});
        QCOMPARE(t.shown.rowAt(7), quint64{7});
        QCOMPARE(t.shown.indexOfRow(9), std::optional<quint64>(9));
        QCOMPARE(t.shown.indexOfRow(10), std::optional<quint64>());
        QCOMPARE(t.shown.rows().count, std::uint64_t{10});
    }

    void aFilterShowsWhatPassesAndFollowsWhatComesAndChanges()
    {
        Table t;
        t.add(9);
        t.filter("pending");
        QCOMPARE(t.shown.count(), quint64{0}); // Found on another thread.
        QTRY_COMPARE(t.shown.count(), quint64{3});
        QCOMPARE(t.shown.rowAt(1), quint64{5});
        QCOMPARE(t.shown.indexOfRow(5), std::optional<quint64>(1));
        QCOMPARE(t.shown.indexOfRow(4), std::optional<quint64>());
        QCOMPARE(t.shown.rank(8), quint64{2});
        QCOMPARE(t.shown.total(), quint64{9});
        t.add(3);
        QTRY_COMPARE(t.shown.count(), quint64{4});
        t.recorder.operationStepped(test::completed(test::pendingSend(6)));
        t.bridge.flush();
        QTRY_COMPARE(t.shown.count(), quint64{3});
        QVERIFY(!t.shown.contains(5));
        t.filter("");
        QCOMPARE(t.shown.count(), quint64{12});
    }

    void aBatchIsOneSignalHoweverManyRowsItHas()
    {
        Table t;
        t.filter("socket == 1");
        QTRY_VERIFY(!t.shown.progress().isRunning);
        QSignalSpy changed(&t.shown, &ui::ShownOperations::changed);
        t.add(50'000);
        QTRY_COMPARE(t.shown.count(), quint64{50'000});
        QVERIFY2(changed.count() <= 10, qPrintable(QString::number(changed.count())));
    }

    void aSearchThatIsCancelledStaysWhereItIs()
    {
        Table t;
        t.add(300'000);
        // The search may be over before it is cancelled, when this thread had to wait.
        for (int i = 0; i < 100 && !t.shown.progress().isCancelled; ++i) {
            t.filter("");
            t.filter("socket == 1");
            t.shown.cancel();
        }
        const quint64 found = t.shown.count();
        QVERIFY(found < 300'000);
        QVERIFY(t.shown.progress().isCancelled);
        t.add(1000);
        t.bridge.flush();
        QCOMPARE(t.shown.count(), found);
        t.filter("socket == 1");
        QTRY_COMPARE(t.shown.count(), quint64{301'000});
    }

    void operationsOfAnotherStoreAreLookedThroughAnew()
    {
        Table t;
        t.add(30);
        t.filter("pending");
        QTRY_COMPARE(t.shown.count(), quint64{10});
        t.store.clear();
        t.shown.reload();
        QCOMPARE(t.shown.count(), quint64{0});
        QCOMPARE(t.shown.total(), quint64{0});
        t.add(6);
        QTRY_COMPARE(t.shown.count(), quint64{2});
    }

    void sortsOnAnotherThreadAndReadsBackwards()
    {
        Table t;
        t.add(1000);
        QSignalSpy rearranged(&t.order, &ui::OperationsOrder::rearranged);
        QVERIFY(t.order.sort(SortKey::Bytes, Qt::AscendingOrder));
        QVERIFY(t.order.isSorting());
        QVERIFY(!t.order.isSorted()); // The table keeps its order meanwhile.
        QVERIFY(t.isSorted());
        QCOMPARE(rearranged.count(), 1);
        for (quint64 i = 1; i < 1000; ++i)
            QVERIFY(t.bytesAt(i - 1) <= t.bytesAt(i));
        const quint64 row = t.order.rowAt(400);
        QCOMPARE(t.order.indexOfRow(row), std::optional<quint64>(400));
        QVERIFY(t.order.sort(SortKey::Bytes, Qt::DescendingOrder));
        QVERIFY(t.order.isSorted()); // At once.
        QCOMPARE(t.order.rowAt(599), row);
        QCOMPARE(t.order.indexOfRow(row), std::optional<quint64>(599));
        std::vector<std::uint64_t> some(3);
        QCOMPARE(t.order.copyRows(598, some), std::size_t{3});
        QCOMPARE(some[1], row);
        t.order.unsort();
        QVERIFY(!t.order.isSorted());
        QCOMPARE(t.order.rowAt(400), quint64{400});
    }

    void whatComesAfterSortingIsCountedUntilItIsSortedAgain()
    {
        Table t;
        t.add(100);
        t.order.sort(SortKey::Bytes, Qt::AscendingOrder);
        QVERIFY(t.isSorted());
        t.add(30);
        QCOMPARE(t.order.count(), quint64{100});
        QCOMPARE(t.order.newer(), quint64{30});
        t.order.sortAgain();
        QVERIFY(t.isSorted());
        QCOMPARE(t.order.count(), quint64{130});
        QCOMPARE(t.order.newer(), quint64{0});
        QVERIFY(t.order.sortKey() == SortKey::Bytes);
    }

    void anotherFilterIsSortedInTheSameWay()
    {
        Table t;
        t.add(300);
        t.order.sort(SortKey::Bytes, Qt::DescendingOrder);
        QVERIFY(t.isSorted());
        t.filter("pending");
        QVERIFY(!t.order.isSorted());
        QVERIFY(t.isSorted());
        QCOMPARE(t.order.count(), quint64{100});
        for (quint64 i = 1; i < 100; ++i)
            QVERIFY(t.bytesAt(i - 1) >= t.bytesAt(i));
    }

    void aPausedTableStandsStillWhileTheRestGoesOn()
    {
        Table t;
        t.add(9);
        t.filter("pending");
        QTRY_COMPARE(t.order.count(), quint64{3});
        QSignalSpy changed(&t.order, &ui::OperationsOrder::changed);
        t.order.setPaused(true);
        t.add(30);
        t.recorder.operationStepped(test::completed(test::pendingSend(3)));
        t.bridge.flush();
        QTRY_COMPARE(t.shown.count(), quint64{12});
        QCOMPARE(changed.count(), 0);
        QCOMPARE(t.order.count(), quint64{3});
        QCOMPARE(t.order.rowAt(0), quint64{2}); // It no longer passes, but is still there.
        QCOMPARE(t.order.newer(), quint64{9});
        t.order.setPaused(false);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(t.order.count(), quint64{12});
    }

    void selectionIsByRangesOfRows()
    {
        Table t;
        t.add(1000);
        t.selection.select(10);
        QCOMPARE(t.selection.count(), quint64{1});
        t.selection.extendTo(14);
        QVERIFY(t.selection.ranges() == (Ranges{{10, 14}}));
        t.selection.extendTo(7); // From where it began.
        QVERIFY(t.selection.ranges() == (Ranges{{7, 10}}));
        t.selection.toggle(8);
        QVERIFY(t.selection.ranges() == (Ranges{{7, 7}, {9, 10}}));
        t.selection.toggle(100);
        t.selection.extendTo(102, true);
        QVERIFY(t.selection.ranges() == (Ranges{{7, 7}, {9, 10}, {100, 102}}));
        QCOMPARE(t.selection.count(), quint64{6});
        QCOMPARE(t.selection.currentIndex(), std::optional<quint64>(102));
        t.selection.selectAll();
        QCOMPARE(t.selection.count(), quint64{1000});
        t.add(5);
        QCOMPARE(t.selection.count(), quint64{1000}); // Not what came later.
        QVERIFY(!t.selection.contains(1000));
        t.selection.select(5000);
        QCOMPARE(t.selection.count(), quint64{1000}); // There is no such row.
        t.selection.clear();
        QVERIFY(t.selection.isEmpty());
        QVERIFY(!t.selection.currentIndex());
    }

    void selectionStaysWithItsOperationsWhileRowsComeAndGo()
    {
        Table t;
        t.add(30);
        t.filter("pending"); // 3, 6, 9, ...
        QTRY_COMPARE(t.order.count(), quint64{10});
        t.selection.select(4);
        t.selection.extendTo(6); // 15, 18, 21
        t.recorder.operationStepped(test::completed(test::pendingSend(3)));
        t.recorder.operationStepped(test::completed(test::pendingSend(18)));
        t.bridge.flush();
        QTRY_COMPARE(t.order.count(), quint64{8});
        QVERIFY(t.selection.ranges() == (Ranges{{3, 4}}));
        QCOMPARE(t.selection.currentIndex(), std::optional<quint64>(4));
        QCOMPARE(t.selection.currentRow(), std::optional<quint64>(20));
    }

    void inAnotherOrderOnlyTheCurrentRowIsSelected()
    {
        Table t;
        t.add(100);
        t.selection.select(50);
        t.selection.extendTo(60);
        t.order.sort(SortKey::Bytes, Qt::DescendingOrder);
        QVERIFY(t.isSorted());
        QCOMPARE(t.selection.count(), quint64{1});
        QCOMPARE(t.selection.currentRow(), std::optional<quint64>(60));
        const auto index = t.selection.currentIndex();
        QVERIFY(index);
        QCOMPARE(t.order.rowAt(*index), quint64{60});
        QVERIFY(t.selection.contains(*index));
        t.selection.select(0);
        t.selection.extendTo(9);
        QCOMPARE(t.selection.count(), quint64{10});
        QVERIFY(t.order.listRange({0, 9}) == (trace::RangeSet::Range{90, 99}));
        t.order.unsort();
        QCOMPARE(t.selection.count(), quint64{1});
    }

    void aHundredMillionRowsAreOneRange()
    {
        trace::RangeSet keys;
        keys.add({0, std::numeric_limits<std::uint64_t>::max() - 1});
        keys.remove({std::uint64_t{1} << 40, std::uint64_t{1} << 40});
        QCOMPARE(keys.ranges().size(), std::size_t{2});
        QVERIFY(keys.contains((std::uint64_t{1} << 40) + 1));
    }

    void theScrollBarCountsBeyondAnInt()
    {
        ui::LongScrollBar bar(Qt::Vertical);
        QSignalSpy scrolled(&bar, &ui::LongScrollBar::scrolledTo);
        connect(&bar, &ui::LongScrollBar::scrolledTo, &bar,
            [&](quint64 first) { bar.setExtent(quint64{1} << 40, 20, first); });
        bar.setExtent(quint64{1} << 40, 20, 0);
        bar.triggerAction(QAbstractSlider::SliderSingleStepAdd);
        QCOMPARE(bar.first(), quint64{1}); // A row, however small that is on the slider.
        bar.triggerAction(QAbstractSlider::SliderPageStepAdd);
        QVERIFY(bar.first() > 1 && bar.first() <= 21);
        bar.triggerAction(QAbstractSlider::SliderToMaximum);
        QCOMPARE(bar.first(), (quint64{1} << 40) - 20);
        QCOMPARE(bar.value(), bar.maximum());
        bar.triggerAction(QAbstractSlider::SliderSingleStepSub);
        QCOMPARE(bar.first(), (quint64{1} << 40) - 21);
        bar.setValue(bar.maximum() / 2);
        const auto half = static_cast<double>(quint64{1} << 39);
        QVERIFY(std::abs(static_cast<double>(bar.first()) - half) < half / 1000);
        bar.triggerAction(QAbstractSlider::SliderToMinimum);
        QCOMPARE(bar.first(), quint64{0});
        QCOMPARE(scrolled.count(), 6);
    }

    void theScrollBarIsExactForAsManyRowsAsAnIntCounts()
    {
        ui::LongScrollBar bar(Qt::Vertical);
        bar.setExtent(1000, 10, 500);
        QCOMPARE(bar.maximum(), 990);
        QCOMPARE(bar.value(), 500);
        QSignalSpy scrolled(&bar, &ui::LongScrollBar::scrolledTo);
        bar.setValue(700);
        QCOMPARE(scrolled.count(), 1);
        QCOMPARE(scrolled[0][0].toULongLong(), quint64{700});
        bar.setExtent(2000, 10, 700); // Ours, not the user's.
        QCOMPARE(scrolled.count(), 1);
    }
};

QTEST_MAIN(OperationsOrderTest)
#include "operations_order_test.moc"
