// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_scene.h"

#include "engine/net/thread_id.h"
#include "ui/models/operations_model_text.h"
#include "ui/support/format.h"
#include "ui/support/icons.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <limits>

namespace swb::ui {

namespace {

constexpr int kTickSpacing = 90; // pixels between the ruler's labels
constexpr std::size_t kMostCrossing = 64; // bars that reach into the picture from the left
constexpr double kWaitingHeight = 2.0; // of what waits for others of its track
constexpr double kBarFrom = 2.0; // pixels from which a pending operation is a bar, not a tick
constexpr int kTextFrom = 60; // pixels from which a bar has room for words

/// What falls on one column of pixels of a track.
struct Column {
    std::uint32_t synchronous = 0;
    std::uint32_t completed = 0;
    std::uint32_t pending = 0;
    std::uint32_t failed = 0;

    bool empty() const { return synchronous + completed + pending + failed == 0; }
    std::uint32_t operations() const { return synchronous + completed + pending + failed; }
    Tone tone() const
    {
        if (failed > 0)
            return Tone::Bad;
        return pending > 0 ? Tone::Waiting : Tone::Good;
    }
    bool looksLike(const Column& other) const
    {
        return tone() == other.tone() && strength() == other.strength()
            && (synchronous > 0) == (other.synchronous > 0);
    }
    /// 0 to 4: more operations in a column stand out more.
    int strength() const { return std::min(4, static_cast<int>(std::log2(operations() + 1)) / 2); }
};

class TrackPainter {
public:
    TrackPainter(QPainter& painter, const TimelineScene& scene, const QRect& rect,
        const QPalette& palette, const QFont& font)
        : m_painter(painter)
        , m_scene(scene)
        , m_rect(rect)
        , m_palette(palette)
        , m_metrics(font)
        , m_columns(static_cast<std::size_t>(std::max(rect.width(), 1)))
    {
    }

    void paint(const LaneTrack& track)
    {
        const auto read = [this](std::uint32_t row) { return m_scene.lanes.record(row); };
        const std::int64_t from = m_scene.scale.timeAt(0);
        const std::int64_t to = m_scene.scale.timeAt(m_scene.scale.width);
        auto crossing = track.crossing(from, kMostCrossing, read);
        const auto first = track.firstCrossing(from, read);
        if (first && *first < crossing.back())
            crossing.push_back(*first); // its turn, behind more than are drawn
        for (auto row = crossing.rbegin(); row != crossing.rend(); ++row)
            add(*row, read(*row));
        const auto resolution
            = static_cast<std::int64_t>(std::max(1.0, std::ceil(m_scene.scale.nsPerPixel)));
        track.visit(from, to, resolution,
            {[&](std::uint32_t row) { add(row, read(row)); },
                [&](const TrackSummary& group) { addGroup(group, read); }});
        takeTurns();
        for (const Bar& bar : m_bars)
            paintBar(bar);
        paintColumns();
        for (const Bar& bar : m_bars)
            paintEnd(bar);
        paintFocus(track);
    }

private:
    struct Bar {
        trace::OperationRecord record;
        double from;
        double to;
        double turn = 0; ///< From here on it is the first of its track.
    };

    /// Operations of a track go on one after the other: one that was started while another was
    /// pending waits for it first.
    void takeTurns()
    {
        std::sort(m_bars.begin(), m_bars.end(),
            [](const Bar& a, const Bar& b) { return a.record.id < b.record.id; });
        double free = std::numeric_limits<double>::lowest();
        for (Bar& bar : m_bars) {
            bar.turn = std::clamp(free, bar.from, bar.to);
            free = std::max(free, bar.to);
        }
    }

    void add(std::uint32_t row, const trace::OperationRecord& record)
    {
        if (record.kind == SocketAsyncOperation::None)
            return;
        const TrackSummary one = TrackSummary::of(record, row);
        const double from = m_scene.scale.x(record.submittedNs);
        const double to = m_scene.scale.x(endOf(record));
        if (record.returnedPending() && to - from >= kBarFrom) {
            m_bars.push_back({record, from, to, from});
            return;
        }
        if (Column* column = columnAt(from))
            count(*column, one);
    }

    template <typename Read> void addGroup(const TrackSummary& group, const Read& read)
    {
        const double from = m_scene.scale.x(group.firstStartNs);
        if (group.longestRow != TrackSummary::kNoRow) {
            const trace::OperationRecord longest = read(group.longestRow);
            const double start = m_scene.scale.x(longest.submittedNs);
            const double end = m_scene.scale.x(endOf(longest));
            if (longest.returnedPending() && end - start >= kBarFrom)
                m_bars.push_back({longest, start, end, start});
        }
        if (Column* column = columnAt(from))
            count(*column, group);
    }

    std::int64_t endOf(const trace::OperationRecord& record) const
    {
        return record.phase == trace::OperationPhase::Completed
            ? std::max(record.completedNs, record.submittedNs)
            : std::max(m_scene.nowNs, record.submittedNs);
    }

    Column* columnAt(double x)
    {
        const auto at = static_cast<std::int64_t>(std::floor(x));
        if (at < 0 || at >= static_cast<std::int64_t>(m_columns.size()))
            return nullptr;
        return &m_columns[static_cast<std::size_t>(at)];
    }

    static void count(Column& column, const TrackSummary& summary)
    {
        const std::uint32_t bad = summary.failed + summary.aborted;
        column.synchronous += summary.synchronous;
        column.pending += summary.pending;
        column.failed += bad;
        column.completed += summary.operations - summary.synchronous - summary.pending - bad;
    }

    /// Solid, full height: it was over when the call returned; shorter: its event came a moment
    /// later.
    void paintColumns()
    {
        const int count = static_cast<int>(m_columns.size());
        for (int x = 0; x < count;) {
            const Column& column = m_columns[static_cast<std::size_t>(x)];
            int end = x + 1;
            if (column.empty()) {
                x = end;
                continue;
            }
            while (end < count && !m_columns[static_cast<std::size_t>(end)].empty()
                && m_columns[static_cast<std::size_t>(end)].looksLike(column))
                ++end;
            QColor color = toneColor(column.tone(), m_palette);
            color.setAlpha(155 + 25 * column.strength());
            const int inset = column.synchronous > 0 || column.failed > 0 ? 1 : m_rect.height() / 4;
            // One by itself is two pixels wide, so that it is seen.
            const int width = std::max(end - x, column.operations() == 1 ? 2 : 1);
            m_painter.fillRect(
                QRect(m_rect.left() + x, m_rect.top() + inset, width, m_rect.height() - 2 * inset),
                color);
            if (column.failed > 0)
                paintCross(m_rect.left() + x, color);
            x = end;
        }
    }

    void paintCross(int x, const QColor& color)
    {
        if (x < m_lastCross + 7)
            return; // they would run into one another; the colour is there
        m_lastCross = x;
        m_painter.setPen(QPen(color, 1.5));
        const int y = m_rect.top() + 3;
        m_painter.drawLine(x - 3, y - 3, x + 3, y + 3);
        m_painter.drawLine(x - 3, y + 3, x + 3, y - 3);
    }

    QRectF barRect(const Bar& bar) const { return barRect(bar.from, bar.to); }

    QRectF barRect(double from, double to) const
    {
        // Beyond the picture a bar need not be drawn in full: billions of pixels are no
        // coordinates.
        const double beyond = static_cast<double>(m_rect.width()) + 4;
        const double left = std::clamp(from, -4.0, beyond);
        const double right = std::clamp(to, -4.0, beyond);
        return {m_rect.left() + left, m_rect.top() + 2.5, std::max(right - left, 1.0),
            m_rect.height() - 5.0};
    }

    Tone toneOf(const trace::OperationRecord& record) const
    {
        switch (trace::outcome(record)) {
        case trace::Outcome::Pending:
            return Tone::Waiting;
        case trace::Outcome::Failed:
        case trace::Outcome::Aborted:
            return Tone::Bad;
        case trace::Outcome::Synchronous:
        case trace::Outcome::Completed:
            break;
        }
        return Tone::Good;
    }

    /// Full height while it is its turn; while it waits for others before it, a line below them.
    void paintBar(const Bar& bar)
    {
        const QColor color = toneColor(toneOf(bar.record), m_palette);
        if (bar.turn > bar.from) {
            QRectF waiting = barRect(bar.from, bar.turn);
            waiting.setTop(waiting.bottom() + 1);
            waiting.setHeight(kWaitingHeight);
            QColor tint = color;
            tint.setAlpha(170);
            m_painter.fillRect(waiting, tint);
        }
        if (bar.to - bar.turn < 1 && bar.turn > bar.from)
            return;
        const QRectF rect = barRect(bar.turn, bar.to);
        paintHatched(rect, color);
        if (rect.width() >= kTextFrom)
            paintWords(bar, rect);
    }

    void paintHatched(const QRectF& rect, const QColor& color)
    {
        QColor tint = color;
        tint.setAlpha(36);
        m_painter.fillRect(rect, m_palette.color(QPalette::Base));
        m_painter.fillRect(rect, tint);
        QColor hatch = color;
        hatch.setAlpha(150);
        m_painter.setBrushOrigin(m_rect.topLeft());
        m_painter.fillRect(rect, QBrush(hatch, Qt::BDiagPattern));
        m_painter.setPen(QPen(color, 1));
        m_painter.drawRect(rect);
    }

    void paintWords(const Bar& bar, const QRectF& rect)
    {
        const OperationText text(bar.record, m_scene.lanes.store());
        QString words = text.operation();
        if (m_scene.content) {
            const QString content = m_scene.content(bar.record.id);
            // A long name leaves room for what comes of it.
            if (!content.isEmpty()) {
                words += QStringLiteral(" ")
                    + m_metrics.elidedText(
                        content, Qt::ElideMiddle, static_cast<int>(rect.width() * 0.4));
            }
        }
        const QString bytes = text.bytes();
        if (!bytes.isEmpty())
            words += QStringLiteral("  ") + bytes;
        if (rect.width() >= 3.5 * kTextFrom)
            words += QStringLiteral("  ") + text.threads();
        const QString reason = m_scene.reason ? m_scene.reason(bar.record) : QString();
        if (!reason.isEmpty())
            words += QStringLiteral("  ") + reason;
        const QRectF inside = rect.adjusted(5, 0, -5, 0);
        const QString shown
            = m_metrics.elidedText(words, Qt::ElideRight, static_cast<int>(inside.width()));
        // The hatching stays off the words.
        const QRectF behind(inside.left() - 2, rect.top() + 1,
            std::min(inside.width(), m_metrics.horizontalAdvance(shown) + 4.0), rect.height() - 1);
        QColor base = m_palette.color(QPalette::Base);
        base.setAlpha(225);
        m_painter.fillRect(behind, base);
        m_painter.setPen(m_palette.color(QPalette::Text));
        m_painter.drawText(inside, Qt::AlignVCenter | Qt::AlignLeft, shown);
    }

    /// The mark at the end says by its shape how it ended: a disc, a cross, a square; an open bar
    /// goes on.
    void paintEnd(const Bar& bar)
    {
        const QRectF rect = barRect(bar);
        const trace::Outcome outcome = trace::outcome(bar.record);
        if (outcome == trace::Outcome::Pending || bar.to > m_rect.width() + 4 || bar.to < -4)
            return;
        const QColor color = toneColor(toneOf(bar.record), m_palette);
        const QPointF centre(m_rect.left() + bar.to, rect.center().y());
        const double size = std::min(4.0, rect.height() / 3);
        m_painter.setRenderHint(QPainter::Antialiasing);
        m_painter.setPen(QPen(m_palette.color(QPalette::Base), 1));
        m_painter.setBrush(color);
        if (outcome == trace::Outcome::Completed) {
            m_painter.drawEllipse(centre, size, size);
        } else if (outcome == trace::Outcome::Aborted) {
            m_painter.drawRect(QRectF(centre.x() - size, centre.y() - size, 2 * size, 2 * size));
        } else {
            m_painter.setPen(QPen(color, 2.5));
            m_painter.drawLine(centre + QPointF(-size, -size), centre + QPointF(size, size));
            m_painter.drawLine(centre + QPointF(-size, size), centre + QPointF(size, -size));
        }
        m_painter.setBrush(Qt::NoBrush);
        m_painter.setRenderHint(QPainter::Antialiasing, false);
    }

    /// The operation `id` if it is on this track: found by its number, as it may be drawn within a
    /// group.
    std::optional<Bar> focused(std::uint64_t id, const LaneTrack& track) const
    {
        if (!m_scene.lanes.store().contains(id))
            return std::nullopt;
        const auto row = static_cast<std::uint32_t>(trace::TraceStore::rowOf(id));
        if (!track.contains(row))
            return std::nullopt;
        const trace::OperationRecord record = m_scene.lanes.record(row);
        const double from = m_scene.scale.x(record.submittedNs);
        return Bar{record, from, m_scene.scale.x(endOf(record)), from};
    }

    void paintFocus(const LaneTrack& track)
    {
        const auto selected = focused(m_scene.selected, track);
        const auto hovered = focused(m_scene.hovered, track);
        for (const auto& [bar, width] : {std::pair(hovered, 1.0), std::pair(selected, 2.0)}) {
            if (!bar || bar->to < -4 || bar->from > m_rect.width() + 4)
                continue;
            QRectF rect = barRect(*bar);
            rect.adjust(-2, -1.5, 2, 1.5);
            m_painter.setPen(QPen(m_palette.color(QPalette::Highlight), width));
            m_painter.setBrush(Qt::NoBrush);
            m_painter.drawRect(rect);
        }
        if (selected && selected->record.eventNs != 0)
            paintThreads(*selected);
    }

    /// From the thread of the call to the thread on which the event came.
    void paintThreads(const Bar& bar)
    {
        const double from = std::clamp(bar.from, 0.0, static_cast<double>(m_rect.width()));
        const double to = std::clamp(
            m_scene.scale.x(bar.record.eventNs), 0.0, static_cast<double>(m_rect.width()));
        if (to - from < 12)
            return;
        const double y = m_rect.bottom() - 1;
        m_painter.setRenderHint(QPainter::Antialiasing);
        m_painter.setPen(
            QPen(m_palette.color(QPalette::Text), 1.5)); // on the frame of the selected
        const QPointF tip(m_rect.left() + to, y);
        m_painter.drawLine(QPointF(m_rect.left() + from, y), tip);
        m_painter.drawLine(tip, tip + QPointF(-5, -3));
        m_painter.drawLine(tip, tip + QPointF(-5, 3));
        m_painter.setRenderHint(QPainter::Antialiasing, false);
    }

    QPainter& m_painter;
    const TimelineScene& m_scene;
    const QRect m_rect;
    const QPalette& m_palette;
    const QFontMetrics m_metrics;
    std::vector<Column> m_columns;
    std::vector<Bar> m_bars;
    int m_lastCross = -100;
};

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
