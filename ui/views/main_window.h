// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/support/settings.h"
#include "ui/support/try_it.h"

#include <QMainWindow>

#include <functional>

class QDockWidget;
class QStackedWidget;

namespace swb::workbench {
struct Problem;
}

namespace swb::ui {

class Actions;
class ConnectionsPane;
class InspectorPane;
class LiveView;
class MessageBar;
class OperationsPane;
class PlotsPane;
class QueuePane;
class ReceivedPane;
class Recording;
class Session;
class TimelinePane;
class WelcomePane;

/// The window: lays out the panes and connects them to the session. What it does to connections and
/// queues is in Session.
///
/// **Threads** GUI thread. **Lifetime** what is given to it must outlive it.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(Session& session, LiveView& live, Recording& recording, Settings settings,
        QWidget* parent = nullptr);
    ~MainWindow() override;

    /// What to remember of it; as it was when it closed, once it has.
    Settings settings() const;

signals:
    void closed();

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void buildCentre();
    void buildDocks();
    QDockWidget* addDock(
        const char* name, const QString& title, QWidget* pane, Qt::DockWidgetArea area);
    void buildToolBar();
    void buildMenus();
    QMenu* addMenu(const QString& title, const QList<QAction*>& actions);
    void connectVerbs();
    void connectSession();
    void connectLiveView();
    void connectRecording();
    void offerUnfinished();
    void askForFile(const QString& title, const QString& name, const QStringList& filters,
        const std::function<void(const QString&)>& chosen);
    void arrangeDocks();
    void restore();
    void refresh();
    void askForConnection();
    void askForListener();
    void askForPeer();
    void present(QDialog* dialog);
    void copy();
    void showAbout();
    void cyclePanes(int step);
    bool confirmClose();

    Session& m_session;
    LiveView& m_live;
    Recording& m_recording;
    Settings m_settings;
    Actions* m_actions;
    TryIt* m_tryIt;
    MessageBar* m_messages = nullptr;
    QStackedWidget* m_centre = nullptr;
    WelcomePane* m_welcome = nullptr;
    QueuePane* m_queue = nullptr;
    ConnectionsPane* m_connections = nullptr;
    OperationsPane* m_operations = nullptr;
    ReceivedPane* m_received = nullptr;
    TimelinePane* m_timeline = nullptr;
    InspectorPane* m_inspector = nullptr;
    PlotsPane* m_plots = nullptr;
    QList<QDockWidget*> m_docks;
    QToolBar* m_toolBar = nullptr;
};

} // namespace swb::ui
