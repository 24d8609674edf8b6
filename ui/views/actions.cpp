// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/actions.h"

#include "ui/support/icons.h"
#include "ui/support/theme.h"

#include <QUndoGroup>

namespace swb::ui {
namespace {

const char* const kTipProperty = "swbTip";

QString withShortcut(const QAction& action, const QString& tip)
{
    const QString key = action.shortcut().toString(QKeySequence::NativeText);
    return key.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, key);
}

} // namespace

Actions::Actions(QUndoGroup& undoGroup, QObject* parent)
    : QObject(parent)
{
    makeConnectionVerbs();
    makeQueueVerbs();
    makeViewVerbs();

    undo = undoGroup.createUndoAction(this, tr("&Undo"));
    undo->setObjectName(QStringLiteral("undo"));
    undo->setShortcuts(QKeySequence::Undo);
    undo->setIcon(icon(QStringLiteral("undo")));
    redo = undoGroup.createRedoAction(this, tr("&Redo"));
    redo->setObjectName(QStringLiteral("redo"));
    redo->setShortcuts(
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    redo->setIcon(icon(QStringLiteral("redo")));
}

QAction* Actions::make(const char* name, const QString& text, const QString& tip,
    const QString& iconName, const QList<QKeySequence>& keys)
{
    auto* action = new QAction(text, this);
    action->setObjectName(QLatin1String(name));
    if (!iconName.isEmpty())
        action->setIcon(icon(iconName));
    action->setShortcuts(keys);
    action->setProperty(kTipProperty, tip);
    action->setToolTip(withShortcut(*action, tip));
    action->setStatusTip(tip);
    return action;
}

void Actions::setObstacle(QAction* action, const QString& obstacle)
{
    action->setEnabled(obstacle.isEmpty());
    const QString tip = withShortcut(*action, action->property(kTipProperty).toString());
    action->setToolTip(obstacle.isEmpty() ? tip : QStringLiteral("%1\n%2").arg(tip, obstacle));
}

void Actions::makeConnectionVerbs()
{
    newConnection = make("newConnection", tr("&New connection\u2026"),
        tr("Connect to a TCP, UDP or Unix-domain end point"), QStringLiteral("connection-new"),
        {QKeySequence::New});
    listen = make("listen", tr("&Listen\u2026"), tr("Listen, and accept those who connect"),
        QStringLiteral("listen"), {QKeySequence(Qt::CTRL | Qt::Key_L)});
    demoPeer = make("demoPeer", tr("Start &demo peer\u2026"),
        tr("Start a peer on this computer to try things with: echo, sink, slow, blackhole"),
        QStringLiteral("demo-peer"), {QKeySequence(Qt::CTRL | Qt::Key_D)});
    tryIt = make("tryIt", tr("&Try it on this computer"),
        tr("Start an echo and a slow peer on loopback, and send a buffer and a file to them"),
        QStringLiteral("play"));
    openRecording = make("openRecording", tr("&Open recording\u2026"),
        tr("Look at a recording that was saved; the session goes on meanwhile"), {},
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O)});
    closeRecording = make("closeRecording", tr("&Back to live"),
        tr("Close the recording that is shown, and go back to the session"), {},
        {QKeySequence::Close});
    saveRecording = make("saveRecording", tr("&Save recording\u2026"),
        tr("Save all operations recorded so far, as a file that swb trace reads"), {},
        {QKeySequence::Save});
    exportRecording = make("exportRecording", tr("E&xport recording\u2026"),
        tr("Write the operations as CSV, JSON Lines, Perfetto JSON or pcapng"), {},
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S)});
    quit = make("quit", tr("&Quit"), tr("Close everything and leave"), {},
        {QKeySequence(Qt::CTRL | Qt::Key_Q)});
    quit->setMenuRole(QAction::QuitRole);
    preferences = make("preferences", tr("&Preferences\u2026"),
        tr("Memory of the recording, what is kept of payload, colours"), {},
        {QKeySequence(Qt::CTRL | Qt::Key_Comma)});
    preferences->setMenuRole(QAction::PreferencesRole);
    copy = make("copy", tr("&Copy"), tr("Copy the selected rows as tab-separated text"),
        QStringLiteral("copy"), {QKeySequence::Copy});

    connectNow = make("connectNow", tr("&Connect"), tr("Connect the selected connection"),
        QStringLiteral("connect"), {QKeySequence(Qt::Key_F5)});
    disconnect = make("disconnect", tr("&Disconnect"),
        tr("End the selected connection; what is queued in the kernel still leaves"),
        QStringLiteral("disconnect"), {QKeySequence(Qt::CTRL | Qt::Key_F5)});
    removeConnection
        = make("removeConnection", tr("&Remove"), tr("Close the selected row and take it away"),
            QStringLiteral("remove"), {QKeySequence(Qt::Key_Delete)});
    removeConnection->setShortcutContext(Qt::WidgetShortcut);
}

void Actions::makeQueueVerbs()
{
    addFiles = make("addFiles", tr("Add &files\u2026"),
        tr("Queue files; they are read only while they are sent"), QStringLiteral("add-file"),
        {QKeySequence(Qt::CTRL | Qt::Key_O)});
    sendSelected = make("sendSelected", tr("&Send selected"),
        tr("Send each selected item by itself: SendAsync for a buffer, SendPacketsAsync for a "
           "file"),
        QStringLiteral("send"),
        {QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter)});
    sendAsOne = make("sendAsOne", tr("Send queue as &one"),
        tr("Send all enabled items as one SendPacketsAsync"), QStringLiteral("send-all"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Return),
            QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Enter)});
    cancel = make("cancel", tr("C&ancel"),
        tr("Cancel the pending sends of the selected connection, or all of them when it has none; "
           "in the queue Esc does so, too"),
        QStringLiteral("cancel"), {QKeySequence(Qt::SHIFT | Qt::Key_F5)});
    moveUp = make("moveUp", tr("Move &up"), tr("Move the selected items up"), QStringLiteral("up"),
        {QKeySequence(Qt::ALT | Qt::Key_Up)});
    moveDown = make("moveDown", tr("Move &down"), tr("Move the selected items down"),
        QStringLiteral("down"), {QKeySequence(Qt::ALT | Qt::Key_Down)});
    toggleEnabled = make("toggleEnabled", tr("&Enable or disable"),
        tr("Whether the selected items take part in Send queue as one"), {},
        {QKeySequence(Qt::Key_Space)});
    removeItems = make("removeItems", tr("&Remove from queue"),
        tr("Remove the selected items; Undo brings them back"), QStringLiteral("remove"),
        {QKeySequence(Qt::Key_Delete)});
    for (QAction* action : {moveUp, moveDown, toggleEnabled, removeItems})
        action->setShortcutContext(Qt::WidgetShortcut);
}

void Actions::makeViewVerbs()
{
    followOperations = make("followOperations", tr("&Follow new operations"),
        tr("Keep the newest operation in view; scrolling up stops it"), {},
        {QKeySequence(Qt::CTRL | Qt::Key_E)});
    followOperations->setCheckable(true);
    followOperations->setChecked(true);
    pauseOperations = make("pauseOperations", tr("&Pause the table"),
        tr("Rows neither come nor go while one reads; recording goes on"), {},
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E)});
    pauseOperations->setIconText(tr("Pause"));
    pauseOperations->setCheckable(true);
    filterOperations
        = make("filterOperations", tr("Fi&lter"), tr("Say in one line which operations are shown"),
            {}, {QKeySequence(Qt::CTRL | Qt::Key_Slash)});
    goToOperation = make("goToOperation", tr("&Go to operation\u2026"),
        tr("Show the operation with a number"), {}, {QKeySequence(Qt::CTRL | Qt::Key_G)});
    nextPane = make("nextPane", tr("&Next pane"), tr("Move the keyboard to the next pane"), {},
        {QKeySequence(Qt::Key_F6)});
    previousPane = make("previousPane", tr("&Previous pane"),
        tr("Move the keyboard to the previous pane"), {}, {QKeySequence(Qt::SHIFT | Qt::Key_F6)});
    resetLayout = make(
        "resetLayout", tr("&Reset layout"), tr("Put all panes back where they were at first"));
    showKeys = make(
        "showKeys", tr("&Keys"), tr("All keys, to look up"), {}, {QKeySequence::HelpContents});
    about = make("about", tr("&About Socket Workbench"), tr("Version and licence"));
    about->setMenuRole(QAction::AboutRole);

    themes = new QActionGroup(this);
    const struct {
        const char* name;
        QString text;
        Theme theme;
    } choices[]{{"themeSystem", tr("As the &system"), Theme::System},
        {"themeLight", tr("&Light"), Theme::Light}, {"themeDark", tr("&Dark"), Theme::Dark}};
    for (const auto& choice : choices) {
        QAction* action = make(choice.name, choice.text, tr("Colours of the window"));
        action->setCheckable(true);
        action->setData(static_cast<int>(choice.theme));
        themes->addAction(action);
    }
}

} // namespace swb::ui
