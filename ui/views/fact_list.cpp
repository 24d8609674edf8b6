// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/fact_list.h"

#include <QGridLayout>
#include <QLabel>

namespace swb::ui {

FactList::FactList(const QString& heading, QWidget* parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
{
    setAccessibleName(heading);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(2);
    m_grid->setColumnStretch(1, 1);
    auto* title = new QLabel(heading, this);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    m_grid->addWidget(title, 0, 0, 1, 2);
}

void FactList::show(const QList<Fact>& facts)
{
    while (m_rows.size() < facts.size()) {
        Row row{new QLabel(this), new QLabel(this)};
        row.name->setForegroundRole(QPalette::PlaceholderText);
        row.name->setAlignment(Qt::AlignTop | Qt::AlignLeft);
        row.value->setTextFormat(Qt::PlainText);
        row.value->setWordWrap(true);
        row.value->setTextInteractionFlags(Qt::TextSelectableByMouse);
        const int at = static_cast<int>(m_rows.size()) + 1;
        m_grid->addWidget(row.name, at, 0);
        m_grid->addWidget(row.value, at, 1);
        m_rows.append(row);
    }
    for (qsizetype i = 0; i < m_rows.size(); ++i) {
        const bool used = i < facts.size();
        m_rows[i].name->setVisible(used);
        m_rows[i].value->setVisible(used);
        if (!used)
            continue;
        const Fact& fact = facts[i];
        m_rows[i].name->setText(fact.name);
        m_rows[i].value->setText(fact.value);
        m_rows[i].value->setToolTip(fact.toolTip);
        m_rows[i].value->setAccessibleName(fact.name);
        m_rows[i].value->setAccessibleDescription(fact.value);
    }
}

} // namespace swb::ui
