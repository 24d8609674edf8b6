// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/queue_model.h"

#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

#include <memory>

using namespace swb;
using namespace swb::ui;
using workbench::QueueItem;

namespace {

std::string labels(const QueueModel& model)
{
    std::string all;
    for (const QueueEntry& entry : model.entries())
        all += entry.label.toStdString() + (entry.item.enabled ? "" : "-");
    return all;
}

std::vector<QueueItem> texts(std::initializer_list<const char*> words)
{
    std::vector<QueueItem> items;
    for (const char* word : words)
        items.push_back(QueueItem::text(word));
    return items;
}

workbench::SendTicket pendingTicket(std::uint64_t id)
{
    workbench::SendTicket ticket;
    ticket.operationId = id;
    ticket.pending = true;
    return ticket;
}

OperationRecord pendingRecord(std::uint64_t id, std::uint64_t done, std::uint64_t asked)
{
    OperationRecord record;
    record.id = id;
    record.kind = SocketAsyncOperation::SendPackets;
    record.flags = operation_flags::ReturnedPending;
    record.bytesDone = done;
    record.bytesAsked = asked;
    return record;
}

} // namespace

class QueueModelTest : public QObject {
    Q_OBJECT

private slots:
    void severalItemsComeAsOneBlockAndOneUndoStep()
    {
        QueueModel model;
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        model.add(0, texts({"a", "b", "c"}));
        QCOMPARE(inserted.count(), 1);
        QCOMPARE(labels(model), std::string("\"a\"\"b\"\"c\""));
        QCOMPARE(model.undoStack().count(), 1);
        model.undoStack().undo();
        QCOMPARE(model.size(), 0);
        model.undoStack().redo();
        QCOMPARE(labels(model), std::string("\"a\"\"b\"\"c\""));
    }

    void everyStepIsUndoneAndRedone()
    {
        QueueModel model;
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::vector<std::string> states{labels(model)};
        const auto step = [&](auto&& action) {
            action();
            states.push_back(labels(model));
        };
        step([&] { model.add(0, texts({"a", "b", "c", "d", "e"})); });
        step([&] { model.remove({3, 0}); });
        step([&] { model.move({0, 2}, 2); });
        step([&] { model.setEnabled({0, 1}, false); });
        step([&] { model.replace(1, QueueItem::text("x")); });
        step([&] { model.add(1, texts({"y"})); });
        QCOMPARE(states.back(), std::string("\"c\"-\"y\"\"x\"\"e\""));
        for (std::size_t i = states.size() - 1; i-- > 0;) {
            model.undoStack().undo();
            QCOMPARE(labels(model), states[i]);
        }
        for (std::size_t i = 1; i < states.size(); ++i) {
            model.undoStack().redo();
            QCOMPARE(labels(model), states[i]);
        }
    }

    void movingToWhereItIsMakesNoUndoStep()
    {
        QueueModel model;
        model.add(0, texts({"a", "b"}));
        model.move({0}, 0);
        model.move({0}, 1);
        QCOMPARE(model.undoStack().count(), 1);
    }

    void aSelectionFollowsItsItemThroughAMove()
    {
        QueueModel model;
        model.add(0, texts({"a", "b", "c"}));
        const QPersistentModelIndex a = model.index(0, QueueModel::WhatColumn);
        model.move({0}, 3);
        QCOMPARE(a.row(), 2);
        QCOMPARE(a.data().toString(), QStringLiteral("\"a\""));
    }

    void theStateFollowsTheRecord()
    {
        QueueModel model;
        model.add(0, {QueueItem::bytes(workbench::Bytes(1000))});
        const QModelIndex state = model.index(0, QueueModel::StateColumn);
        const int row = 0;
        model.setOutcome(std::span(&row, 1), pendingTicket(7), QStringLiteral("tcp://127.0.0.1:9"));
        QCOMPARE(state.data().toString(), QStringLiteral("pending 0 %"));

        OperationRecord record = pendingRecord(7, 430, 1000);
        const RecordLookup lookup = [&record](std::uint64_t id) {
            return id == record.id ? std::optional(record) : std::nullopt;
        };
        const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        QVERIFY(model.refresh(lookup));
        QCOMPARE(state.data().toString(), QStringLiteral("pending 43 %"));
        QCOMPARE(model.pendingBytesDone(), std::uint64_t{430});
        QCOMPARE(changed.count(), 1);
        QVERIFY(model.refresh(lookup));
        QCOMPARE(changed.count(), 1); // Nothing new, nothing told.

        record.phase = OperationPhase::Completed;
        record.error = SocketError::OperationAborted;
        record.flags |= operation_flags::Aborted;
        QVERIFY(!model.refresh(lookup));
        QCOMPARE(state.data().toString(), QStringLiteral("aborted after 430 of 1,000 bytes"));
        QVERIFY(model.pendingOperations().empty());
    }

    void aFailureIsWordedInItsRow()
    {
        QueueModel model;
        model.add(0, {QueueItem::bytes(workbench::Bytes(1000))});
        const int row = 0;
        model.setOutcome(std::span(&row, 1), pendingTicket(7), QStringLiteral("tcp://127.0.0.1:9"));
        OperationRecord record = pendingRecord(7, 10, 1000);
        record.phase = OperationPhase::Completed;
        record.error = SocketError::ConnectionReset;
        record.nativeError = ECONNRESET;
        model.refresh([&record](std::uint64_t) { return std::optional(record); });
        const QModelIndex state = model.index(0, QueueModel::StateColumn);
        QVERIFY2(
            state.data().toString().startsWith(QStringLiteral("failed: ConnectionReset (10054)")),
            qPrintable(state.data().toString()));
        const QString whole = state.data(Qt::ToolTipRole).toString();
        QVERIFY2(whole.contains(QStringLiteral("ECONNRESET 104")), qPrintable(whole));
        QVERIFY2(whole.contains(QStringLiteral("tcp://127.0.0.1:9")), qPrintable(whole));
    }

    void itemsOfOneOperationShareItsBytesInOrder()
    {
        QueueModel model;
        std::vector<QueueItem> items;
        for (const std::size_t size : {100U, 200U, 300U})
            items.push_back(QueueItem::bytes(workbench::Bytes(size)));
        model.add(0, std::move(items));
        const std::vector<int> rows{0, 1, 2};
        model.setOutcome(rows, pendingTicket(3), QStringLiteral("peer"));
        const OperationRecord record = pendingRecord(3, 200, 600);
        model.refresh([&record](std::uint64_t) { return std::optional(record); });
        QCOMPARE(model.entry(0).outcome->bytesDone(), std::uint64_t{100});
        QCOMPARE(model.entry(1).outcome->bytesDone(), std::uint64_t{100});
        QCOMPARE(model.entry(2).outcome->bytesDone(), std::uint64_t{0});
        QCOMPARE(model.pendingBytesDone(), std::uint64_t{200});
        QCOMPARE(model.pendingOperations(), std::vector<std::uint64_t>{3});
    }

    void whatBecameOfARemovedItemIsThereAgainAfterUndo()
    {
        QueueModel model;
        model.add(0, texts({"a"}));
        const int row = 0;
        workbench::SendTicket ticket;
        ticket.operationId = 1;
        model.setOutcome(std::span(&row, 1), ticket, QStringLiteral("peer"));
        model.remove({0});
        model.undoStack().undo();
        QCOMPARE(model.entry(0).state(), ItemState::Synchronous);
    }

    void rowsOfAnotherQueueAreNotTaken()
    {
        QueueModel one;
        QueueModel other;
        one.add(0, texts({"a"}));
        other.add(0, texts({"b"}));
        const std::unique_ptr<QMimeData> mime(one.mimeData({one.index(0, 0)}));
        QVERIFY(!other.dropMimeData(mime.get(), Qt::MoveAction, 0, 0, {}));
        QCOMPARE(labels(other), std::string("\"b\""));
    }

    void aRangeThatCannotBeReadIsRefusedWithTheReason()
    {
        QueueModel model;
        model.add(0, {QueueItem::file("/etc/hostname")});
        const QSignalSpy refused(&model, &QueueModel::refused);
        QVERIFY(!model.setData(model.index(0, QueueModel::OffsetColumn), QStringLiteral("lots")));
        QCOMPARE(refused.count(), 1);
        QVERIFY(!refused.first().first().toString().isEmpty());
        QVERIFY(model.setData(model.index(0, QueueModel::CountColumn), QStringLiteral("4")));
        QCOMPARE(model.entry(0).size, std::int64_t{4});
        model.undoStack().undo();
        QCOMPARE(
            std::get<workbench::FilePayload>(model.entry(0).item.payload).count, std::int64_t{0});
    }
};

QTEST_GUILESS_MAIN(QueueModelTest)
#include "queue_model_test.moc"
