// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/rate_plot.h"

#include "ui/support/format.h"
#include "ui/support/icons.h"

#include <QAccessible>
#include <QChart>
#include <QEvent>
#include <QGraphicsLayout>
#include <QKeyEvent>
#include <QLegend>
#include <QLineSeries>
#include <QMouseEvent>
#include <QValueAxis>

#include <algorithm>
#include <array>
#include <cmath>

namespace swb::ui {
namespace {

constexpr std::size_t kMostPoints = 256; // more than there are pixels to tell them apart
constexpr double kSecondNs = 1e9;

struct Unit {
    double bytes;
    const char* name;
};
/// The largest unit that the most of a plot reaches, so that its axis has figures and not zeros.
Unit unitFor(double bytesPerSecond)
{
    static constexpr std::array<Unit, 4> kUnits{{{1024.0 * 1024 * 1024, "GiB/s"},
        {1024.0 * 1024, "MiB/s"}, {1024.0, "KiB/s"}, {1.0, "B/s"}}};
    const auto found = std::find_if(kUnits.begin(), kUnits.end(),
        [bytesPerSecond](const Unit& unit) { return bytesPerSecond >= unit.bytes; });
    return found == kUnits.end() ? kUnits.back() : *found;
}

/// Round numbers at the axis, and room above the curve.
double roundUp(double value)
{
    if (value <= 0)
        return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double times : {1.0, 2.0, 5.0, 10.0}) {
        if (value <= times * power)
            return times * power;
    }
    return 10 * power;
}

} // namespace

RatePlot::RatePlot(QWidget* parent)
    : QChartView(parent)
    , m_first(new QLineSeries(this))
    , m_second(new QLineSeries(this))
    , m_time(new QValueAxis(this))
    , m_value(new QValueAxis(this))
{
    setObjectName(QStringLiteral("ratePlot"));
    setAccessibleName(tr("Rate over time"));
    setFrameShape(QFrame::NoFrame);
    chart()->addSeries(m_first);
    chart()->addSeries(m_second);
    chart()->addAxis(m_time, Qt::AlignBottom);
    chart()->addAxis(m_value, Qt::AlignLeft);
    for (QLineSeries* series : {m_first, m_second}) {
        series->attachAxis(m_time);
        series->attachAxis(m_value);
    }
    chart()->setMargins(QMargins(0, 0, 0, 0));
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setBackgroundRoundness(0);
    chart()->legend()->hide(); // ours takes no room from a small plot
    m_time->setTickType(QValueAxis::TicksDynamic);
    m_value->setTickCount(3);
    m_value->setMin(0);
    chart()->setMinimumSize(1, 1); // it is as large as there is room, never cut off
    setMinimumHeight(fontMetrics().height() * 7);
    applyColours();
    draw();
}

void RatePlot::applyColours()
{
    chart()->setBackgroundBrush(palette().color(QPalette::Base));
    QColor grid = palette().color(QPalette::Text);
    for (QValueAxis* axis : {m_time, m_value}) {
        axis->setLabelsColor(palette().color(QPalette::Text));
        axis->setTitleBrush(palette().color(QPalette::Text));
        axis->setLabelsFont(font());
        axis->setTitleFont(font());
        grid.setAlpha(40);
        axis->setGridLineColor(grid);
        grid.setAlpha(90);
        axis->setLinePenColor(grid);
    }
    // Told apart by their dashes too, not by colour alone.
    m_first->setPen(QPen(toneColor(Tone::Good, palette()), 2));
    m_second->setPen(QPen(toneColor(Tone::Waiting, palette()), 2, Qt::DashLine));
}

void RatePlot::setRate(Rate rate)
{
    m_rate = rate;
    draw();
}

void RatePlot::show(const trace::OperationStatistics& statistics, std::int64_t originNs)
{
    m_statistics = statistics;
    m_originNs = originNs;
    draw();
}

void RatePlot::draw()
{
    const auto& buckets = m_statistics.buckets();
    const std::size_t each
        = std::max<std::size_t>(1, (buckets.size() + kMostPoints - 1) / kMostPoints);
    m_stepNs = m_statistics.widthNs() * static_cast<std::int64_t>(each);
    const double seconds = static_cast<double>(m_stepNs) / kSecondNs;
    QList<QPointF> first;
    QList<QPointF> second;
    double most = 0;
    for (std::size_t i = 0; i < buckets.size(); i += each) {
        trace::StatisticsBucket sum;
        for (std::size_t n = i; n < std::min(i + each, buckets.size()); ++n)
            sum.add(buckets[n]);
        const std::int64_t at
            = m_statistics.firstNs() + static_cast<std::int64_t>(i) * m_statistics.widthNs();
        const double x = static_cast<double>(at - m_originNs) / kSecondNs;
        double a = 0;
        double b = 0;
        switch (m_rate) {
        case Rate::Throughput:
            a = static_cast<double>(sum.bytesSent) / seconds;
            b = static_cast<double>(sum.bytesReceived) / seconds;
            break;
        case Rate::Operations:
            a = sum.synchronous / seconds;
            b = sum.pending / seconds;
            break;
        case Rate::SynchronousShare:
            if (sum.operations() == 0)
                continue;
            a = 100.0 * sum.synchronous / static_cast<double>(sum.operations());
            break;
        }
        first << QPointF(x, a);
        second << QPointF(x, b);
        most = std::max({most, a, b});
    }
    const bool share = m_rate == Rate::SynchronousShare;
    const Unit unit = unitFor(most);
    if (m_rate == Rate::Throughput) {
        for (QList<QPointF>* points : {&first, &second}) {
            for (QPointF& point : *points)
                point.ry() /= unit.bytes;
        }
        most /= unit.bytes;
    }
    m_first->replace(first);
    m_second->replace(share ? QList<QPointF>() : second);
    m_second->setVisible(!share);
    switch (m_rate) {
    case Rate::Throughput:
        m_first->setName(tr("sent, %1").arg(QLatin1String(unit.name)));
        m_second->setName(tr("received, %1").arg(QLatin1String(unit.name)));
        break;
    case Rate::Operations:
        m_first->setName(tr("synchronous, per second"));
        m_second->setName(tr("had been pending, per second"));
        break;
    case Rate::SynchronousShare:
        m_first->setName(tr("synchronous, %"));
        break;
    }
    const double end = first.isEmpty() ? 1 : first.last().x() + seconds;
    const double begin = first.isEmpty() ? 0 : std::min(first.first().x(), end - seconds);
    m_time->setRange(begin, end);
    const double interval = roundUp((end - begin) / 4);
    m_time->setTickInterval(interval);
    m_time->setLabelFormat(interval < 0.1 ? QStringLiteral("%.2f s")
            : interval < 1                ? QStringLiteral("%.1f s")
                                          : QStringLiteral("%.0f s"));
    const double top = share ? 100 : roundUp(most);
    m_value->setMax(top);
    m_value->setLabelFormat(top < 10 ? QStringLiteral("%.1f") : QStringLiteral("%.0f"));
    m_chosen = std::min(m_chosen, static_cast<int>(first.size()) - 1);
    describe();
    viewport()->update();
}

/// What a screen reader hears: the point that the keys are at, or the newest one.
void RatePlot::describe()
{
    const QList<QPointF> points = m_first->points();
    if (points.isEmpty()) {
        setAccessibleDescription(tr("Nothing has ended yet"));
        return;
    }
    const QPointF at = m_chosen < 0 ? points.last() : points[m_chosen];
    QString text
        = tr("at %1 s: %2 %3").arg(at.x(), 0, 'f', 2).arg(m_first->name()).arg(at.y(), 0, 'f', 1);
    if (m_second->isVisible() && !m_second->points().isEmpty()) {
        const double other = m_second->at(m_chosen < 0 ? m_second->count() - 1 : m_chosen).y();
        text += tr(", %1 %2").arg(m_second->name()).arg(other, 0, 'f', 1);
    }
    setAccessibleDescription(text);
}

void RatePlot::choose(int point)
{
    m_chosen = std::clamp(point, -1, static_cast<int>(m_first->count()) - 1);
    describe();
    // Only what the user chose is said, not each new figure.
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
    viewport()->update();
}

/// Only the time of one point of the curve.
void RatePlot::pick(double seconds)
{
    const std::int64_t since = m_originNs
        + static_cast<std::int64_t>(std::llround(seconds * kSecondNs)) - m_statistics.firstNs();
    const std::int64_t from = m_statistics.firstNs() + since / m_stepNs * m_stepNs;
    emit timePicked({from, from + m_stepNs});
}

void RatePlot::keyPressEvent(QKeyEvent* event)
{
    const int last = static_cast<int>(m_first->count()) - 1;
    switch (event->key()) {
    case Qt::Key_Left:
        choose(m_chosen < 0 ? last : std::max(m_chosen - 1, 0));
        break;
    case Qt::Key_Right:
        choose(m_chosen < 0 ? last : m_chosen + 1);
        break;
    case Qt::Key_Home:
        choose(0);
        break;
    case Qt::Key_End:
        choose(last);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_chosen >= 0)
            pick(m_first->at(m_chosen).x());
        break;
    default:
        event->ignore(); // Up and Down would scroll a picture that fits.
    }
}

void RatePlot::drawForeground(QPainter* painter, const QRectF& rect)
{
    QChartView::drawForeground(painter, rect);
    paintLegend(*painter);
    if (!hasFocus() || m_first->count() == 0)
        return;
    const QRectF plot = chart()->plotArea();
    painter->setPen(QPen(palette().color(QPalette::Highlight), m_chosen < 0 ? 1 : 2));
    if (m_chosen < 0) {
        painter->drawRect(plot);
        return;
    }
    const double x = chart()->mapToPosition(m_first->at(m_chosen), m_first).x();
    painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
}

/// The names of the curves, each beside a piece of its line, in the upper right of the plot.
void RatePlot::paintLegend(QPainter& painter) const
{
    constexpr int kPiece = 22;
    const QFontMetrics fm(font());
    QColor behind = palette().color(QPalette::Base);
    behind.setAlpha(200);
    const QRectF plot = chart()->plotArea();
    double top = plot.top() + 2;
    painter.setFont(font());
    for (const QLineSeries* series : {m_first, m_second}) {
        if (!series->isVisible())
            continue;
        const double width = fm.horizontalAdvance(series->name()) + kPiece + 10;
        const QRectF line(plot.right() - width - 2, top, width, fm.height());
        painter.fillRect(line, behind);
        painter.setPen(series->pen());
        painter.drawLine(QPointF(line.left() + 3, line.center().y()),
            QPointF(line.left() + kPiece, line.center().y()));
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(
            line.adjusted(kPiece + 5, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, series->name());
        top += fm.height() + 1;
    }
}

void RatePlot::focusInEvent(QFocusEvent* event)
{
    QChartView::focusInEvent(event);
    viewport()->update();
}

void RatePlot::focusOutEvent(QFocusEvent* event)
{
    QChartView::focusOutEvent(event);
    viewport()->update();
}

void RatePlot::mouseReleaseEvent(QMouseEvent* event)
{
    QChartView::mouseReleaseEvent(event);
    if (event->button() != Qt::LeftButton || m_first->count() == 0
        || !chart()->plotArea().contains(event->position()))
        return;
    pick(chart()->mapToValue(event->position(), m_first).x());
}

void RatePlot::changeEvent(QEvent* event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyColours();
}

} // namespace swb::ui
