// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/keys_dialog.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace swb::ui {
namespace {

QString withoutMnemonic(QString text)
{
    return text.remove(u'&').remove(QStringLiteral("\u2026"));
}

} // namespace

KeysDialog::KeysDialog(const QList<QAction*>& menus, QWidget* parent)
    : QDialog(parent)
    , m_search(new QLineEdit(this))
    , m_list(new QTreeWidget(this))
{
    setObjectName(QStringLiteral("keysDialog"));
    setWindowTitle(tr("Keys"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_search->setObjectName(QStringLiteral("keysSearch"));
    m_search->setAccessibleName(tr("Look for a key or what it does"));
    m_search->setPlaceholderText(tr("Look for a key or what it does"));
    m_search->setClearButtonEnabled(true);
    m_list->setObjectName(QStringLiteral("keysList"));
    m_list->setAccessibleName(tr("Keys and what they do"));
    m_list->setHeaderLabels({tr("Keys"), tr("What")});
    m_list->setRootIsDecorated(false);
    m_list->setTextElideMode(Qt::ElideNone);
    m_list->setSelectionMode(QAbstractItemView::SingleSelection);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setAccessibleName(tr("Close"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_search);
    layout->addWidget(m_list, 1);
    layout->addWidget(buttons);

    for (const QAction* menu : menus) {
        QList<Entry> entries;
        collect(*menu->menu(), entries);
        addGroup(tr("Menu %1").arg(withoutMnemonic(menu->text())), entries);
    }
    addPanes();
    m_list->expandAll();
    m_list->resizeColumnToContents(0);
    m_list->resizeColumnToContents(1);
    const int em = fontMetrics().averageCharWidth();
    m_list->setMinimumSize(em * 90, fontMetrics().height() * 20);
    connect(m_search, &QLineEdit::textChanged, this, &KeysDialog::narrow);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_search->setFocus();
}

/// With those of the menus in it.
void KeysDialog::collect(const QMenu& menu, QList<Entry>& entries)
{
    for (const QAction* action : menu.actions()) {
        if (action->menu() && action->isVisible())
            collect(*action->menu(), entries);
        const QString keys
            = QKeySequence::listToString(action->shortcuts(), QKeySequence::NativeText);
        if (!keys.isEmpty())
            entries << Entry{keys, withoutMnemonic(action->text())};
    }
}

void KeysDialog::addGroup(const QString& title, const QList<Entry>& entries)
{
    if (entries.isEmpty())
        return;
    auto* group = new QTreeWidgetItem(m_list, {title});
    QFont bold = font();
    bold.setBold(true);
    group->setFont(0, bold);
    group->setFirstColumnSpanned(true);
    group->setFlags(Qt::ItemIsEnabled);
    for (const Entry& entry : entries)
        new QTreeWidgetItem(group, {entry.keys, entry.what});
}

/// What the panes do with keys of their own.
void KeysDialog::addPanes()
{
    addGroup(tr("In the queue"),
        {{tr("Enter, F2"), tr("Change the item")}, {tr("Esc"), tr("Cancel what is pending")}});
    addGroup(tr("In the payload"),
        {{tr("Enter"), tr("Add it to the queue")}, {tr("Shift+Enter"), tr("A new line in it")},
            {tr("Ctrl+Enter"), tr("Add it to the queue, and send it")}});
    addGroup(tr("In the operations"),
        {{tr("Up, Down, Home, End"), tr("Another row; with Shift, select to it")},
            {tr("Left, Right"), tr("Another column, which a screen reader reads")},
            {tr("Enter"), tr("Show it in the inspector")},
            {tr("Ctrl+Space"), tr("Select it beside the others, or not")},
            {tr("Menu key"), tr("Filter by the value, copy")},
            {tr("Esc"), tr("Let go of the selection, then of the brushed time")}});
    addGroup(tr("In the filter"),
        {{tr("Enter"), tr("Filter")}, {tr("Ctrl+Space"), tr("What can stand here")},
            {tr("Up, Down"), tr("The filters from before")},
            {tr("Esc"), tr("Let go of what was typed, of the search, of the filter")}});
    addGroup(tr("In the timeline"),
        {{tr("W, S or +, \u2212"), tr("Nearer, farther")}, {tr("A, D or Left, Right"), tr("Along")},
            {tr("Up, Down"), tr("Another lane")},
            {tr(". and ,"), tr("Next, previous operation of the lane")},
            {tr("F"), tr("Show the selected operation, or everything")},
            {tr("L, End"), tr("Keep the present in view")},
            {tr("Home"), tr("To the first operation")},
            {tr("M"), tr("Set a mark; two of them measure the time between")},
            {tr("B"), tr("Brush the time between the marks, or of the selection")},
            {tr("Enter"), tr("Show it in the inspector")},
            {tr("Esc"), tr("Let go of marks, of the brushed time, of the selection")}});
    addGroup(tr("In the plots"),
        {{tr("Left, Right"), tr("Another moment, or another bar")},
            {tr("Up, Down"), tr("Synchronous, had been pending")},
            {tr("Enter"), tr("Brush that time, or show the rows behind the bar")}});
}

void KeysDialog::narrow(const QString& text)
{
    for (int i = 0; i < m_list->topLevelItemCount(); ++i) {
        QTreeWidgetItem* const group = m_list->topLevelItem(i);
        bool any = false;
        for (int j = 0; j < group->childCount(); ++j) {
            QTreeWidgetItem* const entry = group->child(j);
            const bool fits = entry->text(0).contains(text, Qt::CaseInsensitive)
                || entry->text(1).contains(text, Qt::CaseInsensitive);
            entry->setHidden(!fits);
            any = any || fits;
        }
        group->setHidden(!any);
    }
}

} // namespace swb::ui
