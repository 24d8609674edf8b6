// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollBar>

namespace swb::ui {

/// A scroll bar over more rows than an int can count. A step is one row and a page one page however
/// many there are; only dragging is as coarse as the screen.
///
/// **Threads** GUI thread.
class LongScrollBar : public QScrollBar {
    Q_OBJECT
public:
    explicit LongScrollBar(Qt::Orientation orientation, QWidget* parent = nullptr);

    /// `page` of `count` rows are in view, from `first` on.
    void setExtent(quint64 count, int page, quint64 first);
    quint64 first() const { return m_first; }
    /// Where a position of the slider is, and back.
    quint64 firstAt(int position) const;
    int positionOf(quint64 first) const;

signals:
    /// The user wants to see the rows from `first` on.
    void scrolledTo(quint64 first);

protected:
    void wheelEvent(QWheelEvent* event) override;

private:
    void act(int action);
    void go(quint64 first);

    quint64 m_last = 0; ///< The first row at the end.
    quint64 m_first = 0;
    bool m_showing = false; ///< We move the slider, not the user.
};

/// How many rows a turn of the wheel goes, down positive; keeps what is less than one row in
/// `rest`, so that fine wheels and touch pads scroll smoothly.
int wheelRows(const QWheelEvent& event, int rowHeight, qreal& rest);

} // namespace swb::ui
