// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/peers/pacer.h"

#include <QTest>

using namespace swb::peers;
using namespace std::chrono_literals;

class PacerTest : public QObject {
    Q_OBJECT

private slots:
    void portionsAreATwentiethOfASecond()
    {
        QCOMPARE(Pacer(1).portion(), std::size_t{1});
        QCOMPARE(Pacer(20'000).portion(), std::size_t{1000});
        QCOMPARE(Pacer(std::uint64_t{1} << 40).portion(), std::size_t{65536});
    }

    void theAverageIsExactHoweverLateTheTimerIs_data()
    {
        QTest::addColumn<quint64>("rate");
        QTest::addColumn<int>("lateMs");
        QTest::newRow("slow") << quint64{100} << 0;
        QTest::newRow("64 KiB/s") << quint64{65536} << 0;
        QTest::newRow("64 KiB/s, late") << quint64{65536} << 13;
        QTest::newRow("1 MiB/s, late") << quint64{1048576} << 7;
    }

    void theAverageIsExactHoweverLateTheTimerIs()
    {
        QFETCH(const quint64, rate);
        QFETCH(const int, lateMs);
        Pacer pacer(rate);
        const auto start = Pacer::Clock::now();
        auto now = start;
        std::uint64_t bytes = 0;
        while (now - start < 60s) {
            const auto delay = pacer.delay(now);
            if (delay > 0ns) {
                now += delay + std::chrono::milliseconds(lateMs);
                continue;
            }
            bytes += pacer.portion();
            pacer.consumed(pacer.portion(), now);
        }
        const double seconds = std::chrono::duration<double>(now - start).count();
        const double allowed = seconds * static_cast<double>(rate);
        // Two portions may go at once at the start.
        QVERIFY2(static_cast<double>(bytes) <= allowed + 2.0 * static_cast<double>(pacer.portion()),
            qPrintable(QString::number(bytes)));
        QVERIFY2(static_cast<double>(bytes) >= allowed * 0.98, qPrintable(QString::number(bytes)));
    }

    void aPauseEarnsNoBurst()
    {
        Pacer pacer(65536);
        auto now = Pacer::Clock::now();
        pacer.consumed(pacer.portion(), now);
        now += 1h;
        std::size_t atOnce = 0;
        while (pacer.delay(now) == 0ns && atOnce < 1'000'000) {
            atOnce += pacer.portion();
            pacer.consumed(pacer.portion(), now);
        }
        QVERIFY2(atOnce <= 2 * pacer.portion(), qPrintable(QString::number(atOnce)));
    }
};

QTEST_GUILESS_MAIN(PacerTest)
#include "pacer_test.moc"
