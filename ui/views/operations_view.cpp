// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/operations_view.h"

#include "ui/models/operations_filter.h"
#include "ui/support/icons.h"
#include "ui/views/operations_delegate.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <set>

namespace swb::ui {

OperationsView::OperationsView(QWidget* parent)
    : QTableView(parent)
{
    setObjectName(QStringLiteral("operationsView"));
    setAccessibleName(tr("Operations"));
    setAccessibleDescription(tr("Each asynchronous operation, from its start; the newest is last"));
    setItemDelegate(new OperationsDelegate(this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setCornerButtonEnabled(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(true);
    horizontalHeader()->setSectionsMovable(true);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &OperationsView::userScrolled);
}

void OperationsView::setOperations(OperationsFilterModel& model)
{
    m_operations = &model;
    setModel(&model);
    setUpColumns();
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this] {
        if (m_following) {
            m_scrolling = true;
            scrollToBottom();
            m_scrolling = false;
        }
        tellVisibleRows();
        viewport()->update();
    });
    connect(&model, &QAbstractItemModel::modelReset, this, [this] { tellVisibleRows(); });
}

void OperationsView::setUpColumns()
{
    const int icon = fontMetrics().height() + 8;
    const struct {
        OperationColumn column;
        QString sample; ///< About the widest that is usual.
        int extra;
    } widths[]{{OperationColumn::Number, QStringLiteral("123,456"), 0},
        {OperationColumn::Time, QStringLiteral("+123.123456"), 0},
        {OperationColumn::Socket, QStringLiteral("Socket"), 0},
        {OperationColumn::Operation, QStringLiteral("ReceiveFrom"), 0},
        {OperationColumn::Outcome, QStringLiteral("Synchronous"), icon},
        {OperationColumn::Bytes, QStringLiteral("1,234,567,890 / 1,234,567,890"), 0},
        {OperationColumn::Progress, QStringLiteral("100 % 1234"), 0},
        {OperationColumn::Error, QStringLiteral("ConnectionRefused (10061)"), 0},
        {OperationColumn::Duration, QStringLiteral("123.4 ms"), 0},
        {OperationColumn::Threads, QStringLiteral("main > worker 1"), 0}};
    for (const auto& width : widths)
        setColumnWidth(static_cast<int>(width.column),
            fontMetrics().horizontalAdvance(width.sample) + 14 + width.extra);
}

bool OperationsView::isAtEnd() const
{
    const QScrollBar* bar = verticalScrollBar();
    return bar->value() >= bar->maximum();
}

void OperationsView::userScrolled()
{
    tellVisibleRows();
    if (m_scrolling || isAtEnd() == m_following)
        return;
    m_following = isAtEnd();
    emit followingChanged(m_following);
}

void OperationsView::setFollowing(bool following)
{
    if (following) {
        m_scrolling = true;
        scrollToBottom();
        m_scrolling = false;
    }
    if (m_following == following)
        return;
    m_following = following;
    emit followingChanged(following);
}

void OperationsView::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

void OperationsView::tellVisibleRows()
{
    if (!m_operations)
        return;
    const int rows = m_operations->rowCount();
    const int first = rowAt(0);
    const int last = rowAt(viewport()->height() - 1);
    m_operations->setVisibleRows(first, last < 0 ? rows - 1 : last);
}

int OperationsView::copySelection() const
{
    if (!selectionModel())
        return 0;
    QStringList lines;
    const auto line = [this](auto&& cell) {
        QStringList cells;
        for (int visual = 0; visual < horizontalHeader()->count(); ++visual) {
            const int column = horizontalHeader()->logicalIndex(visual);
            if (!isColumnHidden(column))
                cells << cell(column);
        }
        return cells.join(u'\t');
    };
    std::set<int> rows;
    for (const QModelIndex& index : selectionModel()->selectedRows())
        rows.insert(index.row());
    if (rows.empty())
        return 0;
    lines << line(
        [this](int column) { return model()->headerData(column, Qt::Horizontal).toString(); });
    for (const int row : rows)
        lines << line(
            [this, row](int column) { return model()->index(row, column).data().toString(); });
    QApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
    return static_cast<int>(rows.size());
}

void OperationsView::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
        return;
    }
    QTableView::keyPressEvent(event);
}

void OperationsView::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    if (!m_operations || m_operations->rowCount() > 0)
        return;
    QPainter painter(viewport());
    painter.setPen(toneColor(Tone::Quiet, palette()));
    painter.drawText(viewport()->rect().adjusted(20, 10, -20, -10),
        Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
}

void OperationsView::resizeEvent(QResizeEvent* event)
{
    m_scrolling = true;
    QTableView::resizeEvent(event);
    if (m_following)
        scrollToBottom();
    m_scrolling = false;
    tellVisibleRows();
}

} // namespace swb::ui
