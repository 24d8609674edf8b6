// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/live_source.h"

#include "ui/bridge/health_feed.h"
#include "ui/support/format.h"
#include "ui/support/session.h"

#include <chrono>

namespace swb::ui {

namespace {
constexpr std::chrono::nanoseconds kFresh = std::chrono::seconds(1);
} // namespace

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

QString LiveSource::reason(const trace::OperationRecord& record) const
{
    return m_health.reason(record);
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
    result->ledger = workbench::byteLedger(m_health.pendingSends(record.socketId),
        node->connection.socketBytesSent, health, m_session.readByPeer(node->id));
    result->ledgerFacts = ledgerFactsOf(
        *result->ledger, node->connection.target.transport == Transport::Tcp);
    // What was seen a while ago flows no more.
    if (health && nowNs - health->latest().timeNs < kFresh.count() && result->ledger->unsent) {
        const auto rates = health->rates();
        result->flows = {rates.accepted, rates.sent, rates.acknowledged, std::nullopt};
    }
    const double perSecond = health ? health->acknowledgedPerSecond() : 0;
    result->ledgerHeading = perSecond > 0
        ? tr("Where the bytes are: %1 acknowledged").arg(rateText(perSecond))
        : tr("Where the bytes are");
    return result;
}

} // namespace swb::ui
