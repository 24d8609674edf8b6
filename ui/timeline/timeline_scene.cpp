// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_scene.h"

#include "ui/models/operations_model_text.h"
#include "ui/support/format.h"
#include "ui/support/icons.h"
#include "ui/timeline/track_painter.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

namespace swb::ui {

namespace {

constexpr int kTickSpacing = 90; // pixels between the ruler's labels

void paintRuler(QPainter& painter, const QRect& area, const TimelineScene& scene,
    const QPalette& palette, const TimelineMetrics& metrics)
{
    const QRect lanes = metrics.lanes(area);
    painter.fillRect(QRect(area.left(), area.top(), area.width(), metrics.ruler),
        palette.color(QPalette::Window));
    QColor line = palette.color(QPalette::Text);
    line.setAlpha(40);
    for (const TimeTick& tick : timeTicks(scene.scale, scene.originNs, kTickSpacing)) {
        const int x = lanes.left() + static_cast<int>(std::lround(scene.scale.x(tick.ns)));
        if (x < lanes.left())
            continue;
        painter.setPen(line);
        painter.drawLine(x, area.top() + metrics.ruler - 4, x, area.bottom());
        const QString label = QString::fromStdString(tick.label);
        if (x + 4 + QFontMetrics(painter.font()).horizontalAdvance(label) > area.right())
            continue; // half a number is another number
        painter.setPen(palette.color(QPalette::WindowText));
        painter.drawText(QRect(x + 4, area.top(), kTickSpacing * 2, metrics.ruler),
            Qt::AlignVCenter | Qt::AlignLeft, label);
    }
}

void paintNames(QPainter& painter, const QRect& rect, const TimelineScene& scene, int index,
    const QPalette& palette, const QFont& font)
{
    const TimelineLane& lane = *scene.shown[static_cast<std::size_t>(index)];
    const bool current = index == scene.currentLane && scene.focused;
    painter.fillRect(rect, palette.color(current ? QPalette::Highlight : QPalette::Window));
    const QColor text = palette.color(current ? QPalette::HighlightedText : QPalette::WindowText);
    const QFontMetrics fm(font);
    const QRect inside = rect.adjusted(6, 1, -6, -1);
    QString name = scene.laneName ? scene.laneName(lane.socketId) : QString();
    if (name.isEmpty())
        name = QCoreApplication::translate("Timeline", "socket %1").arg(lane.socketId);
    painter.setPen(text);
    painter.drawText(QRect(inside.left(), inside.top(), inside.width(), inside.height() / 2),
        Qt::AlignVCenter | Qt::AlignLeft, fm.elidedText(name, Qt::ElideMiddle, inside.width()));
    TrackSummary total = lane.writes.total();
    total.add(lane.reads.total());
    QString counts = groupedNumber(total.operations);
    if (total.pending > 0)
        counts += QStringLiteral(" · ")
            + QCoreApplication::translate("Timeline", "%1 pending").arg(total.pending);
    if (total.failed + total.aborted > 0)
        counts += QStringLiteral(" · ")
            + QCoreApplication::translate("Timeline", "%1 failed")
                  .arg(total.failed + total.aborted);
    painter.setPen(current ? text : toneColor(Tone::Quiet, palette));
    painter.drawText(QRect(inside.left(), inside.top() + inside.height() / 2, inside.width(),
                         inside.height() / 2),
        Qt::AlignVCenter | Qt::AlignLeft, fm.elidedText(counts, Qt::ElideRight, inside.width()));
}

void paintRangeAndMarks(QPainter& painter, const QRect& lanes, const TimelineScene& scene,
    const QPalette& palette, int ruler)
{
    const double right = lanes.width();
    if (scene.range) {
        QColor shade = palette.color(QPalette::Text);
        shade.setAlpha(45);
        const double from = std::clamp(scene.scale.x(scene.range->fromNs), 0.0, right);
        const double to = std::clamp(scene.scale.x(scene.range->toNs), 0.0, right);
        // What is left out is dimmed, what was chosen stays as it is.
        painter.fillRect(QRectF(lanes.left(), lanes.top(), from, lanes.height()), shade);
        painter.fillRect(QRectF(lanes.left() + to, lanes.top(), right - to, lanes.height()), shade);
    }
    const QColor color = palette.color(QPalette::Highlight);
    for (const auto& mark : scene.marks) {
        if (!mark)
            continue;
        const double x = scene.scale.x(*mark);
        if (x < 0 || x > right)
            continue;
        painter.setPen(QPen(color, 1, Qt::DashLine));
        painter.drawLine(QPointF(lanes.left() + x, lanes.top() - ruler / 2.0),
            QPointF(lanes.left() + x, lanes.bottom()));
    }
    if (scene.marks[0] && scene.marks[1]) {
        const std::int64_t apart = std::abs(*scene.marks[1] - *scene.marks[0]);
        const double a = std::clamp(scene.scale.x(*scene.marks[0]), 0.0, right);
        const double b = std::clamp(scene.scale.x(*scene.marks[1]), 0.0, right);
        const QString text = OperationText::durationText(std::chrono::nanoseconds(apart));
        const QFontMetrics fm(painter.font());
        const double middle = lanes.left() + (a + b) / 2;
        // In the ruler, where it hides no operation.
        const QRectF label(middle - fm.horizontalAdvance(text) / 2.0 - 6, lanes.top() - ruler + 1,
            fm.horizontalAdvance(text) + 12, fm.height() + 2);
        painter.setPen(QPen(color, 1));
        painter.drawLine(
            QPointF(lanes.left() + a, lanes.top() - 1), QPointF(lanes.left() + b, lanes.top() - 1));
        painter.fillRect(label, color);
        painter.setPen(palette.color(QPalette::HighlightedText));
        painter.drawText(label, Qt::AlignCenter, text);
    }
}

} // namespace

TimelineMetrics::TimelineMetrics(const QFont& font)
{
    const QFontMetrics fm(font);
    ruler = fm.height() + 6;
    track = fm.height() + 6;
    lane = 2 * track + 4;
    gutter = fm.averageCharWidth() * 26;
}

QRect TimelineMetrics::lanes(const QRect& area) const
{
    return area.adjusted(gutter, ruler, 0, 0);
}

void paintTimeline(QPainter& painter, const QRect& area, const TimelineScene& scene,
    const QPalette& palette, const QFont& font)
{
    const TimelineMetrics metrics(font);
    const QRect lanes = metrics.lanes(area);
    painter.setFont(font);
    painter.fillRect(area, palette.color(QPalette::Base));
    paintRuler(painter, area, scene, palette, metrics);
    painter.save();
    painter.setClipRect(QRect(area.left(), lanes.top(), area.width(), lanes.height()));
    for (int i = 0; i < static_cast<int>(scene.shown.size()); ++i) {
        const int top = lanes.top() + i * metrics.lane - scene.scrolled;
        if (top + metrics.lane < lanes.top() || top > lanes.bottom())
            continue;
        const TimelineLane& lane = *scene.shown[static_cast<std::size_t>(i)];
        paintNames(painter, QRect(area.left(), top, metrics.gutter - 1, metrics.lane - 1), scene, i,
            palette, font);
        painter.save();
        painter.setClipRect(
            QRect(lanes.left(), std::max(top, lanes.top()), lanes.width(), metrics.lane),
            Qt::IntersectClip);
        QRect track(lanes.left(), top + 1, lanes.width(), metrics.track);
        TrackPainter(painter, scene, track, palette, font).paint(lane.writes);
        track.translate(0, metrics.track + 1);
        TrackPainter(painter, scene, track, palette, font).paint(lane.reads);
        painter.restore();
        QColor line = palette.color(QPalette::Text);
        line.setAlpha(50);
        painter.setPen(line);
        painter.drawLine(area.left(), top + metrics.lane - 1, area.right(), top + metrics.lane - 1);
    }
    painter.restore();
    paintRangeAndMarks(painter, lanes, scene, palette, metrics.ruler);
}

} // namespace swb::ui
