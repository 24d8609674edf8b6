// SPDX-License-Identifier: GPL-3.0-or-later
/// The window on a small screen: 1024x700 pixels at 125 % are 819x560, less the frame.
#include "window_fixture.h"

#include "ui/models/connections_model.h"
#include "ui/views/connection_delegate.h"
#include "ui/views/elided_label.h"

#include <QAbstractButton>
#include <QDockWidget>
#include <QHeaderView>
#include <QHelpEvent>
#include <QScrollArea>
#include <QToolTip>
#include <QTreeView>

#include <vector>

using namespace swb;
using namespace swb::test;

namespace {

constexpr QSize kSmall(800, 520);

} // namespace

class NarrowWindowTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<WindowFixture> m_fixture;
    WindowFixture& f() { return *m_fixture; }
    bool areTabs()
    {
        auto* operations = f().find<QDockWidget>("operationsDock");
        return f()
            .window()
            .tabifiedDockWidgets(operations)
            .contains(f().find<QDockWidget>("timelineDock"));
    }
    void fitInto(const QSize& size)
    {
        f().window().resize(size); // as far as the layout from before lets it
        f().action("resetLayout")->trigger();
        f().window().resize(size);
        QTest::qWait(0);
        QVERIFY2(f().window().width() <= size.width() && f().window().height() <= size.height(),
            qPrintable(
                QStringLiteral("%1x%2").arg(f().window().width()).arg(f().window().height())));
    }

private slots:
    void init()
    {
        m_fixture = std::make_unique<WindowFixture>();
        QVERIFY(f().shown());
    }
    void cleanup() { m_fixture.reset(); }

    void theWindowFitsWithWorkAndAMessageInIt()
    {
        fitInto(kSmall);
        QVERIFY(f().connectTo(f().startPeer(peers::PeerKind::Blackhole)));
        f().addText("some bytes");
        f().session().send(f().session().current(), {0});
        QTRY_VERIFY(f().lastRecord(SocketAsyncOperation::Send));
        f().focus().setSelected(f().lastRecord(SocketAsyncOperation::Send)->id);
        emit f().recording().failed(
            QStringLiteral("Save /some/where/a.swbtrace failed: there is no "
                           "room left on the device. Free some."));
        fitInto(kSmall);
        // Nothing of the inspector is cut off beside its scroll bar.
        auto* scroll = f().find<QScrollArea>("inspectorScroll");
        QVERIFY(scroll->isVisible());
        QTRY_VERIFY(scroll->widget()->width() <= scroll->viewport()->width());
    }

    void aLowWindowHasTheTimelineBehindTheTable()
    {
        fitInto(kSmall);
        QVERIFY(areTabs());
        QVERIFY(!f().find<QWidget>("operationsView")->visibleRegion().isEmpty());
        fitInto({1280, 800});
        QVERIFY(!areTabs());
    }

    void theStateGivesWayToTheNameOfAConnection()
    {
        QVERIFY(f().connectTo(f().startPeer(peers::PeerKind::Blackhole)));
        auto* tree = f().find<QTreeView>("connectionsView");
        const QModelIndex index = tree->currentIndex();
        QVERIFY(index.data(ui::ConnectionsModel::NodeIdRole).toUInt() != 0);
        const int line = tree->fontMetrics().height();
        const auto rowHeight = [&] { return tree->visualRect(index).height(); };
        auto* dock = f().find<QDockWidget>("connectionsDock");
        f().window().resizeDocks({dock}, {400}, Qt::Horizontal);
        QTRY_VERIFY(tree->width() >= 390);
        const int wide = rowHeight();
        f().window().resizeDocks({dock}, {150}, Qt::Horizontal);
        QTRY_VERIFY(tree->width() <= 170);
        QTRY_COMPARE(rowHeight(), wide + line);
        f().window().resizeDocks({dock}, {400}, Qt::Horizontal);
        QTRY_COMPARE(rowHeight(), wide);
    }

    void theTitleOfTheQueueHasItsRoomFirst()
    {
        fitInto(kSmall);
        QVERIFY(f().connectTo(f().startPeer(peers::PeerKind::Blackhole)));
        f().addText("some bytes");
        auto* title = static_cast<ui::ElidedLabel*>(f().find<QLabel>("queueTitle"));
        QTRY_VERIFY2(!title->isElided(), qPrintable(title->text()));
        // What lost its words has a tool tip.
        QVERIFY(!f().find<QAbstractButton>("addFilesButton")->toolTip().isEmpty());
    }

    void theReasonHasWhatTheOtherColumnsLeave()
    {
        auto* table = f().operationsView();
        const int reason = static_cast<int>(ui::OperationColumn::Error);
        const auto isFull
            = [&] { return table->horizontalHeader()->length() == table->viewport()->width(); };
        f().window().resize(1700, 800);
        QTRY_VERIFY(isFull());
        const int wide = table->columnWidth(reason);
        table->setColumnWidth(0, table->columnWidth(0) + 50);
        QTRY_COMPARE(table->columnWidth(reason), wide - 50);
        fitInto(kSmall); // then there is a scroll bar, and it is as wide as usual
        QVERIFY(!isFull());
        QVERIFY(table->columnWidth(reason) < wide - 50);
        QVERIFY(table->columnWidth(reason) > 100);
    }

    void whatIsCutOffIsInTheToolTip()
    {
        ui::ElidedLabel label(nullptr, Qt::ElideMiddle);
        label.setText("to tcp://a-host-with-a-long-name.example:40001");
        label.resize(60, 20);
        label.show();
        QVERIFY(label.isElided());
        QHelpEvent ask(QEvent::ToolTip, {5, 5}, label.mapToGlobal(QPoint(5, 5)));
        QVERIFY(QApplication::sendEvent(&label, &ask));
        QCOMPARE(QToolTip::text(), label.text());
        QToolTip::hideText();
        label.resize(2000, 20);
        QVERIFY(!label.isElided());
    }

    void theWelcomeIsWholeInASmallWindow()
    {
        std::vector<QSize> sizes{kSmall, QSize(1280, 800)};
        for (int height = 560; height < 760; height += 10) // what has no room goes, one by one
            sizes.emplace_back(1000, height);
        for (const QSize& size : sizes) {
            fitInto(size);
            const auto* welcome = f().find<QAbstractButton>("tryItButton")->parentWidget();
            for (const QWidget* each : welcome->findChildren<QWidget*>()) {
                if (!each->isVisible())
                    continue;
                const int needed = each->hasHeightForWidth() ? each->heightForWidth(each->width())
                                                             : each->minimumSizeHint().height();
                QVERIFY2(each->height() >= needed, qPrintable(each->objectName()));
            }
        }
    }
};

QTEST_MAIN(NarrowWindowTest)
#include "narrow_window_test.moc"
