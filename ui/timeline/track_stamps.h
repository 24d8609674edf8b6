// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <QPixmap>

#include <vector>

class QPainter;
class QPointF;

namespace swb::ui {

/// The marks that say by their shape how operations of a track ended.
///
/// Short-lived: borrows painter and palette. `height` is the track's.
class TrackStamps {
public:
    enum class Shape { Cross, Disc, Square, BoldCross };

    TrackStamps(QPainter& painter, const QPalette& palette, int height);
    void stamp(const QPointF& centre, Shape shape, const QColor& shade);

private:
    struct Stamp {
        Shape shape;
        QRgb color;
        QPixmap picture;
    };

    const QPixmap& stampOf(Shape shape, const QColor& shade);
    void draw(QPainter& painter, const QPointF& centre, Shape shape, const QColor& shade) const;

    QPainter& m_painter;
    const QPalette& m_palette;
    const int m_height;
    const bool m_onPixels; ///< Not a drawing in lines, for a file.
    std::vector<Stamp> m_stamps; ///< Those that were needed so far: a few.
};

} // namespace swb::ui
