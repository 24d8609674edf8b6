// SPDX-License-Identifier: GPL-3.0-or-later
// The search on its own thread, and the questions about many rows.
#include "engine/trace/filter/filter_job.h"
#include "engine/trace/row_queries.h"

#include "tests/engine/trace/records.h"
#include "tests/support/deadline.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

using namespace swb;
using trace::FilterJob;
using trace::RowList;
using trace::RowSet;
using trace::SortKey;
using trace::TraceStore;

namespace {

trace::Filter filterOf(const char* text)
{
    const auto result = trace::parseFilter(text);
    if (!result)
        qFatal("%s: %s", text, result.error->message.c_str());
    return result.filter;
}

/// A store with a job, drained as a consumer does it.
struct Search {
    TraceStore store;
    std::atomic<int> wakes{0};
    RowSet found;
    FilterJob job{store, [this] { ++wakes; }};

    void fill(std::uint64_t count)
    {
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t id = store.rowCount() + 1;
            OperationRecord record
                = id % 4 == 0 ? test::pendingSend(id) : test::synchronousSend(id);
            record.socketId = static_cast<std::uint32_t>(id % 10);
            store.apply(record);
        }
    }
    void start(const char* text)
    {
        found.clear();
        job.start(filterOf(text), store.rowCount());
    }
    bool becomes(std::uint64_t count)
    {
        return QTest::qWaitFor(
            [&] {
                job.drain(found);
                return !job.progress().isRunning && found.count() == count;
            },
            static_cast<int>(test::kDeadline.count()));
    }
};

template <typename Result>
std::optional<Result> answer(typename trace::BackgroundQuery<Result>::Question question)
{
    std::promise<void> answered;
    trace::BackgroundQuery<Result> query([&answered] { answered.set_value(); });
    query.start(std::move(question));
    if (answered.get_future().wait_for(std::chrono::seconds(20)) != std::future_status::ready)
        qFatal("no answer");
    return query.take();
}

} // namespace

class FilterJobTest : public QObject {
    Q_OBJECT

private slots:
    void findsWhatIsThere()
    {
        Search s;
        s.fill(200'001);
        s.start("socket == 3");
        QVERIFY(s.becomes(20'000));
        QCOMPARE(s.found.at(0), std::uint64_t{2});
        QCOMPARE(s.found.at(19'999), std::uint64_t{199'992});
        QVERIFY(s.wakes > 0);
        QCOMPARE(s.job.progress().looked, std::uint64_t{200'001});
        s.start("pending && socket == 4");
        QVERIFY(s.becomes(10'000));
        s.start("");
        QVERIFY(s.becomes(200'001));
    }

    void saysWhenItFoundNothing()
    {
        Search s;
        s.fill(1000);
        s.start("socket == 77");
        QTRY_VERIFY(!s.job.progress().isRunning);
        QTRY_VERIFY(s.wakes > 0);
        QVERIFY(!s.job.drain(s.found));
    }

    void newRowsAreMatchedAsTheyCome()
    {
        Search s;
        s.start("socket == 3");
        std::uint64_t expected = 0;
        for (int i = 1; i <= 50; ++i) { // Pieces that end within a word.
            s.fill(static_cast<std::uint64_t>(i));
            s.job.extend(s.store.rowCount(), {});
        }
        for (std::uint64_t id = 1; id <= s.store.rowCount(); ++id)
            expected += id % 10 == 3 ? 1U : 0U;
        QVERIFY(s.becomes(expected));
        for (std::uint64_t i = 0; i < expected; ++i)
            QCOMPARE(s.found.at(i), i * 10 + 2);
    }

    void changedRowsAreLookedAtAgain()
    {
        Search s;
        s.fill(1000);
        s.start("pending");
        QVERIFY(s.becomes(250));
        s.store.apply(test::completed(test::pendingSend(8)));
        s.store.apply(test::completed(test::pendingSend(12)));
        const std::vector<std::uint64_t> changed{7, 11};
        s.job.extend(s.store.rowCount(), changed);
        QVERIFY(s.becomes(248));
        QVERIFY(!s.found.contains(7));
        QVERIFY(!s.found.contains(11));
        QVERIFY(s.found.contains(3));
        s.start("completed");
        QVERIFY(s.becomes(2));
    }

    void runningTimesAreFollowedWithoutAnyChange()
    {
        Search s;
        OperationRecord pending = test::pendingSend(1);
        pending.submittedNs = trace::steadyNowNs();
        s.store.apply(pending);
        s.start("duration > 200 ms");
        QTRY_VERIFY(!s.job.progress().isRunning);
        QVERIFY(s.becomes(1));
        QVERIFY(trace::steadyNowNs() - pending.submittedNs > 200'000'000);
        s.start("duration < 400 ms");
        QVERIFY(s.becomes(0));
    }

    void timeAndProgressChangeTheAnswerInTurn()
    {
        Search s;
        OperationRecord pending = test::pendingSend(1);
        pending.submittedNs = trace::steadyNowNs();
        s.store.apply(pending);
        s.start("duration > 400 ms || bytes == 0");
        QVERIFY(s.becomes(1));
        s.store.apply(test::progressed(pending, 10));
        const std::vector<std::uint64_t> changed{0};
        s.job.extend(1, changed);
        QVERIFY(QTest::qWaitFor(
            [&] { // Seen without it, or time was faster.
                s.job.drain(s.found);
                return s.found.isEmpty()
                    || trace::steadyNowNs() - pending.submittedNs > 400'000'000;
            },
            static_cast<int>(test::kDeadline.count())));
        QVERIFY(s.becomes(1));
    }

    void aCancelledSearchKeepsWhatItFoundAndGoesNoFurther()
    {
        Search s;
        s.fill(500'000);
        s.start("socket == 3");
        s.job.cancel();
        QVERIFY(s.job.progress().isCancelled);
        QVERIFY(!s.job.progress().isRunning);
        s.job.drain(s.found);
        const std::uint64_t kept = s.found.count();
        s.fill(100'000);
        s.job.extend(s.store.rowCount(), {});
        // Something to wait for: another search is done by the same thread.
        RowSet other;
        s.job.start(filterOf("id == 5"), s.store.rowCount());
        QTRY_VERIFY(!s.job.progress().isRunning);
        s.job.drain(other);
        QCOMPARE(other.count(), std::uint64_t{1});
        QCOMPARE(s.found.count(), kept);
    }

    void aNewSearchLeavesNothingOfTheOneBefore()
    {
        Search s;
        s.fill(100'000);
        for (int i = 0; i < 50; ++i) {
            s.start(i % 2 == 0 ? "socket == 3" : "socket == 4");
            if (i % 3 == 0)
                s.job.drain(s.found);
        }
        QVERIFY(s.becomes(10'000));
        QCOMPARE(s.found.at(0), std::uint64_t{3});
    }

    void endsInTheMiddleOfASearch()
    {
        for (int i = 0; i < 20; ++i) {
            Search s;
            s.fill(20'000);
            s.start("duration > 1 ms");
        }
    }

    void anEmptiedStoreEndsTheSearch()
    {
        Search s;
        s.fill(1000);
        s.store.clear();
        s.job.start(filterOf("pending"), 1000);
        QTRY_VERIFY(!s.job.progress().isRunning);
        s.job.drain(s.found);
        QVERIFY(s.found.isEmpty());
    }

    void agreesWithTheStoreWhileItIsFilledAndChanged()
    {
        Search s;
        s.start("pending");
        std::uint64_t id = 0;
        for (int frame = 0; frame < 100; ++frame) {
            std::vector<std::uint64_t> changed;
            for (std::uint64_t row = 0; row < s.store.rowCount(); row += 97) {
                const OperationRecord record = s.store.record(row);
                if (record.phase == OperationPhase::Completed || (row + id) % 3 != 0)
                    continue;
                s.store.apply(test::completed(record));
                changed.push_back(row);
            }
            for (int i = 0; i < 137; ++i) {
                ++id;
                s.store.apply(id % 2 == 0 ? test::pendingSend(id) : test::synchronousSend(id));
            }
            s.job.extend(s.store.rowCount(), changed);
            if (frame % 5 == 0)
                s.job.drain(s.found);
        }
        QVERIFY(s.becomes(s.store.totals().pending));
        for (std::uint64_t row = 0; row < s.store.rowCount(); ++row)
            QCOMPARE(s.found.contains(row), s.store.isPending(row));
    }

    void rowsAreSortedByAKey()
    {
        TraceStore store;
        for (std::uint64_t id = 1; id <= 100'000; ++id) {
            OperationRecord record = test::synchronousSend(id, (id * 7919) % 10'007);
            record.kind = id % 2 == 0 ? SocketAsyncOperation::Send : SocketAsyncOperation::Connect;
            store.apply(record);
        }
        const RowList all{store.rowCount(), nullptr, nullptr};
        const auto byBytes = answer<std::vector<std::uint64_t>>([&](trace::QueryControl& control) {
            return trace::sortRows(store, all, SortKey::Bytes, 0, control);
        });
        QVERIFY(byBytes.has_value());
        QCOMPARE(byBytes->size(), std::size_t{100'000});
        for (std::size_t i = 1; i < byBytes->size(); ++i) {
            const auto before = store.record((*byBytes)[i - 1]);
            const auto now = store.record((*byBytes)[i]);
            QVERIFY(before.bytesDone < now.bytesDone
                || (before.bytesDone == now.bytesDone && before.id < now.id));
        }
        auto set = std::make_shared<RowSet>();
        for (const std::uint64_t row : {3U, 4U, 7U, 8U})
            set->set(row, true);
        const auto byName = answer<std::vector<std::uint64_t>>([&](trace::QueryControl& control) {
            return trace::sortRows(store, {4, set, nullptr}, SortKey::Operation, 0, control);
        });
        QVERIFY(*byName == (std::vector<std::uint64_t>{4, 8, 3, 7})); // Connect before Send.
    }

    void totalsAreAddedUpOverRanges()
    {
        TraceStore store;
        for (std::uint64_t id = 1; id <= 30'000; ++id)
            store.apply(id % 3 == 0 ? test::pendingSend(id, 10, 4) : test::synchronousSend(id, 10));
        const RowList all{store.rowCount(), nullptr, nullptr};
        const auto totals = answer<trace::RowTotals>([&](trace::QueryControl& control) {
            return trace::totalsOf(store, all, {{0, 8}, {10'000, 29'999}}, control);
        });
        QCOMPARE(totals->operations, std::uint64_t{20'009});
        QCOMPARE(totals->pending, std::uint64_t{3 + 6667});
        QCOMPARE(totals->synchronous, totals->operations - totals->pending);
        QCOMPARE(totals->bytesDone, totals->pending * 4 + totals->synchronous * 10);
        QCOMPARE(totals->bytesAsked, totals->operations * 10);
        QCOMPARE(totals->firstNs, std::int64_t{1000});
    }

    void anotherQuestionTakesThePlaceOfTheOneBefore()
    {
        std::atomic<int> wakes{0};
        std::promise<void> started;
        trace::BackgroundQuery<int> query([&] { ++wakes; });
        query.start([&](trace::QueryControl& control) -> std::optional<int> {
            started.set_value();
            while (!control.isStopped())
                std::this_thread::yield();
            return 1;
        });
        started.get_future().wait();
        QVERIFY(query.isRunning());
        query.start([](trace::QueryControl&) { return std::optional(2); });
        QTRY_VERIFY(!query.isRunning());
        QCOMPARE(query.take(), std::optional(2));
        QCOMPARE(query.take(), std::optional<int>());
        QTRY_COMPARE(wakes.load(), 1);
        query.start([](trace::QueryControl&) -> std::optional<int> { throw std::bad_alloc(); });
        QTRY_VERIFY(!query.isRunning());
        QVERIFY(!query.take().has_value());
    }
};

QTEST_GUILESS_MAIN(FilterJobTest)
#include "filter_job_test.moc"
