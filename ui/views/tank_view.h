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

    /// `perSecond` is how fast the peer's kernel takes bytes; 0: it does not.
    void show(const std::optional<workbench::ByteLedger>& ledger, double perSecond,
        std::optional<workbench::PendingReason::Kind> blockedBy);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::optional<workbench::ByteLedger> m_ledger;
    double m_perSecond = 0;
    std::optional<workbench::PendingReason::Kind> m_blockedBy;
};

} // namespace swb::ui
