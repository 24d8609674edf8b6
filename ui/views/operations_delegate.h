// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace swb::ui {

/// Paints the progress of pending operations as a hatched bar, and failed ones in the colour for
/// trouble.
class OperationsDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
        const QModelIndex& index) const override;

private:
    static void paintCell(QPainter& painter, QStyleOptionViewItem& cell, const QModelIndex& index);
    static void paintText(QPainter& painter, const QStyleOptionViewItem& cell);
};

} // namespace swb::ui
