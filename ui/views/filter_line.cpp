// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/filter_line.h"

#include "ui/support/icons.h"
#include "ui/views/escapable_edit.h"
#include "ui/views/filter_edit.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

#include <algorithm>

namespace swb::ui {
namespace {

constexpr int kProblemDelayMs = 600;

/// As an entry of a menu: short, and an ampersand is no mnemonic.
QString menuText(QString text)
{
    constexpr qsizetype kMost = 60;
    if (text.size() > kMost)
        text = text.left(kMost) + QChar(0x2026);
    return text.replace(u'&', QLatin1String("&&"));
}

} // namespace

FilterLine::FilterLine(QWidget* parent)
    : QWidget(parent)
    , m_edit(new FilterEdit(this))
    , m_button(new QToolButton(this))
    , m_menu(new QMenu(m_button))
    , m_below(new QWidget(parent))
    , m_problem(new QLabel(m_below))
    , m_naming(new QWidget(m_below))
    , m_name(new EscapableEdit(m_naming))
{
    m_button->setObjectName(QStringLiteral("filterMenuButton"));
    m_button->setAccessibleName(tr("Saved and recent filters"));
    m_button->setToolTip(tr("Saved and recent filters"));
    m_button->setIcon(icon(QStringLiteral("down")));
    m_button->setAutoRaise(true);
    m_button->setPopupMode(QToolButton::InstantPopup);
    m_button->setMenu(m_menu);
    m_button->setFocusPolicy(Qt::TabFocus);
    m_menu->setToolTipsVisible(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    row->addWidget(m_edit, 1);
    row->addWidget(m_button);

    m_problem->setObjectName(QStringLiteral("filterProblem"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_name->setObjectName(QStringLiteral("filterName"));
    m_name->setAccessibleName(tr("Name of the filter"));
    m_name->setPlaceholderText(tr("Name of this filter"));
    auto* save = new QPushButton(tr("Save"), m_naming);
    auto* leave = new QPushButton(tr("Do not save"), m_naming);
    save->setAccessibleName(tr("Save the filter"));
    leave->setAccessibleName(tr("Do not save the filter"));
    save->setAutoDefault(false);
    leave->setAutoDefault(false);
    auto* naming = new QHBoxLayout(m_naming);
    naming->setContentsMargins(0, 0, 0, 0);
    naming->addWidget(m_name, 1);
    naming->addWidget(save);
    naming->addWidget(leave);
    auto* below = new QVBoxLayout(m_below);
    below->setContentsMargins(0, 0, 0, 0);
    below->setSpacing(2);
    below->addWidget(m_problem);
    below->addWidget(m_naming);
    m_naming->hide();
    setFocusProxy(m_edit);

    const auto end = [this] {
        m_naming->hide();
        showState();
        m_edit->setFocus();
    };
    connect(save, &QPushButton::clicked, this, [this, end] {
        saveAs(m_name->text().trimmed());
        end();
    });
    connect(m_name, &QLineEdit::returnPressed, save, &QPushButton::click);
    connect(leave, &QPushButton::clicked, this, end);
    connect(m_name, &EscapableEdit::escaped, leave, &QPushButton::click);
    connect(m_edit, &FilterEdit::accepted, this, &FilterLine::applyEdit);
    connect(m_edit, &FilterEdit::refused, this, &FilterLine::showProblem);
    connect(m_edit, &FilterEdit::escaped, this, &FilterLine::escape);
    connect(m_edit, &FilterEdit::historyRequested, this, &FilterLine::browse);
    connect(m_edit, &FilterEdit::stateChanged, this, &FilterLine::showState);
    connect(m_edit, &QLineEdit::textEdited, this, [this] { m_browsing = -1; });
    connect(m_menu, &QMenu::aboutToShow, this, &FilterLine::fillMenu);
    // Not while one types: what is half written is always wrong.
    m_later.setSingleShot(true);
    m_later.setInterval(kProblemDelayMs);
    connect(&m_later, &QTimer::timeout, this, &FilterLine::showProblem);
    m_problem->hide();
    m_below->hide();
}

void FilterLine::apply(const QString& text)
{
    m_edit->take(text);
    if (m_edit->result())
        applyEdit();
    else
        showProblem();
}

void FilterLine::applyTerm(const QString& term, const QString& how)
{
    if (how.isEmpty() || m_appliedText.isEmpty()) {
        apply(how.endsWith(u'!') ? QStringLiteral("!(%1)").arg(term) : term);
        return;
    }
    // What stands there is taken whole, whatever it consists of.
    const bool terms = m_appliedText.contains(QLatin1String("||"))
        || m_appliedText.contains(QLatin1String(" or "), Qt::CaseInsensitive);
    const QString left = terms ? QStringLiteral("(%1)").arg(m_appliedText) : m_appliedText;
    const QString right = how.endsWith(u'!') ? QStringLiteral("!(%1)").arg(term) : term;
    apply(QStringLiteral("%1 && %2").arg(left, right));
}

void FilterLine::applyEdit()
{
    m_filter = m_edit->result().filter;
    m_appliedText = m_edit->text().trimmed();
    m_browsing = -1;
    m_edit->setApplied(m_appliedText);
    remember(m_appliedText);
    emit filterChanged();
}

void FilterLine::remember(const QString& text)
{
    if (text.isEmpty())
        return;
    m_history.removeAll(text);
    m_history.prepend(text);
    while (m_history.size() > kLongestHistory)
        m_history.removeLast();
}

/// What was typed goes first, then the search, then what is applied.
void FilterLine::escape()
{
    if (m_edit->text().trimmed() != m_appliedText)
        m_edit->take(m_appliedText);
    else if (m_searching)
        emit stopRequested();
    else if (!m_appliedText.isEmpty())
        apply({});
    else
        emit left();
}

void FilterLine::browse(int step)
{
    const int to = m_browsing + step;
    if (to < -1 || to >= m_history.size())
        return;
    m_browsing = to;
    m_edit->take(to < 0 ? m_appliedText : m_history[to]);
}

void FilterLine::fillMenu()
{
    m_menu->clear();
    const auto add = [this](QMenu* menu, const QString& title, const QString& text) {
        QAction* action = menu->addAction(menuText(title));
        action->setToolTip(text);
        connect(action, &QAction::triggered, this, [this, text] { apply(text); });
    };
    for (const SavedFilter& each : m_saved)
        add(m_menu, QStringLiteral("%1: %2").arg(each.name, each.text), each.text);
    if (!m_saved.isEmpty())
        m_menu->addSeparator();
    QAction* save = m_menu->addAction(tr("&Save this filter under a name"));
    save->setEnabled(!m_appliedText.isEmpty());
    connect(save, &QAction::triggered, this, &FilterLine::askForName);
    QMenu* forget = m_menu->addMenu(tr("&Forget"));
    forget->setEnabled(!m_saved.isEmpty() || !m_history.isEmpty());
    for (const SavedFilter& each : m_saved) {
        QAction* action = forget->addAction(menuText(each.name));
        connect(action, &QAction::triggered, this, [this, each] { m_saved.removeAll(each); });
    }
    forget->addSeparator();
    QAction* recent = forget->addAction(tr("All &recent filters"));
    recent->setEnabled(!m_history.isEmpty());
    connect(recent, &QAction::triggered, this, [this] { m_history.clear(); });
    if (!m_history.isEmpty())
        m_menu->addSection(tr("Recent"));
    for (const QString& text : std::as_const(m_history))
        add(m_menu, text, text);
}

void FilterLine::askForName()
{
    m_name->clear();
    m_naming->show();
    m_below->show();
    m_name->setFocus();
}

void FilterLine::saveAs(const QString& name)
{
    if (name.isEmpty())
        return;
    const auto same = std::find_if(m_saved.begin(), m_saved.end(),
        [&name](const SavedFilter& each) { return each.name == name; });
    if (same != m_saved.end())
        same->text = m_appliedText;
    else
        m_saved.append({name, m_appliedText});
}

void FilterLine::showState()
{
    if (m_edit->state() != FilterEdit::State::Wrong) {
        m_later.stop();
        m_problem->hide();
        m_below->setVisible(!m_naming->isHidden());
    } else if (m_problem->isHidden()) {
        m_later.start();
    } else {
        showProblem();
    }
}

void FilterLine::showProblem()
{
    m_later.stop();
    if (m_edit->state() != FilterEdit::State::Wrong)
        return;
    const auto& error = *m_edit->result().error;
    const QByteArray before = m_edit->text().toUtf8().left(static_cast<qsizetype>(error.position));
    m_problem->setText(tr("No filter, at character %1: %2")
                           .arg(QString::fromUtf8(before).size() + 1)
                           .arg(QString::fromStdString(error.message)));
    QPalette colors = m_below->palette();
    colors.setColor(QPalette::WindowText, toneColor(Tone::Bad, colors));
    m_problem->setPalette(colors);
    m_problem->show();
    m_below->show();
}

} // namespace swb::ui
