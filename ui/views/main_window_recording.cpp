// SPDX-License-Identifier: GPL-3.0-or-later
/// The window's verbs for the recording as files.
#include "ui/views/main_window.h"

#include "ui/dialogs/preferences_dialog.h"
#include "ui/support/format.h"
#include "ui/support/recording.h"
#include "ui/support/session.h"
#include "ui/views/actions.h"
#include "ui/views/message_bar.h"

#include <QAction>
#include <QDateTime>
#include <QFileDialog>
#include <QLocale>

namespace swb::ui {

void MainWindow::connectRecording()
{
    connect(m_actions->saveRecording, &QAction::triggered, this, [this] {
        askForFile(tr("Save the recording"), QStringLiteral("recording.swbtrace"),
            {tr("Recordings (*.swbtrace)")},
            [this](const QString& path) { m_recording.save(path, openedStore()); });
    });
    connect(m_actions->exportRecording, &QAction::triggered, this, [this] {
        askForFile(tr("Export the recording"), QStringLiteral("operations.csv"),
            {tr("Table (*.csv)"), tr("JSON Lines (*.jsonl)"), tr("Perfetto (*.json)"),
                tr("Packets (*.pcapng)")},
            [this](const QString& path) { m_recording.exportTo(path, openedStore()); });
    });
    connect(&m_recording, &Recording::busyChanged, this, [this](bool busy) {
        if (busy)
            m_messages->showInfo(tr("%1\u2026").arg(m_recording.doing()), tr("Cance&l"),
                [this] { m_recording.cancel(); });
    });
    connect(&m_recording, &Recording::written, this, [this](const QString& text) {
        m_messages->showInfo(text.toHtmlEscaped());
        if (m_closeWhenWritten || m_closeUnasked)
            close();
    });
    connect(&m_recording, &Recording::failed, this, [this](const QString& text) {
        m_closeWhenWritten = false; // one may want to try again
        m_messages->showError(text);
        if (m_closeUnasked)
            close();
    });
    if (m_settings.offerRecovery)
        offerUnfinished();
}

/// What a crash left is offered once, at the start.
void MainWindow::offerUnfinished()
{
    const auto unfinished = m_recording.unfinished();
    if (unfinished.empty())
        return;
    const auto& newest = unfinished.front();
    const QString when = QLocale().toString(
        QDateTime::fromMSecsSinceEpoch(newest.startedNs / 1'000'000), QLocale::ShortFormat);
    m_messages->showInfo(tr("The recording that began at %1 was not closed; %2 of it can be read.")
                             .arg(when, sizeText(newest.bytes)),
        tr("&Recover it\u2026"), [this, newest] {
            askForFile(tr("Save the recovered recording"), QStringLiteral("recovered.swbtrace"),
                {tr("Recordings (*.swbtrace)")},
                [this, newest](const QString& path) { m_recording.recover(newest, path); });
        });
}

void MainWindow::askForPreferences()
{
    Settings now = m_settings;
    now.keptPayloadBytes = m_recording.keptPayload();
    auto* dialog = new PreferencesDialog(now, m_recording.folder(), this);
    connect(dialog, &PreferencesDialog::chosen, this, &MainWindow::applyPreferences);
    present(dialog);
}

void MainWindow::applyPreferences(const Settings& chosen)
{
    if (chosen.theme != m_settings.theme) {
        for (QAction* action : m_actions->themes->actions())
            action->setChecked(action->data().toInt() == static_cast<int>(chosen.theme));
        applyTheme(chosen.theme);
    }
    const bool later = chosen.memoryBudgetMiB != m_settings.memoryBudgetMiB
        || chosen.workerThreads != m_settings.workerThreads;
    m_settings.theme = chosen.theme;
    m_settings.memoryBudgetMiB = chosen.memoryBudgetMiB;
    m_settings.keptPayloadBytes = chosen.keptPayloadBytes;
    m_settings.workerThreads = chosen.workerThreads;
    m_settings.offerRecovery = chosen.offerRecovery;
    m_settings.askToSave = chosen.askToSave;
    m_recording.setKeptPayload(chosen.keptPayloadBytes);
    m_session.refresh(); // the status says how much is kept
    if (later)
        m_messages->showInfo(tr("Memory and worker threads are changed with the next start."));
}

void MainWindow::askForFile(const QString& title, const QString& name, const QStringList& filters,
    const std::function<void(const QString&)>& chosen)
{
    auto* dialog = new QFileDialog(this, title);
    dialog->setObjectName(QStringLiteral("fileDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(filters);
    dialog->selectFile(name);
    // The ending says what is written, so it follows the choice.
    const auto follow = [dialog](const QString& filter) {
        const qsizetype dot = filter.lastIndexOf(u'.');
        dialog->setDefaultSuffix(filter.mid(dot + 1, filter.lastIndexOf(u')') - dot - 1));
    };
    follow(filters.first());
    connect(dialog, &QFileDialog::filterSelected, dialog, follow);
    connect(dialog, &QFileDialog::fileSelected, this, chosen);
    dialog->open();
}

} // namespace swb::ui
