// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/operations_selection.h"

#include <QLabel>
#include <QTimer>

namespace swb::ui {

/// What the selected operations come to: how many, bytes, outcomes, how long. Added up on another
/// thread, since it may be all of them.
///
/// **Threads** GUI thread. **Lifetime** order and selection must outlive it.
class SelectionTotals : public QLabel {
    Q_OBJECT
public:
    SelectionTotals(
        OperationsOrder& order, OperationsSelection& selection, QWidget* parent = nullptr);

private:
    void ask();
    void take();

    OperationsOrder& m_order;
    OperationsSelection& m_selection;
    trace::BackgroundQuery<trace::RowTotals> m_query;
    QTimer m_again; ///< While something selected is pending.
};

} // namespace swb::ui
