// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/main_window.h"

#include "ui/dialogs/connect_dialog.h"
#include "ui/dialogs/keys_dialog.h"
#include "ui/dialogs/listen_dialog.h"
#include "ui/support/live_source.h"
#include "ui/support/live_view.h"
#include "ui/support/recording_opener.h"
#include "ui/support/session.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/actions.h"
#include "ui/views/byte_view.h"
#include "ui/views/connections_pane.h"
#include "ui/views/filter_line.h"
#include "ui/views/inspector_pane.h"
#include "ui/views/message_bar.h"
#include "ui/views/operations_pane.h"
#include "ui/views/operations_view.h"
#include "ui/views/payload_composer.h"
#include "ui/views/plots_pane.h"
#include "ui/views/queue_pane.h"
#include "ui/views/queue_view.h"
#include "ui/views/received_pane.h"
#include "ui/views/status_strip.h"
#include "ui/views/timeline_pane.h"
#include "ui/views/welcome_pane.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDockWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QScreen>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace swb::ui {
namespace {

constexpr int kLowWindowLines = 42; ///< Of text: below that the timeline is a tab of the table.

} // namespace

MainWindow::MainWindow(
    Session& session, LiveView& live, Recording& recording, Settings settings, QWidget* parent)
    : QMainWindow(parent)
    , m_session(session)
    , m_live(live)
    , m_recording(recording)
    , m_settings(std::move(settings))
    , m_actions(new Actions(session.undoGroup(), this))
    , m_tryIt(new TryIt(session, this))
    , m_source(new LiveSource(session, live.health(), this))
    , m_opener(new RecordingOpener(session.bridge(), this))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Socket Workbench"));
    setWindowIcon(QIcon(QStringLiteral(":/swb/application.svg")));
    buildCentre();
    buildDocks();
    buildToolBar();
    buildRecordingBar();
    buildMenus();
    statusBar()->addPermanentWidget(new StatusStrip(session, this));
    connectVerbs();
    connectSession();
    connectLiveView();
    connectRecording();
    connectOpener();
    restore();
    refresh();
    m_welcome->setFocus();
}

MainWindow::~MainWindow()
{
    closeRecording();
    for (QDockWidget* dock : m_docks)
        dock->disconnect(this); // they go after the panes that they would tell about
}

void MainWindow::buildCentre()
{
    auto* centre = new QWidget(this);
    m_messages = new MessageBar(centre);
    m_centre = new QStackedWidget(centre);
    m_welcome = new WelcomePane(*m_actions, m_centre);
    m_queue = new QueuePane(m_session, *m_actions, m_centre);
    m_centre->addWidget(m_welcome);
    m_centre->addWidget(m_queue);
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_messages);
    layout->addWidget(m_centre, 1);
    setCentralWidget(centre);
}

QDockWidget* MainWindow::addDock(
    const char* name, const QString& title, QWidget* pane, Qt::DockWidgetArea area)
{
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(QLatin1String(name));
    dock->setAccessibleName(title);
    dock->setWidget(pane);
    addDockWidget(area, dock);
    m_docks.append(dock);
    // Qt's own buttons say nothing to the mouse.
    if (auto* own = dock->findChild<QAbstractButton*>(QStringLiteral("qt_dockwidget_floatbutton")))
        own->setToolTip(tr("Take the pane out of the window, or put it back"));
    if (auto* own = dock->findChild<QAbstractButton*>(QStringLiteral("qt_dockwidget_closebutton")))
        own->setToolTip(tr("Hide the pane; the menu View has it"));
    return dock;
}

void MainWindow::buildDocks()
{
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    m_connections = new ConnectionsPane(m_session, *m_actions, this);
    m_operations = new OperationsPane(*m_source, m_live.shown(), m_live.focus(), *m_actions, this);
    m_timeline = new TimelinePane(*m_source, m_live.lanes(), m_live.focus(), this);
    m_inspector = new InspectorPane(*m_source, m_live.focus(), this);
    m_received = new ReceivedPane(m_session, this);
    m_plots = new PlotsPane(m_live.shown(), m_live.focus(), this);
    m_liveViews = {m_operations, m_timeline, m_inspector, m_plots};
    addDock("connectionsDock", tr("Connections"), m_connections, Qt::LeftDockWidgetArea);
    addDock("operationsDock", tr("Operations"), m_operations, Qt::BottomDockWidgetArea);
    addDock("timelineDock", tr("Timeline"), m_timeline, Qt::BottomDockWidgetArea);
    addDock("inspectorDock", tr("Inspector"), m_inspector, Qt::RightDockWidgetArea);
    addDock("receivedDock", tr("Received"), m_received, Qt::RightDockWidgetArea);
    addDock("plotsDock", tr("Plots"), m_plots, Qt::RightDockWidgetArea);
}

void MainWindow::buildToolBar()
{
    m_toolBar = addToolBar(tr("Verbs"));
    m_toolBar->setObjectName(QStringLiteral("verbsToolBar"));
    m_toolBar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_toolBar->setIconSize({18, 18});
    m_toolBar->addActions({m_actions->newConnection, m_actions->listen, m_actions->demoPeer});
    m_toolBar->addSeparator();
    m_toolBar->addActions({m_actions->connectNow, m_actions->disconnect});
    m_toolBar->addSeparator();
    m_toolBar->addActions({m_actions->sendSelected, m_actions->sendAsOne, m_actions->cancel});
    for (QAction* action : m_toolBar->actions()) {
        if (QWidget* button = m_toolBar->widgetForAction(action);
            button && !action->isSeparator()) {
            button->setAccessibleName(QString(action->text()).remove(u'&'));
            button->setFocusPolicy(Qt::TabFocus);
        }
    }
    // Where the window is narrow. The style's own picture is black in dark colours, too.
    if (auto* more = m_toolBar->findChild<QToolButton*>(QStringLiteral("qt_toolbar_ext_button"))) {
        more->setIcon(icon(QStringLiteral("more")));
        more->setAccessibleName(tr("More verbs"));
        more->setToolTip(tr("Verbs for which there is no room"));
    }
}

QMenu* MainWindow::addMenu(const QString& title, const QList<QAction*>& actions)
{
    QMenu* menu = menuBar()->addMenu(title);
    menu->setToolTipsVisible(true);
    for (QAction* action : actions) {
        if (action)
            menu->addAction(action);
        else
            menu->addSeparator();
    }
    return menu;
}

void MainWindow::buildMenus()
{
    Actions& a = *m_actions;
    addMenu(tr("&File"),
        {a.newConnection, a.listen, a.demoPeer, nullptr, a.openRecording, m_recent->menuAction(),
            a.closeRecording, nullptr, a.saveRecording, a.exportRecording, nullptr, a.quit});
    addMenu(tr("&Edit"), {a.undo, a.redo, nullptr, a.copy, nullptr, a.preferences});
    addMenu(tr("&Connection"), {a.connectNow, a.disconnect, nullptr, a.removeConnection});
    addMenu(tr("&Queue"),
        {a.sendSelected, a.sendAsOne, a.cancel, nullptr, a.addFiles, nullptr, a.moveUp, a.moveDown,
            a.toggleEnabled, a.removeItems});
    QMenu* view = m_viewMenu = addMenu(tr("&View"), {});
    const QString mnemonics[]{tr("&Connections"), tr("&Operations"), tr("Ti&meline"),
        tr("&Inspector"), tr("&Received"), tr("Plot&s")};
    for (qsizetype i = 0; i < m_docks.size(); ++i) {
        QAction* toggle = m_docks[i]->toggleViewAction();
        toggle->setText(mnemonics[i]);
        view->addAction(toggle);
    }
    m_toolBar->toggleViewAction()->setText(tr("&Tool bar"));
    view->addAction(m_toolBar->toggleViewAction());
    view->addSeparator();
    view->addMenu(m_operations->tableMenu());
    QMenu* colours = view->addMenu(tr("Co&lours"));
    colours->addActions(a.themes->actions());
    view->addSeparator();
    a.resetLayout->setText(tr("R&eset layout"));
    view->addActions({a.nextPane, a.previousPane, a.resetLayout});
    addMenu(tr("&Help"), {a.tryIt, nullptr, a.showKeys, nullptr, a.about});
}

void MainWindow::connectVerbs()
{
    const Actions& a = *m_actions;
    const auto on = [this](QAction* action, auto&& slot) {
        connect(action, &QAction::triggered, this, slot);
    };
    on(a.newConnection, [this] { askForConnection(); });
    on(a.listen, [this] { askForListener(); });
    on(a.demoPeer, [this] { askForPeer(); });
    on(a.tryIt, [this] { m_tryIt->start(); });
    on(a.quit, [this] { close(); });
    on(a.copy, [this] { copy(); });
    on(a.preferences, [this] { askForPreferences(); });
    on(a.connectNow, [this] { m_session.connectNode(m_session.current()); });
    on(a.disconnect, [this] { m_session.disconnectNode(m_session.current()); });
    on(a.removeConnection, [this] { m_session.removeNode(m_session.current()); });
    on(a.nextPane, [this] { cyclePanes(1); });
    on(a.previousPane, [this] { cyclePanes(-1); });
    on(a.resetLayout, [this] { arrangeDocks(); });
    on(a.showKeys, [this] { present(new KeysDialog(menuBar()->actions(), this)); });
    on(a.about, [this] { showAbout(); });
    connect(a.themes, &QActionGroup::triggered, this, [this](const QAction* action) {
        m_settings.theme = static_cast<Theme>(action->data().toInt());
        applyTheme(m_settings.theme);
    });
}

void MainWindow::connectSession()
{
    connect(&m_session, &Session::refreshed, this, &MainWindow::refresh);
    connect(&m_session, &Session::currentChanged, this, &MainWindow::refresh);
    connect(&m_session, &Session::trouble, this, [this](const workbench::Problem& problem) {
        m_messages->showError(QString::fromStdString(problem.toString()));
    });
    connect(&m_session, &Session::clientRemoved, this, [this](const QString& name, int items) {
        m_messages->showInfo(tr("Removed %1. Items in its queue: %2.").arg(name).arg(items),
            tr("&Bring back"), [this] { m_session.restoreRemoved(); });
    });
    connect(m_queue, &QueuePane::refused, m_messages, &MessageBar::showError);
    connect(
        m_tryIt, &TryIt::explained, m_messages, qOverload<const QString&>(&MessageBar::showInfo));
    connect(m_tryIt, &TryIt::failed, m_messages, &MessageBar::showError);
    connect(m_tryIt, &TryIt::explained, this, [this] {
        m_queue->view()->setFocus();
        m_live.focus().setSelected(m_session.calls().newest()); // the pending one, with its reason
    });
}

void MainWindow::connectLiveView()
{
    connect(&m_live, &LiveView::lanesChanged, m_timeline->view(), &TimelineView::lanesChanged);
    connectViews(m_liveViews, m_live.focus());
    // A dock behind another tab counts as visible with its widgets, not here.
    connect(qobject_cast<QDockWidget*>(m_plots->parentWidget()), &QDockWidget::visibilityChanged,
        this, [this](bool seen) {
            m_plotsSeen = seen;
            m_plots->setSeen(seen);
        });
}

void MainWindow::connectViews(const OperationViews& views, OperationFocus& focus)
{
    const auto inspect = [this, &focus](quint64 operationId) {
        focus.setSelected(operationId);
        QDockWidget* const dock = qobject_cast<QDockWidget*>(m_inspector->parentWidget());
        dock->show();
        dock->raise();
    };
    connect(views.operations, &OperationsPane::inspectRequested, this, inspect);
    connect(views.timeline->view(), &TimelineView::activated, this, inspect);
    connect(views.plots, &PlotsPane::filterWanted, views.operations,
        [operations = views.operations](const QString& term) {
            operations->filterLine()->applyTerm(term, QStringLiteral("&&"));
        });
}

void MainWindow::arrangeDocks()
{
    // One after the other to its place: side by side, even for a moment, they would need a wider
    // window, and it would stay so.
    for (QDockWidget* dock : std::as_const(m_docks)) {
        dock->setFloating(false);
        removeDockWidget(dock);
    }
    m_toolBar->show();
    addToolBar(Qt::TopToolBarArea, m_toolBar);
    placeRecordingBar();
    enum { Connections, Operations, Timeline, Inspector, Received, Plots };
    addDockWidget(Qt::LeftDockWidgetArea, m_docks[Connections]);
    addDockWidget(Qt::BottomDockWidgetArea, m_docks[Operations]);
    // One below the other, each would show hardly a row in a low window.
    const bool isLow = height() < fontMetrics().height() * kLowWindowLines;
    if (isLow)
        tabifyDockWidget(m_docks[Operations], m_docks[Timeline]);
    else
        splitDockWidget(m_docks[Operations], m_docks[Timeline], Qt::Vertical);
    addDockWidget(Qt::RightDockWidgetArea, m_docks[Inspector]);
    splitDockWidget(m_docks[Inspector], m_docks[Received], Qt::Vertical);
    tabifyDockWidget(m_docks[Received], m_docks[Plots]);
    for (QDockWidget* dock : std::as_const(m_docks))
        dock->show();
    m_docks[Received]->raise();
    m_docks[Operations]->raise();
    const int em = fontMetrics().averageCharWidth();
    const int line = fontMetrics().height();
    // Received bytes get room for eight in a line of hex.
    resizeDocks({m_docks[Connections], m_docks[Inspector]},
        {qBound(em * 38, width() / 5, em * 50), qMin(em * 60, width() / 3)}, Qt::Horizontal);
    if (isLow)
        resizeDocks({m_docks[Operations]}, {height() * 40 / 100}, Qt::Vertical);
    else
        resizeDocks({m_docks[Operations], m_docks[Timeline]},
            {qMin(line * 16, height() * 27 / 100), qMin(line * 14, height() * 24 / 100)},
            Qt::Vertical);
    resizeDocks({m_docks[Inspector], m_docks[Received]}, {height() * 52 / 100, height() * 48 / 100},
        Qt::Vertical);
}

void MainWindow::restore()
{
    // At its usual size, or what the screen has room for beside the frame.
    resize(QSize(1280, 800).boundedTo(screen()->availableSize() - QSize(16, 48)));
    arrangeDocks();
    // Qt moves a window that would be off every screen back onto one.
    restoreGeometry(m_settings.windowGeometry);
    restoreState(m_settings.windowState);
    placeRecordingBar();
    m_operations->restore(m_settings);
    for (QAction* action : m_actions->themes->actions())
        action->setChecked(action->data().toInt() == static_cast<int>(m_settings.theme));
}

Settings MainWindow::settings() const
{
    Settings now = m_settings;
    now.windowGeometry = saveGeometry();
    now.windowState = saveState();
    m_operations->save(now);
    return now;
}

void MainWindow::refresh()
{
    QWidget* wanted
        = m_session.connections().isEmpty() ? static_cast<QWidget*>(m_welcome) : m_queue;
    if (m_centre->currentWidget() != wanted) {
        m_centre->setCurrentWidget(wanted);
        // What is not shown needs no room.
        for (QWidget* page : {static_cast<QWidget*>(m_welcome), static_cast<QWidget*>(m_queue)}) {
            const auto policy = page == wanted ? QSizePolicy::Preferred : QSizePolicy::Ignored;
            page->setSizePolicy(policy, policy);
        }
    }

    using workbench::ConnectionState;
    const auto node = m_session.currentNode();
    const bool client = node && node->kind == workbench::NodeKind::Client;
    const bool linked = node && (client || node->kind == workbench::NodeKind::Accepted)
        && (node->connection.state == ConnectionState::Connecting
            || node->connection.state == ConnectionState::Connected
            || node->connection.state == ConnectionState::PeerEnded);
    const QString select = tr("Select a connection first.");
    Actions::setObstacle(m_actions->connectNow,
        !node         ? select
            : !client ? tr("Only a client connects.")
            : linked  ? tr("It is connected already.")
                      : QString());
    Actions::setObstacle(
        m_actions->disconnect, !node ? select : (linked ? QString() : tr("It is not connected.")));
    Actions::setObstacle(m_actions->removeConnection, node ? QString() : select);
}

void MainWindow::present(QDialog* dialog)
{
    dialog->setModal(false);
    // Qt itself gives it at most two thirds of the screen, however much of its text that cuts off.
    if (const QLayout* layout = dialog->layout()) {
        QSize size = layout->totalSizeHint();
        if (layout->hasHeightForWidth())
            size.setHeight(layout->totalHeightForWidth(size.width()));
        dialog->resize(size.boundedTo(screen()->availableSize()));
    }
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

void MainWindow::askForConnection()
{
    auto* dialog = new ConnectDialog(m_settings.lastAddress, this);
    connect(dialog, &ConnectDialog::chosen, this, [this](const Address& address) {
        m_settings.lastAddress = QString::fromStdString(address.toString());
        m_session.addClient(address);
        m_queue->focusPayload();
    });
    present(dialog);
}

void MainWindow::askForListener()
{
    auto* dialog = new ListenDialog(ListenDialog::Kind::Listener, this);
    connect(dialog, &ListenDialog::listenerChosen, this,
        [this](const Address& address) { m_session.addListener(address); });
    present(dialog);
}

void MainWindow::askForPeer()
{
    auto* dialog = new ListenDialog(ListenDialog::Kind::DemoPeer, this);
    connect(dialog, &ListenDialog::peerChosen, this, [this](const peers::PeerOptions& options) {
        const std::uint32_t id = m_session.addDemoPeer(options);
        const auto* node = m_session.connections().node(id);
        if (!node || !node->listening)
            return;
        m_session.setCurrent(id);
        const Address address = node->address;
        m_messages->showInfo(tr("The %1 peer listens on %2.")
                                 .arg(QString::fromStdString(peers::toString(options.kind)),
                                     QString::fromStdString(address.toString())),
            tr("Connect to &it"), [this, address] { m_session.addClient(address); });
    });
    present(dialog);
}

void MainWindow::copy()
{
    QWidget* focus = QApplication::focusWidget();
    if (auto* text = qobject_cast<QPlainTextEdit*>(focus))
        text->copy();
    else if (focus && m_received->isAncestorOf(focus))
        QApplication::postEvent(
            m_received->view(), new QKeyEvent(QEvent::KeyPress, Qt::Key_C, Qt::ControlModifier));
    else
        m_operations->copySelection();
}

void MainWindow::showAbout()
{
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Socket Workbench"),
        tr("<h3>Socket Workbench %1</h3><p>A workbench for asynchronous sockets: see which calls "
           "finish at once, which stay pending, "
           "and why.</p><p>Application: GPL-3.0-or-later. Engine: BSL-1.0. Made with Qt %2.</p>")
            .arg(QApplication::applicationVersion(), QLatin1String(qVersion())),
        QMessageBox::Ok, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setIconPixmap(windowIcon().pixmap(64, 64));
    box->open();
}

void MainWindow::cyclePanes(int step)
{
    QList<QWidget*> targets;
    targets << (m_connections->view()->isVisible() ? static_cast<QWidget*>(m_connections->view())
                                                   : m_connections);
    if (m_centre->currentWidget() == m_welcome)
        targets << m_welcome->focusProxy();
    else
        targets << m_queue->view() << m_queue->composer()->field();
    targets << m_inspector->focusProxy() << m_received->view() << m_plots->focusProxy()
            << m_operations->view() << m_timeline->view();
    targets.removeIf([](const QWidget* w) {
        // A dock behind another tab is "visible", but nothing of it is.
        return w->visibleRegion().isEmpty() || !w->isEnabled() || w->focusPolicy() == Qt::NoFocus;
    });
    if (targets.isEmpty())
        return;
    const QWidget* focus = QApplication::focusWidget();
    qsizetype at = step > 0 ? -1 : 0;
    for (qsizetype i = 0; i < targets.size(); ++i) {
        if (focus && (targets[i] == focus || targets[i]->isAncestorOf(focus)))
            at = i;
    }
    at = (at + step + targets.size()) % targets.size();
    targets[at]->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    // What is painted in a colour of its own takes it anew, once the new palette is everywhere.
    if (event->type() == QEvent::PaletteChange)
        QMetaObject::invokeMethod(&m_session, &Session::refresh, Qt::QueuedConnection);
}

} // namespace swb::ui
