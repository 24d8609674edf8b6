// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/operations_view.h"

#include "ui/models/operation_focus.h"
#include "ui/models/operations_model.h"
#include "ui/support/icons.h"
#include "ui/views/long_scroll_bar.h"
#include "ui/views/operations_accessible.h"
#include "ui/views/operations_delegate.h"

#include <QApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>

namespace swb::ui {
namespace {

constexpr int kAutoScrollMs = 40;

} // namespace

OperationsView::OperationsView(OperationsModel& operations, OperationsSelection& selection,
    OperationFocus& focus, QWidget* parent)
    : QTableView(parent)
    , m_operations(operations)
    , m_selection(selection)
    , m_focus(focus)
    , m_bar(new LongScrollBar(Qt::Vertical, this))
{
    OperationsAccessible::install();
    setObjectName(QStringLiteral("operationsView"));
    setAccessibleName(tr("Operations"));
    setAccessibleDescription(tr("Each asynchronous operation, from its start; the newest is last"));
    setItemDelegate(new OperationsDelegate(this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setAlternatingRowColors(false); // Rows move under the eye; stripes would flicker.
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setMouseTracking(true);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setCornerButtonEnabled(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionsMovable(true);
    horizontalHeader()->setContextMenuPolicy(Qt::CustomContextMenu);
    horizontalHeader()->setSectionsClickable(true);
    m_bar->setAccessibleName(tr("Position in the operations"));
    m_autoScroll.setInterval(kAutoScrollMs);

    setModel(&operations);
    setUpColumns();
    setUpColumnActions();
    connect(&operations, &OperationsModel::scrolled, this, &OperationsView::updateBar);
    connect(
        &operations, &OperationsModel::followingChanged, this, &OperationsView::followingChanged);
    connect(&operations, &QAbstractItemModel::dataChanged, this, &OperationsView::syncSelection);
    connect(&operations, &QAbstractItemModel::rowsInserted, this, [this] {
        syncSelection();
        viewport()->update();
    });
    connect(&operations, &QAbstractItemModel::rowsRemoved, this, [this] { viewport()->update(); });
    connect(&selection, &OperationsSelection::changed, this, [this] {
        syncSelection();
        tellAccessible(QAccessible::SelectionWithin);
    });
    connect(&selection, &OperationsSelection::currentChanged, this, &OperationsView::tellCurrent);
    connect(&focus, &OperationFocus::selectedChanged, this, &OperationsView::followFocus);
    connect(&focus, &OperationFocus::hoveredChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&operations.order(), &OperationsOrder::changed, this, &OperationsView::lookForMissing);
    connect(m_bar, &LongScrollBar::scrolledTo, &operations, &OperationsModel::scrollTo);
    connect(&m_autoScroll, &QTimer::timeout, this, [this] { dragTo(m_dragPosition); });
    connect(horizontalHeader(), &QHeaderView::sectionClicked, this,
        [this](int section) { emit sortRequested(static_cast<OperationColumn>(section)); });
    connect(horizontalHeader(), &QHeaderView::customContextMenuRequested, this,
        [this](const QPoint& position) {
            QMenu menu(this);
            emit headerMenuRequested(&menu);
            menu.exec(horizontalHeader()->mapToGlobal(position));
        });
    connect(horizontalHeader(), &QHeaderView::sectionResized, this,
        [this](int section, int /*before*/, int size) {
            const bool byMouse = QApplication::mouseButtons() != Qt::NoButton;
            if (!m_fitting && byMouse && section == static_cast<int>(OperationColumn::Error))
                m_reasonWidth = size;
            fitReason();
        });
    updateBar();
}

void OperationsView::setUpColumns()
{
    verticalHeader()->setMinimumSectionSize(1);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    const int icon = fontMetrics().height() + 8;
    const struct {
        OperationColumn column;
        QString sample; ///< About the widest that is usual.
        int extra;
    } widths[]{{OperationColumn::Number, QStringLiteral("12,345,678"), 0},
        {OperationColumn::Time, QStringLiteral("+123.123456"), 0},
        {OperationColumn::Socket, QStringLiteral("Socket"), 0},
        {OperationColumn::Operation, QStringLiteral("ReceiveFrom"), 0},
        {OperationColumn::Outcome, QStringLiteral("Synchronous"), icon},
        {OperationColumn::Bytes, QStringLiteral("16,777,216 / 16,777,216"), 0},
        {OperationColumn::Progress, QStringLiteral("Progress"), 0},
        {OperationColumn::Error, QStringLiteral("ConnectionRefused"), 0},
        {OperationColumn::Duration, QStringLiteral("123.4 ms"), 0},
        {OperationColumn::Threads, QStringLiteral("worker 1 > worker 2"), 0}};
    for (const auto& width : widths)
        setColumnWidth(static_cast<int>(width.column),
            fontMetrics().horizontalAdvance(width.sample) + 14 + width.extra);
    m_reasonWidth = columnWidth(static_cast<int>(OperationColumn::Error));
}

/// What the others leave is for the reason, which is a sentence.
void OperationsView::fitReason()
{
    if (m_fitting)
        return;
    m_fitting = true;
    QHeaderView* const header = horizontalHeader();
    const int reason = static_cast<int>(OperationColumn::Error);
    header->setStretchLastSection(header->isSectionHidden(reason));
    if (!header->isSectionHidden(reason))
        header->resizeSection(reason,
            std::max(m_reasonWidth,
                viewport()->width() - header->length() + header->sectionSize(reason)));
    m_fitting = false;
}

void OperationsView::setUpColumnActions()
{
    static const char mnemonics[] = "#TSPOBRELH"; // Of the headings, each once; see below.
    for (int column = 0; column < kOperationColumnCount; ++column) {
        QString text = heading(static_cast<OperationColumn>(column), {});
        const qsizetype at = text.indexOf(QLatin1Char(mnemonics[column]), 0, Qt::CaseInsensitive);
        text = column == 0 ? tr("&Number") : text.insert(std::max<qsizetype>(0, at), u'&');
        auto* action = new QAction(text, this);
        action->setCheckable(true);
        action->setToolTip(headingToolTip(static_cast<OperationColumn>(column), {}));
        connect(action, &QAction::toggled, this, [this, column](bool shown) {
            setColumnHidden(column, !shown);
            updateColumnActions();
            fitReason();
        });
        m_columnActions.append(action);
    }
    updateColumnActions();
}

void OperationsView::updateColumnActions()
{
    const std::size_t shown = shownColumns().size();
    for (int column = 0; column < kOperationColumnCount; ++column) {
        QAction* action = m_columnActions[column];
        const QSignalBlocker quiet(action);
        action->setChecked(!isColumnHidden(column));
        action->setEnabled(isColumnHidden(column) || shown > 1); // The last one stays.
    }
}

void OperationsView::restoreColumns(const QByteArray& state)
{
    horizontalHeader()->restoreState(state);
    horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder); // Nothing is sorted yet.
    if (shownColumns().empty())
        setColumnHidden(0, false);
    updateColumnActions();
    fitReason();
}

std::vector<OperationColumn> OperationsView::shownColumns() const
{
    std::vector<OperationColumn> columns;
    for (int visual = 0; visual < horizontalHeader()->count(); ++visual) {
        const int column = horizontalHeader()->logicalIndex(visual);
        if (!isColumnHidden(column))
            columns.push_back(static_cast<OperationColumn>(column));
    }
    return columns;
}

bool OperationsView::isFollowing() const
{
    return m_operations.isFollowing();
}

void OperationsView::setFollowing(bool following)
{
    m_operations.setFollowing(following);
}

void OperationsView::setEmptyText(const QString& text)
{
    if (text == m_emptyText)
        return;
    m_emptyText = text;
    viewport()->update();
}

void OperationsView::goTo(quint64 index)
{
    m_operations.makeVisible(index);
    m_selection.select(index);
}

void OperationsView::goTo(quint64 index, OperationColumn column)
{
    m_column = static_cast<int>(column);
    goTo(index);
}

void OperationsView::updatePage()
{
    const int height = std::max(1, verticalHeader()->defaultSectionSize());
    m_operations.setPage(viewport()->height() / height);
    updateBar();
}

void OperationsView::updateBar()
{
    m_bar->setExtent(m_operations.order().count(), m_operations.page(), m_operations.first());
    syncSelection();
}

/// Repeats what is selected for the rows on the screen.
void OperationsView::syncSelection()
{
    const auto current = m_selection.currentIndex();
    const int row = current ? m_operations.rowOf(*current) : -1;
    const QModelIndex wanted = row < 0 ? QModelIndex() : m_operations.index(row, m_column);
    if (wanted != currentIndex())
        selectionModel()->setCurrentIndex(wanted, QItemSelectionModel::NoUpdate);
    if (m_selection.isEmpty() && !selectionModel()->hasSelection())
        return;
    QItemSelection selected;
    const int rows = m_operations.rowCount();
    for (int first = 0; first < rows; ++first) {
        const auto isSelected = [this](int each) {
            return m_selection.contains(m_operations.first() + static_cast<quint64>(each));
        };
        if (!isSelected(first))
            continue;
        int last = first;
        while (last + 1 < rows && isSelected(last + 1))
            ++last;
        selected.select(
            m_operations.index(first, 0), m_operations.index(last, kOperationColumnCount - 1));
        first = last;
    }
    selectionModel()->select(selected, QItemSelectionModel::ClearAndSelect);
}

void OperationsView::tellCurrent()
{
    const auto row = m_selection.currentRow();
    m_focus.setSelected(row ? *row + 1 : 0);
    syncSelection();
    tellAccessible(QAccessible::Focus);
}

/// Where the keyboard is now, or that another choice was made, for a screen reader: about the rows
/// of the order, where Qt's own view knows only those on the screen.
void OperationsView::tellAccessible(QAccessible::Event what)
{
    if (!QAccessible::isActive() || !hasFocus())
        return;
    QAccessibleInterface* const table = QAccessible::queryAccessibleInterface(this);
    QAccessibleInterface* const cell
        = table && what == QAccessible::Focus ? table->focusChild() : nullptr;
    if (cell) {
        QAccessibleEvent event(cell, what);
        QAccessible::updateAccessibility(&event);
    } else if (what != QAccessible::Focus) {
        QAccessibleEvent event(this, what);
        QAccessible::updateAccessibility(&event);
    }
}

/// QTableView would tell a screen reader of the row on the screen each time another one comes to
/// stand there.
void OperationsView::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QAbstractItemView::currentChanged(current, previous);
}

void OperationsView::selectionChanged(
    const QItemSelection& selected, const QItemSelection& deselected)
{
    QAbstractItemView::selectionChanged(selected, deselected);
}

void OperationsView::focusInEvent(QFocusEvent* event)
{
    QTableView::focusInEvent(event);
    syncSelection(); // Qt would make the first row on the screen the current one.
    tellAccessible(QAccessible::Focus);
}

void OperationsView::followFocus(quint64 operationId)
{
    const auto row = m_selection.currentRow();
    if (operationId == (row ? *row + 1 : 0))
        return;
    if (operationId == 0) {
        m_selection.clear();
        return;
    }
    const auto index = m_operations.order().indexOfRow(trace::TraceStore::rowOf(operationId));
    m_missing = index ? 0 : operationId;
    if (index)
        goTo(*index);
    else
        emit notInTable(operationId);
}

/// An operation may be selected a moment before its row is here.
void OperationsView::lookForMissing()
{
    if (m_missing == 0 || m_missing != m_focus.selected())
        return;
    if (const auto index = m_operations.order().indexOfRow(trace::TraceStore::rowOf(m_missing))) {
        m_missing = 0;
        goTo(*index);
    }
}

void OperationsView::selectAll()
{
    m_selection.selectAll();
}

QItemSelectionModel::SelectionFlags OperationsView::selectionCommand(
    const QModelIndex& /*index*/, const QEvent* /*event*/) const
{
    return QItemSelectionModel::NoUpdate; // Ours is what counts.
}

/// Only sideways: which rows there are is the model's.
void OperationsView::scrollTo(const QModelIndex& index, ScrollHint /*hint*/)
{
    if (index.isValid() && index.row() < m_operations.page())
        QTableView::scrollTo(index, EnsureVisible);
}

void OperationsView::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    QPainter painter(viewport());
    if (m_operations.rowCount() > 0) {
        paintHovered(painter);
        return;
    }
    painter.setPen(toneColor(Tone::Quiet, palette()));
    painter.drawText(viewport()->rect().adjusted(20, 10, -20, -10),
        Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
}

/// What another view has under the mouse, as it shows what this one has.
void OperationsView::paintHovered(QPainter& painter)
{
    const quint64 hovered = m_focus.hovered() == m_ownHovered ? 0 : m_focus.hovered();
    for (int row = 0; hovered != 0 && row < m_operations.rowCount(); ++row) {
        if (m_operations.record(row)->id != hovered)
            continue;
        painter.setPen(palette().color(QPalette::Highlight));
        painter.drawRect(0, rowViewportPosition(row), viewport()->width() - 1, rowHeight(row) - 1);
        return;
    }
}

void OperationsView::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    updatePage();
    fitReason();
}

void OperationsView::changeEvent(QEvent* event)
{
    QTableView::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
        updatePage();
    }
}

void OperationsView::showEvent(QShowEvent* event)
{
    QTableView::showEvent(event);
    m_operations.setActive(true);
}

void OperationsView::hideEvent(QHideEvent* event)
{
    QTableView::hideEvent(event);
    m_operations.setActive(false);
}

} // namespace swb::ui
