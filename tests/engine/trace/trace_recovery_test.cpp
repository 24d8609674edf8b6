// SPDX-License-Identifier: BSL-1.0
/// What is left of a trace when its program is killed: a real process, a real SIGKILL.
#include "engine/net/thread_id.h"
#include "engine/trace/trace_file.h"
#include "tests/engine/trace/made_records.h"
#include "tests/support/bytes.h"
#include "tests/support/compare.h"
#include "tests/support/deadline.h"
#include "tests/support/temp_files.h"

#include <QCoreApplication>
#include <QDir>
#include <QProcess>
#include <QTest>

#include <csignal>
#include <cstdio>
#include <random>
#include <vector>

using namespace swb;

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr int kDeadlineMs = static_cast<int>(test::kDeadline.count());

trace::TraceStoreOptions paged(const std::string& folder)
{
    trace::TraceStoreOptions options;
    options.folder = folder;
    options.memoryBudget = std::size_t{3} << 20;
    options.payload.bytesPerOperation = 8;
    options.program = "victim 1.0";
    return options;
}

/// The program that is killed. It goes on until then, with more and more rows on the disk.
int beTheVictim(const std::string& folder, const std::string& how)
{
    nameCurrentThread("the victim");
    trace::TraceStore store(paged(folder));
    store.sockets().describeSocket(1, "tcp 127.0.0.1:1 -> 127.0.0.1:2");
    store.payload().keep(3, test::bytesOf("payload of three"));
    const auto say = [](const char* word) {
        std::puts(word);
        std::fflush(stdout);
    };
    if (how == "checkpoint") {
        for (std::uint64_t id = 1; id <= 2 * kPage + 10; ++id)
            store.apply(id == 20 ? test::madePending(id) : test::madeRecord(id));
        store.checkpoint();
        if (!store.settle(test::kDeadline))
            return 1;
        // Names and payload come after the pages; a second page says that they are through.
        store.apply(test::madeRecord(2 * kPage + 11));
        store.checkpoint();
        if (!store.settle(test::kDeadline))
            return 1;
        say("ready");
        while (true)
            pause();
    }
    for (std::uint64_t id = 1;; ++id) {
        store.apply(test::startsPending(id) ? test::madePending(id) : test::madeRecord(id));
        // Ends half a million rows later, when the page is on the disk.
        constexpr std::uint64_t kLater = 20 * kPage;
        if (id > kLater && test::startsPending(id - kLater))
            store.apply(test::madeRecord(id - kLater));
        if (id % (3 * kPage) == 0)
            store.checkpoint();
        if (id == 40 * kPage) {
            if (!store.settle(test::kDeadline))
                return 1;
            say("ready");
        }
    }
}

class Victim {
public:
    Victim(const test::TempFolder& folder, const char* how)
    {
        m_process.start(QCoreApplication::applicationFilePath(),
            {"--victim", QString::fromStdString(folder.path()), how});
    }
    bool ready()
    {
        return m_process.waitForReadyRead(kDeadlineMs)
            && m_process.readAllStandardOutput().contains("ready");
    }
    qint64 id() const { return m_process.processId(); }
    bool die()
    {
        ::kill(static_cast<pid_t>(m_process.processId()), SIGKILL);
        return m_process.waitForFinished(kDeadlineMs)
            && m_process.exitStatus() == QProcess::CrashExit;
    }

private:
    QProcess m_process;
};

} // namespace

class TraceRecoveryTest : public QObject {
    Q_OBJECT

private slots:
    void whatWasOnTheDiskIsFoundAndOpened()
    {
        const test::TempFolder folder;
        Victim victim(folder, "run");
        const qint64 processId = victim.id();
        QVERIFY(victim.ready());
        // While it runs it is nobody else's.
        QVERIFY(trace::findUnfinishedTraces(folder.path()).empty());
        const QDir dir(QString::fromStdString(folder.path()));
        const std::string file = dir.filePath(dir.entryList(QDir::Files).value(0)).toStdString();
        try {
            trace::openTrace(file);
            QFAIL("a trace that is being written was opened");
        } catch (const trace::TraceFileError& error) {
            QVERIFY2(
                std::string(error.what()).find("still runs") != std::string::npos, error.what());
        }
        QVERIFY(!trace::removeUnfinishedTrace(file));
        QVERIFY(victim.die());

        const auto found = trace::findUnfinishedTraces(folder.path());
        QCOMPARE(found.size(), 1U);
        QCOMPARE(found[0].path, file);
        QCOMPARE(found[0].program, std::string("victim 1.0"));
        QCOMPARE(found[0].processId, static_cast<std::uint64_t>(processId));
        QVERIFY(found[0].bytes > 20 * kPage * sizeof(OperationRecord));
        {
            const trace::OpenedTrace opened = trace::openTrace(found[0].path);
            QVERIFY(!opened.condition.closed);
            QVERIFY(opened.store->rowCount() >= 30 * kPage);
            // In use again.
            QVERIFY(!trace::removeUnfinishedTrace(file));
        }
        QVERIFY(trace::removeUnfinishedTrace(file));
        QVERIFY(trace::findUnfinishedTraces(folder.path()).empty());
    }

    void everythingUpToACheckpointIsThere()
    {
        const test::TempFolder folder;
        Victim victim(folder, "checkpoint");
        QVERIFY(victim.ready());
        QVERIFY(victim.die());
        const auto found = trace::findUnfinishedTraces(folder.path());
        QCOMPARE(found.size(), 1U);
        const trace::OpenedTrace opened = trace::openTrace(found[0].path);
        const std::string message = opened.condition.message();
        QCOMPARE(opened.condition.damagedBlocks, 0U);
        QCOMPARE(opened.condition.missingOperations, 0U);
        QVERIFY2(message.find("was not closed") != std::string::npos, message.c_str());
        const trace::TraceStore& store = *opened.store;
        QCOMPARE(store.rowCount(), 2 * kPage + 11);
        for (std::uint64_t row = 0; row < store.rowCount(); ++row) {
            const auto expected = row == 19 ? test::madePending(20) : test::madeRecord(row + 1);
            QVERIFY(test::same(store.record(row), expected));
            QCOMPARE(store.isPending(row), row == 19);
        }
        QCOMPARE(store.sockets().text(1), std::string("tcp 127.0.0.1:1 -> 127.0.0.1:2"));
        QCOMPARE(store.payload().find(3)->bytes, test::bytesOf("payload "));
        QCOMPARE(store.threadName(1), std::string("the victim"));
        // It can be saved as any other.
        trace::saveTrace(store, folder / "saved");
        QVERIFY(trace::openTrace(folder / "saved").condition.whole());
    }

    void whateverTheMomentNothingThatIsReadIsWrong()
    {
        std::mt19937 random(4711);
        const int rounds = test::kSanitized ? 4 : 12;
        for (int round = 0; round < rounds; ++round) {
            const test::TempFolder folder;
            Victim victim(folder, "run");
            QVERIFY(victim.ready());
            // Anywhere within some ten pages' time: this is no waiting for something to happen.
            usleep(static_cast<useconds_t>(random() % 30'000));
            QVERIFY(victim.die());
            const auto found = trace::findUnfinishedTraces(folder.path());
            QCOMPARE(found.size(), 1U);
            const trace::OpenedTrace opened = trace::openTrace(found[0].path);
            const trace::TraceStore& store = *opened.store;
            std::uint64_t missing = 0;
            std::uint64_t wrong = 0;
            std::vector<OperationRecord> rows(kPage);
            std::uint64_t row = 0;
            while (const std::size_t count = store.copyRows(row, rows)) {
                for (std::size_t i = 0; i < count; ++i, ++row) {
                    if (rows[i].kind == SocketAsyncOperation::None)
                        ++missing;
                    else if (!test::same(rows[i], test::madeRecord(row + 1))
                        && !test::same(rows[i], test::madePending(row + 1)))
                        ++wrong;
                }
            }
            QCOMPARE(wrong, 0U);
            QCOMPARE(missing, opened.condition.missingOperations);
            QVERIFY(store.rowCount() - missing >= 30 * kPage);
            // At most the page that was just being written.
            QVERIFY(opened.condition.damagedBlocks <= 1);
        }
    }

    void whatIsNoTraceIsNotOffered()
    {
        const test::TempFolder folder;
        QVERIFY(trace::findUnfinishedTraces(folder / "none").empty());
        folder.file("swb-1-1.swbtrace.part", {});
        folder.file("swb-1-2.swbtrace.part", test::bytesOf("no trace"));
        folder.file("other", test::bytesOf("no trace"));
        QVERIFY(QDir(QString::fromStdString(folder.path())).mkdir("swb-1-3.swbtrace.part"));
        QVERIFY(trace::findUnfinishedTraces(folder.path()).empty());
        QVERIFY(!trace::removeUnfinishedTrace(folder / "none"));
    }
};

int main(int argc, char** argv)
{
    if (argc == 4 && std::string(argv[1]) == "--victim")
        return beTheVictim(argv[2], argv[3]);
    QCoreApplication application(argc, argv);
    TraceRecoveryTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "trace_recovery_test.moc"
