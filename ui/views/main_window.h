// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/support/settings.h"
#include "ui/support/try_it.h"
#include "ui/views/recorded_views.h"

#include <QMainWindow>

#include <functional>
#include <memory>

class QDockWidget;
class QMenu;
class QStackedWidget;

namespace swb::trace {
class TraceStore;
}

namespace swb::workbench {
struct Problem;
}

namespace swb::ui {

class Actions;
class ConnectionsPane;
class InspectorPane;
class LiveSource;
class LiveView;
class MessageBar;
class OperationFocus;
class OperationsPane;
class PlotsPane;
class QueuePane;
class ReceivedPane;
class Recording;
class RecordingBar;
class RecordingOpener;
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

    /// Shows a recording in place of the session, which goes on.
    void openRecording(const QString& path);

    /// Closes it without a question, as nobody may be there: at once, or when the file that is
    /// being written is.
    void closeUnasked();
    /// There is something that one would have been asked about, and that the next start could
    /// offer.
    bool hasWorkToRecover() const;

signals:
    void closed();

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

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
    void connectViews(const OperationViews& views, OperationFocus& focus);
    void buildRecordingBar();
    void placeRecordingBar();
    void connectRecording();
    void connectOpener();
    void showRecording(std::shared_ptr<OpenedRecording> recording);
    void closeRecording();
    void showViews(const OperationViews& views);
    void refreshRecordingVerbs();
    void rememberRecording(const QString& path);
    void fillRecentRecordings();
    void askForRecording();
    std::shared_ptr<const trace::TraceStore> openedStore() const;
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
    void askForPreferences();
    void applyPreferences(const Settings& chosen);
    bool confirmClose();
    bool confirmWriting();
    bool confirmUnsaved();
    bool hasUnsavedWork() const;

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
    // Those that are shown now: of the session, or of a recording.
    OperationsPane* m_operations = nullptr;
    ReceivedPane* m_received = nullptr;
    TimelinePane* m_timeline = nullptr;
    InspectorPane* m_inspector = nullptr;
    PlotsPane* m_plots = nullptr;
    QList<QDockWidget*> m_docks;
    QToolBar* m_toolBar = nullptr;

    LiveSource* m_source;
    RecordingOpener* m_opener;
    OperationViews m_liveViews;
    std::unique_ptr<RecordedViews> m_recorded; ///< Null: the session is shown.
    RecordingBar* m_recordingBar = nullptr;
    QToolBar* m_recordingToolBar = nullptr;
    QMenu* m_recent = nullptr;
    QMenu* m_viewMenu = nullptr;
    bool m_plotsSeen = false;
    bool m_closeWhenWritten = false;
    bool m_closeUnasked = false;
};

} // namespace swb::ui
