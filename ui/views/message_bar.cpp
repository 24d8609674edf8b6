// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/message_bar.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTextDocumentFragment>
#include <QToolButton>

#include <utility>

namespace swb::ui {

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
    , m_act(new QPushButton(this))
    , m_copy(new QToolButton(this))
    , m_close(new QToolButton(this))
{
    setObjectName(QStringLiteral("messageBar"));
    setAccessibleName(tr("Message"));
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::ToolTipBase);
    m_text->setObjectName(QStringLiteral("messageText"));
    m_text->setAccessibleName(tr("Message text"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setForegroundRole(QPalette::ToolTipText);
    m_act->setObjectName(QStringLiteral("messageAction"));
    m_act->setAccessibleName(tr("Do what the message offers"));
    m_copy->setObjectName(QStringLiteral("copyMessage"));
    m_copy->setIcon(swb::ui::icon(QStringLiteral("copy")));
    m_copy->setAutoRaise(true);
    m_copy->setAccessibleName(tr("Copy message"));
    m_copy->setToolTip(tr("Copy the message"));
    m_close->setObjectName(QStringLiteral("closeMessage"));
    m_close->setIcon(swb::ui::icon(QStringLiteral("clear")));
    m_close->setAutoRaise(true);
    m_close->setAccessibleName(tr("Close message"));
    m_close->setToolTip(tr("Close the message"));

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(10, 6, 6, 6);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addWidget(m_text, 1);
    row->addWidget(m_act, 0, Qt::AlignTop);
    row->addWidget(m_copy, 0, Qt::AlignTop);
    row->addWidget(m_close, 0, Qt::AlignTop);
    connect(m_copy, &QToolButton::clicked, this,
        [this] { QApplication::clipboard()->setText(text()); });
    connect(m_close, &QToolButton::clicked, this, &QWidget::hide);
    connect(m_act, &QPushButton::clicked, this, [this] {
        hide();
        if (m_action)
            std::exchange(m_action, {})();
    });
    hide();
}

QString MessageBar::text() const
{
    return QTextDocumentFragment::fromHtml(m_text->text()).toPlainText();
}

void MessageBar::showInfo(const QString& text)
{
    m_action = {};
    present(Tone::Neutral, text);
}

void MessageBar::showError(const QString& text)
{
    m_action = {};
    present(Tone::Bad, text.toHtmlEscaped());
}

void MessageBar::showInfo(const QString& text, const QString& button, std::function<void()> action)
{
    m_action = std::move(action);
    m_act->setText(button);
    m_act->setAccessibleName(QString(button).remove(u'&'));
    present(Tone::Neutral, text.toHtmlEscaped());
}

void MessageBar::present(Tone tone, const QString& text)
{
    m_tone = tone;
    m_text->setText(text);
    m_act->setVisible(static_cast<bool>(m_action));
    setAccessibleDescription(this->text());
    paintTone();
    QWidget::show();
}

void MessageBar::paintTone()
{
    const QString name = m_tone == Tone::Bad ? QStringLiteral("error") : QStringLiteral("info");
    m_icon->setPixmap(swb::ui::icon(name, m_tone).pixmap(18, 18));
}

void MessageBar::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        paintTone();
}

} // namespace swb::ui
