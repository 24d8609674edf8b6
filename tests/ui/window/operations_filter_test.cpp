// SPDX-License-Identifier: GPL-3.0-or-later
// The filter of the table of operations, by keyboard and mouse: typed, chosen, kept, made of a
// value.
#include "tests/ui/window/operations_table.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTimer>
#include <QToolButton>

using namespace swb;
using namespace swb::test;

class OperationsFilterTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

    void aFilterIsTypedAndApplied()
    {
        Table t(700);
        QTest::keyClick(t.view, Qt::Key_Slash, Qt::ControlModifier);
        QVERIFY(t.edit->hasFocus());
        t.type("socket == 8 && failed");
        QCOMPARE(t.edit->state(), ui::FilterEdit::State::Applied);
        QTRY_COMPARE(t.pane->order().count(), quint64{10});
        QCOMPARE(t.pane->order().rowAt(0), quint64{6});
        QTRY_COMPARE(t.f.find<QLabel>("operationsCount")->text(), "10 of 700");
        QCOMPARE(t.f.shownOperations().count(), quint64{10}); // For the other views, too.
        t.add(70);
        QTRY_COMPARE(t.pane->order().count(), quint64{11});
        QTest::keyClick(t.edit, Qt::Key_Escape);
        QVERIFY(t.edit->text().isEmpty());
        QTRY_COMPARE(t.pane->order().count(), quint64{770});
        QTest::keyClick(t.edit, Qt::Key_Escape);
        QCOMPARE(t.f.window().focusWidget(), t.view); // However active offscreen windows are.
    }

    void whatIsNoFilterIsToldInPlaceAndChangesNothing()
    {
        Table t(100);
        t.type("pending");
        QTRY_COMPARE(t.pane->order().count(), quint64{22});
        t.type("duraton > 5 ms");
        auto* problem = t.f.find<QLabel>("filterProblem");
        QVERIFY(problem->isVisible());
        QVERIFY2(problem->text().contains("did you mean 'duration'?"), qPrintable(problem->text()));
        QCOMPARE(t.edit->cursorPosition(), 0);
        QCOMPARE(t.edit->state(), ui::FilterEdit::State::Wrong);
        QVERIFY(t.edit->accessibleDescription().contains("did you mean"));
        const QColor wrong = t.edit->palette().color(QPalette::Base);
        QCOMPARE(t.pane->order().count(), quint64{22});
        QTest::keyClick(t.edit, Qt::Key_Escape); // Back to what is applied.
        QCOMPARE(t.edit->text(), "pending");
        QVERIFY(problem->isHidden());
        QVERIFY(t.edit->palette().color(QPalette::Base) != wrong);
    }

    void whatMayStandAtTheCursorIsOffered()
    {
        Table t(10);
        t.edit->setFocus();
        QTest::keyClicks(t.edit, "socket == 3 && dur");
        auto* offers = t.f.window().findChild<QAbstractItemView*>("filterOffers");
        if (!offers) {
            for (QWidget* widget : QApplication::topLevelWidgets()) {
                if (widget->objectName() == "filterOffers")
                    offers = qobject_cast<QAbstractItemView*>(widget);
            }
        }
        QVERIFY(offers);
        QTRY_VERIFY(offers->isVisible());
        QCOMPARE(offers->model()->rowCount(), 1);
        QTest::keyClick(offers, Qt::Key_Tab);
        QCOMPARE(t.edit->text(), "socket == 3 && duration ");
        QVERIFY(t.edit->hasFocus());
        QTest::keyClick(t.edit, Qt::Key_Space, Qt::ControlModifier);
        QTRY_VERIFY(offers->isVisible());
        QTest::keyClick(offers, Qt::Key_Down);
        QTest::keyClick(offers, Qt::Key_Down);
        QTest::keyClick(offers, Qt::Key_Return);
        QCOMPARE(t.edit->text(), "socket == 3 && duration != ");
        QTest::keyClicks(t.edit, "5");
        QTRY_VERIFY(offers->isVisible()); // Units.
        QTest::keyClick(offers, Qt::Key_Escape);
        QVERIFY(!offers->isVisible());
        QCOMPARE(t.edit->text(), "socket == 3 && duration != 5");
    }

    void escInTheFilterCancelsNoSend()
    {
        Table t(10);
        QSignalSpy cancelled(t.f.action("cancel"), &QAction::triggered);
        t.edit->setFocus();
        QTest::keyClick(t.edit, Qt::Key_Escape);
        t.edit->setFocus();
        QTest::keyClicks(t.edit, "id == 3");
        QTest::keyClick(t.edit, Qt::Key_Escape);
        QTest::keyClick(t.edit, Qt::Key_Escape);
        QCOMPARE(cancelled.count(), 0);
        QVERIFY(t.edit->text().isEmpty());
    }

    void escEndsASearchBeforeItClearsTheFilter()
    {
        Table t(300'000);
        QTRY_COMPARE(t.pane->order().count(), quint64{300'000});
        t.type("socket == 3");
        QTest::keyClick(t.edit, Qt::Key_Escape);
        if (t.f.shownOperations().progress().isCancelled) { // Unless it was faster.
            QCOMPARE(t.edit->text(), "socket == 3");
            QTRY_VERIFY(t.f.find<QLabel>("operationsCount")->text().contains("stopped at"));
            QTest::keyClick(t.edit, Qt::Key_Return); // Again.
            QTRY_COMPARE(t.pane->order().count(), quint64{30'000});
        }
        QTRY_VERIFY(!t.f.shownOperations().progress().isRunning);
    }

    void quickChoicesCombineWithTheLine()
    {
        Table t(100);
        t.type("failed");
        QTRY_COMPARE(t.pane->order().count(), quint64{14});
        t.show("Selected connection");
        QTRY_COMPARE(t.pane->order().count(), quint64{0}); // None is selected.
        t.show("My calls");
        QTRY_COMPARE(t.pane->order().count(), quint64{14});
        t.show("All sends");
        QTRY_COMPARE(t.pane->order().count(), quint64{14});
    }

    void lastAndNamedFiltersAreKept()
    {
        const QTemporaryDir folder;
        const ui::SettingsFile file(folder.filePath(QStringLiteral("settings.ini")));
        {
            Table t(10, file.load());
            t.type("id == 1");
            t.type("pending && bytes > 1 KiB");
            QTest::keyClick(t.edit, Qt::Key_Up);
            QTest::keyClick(t.edit, Qt::Key_Up);
            QCOMPARE(t.edit->text(), "id == 1");
            QTest::keyClick(t.edit, Qt::Key_Down);
            QCOMPARE(t.edit->text(), "pending && bytes > 1 KiB");
            auto* menu = t.f.find<QToolButton>("filterMenuButton")->menu();
            emit menu->aboutToShow();
            for (QAction* action : menu->actions()) {
                if (action->text().contains("Save"))
                    action->trigger();
            }
            auto* name = t.f.find<QLineEdit>("filterName");
            QVERIFY(name->hasFocus());
            QTest::keyClicks(name, "large");
            QTest::keyClick(name, Qt::Key_Return);
            QVERIFY(!name->isVisible());
            t.view->horizontalHeader()->moveSection(1, 3);
            t.view->columnActions()[2]->trigger();
            QVERIFY(t.f.window().close());
            QVERIFY(file.save(t.f.window().settings()));
        }
        Table t(10, file.load());
        QCOMPARE(
            t.pane->filterLine()->history(), (QStringList{"pending && bytes > 1 KiB", "id == 1"}));
        QCOMPARE(t.pane->filterLine()->saved(),
            (QList<ui::SavedFilter>{{"large", "pending && bytes > 1 KiB"}}));
        QVERIFY(t.view->isColumnHidden(2));
        QVERIFY(!t.view->columnActions()[2]->isChecked());
        QCOMPARE(t.view->horizontalHeader()->visualIndex(1), 3);
        auto* menu = t.f.find<QToolButton>("filterMenuButton")->menu();
        emit menu->aboutToShow();
        QVERIFY(menu->actions().first()->text().startsWith("large"));
        menu->actions().first()->trigger();
        QCOMPARE(t.edit->text(), "pending && bytes > 1 KiB");
    }

    void aValueIsFilteredFromItsMenu()
    {
        Table t(100);
        const auto choose = [&t](const QString& start) {
            bool found = false;
            QTimer::singleShot(0, &t.f.window(), [&] {
                auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
                if (!menu)
                    return;
                for (QAction* action : menu->actions()) {
                    if (QString(action->text()).remove(u'&').startsWith(start)) {
                        found = true;
                        action->trigger();
                    }
                }
                menu->close();
            });
            QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(), QPoint());
            QApplication::sendEvent(t.view, &event);
            return found;
        };
        t.key(Qt::Key_Home);
        t.key(Qt::Key_Right);
        t.key(Qt::Key_Right); // The socket.
        QVERIFY(choose("Filter: socket == 2"));
        QCOMPARE(t.edit->text(), "socket == 2");
        QTRY_COMPARE(t.pane->order().count(), quint64{10});
        t.view->setFocus();
        t.key(Qt::Key_Home);
        t.key(Qt::Key_Right);
        t.key(Qt::Key_Right); // The outcome.
        QVERIFY(choose("and not: outcome == Synchronous"));
        QCOMPARE(t.edit->text(), "socket == 2 && !(outcome == Synchronous)");
        QTRY_VERIFY(t.pane->order().count() < 10 && t.pane->order().count() > 0);
    }
};

QTEST_MAIN(OperationsFilterTest)
#include "operations_filter_test.moc"
