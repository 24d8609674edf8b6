// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connection_delegate.h"

#include "ui/models/connections_model.h"
#include "ui/views/paint.h"

#include <QPainter>

namespace swb::ui {
namespace {

constexpr int kMargin = 4;

/// One line to paint below the name.
struct Line {
    QString text;
    Tone tone;
    QString iconName;
};

QVector<Line> linesOf(const QModelIndex& index)
{
    QVector<Line> lines;
    const auto add = [&](int role, Tone tone, const QString& iconName = {}) {
        const QString text = index.data(role).toString();
        if (!text.isEmpty())
            lines.append({text, tone, iconName});
    };
    add(ConnectionsModel::EndPointsRole, Tone::Quiet);
    add(ConnectionsModel::TrafficRole, Tone::Quiet);
    add(ConnectionsModel::ProblemRole, Tone::Bad, QStringLiteral("error"));
    return lines;
}

bool isHeading(const QModelIndex& index)
{
    return index.data(ConnectionsModel::NodeIdRole).toUInt() == 0;
}

QFont headingFont(const QStyleOptionViewItem& option)
{
    QFont font = option.font;
    font.setBold(true);
    return font;
}

} // namespace

void ConnectionDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const QString name = cell.text;
    paintCellBackground(*painter, cell);
    const QPalette& palette = cell.palette;
    painter->save();
    if (isHeading(index)) {
        painter->setFont(headingFont(cell));
        painter->setPen(cellTextColor(cell, toneColor(Tone::Quiet, palette)));
        painter->drawText(
            cell.rect.adjusted(kMargin, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, name);
        painter->restore();
        return;
    }
    const int line = cell.fontMetrics.height();
    const QRect area = cell.rect.adjusted(kMargin, kMargin, -kMargin, -kMargin);
    const int side = line;
    const QColor tone = cellTextColor(cell,
        toneColor(static_cast<Tone>(index.data(ConnectionsModel::StateToneRole).toInt()), palette));
    paintIcon(*painter, QRect(area.left(), area.top(), side, side),
        index.data(ConnectionsModel::StateIconRole).toString(), tone);

    const int left = area.left() + side + kMargin + 2;
    const QString word = index.data(ConnectionsModel::StateWordRole).toString();
    const int wordWidth = cell.fontMetrics.horizontalAdvance(word);
    painter->setPen(tone);
    painter->drawText(
        QRect(area.right() - wordWidth, area.top(), wordWidth + 1, line), Qt::AlignRight, word);
    painter->setPen(cellTextColor(cell, palette.color(QPalette::Text)));
    const int nameWidth = area.right() - wordWidth - 2 * kMargin - left;
    painter->drawText(QRect(left, area.top(), nameWidth, line), Qt::AlignLeft,
        cell.fontMetrics.elidedText(name, Qt::ElideMiddle, nameWidth));

    int y = area.top() + line;
    for (const Line& each : linesOf(index)) {
        const QColor color = cellTextColor(cell, toneColor(each.tone, palette));
        int x = left;
        if (!each.iconName.isEmpty()) {
            paintIcon(*painter, QRect(x, y + 1, line - 2, line - 2), each.iconName, color);
            x += line + 2;
        }
        painter->setPen(color);
        painter->drawText(QRect(x, y, area.right() - x, line), Qt::AlignLeft,
            cell.fontMetrics.elidedText(each.text, Qt::ElideRight, area.right() - x));
        y += line;
    }
    painter->restore();
}

QSize ConnectionDelegate::sizeHint(
    const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const int line = option.fontMetrics.height();
    if (isHeading(index))
        return {line * 8, line + 2 * kMargin};
    return {line * 12, line * (1 + static_cast<int>(linesOf(index).size())) + 2 * kMargin};
}

} // namespace swb::ui
