// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/operations_delegate.h"

#include "ui/models/operations_model.h"
#include "ui/support/icons.h"
#include "ui/views/paint.h"

#include <QPainter>

namespace swb::ui {

void OperationsDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    paintCell(*painter, cell, index);
    if (!option.state.testFlag(QStyle::State_HasFocus))
        return;
    // Where the keyboard is: styles hardly show it on a selected row.
    painter->setPen(QPen(cellTextColor(cell, cell.palette.color(QPalette::Text)), 1, Qt::DotLine));
    painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
}

void OperationsDelegate::paintCell(
    QPainter& painter, QStyleOptionViewItem& cell, const QModelIndex& index)
{
    cell.state &= ~QStyle::State_HasFocus;
    const auto outcome = static_cast<trace::Outcome>(index.data(OperationOutcomeRole).toInt());
    const auto column = static_cast<OperationColumn>(index.column());
    if (column == OperationColumn::Progress && outcome == trace::Outcome::Pending) {
        const QVariant percent = index.data(OperationPercentRole);
        if (percent.isValid()) {
            const QString text = cell.text;
            paintCellBackground(painter, cell);
            paintProgress(
                painter, cell.rect.adjusted(3, 0, -3, 0), cell, percent.toInt() * 10, text);
            return;
        }
    }
    const bool bad = outcome == trace::Outcome::Failed || outcome == trace::Outcome::Aborted;
    if (bad && (column == OperationColumn::Outcome || column == OperationColumn::Error))
        cell.palette.setColor(QPalette::Text, toneColor(Tone::Bad, cell.palette));
    else if (outcome == trace::Outcome::Pending && column == OperationColumn::Error)
        cell.palette.setColor(QPalette::Text, toneColor(Tone::Waiting, cell.palette));
    const QStyle* style = cell.widget->style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, &painter, cell.widget);
}

} // namespace swb::ui
