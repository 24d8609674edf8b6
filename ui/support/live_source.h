// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/operations_source.h"

namespace swb::ui {

class HealthFeed;
class Session;

/// The operations of the session that is recorded now.
///
/// **Threads** GUI thread. **Lifetime** what is given to it must outlive it.
class LiveSource final : public OperationsSource {
    Q_OBJECT
public:
    LiveSource(Session& session, const HealthFeed& health, QObject* parent = nullptr);

    const trace::TraceStore& store() const override;
    QString socketName(std::uint32_t socketId) const override;
    QString content(std::uint64_t operationId) const override;
    QString reason(const trace::OperationRecord& record) const override;
    std::uint32_t selectedSocket() const override;
    std::optional<Inspection> inspect(std::uint64_t operationId) const override;

private:
    Session& m_session;
    const HealthFeed& m_health;
};

} // namespace swb::ui
