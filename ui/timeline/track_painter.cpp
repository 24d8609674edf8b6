// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/track_painter.h"

#include "ui/models/operations_model_text.h"

#include <QPainter>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

namespace swb::ui {

namespace {

constexpr std::size_t kMostCrossing = 64; // bars that reach into the picture from the left
constexpr double kWaitingHeight = 2.0; // of what waits for others of its track
constexpr int kTextFrom = 60; // pixels from which a bar has room for words
constexpr double kMostParts = 1e6; // of a group, on as many pixels
constexpr int kMostWords = 24; // bars with words: their records are read

} // namespace

Tone TrackPainter::Column::tone() const
{
    if (failed > 0)
        return Tone::Bad;
    return pending > 0 ? Tone::Waiting : Tone::Good;
}

void TrackPainter::Column::add(const Column& other)
{
    synchronous += other.synchronous;
    completed += other.completed;
    pending += other.pending;
    failed += other.failed;
}

/// One of so many equal parts, in which nothing that was there is missing.
TrackPainter::Column TrackPainter::Column::dividedBy(std::uint32_t parts) const
{
    const auto part = [parts](std::uint32_t all) { return (all + parts - 1) / parts; };
    return {part(synchronous), part(completed), part(pending), part(failed)};
}

bool TrackPainter::Column::looksLike(const Column& other) const
{
    return tone() == other.tone() && strength() == other.strength()
        && (synchronous > 0) == (other.synchronous > 0);
}

int TrackPainter::Column::strength() const
{
    return std::min(4, static_cast<int>(std::bit_width(operations()) / 2));
}

TrackPainter::TrackPainter(QPainter& painter, const TimelineScene& scene, const QRect& rect,
    const QPalette& palette, const QFont& font)
    : m_painter(painter)
    , m_scene(scene)
    , m_rect(rect)
    , m_palette(palette)
    , m_metrics(font)
    , m_stamps(painter, palette, rect.height())
    , m_columns(static_cast<std::size_t>(std::max(rect.width(), 1)))
    , m_starting(m_columns.size())
    , m_bare(m_columns.size() + 1)
    , m_barFromNs(kBarFrom * scene.scale.nsPerPixel)
{
    std::iota(m_bare.begin(), m_bare.end(), 0);
    for (const Tone tone : {Tone::Good, Tone::Waiting, Tone::Bad})
        m_colors[static_cast<std::size_t>(tone)] = toneColor(tone, palette);
}

void TrackPainter::paint(const LaneTrack& track)
{
    const std::int64_t from = m_scene.scale.timeAt(0);
    const std::int64_t to = m_scene.scale.timeAt(m_scene.scale.width);
    const auto resolution
        = static_cast<std::int64_t>(std::max(1.0, std::ceil(m_scene.scale.nsPerPixel)));
    for (const TrackMark& mark : track.crossing(from, kMostCrossing))
        m_crossing.push_back(barOf(mark));
    if (m_crossing.size() == kMostCrossing) {
        // There may be more; the one that is to be seen longest must not be missing.
        if (const auto farthest = track.reachingFarthest(from))
            m_crossing.push_back(barOf(*farthest));
    }
    // The one whose turn it is may be behind more than are drawn.
    const auto first = track.firstCrossing(from);
    const auto isFirst = [&](const Bar& bar) { return bar.mark.row == first->row; };
    if (first && std::none_of(m_crossing.begin(), m_crossing.end(), isFirst))
        m_crossing.push_back(barOf(*first));
    track.visit(from, to, resolution,
        {[this](const TrackMark& mark) { add(mark); },
            [this](const TrackSummary& group) { addGroup(group); }});
    arrangeCrossing();
    arrangeBars();
    takeTurns();
    paintBands();
    std::for_each(m_bars.rbegin(), m_bars.rend(), [this](const Bar& bar) { paintBar(bar); });
    paintColumns();
    for (const Bar& bar : m_bars)
        paintEnd(bar);
    paintFocus(track);
}

// --- What there is

void TrackPainter::add(const TrackMark& mark)
{
    if (addBar(mark))
        return;
    Column* const column = columnAt(m_scene.scale.x(mark.startNs));
    if (column == nullptr)
        return;
    switch (mark.outcome) {
    case trace::Outcome::Synchronous:
        ++column->synchronous;
        break;
    case trace::Outcome::Pending:
        ++column->pending;
        break;
    case trace::Outcome::Completed:
        ++column->completed;
        break;
    case trace::Outcome::Failed:
    case trace::Outcome::Aborted:
        ++column->failed;
        break;
    }
}

void TrackPainter::addGroup(const TrackSummary& group)
{
    TrackSummary ticks = group;
    const TrackMark longest = group.longest();
    if (addBar(longest)) // and no tick besides
        ticks.remove(longest.outcome);
    const Column all{ticks.synchronous,
        ticks.operations - ticks.synchronous - ticks.pending - ticks.failed - ticks.aborted,
        ticks.pending, ticks.failed + ticks.aborted};
    const double from = m_scene.scale.x(group.firstStartNs);
    const double to = m_scene.scale.x(group.lastStartNs);
    if (to - from <= 1) {
        if (Column* column = columnAt(from))
            column->add(all);
        return;
    }
    // Its operations are not here yet: until they are, they are spread over the time they lie in.
    const int first = static_cast<int>(std::max(std::floor(from), 0.0));
    const int last
        = static_cast<int>(std::min(std::floor(to), static_cast<double>(m_columns.size()) - 1));
    const Column each = all.dividedBy(
        static_cast<std::uint32_t>(std::min(std::round(to - from), kMostParts)) + 1);
    for (int x = first; x <= last; ++x)
        m_columns[static_cast<std::size_t>(x)].add(each);
}

/// False: it is no bar.
bool TrackPainter::addBar(const TrackMark& mark)
{
    if (!mark.waited || static_cast<double>(endOf(mark) - mark.startNs) < m_barFromNs)
        return false;
    const Bar bar = barOf(mark);
    const auto at = static_cast<std::int64_t>(std::floor(bar.from));
    if (at < 0 || at >= static_cast<std::int64_t>(m_starting.size()))
        return true;
    if (m_few.size() <= kFewBars)
        m_few.push_back(bar);
    std::optional<Bar>& place = m_starting[static_cast<std::size_t>(at)];
    if (place && place->length() >= bar.length())
        return true;
    place = bar;
    return true;
}

TrackPainter::Column* TrackPainter::columnAt(double x)
{
    const auto at = static_cast<std::int64_t>(std::floor(x));
    if (at < 0 || at >= static_cast<std::int64_t>(m_columns.size()))
        return nullptr;
    return &m_columns[static_cast<std::size_t>(at)];
}

std::int64_t TrackPainter::endOf(const TrackMark& mark) const
{
    return mark.endNs == TrackMark::kStillPending ? std::max(m_scene.nowNs, mark.startNs)
                                                  : mark.endNs;
}

TrackPainter::Bar TrackPainter::barOf(const TrackMark& mark) const
{
    const double from = m_scene.scale.x(mark.startNs);
    return {mark, from, m_scene.scale.x(endOf(mark)), from, true};
}

// --- How it looks

/// Hatched, as the bars that cannot be told apart in it.
void TrackPainter::paintBands()
{
    for (const Tone tone : {Tone::Good, Tone::Waiting}) {
        const std::vector<int>& band = m_bands[static_cast<std::size_t>(tone)];
        int here = 0;
        std::size_t from = 0;
        for (std::size_t x = 0; x < band.size(); ++x) {
            const int next = here + band[x];
            if (here == 0 && next > 0)
                from = x;
            else if (here > 0 && next == 0)
                paintHatched(static_cast<double>(from), static_cast<double>(x), tone, true, true);
            here = next;
        }
    }
}

/// Solid, full height: it was over when the call returned; shorter: its event came a moment later.
void TrackPainter::paintColumns()
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
        QColor shade = color(column.tone());
        shade.setAlpha(155 + 25 * column.strength());
        const int inset = column.synchronous > 0 || column.failed > 0 ? 1 : m_rect.height() / 4;
        // One by itself is two pixels wide, so that it is seen.
        const int width = std::max(end - x, column.operations() == 1 ? 2 : 1);
        m_painter.fillRect(
            QRect(m_rect.left() + x, m_rect.top() + inset, width, m_rect.height() - 2 * inset),
            shade);
        if (column.failed > 0)
            paintCross(m_rect.left() + x, shade);
        x = end;
    }
}

void TrackPainter::paintCross(int x, const QColor& shade)
{
    if (x < m_lastCross + 7)
        return; // they would run into one another; the colour is there
    m_lastCross = x;
    m_stamps.stamp({static_cast<double>(x), m_rect.top() + 3.0}, TrackStamps::Shape::Cross, shade);
}

QRectF TrackPainter::barRect(double from, double to) const
{
    // Beyond the picture a bar need not be drawn in full: billions of pixels are no coordinates.
    const double beyond = static_cast<double>(m_rect.width()) + 4;
    const double left = std::clamp(from, -4.0, beyond);
    const double right = std::clamp(to, -4.0, beyond);
    return {m_rect.left() + left, m_rect.top() + 2.5, std::max(right - left, 1.0),
        m_rect.height() - 5.0};
}

Tone TrackPainter::toneOf(const TrackMark& mark) const
{
    if (mark.outcome == trace::Outcome::Pending)
        return Tone::Waiting;
    return mark.failed() ? Tone::Bad : Tone::Good;
}

/// `begins`, `ends`: with a line at that end.
void TrackPainter::paintHatched(double from, double to, Tone tone, bool begins, bool ends)
{
    const QRectF rect = barRect(from, to);
    const QColor& shade = color(tone);
    const QColor base = m_palette.color(QPalette::Base);
    const auto mix = [](int a, int b) { return (a * 36 + b * 219) / 255; };
    m_painter.fillRect(rect,
        QColor(mix(shade.red(), base.red()), mix(shade.green(), base.green()),
            mix(shade.blue(), base.blue())));
    QColor hatch = shade;
    hatch.setAlpha(150);
    m_painter.setBrushOrigin(m_rect.topLeft());
    m_painter.fillRect(rect, QBrush(hatch, Qt::BDiagPattern));
    m_painter.setPen(QPen(shade, 1));
    m_painter.drawLine(rect.topLeft(), rect.topRight());
    m_painter.drawLine(rect.bottomLeft(), rect.bottomRight());
    if (begins)
        m_painter.drawLine(rect.topLeft(), rect.bottomLeft());
    if (ends)
        m_painter.drawLine(rect.topRight(), rect.bottomRight());
}

/// The first column from here on that no bar covers yet.
int TrackPainter::bareFrom(int column)
{
    int found = column;
    while (m_bare[static_cast<std::size_t>(found)] != found)
        found = m_bare[static_cast<std::size_t>(found)];
    while (column != found) // the way is short the next time
        column = std::exchange(m_bare[static_cast<std::size_t>(column)], found);
    return found;
}

/// Full height while it is its turn; while it waits for others before it, a line below them. Of the
/// bar what later ones leave of it: they are painted first, and lie above it. So no pixel is
/// painted twice, however many lie over one another.
void TrackPainter::paintBar(const Bar& bar)
{
    if (bar.turn > bar.from) {
        QRectF waiting = barRect(bar.from, bar.turn);
        waiting.setTop(waiting.bottom() + 1);
        waiting.setHeight(kWaitingHeight);
        QColor tint = color(toneOf(bar.mark));
        tint.setAlpha(170);
        m_painter.fillRect(waiting, tint);
        if (bar.to - bar.turn < 1)
            return;
    }
    const int columns = m_rect.width();
    const int first = std::clamp(
        static_cast<int>(std::floor(std::clamp(bar.turn, 0.0, columns + 1.0))), 0, columns);
    const int end = std::clamp(
        static_cast<int>(std::ceil(std::clamp(bar.to, 0.0, columns + 1.0))), first, columns);
    bool words = bar.alone && m_words < kMostWords;
    for (int x = bareFrom(first); x < end; x = bareFrom(x)) {
        const int from = x;
        while (x < end && m_bare[static_cast<std::size_t>(x)] == x)
            ++m_bare[static_cast<std::size_t>(x++)];
        const bool begins = from == first;
        const bool ends = x == end;
        const double left = begins ? bar.turn : from;
        const double right = ends ? bar.to : x;
        paintHatched(left, right, toneOf(bar.mark), begins, ends);
        const QRectF rect = barRect(left, right);
        if (words && rect.width() >= kTextFrom) {
            words = false;
            ++m_words;
            paintWords(bar, rect);
        }
    }
}

void TrackPainter::paintWords(const Bar& bar, const QRectF& rect)
{
    const std::optional<trace::OperationRecord> here = m_scene.lanes.recordIfHere(bar.mark);
    if (!here)
        return; // it will have them in the next picture
    const trace::OperationRecord& record = *here;
    const OperationText text(record, m_scene.lanes.store());
    QString words = text.operation();
    if (m_scene.content) {
        const QString content = m_scene.content(std::uint64_t{bar.mark.row} + 1);
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
    const QString reason = m_scene.reason ? m_scene.reason(record) : QString();
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

/// The mark at the end says by its shape how it ended: a disc, a cross, a square; an open bar goes
/// on.
void TrackPainter::paintEnd(const Bar& bar)
{
    if (bar.mark.outcome == trace::Outcome::Pending || bar.to > m_rect.width() + 4 || bar.to < -4)
        return;
    const QRectF rect = barRect(bar.from, bar.to);
    const TrackStamps::Shape shape = bar.mark.outcome == trace::Outcome::Completed
        ? TrackStamps::Shape::Disc
        : bar.mark.outcome == trace::Outcome::Aborted ? TrackStamps::Shape::Square
                                                      : TrackStamps::Shape::BoldCross;
    m_stamps.stamp({m_rect.left() + bar.to, rect.center().y()}, shape, color(toneOf(bar.mark)));
}

// --- What is looked at

/// The operation `id` if it is on this track: found by its number, as it may be drawn within a
/// group.
std::optional<TrackPainter::Bar> TrackPainter::focused(
    std::uint64_t id, const LaneTrack& track) const
{
    if (!m_scene.lanes.store().contains(id))
        return std::nullopt;
    const auto row = static_cast<std::uint32_t>(trace::TraceStore::rowOf(id));
    const trace::OperationRecord record = m_scene.lanes.record(row);
    const TimelineLane* const lane = m_scene.lanes.find(record.socketId);
    if (record.kind == SocketAsyncOperation::None || lane == nullptr
        || &lane->track(record.kind) != &track)
        return std::nullopt;
    return barOf(TrackMark::of(record, row));
}

void TrackPainter::paintFocus(const LaneTrack& track)
{
    const auto selected = focused(m_scene.selected, track);
    const auto hovered = focused(m_scene.hovered, track);
    for (const auto& [bar, width] : {std::pair(hovered, 1.0), std::pair(selected, 2.0)}) {
        if (!bar || bar->to < -4 || bar->from > m_rect.width() + 4)
            continue;
        QRectF rect = barRect(bar->from, bar->to);
        rect.adjust(-2, -1.5, 2, 1.5);
        m_painter.setPen(QPen(m_palette.color(QPalette::Highlight), width));
        m_painter.setBrush(Qt::NoBrush);
        m_painter.drawRect(rect);
    }
    if (selected)
        paintThreads(*selected);
}

/// From the thread of the call to the thread on which the event came.
void TrackPainter::paintThreads(const Bar& bar)
{
    const std::int64_t eventNs = m_scene.lanes.record(bar.mark.row).eventNs;
    if (eventNs == 0)
        return;
    const double from = std::clamp(bar.from, 0.0, static_cast<double>(m_rect.width()));
    const double to
        = std::clamp(m_scene.scale.x(eventNs), 0.0, static_cast<double>(m_rect.width()));
    if (to - from < 12)
        return;
    const double y = m_rect.bottom() - 1;
    m_painter.setRenderHint(QPainter::Antialiasing);
    m_painter.setPen(QPen(m_palette.color(QPalette::Text), 1.5)); // on the frame of the selected
    const QPointF tip(m_rect.left() + to, y);
    m_painter.drawLine(QPointF(m_rect.left() + from, y), tip);
    m_painter.drawLine(tip, tip + QPointF(-5, -3));
    m_painter.drawLine(tip, tip + QPointF(-5, 3));
    m_painter.setRenderHint(QPainter::Antialiasing, false);
}

} // namespace swb::ui
