// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/trace/row_set.h"

#include <QTest>

#include <limits>
#include <random>
#include <set>

using swb::trace::RangeSet;
using swb::trace::RowSet;

namespace {

using Ranges = std::vector<RangeSet::Range>;

void compare(const RowSet& rows, const std::set<std::uint64_t>& expected)
{
    QCOMPARE(rows.count(), std::uint64_t{expected.size()});
    std::uint64_t index = 0;
    for (const std::uint64_t row : expected) {
        QVERIFY(rows.contains(row));
        QCOMPARE(rows.at(index), row);
        QCOMPARE(rows.rank(row), index);
        QCOMPARE(rows.rank(row + 1), index + 1);
        ++index;
    }
    std::vector<std::uint64_t> all(expected.size() + 1);
    QCOMPARE(rows.copy(0, all), expected.size());
    QVERIFY(std::equal(expected.begin(), expected.end(), all.begin()));
}

} // namespace

class RowSetTest : public QObject {
    Q_OBJECT

private slots:
    void isEmptyAtFirst()
    {
        const RowSet rows;
        QVERIFY(rows.isEmpty());
        QVERIFY(!rows.contains(0));
        QCOMPARE(rows.rank(std::numeric_limits<std::uint64_t>::max()), std::uint64_t{0});
        std::vector<std::uint64_t> some(3);
        QCOMPARE(rows.copy(0, some), std::size_t{0});
    }

    void agreesWithAnOrdinarySet()
    {
        std::mt19937_64 dice(7); // NOLINT: the same numbers each time
        RowSet rows;
        std::set<std::uint64_t> expected;
        for (int round = 0; round < 20; ++round) {
            for (int i = 0; i < 200; ++i) {
                const std::uint64_t row = dice() % (round % 2 == 0 ? 300'000 : 2'000);
                const bool in = dice() % 3 != 0;
                const bool changes = in ? expected.insert(row).second : expected.erase(row) != 0;
                QCOMPARE(rows.set(row, in), changes);
            }
            compare(rows, expected);
        }
        const RowSet copied(rows);
        rows.clear();
        QVERIFY(rows.isEmpty());
        compare(copied, expected);
    }

    void addsManyRowsAtOnce()
    {
        RowSet rows;
        rows.set(65'540, true);
        const std::vector<std::uint64_t> bits{0b101, 0, ~std::uint64_t{0}};
        rows.add(65'472, bits); // Over the end of a block.
        std::set<std::uint64_t> expected{65'472, 65'474, 65'540};
        for (std::uint64_t row = 65'600; row < 65'664; ++row)
            expected.insert(row);
        compare(rows, expected);
        rows.add(65'472, bits);
        compare(rows, expected);
    }

    void rowsBeyondFourBillionAreRows()
    {
        RowSet rows;
        const std::uint64_t far = std::uint64_t{5} << 32;
        rows.set(far, true);
        rows.set(3, true);
        QCOMPARE(rows.at(1), far);
        QCOMPARE(rows.rank(far), std::uint64_t{1});
        QVERIFY(!rows.contains(3 + far));
    }

    void aHundredMillionRowsNeedTwelveMebibytes()
    {
        RowSet rows;
        const std::vector<std::uint64_t> bits(1024, ~std::uint64_t{0});
        constexpr std::uint64_t kRows = 100'000'000 / 65'536 * 65'536;
        for (std::uint64_t row = 0; row < kRows; row += 65'536)
            rows.add(row, bits);
        QCOMPARE(rows.count(), kRows);
        QVERIFY(rows.memoryBytes() < 14 << 20);
        QCOMPARE(rows.at(99'000'000), std::uint64_t{99'000'000});
        rows.set(5, false);
        QCOMPARE(rows.at(99'000'000), std::uint64_t{99'000'001});
    }

    void rangesMergeWhereTheyTouch()
    {
        RangeSet set;
        set.add({10, 20});
        set.add({30, 40});
        set.add({50, 60});
        QCOMPARE(set.ranges().size(), std::size_t{3});
        set.add({21, 29});
        QVERIFY(set.ranges() == (Ranges{{10, 40}, {50, 60}}));
        set.add({5, 100});
        QVERIFY(set.ranges() == (Ranges{{5, 100}}));
        set.add({0, 0});
        set.add({2, 3});
        set.add({1, 1});
        QVERIFY(set.ranges() == (Ranges{{0, 3}, {5, 100}}));
    }

    void rangesAreCutAndSplit()
    {
        RangeSet set;
        set.add({10, 20});
        set.remove({13, 14});
        QVERIFY(set.ranges() == (Ranges{{10, 12}, {15, 20}}));
        QVERIFY(set.contains(12));
        QVERIFY(!set.contains(13));
        set.remove({0, 10});
        set.remove({20, 25});
        QVERIFY(set.ranges() == (Ranges{{11, 12}, {15, 19}}));
        set.remove({0, std::numeric_limits<std::uint64_t>::max()});
        QVERIFY(set.isEmpty());
    }

    void rangesAgreeWithAnOrdinarySet()
    {
        std::mt19937_64 dice(11); // NOLINT: the same numbers each time
        RangeSet set;
        std::set<std::uint64_t> expected;
        for (int i = 0; i < 2000; ++i) {
            const std::uint64_t first = dice() % 100;
            const std::uint64_t last = first + dice() % 12;
            const bool add = dice() % 2 == 0;
            for (std::uint64_t value = first; value <= last; ++value) {
                if (add)
                    expected.insert(value);
                else
                    expected.erase(value);
            }
            if (add)
                set.add({first, last});
            else
                set.remove({first, last});
            std::uint64_t count = 0;
            for (std::size_t at = 0; at < set.ranges().size(); ++at) {
                const auto& range = set.ranges()[at];
                QVERIFY(range.first <= range.last);
                QVERIFY(at == 0 || set.ranges()[at - 1].last + 1 < range.first);
                count += range.last - range.first + 1;
            }
            QCOMPARE(count, std::uint64_t{expected.size()});
            for (std::uint64_t value = 0; value < 115; ++value)
                QCOMPARE(set.contains(value), expected.count(value) == 1);
        }
    }
};

QTEST_GUILESS_MAIN(RowSetTest)
#include "row_set_test.moc"
