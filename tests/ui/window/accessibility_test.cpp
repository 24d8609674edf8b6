// SPDX-License-Identifier: GPL-3.0-or-later
// Whoever cannot see the window, or has no mouse, can use it: names, mnemonics, shortcuts, panes.
#include "tests/ui/window/window_fixture.h"

#include "engine/trace/trace_file.h"
#include "tests/engine/trace/records.h"
#include "ui/dialogs/connect_dialog.h"
#include "ui/dialogs/listen_dialog.h"
#include "ui/support/settings.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractScrollArea>
#include <QAccessible>
#include <QComboBox>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QToolBar>
#include <QToolButton>
#include <QTreeWidget>

#include <set>

using namespace swb;
using namespace swb::test;

namespace {

/// Parts that Qt makes for its own widgets and names, or leaves out of reach, itself.
bool isMadeByQt(const QWidget* widget)
{
    const QString name = widget->objectName();
    return name.startsWith(QStringLiteral("qt_")) || qobject_cast<const QHeaderView*>(widget)
        || qobject_cast<const QScrollBar*>(widget)
        || qobject_cast<const QComboBox*>(widget->parentWidget())
        || (widget->parentWidget() && widget->parentWidget()->inherits("QComboBoxPrivateContainer"))
        || widget->inherits("QTableCornerButton") || widget->inherits("QDockWidgetTitleButton")
        || widget->inherits("QToolBarExtension");
}

bool isInteractive(const QWidget* widget)
{
    return qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QComboBox*>(widget)
        || qobject_cast<const QLineEdit*>(widget)
        || qobject_cast<const QAbstractScrollArea*>(widget);
}

QStringList namelessWidgets(const QWidget& root)
{
    QStringList nameless;
    for (const QWidget* widget : root.findChildren<QWidget*>()) {
        if (!isInteractive(widget) || isMadeByQt(widget))
            continue;
        if (widget->accessibleName().isEmpty())
            nameless << QStringLiteral("%1 '%2'").arg(
                QLatin1String(widget->metaObject()->className()), widget->objectName());
    }
    return nameless;
}

QChar mnemonicOf(const QString& text)
{
    const QKeySequence key = QKeySequence::mnemonic(text);
    const QString shown = key.toString();
    return shown.isEmpty() ? QChar() : shown.back().toUpper();
}

/// Texts of buttons and of labels with a buddy: what Alt and a letter reaches.
QStringList mnemonicTexts(const QWidget& root)
{
    QStringList texts;
    for (const QAbstractButton* button : root.findChildren<QAbstractButton*>())
        texts << button->text();
    for (const QLabel* label : root.findChildren<QLabel*>()) {
        if (label->buddy())
            texts << label->text();
    }
    return texts;
}

QStringList doubleMnemonics(const QStringList& texts)
{
    QStringList doubles;
    std::set<QChar> used;
    for (const QString& text : texts) {
        const QChar mnemonic = mnemonicOf(text);
        if (!mnemonic.isNull() && !used.insert(mnemonic).second)
            doubles << text;
    }
    return doubles;
}

/// Entries of a menu that have no mnemonic, or one that another entry has.
QStringList mnemonicFaults(const QList<QAction*>& actions)
{
    QStringList faults;
    std::set<QChar> used;
    for (const QAction* action : actions) {
        if (action->isSeparator())
            continue;
        const QChar mnemonic = mnemonicOf(action->text());
        if (mnemonic.isNull() || !used.insert(mnemonic).second)
            faults << action->text();
    }
    return faults;
}

} // namespace

class AccessibilityTest : public QObject {
    Q_OBJECT

private slots:
    void everyInteractiveWidgetHasAName()
    {
        WindowFixture f;
        QVERIFY(f.shown());
        QVERIFY(f.connectTo(f.startPeer(peers::PeerKind::Echo)));
        const QStringList nameless = namelessWidgets(f.window());
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(QStringLiteral(", "))));
        ui::ConnectDialog connectDialog({});
        QVERIFY2(namelessWidgets(connectDialog).isEmpty(),
            qPrintable(namelessWidgets(connectDialog).join(u',')));
        for (const auto kind :
            {ui::ListenDialog::Kind::Listener, ui::ListenDialog::Kind::DemoPeer}) {
            ui::ListenDialog listenDialog(kind);
            QVERIFY2(namelessWidgets(listenDialog).isEmpty(),
                qPrintable(namelessWidgets(listenDialog).join(u',')));
        }
    }

    void everyActionHasATextAToolTipAndAWayFromTheMenu()
    {
        WindowFixture f;
        QSet<const QAction*> inMenus;
        for (const QMenu* menu : f.window().findChildren<QMenu*>()) {
            for (const QAction* action : menu->actions())
                inMenus.insert(action);
        }
        int seen = 0;
        for (const QAction* action : f.window().findChildren<QAction*>()) {
            if (action->isSeparator() || action->objectName().isEmpty()
                || action->objectName().startsWith(u'_'))
                continue;
            ++seen;
            QVERIFY2(!action->text().isEmpty(), qPrintable(action->objectName()));
            QVERIFY2(!action->toolTip().isEmpty(), qPrintable(action->objectName()));
            QVERIFY2(inMenus.contains(action), qPrintable(action->objectName()));
        }
        QVERIFY(seen > 25);
    }

    void mnemonicsAreUniqueInEachMenu()
    {
        WindowFixture f;
        QStringList faults = mnemonicFaults(f.window().menuBar()->actions());
        for (const QMenu* menu : f.window().menuBar()->findChildren<QMenu*>()) {
            for (const QString& fault : mnemonicFaults(menu->actions()))
                faults << QStringLiteral("%1 > %2").arg(menu->title(), fault);
        }
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QStringLiteral(", "))));
    }

    void mnemonicsOfTheWindowAndItsDialogsAreUnique()
    {
        WindowFixture f;
        QStringList texts;
        for (const QAction* action : f.window().menuBar()->actions())
            texts << action->text();
        QCOMPARE(doubleMnemonics(texts + mnemonicTexts(f.window())), QStringList());
        const ui::ConnectDialog connectDialog({});
        QCOMPARE(doubleMnemonics(mnemonicTexts(connectDialog)), QStringList());
        for (const auto kind :
            {ui::ListenDialog::Kind::Listener, ui::ListenDialog::Kind::DemoPeer}) {
            const ui::ListenDialog listenDialog(kind);
            QCOMPARE(doubleMnemonics(mnemonicTexts(listenDialog)), QStringList());
        }
    }

    void whatHasNoWordsHasAToolTip()
    {
        WindowFixture f;
        QVERIFY(f.connectTo(f.startPeer(peers::PeerKind::Echo)));
        QStringList silent;
        for (const QAbstractButton* button : f.window().findChildren<QAbstractButton*>()) {
            const auto* tool = qobject_cast<const QToolButton*>(button);
            const bool hasWords = !button->text().isEmpty()
                && (!tool || tool->toolButtonStyle() != Qt::ToolButtonIconOnly);
            const bool isCorner = button->inherits("QTableCornerButton"); // it does nothing
            if (button->isVisible() && !isCorner && !hasWords && button->toolTip().isEmpty())
                silent << QStringLiteral("%1 %2").arg(
                    QLatin1String(button->metaObject()->className()), button->objectName());
        }
        QVERIFY2(silent.isEmpty(), qPrintable(silent.join(u'\n')));
    }

    void allKeysCanBeLookedUp()
    {
        WindowFixture f;
        QTest::keyClick(&f.window(), Qt::Key_F1);
        auto* dialog = f.find<QDialog>("keysDialog");
        QVERIFY(dialog != nullptr && dialog->isVisible());
        auto* list = dialog->findChild<QTreeWidget*>("keysList");
        const auto visible = [list] {
            QStringList keys;
            for (QTreeWidgetItemIterator it(list, QTreeWidgetItemIterator::NotHidden); *it; ++it)
                keys << (*it)->text(0);
            return keys.join(QStringLiteral("; "));
        };
        const QString all = visible();
        for (const QAction* action : f.window().findChildren<QAction*>()) {
            if (!action->shortcut().isEmpty() && action->parent()->inherits("swb::ui::Actions"))
                QVERIFY2(all.contains(action->shortcut().toString(QKeySequence::NativeText)),
                    qPrintable(action->text()));
        }
        QTest::keyClicks(dialog->findChild<QLineEdit*>("keysSearch"), "brush");
        QVERIFY(visible().contains("In the timeline"));
        QVERIFY(!visible().contains("Ctrl+N"));
        QTest::keyClick(dialog, Qt::Key_Escape);
        QVERIFY(!f.find<QDialog>("keysDialog") || !f.find<QDialog>("keysDialog")->isVisible());
    }

    /// Two with the same letter take turns with the focus, and neither is pressed.
    void whatAMessageOffersHasALetterOfItsOwn()
    {
        QTemporaryDir folder;
        trace::TraceStore left;
        left.apply(synchronousSend(1));
        trace::saveTrace(left, folder.filePath("swb-1-1.swbtrace.part").toStdString());
        WindowFixture f({}, folder.path());
        auto* offer = f.find<QAbstractButton>("messageAction");
        QStringList texts;
        for (const QAction* action : f.window().menuBar()->actions())
            texts << action->text();
        const auto doubles = [&] { return doubleMnemonics(texts + mnemonicTexts(f.window())); };
        QVERIFY2(offer->text().contains("Recover"), qPrintable(offer->text()));
        QCOMPARE(doubles(), QStringList());

        f.session().addClient(Address::parse("tcp://127.0.0.1:1"));
        f.addText("x");
        f.session().removeNode(f.session().current());
        QVERIFY2(offer->text().contains("Bring"), qPrintable(offer->text()));
        QCOMPARE(doubles(), QStringList());

        f.recording().save(folder.filePath("a.swbtrace"));
        QVERIFY2(offer->text().contains("Cance"), qPrintable(offer->text()));
        QCOMPARE(doubles(), QStringList());
    }

    void shortcutsAreUnique()
    {
        WindowFixture f;
        std::set<QString> used;
        for (const QAction* action : f.window().findChildren<QAction*>()) {
            if (action->shortcutContext() != Qt::WindowShortcut)
                continue;
            for (const QKeySequence& key : action->shortcuts())
                QVERIFY2(used.insert(key.toString()).second,
                    qPrintable(key.toString() + u' ' + action->text()));
        }
        QVERIFY(used.count(QStringLiteral("Ctrl+N")) == 1);
    }

    void cellsSayTheirStateInWords()
    {
        WindowFixture f;
        QVERIFY(f.connectTo(f.startPeer(peers::PeerKind::Echo)));
        const QModelIndex row = f.session().connections().indexOf(f.session().current());
        const QString text = row.data(Qt::AccessibleTextRole).toString();
        QVERIFY2(text.contains(QStringLiteral("echo peer"))
                && text.contains(QStringLiteral("connected")),
            qPrintable(text));
        f.addText(QStringLiteral("x"));
        QCOMPARE(
            f.queue().index(0, ui::QueueModel::StateColumn).data(Qt::AccessibleTextRole).toString(),
            QStringLiteral("queued"));
        QCOMPARE(f.queue()
                     .index(0, ui::QueueModel::EnabledColumn)
                     .data(Qt::AccessibleTextRole)
                     .toString(),
            QStringLiteral("enabled"));
    }

    void f6GoesThroughAllPanesAndBack()
    {
        WindowFixture f;
        QVERIFY(f.connectTo(f.startPeer(peers::PeerKind::Echo)));
        f.queueView()->setFocus();
        QStringList visited;
        for (int i = 0; i < 6; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_F6);
            visited << QApplication::focusWidget()->objectName();
        }
        QCOMPARE(visited,
            (QStringList{"payloadEdit", "receivedView", "operationsView", "timelineView",
                "connectionsView", "queueView"}));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_F6, Qt::ShiftModifier);
        QCOMPARE(QApplication::focusWidget()->objectName(), QStringLiteral("connectionsView"));
    }

    void theLayoutIsRememberedAndCanBeReset()
    {
        const QTemporaryDir folder;
        const ui::SettingsFile file(folder.filePath(QStringLiteral("settings.ini")));
        {
            WindowFixture f(file.load());
            f.find<QDockWidget>("receivedDock")->hide();
            QVERIFY(f.window().close());
            QVERIFY(file.save(f.window().settings()));
        }
        WindowFixture f(file.load());
        auto* dock = f.find<QDockWidget>("receivedDock");
        QVERIFY(!dock->isVisible());
        f.window().resize(1024, 700);
        const QSize size = f.window().size();
        f.action("resetLayout")->trigger();
        QVERIFY(dock->isVisible());
        QTest::qWait(0); // the layout is made anew in the event loop
        QCOMPARE(f.window().size(), size);
    }

    void settingsThatCannotBeWrittenAreTold()
    {
        const ui::SettingsFile file(QStringLiteral("/proc/no-such-folder/settings.ini"));
        QVERIFY(!file.save({}));
        QVERIFY(file.load() == ui::Settings{});
    }

    void darkAndLightAreSwitchedLive()
    {
        WindowFixture f;
        f.action("themeDark")->trigger();
        QVERIFY(QApplication::palette().color(QPalette::Base).lightness() < 128);
        QTRY_VERIFY(f.queueView()->palette().color(QPalette::Base).lightness() < 128);
        QVERIFY(f.window().settings().theme == ui::Theme::Dark);
        f.action("themeLight")->trigger();
        QVERIFY(QApplication::palette().color(QPalette::Base).lightness() > 128);
        f.action("themeSystem")->trigger();
    }
};

QTEST_MAIN(AccessibilityTest)
#include "accessibility_test.moc"
