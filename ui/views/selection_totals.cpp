// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/selection_totals.h"

#include "ui/models/operations_model_text.h"
#include "ui/support/format.h"

namespace swb::ui {
namespace {

constexpr int kAgainMs = 500;

} // namespace

SelectionTotals::SelectionTotals(
    OperationsOrder& order, OperationsSelection& selection, QWidget* parent)
    : QLabel(parent)
    , m_order(order)
    , m_selection(selection)
    , m_query(order.shown().bridge().waker())
{
    setObjectName(QStringLiteral("selectionTotals"));
    setAccessibleDescription(tr("What the selected operations come to"));
    setTextFormat(Qt::PlainText);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_again.setSingleShot(true);
    m_again.setInterval(kAgainMs);
    connect(&m_again, &QTimer::timeout, this, &SelectionTotals::ask);
    connect(&selection, &OperationsSelection::changed, this, &SelectionTotals::ask);
    connect(&order.shown().bridge(), &EngineBridge::frame, this, &SelectionTotals::take);
    hide();
}

void SelectionTotals::ask()
{
    m_again.stop();
    std::vector<trace::RangeSet::Range> ranges;
    quint64 count = 0;
    for (const trace::RangeSet::Range& range : m_selection.ranges()) {
        ranges.push_back(m_order.listRange(range));
        count += range.last - range.first + 1;
    }
    setVisible(count > 1); // One row says all of it itself.
    if (count <= 1) {
        m_query.cancel();
        clear();
        return;
    }
    if (text().isEmpty())
        setText(tr("%1 selected…").arg(groupedNumber(count)));
    m_query.start([&store = m_order.shown().store(), list = m_order.list(), ranges](
                      trace::QueryControl& control) {
        return trace::totalsOf(store, list, ranges, control);
    });
}

void SelectionTotals::take()
{
    const auto totals = m_query.take();
    if (!totals)
        return;
    const auto number = [](std::uint64_t n) { return groupedNumber(n); };
    QStringList parts{tr("%1 selected").arg(number(totals->operations)),
        tr("%1 of %2 bytes").arg(number(totals->bytesDone), number(totals->bytesAsked)),
        tr("%1 synchronous").arg(number(totals->synchronous)),
        tr("%1 pending").arg(number(totals->pending)),
        tr("%1 completed").arg(number(totals->completed)),
        tr("%1 failed").arg(number(totals->failed)), tr("%1 aborted").arg(number(totals->aborted))};
    if (totals->firstNs != 0)
        parts << tr("over %1").arg(OperationText::durationText(
            std::chrono::nanoseconds(totals->lastNs - totals->firstNs)));
    setText(parts.join(QStringLiteral("  ·  ")));
    setToolTip(tr("From the first call to the last end: %1")
                   .arg(OperationText::durationText(
                       std::chrono::nanoseconds(totals->lastNs - totals->firstNs))));
    if (totals->pending > 0)
        m_again.start();
}

} // namespace swb::ui
