// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/filter_edit.h"

#include "engine/net/thread_id.h"
#include "ui/support/icons.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAction>
#include <QApplication>
#include <QCompleter>
#include <QKeyEvent>
#include <QStandardItemModel>

namespace swb::ui {
namespace {

constexpr int kOffersInView = 12;

/// A little of the tone in the base colour: enough to be seen, little enough to read on.
QColor tinted(const QPalette& palette, Tone tone)
{
    const QColor base = palette.color(QPalette::Active, QPalette::Base);
    const QColor color = toneColor(tone, palette);
    const auto mix = [](int a, int b) { return (a * 86 + b * 14) / 100; };
    return {mix(base.red(), color.red()), mix(base.green(), color.green()),
        mix(base.blue(), color.blue())};
}

/// How many characters of the field the first bytes of its text as UTF-8 are.
int charactersIn(const QString& text, std::size_t bytes)
{
    return static_cast<int>(
        QString::fromUtf8(text.toUtf8().left(static_cast<qsizetype>(bytes))).size());
}

} // namespace

FilterEdit::FilterEdit(QWidget* parent)
    : QLineEdit(parent)
    , m_threads([] { return namedThreads(); })
    , m_completer(new QCompleter(this))
    , m_offers(new QStandardItemModel(this))
    , m_icon(new QAction(this))
{
    setObjectName(QStringLiteral("filterEdit"));
    setAccessibleName(tr("Filter for operations"));
    setPlaceholderText(tr("Filter, for example: pending && bytes > 1 MiB"));
    setMaxLength(static_cast<int>(trace::filter::kLongestText) / 4); // UTF-8 has at most 4 bytes.
    addAction(m_icon, QLineEdit::LeadingPosition);
    if (auto* button = findChild<QAbstractButton*>())
        button->setAccessibleName(tr("State of the filter"));

    m_completer->setModel(m_offers);
    m_completer->setWidget(this);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    m_completer->setMaxVisibleItems(kOffersInView);
    m_completer->popup()->setObjectName(QStringLiteral("filterOffers"));
    m_completer->popup()->setFrameShape(QFrame::Box);
    m_completer->popup()->setAccessibleName(tr("What may stand here"));
    connect(m_completer, qOverload<const QModelIndex&>(&QCompleter::activated), this,
        [this](
            const QModelIndex& index) { insertCompletion(index.data(Qt::UserRole).toString()); });
    connect(this, &QLineEdit::textChanged, this, &FilterEdit::check);
    connect(this, &QLineEdit::textEdited, this, &FilterEdit::offer);
    check();
}

void FilterEdit::setApplied(const QString& text)
{
    m_applied = text;
    check();
}

void FilterEdit::take(const QString& text)
{
    setText(text);
    m_completer->popup()->hide();
}

void FilterEdit::check()
{
    m_result = trace::parseFilter(text().toStdString(), m_threads());
    const bool same = text().trimmed() == m_applied.trimmed();
    if (!m_result)
        m_state = State::Wrong;
    else if (text().trimmed().isEmpty() && same)
        m_state = State::Empty;
    else
        m_state = same ? State::Applied : State::Valid;
    paintState();
    emit stateChanged();
}

void FilterEdit::paintState()
{
    m_painting = true;
    QPalette colors = parentWidget() ? parentWidget()->palette() : QApplication::palette();
    switch (m_state) {
    case State::Empty:
        m_icon->setIcon(icon(QStringLiteral("info"), Tone::Quiet));
        m_icon->setToolTip(tr("No filter"));
        break;
    case State::Valid:
        m_icon->setIcon(icon(QStringLiteral("play"), Tone::Good));
        m_icon->setToolTip(tr("A filter: Enter applies it"));
        colors.setColor(QPalette::Base, tinted(colors, Tone::Good));
        break;
    case State::Applied:
        m_icon->setIcon(icon(QStringLiteral("state-completed"), Tone::Good));
        m_icon->setToolTip(tr("This filter is applied"));
        colors.setColor(QPalette::Base, tinted(colors, Tone::Good));
        break;
    case State::Wrong:
        m_icon->setIcon(icon(QStringLiteral("error"), Tone::Bad));
        m_icon->setToolTip(QString::fromStdString(m_result.error->message));
        colors.setColor(QPalette::Base, tinted(colors, Tone::Bad));
        break;
    }
    setPalette(colors);
    m_painting = false;
    setAccessibleDescription(m_icon->toolTip());
}

/// Shows what may stand at the cursor, unless that is what stands there.
void FilterEdit::offer()
{
    const QString before = text().left(cursorPosition());
    const std::string all = text().toStdString();
    const auto found = trace::completeFilter(all, before.toStdString().size(), m_threads());
    m_from = charactersIn(text(), found.position);
    m_length = charactersIn(text(), found.position + found.length) - m_from;
    const QString word = text().mid(m_from, m_length);
    m_offers->clear();
    for (const auto& each : found.items) {
        const QString offered = QString::fromStdString(each.text);
        const QString help = QString::fromStdString(each.help);
        auto* item = new QStandardItem(
            help.isEmpty() ? offered : QStringLiteral("%1   %2").arg(offered, help));
        item->setData(offered, Qt::UserRole);
        item->setData(
            help.isEmpty() ? offered : tr("%1: %2").arg(offered, help), Qt::AccessibleTextRole);
        m_offers->appendRow(item);
    }
    const bool complete = found.items.size() == 1
        && QString::fromStdString(found.items.front().text).compare(word, Qt::CaseInsensitive) == 0;
    if (found.items.empty() || complete || !hasFocus()) {
        m_completer->popup()->hide();
        return;
    }
    m_completer->setCompletionPrefix({});
    const int widest = m_completer->popup()->sizeHintForColumn(0) + 40;
    QRect place = cursorRect();
    place.setWidth(std::max(widest, 200));
    m_completer->complete(place);
    m_completer->popup()->setCurrentIndex({}); // Nothing is chosen: Enter applies what is typed.
}

void FilterEdit::insertCompletion(const QString& text)
{
    QString all = this->text();
    // A blank after a word, so that the next one can be typed or chosen at once.
    const bool blank = !all.mid(m_from + m_length).startsWith(u' ');
    all.replace(m_from, m_length, text + (blank ? QStringLiteral(" ") : QString()));
    setText(all);
    setCursorPosition(m_from + static_cast<int>(text.size()) + 1);
}

bool FilterEdit::event(QEvent* event)
{
    // Esc means this field, and so do the keys of editing, whatever they mean for the window.
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Escape
            || ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter)
                && key->modifiers() == Qt::NoModifier)) {
            event->accept();
            return true;
        }
    }
    // Tab takes what is offered, the first if none was chosen.
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Tab
        && m_completer->popup()->isVisible()) {
        const QAbstractItemView* popup = m_completer->popup();
        const int row = std::max(0, popup->currentIndex().row());
        m_completer->popup()->hide();
        insertCompletion(m_offers->index(row, 0).data(Qt::UserRole).toString());
        event->accept();
        return true;
    }
    return QLineEdit::event(event);
}

void FilterEdit::keyPressEvent(QKeyEvent* event)
{
    const bool open = m_completer->popup()->isVisible();
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (open && m_completer->popup()->currentIndex().isValid()) {
            event->ignore(); // The completer takes what was chosen.
            return;
        }
        m_completer->popup()->hide();
        if (m_result) {
            emit accepted();
            return;
        }
        setCursorPosition(charactersIn(text(), m_result.error->position));
        emit refused();
        return;
    case Qt::Key_Escape:
        if (open)
            m_completer->popup()->hide();
        else
            emit escaped();
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (!open) {
            emit historyRequested(event->key() == Qt::Key_Up ? 1 : -1);
            return;
        }
        break;
    case Qt::Key_Space:
        if (event->modifiers().testFlag(Qt::ControlModifier)) {
            offer();
            return;
        }
        break;
    default:
        break;
    }
    QLineEdit::keyPressEvent(event);
}

void FilterEdit::focusInEvent(QFocusEvent* event)
{
    QLineEdit::focusInEvent(event);
    if (event->reason() == Qt::ShortcutFocusReason)
        selectAll();
}

void FilterEdit::changeEvent(QEvent* event)
{
    QLineEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_painting)
        QMetaObject::invokeMethod(this, &FilterEdit::paintState, Qt::QueuedConnection);
}

} // namespace swb::ui
