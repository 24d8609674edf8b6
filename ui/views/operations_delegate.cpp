// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/operations_delegate.h"

#include "ui/models/operations_model.h"
#include "ui/support/icons.h"
#include "ui/views/paint.h"

#include <QFontMetrics>
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
    if (cell.icon.isNull())
        paintText(painter, cell);
    else
        cell.widget->style()->drawControl(QStyle::CE_ItemViewItem, &cell, &painter, cell.widget);
}

/// As the style does it, at a third of the cost: it lays each line out as if it were a page, and
/// here are hundreds that are others with each frame.
void OperationsDelegate::paintText(QPainter& painter, const QStyleOptionViewItem& cell)
{
    const QStyle& style = *cell.widget->style();
    style.drawPrimitive(QStyle::PE_PanelItemViewItem, &cell, &painter, cell.widget);
    if (cell.text.isEmpty())
        return;
    const int margin = style.pixelMetric(QStyle::PM_FocusFrameHMargin, nullptr, cell.widget) + 1;
    const QRect inside = cell.rect.adjusted(margin, 0, -margin, 0);
    const QFontMetrics& metrics = cell.fontMetrics;
    QString text = cell.text;
    int width = metrics.horizontalAdvance(text);
    if (width > inside.width()) {
        text = metrics.elidedText(text, cell.textElideMode, inside.width());
        width = metrics.horizontalAdvance(text);
    }
    const Qt::Alignment alignment
        = QStyle::visualAlignment(cell.direction, cell.displayAlignment) & Qt::AlignHorizontal_Mask;
    const int left = (alignment & Qt::AlignRight) != 0 ? inside.right() + 1 - width : inside.left();
    painter.setFont(cell.font);
    painter.setPen(cellTextColor(cell, cell.palette.color(QPalette::Text)));
    painter.drawText(
        left, inside.top() + (inside.height() - metrics.height()) / 2 + metrics.ascent(), text);
}

} // namespace swb::ui
