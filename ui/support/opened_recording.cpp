// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/opened_recording.h"

#include "engine/workbench/pending_reason.h"
#include "ui/models/operations_model_text.h"
#include "ui/support/format.h"

#include <QDateTime>
#include <QFileInfo>
#include <QLocale>

#include <algorithm>
#include <chrono>

namespace swb::ui {

namespace {

using trace::OperationRecord;

QString lasting(std::int64_t ns)
{
    return OperationText::durationText(std::chrono::nanoseconds(std::max<std::int64_t>(ns, 0)));
}

bool needsHealth(SocketAsyncOperation kind)
{
    switch (kind) {
    case SocketAsyncOperation::Send:
    case SocketAsyncOperation::SendPackets:
    case SocketAsyncOperation::SendTo:
    case SocketAsyncOperation::Receive:
    case SocketAsyncOperation::ReceiveFrom:
    case SocketAsyncOperation::ReceiveMessageFrom:
        return true;
    default:
        return false;
    }
}

} // namespace

OpenedRecording::OpenedRecording(RecordingContent content, QObject* parent)
    : OperationsSource(parent)
    , m_content(std::move(content))
    , m_bridge(m_nobody, *m_content.store)
    , m_shown(m_bridge)
{
    connect(&m_bridge, &EngineBridge::frame, this, &OperationsSource::refreshed);
    connect(&m_focus, &OperationFocus::selectedChanged, this, &OpenedRecording::followSelection);
}

OpenedRecording::~OpenedRecording() = default;

void OpenedRecording::followSelection(std::uint64_t operationId)
{
    if (!store().contains(operationId))
        return;
    const OperationRecord record = store().record(trace::TraceStore::rowOf(operationId));
    if (OperationText::isMissing(record) || record.socketId == m_selectedSocket)
        return;
    m_selectedSocket = record.socketId;
    emit selectionChanged();
}

QString OpenedRecording::name() const
{
    return QFileInfo(m_content.path).fileName();
}

QString OpenedRecording::summary() const
{
    const trace::TraceTotals& totals = store().totals();
    QString text = totals.operations == 1
        ? tr("1 operation")
        : tr("%1 operations").arg(groupedNumber(totals.operations));
    if (totals.operations > 0) {
        const auto wallNs = store().anchor().wallFromSteady(store().originNs());
        text += tr(", recorded %1, lasted %2")
                    .arg(QLocale().toString(QDateTime::fromMSecsSinceEpoch(wallNs / 1'000'000),
                             QLocale::ShortFormat),
                        lasting(store().endNs() - store().originNs()));
    }
    const QString program = QString::fromStdString(store().program());
    return program.isEmpty() ? text : tr("%1, by %2").arg(text, program);
}

QString OpenedRecording::trouble() const
{
    QString text = QString::fromStdString(m_content.condition.message());
    const std::uint64_t lost = store().lost() > m_content.condition.missingOperations
        ? store().lost() - m_content.condition.missingOperations
        : 0;
    const auto add = [&text](const QString& sentence) {
        text += (text.isEmpty() ? QString() : QStringLiteral(" ")) + sentence;
    };
    if (lost > 0)
        add(tr("%1 operations had been lost while it was recorded.").arg(groupedNumber(lost)));
    if (m_content.condition.unknownBlocks > 0)
        add(tr("A later version of the program wrote it; %1 parts that this one does not know are "
               "left out.")
                .arg(groupedNumber(m_content.condition.unknownBlocks)));
    return text;
}

QString OpenedRecording::socketName(std::uint32_t socketId) const
{
    const auto found = store().sockets().find(socketId);
    if (!found)
        return {};
    // Both ends do not fit beside a lane, and on one computer only the ports tell them apart.
    const QString text = QString::fromStdString(found->text);
    const QString local = QString::fromStdString(found->local);
    const QString remote = QString::fromStdString(found->remote);
    const qsizetype localPort = local.lastIndexOf(u':');
    const qsizetype remotePort = remote.lastIndexOf(u':');
    const bool internet
        = found->kind == trace::SocketKind::Tcp || found->kind == trace::SocketKind::Udp;
    if (!internet || localPort < 0 || remotePort < 0)
        return text;
    const bool sameHost = local.left(localPort) == remote.left(remotePort);
    return QStringLiteral("%1 %2 \u2192 %3")
        .arg(text.section(u' ', 0, 0), local.mid(localPort),
            sameHost ? remote.mid(remotePort) : remote);
}

QString OpenedRecording::content(std::uint64_t) const
{
    return {}; // nothing but its size is kept
}

QString OpenedRecording::reason(const OperationRecord& record) const
{
    if (OperationText::isMissing(record) || trace::outcome(record) != trace::Outcome::Pending)
        return {};
    Inspection inspection;
    inspection.record = record;
    explain(inspection);
    return inspection.reason;
}

std::optional<Inspection> OpenedRecording::inspect(std::uint64_t operationId) const
{
    auto result = Inspection::of(operationId, store(), nullptr, [this](std::uint32_t socketId) {
        return QString::fromStdString(store().sockets().text(socketId));
    });
    if (result && result->record.returnedPending())
        explain(*result);
    return result;
}

QString OpenedRecording::momentText(std::int64_t atNs) const
{
    return QStringLiteral("+") + lasting(atNs - store().originNs());
}

/// Why it was pending, as of the last look while it was.
void OpenedRecording::explain(Inspection& inspection) const
{
    const OperationRecord& record = inspection.record;
    const bool ended = record.phase == trace::OperationPhase::Completed;
    const std::int64_t untilNs = ended ? record.completedNs : store().endNs();
    const bool healthTells = needsHealth(record.kind);
    if (ended && !healthTells)
        return; // nobody had connected, answered, ... until then: that goes without saying
    auto health = healthTells ? store().health().historyAt(record.socketId, untilNs) : std::nullopt;
    if (health && health->latest().timeNs < record.submittedNs)
        health.reset(); // it says nothing about this one
    if (healthTells && !health) {
        if (!ended) {
            inspection.why = tr("Was pending when the recording ended. Why is not known: there is "
                                "no look at its socket in the recording.");
            inspection.reason = tr("at the end; why is not known");
        }
        return;
    }
    const std::int64_t atNs = health ? health->latest().timeNs : untilNs;
    const std::size_t ahead = m_content.bytes->aheadAt(record, atNs);
    const auto reason = workbench::explainPending(record, ahead, health ? &*health : nullptr, atNs);
    const QString sentence = QString::fromStdString(reason.sentence);
    const QString before = lasting(untilNs - atNs);
    if (ended)
        inspection.why = tr("While it was pending, %1 before its end: %2").arg(before, sentence);
    else if (health)
        inspection.why = tr("Was pending when the recording ended. Why, %1 before that: %2")
                             .arg(before, sentence);
    else
        inspection.why = tr("Was pending when the recording ended: %1").arg(sentence);
    inspection.reason = tr("at the end: %1").arg(sentence);
    inspection.blockedBy = reason.kind;
    if (!health)
        return;
    inspection.ledger = m_content.bytes->ledgerAt(record, *health);
    if (!inspection.ledger)
        return;
    const auto socket = store().sockets().find(record.socketId);
    inspection.ledgerFacts
        = ledgerFactsOf(*inspection.ledger, !socket || socket->kind == trace::SocketKind::Tcp);
    if (inspection.ledger->unsent) {
        const auto rates = health->rates();
        inspection.flows = {rates.accepted, rates.sent, rates.acknowledged, std::nullopt};
    }
    const double perSecond = health->acknowledgedPerSecond();
    inspection.ledgerHeading = perSecond > 0
        ? tr("Where the bytes were at %1: %2 acknowledged")
              .arg(momentText(atNs), rateText(perSecond))
        : tr("Where the bytes were at %1").arg(momentText(atNs));
}

} // namespace swb::ui
