// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/statistics_feed.h"

#include <QWidget>

class QComboBox;
class QLabel;

namespace swb::ui {

class LatencyPlot;
class OperationFocus;
class RatePlot;
class ShownOperations;

/// Plots of the shown operations: throughput, operations and their synchronous share over time, and
/// how long they lasted. A click into the time brushes it; a click on a bar of latencies asks for
/// the rows behind it.
class PlotsPane : public QWidget {
    Q_OBJECT
public:
    /// Both must outlive it.
    PlotsPane(ShownOperations& shown, OperationFocus& focus, QWidget* parent = nullptr);

    const StatisticsFeed& feed() const { return m_feed; }
    RatePlot* rates() const { return m_rates; }
    LatencyPlot* latencies() const { return m_latencies; }
    /// Whether anybody can see it: only then it is kept up.
    void setSeen(bool seen) { m_feed.setWatched(seen); }

signals:
    /// A term of the filter language: show only the rows behind what was clicked.
    void filterWanted(const QString& term);

private:
    void refresh();

    ShownOperations& m_shown;
    StatisticsFeed m_feed;
    QComboBox* m_what;
    RatePlot* m_rates;
    LatencyPlot* m_latencies;
    QLabel* m_numbers;
};

} // namespace swb::ui
