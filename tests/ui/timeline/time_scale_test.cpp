// SPDX-License-Identifier: GPL-3.0-or-later
/// Pixels and times, without a widget.

#include "ui/timeline/time_scale.h"

#include <QTest>

using namespace swb::ui;

class TimeScaleTest : public QObject {
    Q_OBJECT

private slots:
    void zoomKeepsTheTimeUnderThePointer()
    {
        const TimeScale scale{1e9, 1000, 800};
        const std::int64_t under = scale.timeAt(300);
        const TimeScale nearer = scale.zoomed(0.25, 300);
        QCOMPARE(nearer.nsPerPixel, 250.0);
        QCOMPARE(nearer.timeAt(300), under);
        QCOMPARE(nearer.zoomed(4, 300), scale);
    }

    void zoomEndsAtItsLimits()
    {
        TimeScale scale{0, 1000, 800};
        for (int i = 0; i < 200; ++i)
            scale = scale.zoomed(0.5, 10);
        QCOMPARE(scale.nsPerPixel, TimeScale::kClosest);
        for (int i = 0; i < 300; ++i)
            scale = scale.zoomed(2, 10);
        QCOMPARE(scale.nsPerPixel, TimeScale::kFarthest);
    }

    void panMovesByPixels()
    {
        const TimeScale scale{1000, 10, 100};
        QCOMPARE(scale.panned(5).startNs, 1050.0);
        QCOMPARE(scale.panned(-5).timeAt(5), std::int64_t{1000});
        QCOMPARE(scale.endingAt(5000).endNs(), 5000.0);
    }

    void fittingShowsBothEndsWithAir()
    {
        const TimeScale scale = TimeScale::fitting(5'000'000'000, 6'000'000'000, 1000);
        QVERIFY(scale.x(5'000'000'000) > 10);
        QVERIFY(scale.x(6'000'000'000) < 990);
        QVERIFY(scale.x(6'000'000'000) - scale.x(5'000'000'000) > 900);
        const TimeScale moment = TimeScale::fitting(7, 7, 1000);
        QVERIFY(moment.x(7) > 0 && moment.x(7) < 1000);
    }

    void timesOfDaysAreExactToTheNanosecond()
    {
        const std::int64_t day = 86'400'000'000'000;
        const TimeScale scale = TimeScale::fitting(day, day + 100, 1000);
        QCOMPARE(scale.timeAt(scale.x(day + 37)), day + 37);
    }

    void ticksAreRoundAndApart()
    {
        const std::int64_t origin = 123'456'789;
        for (const double nsPerPixel : {0.1, 1.0, 37.0, 1234.5, 9e5, 2e7, 1e9}) {
            const TimeScale scale{static_cast<double>(origin) - 5 * nsPerPixel, nsPerPixel, 900};
            const auto ticks = timeTicks(scale, origin, 90);
            QVERIFY(!ticks.empty());
            QVERIFY(ticks.size() <= 11);
            for (std::size_t i = 1; i < ticks.size(); ++i)
                QVERIFY(scale.x(ticks[i].ns) - scale.x(ticks[i - 1].ns) >= 89.99);
            QCOMPARE(ticks.front().ns, origin);
            QCOMPARE(ticks.front().label.substr(0, 2), std::string("0 "));
        }
    }

    void labelsHaveTheDecimalsOfTheirStep_data()
    {
        QTest::addColumn<qint64>("since");
        QTest::addColumn<qint64>("step");
        QTest::addColumn<QString>("label");
        QTest::newRow("seconds") << 2'000'000'000LL << 1'000'000'000LL << "+2 s";
        QTest::newRow("tenths") << 2'100'000'000LL << 100'000'000LL << "+2.1 s";
        QTest::newRow("milliseconds") << 5'000'000LL << 1'000'000LL << "+5 ms";
        QTest::newRow("far milliseconds") << 12'005'000'000LL << 1'000'000LL << "+12.005 s";
        QTest::newRow("microseconds") << 20'000LL << 10'000LL << "+20 µs";
        QTest::newRow("nanoseconds") << 50LL << 5LL << "+50 ns";
        QTest::newRow("before") << -3'000LL << 1'000LL << "−3 µs";
        QTest::newRow("origin") << 0LL << 1'000'000LL << "0 ms";
    }
    void labelsHaveTheDecimalsOfTheirStep()
    {
        QFETCH(qint64, since);
        QFETCH(qint64, step);
        QFETCH(QString, label);
        QCOMPARE(QString::fromStdString(tickLabel(since, step)), label);
    }
};

QTEST_APPLESS_MAIN(TimeScaleTest)
#include "time_scale_test.moc"
