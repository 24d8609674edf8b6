// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/operation_record.h"
#include "tests/engine/trace/records.h"
#include "tests/support/compare.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cerrno>

using namespace swb;

class OperationRecordTest : public QObject {
    Q_OBJECT

private slots:
    void everyOperationHasOneOutcome()
    {
        const OperationRecord pending = test::pendingSend(1);
        QCOMPARE(trace::outcome(test::synchronousSend(1)), trace::Outcome::Synchronous);
        QCOMPARE(trace::outcome(pending), trace::Outcome::Pending);
        QCOMPARE(trace::outcome(test::progressed(pending, 5)), trace::Outcome::Pending);
        QCOMPARE(trace::outcome(test::completed(pending)), trace::Outcome::Completed);
        QCOMPARE(trace::outcome(test::completed(pending, SocketError::ConnectionReset)),
            trace::Outcome::Failed);
        QCOMPARE(trace::outcome(test::completed(pending, SocketError::OperationAborted)),
            trace::Outcome::Aborted);

        OperationRecord failedAtOnce = test::synchronousSend(1);
        failedAtOnce.error = SocketError::ConnectionReset;
        QCOMPARE(trace::outcome(failedAtOnce), trace::Outcome::Failed);
    }

    void lastsUntilTheResultOrUntilNow()
    {
        QCOMPARE(trace::duration(test::synchronousSend(1), 999'999).count(), 300);
        const OperationRecord pending = test::pendingSend(1);
        QCOMPARE(trace::duration(pending, pending.submittedNs + 77).count(), 77);
        QCOMPARE(trace::duration(pending, pending.submittedNs - 77).count(), 0);
        QCOMPARE(trace::duration(test::completed(pending), 999'999).count(), 5000);
    }

    void namesTheErrorWithItsNumbers()
    {
        OperationRecord record
            = test::completed(test::pendingSend(1), SocketError::ConnectionReset);
        record.nativeError = ECONNRESET;
        QCOMPARE(trace::errorText(record), std::string("ConnectionReset (10054, ECONNRESET 104)"));
        QCOMPARE(
            trace::errorText(test::completed(test::pendingSend(1), SocketError::OperationAborted)),
            std::string("OperationAborted (995)"));
        QCOMPARE(trace::errorText(test::synchronousSend(1)), std::string());
    }

    void writesTheJsonLineOfTheCommandLine()
    {
        OperationRecord record = test::completed(test::pendingSend(7, std::uint64_t{5} << 30));
        record.socketId = 3;
        record.kind = SocketAsyncOperation::SendPackets;
        const std::string line = trace::toJsonLine(record, 2000);
        const std::string expected
            = "{\"id\":7,\"socket\":3,\"operation\":\"SendPackets\",\"pending\":true,\"error\":"
              "\"Success\","
              "\"bytes\":5368709120,\"submittedNs\":5000,\"completedNs\":10000,\"thread\":2}";
        QCOMPARE(line, expected);
        QVERIFY(QJsonDocument::fromJson(QByteArray::fromStdString(line)).isObject());
    }

    void aTimeThatWasNotReachedIsZeroInJson()
    {
        const std::string line = trace::toJsonLine(test::pendingSend(1), 500);
        const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(line)).object();
        QCOMPARE(json.size(), 9);
        QCOMPARE(json["submittedNs"].toInt(), 500);
        QCOMPARE(json["completedNs"].toInt(-1), 0);
        QCOMPARE(json["thread"].toInt(-1), 0);
    }
};

QTEST_GUILESS_MAIN(OperationRecordTest)
#include "operation_record_test.moc"
