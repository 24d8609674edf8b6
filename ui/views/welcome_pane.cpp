// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/welcome_pane.h"

#include "ui/support/icons.h"
#include "ui/views/actions.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace swb::ui {
namespace {

constexpr int kLeastLines = 12; ///< Of text: the words and the one button.

/// The window's mnemonics are taken; a button that has a shortcut does without one.
QPushButton* buttonFor(QAction* action, QWidget* parent)
{
    const QString text
        = action->shortcut().isEmpty() ? action->text() : QString(action->text()).remove(u'&');
    auto* button = new QPushButton(action->icon(), text, parent);
    button->setObjectName(action->objectName() + QStringLiteral("Button"));
    button->setAccessibleName(QString(action->text()).remove(u'&'));
    button->setAccessibleDescription(action->statusTip());
    button->setToolTip(action->toolTip());
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
    return button;
}

QLabel* paragraph(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setAlignment(Qt::AlignHCenter);
    label->setWordWrap(true);
    return label;
}

} // namespace

WelcomePane::WelcomePane(Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_column(new QWidget(this))
    , m_picture(new QLabel(this))
    , m_own(new QWidget(this))
{
    auto* picture = m_picture;
    picture->setPixmap(QIcon(QStringLiteral(":/swb/application.svg")).pixmap(48, 48));
    picture->setAlignment(Qt::AlignHCenter);
    auto* title = paragraph(tr("See what a send really does"), this);
    QFont large = title->font();
    large.setPointSizeF(large.pointSizeF() * 1.6);
    large.setBold(true);
    title->setFont(large);
    m_text = paragraph(tr("Some calls finish at once, others stay pending until the other end "
                          "has taken the bytes. "
                          "The example sends a few bytes to an echo peer and a file to a slow "
                          "one, both on this computer, "
                          "and shows the difference."),
        this);
    auto* tryIt = buttonFor(actions.tryIt, this);
    QFont big = tryIt->font();
    big.setPointSizeF(big.pointSizeF() * 1.25);
    big.setBold(true);
    tryIt->setFont(big);
    tryIt->setIconSize({22, 22});
    tryIt->setMinimumHeight(tryIt->fontMetrics().height() * 5 / 2);
    tryIt->setMinimumWidth(tryIt->fontMetrics().horizontalAdvance(tryIt->text()) + 80);
    tryIt->setDefault(true);
    m_or = paragraph(tr("or start with your own:"), this);
    m_or->setForegroundRole(QPalette::PlaceholderText);

    auto* buttons = new QBoxLayout(QBoxLayout::LeftToRight, m_own);
    buttons->setContentsMargins({});
    for (QAction* action : {actions.newConnection, actions.listen, actions.demoPeer})
        buttons->addWidget(buttonFor(action, this), 0, Qt::AlignHCenter);
    auto* column = m_column;
    column->setMaximumWidth(column->fontMetrics().averageCharWidth() * 90);
    auto* outer = new QHBoxLayout(this);
    outer->addStretch(1);
    outer->addWidget(column, 100);
    outer->addStretch(1);
    auto* layout = new QVBoxLayout(column);
    layout->setSpacing(12);
    layout->addStretch(2);
    layout->addWidget(picture);
    layout->addWidget(title);
    layout->addWidget(m_text);
    layout->addWidget(tryIt, 0, Qt::AlignHCenter);
    layout->addWidget(m_or);
    layout->addWidget(m_own, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    setFocusProxy(tryIt);
}

QSize WelcomePane::minimumSizeHint() const
{
    int widest = 0;
    for (const QPushButton* button : findChildren<QPushButton*>())
        widest
            = std::max(widest, button->minimumSizeHint().expandedTo(button->minimumSize()).width());
    const QMargins around = layout()->contentsMargins() + m_column->layout()->contentsMargins();
    return {widest + around.left() + around.right(), fontMetrics().height() * kLeastLines};
}

/// In a narrow window the buttons stand one below the other. In a low one the words need the
/// picture's room, and then that of the buttons, which are in the tool bar, too; below a message
/// there may not be room for the words either.
void WelcomePane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_picture->show();
    m_own->show();
    m_or->show();
    m_text->show();
    auto* const buttons = static_cast<QBoxLayout*>(m_own->layout());
    int row = 0;
    for (int i = 0; i < buttons->count(); ++i)
        row += buttons->itemAt(i)->sizeHint().width() + buttons->spacing();
    const QMargins around = m_column->layout()->contentsMargins();
    buttons->setDirection(row + around.left() + around.right() <= m_column->width()
            ? QBoxLayout::LeftToRight
            : QBoxLayout::TopToBottom);
    const int room = contentsRect().marginsRemoved(layout()->contentsMargins()).height();
    const auto isTooHigh = [this, room] {
        QLayout* const layout = m_column->layout();
        layout->invalidate();
        return layout->totalHeightForWidth(m_column->width()) > room;
    };
    m_picture->setVisible(!isTooHigh());
    m_own->setVisible(!isTooHigh());
    m_or->setVisible(!m_own->isHidden());
    m_text->setVisible(!isTooHigh());
}

} // namespace swb::ui
