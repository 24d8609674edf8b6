// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/rate_plot.h"

#include "ui/support/format.h"
#include "ui/support/icons.h"

#include <QChart>
#include <QEvent>
#include <QGraphicsLayout>
#include <QLegend>
#include <QLineSeries>
#include <QMouseEvent>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace swb::ui {
namespace {

constexpr std::size_t kMostPoints = 256; // more than there are pixels to tell them apart
constexpr double kSecondNs = 1e9;
constexpr double kMiB = 1024.0 * 1024.0;

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
    chart()->legend()->setAlignment(Qt::AlignTop);
    m_time->setTickCount(4);
    m_value->setTickCount(3);
    m_value->setMin(0);
    setMinimumHeight(fontMetrics().height() * 8);
    applyColours();
    draw();
}

void RatePlot::applyColours()
{
    chart()->setBackgroundBrush(palette().color(QPalette::Base));
    QColor grid = palette().color(QPalette::Text);
    chart()->legend()->setLabelColor(grid);
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
            a = static_cast<double>(sum.bytesSent) / kMiB / seconds;
            b = static_cast<double>(sum.bytesReceived) / kMiB / seconds;
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
    m_first->replace(first);
    m_second->replace(share ? QList<QPointF>() : second);
    m_second->setVisible(!share);
    switch (m_rate) {
    case Rate::Throughput:
        m_first->setName(tr("sent, MiB/s"));
        m_second->setName(tr("received, MiB/s"));
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
    m_time->setLabelFormat(end - begin < 5 ? QStringLiteral("%.2f s") : QStringLiteral("%.0f s"));
    const double top = share ? 100 : roundUp(most);
    m_value->setMax(top);
    m_value->setLabelFormat(top < 10 ? QStringLiteral("%.1f") : QStringLiteral("%.0f"));
    setAccessibleDescription(first.isEmpty() ? tr("Nothing has ended yet")
                                             : tr("%1: %2 now, at most %3")
                                                   .arg(m_first->name())
                                                   .arg(first.last().y(), 0, 'f', 1)
                                                   .arg(most, 0, 'f', 1));
}

void RatePlot::mouseReleaseEvent(QMouseEvent* event)
{
    QChartView::mouseReleaseEvent(event);
    if (event->button() != Qt::LeftButton || m_first->count() == 0
        || !chart()->plotArea().contains(event->position()))
        return;
    const double at = chart()->mapToValue(event->position(), m_first).x();
    const std::int64_t since
        = m_originNs + static_cast<std::int64_t>(at * kSecondNs) - m_statistics.firstNs();
    const std::int64_t from = m_statistics.firstNs() + since / m_stepNs * m_stepNs;
    emit timePicked({from, from + m_stepNs});
}

void RatePlot::changeEvent(QEvent* event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyColours();
}

} // namespace swb::ui
