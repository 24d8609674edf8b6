// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/plots_pane.h"

#include "ui/models/operation_focus.h"
#include "ui/models/operations_model_text.h"
#include "ui/models/shown_operations.h"
#include "ui/support/format.h"
#include "ui/views/latency_plot.h"
#include "ui/views/rate_plot.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace swb::ui {
namespace {

QString percentiles(const trace::LatencyHistogram& latencies)
{
    const auto text = [&](double share) {
        QString lasted
            = OperationText::durationText(std::chrono::nanoseconds(latencies.percentileNs(share)));
        return lasted.replace(u' ', QChar::Nbsp); // a number stays with its unit
    };
    // The upper end of a bucket: at most so long.
    QString line = PlotsPane::tr("p50 ≤ %1 · p90 ≤ %2 · p99 ≤ %3 · longest %4")
                       .arg(text(0.5), text(0.9), text(0.99), text(1));
    line.replace(QStringLiteral(" ≤ "), QChar::Nbsp + QStringLiteral("≤") + QChar::Nbsp);
    return line.replace(QStringLiteral("longest "), QStringLiteral("longest") + QChar::Nbsp);
}

} // namespace

PlotsPane::PlotsPane(ShownOperations& shown, OperationFocus& focus, QWidget* parent)
    : QWidget(parent)
    , m_shown(shown)
    , m_feed(shown)
    , m_what(new QComboBox(this))
    , m_rates(new RatePlot(this))
    , m_latencies(new LatencyPlot(this))
    , m_numbers(new QLabel(this))
{
    setAccessibleName(tr("Plots"));
    m_what->setObjectName(QStringLiteral("plotsWhat"));
    m_what->setAccessibleName(tr("What is plotted over time"));
    m_what->addItem(tr("Throughput"), static_cast<int>(Rate::Throughput));
    m_what->addItem(tr("Operations"), static_cast<int>(Rate::Operations));
    m_what->addItem(tr("Synchronous share"), static_cast<int>(Rate::SynchronousShare));
    auto* label = new QLabel(tr("&Graph:"), this);
    label->setBuddy(m_what);
    m_numbers->setObjectName(QStringLiteral("plotsNumbers"));
    m_numbers->setAccessibleName(tr("Latencies in numbers"));
    m_numbers->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_numbers->setWordWrap(true);
    m_rates->setToolTip(
        tr("Click to look only at that time; with the keyboard Left, Right, Enter"));

    auto* row = new QHBoxLayout;
    row->setContentsMargins(6, 4, 6, 0);
    row->addWidget(label);
    row->addWidget(m_what);
    row->addStretch(1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 6);
    layout->setSpacing(4);
    layout->addLayout(row);
    layout->addWidget(m_rates, 3);
    layout->addWidget(m_latencies, 2);
    auto* numbers = new QHBoxLayout;
    numbers->setContentsMargins(6, 0, 6, 0);
    numbers->addWidget(m_numbers);
    layout->addLayout(numbers);
    setFocusProxy(m_latencies);

    connect(m_what, &QComboBox::currentIndexChanged, this,
        [this] { m_rates->setRate(static_cast<Rate>(m_what->currentData().toInt())); });
    connect(&m_feed, &StatisticsFeed::changed, this, &PlotsPane::refresh);
    connect(m_rates, &RatePlot::timePicked, this,
        [&focus](const TimeRange& range) { focus.setRange(range); });
    connect(m_latencies, &LatencyPlot::barPicked, this, &PlotsPane::filterWanted);
    refresh();
}

void PlotsPane::refresh()
{
    const trace::OperationStatistics& statistics = m_feed.statistics();
    m_rates->show(statistics, m_shown.store().originNs());
    m_latencies->show(statistics.synchronous(), statistics.pending());
    if (statistics.operations() == 0) {
        m_numbers->setText(
            tr("Throughput and latencies of the shown operations appear here as they "
               "end."));
        return;
    }
    QStringList lines;
    if (const auto count = statistics.synchronous().count(); count > 0) {
        lines << tr("%1 synchronous: %2")
                     .arg(groupedNumber(count), percentiles(statistics.synchronous()));
    }
    if (const auto count = statistics.pending().count(); count > 0) {
        lines << tr("%1 had been pending: %2")
                     .arg(groupedNumber(count), percentiles(statistics.pending()));
    }
    m_numbers->setText(lines.join(u'\n'));
}

} // namespace swb::ui
