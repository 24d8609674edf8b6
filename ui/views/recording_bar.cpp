// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/recording_bar.h"

#include "ui/support/icons.h"
#include "ui/support/opened_recording.h"
#include "ui/views/elided_label.h"

#include <QEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

namespace swb::ui {

RecordingBar::RecordingBar(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_text(new ElidedLabel(this))
    , m_progress(new QProgressBar(this))
    , m_cancel(new QPushButton(tr("Cancel"), this))
    , m_back(new QPushButton(tr("Back to live"), this))
{
    setObjectName(QStringLiteral("recordingBar"));
    setAccessibleName(tr("Opened recording"));
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::ToolTipBase);
    m_text->setObjectName(QStringLiteral("recordingText"));
    m_text->setAccessibleName(tr("What is shown"));
    m_text->setForegroundRole(QPalette::ToolTipText);
    m_progress->setObjectName(QStringLiteral("openingProgress"));
    m_progress->setAccessibleName(tr("How much of the file was read"));
    m_progress->setRange(0, 1000);
    m_progress->setMaximumWidth(fontMetrics().averageCharWidth() * 30);
    m_cancel->setObjectName(QStringLiteral("cancelOpening"));
    m_cancel->setAccessibleName(tr("Cancel opening"));
    m_cancel->setToolTip(tr("Do not open it; what is shown stays"));
    m_back->setObjectName(QStringLiteral("backToLive"));
    m_back->setAccessibleName(tr("Back to live"));
    m_back->setToolTip(
        tr("Close the recording; the session, which went on, is as you left it (Ctrl+W)"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(10, 6, 6, 6);
    row->addWidget(m_icon, 0, Qt::AlignVCenter);
    row->addWidget(m_text, 1);
    row->addWidget(m_progress, 0, Qt::AlignVCenter);
    row->addWidget(m_cancel, 0, Qt::AlignVCenter);
    row->addWidget(m_back, 0, Qt::AlignVCenter);
    connect(m_cancel, &QPushButton::clicked, this, &RecordingBar::cancelRequested);
    connect(m_back, &QPushButton::clicked, this, &RecordingBar::closeRequested);
    paintIcon();
}

QString RecordingBar::text() const
{
    return m_text->text();
}

void RecordingBar::showOpening(const QString& path)
{
    m_text->setText(tr("Opening %1…").arg(QFileInfo(path).fileName()));
    m_text->setToolTip(path);
    m_progress->setValue(0);
    m_progress->show();
    m_cancel->show();
    m_back->hide();
    setAccessibleDescription(text());
}

void RecordingBar::setProgress(int permille)
{
    m_progress->setValue(permille);
}

void RecordingBar::showOpened(const OpenedRecording& recording)
{
    QString shown
        = tr("You look at a recording: %1 (%2)").arg(recording.name(), recording.summary());
    const QString trouble = recording.trouble();
    if (!trouble.isEmpty())
        shown += tr(" — not whole");
    m_text->setText(shown);
    m_text->setToolTip(trouble.isEmpty()
            ? QStringLiteral("%1\n%2").arg(shown, recording.path())
            : QStringLiteral("%1\n%2\n%3").arg(shown, trouble, recording.path()));
    m_progress->hide();
    m_cancel->hide();
    m_back->show();
    setAccessibleDescription(m_text->toolTip());
}

void RecordingBar::paintIcon()
{
    m_icon->setPixmap(icon(QStringLiteral("info"), Tone::Waiting).pixmap(18, 18));
}

void RecordingBar::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        paintIcon();
}

} // namespace swb::ui
