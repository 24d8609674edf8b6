// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/timeline/timeline_scene.h"

#include <QAbstractScrollArea>
#include <QElapsedTimer>
#include <QTimer>

namespace swb::ui {

/// Which sockets have a lane.
using LaneFilter = std::function<bool(std::uint32_t socketId)>;

/// The operations over time: a lane for each socket, a hatched bar while an operation is pending, a
/// solid tick where a call was over when it returned.
///
/// Keys: W and S (or + and -) come nearer and go away, A and D (or Left and Right) go along, Up and
/// Down choose a lane, "." and "," the next and previous operation in it, F shows the selection or
/// everything, L follows what happens, M sets two marks to measure between, B brushes the time
/// between them or that of the selected operation, Escape lets go of marks, of the brushed time,
/// and of the selection. The wheel scrolls, with Ctrl it zooms, with Shift it goes along. Dragging
/// brushes a stretch of time, a click with Shift sets a mark; the middle button drags the picture.
///
/// **Threads** GUI thread. **Lifetime** lanes and focus must outlive it.
class TimelineView : public QAbstractScrollArea {
    Q_OBJECT
public:
    TimelineView(TimelineLanes& lanes, OperationFocus& focus, QWidget* parent = nullptr);

    /// The lanes have changed: paints soon, if it is seen. Connect to what changes them.
    void lanesChanged();
    /// Words for lanes and bars, and which lanes there are; any may be empty.
    void setNames(std::function<QString(std::uint32_t)> laneName,
        std::function<QString(std::uint64_t)> content);
    /// Says why an operation is pending; empty when it is not.
    void setReason(std::function<QString(const trace::OperationRecord&)> reason);
    void setLaneFilter(LaneFilter filter);
    /// Scrolls to the lane of a socket, at once or when it has one.
    void showLane(std::uint32_t socketId);
    void setEmptyText(const QString& text);

    const TimeScale& scale() const { return m_scale; }
    void setScale(const TimeScale& scale);
    bool isFollowing() const { return m_following; }
    void setFollowing(bool following);
    void zoom(double factor);
    /// Everything that was recorded.
    void showAll();
    /// The selected operation with some time around it; everything without a selection.
    void showSelection();
    /// Sets a mark at the selected operation's call, or in the middle: the first, then the second.
    /// Both at one operation: at its call and at its end.
    void setMark();
    void clearMarks();
    /// Brushes the time between the two marks; without them that of the selected operation; without
    /// one what is in view.
    void brush();

    /// The picture as it is, for a file.
    void render(QPainter& painter, const QRect& area) const;
    QRect lanesArea() const;
    /// What is at a position of the viewport; 0: nothing.
    std::uint64_t operationIdAt(const QPoint& position) const;
    /// The whole name of the lane that is named there; empty: none is.
    QString laneNameAt(const QPoint& position) const;
    /// The point at which an operation's call is drawn; null when it is not in view.
    QPoint positionOf(std::uint64_t operationId) const;

signals:
    void followingChanged(bool following);
    /// What the status line may say: about the brushed time or the marks; empty: nothing.
    void said(const QString& text);
    void activated(quint64 operationId);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    enum class Drag { None, Brush, Pan };
    /// While something is pending or followed: thirty pictures a second.
    static constexpr int kFrameMs = 33;

    TimelineScene scene() const;
    void collectLanes();
    void updateScrollBars();
    void follow();
    void refreshSoon();
    void select(std::uint64_t operationId);
    void stepOperation(int direction);
    void stepLane(int direction);
    void scrollToCurrentLane();
    void ensureVisible(std::uint64_t operationId);
    void brushTo(const QPoint& position);
    void letGo();
    void tell();
    void addMark(std::int64_t atNs);
    std::optional<TimeRange> timeOf(std::uint64_t operationId) const;
    void describe();
    QString laneName(std::uint32_t socketId) const;

    TimelineLanes& m_lanes;
    OperationFocus& m_focus;
    std::function<QString(std::uint32_t)> m_laneName;
    std::function<QString(std::uint64_t)> m_content;
    std::function<QString(const trace::OperationRecord&)> m_reason;
    LaneFilter m_filter;
    QString m_emptyText;
    std::vector<const TimelineLane*> m_shown;
    TimeScale m_scale;
    std::array<std::optional<std::int64_t>, 2> m_marks;
    QTimer m_frame; ///< At most one picture for each.
    QElapsedTimer m_sinceChange; ///< Of the lanes: then the other views are drawn, too.
    int m_restMs = kFrameMs; ///< Between two frames.
    bool m_pictureDue = false; ///< That of a frame.
    bool m_putOff = false; ///< The next picture, because of that.
    bool m_following = true;
    bool m_settingBars = false;
    int m_currentLane = 0;
    std::uint32_t m_wantedLane = 0; ///< Of showLane(), and not here yet.
    std::uint64_t m_missing = 0; ///< Selected, and not on a lane when it was.
    Drag m_drag = Drag::None;
    QPoint m_dragFrom;
    TimeScale m_dragScale;
};

} // namespace swb::ui
