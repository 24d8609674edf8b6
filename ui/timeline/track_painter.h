// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/support/icons.h"
#include "ui/timeline/timeline_scene.h"
#include "ui/timeline/track_stamps.h"

#include <QColor>
#include <QFontMetrics>

#include <array>
#include <optional>
#include <vector>

namespace swb::ui {

/// Paints one direction of one socket. However many operations there are, it paints at most as much
/// as there is room for: a mark for each column of pixels, and a bar for each operation that was
/// pending as long as bars can be told apart; where they cannot, one band says that some were.
///
/// Short-lived: borrows everything.
class TrackPainter {
public:
    TrackPainter(QPainter& painter, const TimelineScene& scene, const QRect& rect,
        const QPalette& palette, const QFont& font);
    void paint(const LaneTrack& track);

private:
    static constexpr std::size_t kTones = 5;
    static constexpr double kBarFrom = 2.0; ///< Pixels: what is pending for less is a tick.
    /// So many bars are painted one by one, however near one another.
    static constexpr std::size_t kFewBars = 64;

    /// What falls on one column of pixels.
    struct Column {
        std::uint32_t synchronous = 0;
        std::uint32_t completed = 0;
        std::uint32_t pending = 0;
        std::uint32_t failed = 0;

        std::uint32_t operations() const { return synchronous + completed + pending + failed; }
        bool empty() const { return operations() == 0; }
        Tone tone() const;
        void add(const Column& other);
        Column dividedBy(std::uint32_t parts) const;
        bool looksLike(const Column& other) const;
        /// 0 to 4: more operations in a column stand out more.
        int strength() const;
    };
    /// An operation that was pending for some pixels.
    struct Bar {
        TrackMark mark;
        double from = 0;
        double to = 0;
        double turn = 0; ///< From here on it is the first of its track.
        bool alone = true; ///< No other one begins beside it.
        double length() const { return to - from; }
    };

    void add(const TrackMark& mark);
    void addGroup(const TrackSummary& group);
    bool addBar(const TrackMark& mark);
    Column* columnAt(double x);
    std::int64_t endOf(const TrackMark& mark) const;
    Bar barOf(const TrackMark& mark) const;

    void arrangeCrossing();
    void arrangeBars();
    void takeTurns();
    void addToBands(const Bar& bar);
    void paintBands();
    void paintColumns();
    void paintCross(int x, const QColor& color);
    QRectF barRect(double from, double to) const;
    Tone toneOf(const TrackMark& mark) const;
    const QColor& color(Tone tone) const { return m_colors[static_cast<std::size_t>(tone)]; }
    void paintHatched(double from, double to, Tone tone, bool begins, bool ends);
    int bareFrom(int column);
    void paintBar(const Bar& bar);
    void paintWords(const Bar& bar, const QRectF& rect);
    void paintEnd(const Bar& bar);
    std::optional<Bar> focused(std::uint64_t id, const LaneTrack& track) const;
    void paintFocus(const LaneTrack& track);
    void paintThreads(const Bar& bar);

    QPainter& m_painter;
    const TimelineScene& m_scene;
    const QRect m_rect;
    const QPalette& m_palette;
    const QFontMetrics m_metrics;
    TrackStamps m_stamps;
    std::array<QColor, kTones> m_colors; ///< By Tone.
    std::vector<Column> m_columns;
    std::vector<Bar> m_crossing; ///< Those that begin left of the picture, newest first.
    std::vector<Bar> m_few; ///< The first that begin in the picture: all, unless there are many.
    std::vector<std::optional<Bar>> m_starting; ///< The longest that begins in each column.
    std::vector<Bar> m_bars; ///< What is painted one by one.
    std::array<std::vector<int>, kTones> m_bands; ///< How many more from this column on.
    std::vector<int> m_bare; ///< From each column the next one without a bar, or one before it.
    const double m_barFromNs; ///< What was pending for longer is a bar.
    int m_lastCross = -100;
    int m_words = 0;
};

} // namespace swb::ui
