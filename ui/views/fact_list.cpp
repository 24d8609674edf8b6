// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/fact_list.h"

#include <QGridLayout>
#include <QLabel>

namespace swb::ui {

/// Text that is wrapped, and of which a word that is wider than all there is loses its middle: the
/// tool tip has it.
class FactValue : public QLabel {
public:
    explicit FactValue(QWidget* parent)
        : QLabel(parent)
    {
        setTextFormat(Qt::PlainText);
        setWordWrap(true);
        setTextInteractionFlags(Qt::TextSelectableByMouse);
    }

    void show(const QString& text, const QString& toolTip)
    {
        if (text == m_text && toolTip == m_toolTip)
            return;
        m_text = text;
        m_toolTip = toolTip;
        fit();
    }

    QSize minimumSizeHint() const override
    {
        return {fontMetrics().averageCharWidth() * 8, QLabel::minimumSizeHint().height()};
    }

protected:
    void resizeEvent(QResizeEvent* event) override
    {
        QLabel::resizeEvent(event);
        fit();
    }

private:
    void fit()
    {
        QStringList words = m_text.split(u' ');
        for (QString& word : words)
            word = fontMetrics().elidedText(word, Qt::ElideMiddle, width());
        const QString shown = words.join(u' ');
        if (shown != text())
            setText(shown);
        setToolTip(shown == m_text || !m_toolTip.isEmpty() ? m_toolTip : m_text);
    }

    QString m_text;
    QString m_toolTip;
};

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
        Row row{new QLabel(this), new FactValue(this)};
        row.name->setForegroundRole(QPalette::PlaceholderText);
        row.name->setAlignment(Qt::AlignTop | Qt::AlignLeft);
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
        m_rows[i].value->show(fact.value, fact.toolTip);
        m_rows[i].value->setAccessibleName(fact.name);
        m_rows[i].value->setAccessibleDescription(fact.value);
    }
}

} // namespace swb::ui
