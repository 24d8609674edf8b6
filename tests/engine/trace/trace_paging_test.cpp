// SPDX-License-Identifier: BSL-1.0
/// A TraceStore whose records do not fit into its memory budget.
#include "engine/trace/trace_file.h"
#include "engine/trace/trace_store.h"
#include "tests/engine/trace/made_records.h"
#include "tests/support/compare.h"
#include "tests/support/deadline.h"
#include "tests/support/temp_files.h"

#include <QDir>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <random>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace swb;
using Change = trace::TraceStore::Change;

namespace {

constexpr std::uint64_t kPage = 4096;
/// Some eight pages of 320 KiB.
constexpr std::size_t kBudget = std::size_t{3} << 20;
/// The budget, the pages that are on their way to the disk, and what is remembered of all pages.
constexpr std::size_t kMostMemory = kBudget + 8 * kPage * sizeof(OperationRecord) + (1 << 20);
constexpr std::uint64_t kRows = test::kSanitized ? 30 * kPage + 77 : 100 * kPage + 77;

trace::TraceStoreOptions paged(const std::string& folder)
{
    trace::TraceStoreOptions options;
    options.folder = folder;
    options.memoryBudget = kBudget;
    options.program = "test 1.0";
    return options;
}

/// Applies the records of ids first...last in runs, as the recorder gives them.
void applyAll(trace::TraceStore& store, std::uint64_t first, std::uint64_t last)
{
    std::vector<OperationRecord> run;
    for (std::uint64_t id = first; id <= last; ++id) {
        run.push_back(test::madeRecord(id));
        if (run.size() == 1000 || id == last) {
            store.apply(run);
            run.clear();
        }
    }
}

std::uint64_t wrongRows(const trace::TraceStore& store, std::size_t piece)
{
    std::vector<OperationRecord> rows(piece);
    std::uint64_t wrong = 0;
    std::uint64_t row = 0;
    while (const std::size_t count = store.copyRows(row, rows)) {
        for (std::size_t i = 0; i < count; ++i, ++row)
            wrong += test::same(rows[i], test::madeRecord(row + 1)) ? 0U : 1U;
    }
    return wrong + (row == store.rowCount() ? 0 : 1);
}

qsizetype filesIn(const std::string& folder)
{
    return QDir(QString::fromStdString(folder)).entryList(QDir::Files | QDir::Hidden).size();
}

/// No file of this process becomes larger, until the end of the scope.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes)
    {
        getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &m_before); }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit m_before{};
};

} // namespace

class TracePagingTest : public QObject {
    Q_OBJECT

private slots:
    void keepsEveryRowWithinTheMemoryBudget()
    {
        const test::TempFolder folder;
        trace::TraceStore store(paged(folder.path()));
        std::size_t mostMemory = 0;
        for (std::uint64_t id = 1; id <= kRows; id += 1000) {
            applyAll(store, id, std::min(kRows, id + 999));
            mostMemory = std::max(mostMemory, store.memoryBytes());
        }
        QVERIFY(store.settle(test::kDeadline));
        QCOMPARE(store.rowCount(), kRows);
        QCOMPARE(store.lost(), 0U);
        QCOMPARE(store.storageProblem(), std::string());
        QVERIFY(store.rowsOnDisk() > kRows / 2);
        QVERIFY2(mostMemory <= kMostMemory, qPrintable(QString::number(mostMemory)));

        trace::TraceTotals expected;
        for (std::uint64_t id = 1; id <= kRows; ++id)
            expected.add(test::madeRecord(id));
        QVERIFY(store.totals() == expected);
        QCOMPARE(wrongRows(store, kPage), 0U); // whole pages
        QCOMPARE(wrongRows(store, 1000), 0U);
        QCOMPARE(wrongRows(store, 10'001), 0U);
        std::mt19937_64 random(1);
        for (int i = 0; i < 2000; ++i) {
            const std::uint64_t row = random() % kRows;
            QVERIFY(test::same(store.record(row), test::madeRecord(row + 1)));
            QVERIFY(!store.isPending(row));
        }
        QVERIFY2(
            store.memoryBytes() <= kMostMemory, qPrintable(QString::number(store.memoryBytes())));
    }

    void anOperationThatEndsWhenItsPageIsOnDiskIsSeenToEnd()
    {
        const test::TempFolder folder;
        trace::TraceStore store(paged(folder.path()));
        for (std::uint64_t id = 1; id <= kRows; ++id)
            store.apply(test::startsPending(id) ? test::madePending(id) : test::madeRecord(id));
        QVERIFY(store.settle(test::kDeadline));
        QVERIFY(store.rowsOnDisk() > 10 * kPage);
        const std::uint64_t pending = store.totals().pending;
        QVERIFY(pending > kRows / 12);
        for (std::uint64_t row = 0; row < kRows; ++row)
            QCOMPARE(store.isPending(row), test::startsPending(row + 1));

        std::vector<std::uint64_t> updated;
        std::vector<OperationRecord> run;
        for (std::uint64_t id = 1; id <= kRows; ++id) {
            if (test::startsPending(id)) {
                // As the worker says it: without the time of return.
                run.push_back(test::madeRecord(id));
                run.back().returnedNs = 0;
            }
        }
        store.apply(run, &updated);
        QCOMPARE(updated.size(), pending);
        QCOMPARE(store.totals().pending, 0U);
        QCOMPARE(wrongRows(store, kPage), 0U);
        QCOMPARE(wrongRows(store, 999), 0U);
        for (std::uint64_t row = 0; row < kRows; row += 13) {
            QVERIFY(!store.isPending(row));
            QVERIFY(test::same(store.record(row), test::madeRecord(row + 1)));
        }
        // With more going on, what ended is worked into the file and leaves the memory.
        applyAll(store, kRows + 1, kRows + 40 * kPage);
        QVERIFY(store.settle(test::kDeadline));
        QCOMPARE(wrongRows(store, kPage), 0U);
        QCOMPARE(store.lost(), 0U);
    }

    void manyOperationsThatStayPendingStayInMemory()
    {
        const test::TempFolder folder;
        trace::TraceStore store(paged(folder.path()));
        const std::uint64_t rows = 20 * kPage;
        for (std::uint64_t id = 1; id <= rows; ++id)
            store.apply(test::pendingSend(id));
        QCOMPARE(store.rowCount(), rows);
        QVERIFY(store.settle(test::kDeadline));
        QCOMPARE(store.rowsOnDisk(), 0U);
        QVERIFY(store.memoryBytes() <= 96 * rows);
        for (std::uint64_t id = 1; id <= rows; ++id)
            QCOMPARE(store.apply(test::completed(test::pendingSend(id))), Change::Updated);
        applyAll(store, rows + 1, rows + 2 * kPage);
        QVERIFY(store.settle(test::kDeadline));
        QVERIFY(store.rowsOnDisk() > 0);
        QCOMPARE(store.record(7).phase, OperationPhase::Completed);
    }

    void aReturnTimeThatComesLateFindsItsRowOnDisk()
    {
        const test::TempFolder folder;
        trace::TraceStore store(paged(folder.path()));
        for (std::uint64_t id = 1; id <= kRows; ++id) {
            OperationRecord record = test::madeRecord(id);
            if (id == 5)
                record.returnedNs = 0;
            store.apply(record);
        }
        QVERIFY(store.settle(test::kDeadline));
        QCOMPARE(store.record(4).returnedNs, 0);
        QCOMPARE(store.apply(test::madePending(5)), Change::Updated);
        QVERIFY(test::same(store.record(4), test::madeRecord(5)));
        QCOMPARE(store.apply(test::madePending(5)), Change::None);
        QCOMPARE(store.apply(test::madePending(6)), Change::None);
        QCOMPARE(store.totals().operations, kRows);
    }

    void rowsThatWereLostAreMissingOnDiskTooAndFilledWhenTheyCome()
    {
        const test::TempFolder folder;
        trace::TraceStore store(paged(folder.path()));
        for (std::uint64_t id = 1; id <= kRows; ++id) {
            if (id != 10)
                store.apply(test::madeRecord(id));
        }
        QCOMPARE(store.rowCount(), 9U);
        store.showGaps();
        QCOMPARE(store.rowCount(), kRows);
        applyAll(store, kRows + 1, kRows + 2 * kPage);
        QVERIFY(store.settle(test::kDeadline));
        QCOMPARE(store.record(9).id, 10U);
        QCOMPARE(store.record(9).kind, SocketAsyncOperation::None);
        QVERIFY(!store.isPending(9));
        QCOMPARE(store.apply(test::madeRecord(10)), Change::Updated);
        QVERIFY(test::same(store.record(9), test::madeRecord(10)));
        QCOMPARE(wrongRows(store, kPage), 0U);
    }

    void otherThreadsReadWhileTheConsumerGoesOn()
    {
        const test::TempFolder folder;
        trace::TraceStore store(paged(folder.path()));
        std::atomic<bool> done{false};
        std::atomic<std::uint64_t> wrong{0};
        std::atomic<std::uint64_t> read{0};
        const auto check = [&](const OperationRecord& record, std::uint64_t row) {
            const bool ended = record.phase == OperationPhase::Completed;
            const auto expected = ended ? test::madeRecord(row + 1) : test::madePending(row + 1);
            if (!test::same(record, expected))
                ++wrong;
        };
        const auto search = [&](std::size_t piece) {
            std::vector<OperationRecord> rows(piece);
            bool last = false;
            while (!last) {
                last = done;
                std::uint64_t row = 0;
                while (const std::size_t count = store.copyRows(row, rows)) {
                    for (std::size_t i = 0; i < count; ++i, ++row)
                        check(rows[i], row);
                }
                read += row;
            }
        };
        std::thread whole(search, kPage);
        std::thread pieces(search, 1500);
        constexpr std::uint64_t kBehind = 11 * kPage;
        const std::uint64_t rows = kRows / 2;
        for (std::uint64_t id = 1; id <= rows + kBehind; ++id) {
            if (id <= rows)
                store.apply(test::startsPending(id) ? test::madePending(id) : test::madeRecord(id));
            if (id > kBehind && test::startsPending(id - kBehind))
                store.apply(test::madeRecord(id - kBehind));
            if (id % kPage == 0)
                store.checkpoint();
        }
        done = true;
        whole.join();
        pieces.join();
        QCOMPARE(wrong.load(), 0U);
        QVERIFY(read >= 2 * rows);
        QCOMPARE(store.totals().pending, 0U);
        QCOMPARE(store.storageProblem(), std::string());
    }

    void aFolderThatCannotBeWrittenCostsTheOldestRowsAndIsTold()
    {
        const test::TempFolder folder;
        const std::string missing = folder / "missing";
        trace::TraceStore store(paged(missing));
        applyAll(store, 1, kRows);
        QCOMPARE(store.rowCount(), kRows);
        QVERIFY(store.memoryBytes() <= kMostMemory + kBudget / 2);
        QVERIFY(store.lost() > 0);
        const std::string problem = store.storageProblem();
        QVERIFY2(problem.find(missing) != std::string::npos
                && problem.find("ENOENT") != std::string::npos
                && problem.find(std::to_string(store.lost()) + " operations") != std::string::npos,
            problem.c_str());

        // What is counted as lost is what is missing; the newest rows are there, and the totals are
        // those of everything.
        std::uint64_t missingRows = 0;
        for (std::uint64_t row = 0; row < kRows; ++row) {
            const OperationRecord record = store.record(row);
            if (record.kind == SocketAsyncOperation::None) {
                QCOMPARE(record.id, row + 1);
                ++missingRows;
            } else {
                QVERIFY(test::same(record, test::madeRecord(row + 1)));
            }
        }
        QCOMPARE(missingRows, store.lost());
        QVERIFY(test::same(store.record(kRows - 1), test::madeRecord(kRows)));
        QCOMPARE(store.record(0).kind, SocketAsyncOperation::None);
        QCOMPARE(store.totals().operations, kRows);
        QCOMPARE(store.apply(test::madePending(1)), Change::None);

        // The disk works again: nothing more is lost.
        QVERIFY(QDir().mkdir(QString::fromStdString(missing)));
        const QDeadlineTimer deadline(test::kDeadline);
        std::uint64_t next = kRows + 1;
        while (store.rowsOnDisk() == 0 && !deadline.hasExpired()) {
            applyAll(store, next, next);
            ++next;
            store.checkpoint(); // tries again
            store.settle(test::kDeadline);
        }
        const std::uint64_t lost = store.lost();
        const std::uint64_t rows = next + 40 * kPage;
        applyAll(store, next, rows);
        QVERIFY(store.settle(test::kDeadline));
        QCOMPARE(store.lost(), lost);
        QVERIFY(store.rowsOnDisk() > 20 * kPage);
        QVERIFY2(store.storageProblem().find("missing") != std::string::npos,
            store.storageProblem().c_str());
    }

    void aDiskThatIsFullIsToldAndWhatFitsIsKept()
    {
        const test::TempFolder folder;
        trace::TraceStore store(paged(folder.path()));
        {
            const FileSizeLimit limit(10 * kPage * sizeof(OperationRecord));
            applyAll(store, 1, kRows);
            QVERIFY(store.settle(test::kDeadline));
        }
        QCOMPARE(store.rowCount(), kRows);
        QVERIFY(store.lost() > 0);
        const std::string problem = store.storageProblem();
        QVERIFY2(problem.find("EFBIG") != std::string::npos, problem.c_str());
        QVERIFY(store.rowsOnDisk() >= 8 * kPage);
        std::uint64_t missingRows = 0;
        for (std::uint64_t row = 0; row < kRows; ++row) {
            const OperationRecord record = store.record(row);
            if (record.kind == SocketAsyncOperation::None)
                ++missingRows;
            else
                QVERIFY(test::same(record, test::madeRecord(row + 1)));
        }
        QCOMPARE(missingRows, store.lost());
    }

    void whatSomebodyDoesToTheFileIsToldWhenItIsRead()
    {
        const test::TempFolder folder;
        trace::TraceStore store(paged(folder.path()));
        applyAll(store, 1, kRows);
        QVERIFY(store.settle(test::kDeadline));
        const QDir dir(QString::fromStdString(folder.path()));
        const QString file = dir.filePath(dir.entryList(QDir::Files).value(0));
        QCOMPARE(truncate(qPrintable(file), 8192), 0);
        std::vector<OperationRecord> rows(kPage);
        QCOMPARE(store.copyRows(0, rows), std::size_t{kPage});
        QCOMPARE(rows[0].kind, SocketAsyncOperation::None);
        QCOMPARE(rows[0].id, 1U);
        QVERIFY2(store.storageProblem().find(file.toStdString()) != std::string::npos,
            store.storageProblem().c_str());
    }

    void theFileGoesWithTheStoreAndWithItsContent()
    {
        const test::TempFolder folder;
        {
            trace::TraceStore store(paged(folder.path()));
            QCOMPARE(filesIn(folder.path()), 0);
            applyAll(store, 1, kRows);
            QVERIFY(store.settle(test::kDeadline));
            QCOMPARE(filesIn(folder.path()), 1);
            // It is of a program that runs, so it is not offered to others.
            QVERIFY(trace::findUnfinishedTraces(folder.path()).empty());
            store.clear();
            QCOMPARE(filesIn(folder.path()), 0);
            QCOMPARE(store.rowCount(), 0U);
            applyAll(store, 1, kRows);
            QVERIFY(store.settle(test::kDeadline));
            QCOMPARE(wrongRows(store, kPage), 0U);
            QCOMPARE(filesIn(folder.path()), 1);
        }
        QCOMPARE(filesIn(folder.path()), 0);
    }

    void withoutAFolderEverythingStaysInMemory()
    {
        trace::TraceStore store(paged({}));
        applyAll(store, 1, 20 * kPage);
        QCOMPARE(store.rowsOnDisk(), 0U);
        QCOMPARE(store.lost(), 0U);
        QCOMPARE(wrongRows(store, kPage), 0U);
    }
};

QTEST_GUILESS_MAIN(TracePagingTest)
#include "trace_paging_test.moc"
