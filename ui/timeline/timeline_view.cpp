// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_view.h"

#include "ui/models/operations_model_text.h"

#include <QAccessible>
#include <QImage>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>
#include <utility>

namespace swb::ui {

namespace {

constexpr int kBarSteps = 10'000; // of the horizontal scroll bar, whatever the time it stands for
constexpr int kApartMs = 8; // from the pictures of the other views
constexpr double kFirstNs = 8e9; // for a thousand pixels, before anybody has zoomed

} // namespace

TimelineView::TimelineView(TimelineLanes& lanes, OperationFocus& focus, QWidget* parent)
    : QAbstractScrollArea(parent)
    , m_lanes(lanes)
    , m_focus(focus)
{
    setObjectName(QStringLiteral("timelineView"));
    setAccessibleName(tr("Timeline of operations"));
    setAccessibleDescription(tr("The same operations are in the operations table."));
    setFocusPolicy(Qt::StrongFocus);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    horizontalScrollBar()->setAccessibleName(tr("Time"));
    verticalScrollBar()->setAccessibleName(tr("Lanes"));
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    m_scale.nsPerPixel = kFirstNs / 1000;
    m_frame.setSingleShot(true);
    connect(&m_frame, &QTimer::timeout, this, [this] {
        if (!isVisible())
            return;
        // The other views are drawn now: two things that take long must not hold up one turn of the
        // event loop.
        if (m_sinceChange.isValid() && m_sinceChange.elapsed() < kApartMs
            && !std::exchange(m_putOff, true)) {
            m_frame.start(kApartMs);
            return;
        }
        m_putOff = false;
        m_lanes.refresh();
        collectLanes();
        follow();
        updateScrollBars();
        if (m_missing != 0 && m_missing == m_focus.selected())
            ensureVisible(m_missing);
        if (m_wantedLane != 0)
            showLane(m_wantedLane);
        viewport()->update();
        m_pictureDue = true;
        // The bars of pending operations grow.
        if (m_lanes.goesOn())
            refreshSoon();
    });
    connect(&m_focus, &OperationFocus::selectedChanged, this, [this](quint64 id) {
        if (id != 0 && isVisible())
            ensureVisible(id);
        describe();
        viewport()->update();
    });
    connect(&m_focus, &OperationFocus::hoveredChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&m_focus, &OperationFocus::rangeChanged, this, [this] {
        tell();
        viewport()->update();
    });
    connect(
        horizontalScrollBar(), &QScrollBar::actionTriggered, this, [this] { setFollowing(false); });
}

void TimelineView::lanesChanged()
{
    m_sinceChange.start();
    refreshSoon();
}

void TimelineView::refreshSoon()
{
    if (isVisible() && !m_frame.isActive())
        m_frame.start(m_restMs);
}

void TimelineView::setNames(
    std::function<QString(std::uint32_t)> laneName, std::function<QString(std::uint64_t)> content)
{
    m_laneName = std::move(laneName);
    m_content = std::move(content);
    viewport()->update();
}

void TimelineView::setReason(std::function<QString(const trace::OperationRecord&)> reason)
{
    m_reason = std::move(reason);
}

void TimelineView::setLaneFilter(LaneFilter filter)
{
    m_filter = std::move(filter);
    collectLanes();
    updateScrollBars();
    viewport()->update();
}

void TimelineView::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

QRect TimelineView::lanesArea() const
{
    const TimelineMetrics metrics(font());
    return metrics.lanes(viewport()->rect());
}

TimelineScene TimelineView::scene() const
{
    TimelineScene scene{m_lanes, m_shown, m_scale};
    scene.originNs = m_lanes.store().originNs();
    scene.nowNs = m_lanes.store().presentNs();
    scene.selected = m_focus.selected();
    scene.hovered = m_focus.hovered();
    scene.range = m_focus.range();
    scene.marks = m_marks;
    scene.scrolled = verticalScrollBar()->value();
    scene.focused = hasFocus();
    scene.currentLane = m_currentLane;
    scene.laneName = m_laneName;
    scene.content = m_content;
    scene.reason = m_reason;
    return scene;
}

void TimelineView::collectLanes()
{
    m_shown.clear();
    for (const auto& [socketId, lane] : m_lanes.lanes()) {
        if (!m_filter || m_filter(socketId))
            m_shown.push_back(lane.get());
    }
    m_currentLane = std::clamp(m_currentLane, 0, std::max(0, static_cast<int>(m_shown.size()) - 1));
}

void TimelineView::setScale(const TimeScale& scale)
{
    m_scale = scale.withWidth(lanesArea().width());
    updateScrollBars();
    viewport()->update();
}

void TimelineView::setFollowing(bool following)
{
    if (following == m_following)
        return;
    m_following = following;
    follow();
    updateScrollBars();
    viewport()->update();
    emit followingChanged(following);
}

void TimelineView::follow()
{
    if (!m_following || m_lanes.firstNs() == 0)
        return;
    // While something is pending the present is the end, otherwise the last thing that happened is.
    const std::int64_t end = m_lanes.pending() > 0 ? m_lanes.store().presentNs() : m_lanes.lastNs();
    const std::int64_t first = m_lanes.firstNs();
    const double span = m_scale.width * m_scale.nsPerPixel;
    if (static_cast<double>(end - first) < span * 0.95)
        m_scale.startNs = static_cast<double>(first) - span * 0.03;
    else
        m_scale = m_scale.endingAt(end + static_cast<std::int64_t>(span * 0.03));
}

void TimelineView::zoom(double factor)
{
    // About the selected operation when it is in view, about the end while following.
    double around = m_scale.width / 2;
    const QPoint selected = positionOf(m_focus.selected());
    if (!selected.isNull())
        around = selected.x() - lanesArea().left();
    else if (m_following)
        around = m_scale.width;
    setScale(m_scale.zoomed(factor, around));
}

void TimelineView::showAll()
{
    if (m_lanes.firstNs() == 0)
        return;
    setFollowing(false);
    const std::int64_t end = m_lanes.pending() > 0 ? m_lanes.store().presentNs() : m_lanes.lastNs();
    setScale(TimeScale::fitting(m_lanes.firstNs(), end, lanesArea().width()));
}

void TimelineView::showSelection()
{
    const std::optional<TimeRange> time = timeOf(m_focus.selected());
    if (!time) {
        showAll();
        return;
    }
    const std::int64_t air = std::max<std::int64_t>((time->toNs - time->fromNs) / 3, 1000);
    setFollowing(false);
    setScale(TimeScale::fitting(time->fromNs - air, time->toNs + air, lanesArea().width()));
}

void TimelineView::setMark()
{
    const std::optional<TimeRange> selected = timeOf(m_focus.selected());
    if (!selected)
        addMark(m_scale.timeAt(m_scale.width / 2));
    else if (m_marks[0] == selected->fromNs && !m_marks[1])
        addMark(selected->toNs);
    else
        addMark(selected->fromNs);
}

void TimelineView::addMark(std::int64_t atNs)
{
    if (m_marks[0] && m_marks[1])
        m_marks = {};
    (m_marks[0] ? m_marks[1] : m_marks[0]) = atNs;
    tell();
    viewport()->update();
}

std::optional<TimeRange> TimelineView::timeOf(std::uint64_t operationId) const
{
    if (!m_lanes.store().contains(operationId))
        return std::nullopt;
    const auto record = m_lanes.store().record(trace::TraceStore::rowOf(operationId));
    const std::int64_t end = record.phase == trace::OperationPhase::Completed
        ? record.completedNs
        : m_lanes.store().presentNs();
    return TimeRange{record.submittedNs, std::max(end, record.submittedNs)};
}

void TimelineView::clearMarks()
{
    m_marks = {};
    tell();
    viewport()->update();
}

/// What is held, in words: marks before the brushed time, as Escape lets go of them.
void TimelineView::tell()
{
    const auto text = [](std::int64_t fromNs, std::int64_t toNs) {
        return OperationText::durationText(std::chrono::nanoseconds(std::abs(toNs - fromNs)));
    };
    const auto& range = m_focus.range();
    if (m_marks[0] && m_marks[1])
        emit said(tr("%1 between the marks; B brushes it").arg(text(*m_marks[0], *m_marks[1])));
    else if (m_marks[0])
        emit said(tr("First mark is set; M sets the second."));
    else if (range)
        emit said(tr("%1 brushed; Escape shows all again").arg(text(range->fromNs, range->toNs)));
    else
        emit said(QString());
}

void TimelineView::brush()
{
    TimeRange range{m_scale.timeAt(0), m_scale.timeAt(m_scale.width)};
    if (m_marks[0] && m_marks[1]) {
        const auto [first, last] = std::minmax(*m_marks[0], *m_marks[1]);
        range = {first, last};
    } else if (const auto selected = timeOf(m_focus.selected())) {
        range = *selected;
    }
    setFollowing(false);
    clearMarks();
    m_focus.setRange(range);
}

void TimelineView::letGo()
{
    if (m_marks[0])
        clearMarks();
    else if (m_focus.range())
        m_focus.setRange({});
    else
        m_focus.setSelected(0);
}

void TimelineView::updateScrollBars()
{
    m_settingBars = true;
    const TimelineMetrics metrics(font());
    const int room = lanesArea().height();
    const int content = static_cast<int>(m_shown.size()) * metrics.lane;
    verticalScrollBar()->setPageStep(room);
    verticalScrollBar()->setSingleStep(metrics.lane / 2);
    verticalScrollBar()->setRange(0, std::max(0, content - room));

    // The bar stands for everything recorded, and for what is shown beyond it.
    const double first = std::min(static_cast<double>(m_lanes.firstNs()), m_scale.startNs);
    const double last = std::max(static_cast<double>(m_lanes.lastNs()), m_scale.endNs());
    const double step = std::max((last - first) / kBarSteps, 1e-9);
    const int page
        = std::clamp(static_cast<int>((m_scale.endNs() - m_scale.startNs) / step), 1, kBarSteps);
    QScrollBar* const bar = horizontalScrollBar();
    bar->setPageStep(page);
    bar->setSingleStep(std::max(page / 10, 1));
    bar->setRange(0, kBarSteps - page);
    bar->setValue(static_cast<int>((m_scale.startNs - first) / step));
    m_settingBars = false;
}

void TimelineView::scrollContentsBy(int dx, int)
{
    if (dx != 0 && !m_settingBars) {
        const double first = std::min(static_cast<double>(m_lanes.firstNs()), m_scale.startNs);
        const double last = std::max(static_cast<double>(m_lanes.lastNs()), m_scale.endNs());
        m_scale.startNs = first + (last - first) * horizontalScrollBar()->value() / kBarSteps;
    }
    viewport()->update();
}

void TimelineView::scrollToCurrentLane()
{
    const int lane = TimelineMetrics(font()).lane;
    const int top = m_currentLane * lane;
    QScrollBar* const bar = verticalScrollBar();
    if (top < bar->value())
        bar->setValue(top);
    else if (top + lane > bar->value() + bar->pageStep())
        bar->setValue(top + lane - bar->pageStep());
}

void TimelineView::showLane(std::uint32_t socketId)
{
    m_wantedLane = socketId; // it may be asked for before its first operation
    const auto lane = std::find_if(m_shown.begin(), m_shown.end(),
        [socketId](const TimelineLane* shown) { return shown->socketId == socketId; });
    if (lane == m_shown.end())
        return;
    m_wantedLane = 0;
    m_currentLane = static_cast<int>(lane - m_shown.begin());
    scrollToCurrentLane();
    describe();
    viewport()->update();
}

void TimelineView::ensureVisible(std::uint64_t operationId)
{
    m_missing = operationId; // it may be selected a moment before its lane is here
    if (!m_lanes.store().contains(operationId))
        return;
    const auto record = m_lanes.store().record(trace::TraceStore::rowOf(operationId));
    m_lanes.refresh();
    collectLanes();
    const auto lane = std::find_if(m_shown.begin(), m_shown.end(),
        [&](const TimelineLane* shown) { return shown->socketId == record.socketId; });
    if (lane == m_shown.end())
        return;
    m_missing = 0;
    m_currentLane = static_cast<int>(lane - m_shown.begin());
    scrollToCurrentLane();
    const double x = m_scale.x(record.submittedNs);
    const double end = record.phase == trace::OperationPhase::Completed
        ? m_scale.x(record.completedNs)
        : m_scale.width;
    if (end < 0 || x > m_scale.width || (x < 0 && end < m_scale.width * 0.1)) {
        setFollowing(false);
        setScale(m_scale.panned(x - m_scale.width / 3));
    }
}

void TimelineView::select(std::uint64_t operationId)
{
    m_focus.setSelected(operationId);
}

void TimelineView::stepOperation(int direction)
{
    if (m_shown.empty())
        return;
    const std::uint64_t id = m_focus.selected();
    const auto row = id == 0
        ? std::nullopt
        : std::optional(static_cast<std::uint32_t>(trace::TraceStore::rowOf(id)));
    const auto next
        = m_lanes.neighbour(*m_shown[static_cast<std::size_t>(m_currentLane)], row, direction);
    if (next)
        select(std::uint64_t{*next} + 1);
}

void TimelineView::stepLane(int direction)
{
    if (m_shown.empty())
        return;
    m_currentLane = std::clamp(m_currentLane + direction, 0, static_cast<int>(m_shown.size()) - 1);
    scrollToCurrentLane();
    describe();
    viewport()->update();
}

/// What a screen reader hears.
void TimelineView::describe()
{
    QString text;
    const std::uint64_t id = m_focus.selected();
    if (m_lanes.store().contains(id)) {
        const auto record = m_lanes.store().record(trace::TraceStore::rowOf(id));
        const OperationText words(record, m_lanes.store());
        text = tr("Operation %1, %2, %3, %4, lasted %5")
                   .arg(words.number(), words.operation(), words.outcome(), words.bytesSpoken(),
                       words.durationSpoken());
        const QString reason = m_reason ? m_reason(record) : QString();
        if (!reason.isEmpty())
            text += QStringLiteral(": ") + reason;
    } else if (!m_shown.empty()) {
        text = tr("Lane of %1")
                   .arg(laneName(m_shown[static_cast<std::size_t>(m_currentLane)]->socketId));
    }
    if (text == accessibleDescription())
        return;
    setAccessibleDescription(text);
    if (hasFocus()) {
        QAccessibleEvent event(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
    }
}

QString TimelineView::laneNameAt(const QPoint& position) const
{
    const QRect area = viewport()->rect();
    const int lane = laneAt(position.y(), area, scene(), font());
    if (lane < 0 || position.x() >= TimelineMetrics(font()).lanes(area).left())
        return {};
    return laneName(m_shown[static_cast<std::size_t>(lane)]->socketId);
}

QString TimelineView::laneName(std::uint32_t socketId) const
{
    const QString name = m_laneName ? m_laneName(socketId) : QString();
    return name.isEmpty() ? tr("socket %1").arg(socketId) : name;
}

std::uint64_t TimelineView::operationIdAt(const QPoint& position) const
{
    const auto row = operationAt(position, viewport()->rect(), scene(), font());
    return row ? std::uint64_t{*row} + 1 : 0;
}

QPoint TimelineView::positionOf(std::uint64_t operationId) const
{
    if (!m_lanes.store().contains(operationId))
        return {};
    const auto record = m_lanes.store().record(trace::TraceStore::rowOf(operationId));
    const auto lane = std::find_if(m_shown.begin(), m_shown.end(),
        [&](const TimelineLane* shown) { return shown->socketId == record.socketId; });
    const double x = m_scale.x(record.submittedNs);
    if (lane == m_shown.end() || x < 0 || x > m_scale.width)
        return {};
    const TimelineMetrics metrics(font());
    const int top = lanesArea().top() + static_cast<int>(lane - m_shown.begin()) * metrics.lane
        - verticalScrollBar()->value();
    const int track = TimelineLane::isWrite(record.kind) ? 0 : metrics.track + 1;
    return {lanesArea().left() + static_cast<int>(x), top + track + metrics.track / 2};
}

void TimelineView::render(QPainter& painter, const QRect& area) const
{
    TimelineScene picture = scene();
    picture.hovered = 0;
    picture.focused = false;
    const TimelineMetrics metrics(font());
    picture.scale = picture.scale.withWidth(area.width() - metrics.gutter);
    // Drawn once for nothing, so that what has to be read for it is known: a file has no second
    // picture that could show more.
    QImage sketch(area.size(), QImage::Format_RGB32);
    QPainter sketching(&sketch);
    paintTimeline(sketching, QRect(QPoint(0, 0), area.size()), picture, palette(), font());
    sketching.end();
    m_lanes.readMissingNow();
    paintTimeline(painter, area, picture, palette(), font());
}

} // namespace swb::ui
