// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/operations_accessible.h"

#include "ui/models/operations_model.h"
#include "ui/views/operations_view.h"

#include <QHeaderView>

#include <algorithm>
#include <limits>

namespace swb::ui {
namespace {

constexpr int kHeadingRow = -1;

quint64 keyOf(int row, int column)
{
    return (static_cast<quint64>(row + 1) << 8) | static_cast<quint64>(column);
}

/// A cell, or a heading where the row is kHeadingRow. It holds no text: what it says is looked up.
class OperationsCell : public QAccessibleInterface,
                       public QAccessibleTableCellInterface,
                       public QAccessibleActionInterface {
public:
    OperationsCell(const OperationsAccessible& table, int row, int column)
        : m_table(table)
        , m_row(row)
        , m_column(column)
    {
    }

    bool isValid() const override
    {
        return m_row < m_table.rowCount() && m_column < m_table.columnCount();
    }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return m_table.window(); }
    QAccessibleInterface* parent() const override
    {
        return QAccessible::queryAccessibleInterface(&view());
    }
    QAccessibleInterface* child(int /*index*/) const override { return nullptr; }
    QAccessibleInterface* childAt(int /*x*/, int /*y*/) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface* /*child*/) const override { return -1; }
    void setText(QAccessible::Text /*type*/, const QString& /*text*/) override { }
    QAccessible::Role role() const override
    {
        return isHeading() ? QAccessible::ColumnHeader : QAccessible::Cell;
    }

    QString text(QAccessible::Text type) const override
    {
        if (!isValid())
            return {};
        const OperationsModel& model = view().operations();
        const int section = static_cast<int>(column());
        if (isHeading()) {
            const int role = type == QAccessible::Description ? Qt::ToolTipRole : Qt::DisplayRole;
            const bool told = type == QAccessible::Name || type == QAccessible::Description;
            return told ? model.headerData(section, Qt::Horizontal, role).toString() : QString();
        }
        if (type == QAccessible::Name)
            return model.spoken(static_cast<quint64>(m_row), column());
        if (type == QAccessible::Description)
            return model.explained(static_cast<quint64>(m_row), column());
        return {};
    }

    QRect rect() const override
    {
        if (!isValid())
            return {};
        if (isHeading()) {
            const QHeaderView* header = view().horizontalHeader();
            const int section = static_cast<int>(column());
            const QRect place(header->sectionViewportPosition(section), 0,
                header->sectionSize(section), header->height());
            return place.translated(header->viewport()->mapToGlobal(QPoint()));
        }
        const QModelIndex index = inView();
        return index.isValid()
            ? view().visualRect(index).translated(view().viewport()->mapToGlobal(QPoint()))
            : QRect();
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.invalid = !isValid();
        if (isHeading() || state.invalid)
            return state;
        state.readOnly = true;
        state.focusable = state.selectable = state.extSelectable = true;
        state.selected = isSelected();
        const auto current = view().selection().currentIndex();
        state.active = state.focused = view().hasFocus() && current == static_cast<quint64>(m_row)
            && column() == view().currentColumn();
        state.offscreen = !inView().isValid();
        return state;
    }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::TableCellInterface && !isHeading())
            return static_cast<QAccessibleTableCellInterface*>(this);
        if (type == QAccessible::ActionInterface)
            return static_cast<QAccessibleActionInterface*>(this);
        return nullptr;
    }

    // QAccessibleTableCellInterface
    bool isSelected() const override { return m_table.isRowSelected(m_row); }
    QList<QAccessibleInterface*> columnHeaderCells() const override
    {
        return {m_table.headingAt(m_column)};
    }
    QList<QAccessibleInterface*> rowHeaderCells() const override { return {}; }
    int columnIndex() const override { return m_column; }
    int rowIndex() const override { return m_row; }
    int columnExtent() const override { return 1; }
    int rowExtent() const override { return 1; }
    QAccessibleInterface* table() const override { return parent(); }

    // QAccessibleActionInterface: what a click does.
    QStringList actionNames() const override { return {pressAction()}; }
    void doAction(const QString& name) override
    {
        if (name != pressAction() || !isValid())
            return;
        if (isHeading())
            emit view().sortRequested(column());
        else
            view().goTo(static_cast<quint64>(m_row), column());
    }
    QStringList keyBindingsForAction(const QString& /*name*/) const override { return {}; }

    int row() const { return m_row; }

private:
    OperationsView& view() const { return m_table.view(); }
    bool isHeading() const { return m_row == kHeadingRow; }
    OperationColumn column() const
    {
        return view().shownColumns().at(static_cast<std::size_t>(m_column));
    }
    QModelIndex inView() const
    {
        const OperationsModel& model = view().operations();
        return model.index(model.rowOf(static_cast<quint64>(m_row)), static_cast<int>(column()));
    }

    const OperationsAccessible& m_table;
    const int m_row;
    const int m_column; ///< Of those that are shown.
};

QAccessibleInterface* make(const QString& className, QObject* object)
{
    auto* const view = qobject_cast<OperationsView*>(object);
    if (!view || className != QLatin1String(OperationsView::staticMetaObject.className()))
        return nullptr;
    return new OperationsAccessible(*view);
}

} // namespace

OperationsAccessible::OperationsAccessible(OperationsView& view)
    : QAccessibleWidget(&view, QAccessible::Table)
    , m_view(view)
{
}

OperationsAccessible::~OperationsAccessible()
{
    forget();
}

void OperationsAccessible::install()
{
    static const bool installed = [] {
        QAccessible::installFactory(make);
        return true;
    }();
    Q_UNUSED(installed);
}

void OperationsAccessible::forget()
{
    for (const QAccessible::Id id : std::as_const(m_cells))
        QAccessible::deleteAccessibleInterface(id);
    m_cells.clear();
    m_age.clear();
}

QAccessibleInterface* OperationsAccessible::made(int row, int column) const
{
    const quint64 key = keyOf(row, column);
    if (const auto found = m_cells.constFind(key); found != m_cells.constEnd())
        return QAccessible::accessibleInterface(*found);
    if (m_age.size() >= kMostCells) {
        QAccessible::deleteAccessibleInterface(m_cells.take(m_age.front()));
        m_age.pop_front();
    }
    auto* const cell = new OperationsCell(*this, row, column);
    m_cells.insert(key, QAccessible::registerAccessibleInterface(cell));
    m_age.push_back(key);
    return cell;
}

QAccessibleInterface* OperationsAccessible::cellAt(int row, int column) const
{
    const bool exists = row >= 0 && row < rowCount() && column >= 0 && column < columnCount();
    return exists ? made(row, column) : nullptr;
}

QAccessibleInterface* OperationsAccessible::headingAt(int column) const
{
    return column >= 0 && column < columnCount() ? made(kHeadingRow, column) : nullptr;
}

QAccessibleInterface* OperationsAccessible::child(int index) const
{
    const int columns = columnCount();
    if (index < 0 || columns == 0)
        return nullptr;
    const int row = index / columns - 1;
    const int column = index % columns;
    return row == kHeadingRow ? headingAt(column) : cellAt(row, column);
}

int OperationsAccessible::childCount() const
{
    return std::min((rowCount() + 1) * columnCount(), kMostChildren);
}

int OperationsAccessible::indexOfChild(const QAccessibleInterface* child) const
{
    const auto* const cell = dynamic_cast<const OperationsCell*>(child);
    return cell ? (cell->row() + 1) * columnCount() + cell->columnIndex() : -1;
}

QAccessibleInterface* OperationsAccessible::childAt(int x, int y) const
{
    const std::vector<OperationColumn> columns = m_view.shownColumns();
    const auto columnOf = [&columns](int section) {
        const auto found
            = std::find(columns.begin(), columns.end(), static_cast<OperationColumn>(section));
        return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
    };
    const QHeaderView* const header = m_view.horizontalHeader();
    const QPoint inHeader = header->viewport()->mapFromGlobal(QPoint(x, y));
    if (header->viewport()->rect().contains(inHeader))
        return headingAt(columnOf(header->logicalIndexAt(inHeader)));
    const QModelIndex index = m_view.indexAt(m_view.viewport()->mapFromGlobal(QPoint(x, y)));
    if (!index.isValid())
        return nullptr;
    const quint64 row = m_view.operations().first() + static_cast<quint64>(index.row());
    return row < static_cast<quint64>(rowCount())
        ? cellAt(static_cast<int>(row), columnOf(index.column()))
        : nullptr;
}

QAccessibleInterface* OperationsAccessible::focusChild() const
{
    const auto current = m_view.selection().currentIndex();
    if (!m_view.hasFocus() || !current || *current >= static_cast<quint64>(rowCount()))
        return nullptr;
    const std::vector<OperationColumn> columns = m_view.shownColumns();
    const auto column = std::find(columns.begin(), columns.end(), m_view.currentColumn());
    return cellAt(static_cast<int>(*current),
        column == columns.end() ? 0 : static_cast<int>(column - columns.begin()));
}

QAccessible::State OperationsAccessible::state() const
{
    QAccessible::State state = QAccessibleWidget::state();
    state.multiSelectable = state.extSelectable = true;
    return state;
}

void* OperationsAccessible::interface_cast(QAccessible::InterfaceType type)
{
    if (type == QAccessible::TableInterface)
        return static_cast<QAccessibleTableInterface*>(this);
    return QAccessibleWidget::interface_cast(type);
}

QString OperationsAccessible::columnDescription(int column) const
{
    const QAccessibleInterface* const heading = headingAt(column);
    return heading ? heading->text(QAccessible::Name) : QString();
}

QString OperationsAccessible::rowDescription(int row) const
{
    return row >= 0 && row < rowCount()
        ? m_view.operations().spoken(static_cast<quint64>(row), OperationColumn::Number)
        : QString();
}

int OperationsAccessible::columnCount() const
{
    return static_cast<int>(m_view.shownColumns().size());
}

int OperationsAccessible::rowCount() const
{
    // Children are numbered in 32 bits: two hundred million rows.
    const auto most
        = static_cast<quint64>(std::numeric_limits<int>::max() / kOperationColumnCount - 1);
    return static_cast<int>(std::min(m_view.operations().order().count(), most));
}

int OperationsAccessible::selectedRowCount() const
{
    return static_cast<int>(std::min(m_view.selection().count(), static_cast<quint64>(rowCount())));
}

int OperationsAccessible::selectedCellCount() const
{
    return selectedRowCount() * columnCount();
}

QList<int> OperationsAccessible::selectedRows() const
{
    QList<int> rows;
    const auto end = static_cast<quint64>(rowCount());
    for (const trace::RangeSet::Range& range : m_view.selection().ranges()) {
        for (quint64 row = range.first; row <= range.last; ++row) {
            if (row >= end || rows.size() == kMostListed)
                return rows;
            rows << static_cast<int>(row);
        }
    }
    return rows;
}

QList<QAccessibleInterface*> OperationsAccessible::selectedCells() const
{
    QList<QAccessibleInterface*> cells;
    const auto most = static_cast<qsizetype>(kMostListed);
    for (const int row : selectedRows()) {
        for (int column = 0; column < columnCount() && cells.size() < most; ++column)
            cells << cellAt(row, column);
    }
    return cells;
}

bool OperationsAccessible::isRowSelected(int row) const
{
    return row >= 0 && row < rowCount() && m_view.selection().contains(static_cast<quint64>(row));
}

bool OperationsAccessible::selectRow(int row)
{
    if (row < 0 || row >= rowCount())
        return false;
    if (!isRowSelected(row))
        m_view.selection().toggle(static_cast<quint64>(row));
    return true;
}

bool OperationsAccessible::unselectRow(int row)
{
    if (isRowSelected(row))
        m_view.selection().toggle(static_cast<quint64>(row));
    return row >= 0 && row < rowCount();
}

/// Cells say what is there when they are asked, so nothing has to be corrected. The event is about
/// the rows on the screen, which are not ours.
void OperationsAccessible::modelChange(QAccessibleTableModelChangeEvent* /*event*/) { }

} // namespace swb::ui
