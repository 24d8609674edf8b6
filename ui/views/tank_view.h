// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/pending_reason.h"

#include <QWidget>

#include <array>
#include <cstddef>
#include <optional>

namespace swb::ui {

/// Bytes per second from a tank to the next; empty where nobody knows.
using TankFlows = std::array<std::optional<double>, 4>;

/// Where the bytes of a connection are: tanks from the engine's queue to the peer's program, each
/// with its number, and what flows from one to the next. A full tank that holds up the one before
/// it stands out.
class TankView : public QWidget {
    Q_OBJECT
public:
    explicit TankView(QWidget* parent = nullptr);

    /// `blockedBy` is why a pending send does not go on.
    void show(const std::optional<workbench::ByteLedger>& ledger, const TankFlows& flows,
        std::optional<workbench::PendingReason::Kind> blockedBy);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintFlow(QPainter& painter, std::size_t index, const QRectF& left, bool held) const;

    std::optional<workbench::ByteLedger> m_ledger;
    TankFlows m_flows;
    std::optional<workbench::PendingReason::Kind> m_blockedBy;
};

} // namespace swb::ui
