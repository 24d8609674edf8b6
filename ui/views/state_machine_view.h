// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_record.h"

#include <QWidget>

#include <optional>

namespace swb::ui {

/// The life of a SocketAsyncEventArgs as three states with the way that an operation took through
/// them: idle, in progress, completed; or straight back when the call returned false.
class StateMachineView : public QWidget {
    Q_OBJECT
public:
    explicit StateMachineView(QWidget* parent = nullptr);

    void show(const std::optional<trace::OperationRecord>& record);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::optional<trace::OperationRecord> m_record;
};

} // namespace swb::ui
