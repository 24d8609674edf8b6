// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/track_stamps.h"

#include <QPaintEngine>
#include <QPainter>
#include <QPixmapCache>

#include <algorithm>
#include <cmath>

namespace swb::ui {

namespace {
constexpr int kStampSize = 14; // pixels around a mark
} // namespace

TrackStamps::TrackStamps(QPainter& painter, const QPalette& palette, int height)
    : m_painter(painter)
    , m_palette(palette)
    , m_height(height)
    , m_onPixels(painter.paintEngine()->type() == QPaintEngine::Raster)
{
}

void TrackStamps::draw(
    QPainter& painter, const QPointF& centre, Shape shape, const QColor& shade) const
{
    const double size = shape == Shape::Cross ? 3.0 : std::min(4.0, (m_height - 5.0) / 3);
    const auto cross = [&](double width) {
        painter.setPen(QPen(shade, width));
        painter.drawLine(centre + QPointF(-size, -size), centre + QPointF(size, size));
        painter.drawLine(centre + QPointF(-size, size), centre + QPointF(size, -size));
    };
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_palette.color(QPalette::Base), 1));
    painter.setBrush(shade);
    switch (shape) {
    case Shape::Cross:
        cross(1.5);
        break;
    case Shape::Disc:
        painter.drawEllipse(centre, size, size);
        break;
    case Shape::Square:
        painter.drawRect(QRectF(centre.x() - size, centre.y() - size, 2 * size, 2 * size));
        break;
    case Shape::BoldCross:
        cross(2.5);
        break;
    }
    painter.setBrush(Qt::NoBrush);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

/// Drawn once, and copied to where it is wanted: there may be hundreds.
void TrackStamps::stamp(const QPointF& centre, Shape shape, const QColor& shade)
{
    if (!m_onPixels) {
        draw(m_painter, centre, shape, shade);
        return;
    }
    m_painter.drawPixmap(QPoint(static_cast<int>(std::lround(centre.x())) - kStampSize / 2,
                             static_cast<int>(std::lround(centre.y())) - kStampSize / 2),
        stampOf(shape, shade));
}

const QPixmap& TrackStamps::stampOf(Shape shape, const QColor& shade)
{
    for (const Stamp& known : m_stamps) {
        if (known.shape == shape && known.color == shade.rgba())
            return known.picture;
    }
    // Between pictures they are kept by all that they depend on.
    const double ratio = m_painter.device()->devicePixelRatioF();
    const QString key = QStringLiteral("swb-timeline-%1-%2-%3-%4-%5")
                            .arg(static_cast<int>(shape))
                            .arg(shade.rgba())
                            .arg(m_palette.color(QPalette::Base).rgba())
                            .arg(ratio)
                            .arg(m_height);
    Stamp made{shape, shade.rgba(), {}};
    if (!QPixmapCache::find(key, &made.picture)) {
        made.picture = QPixmap(QSize(kStampSize, kStampSize) * ratio);
        made.picture.setDevicePixelRatio(ratio);
        made.picture.fill(Qt::transparent);
        QPainter painter(&made.picture);
        draw(painter, {kStampSize / 2.0, kStampSize / 2.0}, shape, shade);
        painter.end();
        QPixmapCache::insert(key, made.picture);
    }
    return m_stamps.emplace_back(std::move(made)).picture;
}

} // namespace swb::ui
