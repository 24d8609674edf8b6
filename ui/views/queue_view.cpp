// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/queue_view.h"

#include "ui/models/queue_model.h"
#include "ui/support/icons.h"

#include <QApplication>
#include <QDragMoveEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>

#include <algorithm>
#include <utility>

namespace swb::ui {

QueueView::QueueView(QWidget* parent)
    : QTableView(parent)
{
    setObjectName(QStringLiteral("queueView"));
    setAccessibleName(tr("Queue"));
    setAccessibleDescription(tr("Buffers and files to send on the selected connection"));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(EditKeyPressed | DoubleClicked);
    setDragEnabled(true);
    setAcceptDrops(true);
    setDragDropMode(DragDrop);
    setDragDropOverwriteMode(false);
    setDropIndicatorShown(false); // Ours spans the row.
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setTextElideMode(Qt::ElideRight);
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    verticalHeader()->setHighlightSections(false);
    verticalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(true);
    setCornerButtonEnabled(false);
    connect(horizontalHeader(), &QHeaderView::sectionResized, this, [this] {
        if (!m_fitting && QApplication::mouseButtons() != Qt::NoButton
            && horizontalHeader()->underMouse())
            m_userSized = true;
    });
}

void QueueView::setQueue(QueueModel* queue)
{
    if (queue == m_queue)
        return;
    const QByteArray widths = m_queue ? horizontalHeader()->saveState() : QByteArray();
    m_queue = queue;
    QItemSelectionModel* old = selectionModel();
    setModel(queue);
    delete old;
    if (queue && m_userSized)
        horizontalHeader()->restoreState(widths);
    fitColumns();
    if (queue && queue->size() > 0)
        selectRows(0, 0);
    emit selectionMoved();
    viewport()->update();
}

void QueueView::showRangeColumns(bool shown)
{
    if (!m_queue || shown != isColumnHidden(QueueModel::OffsetColumn))
        return;
    setColumnHidden(QueueModel::OffsetColumn, !shown);
    setColumnHidden(QueueModel::CountColumn, !shown);
    fitColumns();
}

void QueueView::fitColumns()
{
    if (!m_queue || m_userSized)
        return;
    m_fitting = true;
    const auto wide
        = [this](const QString& sample) { return fontMetrics().horizontalAdvance(sample) + 14; };
    // In a narrow window an offset gives way, so that the state stays readable.
    const bool narrow = viewport()->width() < wide(QString(90, u'x'));
    const std::pair<int, QString> fixed[]{{QueueModel::EnabledColumn, QStringLiteral("On X")},
        {QueueModel::OffsetColumn,
            narrow ? QStringLiteral("Offset ") : QStringLiteral("123,456,789")},
        {QueueModel::CountColumn, QStringLiteral("to the end")},
        {QueueModel::BytesColumn, QStringLiteral("1,023.9 MiB")}};
    const int state = wide(QStringLiteral("aborted after 123,456,789 of 123,456,789 bytes"))
        + fontMetrics().height();
    int used = 0;
    for (const auto& [column, sample] : fixed) {
        setColumnWidth(column, wide(sample));
        used += isColumnHidden(column) ? 0 : wide(sample);
    }
    // Where there is not enough for both, what is sent and its state share what there is.
    const int rest = viewport()->width() - used;
    const int what = std::clamp(std::max(rest - state, rest * 2 / 5),
        wide(QStringLiteral("a file.bin")), wide(QString(45, u'x')));
    setColumnWidth(QueueModel::WhatColumn, what);
    m_fitting = false;
}

void QueueView::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    fitColumns();
    if (currentIndex().isValid()) // what is worked on stays in view
        scrollTo(currentIndex());
}

void QueueView::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

std::vector<int> QueueView::selectedRows() const
{
    std::vector<int> rows;
    if (!selectionModel())
        return rows;
    for (const QModelIndex& index : selectionModel()->selectedRows())
        rows.push_back(index.row());
    std::sort(rows.begin(), rows.end());
    return rows;
}

void QueueView::selectRows(int first, int last)
{
    if (!m_queue || first >= m_queue->size())
        return;
    const QModelIndex from = m_queue->index(first, 0);
    const QModelIndex to = m_queue->index(last, QueueModel::kColumnCount - 1);
    selectionModel()->setCurrentIndex(
        m_queue->index(first, QueueModel::WhatColumn), QItemSelectionModel::NoUpdate);
    selectionModel()->select(QItemSelection(from, to), QItemSelectionModel::ClearAndSelect);
    scrollTo(from);
}

int QueueView::dropRowAt(const QPoint& position) const
{
    const int row = rowAt(position.y());
    if (row < 0)
        return m_queue ? m_queue->size() : 0;
    const int middle = rowViewportPosition(row) + rowHeight(row) / 2;
    return position.y() < middle ? row : row + 1;
}

int QueueView::yOfRow(int row) const
{
    if (!m_queue || m_queue->size() == 0)
        return 0;
    if (row < m_queue->size())
        return rowViewportPosition(row);
    const int last = m_queue->size() - 1;
    return rowViewportPosition(last) + rowHeight(last);
}

void QueueView::dragEnterEvent(QDragEnterEvent* event)
{
    if (m_queue && m_queue->canDropMimeData(event->mimeData(), event->dropAction(), 0, 0, {}))
        event->acceptProposedAction();
    else
        event->ignore();
}

void QueueView::dragMoveEvent(QDragMoveEvent* event)
{
    QTableView::dragMoveEvent(event); // Scrolls at the edges.
    if (!m_queue || !m_queue->canDropMimeData(event->mimeData(), event->dropAction(), 0, 0, {})) {
        event->ignore();
        return;
    }
    m_dropRow = dropRowAt(event->position().toPoint());
    viewport()->update();
    event->acceptProposedAction();
}

void QueueView::dragLeaveEvent(QDragLeaveEvent* event)
{
    QTableView::dragLeaveEvent(event);
    m_dropRow = -1;
    viewport()->update();
}

void QueueView::dropEvent(QDropEvent* event)
{
    m_dropRow = -1;
    viewport()->update();
    if (m_queue
        && m_queue->dropMimeData(
            event->mimeData(), event->dropAction(), dropRowAt(event->position().toPoint()), 0, {}))
        event->acceptProposedAction();
    stopAutoScroll();
    setState(NoState);
}

void QueueView::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    QPainter painter(viewport());
    if (m_dropRow >= 0) {
        const int y = std::max(1, yOfRow(m_dropRow));
        painter.setPen(QPen(palette().color(QPalette::Highlight), 3));
        painter.drawLine(0, y, viewport()->width(), y);
    }
    if (!m_queue || m_queue->size() == 0) {
        painter.setPen(toneColor(Tone::Quiet, palette()));
        painter.drawText(viewport()->rect().adjusted(20, 10, -20, -10),
            Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
    }
}

bool QueueView::editBuffer(const QModelIndex& index)
{
    const bool editable = index.isValid() && (m_queue->flags(index) & Qt::ItemIsEditable) != 0;
    if (!index.isValid() || editable || m_queue->entry(index.row()).item.isFile())
        return false;
    emit editWanted(index.row());
    return true;
}

void QueueView::keyPressEvent(QKeyEvent* event)
{
    const bool enter = event->key() == Qt::Key_F2
        || (event->modifiers() == Qt::NoModifier && event->key() == Qt::Key_Return);
    // While a cell is edited, Enter has done its work there.
    if (enter && m_queue && currentIndex().isValid() && state() != EditingState) {
        if (editBuffer(currentIndex()))
            return;
        // In a file's row the offset is what can be edited, wherever the cursor stands.
        if (!(m_queue->flags(currentIndex()) & Qt::ItemIsEditable))
            setCurrentIndex(m_queue->index(currentIndex().row(), QueueModel::OffsetColumn));
        edit(currentIndex());
        return;
    }
    QTableView::keyPressEvent(event);
}

void QueueView::mouseDoubleClickEvent(QMouseEvent* event)
{
    const QModelIndex index = indexAt(event->position().toPoint());
    if (m_queue && index.isValid() && index.column() != QueueModel::EnabledColumn
        && editBuffer(index))
        return;
    QTableView::mouseDoubleClickEvent(event);
}

void QueueView::selectionChanged(const QItemSelection& selected, const QItemSelection& deselected)
{
    QTableView::selectionChanged(selected, deselected);
    emit selectionMoved();
}

} // namespace swb::ui
