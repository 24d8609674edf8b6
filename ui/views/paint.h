// SPDX-License-Identifier: GPL-3.0-or-later
/// What several delegates paint alike. GUI thread.
#pragma once

#include <QStyleOptionViewItem>

class QPainter;

namespace swb::ui {

/// The background of a cell as the style draws it: selection, hover, alternate row.
void paintCellBackground(QPainter& painter, const QStyleOptionViewItem& option);
/// A progress bar with `text` in it: hatched, because what it shows is pending.
void paintProgress(QPainter& painter, const QRect& rect, const QStyleOptionViewItem& option,
    int permille, const QString& text);
/// The colour for text in a cell: the highlighted one when it is selected, `wanted` otherwise.
QColor cellTextColor(const QStyleOptionViewItem& option, const QColor& wanted);

} // namespace swb::ui
