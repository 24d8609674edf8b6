// SPDX-License-Identifier: GPL-3.0-or-later
/// What `swb send --record` saw of its connection is in the trace: opened in the window, it says
/// why the send was pending.
#include "tests/app/swb_process.h"

#include "ui/support/opened_recording.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace swb;
using namespace swb::test;

namespace {

/// More than the buffers of both kernels take.
constexpr qint64 kTooMuch = qint64{64} << 20;
constexpr char kHealthBlock[] = {'S', 'W', 'B', 'k', 5, 0, 0, 0};

/// The only send of the trace.
std::optional<ui::Inspection> inspectSend(const ui::OpenedRecording& recording)
{
    const trace::TraceStore& store = recording.store();
    for (std::uint64_t row = 0; row < store.rowCount(); ++row) {
        const auto record = store.record(row);
        if (record.kind == SocketAsyncOperation::SendPackets
            || record.kind == SocketAsyncOperation::Send)
            return recording.inspect(record.id);
    }
    return std::nullopt;
}

} // namespace

class CliRecordedReasonTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder.emplace();
        QVERIFY(m_folder->isValid());
        QFile file(path("file.bin"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(kTooMuch));
        m_peer.emplace(QStringList{"peer", "blackhole", "--listen", "tcp://127.0.0.1:0"});
        m_sender.emplace(QStringList{"send", m_peer->listeningOn(), "--file", path("file.bin"),
            "--record", path("a.swbtrace")});
        // Two blocks are of two checkpoints, a second apart, with looks between them.
        QTRY_VERIFY_WITH_TIMEOUT(healthBlocksOfPart() >= 2, kDeadlineMs);
    }
    void cleanup()
    {
        m_sender.reset();
        m_peer.reset();
    }

    void aCancelledSendSaysWhyItHadBeenPending()
    {
        m_sender->interrupt(SIGINT);
        QCOMPARE(m_sender->exitStatus(), 130);
        const ui::OpenedRecording recording(
            ui::RecordingContent::read(path("a.swbtrace"), [](auto, auto) { return true; }));
        const auto send = inspectSend(recording);
        QVERIFY(send);
        QVERIFY(send->record.error == SocketError::OperationAborted);
        QVERIFY2(send->why.startsWith("While it was pending, "), qPrintable(send->why));
        QVERIFY2(send->why.contains("peer window 0 for "), qPrintable(send->why));
        // Where the bytes were: what the kernel took is what the result says, to the byte.
        QVERIFY(send->ledger && send->ledger->unsent && send->ledger->inFlight);
        QCOMPARE(send->ledger->accepted, send->record.bytesDone);
        QCOMPARE(*send->ledger->unsent + *send->ledger->inFlight + *send->ledger->acknowledged,
            send->ledger->accepted);

        const SwbResult info({"trace", "info", path("a.swbtrace"), "--json"});
        const QJsonObject health
            = QJsonDocument::fromJson(info.output).object()["health"].toObject();
        QVERIFY2(health["samples"].toInt() >= 2, info.output.constData());
    }

    void aSendThatWasPendingWhenSwbWasKilledSaysWhy()
    {
        m_sender->interrupt(SIGKILL);
        const ui::OpenedRecording recording(
            ui::RecordingContent::read(part(), [](auto, auto) { return true; }));
        const auto send = inspectSend(recording);
        QVERIFY(send);
        QVERIFY(trace::outcome(send->record) == trace::Outcome::Pending);
        QVERIFY2(send->why.startsWith("Was pending when the recording ended. Why, "),
            qPrintable(send->why));
        QVERIFY2(send->why.contains("peer window 0 for "), qPrintable(send->why));
    }

private:
    QString path(const char* name) const { return m_folder->filePath(QLatin1String(name)); }
    QString part() const
    {
        const auto parts = QDir(m_folder->path()).entryInfoList({"*.part"}, QDir::Files);
        return parts.value(0).filePath();
    }
    qsizetype healthBlocksOfPart() const
    {
        QFile file(part());
        return file.open(QIODevice::ReadOnly)
            ? file.readAll().count(QByteArrayView(kHealthBlock, sizeof kHealthBlock))
            : 0;
    }

    std::optional<QTemporaryDir> m_folder;
    std::optional<SwbProcess> m_peer;
    std::optional<SwbProcess> m_sender;
};

QTEST_GUILESS_MAIN(CliRecordedReasonTest)
#include "cli_recorded_reason_test.moc"
