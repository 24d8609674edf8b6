// SPDX-License-Identifier: GPL-3.0-or-later
/// What the window asks before it closes.
#include "ui/views/main_window.h"

#include "ui/support/format.h"
#include "ui/support/recording.h"
#include "ui/support/session.h"
#include "ui/views/message_bar.h"

#include <QCheckBox>
#include <QCloseEvent>
#include <QMessageBox>
#include <QPushButton>

namespace swb::ui {

bool MainWindow::confirmClose()
{
    const auto pending = static_cast<int>(m_session.pendingSends());
    if (pending == 0)
        return true;
    QMessageBox box(QMessageBox::Question, tr("Quit"),
        pending == 1 ? tr("1 operation is pending. Stop it and quit?")
                     : tr("%1 operations are pending. Stop them and quit?").arg(pending),
        QMessageBox::NoButton, this);
    box.setObjectName(QStringLiteral("quitQuestion"));
    QPushButton* stop = box.addButton(tr("&Stop and quit"), QMessageBox::AcceptRole);
    stop->setObjectName(QStringLiteral("stopAndQuit"));
    QPushButton* keep = box.addButton(tr("&Keep working"), QMessageBox::RejectRole);
    box.setDefaultButton(keep);
    box.setEscapeButton(keep);
    box.exec();
    return box.clickedButton() == stop;
}

/// A file that is being written is neither given up silently nor waited for with a window that does
/// not answer.
bool MainWindow::confirmWriting()
{
    if (!m_recording.isBusy())
        return true;
    QMessageBox box(QMessageBox::Question, tr("Quit"),
        tr("%1 is not finished. Wait for it, and quit then?").arg(m_recording.doing()),
        QMessageBox::NoButton, this);
    box.setObjectName(QStringLiteral("writingQuestion"));
    QPushButton* wait = box.addButton(tr("&Wait and quit"), QMessageBox::AcceptRole);
    wait->setObjectName(QStringLiteral("waitAndQuit"));
    QPushButton* cancel = box.addButton(tr("&Cancel it and quit"), QMessageBox::DestructiveRole);
    cancel->setObjectName(QStringLiteral("cancelAndQuit"));
    QPushButton* keep = box.addButton(tr("&Keep working"), QMessageBox::RejectRole);
    box.setInformativeText(
        tr("Cancelled, nothing of the file is left; one of that name from before "
           "stays as it is."));
    box.setDefaultButton(wait);
    box.setEscapeButton(keep);
    box.exec();
    if (box.clickedButton() == cancel) {
        m_recording.cancel();
        return true;
    }
    if (box.clickedButton() != wait)
        return false;
    if (!m_recording.isBusy())
        return true; // it was finished while one thought about it
    m_closeWhenWritten = true;
    m_messages->showInfo(tr("%1; the window closes when that is done.").arg(m_recording.doing()),
        tr("&Do not close"), [this] { m_closeWhenWritten = false; });
    return false;
}

bool MainWindow::hasUnsavedWork() const
{
    return m_settings.askToSave && m_recording.unsaved() > 0 && m_session.hasOwnWork();
}

bool MainWindow::hasWorkToRecover() const
{
    return hasUnsavedWork() && m_settings.offerRecovery;
}

/// Whoever worked with something of his own may want to keep the record of it. What was only done
/// with the demo peers can be had again.
bool MainWindow::confirmUnsaved()
{
    if (!hasUnsavedWork())
        return true;
    const std::uint64_t unsaved = m_recording.unsaved();
    QMessageBox box(QMessageBox::Question, tr("Quit"),
        unsaved == 1 ? tr("1 recorded operation was not saved. Save the recording?")
                     : tr("%1 recorded operations were not saved. Save the recording?")
                           .arg(groupedNumber(unsaved)),
        QMessageBox::NoButton, this);
    box.setObjectName(QStringLiteral("unsavedQuestion"));
    auto* again = new QCheckBox(tr("&Ask when there is something to save"), &box);
    again->setChecked(true);
    box.setCheckBox(again);
    QPushButton* save = box.addButton(tr("&Save…"), QMessageBox::AcceptRole);
    save->setObjectName(QStringLiteral("saveAndQuit"));
    QPushButton* discard = box.addButton(tr("&Quit without saving"), QMessageBox::DestructiveRole);
    discard->setObjectName(QStringLiteral("quitUnsaved"));
    QPushButton* keep = box.addButton(tr("&Keep working"), QMessageBox::RejectRole);
    box.setDefaultButton(save);
    box.setEscapeButton(keep);
    box.exec();
    m_settings.askToSave = again->isChecked();
    if (box.clickedButton() == save) {
        askForFile(tr("Save the recording"), QStringLiteral("recording.swbtrace"),
            {tr("Recordings (*.swbtrace)")}, [this](const QString& path) {
                m_closeWhenWritten = true;
                m_recording.save(path);
            });
        return false;
    }
    return box.clickedButton() == discard;
}

void MainWindow::closeUnasked()
{
    m_closeUnasked = true;
    // A question that is open holds up the end of what asked it.
    for (QDialog* dialog : findChildren<QDialog*>())
        dialog->reject();
    if (m_recording.isBusy())
        m_messages->showInfo(
            tr("%1; the program ends when that is done.").arg(m_recording.doing()));
    else
        close();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    // What was saved in order to quit is saved, whatever has been recorded since.
    const bool saved = std::exchange(m_closeWhenWritten, false);
    const bool agreed
        = m_closeUnasked || (confirmWriting() && (saved || confirmUnsaved()) && confirmClose());
    // It may have come while one was asked.
    const bool mayClose = m_closeUnasked ? !m_recording.isBusy() : agreed;
    if (!mayClose) {
        event->ignore();
        return;
    }
    m_settings = settings();
    closeRecording();
    event->accept();
    emit closed();
}

} // namespace swb::ui
