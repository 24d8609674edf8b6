// SPDX-License-Identifier: GPL-3.0-or-later
/// Recordings that are opened in the real window: what is shown is the file, the session goes on,
/// and is as it was when one comes back to it.

#include "window_fixture.h"

#include "engine/trace/trace_file.h"
#include "ui/support/opened_recording.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/filter_line.h"
#include "ui/views/operations_pane.h"
#include "ui/views/operations_view.h"
#include "ui/views/recording_bar.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QDockWidget>
#include <QDropEvent>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace swb;
using namespace swb::test;

namespace {

constexpr std::int64_t kMs = 1'000'000;

OperationRecord sendAt(std::uint64_t id, std::uint32_t socketId, std::int64_t ms)
{
    OperationRecord record;
    record.id = id;
    record.submittedNs = ms * kMs;
    record.returnedNs = record.submittedNs + 1000;
    record.bytesAsked = 1000;
    record.socketId = socketId;
    record.callThread = 700; // of another program
    record.kind = SocketAsyncOperation::Send;
    record.phase = OperationPhase::Pending;
    record.flags = operation_flags::ReturnedPending;
    return record;
}

OperationRecord endedAt(OperationRecord record, std::int64_t ms)
{
    record.phase = OperationPhase::Completed;
    record.completedNs = record.eventNs = ms * kMs;
    record.completionThread = 701;
    record.bytesDone = record.bytesAsked;
    return record;
}

SocketHealth lookAt(std::uint32_t socketId, std::int64_t ms, std::uint64_t acknowledged)
{
    SocketHealth look;
    look.timeNs = ms * kMs;
    look.socketId = socketId;
    look.acknowledgedBytes = acknowledged;
    look.unsentBytes = 200;
    look.known = look.windowKnown = look.connected = true;
    return look;
}

/// Four sends on socket 4: one that ended at once, one that was pending for a second, and two that
/// still were at the end; another socket of which nothing was seen.
void fill(trace::TraceStore& store)
{
    store.apply(endedAt(sendAt(1, 4, 1000), 1000));
    store.apply(endedAt(sendAt(2, 4, 1100), 2100));
    store.apply(sendAt(3, 4, 1200));
    store.apply(sendAt(4, 4, 1300));
    store.apply(sendAt(5, 9, 1400));
    store.health().add(lookAt(4, 2000, 1100));
    store.health().add(lookAt(4, 3000, 2100));
    store.health().add(lookAt(4, 4000, 2100));
    store.sockets().describeSocket(4, "tcp 127.0.0.1:40001 -> 127.0.0.1:9000");
}

} // namespace

class OpenedRecordingTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<WindowFixture> m_fixture;
    std::unique_ptr<QTemporaryDir> m_folder;

    WindowFixture& f() { return *m_fixture; }
    QString file(const char* name) const { return m_folder->filePath(QLatin1String(name)); }
    QString saved(const char* name)
    {
        trace::TraceStoreOptions options;
        options.program = "other 2.0";
        trace::TraceStore store(options);
        fill(store);
        trace::saveTrace(store, file(name).toStdString());
        return file(name);
    }
    /// The one that is shown: of the session, or of the recording.
    template <typename T> T* shownOne()
    {
        for (T* each : f().window().findChildren<T*>()) {
            if (each->isVisible())
                return each;
        }
        return nullptr;
    }
    QLabel* shownLabel(const char* name)
    {
        for (QLabel* each : f().window().findChildren<QLabel*>(QLatin1String(name))) {
            if (each->isVisible())
                return each;
        }
        return nullptr;
    }
    QString labelText(const char* name)
    {
        const QLabel* label = shownLabel(name);
        return label ? label->text() : QString();
    }
    bool isOpen() { return !f().window().windowTitle().startsWith(QLatin1String("Socket")); }
    bool open(const QString& path)
    {
        f().window().openRecording(path);
        return QTest::qWaitFor([this] { return isOpen(); }, kDeadlineMs);
    }
    void select(std::uint64_t id)
    {
        f().action("goToOperation")->trigger();
        QLineEdit* number = nullptr;
        for (QLineEdit* each :
            f().window().findChildren<QLineEdit*>(QStringLiteral("goToNumber"))) {
            if (each->isVisible())
                number = each;
        }
        QVERIFY(number != nullptr);
        number->setText(QString::number(id));
        QTest::keyClick(number, Qt::Key_Return);
    }
    QString message() { return f().find<QLabel>("messageText")->text(); }

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_fixture = std::make_unique<WindowFixture>(ui::Settings{}, m_folder->path());
        QVERIFY(f().shown());
    }
    void cleanup()
    {
        m_fixture.reset();
        m_folder.reset();
    }

    void aFileIsShownInPlaceOfTheSession()
    {
        QVERIFY(open(saved("a.swbtrace")));
        QVERIFY(f().window().windowTitle().contains(QLatin1String("a.swbtrace")));
        auto* bar = f().find<ui::RecordingBar>("recordingBar");
        QVERIFY(bar->isVisible());
        QVERIFY2(bar->text().contains(QLatin1String("a.swbtrace (5 operations")),
            qPrintable(bar->text()));
        QVERIFY(bar->text().contains(QLatin1String("other 2.0")));
        QTRY_COMPARE(labelText("operationsCount"), QString("5 of 5"));
        QCOMPARE(shownOne<ui::OperationsPane>()->model().order().count(), 5U);
        QCOMPARE(f().find<QDockWidget>("operationsDock")->windowTitle(),
            QString("Operations of a.swbtrace"));
        // Threads of another program have no names here.
        const auto* model = &shownOne<ui::OperationsPane>()->model();
        QTRY_COMPARE(model->rowCount(), 5);
        QCOMPARE(model->index(1, static_cast<int>(ui::OperationColumn::Threads)).data().toString(),
            QString("thread 700 → thread 701"));
        // What cannot be for a file says so.
        QVERIFY(!f().action("followOperations")->isEnabled());
        QVERIFY(f().action("closeRecording")->isEnabled());
    }

    void aLongNameIsWholeWhereThereIsRoom()
    {
        const QByteArray name = QByteArray(100, 'n') + "-the-end.swbtrace";
        f().window().resize(800, 520);
        f().action("resetLayout")->trigger();
        QVERIFY(open(saved(name.constData())));
        auto* dock = f().find<QDockWidget>("timelineDock");
        QVERIFY2(dock->windowTitle().endsWith("swbtrace"), qPrintable(dock->windowTitle()));
        QVERIFY2(dock->windowTitle().size() < 60, qPrintable(dock->windowTitle()));
        QVERIFY(dock->accessibleName().contains(QString::fromLatin1(name)));
        QVERIFY(f().window().windowTitle().contains(QString::fromLatin1(name)));
        QVERIFY(
            f().find<ui::RecordingBar>("recordingBar")->text().contains(QString::fromLatin1(name)));
        f().window().resize(800, 520);
        QCOMPARE(f().window().width(), 800); // not made wider by it
    }

    void theQuickScopesAreThoseThatAFileKnows()
    {
        // As by swb or the window: the main thread calls.
        trace::TraceStore store;
        fill(store);
        OperationRecord own = endedAt(sendAt(6, 4, 1500), 1600);
        own.callThread = currentThreadId();
        store.apply(own);
        OperationRecord answer = own;
        answer.id = 7;
        answer.kind = SocketAsyncOperation::Receive;
        store.apply(answer);
        trace::saveTrace(store, file("main.swbtrace").toStdString());
        QVERIFY(open(file("main.swbtrace")));
        auto* pane = shownOne<ui::OperationsPane>();
        auto* shown = pane->findChild<QComboBox*>("operationsShown");
        const auto choose = [&](const char* text) {
            const int index = shown->findText(QLatin1String(text));
            QVERIFY2(index >= 0, text);
            shown->setCurrentIndex(index);
        };
        QCOMPARE(shown->currentText(), QString("All operations"));
        QTRY_COMPARE(labelText("operationsCount"), QString("7 of 7"));
        choose("Calls of main");
        QTRY_COMPARE(labelText("operationsCount"), QString("1 of 7"));
        choose("All sends");
        QTRY_COMPARE(labelText("operationsCount"), QString("6 of 7"));

        // That of the operation that was selected last.
        choose("Selected connection");
        QTRY_COMPARE(labelText("operationsCount"), QString("0 of 7"));
        QVERIFY(pane->view()->emptyText().startsWith(QLatin1String("Select an operation")));
        shownOne<ui::TimelineView>()->setFocus();
        QTest::keyClick(shownOne<ui::TimelineView>(), Qt::Key_Period);
        QTRY_COMPARE(labelText("operationsCount"), QString("6 of 7"));
        choose("All operations");
        select(5);
        choose("Selected connection");
        QTRY_COMPARE(labelText("operationsCount"), QString("1 of 7"));
    }

    void aFileWithoutAMainThreadOffersNoCallsOfIt()
    {
        const std::string name = threadName(currentThreadId());
        nameCurrentThread("other");
        const QString path = saved("a.swbtrace");
        nameCurrentThread(name);
        QVERIFY(open(path));
        auto* shown = shownOne<ui::OperationsPane>()->findChild<QComboBox*>("operationsShown");
        QCOMPARE(shown->findText("Calls of main"), -1);
        QVERIFY(shown->findText("Selected connection") >= 0);
    }

    void whatWasPendingAtTheEndSaysSoAndWhy()
    {
        QVERIFY(open(saved("a.swbtrace")));
        select(3);
        QTRY_VERIFY(labelText("inspectorTitle").startsWith(QLatin1String("#3")));
        QVERIFY(labelText("inspectorReturned").contains(QLatin1String("when the recording ended")));
        const QString why = labelText("inspectorWhy");
        QVERIFY2(
            why.startsWith(QLatin1String("Was pending when the recording ended")), qPrintable(why));
        QVERIFY2(why.contains(QLatin1String("peer window 0 for 2.0 s; 2,100 bytes acknowledged")),
            qPrintable(why));
        // The figures come first where there is little room.
        const auto* model = &shownOne<ui::OperationsPane>()->model();
        QCOMPARE(model->index(2, static_cast<int>(ui::OperationColumn::Error)).data().toString(),
            QString("at the end: kernel send queue full at 200 B; peer window 0 for 2.0 s; 2,100 "
                    "bytes acknowledged"));
        // 4,000 bytes were given to the engine, of which the kernel had taken 2,300.
        auto* tanks = shownOne<QWidget>();
        for (QWidget* each : f().window().findChildren<QWidget*>(QStringLiteral("tankView"))) {
            if (each->isVisible())
                tanks = each;
        }
        const QString stations = tanks->accessibleDescription();
        QVERIFY2(stations.contains(QLatin1String("1,700 bytes")), qPrintable(stations));
        QVERIFY2(stations.contains(QLatin1String("2,100 bytes")), qPrintable(stations));
        select(4);
        QTRY_VERIFY2(labelText("inspectorWhy").contains(QLatin1String("1 send started earlier")),
            qPrintable(labelText("inspectorWhy")));
        select(5);
        QTRY_VERIFY2(labelText("inspectorWhy").contains(QLatin1String("no look at its socket")),
            qPrintable(labelText("inspectorWhy")));
    }

    void whatHadBeenPendingShowsTheLastLookWhileItWas()
    {
        QVERIFY(open(saved("a.swbtrace")));
        select(2);
        const auto why = [this] { return labelText("inspectorWhy"); };
        QTRY_VERIFY2(
            why().startsWith(QLatin1String("While it was pending, 100.0 ms before its end: ")),
            qPrintable(why()));
        QVERIFY2(why().contains(QLatin1String("1,100 bytes acknowledged")), qPrintable(why()));
        select(1); // ended at once: no look was while it was pending
        QTRY_VERIFY(labelText("inspectorTitle").startsWith(QLatin1String("#1")));
        QVERIFY(why().isEmpty());
    }

    void theSessionGoesOnAndIsAsItWas()
    {
        QVERIFY(f().connectTo(f().startPeer(peers::PeerKind::Sink)));
        f().addText(QStringLiteral("before"));
        f().session().send(f().session().current(), {0});
        const auto sent = [this] {
            return f().countOperations(SocketAsyncOperation::Send, trace::Outcome::Synchronous);
        };
        QTRY_COMPARE_WITH_TIMEOUT(sent(), 1, kDeadlineMs);
        auto* live = shownOne<ui::OperationsPane>();
        live->filterLine()->apply(QStringLiteral("kind == Send"));
        const std::uint64_t selected = f().lastRecord(SocketAsyncOperation::Send)->id;
        f().focus().setSelected(selected);

        QVERIFY(open(saved("a.swbtrace")));
        auto* recorded = shownOne<ui::OperationsPane>();
        QVERIFY(recorded != live);
        recorded->filterLine()->apply(QStringLiteral("id == 3"));
        QTRY_COMPARE(recorded->model().order().count(), 1U);
        f().session().send(f().session().current(), {0}); // meanwhile
        QTRY_COMPARE_WITH_TIMEOUT(sent(), 2, kDeadlineMs);
        QCOMPARE(recorded->model().order().count(), 1U);

        f().find<QAbstractButton>("backToLive")->click();
        QVERIFY(!isOpen());
        QVERIFY(!f().find<ui::RecordingBar>("recordingBar")->isVisible());
        QCOMPARE(shownOne<ui::OperationsPane>(), live);
        QCOMPARE(live->filterLine()->appliedText(), QString("kind == Send"));
        QCOMPARE(f().focus().selected(), selected);
        QTRY_COMPARE(live->model().order().count(), 2U);
        QVERIFY(f().action("followOperations")->isEnabled());
        QCOMPARE(f().find<QDockWidget>("operationsDock")->windowTitle(), QString("Operations"));
    }

    void anotherOneTakesItsPlace()
    {
        QVERIFY(open(saved("a.swbtrace")));
        f().window().openRecording(saved("b.swbtrace"));
        QTRY_VERIFY_WITH_TIMEOUT(
            f().window().windowTitle().contains(QLatin1String("b.swbtrace")), kDeadlineMs);
        QCOMPARE(f().window().findChildren<ui::OperationsPane*>().size(), 2);
        // Both are remembered, the last one first.
        const QStringList recent = f().window().settings().recentRecordings;
        QCOMPARE(recent, (QStringList{file("b.swbtrace"), file("a.swbtrace")}));
        f().action("closeRecording")->trigger();
        QCOMPARE(f().window().findChildren<ui::OperationsPane*>().size(), 1);
    }

    void whatIsNoRecordingIsRefused()
    {
        QFile other(file("other.swbtrace"));
        QVERIFY(other.open(QIODevice::WriteOnly));
        other.write("this is a letter");
        other.close();
        f().window().openRecording(other.fileName());
        QTRY_VERIFY_WITH_TIMEOUT(
            message().contains(QLatin1String("not a trace of Socket Workbench")), kDeadlineMs);
        QVERIFY(!isOpen());
        f().window().openRecording(file("none.swbtrace"));
        QTRY_VERIFY_WITH_TIMEOUT(message().contains(QLatin1String("none.swbtrace")), kDeadlineMs);
        QVERIFY(!f().find<ui::RecordingBar>("recordingBar")->isVisible());
        QVERIFY(f().window().settings().recentRecordings.isEmpty());
    }

    void aFileThatWasCutOffIsOpenedAndSaysSo()
    {
        const QString path = saved("a.swbtrace");
        QFile cut(path);
        QVERIFY(cut.resize(cut.size() - 100)); // the end is missing
        QVERIFY(open(path));
        QVERIFY(f().find<ui::RecordingBar>("recordingBar")
                    ->text()
                    .contains(QLatin1String("not whole")));
        QVERIFY2(message().contains(QLatin1String("was not closed")), qPrintable(message()));
    }

    void openingIsCancelled()
    {
        QVERIFY(open(saved("a.swbtrace")));
        // The answer comes with a frame, so it cannot come before the cancel.
        f().window().openRecording(saved("b.swbtrace"));
        auto* cancel = f().find<QAbstractButton>("cancelOpening");
        QVERIFY(cancel->isVisible());
        cancel->click();
        QVERIFY(!cancel->isVisible());
        QTest::qWait(50);
        QVERIFY(f().window().windowTitle().contains(QLatin1String("a.swbtrace")));
    }

    void aFileIsDroppedOnTheWindow()
    {
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(saved("a.swbtrace"))});
        QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&f().window(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&f().window(), &drop);
        QTRY_VERIFY_WITH_TIMEOUT(isOpen(), kDeadlineMs);
        QMimeData other;
        other.setUrls({QUrl::fromLocalFile(QStringLiteral("/x.txt"))});
        QDragEnterEvent refused(QPoint(5, 5), Qt::CopyAction, &other, Qt::LeftButton, {});
        refused.ignore();
        QApplication::sendEvent(&f().window(), &refused);
        QVERIFY(!refused.isAccepted());
    }

    void whatIsShownIsWhatIsExported()
    {
        QVERIFY(open(saved("a.swbtrace")));
        QSignalSpy written(&f().recording(), &ui::Recording::written);
        f().action("exportRecording")->trigger();
        auto* dialog = f().find<QWidget>("fileDialog");
        QVERIFY(dialog != nullptr);
        auto* name = dialog->findChild<QLineEdit*>();
        name->setText(file("a.csv"));
        QTest::keyClick(name, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, kDeadlineMs);
        QFile csv(file("a.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QCOMPARE(csv.readAll().count('\n'), 6); // the session has none
        QCOMPARE(f().recording().unsaved(), 0U);
    }

    void whatACrashLeftIsRecoveredAndShown()
    {
        // As a program leaves it that is killed: pages in its folder, not closed.
        const QString part = file("swb-1-1.swbtrace.part");
        QFile whole(saved("a.swbtrace"));
        QVERIFY(QFile::copy(whole.fileName(), part));
        QFile cut(part);
        QVERIFY(cut.resize(cut.size() - 64 - 64)); // without End
        const auto unfinished = f().recording().unfinished();
        QCOMPARE(unfinished.size(), 1U);
        f().recording().recover(unfinished.front(), file("back.swbtrace"));
        QTRY_VERIFY_WITH_TIMEOUT(
            f().window().windowTitle().contains(QLatin1String("back.swbtrace")), kDeadlineMs);
        QVERIFY(!QFile::exists(part));
        QVERIFY2(
            message().contains(QLatin1String("Recovered 5 operations")), qPrintable(message()));
        QCOMPARE(shownOne<ui::OperationsPane>()->model().order().count(), 5U);
    }
};

QTEST_MAIN(OpenedRecordingTest)
#include "opened_recording_test.moc"
