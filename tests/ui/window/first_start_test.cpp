// SPDX-License-Identifier: GPL-3.0-or-later
// What a newcomer meets: the empty window, the example, and a window that can be closed at any
// moment.
#include "tests/ui/window/window_fixture.h"
#include "ui/support/try_it.h"
#include "ui/views/message_bar.h"

#include <QElapsedTimer>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTimer>

using namespace swb;
using namespace swb::test;
using trace::Outcome;

class FirstStartTest : public QObject {
    Q_OBJECT

private slots:
    void nothingListensBeforeItIsAsked()
    {
        WindowFixture f;
        QVERIFY(f.shown());
        QVERIFY(f.session().connections().isEmpty());
        QCOMPARE(f.store().rowCount(), std::uint64_t{0});
        QVERIFY(f.find<QPushButton>("tryItButton")->isVisible());
    }

    void tryItShowsASynchronousAndAPendingSend()
    {
        WindowFixture f;
        QVERIFY(f.shown());
        QTest::mouseClick(f.find<QPushButton>("tryItButton"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(
            f.countOperations(SocketAsyncOperation::Send, Outcome::Synchronous), 1, kDeadlineMs);
        QTRY_COMPARE_WITH_TIMEOUT(
            f.countOperations(SocketAsyncOperation::SendPackets, Outcome::Pending), 1, kDeadlineMs);

        const auto* bar = f.find<ui::MessageBar>("messageBar");
        QTRY_VERIFY(bar->isVisible());
        QVERIFY2(bar->text().contains(QStringLiteral("returned false")), qPrintable(bar->text()));
        QVERIFY2(bar->text().contains(QStringLiteral("returned true")), qPrintable(bar->text()));

        // The file's row shows how far it has come, and that grows.
        QCOMPARE(f.queue().size(), 1);
        const QModelIndex state = f.queue().index(0, ui::QueueModel::StateColumn);
        QCOMPARE(state.data(ui::QueueModel::StateRole).toInt(),
            static_cast<int>(ui::ItemState::Pending));
        const int before = state.data(ui::QueueModel::PermilleRole).toInt();
        QTRY_VERIFY_WITH_TIMEOUT(
            state.data(ui::QueueModel::PermilleRole).toInt() > before, kDeadlineMs);
        QVERIFY(state.data().toString().startsWith(QStringLiteral("pending")));

        QTRY_COMPARE_WITH_TIMEOUT(
            f.countOperations(SocketAsyncOperation::SendPackets, Outcome::Completed), 1,
            kDeadlineMs);
        QTRY_COMPARE(state.data().toString(), QStringLiteral("completed"));
        const auto record = f.lastRecord(SocketAsyncOperation::SendPackets);
        QVERIFY(record);
        QCOMPARE(record->bytesDone, static_cast<std::uint64_t>(ui::TryIt::kFileBytes));
    }

    void tryItWorksByKeyboardAlone()
    {
        WindowFixture f;
        QVERIFY(f.shown());
        QVERIFY(f.find<QPushButton>("tryItButton")->hasFocus());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
        QTRY_COMPARE_WITH_TIMEOUT(
            f.countOperations(SocketAsyncOperation::SendPackets, Outcome::Pending), 1, kDeadlineMs);
    }

    void closingWithPendingWorkAsksOnceAndEndsQuickly()
    {
        WindowFixture f;
        QVERIFY(f.shown());
        QVERIFY(f.connectTo(f.startPeer(peers::PeerKind::Blackhole)));
        f.queue().add(0, {workbench::QueueItem::bytes(workbench::Bytes(16 << 20))});
        f.session().send(f.session().current(), {0});
        QTRY_COMPARE(f.session().pendingSends(), std::size_t{1});

        int asked = 0;
        const auto answer = [&f, &asked](const char* buttonText) {
            QTimer::singleShot(0, &f.window(), [&asked, buttonText] {
                auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
                if (!box)
                    return;
                ++asked;
                for (QAbstractButton* button : box->buttons()) {
                    if (button->text() == QLatin1String(buttonText))
                        button->click();
                }
            });
        };
        answer("&Keep working");
        QVERIFY(!f.window().close());
        QCOMPARE(asked, 1);
        QVERIFY(f.window().isVisible());
        QCOMPARE(f.session().pendingSends(), std::size_t{1});

        answer("&Stop and quit");
        QElapsedTimer clock;
        clock.start();
        QVERIFY(f.window().close());
        QCOMPARE(asked, 2);
        QVERIFY2(clock.elapsed() < 250, qPrintable(QString::number(clock.elapsed())));
    }

    void closingWithoutPendingWorkDoesNotAsk()
    {
        WindowFixture f;
        QVERIFY(f.shown());
        QVERIFY(f.connectTo(f.startPeer(peers::PeerKind::Echo)));
        QVERIFY(f.window().close());
    }
};

QTEST_MAIN(FirstStartTest)
#include "first_start_test.moc"
