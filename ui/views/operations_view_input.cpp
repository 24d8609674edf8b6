// SPDX-License-Identifier: GPL-3.0-or-later
// The keys and the mouse of the operations table.
#include "ui/views/operations_view.h"

#include "ui/models/operation_focus.h"
#include "ui/models/operations_model.h"
#include "ui/views/long_scroll_bar.h"

#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QWheelEvent>

#include <algorithm>

namespace swb::ui {

void OperationsView::scrollBy(qint64 rows)
{
    const quint64 first = m_operations.first();
    const auto steps = static_cast<quint64>(std::abs(rows));
    m_operations.scrollTo(rows < 0 ? first - std::min(first, steps) : first + steps);
}

/// Keys that go to another row: with Shift they take the rows between along, with Ctrl they only
/// move.
bool OperationsView::moveTo(const QKeyEvent& event)
{
    const quint64 count = m_operations.order().count();
    if (count == 0)
        return false;
    const auto page = static_cast<quint64>(m_operations.page());
    // Without a current row, the one in view.
    const auto current = m_selection.currentIndex();
    const quint64 at = current.value_or(
        m_operations.isFollowing() ? count : std::max<quint64>(m_operations.first(), 1) - 1);
    const auto up = [at](quint64 rows) { return at - std::min(at, rows); };
    quint64 to = at;
    switch (event.key()) {
    case Qt::Key_Up:
        to = up(1);
        break;
    case Qt::Key_Down:
        to = at + 1;
        break;
    case Qt::Key_PageUp:
        to = up(page);
        break;
    case Qt::Key_PageDown:
        to = at + page;
        break;
    case Qt::Key_Home:
        to = 0;
        break;
    case Qt::Key_End:
        to = count - 1;
        break;
    default:
        return false;
    }
    to = std::min(to, count - 1);
    const bool jump = event.key() == Qt::Key_Home || event.key() == Qt::Key_End;
    if (event.modifiers().testFlag(Qt::ShiftModifier))
        m_selection.extendTo(to);
    else if (event.modifiers().testFlag(Qt::ControlModifier) && !jump)
        m_selection.setCurrent(to);
    else
        m_selection.select(to);
    m_operations.makeVisible(to);
    return true;
}

void OperationsView::moveColumn(int step)
{
    const std::vector<OperationColumn> columns = shownColumns();
    const auto found
        = std::find(columns.begin(), columns.end(), static_cast<OperationColumn>(m_column));
    const auto at = found == columns.end() ? 0 : static_cast<int>(found - columns.begin());
    const int to = std::clamp(at + step, 0, static_cast<int>(columns.size()) - 1);
    m_column = static_cast<int>(columns[static_cast<std::size_t>(to)]);
    syncSelection();
    scrollTo(currentIndex());
    tellAccessible(QAccessible::Focus);
}

void OperationsView::activateCurrent()
{
    if (const auto row = m_selection.currentRow())
        emit inspectRequested(*row + 1);
}

/// One thing at a time: what is selected, then the brushed time. Sends that are pending are none of
/// it.
void OperationsView::letGo()
{
    if (!m_selection.isEmpty() || m_selection.currentRow())
        m_selection.clear();
    else
        m_focus.setRange(std::nullopt);
}

void OperationsView::keyPressEvent(QKeyEvent* event)
{
    event->accept();
    if (event->matches(QKeySequence::Copy)) {
        emit copyRequested();
        return;
    }
    if (event->matches(QKeySequence::SelectAll)) {
        selectAll();
        return;
    }
    if (moveTo(*event))
        return;
    switch (event->key()) {
    case Qt::Key_Left:
        moveColumn(-1);
        return;
    case Qt::Key_Right:
        moveColumn(1);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (event->modifiers() == Qt::NoModifier || event->modifiers() == Qt::KeypadModifier) {
            activateCurrent();
            return;
        }
        break;
    case Qt::Key_Escape:
        letGo();
        return;
    case Qt::Key_Space:
        if (const auto current = m_selection.currentIndex()) {
            if (event->modifiers().testFlag(Qt::ControlModifier))
                m_selection.toggle(*current);
            else
                m_selection.select(*current);
        }
        return;
    default:
        break;
    }
    event->ignore();
}

void OperationsView::mousePressEvent(QMouseEvent* event)
{
    event->accept();
    const int row = rowAt(qRound(event->position().y()));
    if (row < 0) {
        if (event->button() == Qt::LeftButton && event->modifiers() == Qt::NoModifier)
            m_selection.clear();
        return;
    }
    m_column = std::max(0, columnAt(qRound(event->position().x())));
    const quint64 index = m_operations.first() + static_cast<quint64>(row);
    if (event->button() != Qt::LeftButton) { // A menu is about what is selected, or about this row.
        if (m_selection.contains(index))
            m_selection.setCurrent(index);
        else
            m_selection.select(index);
        syncSelection();
        return;
    }
    const bool control = event->modifiers().testFlag(Qt::ControlModifier);
    if (event->modifiers().testFlag(Qt::ShiftModifier))
        m_selection.extendTo(index, control);
    else if (control)
        m_selection.toggle(index);
    else
        m_selection.select(index);
    syncSelection();
    m_dragging = !control;
}

quint64 OperationsView::idAt(const QPoint& position) const
{
    const auto record = m_operations.record(rowAt(position.y()));
    return record ? record->id : 0;
}

void OperationsView::hover(quint64 operationId)
{
    m_ownHovered = operationId;
    m_focus.setHovered(operationId);
}

void OperationsView::mouseMoveEvent(QMouseEvent* event)
{
    m_dragPosition = event->position().toPoint();
    if (!m_dragging || !event->buttons().testFlag(Qt::LeftButton)) {
        hover(idAt(m_dragPosition));
        QTableView::mouseMoveEvent(event); // What is under the mouse looks so.
        return;
    }
    const bool beyond = m_dragPosition.y() < 0 || m_dragPosition.y() >= viewport()->height();
    if (beyond && !m_autoScroll.isActive())
        m_autoScroll.start();
    else if (!beyond)
        m_autoScroll.stop();
    dragTo(m_dragPosition);
}

void OperationsView::dragTo(const QPoint& position)
{
    if (position.y() < 0)
        scrollBy(-1);
    else if (position.y() >= viewport()->height())
        scrollBy(1);
    const int last = m_operations.rowCount() - 1;
    if (last < 0)
        return;
    const int at = rowAt(std::clamp(position.y(), 0, viewport()->height() - 1));
    const int row = at < 0 ? last : std::min(at, std::max(0, m_operations.page() - 1));
    m_selection.extendTo(m_operations.first() + static_cast<quint64>(row));
}

void OperationsView::mouseReleaseEvent(QMouseEvent* event)
{
    m_dragging = false;
    m_autoScroll.stop();
    event->accept();
}

void OperationsView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && rowAt(qRound(event->position().y())) >= 0)
        activateCurrent();
    event->accept();
}

void OperationsView::wheelEvent(QWheelEvent* event)
{
    const bool sideways = event->modifiers().testFlag(Qt::ShiftModifier)
        || std::abs(event->angleDelta().x()) > std::abs(event->angleDelta().y());
    if (sideways) {
        QTableView::wheelEvent(event);
        return;
    }
    if (const int rows = wheelRows(*event, verticalHeader()->defaultSectionSize(), m_wheelRest))
        scrollBy(rows);
    hover(idAt(event->position().toPoint()));
    event->accept();
}

void OperationsView::leaveEvent(QEvent* event)
{
    hover(0);
    QTableView::leaveEvent(event);
}

void OperationsView::contextMenuEvent(QContextMenuEvent* event)
{
    const auto current = m_selection.currentIndex();
    if (!current)
        return;
    QMenu menu(this);
    menu.setToolTipsVisible(true);
    QAction* inspect = menu.addAction(tr("&Inspect"));
    connect(inspect, &QAction::triggered, this, &OperationsView::activateCurrent);
    QAction* copy = menu.addAction(tr("&Copy"));
    connect(copy, &QAction::triggered, this, &OperationsView::copyRequested);
    menu.addSeparator();
    addFilterActions(menu);
    QPoint position = event->globalPos();
    if (event->reason() == QContextMenuEvent::Keyboard && currentIndex().isValid())
        position = viewport()->mapToGlobal(visualRect(currentIndex()).bottomLeft());
    menu.exec(position);
}

void OperationsView::addFilterActions(QMenu& menu)
{
    const auto row = m_selection.currentRow();
    if (!row)
        return;
    const trace::TraceStore& store = m_operations.order().shown().store();
    const QString term = QString::fromStdString(
        filterTerm(store.record(*row), static_cast<OperationColumn>(m_column), store));
    if (term.isEmpty())
        return;
    const auto add = [&](const QString& text, FilterBy how) {
        // An ampersand in a thread's name is no mnemonic.
        QAction* action
            = menu.addAction(text.arg(QString(term).replace(u'&', QLatin1String("&&"))));
        connect(action, &QAction::triggered, this,
            [this, term, how] { emit filterRequested(term, how); });
    };
    add(tr("&Filter: %1"), FilterBy::Only);
    add(tr("&and: %1"), FilterBy::And);
    add(tr("and &not: %1"), FilterBy::AndNot);
}

} // namespace swb::ui
