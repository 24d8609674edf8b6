// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connection_delegate.h"

#include "ui/models/connections_model.h"
#include "ui/views/paint.h"

#include <QPainter>
#include <QTreeView>

namespace swb::ui {
namespace {

constexpr int kMargin = 4;

/// One line to paint below the name.
struct Line {
    QString text;
    Tone tone;
    QString iconName;
    Qt::TextElideMode elide = Qt::ElideRight;
};

QVector<Line> linesOf(const QModelIndex& index, bool withState)
{
    QVector<Line> lines;
    if (withState)
        lines.append({index.data(ConnectionsModel::StateWordRole).toString(),
            static_cast<Tone>(index.data(ConnectionsModel::StateToneRole).toInt()), {}});
    const auto add = [&](int role, Line line) {
        line.text = index.data(role).toString();
        if (!line.text.isEmpty())
            lines.append(line);
    };
    // The ports are at the ends.
    add(ConnectionsModel::EndPointsRole, {{}, Tone::Quiet, {}, Qt::ElideMiddle});
    add(ConnectionsModel::TrafficRole, {{}, Tone::Quiet, {}});
    add(ConnectionsModel::ProblemRole, {{}, Tone::Bad, QStringLiteral("error")});
    return lines;
}

bool isHeading(const QModelIndex& index)
{
    return index.data(ConnectionsModel::NodeIdRole).toUInt() == 0;
}

/// Where the name begins in a row that begins at `left`.
int nameLeft(int left, int line)
{
    return left + kMargin + line + kMargin + 2;
}

/// Name and state have room beside each other in a row of this width.
bool stateFits(const QModelIndex& index, const QFontMetrics& metrics, int width)
{
    const int name = metrics.horizontalAdvance(index.data(Qt::DisplayRole).toString());
    const int word
        = metrics.horizontalAdvance(index.data(ConnectionsModel::StateWordRole).toString());
    return nameLeft(0, metrics.height()) + name + 2 * kMargin + word + kMargin + 1 <= width;
}

/// The view asks for the height of a row without saying how wide it is.
int rowWidth(const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const auto* const tree = qobject_cast<const QTreeView*>(option.widget);
    if (!tree)
        return option.rect.width();
    int depth = 0;
    for (QModelIndex parent = index.parent(); parent.isValid(); parent = parent.parent())
        ++depth;
    if (tree->rootIsDecorated())
        ++depth;
    return tree->viewport()->width() - depth * tree->indentation();
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

    const int left = nameLeft(cell.rect.left(), line);
    const bool fits = stateFits(index, cell.fontMetrics, rowWidth(cell, index));
    int nameWidth = area.right() - left;
    if (fits) {
        const QString word = index.data(ConnectionsModel::StateWordRole).toString();
        const int wordWidth = cell.fontMetrics.horizontalAdvance(word);
        painter->setPen(tone);
        painter->drawText(
            QRect(area.right() - wordWidth, area.top(), wordWidth + 1, line), Qt::AlignRight, word);
        nameWidth -= wordWidth + 2 * kMargin;
    }
    painter->setPen(cellTextColor(cell, palette.color(QPalette::Text)));
    painter->drawText(QRect(left, area.top(), nameWidth, line), Qt::AlignLeft,
        cell.fontMetrics.elidedText(name, Qt::ElideMiddle, nameWidth));

    int y = area.top() + line;
    for (const Line& each : linesOf(index, !fits)) {
        const QColor color = cellTextColor(cell, toneColor(each.tone, palette));
        int x = left;
        if (!each.iconName.isEmpty()) {
            paintIcon(*painter, QRect(x, y + 1, line - 2, line - 2), each.iconName, color);
            x += line + 2;
        }
        painter->setPen(color);
        painter->drawText(QRect(x, y, area.right() - x, line), Qt::AlignLeft,
            cell.fontMetrics.elidedText(each.text, each.elide, area.right() - x));
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
    const bool fits = stateFits(index, option.fontMetrics, rowWidth(option, index));
    const auto lines = 1 + static_cast<int>(linesOf(index, !fits).size());
    return {line * 12, line * lines + 2 * kMargin};
}

} // namespace swb::ui
