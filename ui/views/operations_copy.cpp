// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/operations_copy.h"

#include "ui/models/operations_model.h"
#include "ui/support/format.h"

#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>

namespace swb::ui {
namespace {

constexpr qint64 kSliceMs = 6;
constexpr std::size_t kAtOnce = 500;

} // namespace

OperationsCopy::OperationsCopy(
    OperationsModel& operations, OperationsSelection& selection, QObject* parent)
    : QObject(parent)
    , m_operations(operations)
    , m_selection(selection)
{
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &OperationsCopy::copySlice);
}

quint64 OperationsCopy::start(const std::vector<OperationColumn>& columns)
{
    cancel();
    const quint64 count = m_selection.count();
    if (count == 0) {
        emit told(tr("Nothing is selected to be copied."));
        return 0;
    }
    if (count > kMostRows) {
        emit told(tr("Not copied: %1 rows are selected, and the clipboard takes %2 at most.")
                      .arg(groupedNumber(count), groupedNumber(kMostRows)));
        return 0;
    }
    m_columns = columns;
    m_rows.clear();
    m_rows.reserve(static_cast<std::size_t>(count));
    for (const trace::RangeSet::Range& range : m_selection.ranges()) {
        std::vector<std::uint64_t> rows(static_cast<std::size_t>(range.last - range.first + 1));
        rows.resize(m_operations.order().copyRows(range.first, rows));
        m_rows.insert(m_rows.end(), rows.begin(), rows.end());
    }
    QStringList headings;
    for (const OperationColumn column : m_columns)
        headings << heading(column, m_operations.timeFormat());
    m_text = headings.join(u'\t') + u'\n';
    m_done = 0;
    if (m_rows.size() <= kAtOnce) {
        while (m_done < m_rows.size())
            copySlice();
        return m_rows.size();
    }
    m_timer.start();
    return m_rows.size();
}

void OperationsCopy::cancel()
{
    m_timer.stop();
    m_rows.clear();
    m_text.clear();
}

void OperationsCopy::copySlice()
{
    const trace::TraceStore& store = m_operations.order().shown().store();
    QElapsedTimer clock;
    clock.start();
    std::optional<std::int64_t> aboveNs;
    if (m_done > 0)
        aboveNs = store.record(m_rows[m_done - 1]).submittedNs;
    while (m_done < m_rows.size() && clock.elapsed() < kSliceMs) {
        const trace::OperationRecord record = store.record(m_rows[m_done]);
        QStringList cells;
        for (const OperationColumn column : m_columns)
            cells << m_operations.text(record, column, aboveNs);
        m_text += cells.join(u'\t') + u'\n';
        aboveNs = record.submittedNs;
        ++m_done;
    }
    if (m_done == m_rows.size())
        finish();
    else if (m_timer.isActive())
        emit told(
            tr("Copying %1 of %2 rows…").arg(groupedNumber(m_done), groupedNumber(m_rows.size())));
}

void OperationsCopy::finish()
{
    m_timer.stop();
    QApplication::clipboard()->setText(m_text);
    emit told(m_rows.size() == 1 ? tr("1 row copied.")
                                 : tr("%1 rows copied.").arg(groupedNumber(m_rows.size())));
    m_text.clear();
}

} // namespace swb::ui
