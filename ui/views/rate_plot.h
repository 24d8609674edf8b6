// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_statistics.h"
#include "ui/models/operation_focus.h"

#include <QChartView>

#include <optional>

class QAreaSeries;
class QLineSeries;
class QValueAxis;

namespace swb::ui {

/// What RatePlot shows over time.
enum class Rate { Throughput, Operations, SynchronousShare };

/// One rate of the operations over time. A time is chosen by a click, or by Left, Right, Home, End
/// and Enter.
class RatePlot : public QChartView {
    Q_OBJECT
public:
    explicit RatePlot(QWidget* parent = nullptr);

    void setRate(Rate rate);
    /// `originNs` is the 0 of the time axis.
    void show(const trace::OperationStatistics& statistics, std::int64_t originNs);

signals:
    /// Somebody clicked there.
    void timePicked(swb::ui::TimeRange range);

protected:
    void mouseReleaseEvent(QMouseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void drawForeground(QPainter* painter, const QRectF& rect) override;

private:
    void draw();
    void describe();
    void choose(int point);
    void pick(double seconds);
    void paintLegend(QPainter& painter) const;
    void applyColours();

    Rate m_rate = Rate::Throughput;
    trace::OperationStatistics m_statistics;
    std::int64_t m_originNs = 0;
    std::int64_t m_stepNs = 1; ///< Of one point.
    int m_chosen = -1; ///< By the keys; -1: none.
    QLineSeries* m_first;
    QLineSeries* m_second;
    QValueAxis* m_time;
    QValueAxis* m_value;
};

} // namespace swb::ui
