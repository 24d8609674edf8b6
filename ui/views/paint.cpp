// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/paint.h"

#include <QApplication>
#include <QPainter>
#include <QPainterPath>
#include <QStyle>

#include <algorithm>

namespace swb::ui {

void paintCellBackground(QPainter& painter, const QStyleOptionViewItem& option)
{
    QStyleOptionViewItem background = option;
    background.text.clear();
    background.icon = {};
    const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &background, &painter, option.widget);
}

QColor cellTextColor(const QStyleOptionViewItem& option, const QColor& wanted)
{
    if ((option.state & QStyle::State_Selected) == 0)
        return wanted;
    const auto group
        = (option.state & QStyle::State_Active) != 0 ? QPalette::Active : QPalette::Inactive;
    return option.palette.color(group, QPalette::HighlightedText);
}

void paintProgress(QPainter& painter, const QRect& rect, const QStyleOptionViewItem& option,
    int permille, const QString& text)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect).adjusted(0.5, 2.5, -0.5, -2.5);
    QPainterPath outline;
    outline.addRoundedRect(frame, 3, 3);
    const QColor fill = option.palette.color(QPalette::Active, QPalette::Highlight);
    painter.fillPath(outline, option.palette.color(QPalette::Base));
    QRectF done = frame;
    done.setWidth(frame.width() * std::clamp(permille, 0, 1000) / 1000.0);
    painter.save();
    painter.setClipPath(outline);
    QColor tint = fill;
    tint.setAlpha(70);
    painter.fillRect(done, tint);
    QColor hatch = fill;
    hatch.setAlpha(110);
    painter.setBrushOrigin(rect.topLeft());
    painter.fillRect(done, QBrush(hatch, Qt::BDiagPattern));
    painter.restore();
    QColor border = option.palette.color(QPalette::Text);
    border.setAlpha(110);
    painter.setPen(border);
    painter.drawPath(outline);
    painter.setPen(option.palette.color(QPalette::Text));
    painter.setFont(option.font);
    const QRect inside = rect.adjusted(6, 0, -6, 0);
    painter.drawText(inside, Qt::AlignVCenter | Qt::AlignLeft,
        option.fontMetrics.elidedText(text, Qt::ElideRight, inside.width()));
    painter.restore();
}

} // namespace swb::ui
