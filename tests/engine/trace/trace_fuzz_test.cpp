// SPDX-License-Identifier: BSL-1.0
/// Thousands of damaged trace files. None may crash the reader, and none may make it lie: a row is
/// what was saved, or it is missing and counted.
#include "engine/trace/trace_file.h"
#include "tests/engine/trace/made_records.h"
#include "tests/engine/trace/trace_bytes.h"
#include "tests/support/compare.h"
#include "tests/support/deadline.h"
#include "tests/support/temp_files.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

using namespace swb;
using test::TraceBytes;

namespace {

constexpr std::uint64_t kRows = 4096 + 50;
constexpr int kMutations = test::kSanitized ? 1500 : 4000;

class Mutator {
public:
    explicit Mutator(std::uint32_t seed)
        : m_random(seed)
    {
    }
    std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : m_random() % limit; }

    /// What disks, transfers and hands do to files.
    void damage(test::Bytes& content)
    {
        const std::uint64_t at = place(content.size());
        const std::uint64_t size = std::min<std::uint64_t>(
            1 + below(std::uint64_t{1} << below(18)), content.size() - at);
        const auto first = content.begin() + static_cast<std::ptrdiff_t>(at);
        const auto last = first + static_cast<std::ptrdiff_t>(size);
        switch (below(7)) {
        case 0:
            content.at(at) ^= static_cast<std::byte>(1U << below(8));
            break;
        case 1:
            std::generate(first, last, [this] { return static_cast<std::byte>(m_random()); });
            break;
        case 2:
            std::fill(first, last, below(2) == 0 ? std::byte{0} : std::byte{0xFF});
            break;
        case 3:
            content.resize(at);
            break;
        case 4:
            content.erase(first, last);
            break;
        case 5: {
            test::Bytes copy(first, last);
            const auto to = content.begin() + static_cast<std::ptrdiff_t>(place(content.size()));
            content.insert(to, copy.begin(), copy.end());
            break;
        }
        default: {
            const std::uint64_t to = below(content.size() - size + 1);
            std::copy(first, last, content.begin() + static_cast<std::ptrdiff_t>(to));
            break;
        }
        }
        if (content.empty())
            content.push_back(std::byte{0});
    }

    /// Changes a field and makes the checksums right: what only somebody who means it does.
    void forge(TraceBytes& file)
    {
        const auto blocks = file.blocks();
        const auto block = blocks[below(blocks.size())];
        static constexpr std::uint64_t kValues[]{0, 1, 2, 79, 80, 4095, 4096, 4097, 0xFFFF,
            0x7FFFFFFF, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF};
        const std::uint64_t value = kValues[below(std::size(kValues))];
        if (below(2) == 0) {
            static constexpr std::uint64_t kFields[]{4, 8, 16, 24, 32, 40};
            const std::uint64_t field = kFields[below(std::size(kFields))];
            if (field == 4 || field == 40)
                file.set(block.offset + field, static_cast<std::uint32_t>(value));
            else
                file.set(block.offset + field, value);
            file.repairBlockHeader(block.offset);
            return;
        }
        const auto size = file.value<std::uint64_t>(block.offset + 24);
        const std::uint64_t at = block.offset + 64 + below(size >= 8 ? size - 7 : 0);
        if (size < 8)
            return;
        if (below(2) == 0)
            file.set(at, static_cast<std::uint32_t>(value >> below(2)));
        else
            file.set(at, value);
        file.repairPayload(block.offset);
    }

private:
    /// Often where the structure is, which is a small part of the bytes.
    std::uint64_t place(std::uint64_t size)
    {
        switch (below(4)) {
        case 0:
            return below(std::min<std::uint64_t>(size, 4300));
        case 1:
            return size - 1 - below(std::min<std::uint64_t>(size, 4200));
        default:
            return below(size);
        }
    }

    std::mt19937 m_random;
};

/// A file that no disk is needed for: thousands of them would wait for one.
class MemoryFile {
public:
    MemoryFile()
        : m_descriptor(memfd_create("trace", MFD_CLOEXEC))
    {
    }
    ~MemoryFile() { close(m_descriptor); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    std::string path() const { return "/proc/self/fd/" + std::to_string(m_descriptor); }
    bool write(const test::Bytes& content) const
    {
        return ftruncate(m_descriptor, 0) == 0
            && pwrite(m_descriptor, content.data(), content.size(), 0)
            == static_cast<ssize_t>(content.size());
    }

private:
    int m_descriptor = -1;
};

/// Reads all there is, in every way there is.
void readAll(const trace::TraceStore& store, std::uint64_t& present, std::uint64_t& wrong)
{
    std::vector<OperationRecord> rows(4096);
    std::uint64_t row = 0;
    const std::uint64_t most = std::min<std::uint64_t>(store.rowCount(), 200'000);
    while (row < most) {
        const std::size_t count = store.copyRows(row, rows);
        if (count == 0)
            break;
        for (std::size_t i = 0; i < count; ++i, ++row) {
            if (rows[i].id != row + 1)
                ++wrong;
            if (rows[i].kind == SocketAsyncOperation::None)
                continue;
            ++present;
            if (row >= kRows || !test::same(rows[i], test::madeRecord(row + 1)))
                ++wrong;
        }
    }
    for (std::uint64_t i = 0; i < most; i += 501) {
        const OperationRecord record = store.record(i);
        wrong += record.id == i + 1 ? 0U : 1U;
        store.isPending(i);
    }
    for (const auto& [id, description] : store.sockets().all())
        wrong += description.text.size() > 1'000'000 ? 1U : 0U;
    std::size_t cursor = 0;
    while (!store.payload().next(cursor, 1 << 16).empty()) { }
    store.threadName(1);
}

} // namespace

class TraceFuzzTest : public QObject {
    Q_OBJECT

private:
    MemoryFile m_file;
    std::unique_ptr<TraceBytes> m_whole;

private slots:
    void initTestCase()
    {
        trace::TraceStoreOptions options;
        options.payload.bytesPerOperation = 100;
        trace::TraceStore store(options);
        for (std::uint64_t id = 1; id <= kRows; ++id)
            store.apply(test::madeRecord(id));
        for (std::uint32_t id = 1; id <= 20; ++id)
            store.sockets().describeSocket(id, "tcp 127.0.0.1:1 -> 127.0.0.1:2");
        for (std::uint64_t id = 1; id <= 50; ++id)
            store.payload().keep(id, test::randomBytes(100 + id));
        const test::TempFolder folder;
        trace::saveTrace(store, folder / "whole");
        m_whole = std::make_unique<TraceBytes>(folder / "whole");
    }

    void damageNeitherCrashesTheReaderNorMakesItLie()
    {
        int opened = 0;
        int refused = 0;
        for (int seed = 1; seed <= kMutations; ++seed) {
            Mutator mutator(static_cast<std::uint32_t>(seed));
            TraceBytes file = *m_whole;
            for (std::uint64_t times = 1 + mutator.below(4); times > 0; --times)
                mutator.damage(file.content);
            QVERIFY(m_file.write(file.content));
            std::uint64_t present = 0;
            std::uint64_t wrong = 0;
            try {
                const auto trace = trace::openTrace(m_file.path());
                ++opened;
                readAll(*trace.store, present, wrong);
                const auto& condition = trace.condition;
                const QByteArray where = "seed " + QByteArray::number(seed) + ": "
                    + QByteArray::fromStdString(condition.message());
                QVERIFY2(wrong == 0, where);
                QVERIFY2(present == trace.store->totals().operations, where);
                // What is not there is told, or the file says that nobody knows.
                if (condition.closed)
                    QVERIFY2(present + condition.missingOperations == kRows, where);
                if (present < kRows)
                    QVERIFY2(!condition.message().empty(), where);
                QVERIFY2(trace.store->storageProblem().empty(), where);
            } catch (const trace::TraceFileError& error) {
                ++refused;
                // Only the loss of all of the start makes it unknown.
                const std::string why = error.what();
                QVERIFY2(why.find("header") != std::string::npos
                        || why.find("is not a trace") != std::string::npos,
                    error.what());
            }
        }
        // Both happen, so both were tried.
        QVERIFY2(opened > kMutations * 3 / 4 && refused > 0,
            qPrintable(QString("%1 opened, %2 refused").arg(opened).arg(refused)));
    }

    void forgeryDoesNotCrashTheReader()
    {
        int opened = 0;
        for (int seed = 1; seed <= kMutations; ++seed) {
            Mutator mutator(static_cast<std::uint32_t>(1'000'000 + seed));
            TraceBytes file = *m_whole;
            mutator.forge(file);
            QVERIFY(m_file.write(file.content));
            try {
                const auto trace = trace::openTrace(m_file.path());
                ++opened;
                std::uint64_t present = 0;
                std::uint64_t wrong = 0;
                readAll(*trace.store, present, wrong);
                QCOMPARE(
                    present, std::min<std::uint64_t>(present, trace.store->totals().operations));
            } catch (const trace::TraceFileError&) {
                continue;
            }
        }
        QVERIFY(opened > kMutations / 2);
    }
};

QTEST_GUILESS_MAIN(TraceFuzzTest)
#include "trace_fuzz_test.moc"
