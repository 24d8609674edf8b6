// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/live_source.h"

#include "ui/bridge/health_feed.h"
#include "ui/support/format.h"
#include "ui/support/session.h"

namespace swb::ui {

LiveSource::LiveSource(Session& session, const HealthFeed& health, QObject* parent)
    : OperationsSource(parent)
    , m_session(session)
    , m_health(health)
{
    connect(&session, &Session::refreshed, this, &OperationsSource::refreshed);
    connect(&session, &Session::currentChanged, this, &OperationsSource::selectionChanged);
    connect(&health, &HealthFeed::sampled, this, &OperationsSource::refreshed);
}

const trace::TraceStore& LiveSource::store() const
{
    return m_session.bridge().store();
}

QString LiveSource::socketName(std::uint32_t socketId) const
{
    return m_session.connections().socketName(socketId);
}

QString LiveSource::content(std::uint64_t operationId) const
{
    return m_session.calls().content(operationId);
}

std::uint32_t LiveSource::selectedSocket() const
{
    const auto node = m_session.currentNode();
    return node ? node->connection.socketId : 0;
}

std::optional<Inspection> LiveSource::inspect(std::uint64_t operationId) const
{
    auto result = Inspection::of(operationId, store(), m_session.calls().find(operationId),
        [this](std::uint32_t socketId) { return socketName(socketId); });
    if (!result)
        return result;
    const trace::OperationRecord& record = result->record;
    const trace::HealthHistory* const health = m_health.health(record.socketId);
    const std::int64_t nowNs = trace::steadyNowNs();
    const bool pending = trace::outcome(record) == trace::Outcome::Pending;
    if (pending) {
        const auto reason
            = workbench::explainPending(record, m_health.ahead(record), health, nowNs);
        result->why = tr("Why pending: %1").arg(QString::fromStdString(reason.sentence));
        result->blockedBy = reason.kind;
    }
    const auto node = m_session.nodeOfSocket(record.socketId);
    if (!node)
        return result;
    if (!m_session.calls().find(operationId))
        result->describeCall(node->connection.target.toString());
    if (trace::direction(record.kind) != trace::Direction::Sent)
        return result;
    const auto sends = m_health.pendingSends(record.socketId);
    // The snapshot's count has the pending ones in it already where the session adds them.
    std::uint64_t pendingDone = 0;
    for (const auto& send : sends)
        pendingDone += send.bytesDone;
    const std::uint64_t ended
        = node->connection.bytesSent > pendingDone ? node->connection.bytesSent - pendingDone : 0;
    result->ledger = workbench::byteLedger(sends, ended, health, m_session.readByPeer(node->id));
    const double perSecond = health ? health->acknowledgedPerSecond() : 0;
    result->ledgerHeading = perSecond > 0
        ? tr("Where the bytes are: %1 acknowledged").arg(rateText(perSecond))
        : tr("Where the bytes are");
    return result;
}

} // namespace swb::ui
