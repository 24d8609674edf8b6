// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/queue_delegate.h"

#include "ui/models/queue_model.h"
#include "ui/support/icons.h"
#include "ui/views/paint.h"

#include <QLineEdit>
#include <QPainter>
#include <QToolTip>
#include <QValidator>

namespace swb::ui {
namespace {

/// Keeps the editor open, with what was typed, until it can be read.
class SizeValidator final : public QValidator {
public:
    using QValidator::QValidator;
    State validate(QString& text, int&) const override
    {
        return QueueModel::checkEdit(text).isEmpty() ? Acceptable : Intermediate;
    }
};

} // namespace

void QueueDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    cell.state &= ~QStyle::State_HasFocus;
    if (index.column() != QueueModel::StateColumn) {
        const bool enabled
            = index.siblingAtColumn(QueueModel::EnabledColumn).data(Qt::CheckStateRole).toInt()
            == Qt::Checked;
        if (!enabled && (cell.state & QStyle::State_Selected) == 0)
            cell.palette.setColor(QPalette::Text, toneColor(Tone::Quiet, cell.palette));
        const QStyle* style = cell.widget->style();
        style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
        return;
    }
    const QString text = cell.text;
    paintCellBackground(*painter, cell);
    const int side = cell.fontMetrics.height();
    const auto tone = static_cast<Tone>(index.data(QueueModel::StateToneRole).toInt());
    const QColor color = cellTextColor(cell, toneColor(tone, cell.palette));
    const QRect area = cell.rect.adjusted(4, 0, -4, 0);
    paintIcon(*painter, QRect(area.left(), area.center().y() - side / 2, side, side),
        index.data(QueueModel::StateIconRole).toString(), color);
    const QRect rest = area.adjusted(side + 6, 0, 0, 0);
    const int permille = index.data(QueueModel::PermilleRole).toInt();
    if (permille >= 0) {
        paintProgress(*painter, rest, cell, permille, text);
        return;
    }
    painter->save();
    painter->setFont(cell.font);
    painter->setPen(color);
    painter->drawText(rest, Qt::AlignVCenter | Qt::AlignLeft,
        cell.fontMetrics.elidedText(text, Qt::ElideRight, rest.width()));
    painter->restore();
}

QWidget* QueueDelegate::createEditor(
    QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    auto* editor
        = qobject_cast<QLineEdit*>(QStyledItemDelegate::createEditor(parent, option, index));
    if (!editor)
        return nullptr;
    editor->setAccessibleName(index.model()->headerData(index.column(), Qt::Horizontal).toString());
    editor->setValidator(new SizeValidator(editor));
    connect(editor, &QLineEdit::textChanged, editor, [editor](const QString& text) {
        const QString error = QueueModel::checkEdit(text);
        QPalette colors = editor->parentWidget()->palette();
        if (!error.isEmpty())
            colors.setColor(QPalette::Text, toneColor(Tone::Bad, colors));
        editor->setPalette(colors);
        editor->setAccessibleDescription(error);
        if (error.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(editor->mapToGlobal(QPoint(0, editor->height())), error, editor);
    });
    return editor;
}

} // namespace swb::ui
