// SPDX-License-Identifier: GPL-3.0-or-later
/// The live view in the real window: a send that is pending is on the timeline, in the table and in
/// the inspector with its reason; plots lead to the rows behind them.

#include "window_fixture.h"

#include "ui/models/call_log.h"
#include "ui/support/format.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/filter_edit.h"
#include "ui/views/filter_line.h"
#include "ui/views/inspector_pane.h"
#include "ui/views/latency_plot.h"
#include "ui/views/plots_pane.h"
#include "ui/views/rate_plot.h"
#include "ui/views/timeline_pane.h"

#include <QClipboard>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QSignalSpy>
#include <QTabBar>
#include <QTemporaryDir>
#include <QToolButton>

using namespace swb;
using namespace swb::test;

class LiveViewTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<WindowFixture> m_fixture;

    WindowFixture& f() { return *m_fixture; }
    ui::TimelineView* timeline() { return f().find<ui::TimelineView>("timelineView"); }
    QLabel* label(const char* name) { return f().find<QLabel>(name); }
    /// The value beside a name in the inspector.
    QString fact(const char* name)
    {
        for (const QLabel* each : f().find<QWidget>("inspectorScroll")->findChildren<QLabel*>()) {
            if (each->accessibleName().trimmed() == QLatin1String(name))
                return each->text();
        }
        return {};
    }
    void raise(const char* dock)
    {
        f().find<QDockWidget>(dock)->show();
        f().find<QDockWidget>(dock)->raise();
    }

    /// A file that a peer that never reads keeps pending; its operation.
    std::uint64_t pendingFile(const QTemporaryDir& folder)
    {
        const QString path = folder.filePath(QStringLiteral("large.bin"));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || !file.resize(32 * 1024 * 1024))
            return 0;
        if (!f().connectTo(f().startPeer(peers::PeerKind::Blackhole)))
            return 0;
        f().queue().add(0, {workbench::QueueItem::file(path.toStdString())});
        f().session().send(f().session().current(), {0});
        const bool seen = QTest::qWaitFor(
            [this] {
                const auto record = f().lastRecord(SocketAsyncOperation::SendPackets);
                return record && trace::outcome(*record) == trace::Outcome::Pending;
            },
            kDeadlineMs);
        return seen ? f().lastRecord(SocketAsyncOperation::SendPackets)->id : 0;
    }

private slots:
    void init()
    {
        m_fixture = std::make_unique<WindowFixture>();
        QVERIFY(f().shown());
    }
    void cleanup() { m_fixture.reset(); }

    void aPendingSendSaysWhyWithinTheInspector()
    {
        const QTemporaryDir folder;
        const std::uint64_t id = pendingFile(folder);
        QVERIFY(id != 0);
        QVERIFY(label("inspectorEmpty")->isVisible());
        f().focus().setSelected(id);
        QVERIFY(!label("inspectorEmpty")->isVisible());
        QVERIFY(label("inspectorTitle")->text().contains(QLatin1String("SendPackets")));
        QTRY_VERIFY_WITH_TIMEOUT(
            label("inspectorWhy")->text().contains(QLatin1String("peer window 0")), kDeadlineMs);
        QVERIFY(label("inspectorReturned")->text().contains(QLatin1String("returned true")));
        auto* tanks = f().find<QWidget>("tankView");
        QVERIFY(tanks->isVisible());
        QVERIFY2(tanks->accessibleDescription().contains(QLatin1String("read: 0 bytes")),
            qPrintable(tanks->accessibleDescription())); // the blackhole reads nothing
        f().action("cancel")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!label("inspectorWhy")->isVisible(), kDeadlineMs);
        QTRY_COMPARE(label("inspectorOutcome")->text(), QString("Aborted"));
        QVERIFY(label("inspectorProblem")->isVisible());
    }

    void eachPendingSendHasItsReasonInItsRow()
    {
        const QTemporaryDir folder;
        const std::uint64_t id = pendingFile(folder);
        QVERIFY(id != 0);
        f().session().send(f().session().current(), {0});
        const int error = static_cast<int>(ui::OperationColumn::Error);
        const auto reason = [&](int fromEnd) {
            const QAbstractItemModel* rows = f().operationsView()->model();
            return rows->index(rows->rowCount() - fromEnd, error).data().toString();
        };
        QTRY_VERIFY_WITH_TIMEOUT(
            reason(2).contains(QLatin1String("peer window 0 for")), kDeadlineMs);
        QCOMPARE(reason(1), QStringLiteral("1 send started earlier on this socket comes first"));
        f().action("cancel")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(
            reason(1).startsWith(QLatin1String("OperationAborted")), kDeadlineMs);
    }

    void aUnixSocketSaysThatItsLedgerIsNotAvailable()
    {
        const QTemporaryDir folder;
        peers::PeerOptions options;
        options.kind = peers::PeerKind::Blackhole;
        options.listen = Address{Transport::UnixStream,
            EndPoint::unixDomain(folder.filePath(QStringLiteral("s")).toStdString())};
        QVERIFY(f().session().addDemoPeer(options) != 0);
        QVERIFY(f().connectTo(options.listen));
        f().queue().add(0, {workbench::QueueItem::bytes(workbench::Bytes(std::size_t{8} << 20))});
        f().session().send(f().session().current(), {0});
        QTRY_VERIFY_WITH_TIMEOUT(
            f().lastRecord(SocketAsyncOperation::Send).has_value(), kDeadlineMs);
        const auto record = *f().lastRecord(SocketAsyncOperation::Send);
        QVERIFY(trace::outcome(record) == trace::Outcome::Pending);
        f().focus().setSelected(record.id);
        QTRY_VERIFY_WITH_TIMEOUT(
            label("inspectorWhy")->text().contains(QLatin1String("not available")), kDeadlineMs);
        QCOMPARE(fact("acknowledged"), QStringLiteral("not available"));
        QCOMPARE(fact("Taken by our kernel"),
            QStringLiteral("%1 bytes").arg(ui::groupedNumber(record.bytesDone)));
        QCOMPARE(fact("BufferList"), QStringLiteral("not used"));
        f().action("cancel")->trigger();
    }

    void theSameCallIsThereAsCode()
    {
        QVERIFY(f().connectTo(f().startPeer(peers::PeerKind::Echo)));
        f().addText(QStringLiteral("hello"));
        f().session().send(f().session().current(), {0});
        QTRY_VERIFY_WITH_TIMEOUT(
            f().lastRecord(SocketAsyncOperation::Send).has_value(), kDeadlineMs);
        const auto record = *f().lastRecord(SocketAsyncOperation::Send);
        f().focus().setSelected(record.id);
        QVERIFY(label("inspectorReturned")->text().contains(QLatin1String("no event will come")));
        auto* copy = f().find<QToolButton>("inspectorCopy");
        copy->click();
        QVERIFY(QGuiApplication::clipboard()->text().contains(
            QLatin1String("if (!socket.sendAsync(e))")));
        QVERIFY(QGuiApplication::clipboard()->text().contains(QLatin1String("\"hello\"")));
        f().find<QTabBar>("inspectorLanguage")->setCurrentIndex(1);
        copy->click();
        QVERIFY(
            QGuiApplication::clipboard()->text().contains(QLatin1String("socket.SendAsync(e)")));
    }

    void theTimelineShowsAndSelectsTheSameOperation()
    {
        const QTemporaryDir folder;
        const std::uint64_t id = pendingFile(folder);
        QVERIFY(id != 0);
        const auto place = [&] { return timeline()->positionOf(id) + QPoint(1, 0); };
        // Its bar is there, not only its place.
        QTRY_COMPARE_WITH_TIMEOUT(timeline()->operationIdAt(place()), id, kDeadlineMs);
        QTest::mouseClick(timeline()->viewport(), Qt::LeftButton, {}, place());
        QCOMPARE(f().focus().selected(), id);
        QVERIFY(label("inspectorTitle")->text().startsWith(QStringLiteral("#%1").arg(id)));
        QCOMPARE(f().session().calls().content(id).isEmpty(), false);
    }

    void theTimelineIsSavedAsAPicture()
    {
        const QTemporaryDir folder;
        QVERIFY(pendingFile(folder) != 0);
        auto* pane = f().window().findChild<ui::TimelinePane*>();
        const QString png = folder.filePath(QStringLiteral("t.png"));
        QCOMPARE(pane->savePicture(png), QString());
        QVERIFY(!QImage(png).isNull());
        const QString svg = folder.filePath(QStringLiteral("t.svg"));
        QCOMPARE(pane->savePicture(svg), QString());
        QFile file(svg);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("<svg"));
        const QString problem = pane->savePicture(folder.filePath(QStringLiteral("none/t.png")));
        QVERIFY2(problem.contains(QLatin1String("none/t.png")), qPrintable(problem));
    }

    void plotsLeadToTheRowsBehindThem()
    {
        raise("plotsDock");
        QVERIFY(f().connectTo(f().startPeer(peers::PeerKind::Sink)));
        f().addText(QStringLiteral("some bytes"));
        for (int i = 0; i < 50; ++i)
            f().session().send(f().session().current(), {0});
        auto* plots = f().window().findChild<ui::PlotsPane*>();
        QTRY_VERIFY_WITH_TIMEOUT(plots->feed().statistics().operations() >= 51, kDeadlineMs);
        QCOMPARE(plots->feed().statistics().bytesSent(), std::uint64_t{500});
        QTRY_VERIFY(plots->latencies()->barCount() > 0);
        QVERIFY(label("plotsNumbers")->text().contains(QLatin1String("synchronous: p50")));
        int bar = 0;
        while (bar < plots->latencies()->barCount()
            && plots->latencies()->barRect(bar, false).isEmpty())
            ++bar;
        QVERIFY(bar < plots->latencies()->barCount());
        QTest::mouseClick(plots->latencies(), Qt::LeftButton, {},
            plots->latencies()->barRect(bar, false).center());
        auto* filter = f().window().findChild<ui::FilterLine*>();
        QVERIFY2(filter->appliedText().contains(QLatin1String("duration >=")),
            qPrintable(filter->appliedText()));
        QTRY_VERIFY(f().shownOperations().count() > 0);
        QVERIFY(f().shownOperations().count() < f().shownOperations().total());
    }

    void aTimeOfThePlotIsChosenByKeys()
    {
        raise("plotsDock");
        QVERIFY(f().connectTo(f().startPeer(peers::PeerKind::Sink)));
        f().addText(QStringLiteral("some bytes"));
        f().session().send(f().session().current(), {0});
        auto* plots = f().window().findChild<ui::PlotsPane*>();
        QTRY_VERIFY_WITH_TIMEOUT(plots->feed().statistics().operations() >= 2, kDeadlineMs);
        auto* rates = f().find<ui::RatePlot>("ratePlot");
        QTRY_VERIFY(rates->accessibleDescription().startsWith(QLatin1String("at ")));
        rates->setFocus();
        QTest::keyClick(rates, Qt::Key_Return); // nothing is chosen yet
        QVERIFY(!f().focus().range().has_value());
        QTest::keyClick(rates, Qt::Key_Left);
        QTest::keyClick(rates, Qt::Key_Return);
        QVERIFY(f().focus().range().has_value());
        const auto record = *f().lastRecord(SocketAsyncOperation::Send);
        QVERIFY(f().focus().range()->contains(record.completedNs));
        // A handful of bytes is not "0.0 MiB/s".
        QVERIFY2(rates->accessibleDescription().contains(QLatin1String("sent, B/s")),
            qPrintable(rates->accessibleDescription()));
    }

    void theRecordingIsSavedAndExported()
    {
        const QTemporaryDir folder;
        QVERIFY(f().connectTo(f().startPeer(peers::PeerKind::Sink)));
        f().addText(QStringLiteral("some bytes"));
        f().session().send(f().session().current(), {0});
        QSignalSpy written(&f().recording(), &ui::Recording::written);
        QSignalSpy failed(&f().recording(), &ui::Recording::failed);
        const QString saved = folder.filePath(QStringLiteral("r.swbtrace"));
        f().recording().save(saved);
        QTRY_COMPARE_WITH_TIMEOUT(written.count(), 1, kDeadlineMs);
        const auto opened = trace::openTrace(saved.toStdString());
        QVERIFY(opened.condition.whole());
        QVERIFY(opened.store->rowCount() >= 2);
        const auto sent = opened.store->totals().bytesSent;
        QCOMPARE(sent, std::uint64_t{10});
        const auto socketId = f().session().currentNode()->connection.socketId;
        QVERIFY(opened.store->sockets().text(socketId).starts_with("tcp 127.0.0.1:"));

        for (const char* name : {"r.csv", "r.jsonl", "r.json", "r.pcapng"}) {
            written.clear();
            f().recording().exportTo(folder.filePath(QLatin1String(name)));
            QTRY_COMPARE_WITH_TIMEOUT(written.count(), 1, kDeadlineMs);
            QVERIFY(QFileInfo(folder.filePath(QLatin1String(name))).size() > 0);
        }
        QCOMPARE(failed.count(), 0);
        f().recording().exportTo(folder.filePath(QStringLiteral("r.doc")));
        QCOMPARE(failed.count(), 1);
        QVERIFY(failed.last().first().toString().contains(QLatin1String(".csv")));
        f().recording().save(folder.filePath(QStringLiteral("none/r.swbtrace")));
        QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 2, kDeadlineMs);
        QVERIFY2(failed.last().first().toString().contains(QLatin1String("none/r.swbtrace")),
            qPrintable(failed.last().first().toString()));
    }
};

QTEST_MAIN(LiveViewTest)
#include "live_view_test.moc"
