// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QActionGroup>
#include <QObject>

class QUndoGroup;

namespace swb::ui {

/// Every verb of the window, made once and used by menus, tool bars, buttons and context menus
/// alike.
///
/// **Threads** GUI thread. **Lifetime** owned by the window.
class Actions : public QObject {
    Q_OBJECT
public:
    explicit Actions(QUndoGroup& undo, QObject* parent = nullptr);

    /// Enables the action, or disables it with the reason in its tool tip.
    static void setObstacle(QAction* action, const QString& obstacle);

    QAction* newConnection;
    QAction* listen;
    QAction* demoPeer;
    QAction* tryIt;
    QAction* openRecording;
    QAction* closeRecording;
    QAction* saveRecording;
    QAction* exportRecording;
    QAction* quit;

    QAction* undo;
    QAction* redo;
    QAction* copy;
    QAction* preferences;

    QAction* connectNow;
    QAction* disconnect;
    QAction* removeConnection;

    QAction* addFiles;
    QAction* sendSelected;
    QAction* sendAsOne;
    QAction* cancel;
    QAction* moveUp;
    QAction* moveDown;
    QAction* toggleEnabled;
    QAction* removeItems;

    QAction* followOperations;
    QAction* pauseOperations;
    QAction* filterOperations;
    QAction* goToOperation;
    QAction* nextPane;
    QAction* previousPane;
    QAction* resetLayout;
    QActionGroup* themes;
    QAction* showKeys;
    QAction* about;

private:
    QAction* make(const char* name, const QString& text, const QString& tip,
        const QString& iconName = {}, const QList<QKeySequence>& keys = {});
    void makeConnectionVerbs();
    void makeQueueVerbs();
    void makeViewVerbs();
};

} // namespace swb::ui
