// SPDX-License-Identifier: GPL-3.0-or-later
// Filling and rearranging a queue by keyboard, mouse and drops.
#include "tests/ui/window/window_fixture.h"
#include "ui/views/message_bar.h"
#include "ui/views/payload_composer.h"
#include "ui/views/queue_view.h"

#include <QComboBox>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QTemporaryDir>
#include <QUrl>

using namespace swb;
using namespace swb::test;
using ui::QueueModel;

namespace {

QString what(const QueueModel& queue, int row)
{
    return queue.index(row, QueueModel::WhatColumn).data().toString();
}

QStringList allWhat(const QueueModel& queue)
{
    QStringList labels;
    for (int row = 0; row < queue.size(); ++row)
        labels << what(queue, row);
    return labels;
}

} // namespace

class QueueEditingTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<WindowFixture> m_f;

    QueueModel& queue() { return m_f->queue(); }
    QWidget* table() { return m_f->queueView(); }
    void fill(const QStringList& texts)
    {
        for (const QString& text : texts)
            m_f->addText(text);
    }
    void selectRow(int row)
    {
        table()->setFocus();
        const QRect cell = m_f->queueView()->visualRect(queue().index(row, QueueModel::WhatColumn));
        QTest::mouseClick(
            m_f->queueView()->viewport(), Qt::LeftButton, Qt::NoModifier, cell.center());
    }
    /// What a drag that ends there does; answers whether it was taken.
    bool drop(const QPointF& at, Qt::DropAction action, const QMimeData& mime)
    {
        QWidget* target = m_f->queueView()->viewport();
        QDragEnterEvent enter(at.toPoint(), action, &mime, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &enter);
        QDragMoveEvent move(at.toPoint(), action, &mime, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &move);
        QDropEvent dropped(at, action, &mime, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &dropped);
        return enter.isAccepted() && move.isAccepted() && dropped.isAccepted();
    }
    QString status() { return m_f->find<QLabel>("payloadStatus")->text(); }

private slots:
    void init()
    {
        m_f = std::make_unique<WindowFixture>();
        QVERIFY(m_f->shown());
        QVERIFY(m_f->connectTo(m_f->startPeer(peers::PeerKind::Sink)));
    }
    void cleanup() { m_f.reset(); }

    void textIsAddedWithItsEscapesAndItsByteCount()
    {
        m_f->payload()->setFocus();
        QTest::keyClicks(m_f->payload(), QStringLiteral("Hello\\n"));
        QCOMPARE(status(), QStringLiteral("6 bytes"));
        QTest::keyClick(m_f->payload(), Qt::Key_Return);
        QCOMPARE(queue().size(), 1);
        QCOMPARE(what(queue(), 0), QStringLiteral("\"Hello\\n\""));
        QCOMPARE(queue().entry(0).size, std::int64_t{6});
        QVERIFY(m_f->payload()->toPlainText().isEmpty());
    }

    void aWrongEscapeIsToldWithItsPosition()
    {
        QTest::keyClicks(m_f->payload(), QStringLiteral("ab\\q"));
        QVERIFY2(status().startsWith(QStringLiteral("Error at character 3")), qPrintable(status()));
        QVERIFY(!m_f->find<QPushButton>("addPayload")->isEnabled());
        QTest::keyClick(m_f->payload(), Qt::Key_Return);
        QCOMPARE(queue().size(), 0);
        QCOMPARE(m_f->payload()->toPlainText(), QStringLiteral("ab\\q"));
    }

    void anOddHexDigitIsToldAndTheTextStays()
    {
        m_f->find<QComboBox>("payloadMode")->setCurrentIndex(1);
        QTest::keyClicks(m_f->payload(), QStringLiteral("47 45 5"));
        QVERIFY2(status().contains(QStringLiteral("odd")), qPrintable(status()));
        QVERIFY(status().startsWith(QStringLiteral("Error")));
        auto* add = m_f->find<QPushButton>("addPayload");
        QVERIFY(!add->isEnabled());
        QVERIFY2(add->toolTip().contains(QStringLiteral("odd")), qPrintable(add->toolTip()));
        QTest::keyClick(m_f->payload(), Qt::Key_Return);
        QCOMPARE(m_f->payload()->toPlainText(), QStringLiteral("47 45 5"));
        QCOMPARE(queue().size(), 0);

        QTest::keyClicks(m_f->payload(), QStringLiteral("4"));
        QCOMPARE(status(), QStringLiteral("3 bytes"));
        QTest::mouseClick(add, Qt::LeftButton);
        QCOMPARE(queue().size(), 1);
        QCOMPARE(queue().entry(0).size, std::int64_t{3});
    }

    void textAndHexAreTwoSpellingsOfTheSameBytes()
    {
        QTest::keyClicks(m_f->payload(), QStringLiteral("GET\\n"));
        m_f->find<QComboBox>("payloadMode")->setCurrentIndex(1);
        QCOMPARE(m_f->payload()->toPlainText(), QStringLiteral("47 45 54 0A"));
        m_f->find<QComboBox>("payloadMode")->setCurrentIndex(0);
        QCOMPARE(m_f->payload()->toPlainText(), QStringLiteral("GET\\n"));
    }

    void testDataOf64MiBIsQueuedWhileTheWindowAnswers()
    {
        m_f->find<QComboBox>("payloadMode")->setCurrentIndex(2);
        QTest::keyClicks(m_f->payload(), QStringLiteral("64 MiB"));
        QTest::keyClick(m_f->payload(), Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(queue().size(), 1, kDeadlineMs);
        QCOMPARE(queue().entry(0).size, std::int64_t{64} << 20);
    }

    void rowsAreMovedByKeyboardAndUndone()
    {
        fill({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")});
        selectRow(2);
        QTest::keyClick(table(), Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(allWhat(queue()), (QStringList{"\"a\"", "\"c\"", "\"b\""}));
        QTest::keyClick(table(), Qt::Key_Up, Qt::AltModifier);
        QTest::keyClick(table(), Qt::Key_Up, Qt::AltModifier); // It is at the top: nothing happens.
        QCOMPARE(allWhat(queue()), (QStringList{"\"c\"", "\"a\"", "\"b\""}));
        QTest::keyClick(table(), Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(allWhat(queue()), (QStringList{"\"a\"", "\"c\"", "\"b\""}));
        for (int i = 0; i < 3; ++i)
            QTest::keyClick(table(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(allWhat(queue()), (QStringList{"\"a\"", "\"b\"", "\"c\""}));
        QTest::keyClick(table(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(allWhat(queue()), (QStringList{"\"a\"", "\"c\"", "\"b\""}));
    }

    void spaceTogglesAndDeleteRemovesUndoably()
    {
        fill({QStringLiteral("a"), QStringLiteral("b")});
        selectRow(0);
        QTest::keyClick(table(), Qt::Key_Space);
        QVERIFY(!queue().entry(0).item.enabled);
        QTest::keyClick(table(), Qt::Key_Space);
        QVERIFY(queue().entry(0).item.enabled);
        QTest::keyClick(table(), Qt::Key_Space);

        QTest::keyClick(table(), Qt::Key_Delete);
        QCOMPARE(allWhat(queue()), (QStringList{"\"b\""}));
        QTest::keyClick(table(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(allWhat(queue()), (QStringList{"\"a\"", "\"b\""}));
        QVERIFY(!queue().entry(0).item.enabled);
    }

    void aBufferIsEditedInPlaceOfItsOldSelf()
    {
        fill({QStringLiteral("a"), QStringLiteral("b")});
        selectRow(0);
        QTest::keyClick(table(), Qt::Key_F2);
        QVERIFY(m_f->payload()->hasFocus());
        QCOMPARE(m_f->payload()->toPlainText(), QStringLiteral("a"));
        QTest::keyClicks(m_f->payload(), QStringLiteral("changed"));
        QTest::keyClick(m_f->payload(), Qt::Key_Return);
        QCOMPARE(allWhat(queue()), (QStringList{"\"changed\"", "\"b\""}));
        m_f->action("undo")->trigger();
        QCOMPARE(allWhat(queue()), (QStringList{"\"a\"", "\"b\""}));
    }

    void filesAreDroppedWhereTheyFall()
    {
        fill({QStringLiteral("a"), QStringLiteral("b")});
        const QTemporaryDir folder;
        QList<QUrl> urls;
        for (const char* name : {"one.bin", "two.bin"}) {
            QFile file(folder.filePath(QLatin1String(name)));
            QVERIFY(file.open(QIODevice::WriteOnly));
            QCOMPARE(file.write(QByteArray(1000, 'x')), qint64{1000});
            urls << QUrl::fromLocalFile(file.fileName());
        }
        QMimeData mime;
        mime.setUrls(urls);
        auto* view = qobject_cast<ui::QueueView*>(m_f->queueView());
        const QRect second = view->visualRect(queue().index(1, 1));
        const QPointF between(second.left() + 5, second.top() + 2);
        QCOMPARE(view->dropRowAt(between.toPoint()), 1);
        QVERIFY(drop(between, Qt::CopyAction, mime));
        QCOMPARE(queue().size(), 4);
        QVERIFY2(
            what(queue(), 1).contains(QStringLiteral("one.bin")), qPrintable(what(queue(), 1)));
        QVERIFY(what(queue(), 2).contains(QStringLiteral("two.bin")));
        QCOMPARE(what(queue(), 3), QStringLiteral("\"b\""));
        QCOMPARE(queue().entry(1).size, std::int64_t{1000});
    }

    void aDroppedFolderIsRefusedInPlace()
    {
        const QTemporaryDir folder;
        QMimeData mime;
        mime.setUrls({QUrl::fromLocalFile(folder.path())});
        QVERIFY(drop(QPointF(20, 20), Qt::CopyAction, mime));
        QCOMPARE(queue().size(), 0);
        const auto* bar = m_f->find<ui::MessageBar>("messageBar");
        QVERIFY(bar->isVisible());
        QVERIFY2(bar->text().contains(folder.path()), qPrintable(bar->text()));
    }

    void rowsAreDroppedWhereTheyFall()
    {
        fill({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")});
        const std::unique_ptr<QMimeData> mime(queue().mimeData({queue().index(0, 1)}));
        const QRect last = m_f->queueView()->visualRect(queue().index(2, 1));
        QVERIFY(drop(QPointF(last.left() + 5, last.bottom() - 1), Qt::MoveAction, *mime));
        QCOMPARE(allWhat(queue()), (QStringList{"\"b\"", "\"c\"", "\"a\""}));
    }

    void offsetAndCountOfAFileAreEdited()
    {
        const QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("data.bin")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(file.resize(10'000));
        queue().add(0, {workbench::QueueItem::file(file.fileName().toStdString())});
        selectRow(0);
        QTest::keyClick(table(), Qt::Key_F2);
        auto* editor = qobject_cast<QLineEdit*>(QApplication::focusWidget());
        QVERIFY(editor);
        editor->selectAll();
        QTest::keyClicks(editor, QStringLiteral("4 kiwi"));
        QTest::keyClick(editor, Qt::Key_Return);
        QCOMPARE(QApplication::focusWidget(), editor); // It cannot be read, so it stays open.
        QCOMPARE(editor->text(), QStringLiteral("4 kiwi"));
        editor->selectAll();
        QTest::keyClicks(editor, QStringLiteral("4KiB"));
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_COMPARE(std::get<workbench::FilePayload>(queue().entry(0).item.payload).offset,
            std::int64_t{4096});
        QCOMPARE(queue().entry(0).size, std::int64_t{10'000 - 4096});
    }

    void aMissingFileStaysInTheQueueAndSaysSo()
    {
        queue().add(0, {workbench::QueueItem::file("/nonexistent/file.bin")});
        QCOMPARE(queue().index(0, QueueModel::BytesColumn).data().toString(),
            QStringLiteral("cannot be read"));
        selectRow(0);
        QTest::keyClick(table(), Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(queue().size(), 1);
        const QString state = queue().index(0, QueueModel::StateColumn).data().toString();
        QVERIFY2(state.startsWith(QStringLiteral("failed")), qPrintable(state));
        QVERIFY(queue().entry(0).outcome->problem());
        QVERIFY(!QApplication::activeModalWidget());
    }
};

QTEST_MAIN(QueueEditingTest)
#include "queue_editing_test.moc"
