// SPDX-License-Identifier: BSL-1.0
/// Traces that are saved and opened again, whole, damaged and of other versions.
#include "engine/trace/crc32c.h"
#include "engine/trace/trace_file.h"
#include "engine/trace/trace_format.h"
#include "tests/engine/trace/made_records.h"
#include "tests/engine/trace/trace_bytes.h"
#include "tests/support/compare.h"
#include "tests/support/temp_files.h"

#include <QDir>
#include <QTest>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace swb;
using test::TraceBytes;
using trace::TraceFileError;
using trace::TraceStore;

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kRows = 3 * kPage + 100;

/// The rows of kRows operations, a pending one and a missing one among them, and what goes with
/// them.
std::unique_ptr<TraceStore> madeStore(std::uint64_t rows = kRows)
{
    trace::TraceStoreOptions options;
    options.program = "test 1.0";
    options.payload.bytesPerOperation = 16;
    auto store = std::make_unique<TraceStore>(options);
    for (std::uint64_t id = 1; id <= rows; ++id) {
        if (id != 50)
            store->apply(id == 60 ? test::madePending(id) : test::madeRecord(id));
    }
    store->showGaps();
    store->sockets().describeSocket(1, "tcp 127.0.0.1:40001 -> 127.0.0.1:9000");
    store->sockets().describeSocket(2, "udp [::1]:5000");
    store->sockets().describeSocket(3, "what ever it is");
    store->payload().keep(7, test::bytesOf("0123456789abcdefXYZ"));
    store->payload().keep(8, test::bytesOf("short"));
    return store;
}

std::uint64_t differences(const TraceStore& a, const TraceStore& b)
{
    if (a.rowCount() != b.rowCount())
        return a.rowCount() + b.rowCount();
    std::uint64_t wrong = 0;
    for (std::uint64_t row = 0; row < a.rowCount(); ++row) {
        const bool equal
            = test::same(a.record(row), b.record(row)) && a.isPending(row) == b.isPending(row);
        wrong += equal ? 0U : 1U;
    }
    return wrong;
}

std::string refusal(const std::string& path)
{
    try {
        trace::openTrace(path);
    } catch (const TraceFileError& error) {
        return error.what();
    }
    return {};
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TraceFileTest : public QObject {
    Q_OBJECT

private slots:
    void checksumsAreThoseOfTheStandard()
    {
        QCOMPARE(trace::crc32c(test::bytesOf("123456789")), 0xE3069283U);
        QCOMPARE(trace::crc32cByTable(test::bytesOf("123456789")), 0xE3069283U);
        test::Bytes bytes(1000);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::byte>(test::mixed(i));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const auto part = std::span(bytes).subspan(size / 3, size / 2);
            QCOMPARE(trace::crc32c(part), trace::crc32cByTable(part));
        }
        const auto all = std::span(std::as_const(bytes));
        QCOMPARE(
            trace::crc32c(all.subspan(123), trace::crc32c(all.first(123))), trace::crc32c(all));
    }

    void isTheSameWhenItIsOpenedAgain()
    {
        const test::TempFolder folder;
        const auto store = madeStore();
        const std::string path = folder / "a.swbtrace";
        trace::SaveOptions options;
        options.lostBefore = 3;
        trace::saveTrace(*store, path, options);

        const trace::OpenedTrace opened = trace::openTrace(path);
        QVERIFY(opened.condition.whole());
        QCOMPARE(opened.condition.message(), std::string());
        QCOMPARE(opened.condition.missingOperations, 0U);
        const TraceStore& read = *opened.store;
        QVERIFY(read.readOnly());
        QCOMPARE(differences(*store, read), 0U);
        QVERIFY(store->totals() == read.totals());
        QCOMPARE(read.originNs(), store->originNs());
        QCOMPARE(read.lost(), 3U);
        QCOMPARE(read.program(), std::string("test 1.0"));
        QCOMPARE(read.anchor().wallNs, store->anchor().wallNs);
        QCOMPARE(read.anchor().steadyNs, store->anchor().steadyNs);
        QVERIFY(read.endNs() >= store->anchor().steadyNs);
        QVERIFY(read.isPending(59));
        QCOMPARE(read.record(49).kind, SocketAsyncOperation::None);
        QVERIFY(!read.hasGap());
        QVERIFY(read.contains(kRows));

        QVERIFY(store->sockets().all() == read.sockets().all());
        QCOMPARE(read.sockets().text(2), std::string("udp [::1]:5000"));
        QCOMPARE(read.sockets().find(1)->remote, std::string("127.0.0.1:9000"));
        QCOMPARE(read.sockets().text(9), std::string("socket 9"));
        QCOMPARE(read.threadName(1), store->threadName(1));
        QVERIFY(read.payload().totals() == store->payload().totals());
        QCOMPARE(read.payload().find(7)->bytes, test::bytesOf("0123456789abcdef"));
        QCOMPARE(read.payload().find(7)->offered, 19U);
        QCOMPARE(read.payload().find(8)->bytes, test::bytesOf("short"));
        QVERIFY(!read.payload().find(9));
    }

    void anOpenedTraceTakesNoRecords()
    {
        const test::TempFolder folder;
        trace::saveTrace(*madeStore(), folder / "a");
        const auto opened = trace::openTrace(folder / "a");
        QCOMPARE(opened.store->apply(test::synchronousSend(kRows + 1)), TraceStore::Change::Lost);
        QCOMPARE(opened.store->rowCount(), kRows);
        QCOMPARE(opened.store->totals().operations, kRows - 1);
        // And can be saved under another name.
        trace::saveTrace(*opened.store, folder / "b");
        const auto again = trace::openTrace(folder / "b");
        QCOMPARE(differences(*opened.store, *again.store), 0U);
        QCOMPARE(again.store->endNs(), opened.store->endNs());
    }

    void anEmptyTraceIsATrace()
    {
        const test::TempFolder folder;
        trace::saveTrace(TraceStore(), folder / "a");
        const auto opened = trace::openTrace(folder / "a");
        QVERIFY(opened.condition.whole());
        QCOMPARE(opened.store->rowCount(), 0U);
        QCOMPARE(opened.store->record(0).id, 0U);
        OperationRecord row;
        QCOMPARE(opened.store->copyRows(0, std::span(&row, 1)), 0U);
    }

    void theFormatIsTheOneThatIsDescribed()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a";
        trace::saveTrace(*madeStore(), path);
        const TraceBytes file(path);
        QCOMPARE(file.content.at(0), std::byte{0x89});
        QCOMPARE(file.text(1, 4), std::string("SWBT"));
        QCOMPARE(file.value<std::uint32_t>(8), 1U);
        QCOMPARE(file.value<std::uint32_t>(12), 4096U);
        QCOMPARE(file.value<std::uint32_t>(16), 80U);
        QCOMPARE(file.value<std::uint32_t>(20), 4096U);
        QCOMPARE(file.text(64, 8), std::string("test 1.0"));
        const auto blocks = file.blocks();
        std::vector<std::uint32_t> types;
        for (const auto& block : blocks)
            types.push_back(block.type);
        QCOMPARE(types, (std::vector<std::uint32_t>{1, 1, 1, 1, 2, 3, 4, 255}));
        QCOMPARE(file.text(blocks[1].offset, 4), std::string("SWBk"));
        QCOMPARE(file.value<std::uint64_t>(blocks[1].offset + 32), kPage); // first row
        QCOMPARE(file.value<std::uint32_t>(blocks[3].offset + 40), 100U); // count
        // A record: id, and bytesDone at 48.
        const auto record = blocks[1].offset + 64 + 80 * 5;
        QCOMPARE(file.value<std::uint64_t>(record), kPage + 6);
        QCOMPARE(file.value<std::uint64_t>(record + 48), test::madeRecord(kPage + 6).bytesDone);
        QCOMPARE(file.value<std::uint16_t>(record + 78), 0U);
        QCOMPARE(blocks.back().offset + 128, file.content.size());
    }

    void saysHowMuchIsMissingWhenBlocksAreDamaged()
    {
        const test::TempFolder folder;
        const auto store = madeStore();
        const std::string path = folder / "a";
        trace::saveTrace(*store, path);
        TraceBytes file(path);
        const auto blocks = file.blocks();
        file.content.at(blocks[0].offset + 1000) ^= std::byte{1}; // of the records
        file.content.at(blocks[2].offset + 3) ^= std::byte{1}; // of the header
        file.write(path);

        const auto opened = trace::openTrace(path);
        QCOMPARE(opened.condition.message(),
            std::string("2 of 8 blocks are damaged: 8,191 operations are missing."));
        QCOMPARE(opened.store->lost(), 2 * kPage - 1); // one was never there
        QCOMPARE(opened.store->rowCount(), kRows);
        QCOMPARE(opened.store->record(5).kind, SocketAsyncOperation::None);
        QCOMPARE(opened.store->record(5).id, 6U);
        QVERIFY(test::same(opened.store->record(kPage + 5), test::madeRecord(kPage + 6)));
        QVERIFY(test::same(opened.store->record(kRows - 1), test::madeRecord(kRows)));
        QCOMPARE(opened.store->totals().operations, kPage + 100);
        QCOMPARE(opened.store->sockets().text(1), store->sockets().text(1));
        std::vector<OperationRecord> rows(kPage);
        QCOMPARE(opened.store->copyRows(2 * kPage, rows), std::size_t{kPage});
        QCOMPARE(rows[9].kind, SocketAsyncOperation::None);
        QCOMPARE(rows[9].id, 2 * kPage + 10);
    }

    void salvagesWhatIsThereOfAFileThatWasCutOff()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a";
        trace::saveTrace(*madeStore(), path);
        const TraceBytes file(path);
        const auto blocks = file.blocks();
        QCOMPARE(truncate(path.c_str(), static_cast<off_t>(blocks[2].offset + 7777)), 0);
        const auto opened = trace::openTrace(path);
        const std::string message = opened.condition.message();
        QVERIFY2(contains(message, "was not closed"), message.c_str());
        QVERIFY2(contains(message, "1 of 3 blocks is damaged: 1 operation is missing."),
            message.c_str());
        QCOMPARE(opened.store->rowCount(), 2 * kPage);
        QVERIFY(test::same(opened.store->record(2 * kPage - 1), test::madeRecord(2 * kPage)));

        QCOMPARE(truncate(path.c_str(), 4096), 0);
        QCOMPARE(trace::openTrace(path).store->rowCount(), 0U);
    }

    void findsTheBlocksAgainWhereBytesWereInsertedOrRemoved()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a";
        trace::saveTrace(*madeStore(), path);
        TraceBytes file(path);
        const auto blocks = file.blocks();
        auto& content = file.content;
        const auto at = [&content](std::uint64_t offset) {
            return content.begin() + static_cast<std::ptrdiff_t>(offset);
        };
        content.erase(at(blocks[2].offset + 500), at(blocks[2].offset + 501));
        content.insert(at(blocks[1].offset), 13, std::byte{0x55});
        file.write(path);
        const auto opened = trace::openTrace(path);
        QCOMPARE(opened.condition.message(),
            std::string("2 of 8 blocks are damaged: 4,096 operations are missing."));
        QVERIFY(test::same(opened.store->record(kPage + 5), test::madeRecord(kPage + 6)));
        QVERIFY(test::same(opened.store->record(3 * kPage), test::madeRecord(3 * kPage + 1)));
    }

    void eitherCopyOfTheHeaderIsEnough()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a";
        trace::saveTrace(*madeStore(), path);
        const TraceBytes whole(path);
        TraceBytes first = whole;
        first.content.at(30) ^= std::byte{1};
        first.write(path);
        QCOMPARE(trace::openTrace(path).store->rowCount(), kRows);
        TraceBytes both = first;
        both.content.at(2048 + 30) ^= std::byte{1};
        both.write(path);
        QVERIFY2(contains(refusal(path), "header") && contains(refusal(path), path),
            refusal(path).c_str());
    }

    void refusesWhatIsNoTrace()
    {
        const test::TempFolder folder;
        const std::string empty = folder.file("empty", {});
        QVERIFY(contains(refusal(empty), "is empty"));
        const std::string text = folder.file("text", test::bytesOf("hello"));
        QVERIFY2(contains(refusal(text), "is not a trace"), refusal(text).c_str());
        QVERIFY(contains(refusal(folder / "none"), "ENOENT"));
        QVERIFY(contains(refusal(folder.path()), "EISDIR"));
        QCOMPARE(mkfifo((folder / "pipe").c_str(), 0600), 0);
        QVERIFY(contains(refusal(folder / "pipe"), "regular file"));
    }

    void refusesALaterVersionAndSkipsUnknownBlocks()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a";
        trace::saveTrace(*madeStore(), path);
        TraceBytes file(path);
        const auto sockets = file.blocks().at(5).offset;
        file.set<std::uint32_t>(sockets + 4, 77);
        file.repairBlockHeader(sockets);
        file.write(path);
        const auto opened = trace::openTrace(path);
        QVERIFY(opened.condition.whole());
        QCOMPARE(opened.condition.unknownBlocks, 1U);
        QCOMPARE(opened.store->sockets().text(1), std::string("socket 1"));

        for (const std::uint64_t header : {0U, 2048U}) {
            file.set<std::uint32_t>(header + 8, 2);
            file.set<std::uint32_t>(
                header + 252, trace::crc32c(std::span(file.content).subspan(header, 252)));
        }
        file.write(path);
        QVERIFY2(contains(refusal(path), "version 2"), refusal(path).c_str());
        QVERIFY2(contains(refusal(path), "test 1.0"), refusal(path).c_str());
    }

    void blocksOfAnotherFileAreNotTaken()
    {
        // A payload that is a trace itself, in a file whose own blocks are hard to find.
        const test::TempFolder folder;
        const std::string path = folder / "a";
        trace::saveTrace(*madeStore(), path);
        const TraceBytes inner(path);
        trace::TraceStoreOptions options;
        options.payload.bytesPerOperation = std::size_t{4} << 20;
        TraceStore store(options);
        store.apply(test::synchronousSend(1));
        store.payload().keep(1, inner.content);
        trace::saveTrace(store, path);
        QCOMPARE(trace::openTrace(path).store->payload().find(1)->bytes, inner.content);
        TraceBytes outer(path);
        outer.content.at(outer.blocks().at(2).offset + 2) ^= std::byte{1};
        outer.write(path);
        const auto opened = trace::openTrace(path);
        QCOMPARE(opened.store->rowCount(), 1U);
        QCOMPARE(opened.condition.damagedBlocks, 1U);
        QVERIFY(!opened.store->payload().find(1));
    }

    void aRecordThatCannotHaveBeenMadeThereIsDamage()
    {
        const test::TempFolder folder;
        const std::string path = folder / "a";
        for (const auto& [field, value] : {std::pair(0, 9999), {73, 9}, {72, 99}}) {
            trace::saveTrace(*madeStore(), path);
            TraceBytes file(path);
            const auto block = file.blocks().at(1).offset;
            file.set<std::uint8_t>(
                block + 64 + static_cast<std::uint64_t>(field), static_cast<std::uint8_t>(value));
            file.repairPayload(block);
            file.write(path);
            const auto opened = trace::openTrace(path);
            QCOMPARE(opened.condition.damagedBlocks, 1U);
            QCOMPARE(opened.condition.missingOperations, kPage);
        }
    }

    void aFailedSaveLeavesTheOldFileAlone()
    {
        const test::TempFolder folder;
        const std::string path = folder.file("a", test::bytesOf("old"));
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit limit = before;
        limit.rlim_cur = 100'000;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        std::string message;
        try {
            trace::saveTrace(*madeStore(), path);
        } catch (const TraceFileError& error) {
            message = error.what();
        }
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY2(contains(message, path) && contains(message, "EFBIG"), message.c_str());
        QCOMPARE(TraceBytes(path).content, test::bytesOf("old"));
        QCOMPARE(QDir(QString::fromStdString(folder.path())).entryList(QDir::Files | QDir::Hidden),
            QStringList("a"));
        QVERIFY_THROWS_EXCEPTION(TraceFileError, trace::saveTrace(*madeStore(), folder / "none/a"));
        QVERIFY_THROWS_EXCEPTION(TraceFileError, trace::saveTrace(*madeStore(), "/dev/null"));
        QVERIFY_THROWS_EXCEPTION(TraceFileError, trace::saveTrace(*madeStore(), folder.path()));
    }

    void savingFollowsALinkAndCanBeCancelled()
    {
        const test::TempFolder folder;
        const std::string path = folder.file("a", test::bytesOf("old"));
        QCOMPARE(symlink(path.c_str(), (folder / "link").c_str()), 0);
        trace::SaveOptions options;
        std::vector<std::uint64_t> seen;
        options.progress = [&seen](std::uint64_t done, std::uint64_t total) {
            seen.push_back(done);
            return done < 2 * kPage && total == kRows;
        };
        QVERIFY_THROWS_EXCEPTION(
            trace::TraceCancelled, trace::saveTrace(*madeStore(), folder / "link", options));
        QCOMPARE(seen, (std::vector<std::uint64_t>{0, kPage, 2 * kPage}));
        QCOMPARE(TraceBytes(path).content, test::bytesOf("old"));
        trace::saveTrace(*madeStore(), folder / "link");
        QCOMPARE(trace::openTrace(path).store->rowCount(), kRows);
        QVERIFY(QFileInfo(QString::fromStdString(folder / "link")).isSymLink());
        trace::OpenOptions open;
        open.progress = [](std::uint64_t, std::uint64_t) { return false; };
        QVERIFY_THROWS_EXCEPTION(trace::TraceCancelled, trace::openTrace(path, open));
    }
};

QTEST_GUILESS_MAIN(TraceFileTest)
#include "trace_file_test.moc"
