// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/pending_reason.h"

#include <QWidget>

#include <optional>

namespace swb::ui {

/// Where the bytes of a connection are: tanks from the engine's queue to the peer's program, each
/// with its exact number. A full tank that holds up the one before it stands out.
class TankView : public QWidget {
    Q_OBJECT
public:
    explicit TankView(QWidget* parent = nullptr);

    /// `blockedBy` is why a pending send does not go on.
    void show(const std::optional<workbench::ByteLedger>& ledger,
        std::optional<workbench::PendingReason::Kind> blockedBy);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::optional<workbench::ByteLedger> m_ledger;
    std::optional<workbench::PendingReason::Kind> m_blockedBy;
};

} // namespace swb::ui
