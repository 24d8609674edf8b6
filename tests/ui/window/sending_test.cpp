// SPDX-License-Identifier: GPL-3.0-or-later
// Connecting and sending from the window to real peers in this process, and how it shows what went
// wrong.
#include "tests/ui/window/window_fixture.h"
#include "ui/support/format.h"
#include "ui/views/byte_view.h"
#include "ui/views/message_bar.h"

#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryFile>
#include <QTreeView>

using namespace swb;
using namespace swb::test;
using trace::Outcome;
using ui::QueueModel;
using workbench::ConnectionState;

class SendingTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<WindowFixture> m_f;

    ui::QueueModel& queue() { return m_f->queue(); }
    ConnectionState state()
    {
        const auto node = m_f->session().currentNode();
        return node ? node->connection.state : ConnectionState::Idle;
    }
    QString stateText(int row)
    {
        return queue().index(row, QueueModel::StateColumn).data().toString();
    }
    void typeConnection(std::uint16_t port)
    {
        QTest::keyClick(&m_f->window(), Qt::Key_N, Qt::ControlModifier);
        auto* dialog = m_f->find<QDialog>("connectDialog");
        QVERIFY(dialog && !dialog->isModal());
        QVERIFY(QTest::qWaitForWindowActive(dialog));
        auto* field = dialog->findChild<QLineEdit*>(QStringLiteral("port"));
        field->setFocus();
        field->selectAll();
        QTest::keyClicks(field, QString::number(port));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(QTest::qWaitForWindowActive(&m_f->window()));
    }

private slots:
    void init()
    {
        m_f = std::make_unique<WindowFixture>();
        QVERIFY(m_f->shown());
    }
    void cleanup() { m_f.reset(); }

    void theDialogConnectsByKeyboard()
    {
        const Address address = m_f->startPeer(peers::PeerKind::Echo);
        typeConnection(address.endPoint.port());
        QTRY_VERIFY_WITH_TIMEOUT(state() == ConnectionState::Connected, kDeadlineMs);
        const auto focused = [this] { return m_f->payload()->hasFocus(); };
        const auto* focus = m_f->window().focusWidget();
        QVERIFY2(QTest::qWaitFor(focused),
            qPrintable(
                QStringLiteral("the focus is in '%1', active window %2")
                    .arg(focus ? focus->objectName() : QString(),
                        QApplication::activeWindow() ? QApplication::activeWindow()->objectName()
                                                     : QString())));
    }

    /// Not what happens to be selected in the queue: one sees what one types.
    void ctrlEnterSendsWhatIsBeingTyped()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Sink)));
        m_f->addText("selected");
        QTest::keyClicks(m_f->payload(), "typed");
        QTest::keyClick(m_f->payload(), Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(queue().size(), 2);
        QVERIFY(m_f->payload()->toPlainText().isEmpty());
        QTRY_VERIFY(m_f->lastRecord(SocketAsyncOperation::Send));
        QCOMPARE(m_f->lastRecord(SocketAsyncOperation::Send)->bytesAsked, std::uint64_t{5});
        QCOMPARE(stateText(0), QString("queued")); // not sent
        // With nothing typed it is the window's key: what is selected, which is the new one.
        QTest::keyClick(m_f->payload(), Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(m_f->countOperations(SocketAsyncOperation::Send, Outcome::Synchronous), 2);
        QCOMPARE(queue().size(), 2);
    }

    void ctrlEnterSendsNothingWhileWhatIsTypedIsWrong()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Sink)));
        m_f->addText("selected");
        QTest::keyClicks(m_f->payload(), "\\xZZ");
        QTest::keyClick(m_f->payload(), Qt::Key_Return, Qt::ControlModifier);
        QTest::qWait(50);
        QVERIFY(!m_f->lastRecord(SocketAsyncOperation::Send));
        QCOMPARE(m_f->payload()->toPlainText(), QString("\\xZZ"));
    }

    void theDialogSaysWhatIsWrongWhileOneTypes()
    {
        QTest::keyClick(&m_f->window(), Qt::Key_N, Qt::ControlModifier);
        auto* dialog = m_f->find<QDialog>("connectDialog");
        QVERIFY(QTest::qWaitForWindowActive(dialog));
        auto* port = dialog->findChild<QLineEdit*>(QStringLiteral("port"));
        auto* error = dialog->findChild<QLabel*>(QStringLiteral("addressError"));
        auto* go = dialog->findChild<QPushButton*>(QStringLiteral("connectButton"));
        port->clear();
        QTest::keyClicks(port, QStringLiteral("70000"));
        QVERIFY2(error->text().contains(QStringLiteral("out of range")), qPrintable(error->text()));
        QVERIFY(!go->isEnabled());
        QTest::keyClick(port, Qt::Key_Backspace);
        QVERIFY(error->text().isEmpty());
        QVERIFY(go->isEnabled());
        QTest::keyClick(dialog, Qt::Key_Escape);
        QVERIFY(m_f->session().connections().isEmpty());
    }

    void aWholeAddressCanBeTypedIntoTheHost()
    {
        const Address address = m_f->startPeer(peers::PeerKind::Echo);
        QTest::keyClick(&m_f->window(), Qt::Key_N, Qt::ControlModifier);
        auto* dialog = m_f->find<QDialog>("connectDialog");
        QVERIFY(QTest::qWaitForWindowActive(dialog));
        auto* host = dialog->findChild<QLineEdit*>(QStringLiteral("host"));
        host->setFocus();
        host->selectAll();
        const QString text = QString::fromStdString(address.toString());
        QTest::keyClicks(host, text);
        QCOMPARE(host->text(), text); // "tcp://127.0.0.1:4" was an address before it was all of it
        QTest::keyClick(host, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(state() == ConnectionState::Connected, kDeadlineMs);
        QCOMPARE(m_f->session().currentNode()->connection.target.toString(), address.toString());
    }

    void cancellingHasAShortcutThatWorksEverywhere()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Blackhole)));
        queue().add(0, {workbench::QueueItem::bytes(workbench::Bytes(std::size_t{64} << 20))});
        int aborted = 0;
        for (const char* name : {"operationsView", "timelineView", "payloadEdit", "filterEdit"}) {
            m_f->queueView()->setFocus();
            QTest::keyClick(m_f->queueView(), Qt::Key_Return, Qt::ControlModifier);
            QTRY_VERIFY_WITH_TIMEOUT(m_f->action("cancel")->isEnabled(), kDeadlineMs);
            auto* widget = m_f->find<QWidget>(name);
            widget->setFocus();
            QTest::keyClick(widget, Qt::Key_Escape);
            QCOMPARE(m_f->countOperations(SocketAsyncOperation::Send, Outcome::Aborted), aborted);
            QTest::keyClick(widget, Qt::Key_F5, Qt::ShiftModifier);
            ++aborted;
            QTRY_COMPARE_WITH_TIMEOUT(
                m_f->countOperations(SocketAsyncOperation::Send, Outcome::Aborted), aborted,
                kDeadlineMs);
            QTRY_VERIFY_WITH_TIMEOUT(!m_f->action("cancel")->isEnabled(), kDeadlineMs);
        }
        QVERIFY(m_f->action("cancel")->toolTip().contains(QLatin1String("Shift+F5")));
    }

    void aRefusedConnectionIsShownInPlaceAndTheQueueIsKept()
    {
        // Bound but not listening: nobody else gets the port, and every connect is refused.
        Socket bound(
            m_f->engine(), AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Tcp);
        bound.bind(EndPoint::ip("127.0.0.1", 0));
        typeConnection(bound.localEndPoint().port());
        QTRY_VERIFY_WITH_TIMEOUT(state() == ConnectionState::Failed, kDeadlineMs);
        m_f->addText(QStringLiteral("kept"));
        const auto* problem = m_f->find<QLabel>("connectionProblem");
        QTRY_VERIFY(problem->isVisible());
        QVERIFY2(problem->text().contains(QStringLiteral("ConnectionRefused (10061")),
            qPrintable(problem->text()));
        QVERIFY(problem->text().startsWith(QStringLiteral("Error")));
        const auto* tree = m_f->find<QTreeView>("connectionsView");
        const QModelIndex row = tree->currentIndex();
        QVERIFY(row.data(ui::ConnectionsModel::ProblemRole)
                    .toString()
                    .contains(QStringLiteral("ConnectionRefused")));
        QCOMPARE(
            row.data(ui::ConnectionsModel::StateWordRole).toString(), QStringLiteral("failed"));
        QVERIFY(!QApplication::activeModalWidget());

        QAction* send = m_f->action("sendSelected");
        QVERIFY(!send->isEnabled());
        QVERIFY2(
            send->toolTip().contains(QStringLiteral("Not connected")), qPrintable(send->toolTip()));
        QCOMPARE(queue().size(), 1);
        QTest::keyClick(&m_f->window(), Qt::Key_F5);
        QTRY_VERIFY_WITH_TIMEOUT(state() == ConnectionState::Failed, kDeadlineMs);
        QCOMPARE(queue().size(), 1);
    }

    void anItemSentByItselfIsSynchronousAndComesBack()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Echo)));
        m_f->addText(QStringLiteral("Hello\\n"));
        QTest::keyClick(m_f->payload(), Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(stateText(0), QStringLiteral("synchronous"));
        auto* received = m_f->find<ui::ByteView>("receivedView");
        QTRY_COMPARE_WITH_TIMEOUT(received->bytes().totalBytes, std::uint64_t{6}, kDeadlineMs);
        const auto* const bytes = reinterpret_cast<const char*>(received->bytes().bytes.data());
        QCOMPARE(QByteArray(bytes, 6), QByteArray("Hello\n"));
        // How many bytes a line holds depends on the width.
        QVERIFY2(received->line(0).startsWith(QStringLiteral("00000000  48 65 6c 6c")),
            qPrintable(received->line(0)));
        received->setMode(ui::ByteView::Mode::Text);
        QVERIFY(received->line(0).startsWith(QStringLiteral("Hello")));
    }

    void theQueueGoesOutAsOneSendPackets()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Echo)));
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write("file\n");
        QVERIFY(file.flush());
        m_f->addText(QStringLiteral("head\\n"));
        m_f->addText(QStringLiteral("left out"));
        queue().setEnabled({1}, false);
        queue().add(2, {workbench::QueueItem::file(file.fileName().toStdString())});
        m_f->addText(QStringLiteral("tail\\n"));
        QTest::keyClick(&m_f->window(), Qt::Key_Return, Qt::ControlModifier | Qt::ShiftModifier);

        auto* received = m_f->find<ui::ByteView>("receivedView");
        QTRY_COMPARE_WITH_TIMEOUT(received->bytes().totalBytes, std::uint64_t{15}, kDeadlineMs);
        received->setMode(ui::ByteView::Mode::Text);
        QCOMPARE(received->allText(), QStringLiteral("head\nfile\ntail\n"));
        QTRY_VERIFY(m_f->lastRecord(SocketAsyncOperation::SendPackets));
        QTRY_COMPARE(
            m_f->lastRecord(SocketAsyncOperation::SendPackets)->bytesDone, std::uint64_t{15});
        QVERIFY(!m_f->lastRecord(SocketAsyncOperation::Send));
        QTRY_VERIFY(queue().entry(0).state() != ui::ItemState::Pending);
        QCOMPARE(queue().entry(0).state(), queue().entry(3).state());
        QCOMPARE(queue().entry(1).state(), ui::ItemState::Queued);
    }

    void cancelEndsA64MiBSendToABlackhole()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Blackhole)));
        constexpr std::int64_t kSize = std::int64_t{64} << 20;
        queue().add(0, {workbench::QueueItem::bytes(workbench::Bytes(kSize))});
        QAction* cancel = m_f->action("cancel");
        QVERIFY(!cancel->isEnabled());
        m_f->queueView()->setFocus();
        QTest::keyClick(m_f->queueView(), Qt::Key_Return, Qt::ControlModifier);
        QVERIFY2(stateText(0).startsWith(QStringLiteral("pending")), qPrintable(stateText(0)));
        QTRY_VERIFY(cancel->isEnabled());
        QTRY_COMPARE_WITH_TIMEOUT(
            m_f->countOperations(SocketAsyncOperation::Send, Outcome::Pending), 1, kDeadlineMs);

        QTest::keyClick(m_f->queueView(), Qt::Key_Escape);
        QTRY_COMPARE_WITH_TIMEOUT(
            m_f->countOperations(SocketAsyncOperation::Send, Outcome::Aborted), 1, kDeadlineMs);
        const auto record = m_f->lastRecord(SocketAsyncOperation::Send);
        QVERIFY(record->error == SocketError::OperationAborted);
        QVERIFY(record->bytesDone > 0 && record->bytesDone < static_cast<std::uint64_t>(kSize));
        QTRY_COMPARE(stateText(0),
            QStringLiteral("aborted after %1 of 67,108,864 bytes")
                .arg(ui::groupedNumber(record->bytesDone)));
        QTRY_VERIFY(!cancel->isEnabled());
        QCOMPARE(queue().size(), 1);
    }

    void theQueueOutlivesTheConnection()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Sink)));
        m_f->addText(QStringLiteral("kept"));
        QTest::keyClick(&m_f->window(), Qt::Key_F5, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(
            !m_f->session().sendObstacle(m_f->session().current()).isEmpty(), kDeadlineMs);
        QCOMPARE(queue().size(), 1);
        QTest::keyClick(&m_f->window(), Qt::Key_F5);
        QTRY_VERIFY_WITH_TIMEOUT(state() == ConnectionState::Connected, kDeadlineMs);
        QCOMPARE(queue().size(), 1);
    }

    void aRemovedClientCanBeHadBackWithItsQueue()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Sink)));
        m_f->addText(QStringLiteral("kept"));
        auto* tree = m_f->find<QTreeView>("connectionsView");
        tree->setFocus();
        m_f->action("removeConnection")->trigger();
        QVERIFY(!m_f->session().currentQueue());
        auto* back = m_f->find<QPushButton>("messageAction");
        QVERIFY(back->isVisible());
        QTest::mouseClick(back, Qt::LeftButton);
        QVERIFY(m_f->session().currentQueue());
        QCOMPARE(queue().size(), 1);
    }

    void aFailedListenIsShownInPlace()
    {
        m_f->session().addListener(m_f->startPeer(peers::PeerKind::Sink));
        const auto* problem = m_f->find<QLabel>("connectionProblem");
        QTRY_VERIFY(problem->isVisible());
        QVERIFY2(problem->text().contains(QStringLiteral("AddressAlreadyInUse")),
            qPrintable(problem->text()));
    }

    void selectedOperationsAreCopiedAsTabSeparatedText()
    {
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Sink)));
        m_f->addText(QStringLiteral("x"));
        QTest::keyClick(m_f->payload(), Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(
            m_f->countOperations(SocketAsyncOperation::Send, Outcome::Synchronous), 1, kDeadlineMs);
        QTableView* table = m_f->operationsView();
        table->setFocus();
        table->selectAll();
        QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
        const QStringList lines
            = QApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), table->model()->rowCount() + 1);
        QCOMPARE(lines.first().count(u'\t'), ui::kOperationColumnCount - 1);
        QVERIFY(lines.last().contains(QStringLiteral("Send\t")));
    }
};

QTEST_MAIN(SendingTest)
#include "sending_test.moc"
