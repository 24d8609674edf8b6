// SPDX-License-Identifier: GPL-3.0-or-later
/// The window while it shows a recording that was opened.
#include "ui/views/main_window.h"

#include "ui/support/live_view.h"
#include "ui/support/opened_recording.h"
#include "ui/support/recording.h"
#include "ui/support/recording_opener.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/actions.h"
#include "ui/views/inspector_pane.h"
#include "ui/views/message_bar.h"
#include "ui/views/operations_pane.h"
#include "ui/views/operations_view.h"
#include "ui/views/plots_pane.h"
#include "ui/views/recording_bar.h"
#include "ui/views/timeline_pane.h"

#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMimeData>
#include <QTimer>
#include <QToolBar>

#include <array>

namespace swb::ui {
namespace {

constexpr int kTitleCharacters = 24; ///< Of a file's name.

/// The recording among what is dropped; empty: there is none.
QString recordingOf(const QMimeData& data)
{
    for (const QUrl& url : data.urls()) {
        const QString path = url.toLocalFile();
        if (path.endsWith(QLatin1String(".swbtrace"))
            || path.endsWith(QLatin1String(".swbtrace.part")))
            return path;
    }
    return {};
}

std::array<QWidget*, 4> panesOf(const OperationViews& views)
{
    return {views.operations, views.timeline, views.inspector, views.plots};
}

} // namespace

void MainWindow::buildRecordingBar()
{
    m_recordingBar = new RecordingBar(this);
    m_recordingToolBar = new QToolBar(tr("Recording"), this);
    m_recordingToolBar->setObjectName(QStringLiteral("recordingToolBar"));
    m_recordingToolBar->setMovable(false);
    m_recordingToolBar->addWidget(m_recordingBar);
    m_recordingToolBar->toggleViewAction()->setVisible(false); // it comes and goes by itself
    m_recent = new QMenu(tr("Open &recent"), this);
    m_recent->setToolTipsVisible(true);
    setAcceptDrops(true);
}

/// In a row of its own below the verbs, wherever a state from before put them.
void MainWindow::placeRecordingBar()
{
    const bool seen = m_recorded || m_opener->isBusy();
    removeToolBar(m_recordingToolBar);
    addToolBarBreak(Qt::TopToolBarArea);
    addToolBar(Qt::TopToolBarArea, m_recordingToolBar);
    m_recordingToolBar->setVisible(seen);
}

void MainWindow::connectOpener()
{
    connect(m_actions->openRecording, &QAction::triggered, this, &MainWindow::askForRecording);
    connect(m_actions->closeRecording, &QAction::triggered, this, &MainWindow::closeRecording);
    connect(m_recent, &QMenu::aboutToShow, this, &MainWindow::fillRecentRecordings);
    connect(m_recordingBar, &RecordingBar::closeRequested, this, &MainWindow::closeRecording);
    connect(m_recordingBar, &RecordingBar::cancelRequested, m_opener, &RecordingOpener::cancel);
    connect(m_opener, &RecordingOpener::started, this, [this](const QString& path) {
        m_recordingBar->showOpening(path);
        m_recordingToolBar->show();
    });
    connect(m_opener, &RecordingOpener::progressed, m_recordingBar, &RecordingBar::setProgress);
    connect(m_opener, &RecordingOpener::ended, this, [this] {
        if (m_recorded)
            m_recordingBar->showOpened(m_recorded->recording()); // the one from before
        m_recordingToolBar->setVisible(m_recorded != nullptr);
    });
    connect(m_opener, &RecordingOpener::opened, this, &MainWindow::showRecording);
    connect(m_opener, &RecordingOpener::failed, m_messages, &MessageBar::showError);
    connect(&m_recording, &Recording::recovered, m_opener, &RecordingOpener::open);
    fillRecentRecordings();
    refreshRecordingVerbs();
}

void MainWindow::askForRecording()
{
    auto* dialog = new QFileDialog(this, tr("Open a recording"));
    dialog->setObjectName(QStringLiteral("openDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Recordings (*.swbtrace *.swbtrace.part)"), tr("All files (*)")});
    if (!m_settings.recentRecordings.isEmpty())
        dialog->setDirectory(QFileInfo(m_settings.recentRecordings.first()).absolutePath());
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::openRecording);
    dialog->open();
}

void MainWindow::openRecording(const QString& path)
{
    if (!m_recording.isBusy())
        m_messages->hide(); // what it said was about something else
    m_opener->open(QFileInfo(path).absoluteFilePath());
}

void MainWindow::showRecording(std::shared_ptr<OpenedRecording> recording)
{
    closeRecording();
    m_operations->save(m_settings);
    m_recorded
        = std::make_unique<RecordedViews>(std::move(recording), *m_actions, m_settings, this);
    OpenedRecording& shown = m_recorded->recording();
    connectViews(m_recorded->views(), shown.focus());
    rememberRecording(shown.path());
    showViews(m_recorded->views());
    m_recordingBar->showOpened(shown);
    m_recordingToolBar->show();
    if (const QString trouble = shown.trouble(); !trouble.isEmpty())
        m_messages->showInfo(trouble.toHtmlEscaped());
    // When everything has its place.
    QTimer::singleShot(0, m_timeline, [view = m_timeline->view()] { view->showAll(); });
    m_operations->view()->setFocus();
}

void MainWindow::closeRecording()
{
    if (!m_recorded)
        return;
    m_operations->save(m_settings); // columns and filters go with the user
    m_liveViews.operations->restore(m_settings);
    showViews(m_liveViews);
    m_recorded.reset();
    m_recordingToolBar->setVisible(m_opener->isBusy());
    refreshRecordingVerbs();
}

void MainWindow::showViews(const OperationViews& views)
{
    const auto before = panesOf({m_operations, m_timeline, m_inspector, m_plots});
    const auto after = panesOf(views);
    const QWidget* focus = QApplication::focusWidget();
    QWidget* focused = nullptr;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (focus && before[i]->isAncestorOf(focus))
            focused = after[i];
        auto* dock = qobject_cast<QDockWidget*>(before[i]->parentWidget());
        dock->setWidget(after[i]);
        after[i]->show();
    }
    QAction* const tableBefore = m_operations->tableMenu()->menuAction();
    QAction* const tableAfter = views.operations->tableMenu()->menuAction();
    if (!m_viewMenu->actions().contains(tableAfter))
        m_viewMenu->insertAction(tableBefore, tableAfter);
    tableBefore->setVisible(false);
    tableAfter->setVisible(true);
    m_plots->setSeen(false);
    m_operations = views.operations;
    m_timeline = views.timeline;
    m_inspector = views.inspector;
    m_plots = views.plots;
    m_plots->setSeen(m_plotsSeen);
    m_operations->takeVerbs();
    refreshRecordingVerbs();
    if (focused)
        (focused->focusProxy() ? focused->focusProxy() : m_operations->view())->setFocus();
}

/// Titles and verbs say what they are about.
void MainWindow::refreshRecordingVerbs()
{
    const bool isFile = m_recorded != nullptr;
    const QString name = isFile ? m_recorded->recording().name() : QString();
    setWindowTitle(isFile ? tr("%1 \u2013 Socket Workbench").arg(name) : tr("Socket Workbench"));
    Actions::setObstacle(m_actions->closeRecording,
        isFile ? QString() : tr("The session is shown; no recording is open."));
    m_actions->saveRecording->setText(
        isFile ? tr("&Save a copy of the recording\u2026") : tr("&Save recording\u2026"));
    const QString titles[]{tr("Operations"), tr("Timeline"), tr("Inspector"), tr("Plots")};
    const auto panes = panesOf({m_operations, m_timeline, m_inspector, m_plots});
    for (std::size_t i = 0; i < panes.size(); ++i) {
        auto* dock = qobject_cast<QDockWidget*>(panes[i]->parentWidget());
        const QString verb = dock->toggleViewAction()->text();
        const QString title = isFile ? tr("%1 of %2").arg(titles[i], name) : titles[i];
        // In a tab, too; the bar above them has the whole name.
        const QString shortName = fontMetrics().elidedText(
            name, Qt::ElideMiddle, fontMetrics().averageCharWidth() * kTitleCharacters);
        dock->setWindowTitle(isFile ? tr("%1 of %2").arg(titles[i], shortName) : titles[i]);
        dock->setAccessibleName(title);
        dock->toggleViewAction()->setText(verb);
    }
}

std::shared_ptr<const trace::TraceStore> MainWindow::openedStore() const
{
    return m_recorded ? m_recorded->recording().shared() : nullptr;
}

void MainWindow::rememberRecording(const QString& path)
{
    QStringList& recent = m_settings.recentRecordings;
    recent.removeAll(path);
    recent.prepend(path);
    while (recent.size() > Settings::kMostRecentRecordings)
        recent.removeLast();
    fillRecentRecordings();
}

void MainWindow::fillRecentRecordings()
{
    m_recent->clear();
    m_recent->menuAction()->setEnabled(!m_settings.recentRecordings.isEmpty());
    int number = 0;
    for (const QString& path : m_settings.recentRecordings) {
        const QString name = QFileInfo(path).fileName().replace(u'&', QLatin1String("&&"));
        QAction* action = m_recent->addAction(QStringLiteral("&%1  %2").arg(++number).arg(name));
        action->setToolTip(QDir::toNativeSeparators(path));
        action->setStatusTip(action->toolTip());
        connect(action, &QAction::triggered, this, [this, path] { openRecording(path); });
    }
    m_recent->addSeparator();
    QAction* clear = m_recent->addAction(tr("&Forget these"));
    connect(clear, &QAction::triggered, this, [this] {
        m_settings.recentRecordings.clear();
        m_recent->menuAction()->setEnabled(false);
    });
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!recordingOf(*event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QString path = recordingOf(*event->mimeData());
    if (path.isEmpty())
        return;
    event->acceptProposedAction();
    openRecording(path);
}

} // namespace swb::ui
