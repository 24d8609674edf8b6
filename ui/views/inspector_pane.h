// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/rate_meter.h"
#include "ui/views/tank_view.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QScrollArea;
class QStackedWidget;
class QTabBar;

namespace swb::ui {

class FactList;
class OperationFocus;
class OperationsSource;
class StateMachineView;
struct Inspection;

/// The selected operation: its SocketAsyncEventArgs, its state machine, why it is pending, where
/// the bytes are, its times and threads, and the same call as code.
class InspectorPane : public QWidget {
    Q_OBJECT
public:
    /// Both must outlive it.
    InspectorPane(OperationsSource& source, OperationFocus& focus, QWidget* parent = nullptr);

    /// What Copy puts on the clipboard.
    QString code() const;

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildHead();
    QWidget* buildCode();
    void refreshSoon();
    void refresh();
    void show(const Inspection& inspection);
    TankFlows flowsOf(const Inspection& inspection);
    void showCode();

    OperationsSource& m_source;
    OperationFocus& m_focus;
    QStackedWidget* m_stack;
    QScrollArea* m_scroll;
    QLabel* m_icon = nullptr;
    QLabel* m_title = nullptr;
    QLabel* m_outcome = nullptr;
    QLabel* m_socket = nullptr;
    QLabel* m_returned = nullptr;
    QLabel* m_why = nullptr;
    QLabel* m_problem = nullptr;
    StateMachineView* m_states;
    QLabel* m_tankHeading;
    TankView* m_tanks;
    FactList* m_ledger;
    RateMeter m_read; ///< By the peer's program, on m_readSocket.
    std::uint32_t m_readSocket = 0;
    FactList* m_times;
    FactList* m_args;
    QTabBar* m_language = nullptr;
    QPlainTextEdit* m_code = nullptr;
    QString m_cpp;
    QString m_cSharp;
    QTimer m_soon; ///< At most ten times a second: people read it.
};

} // namespace swb::ui
