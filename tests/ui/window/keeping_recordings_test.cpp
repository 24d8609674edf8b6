// SPDX-License-Identifier: GPL-3.0-or-later
/// What is kept, where, and what is asked before it goes: preferences, payload, and quitting.

#include "window_fixture.h"

#include "engine/trace/trace_file.h"
#include "tests/support/bytes.h"
#include "tests/support/compare.h"
#include "ui/dialogs/preferences_dialog.h"

#include <QAbstractButton>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTimer>

using namespace swb;
using namespace swb::test;

class KeepingRecordingsTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<WindowFixture> m_fixture;
    std::unique_ptr<QTemporaryDir> m_folder;
    QStringList m_asked; ///< The questions that came.

    WindowFixture& f() { return *m_fixture; }
    QString file(const char* name) const { return m_folder->filePath(QLatin1String(name)); }
    void start(const ui::Settings& settings = {})
    {
        m_fixture.reset();
        m_fixture = std::make_unique<WindowFixture>(settings, m_folder->path());
        QVERIFY(f().shown());
    }
    /// Closes the window; presses the button of that name in each question that comes, empty: Esc.
    /// Whether it has closed.
    bool closeAndAnswer(const char* button)
    {
        m_asked.clear();
        QTimer answering;
        connect(&answering, &QTimer::timeout, this, [this, button] {
            auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            if (!box)
                return;
            m_asked << box->objectName();
            auto* chosen = *button == '\0'
                ? box->escapeButton()
                : box->findChild<QAbstractButton*>(QLatin1String(button));
            chosen->click();
        });
        answering.start(5);
        return f().window().close();
    }
    /// Starts to export so much that one can quit meanwhile.
    void startLongExport(const char* name)
    {
        auto store = std::make_shared<trace::TraceStore>();
        for (std::uint64_t id = 1; id <= 400'000; ++id) {
            trace::OperationRecord record;
            record.id = id;
            record.submittedNs = record.returnedNs = record.completedNs
                = static_cast<std::int64_t>(id) * 1000;
            record.kind = SocketAsyncOperation::Send;
            record.phase = trace::OperationPhase::Completed;
            store->apply(record);
        }
        f().recording().exportTo(file(name), store);
    }
    bool sendSomething(const Address& to)
    {
        if (!f().connectTo(to))
            return false;
        f().addText(QStringLiteral("some bytes"));
        f().session().send(f().session().current(), {0});
        return QTest::qWaitFor(
            [this] { return f().lastRecord(SocketAsyncOperation::Send).has_value(); }, kDeadlineMs);
    }
    template <typename T> T* inDialog(const char* name)
    {
        auto* dialog = f().find<ui::PreferencesDialog>("preferencesDialog");
        return dialog ? dialog->findChild<T*>(QLatin1String(name)) : nullptr;
    }
    void pressOk()
    {
        auto* dialog = f().find<ui::PreferencesDialog>("preferencesDialog");
        QTest::keyClick(dialog, Qt::Key_Return);
    }

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        start();
    }
    void cleanup()
    {
        m_fixture.reset();
        m_folder.reset();
    }

    void preferencesAreKept()
    {
        f().action("preferences")->trigger();
        QVERIFY(inDialog<QSpinBox>("memoryBudget") != nullptr);
        QCOMPARE(inDialog<QSpinBox>("memoryBudget")->value(), 256);
        QVERIFY(inDialog<QLineEdit>("pagesFolder")->text().contains(m_folder->path()));
        inDialog<QSpinBox>("memoryBudget")->setValue(1); // less than the least
        QCOMPARE(inDialog<QSpinBox>("memoryBudget")->value(), ui::Settings::kLeastMemoryMiB);
        inDialog<QSpinBox>("memoryBudget")->setValue(512);
        auto* payload = inDialog<QComboBox>("keptPayload");
        payload->setCurrentIndex(payload->findData(4096));
        inDialog<QSpinBox>("workerThreads")->setValue(3);
        inDialog<QCheckBox>("offerRecovery")->setChecked(false);
        pressOk();
        const ui::Settings now = f().window().settings();
        QCOMPARE(now.memoryBudgetMiB, 512);
        QCOMPARE(now.keptPayloadBytes, 4096);
        QCOMPARE(now.workerThreads, 3);
        QCOMPARE(now.offerRecovery, false);
        QCOMPARE(f().recording().keptPayload(), 4096); // at once
        QVERIFY(f().find<QLabel>("messageText")->text().contains(QLatin1String("next start")));

        const ui::SettingsFile settings(file("settings.ini"));
        QVERIFY(settings.save(now));
        QCOMPARE(settings.load(), now);
    }

    void cancelledPreferencesChangeNothing()
    {
        const ui::Settings before = f().window().settings();
        f().action("preferences")->trigger();
        inDialog<QSpinBox>("memoryBudget")->setValue(512);
        QTest::keyClick(f().find<ui::PreferencesDialog>("preferencesDialog"), Qt::Key_Escape);
        QCOMPARE(f().window().settings().memoryBudgetMiB, before.memoryBudgetMiB);
    }

    void whatWasWrittenByHandIsHeldWithinItsLimits()
    {
        QSettings hand(file("hand.ini"), QSettings::IniFormat);
        hand.setValue(QStringLiteral("recording/memoryMiB"), -5);
        hand.setValue(QStringLiteral("recording/keptPayloadBytes"), QStringLiteral("many"));
        hand.setValue(QStringLiteral("engine/workerThreads"), 1'000'000);
        hand.sync();
        const ui::Settings read = ui::SettingsFile(file("hand.ini")).load();
        QCOMPARE(read.memoryBudgetMiB, ui::Settings::kLeastMemoryMiB);
        QCOMPARE(read.keptPayloadBytes, 0);
        QCOMPARE(read.workerThreads, ui::Settings::kMostWorkerThreads);
    }

    void everyPreferenceCanBeReachedAndHasAName()
    {
        f().action("preferences")->trigger();
        auto* dialog = f().find<ui::PreferencesDialog>("preferencesDialog");
        for (const char* name : {"memoryBudget", "pagesFolder", "keptPayload", "offerRecovery",
                 "askToSave", "workerThreads", "themeChoice"}) {
            auto* control = inDialog<QWidget>(name);
            QVERIFY2(control != nullptr, name);
            QVERIFY2(!control->accessibleName().isEmpty(), name);
            QVERIFY2(!control->toolTip().isEmpty(), name);
            bool mnemonic = false;
            if (auto* button = qobject_cast<QAbstractButton*>(control))
                mnemonic = button->text().contains(u'&');
            for (const QLabel* label : dialog->findChildren<QLabel*>())
                mnemonic = mnemonic || (label->buddy() == control && label->text().contains(u'&'));
            QVERIFY2(mnemonic, name);
        }
    }

    void payloadOfTheWindowsOperationsIsInItsExports()
    {
        ui::Settings settings;
        settings.keptPayloadBytes = 4;
        start(settings);
        QVERIFY(sendSomething(f().startPeer(peers::PeerKind::Echo)));
        const auto connection = f().session().connection(f().session().current());
        QTRY_COMPARE_WITH_TIMEOUT(connection->snapshot().bytesReceived, 10U, kDeadlineMs);
        QTRY_VERIFY_WITH_TIMEOUT(f().store().payload().totals().keptOperations == 4, kDeadlineMs);
        // What was sent, and what came back: by both ends.
        const std::uint64_t id = f().lastRecord(SocketAsyncOperation::Send)->id;
        const auto kept = f().store().payload().find(id);
        QVERIFY(kept.has_value());
        QCOMPARE(kept->bytes, bytesOf("some"));
        QCOMPARE(kept->offered, 10U);
        QTRY_VERIFY(f().find<QLabel>("statusRecording")->text().contains(QLatin1String("16 B")));

        QSignalSpy written(&f().recording(), &ui::Recording::written);
        f().recording().exportTo(file("p.pcapng"));
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, kDeadlineMs);
        const QString said = written.last().first().toString();
        QVERIFY2(said.contains(QLatin1String("16 bytes of payload")), qPrintable(said));
        QFile packets(file("p.pcapng"));
        QVERIFY(packets.open(QIODevice::ReadOnly));
        QVERIFY(packets.readAll().contains("some"));
    }

    void anExportSaysThatNoPayloadWasKept()
    {
        QVERIFY(sendSomething(f().startPeer(peers::PeerKind::Sink)));
        QSignalSpy written(&f().recording(), &ui::Recording::written);
        f().recording().exportTo(file("p.pcapng"));
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, kDeadlineMs);
        const QString said = written.last().first().toString();
        QVERIFY2(said.contains(QLatin1String("none was kept")), qPrintable(said));
        QVERIFY2(said.contains(QLatin1String("Preferences")), qPrintable(said));
        QCOMPARE(f().store().payload().totals().keptBytes, 0U);
    }

    void nothingIsAskedAboutWhatWasDoneWithDemoPeers()
    {
        QVERIFY(sendSomething(f().startPeer(peers::PeerKind::Sink)));
        QVERIFY(!f().session().hasOwnWork());
        QVERIFY(closeAndAnswer(""));
        QCOMPARE(m_asked, QStringList());
    }

    void workThatWasNotSavedIsAskedAbout()
    {
        // A listener of one's own is no demo peer.
        const std::uint32_t listener
            = f().session().addListener(Address::parse("tcp://127.0.0.1:0"));
        QVERIFY(sendSomething(f().session().connections().node(listener)->address));
        QTRY_VERIFY(f().session().hasOwnWork());
        QVERIFY(!closeAndAnswer("")); // keep working
        QCOMPARE(m_asked, QStringList{"unsavedQuestion"});
        QVERIFY(f().window().isVisible());

        // Saved, there is nothing to ask.
        QSignalSpy written(&f().recording(), &ui::Recording::written);
        const auto isOver = [this] {
            // Until all has arrived and nothing new begins: an accept and two receives wait.
            const trace::TraceTotals& totals = f().store().totals();
            return totals.bytesReceived == 10 && totals.pending == 3;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isOver(), kDeadlineMs);
        f().recording().save(file("a.swbtrace"));
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, kDeadlineMs);
        QTRY_COMPARE(f().recording().unsaved(), 0U);
        QVERIFY(closeAndAnswer(""));
        QCOMPARE(m_asked, QStringList());
    }

    void quittingWithoutSavingIsPossible()
    {
        const std::uint32_t listener
            = f().session().addListener(Address::parse("tcp://127.0.0.1:0"));
        QVERIFY(sendSomething(f().session().connections().node(listener)->address));
        QVERIFY(closeAndAnswer("quitUnsaved"));
        QCOMPARE(m_asked, QStringList{"unsavedQuestion"});
        QVERIFY(!f().window().isVisible());
    }

    void whoWantsNoQuestionsGetsNone()
    {
        ui::Settings settings;
        settings.askToSave = false;
        start(settings);
        const std::uint32_t listener
            = f().session().addListener(Address::parse("tcp://127.0.0.1:0"));
        QVERIFY(sendSomething(f().session().connections().node(listener)->address));
        QVERIFY(closeAndAnswer(""));
        QCOMPARE(m_asked, QStringList());
    }

    void aFileThatIsBeingWrittenIsWaitedFor()
    {
        QSignalSpy closed(&f().window(), &ui::MainWindow::closed);
        startLongExport("a.csv");
        QVERIFY(!closeAndAnswer("waitAndQuit"));
        QCOMPARE(m_asked, QStringList{"writingQuestion"});
        QVERIFY(f().window().isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(closed.size(), 1, kDeadlineMs);
        QFile whole(file("a.csv"));
        QVERIFY(whole.open(QIODevice::ReadOnly));
        QCOMPARE(whole.readAll().count('\n'), 400'001);
    }

    void aFileThatIsBeingWrittenIsGivenUpOnlyWhenOneSaysSo()
    {
        startLongExport("a.csv");
        QVERIFY(closeAndAnswer("cancelAndQuit"));
        QCOMPARE(m_asked, QStringList{"writingQuestion"});
        m_fixture.reset(); // waits for the thread
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files), QStringList());
    }

    void oneMayStayWhileAFileIsWritten()
    {
        QSignalSpy written(&f().recording(), &ui::Recording::written);
        startLongExport("a.csv");
        QVERIFY(!closeAndAnswer("")); // keep working
        QCOMPARE(m_asked, QStringList{"writingQuestion"});
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, kDeadlineMs);
        QVERIFY(f().window().isVisible());
    }

    void nobodyIsAskedAfterASignal()
    {
        const std::uint32_t listener
            = f().session().addListener(Address::parse("tcp://127.0.0.1:0"));
        QVERIFY(sendSomething(f().session().connections().node(listener)->address));
        QTRY_VERIFY(f().session().hasOwnWork());
        QVERIFY(f().window().hasWorkToRecover());
        QSignalSpy closed(&f().window(), &ui::MainWindow::closed);
        startLongExport("a.csv");
        f().window().closeUnasked();
        QCOMPARE(closed.size(), 0); // what is being written is finished
        QTRY_COMPARE_WITH_TIMEOUT(closed.size(), 1, kDeadlineMs);
        QVERIFY(!f().window().isVisible());
        QFile whole(file("a.csv"));
        QVERIFY(whole.open(QIODevice::ReadOnly));
        QVERIFY(whole.readAll().count('\n') > 400'000);
    }

    void aFailureToWriteDoesNotHoldUpTheEndAfterASignal()
    {
        QSignalSpy closed(&f().window(), &ui::MainWindow::closed);
        f().recording().save(file("no such folder/a.swbtrace"));
        f().window().closeUnasked();
        QTRY_COMPARE_WITH_TIMEOUT(closed.size(), 1, kDeadlineMs);
    }

    void aQuestionThatIsOpenEndsWithTheWindow()
    {
        const std::uint32_t listener
            = f().session().addListener(Address::parse("tcp://127.0.0.1:0"));
        QVERIFY(sendSomething(f().session().connections().node(listener)->address));
        QTRY_VERIFY(f().session().hasOwnWork());
        QSignalSpy closed(&f().window(), &ui::MainWindow::closed);
        QTimer::singleShot(0, &f().window(), [this] {
            QVERIFY(QApplication::activeModalWidget() != nullptr);
            f().window().closeUnasked();
        });
        f().window().close();
        QCOMPARE(closed.size(), 1);
        QVERIFY(!f().window().isVisible());
    }

    void whoSavesInOrderToQuitQuits()
    {
        const std::uint32_t listener
            = f().session().addListener(Address::parse("tcp://127.0.0.1:0"));
        QVERIFY(sendSomething(f().session().connections().node(listener)->address));
        QSignalSpy closed(&f().window(), &ui::MainWindow::closed);
        QVERIFY(!closeAndAnswer("saveAndQuit"));
        auto* dialog = f().find<QWidget>("fileDialog");
        QVERIFY(dialog != nullptr);
        auto* name = dialog->findChild<QLineEdit*>();
        name->setText(file("mine.swbtrace"));
        QTest::keyClick(name, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(closed.size(), 1, kDeadlineMs);
        const auto opened = trace::openTrace(file("mine.swbtrace").toStdString());
        QVERIFY(opened.condition.whole());
        QVERIFY(opened.store->totals().bytesSent >= 10);
    }
};

QTEST_MAIN(KeepingRecordingsTest)
#include "keeping_recordings_test.moc"
