// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/operations_pane.h"

#include "engine/net/thread_id.h"
#include "ui/models/operation_focus.h"
#include "ui/models/operations_model.h"
#include "ui/models/operations_source.h"
#include "ui/support/format.h"
#include "ui/views/actions.h"
#include "ui/views/escapable_edit.h"
#include "ui/views/filter_edit.h"
#include "ui/views/filter_line.h"
#include "ui/views/operations_copy.h"
#include "ui/views/operations_view.h"

#include <QAbstractButton>
#include <QActionGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include <algorithm>

namespace swb::ui {
namespace {

constexpr int kPillMargin = 6;

std::optional<trace::SortKey> sortKeyOf(OperationColumn column)
{
    switch (column) {
    case OperationColumn::Number:
        break; // The order in which they are.
    case OperationColumn::Time:
        return trace::SortKey::Time;
    case OperationColumn::Socket:
        return trace::SortKey::Socket;
    case OperationColumn::Operation:
        return trace::SortKey::Operation;
    case OperationColumn::Outcome:
        return trace::SortKey::Outcome;
    case OperationColumn::Bytes:
        return trace::SortKey::Bytes;
    case OperationColumn::Progress:
        return trace::SortKey::Progress;
    case OperationColumn::Error:
        return trace::SortKey::Error;
    case OperationColumn::Duration:
        return trace::SortKey::Duration;
    case OperationColumn::Threads:
        return trace::SortKey::Threads;
    }
    return std::nullopt;
}

/// The column of a key; both lists are in the same order, the number apart.
OperationColumn columnOf(trace::SortKey key)
{
    for (int column = 0; column < kOperationColumnCount; ++column) {
        if (sortKeyOf(static_cast<OperationColumn>(column)) == key)
            return static_cast<OperationColumn>(column);
    }
    return OperationColumn::Number;
}

trace::Filter filterOf(const std::string& text)
{
    return trace::parseFilter(text).filter;
}

} // namespace

void OperationsPane::connectTable()
{
    connect(m_view, &OperationsView::followingChanged, m_follow, &QCheckBox::setChecked);
    connect(m_view, &OperationsView::followingChanged, this, [this](bool following) {
        if (!isHidden())
            m_actions.followOperations->setChecked(following);
    });
    connect(m_view, &OperationsView::followingChanged, this, &OperationsPane::refreshPill);
    connect(m_follow, &QCheckBox::clicked, m_view, &OperationsView::setFollowing);
    connect(m_actions.followOperations, &QAction::triggered, this, [this](bool following) {
        if (!isHidden())
            m_view->setFollowing(following);
    });
    connect(m_view, &OperationsView::inspectRequested, this, &OperationsPane::inspectRequested);
    connect(m_view, &OperationsView::copyRequested, this, &OperationsPane::copySelection);
    connect(m_copy, &OperationsCopy::told, this, &OperationsPane::note);
    connect(m_view, &OperationsView::sortRequested, this, &OperationsPane::sortBy);
    connect(m_view, &OperationsView::filterRequested, this,
        [this](const QString& term, OperationsView::FilterBy how) {
            const bool alone = how == OperationsView::FilterBy::Only;
            const bool negated = how == OperationsView::FilterBy::AndNot;
            m_filter->applyTerm(term,
                alone         ? QString()
                    : negated ? QStringLiteral("&& !")
                              : QStringLiteral("&&"));
        });
    connect(m_view, &OperationsView::notInTable, this, [this](quint64 id) {
        note(tr("Operation #%1 is selected elsewhere; it is not among the rows shown here.")
                 .arg(groupedNumber(id)));
    });
    connect(m_selection, &OperationsSelection::currentChanged, this, [this] { note({}); });
    connect(m_model, &OperationsModel::scrolled, this, [this] {
        if (!m_refresh.isActive())
            m_refresh.start();
    });
}

void OperationsPane::connectAll()
{
    connect(m_show, &QComboBox::currentIndexChanged, this, &OperationsPane::applyFilter);
    connect(&m_source, &OperationsSource::selectionChanged, this, &OperationsPane::applyFilter);
    connect(&m_source, &OperationsSource::refreshed, this, &OperationsPane::refresh);
    connect(&m_focus, &OperationFocus::rangeChanged, &m_apply, qOverload<>(&QTimer::start));
    connect(&m_apply, &QTimer::timeout, this, &OperationsPane::applyFilter);
    connect(m_filter, &FilterLine::filterChanged, this, &OperationsPane::applyFilter);
    connect(m_filter, &FilterLine::stopRequested, &m_shown, &ShownOperations::cancel);
    connect(m_filter, &FilterLine::left, m_view, qOverload<>(&QWidget::setFocus));
    connect(m_stop, &QToolButton::clicked, &m_shown, &ShownOperations::cancel);
    connect(&m_shown, &ShownOperations::progressed, this, [this] {
        m_filter->setSearching(m_shown.progress().isRunning);
        if (!m_refresh.isActive())
            m_refresh.start();
    });
    connect(&m_refresh, &QTimer::timeout, this, [this] {
        refreshCount();
        refreshPill();
        refreshOrder();
    });
    connect(m_order, &OperationsOrder::stateChanged, this, [this] {
        if (!m_refresh.isActive())
            m_refresh.start();
        if (!isHidden())
            m_actions.pauseOperations->setChecked(m_order->isPaused());
    });
    connect(m_range, &QPushButton::clicked, this, [this] { m_focus.setRange(std::nullopt); });
    connect(m_sorted, &QPushButton::clicked, this, [this] { m_order->unsort(); });
    connect(m_paused, &QPushButton::clicked, this, [this] { m_order->setPaused(false); });
    connect(m_actions.pauseOperations, &QAction::triggered, this, [this](bool paused) {
        if (!isHidden())
            m_order->setPaused(paused);
    });
    connect(m_actions.filterOperations, &QAction::triggered, this, [this] {
        if (!isHidden())
            m_filter->edit()->setFocus(Qt::ShortcutFocusReason);
    });
    connect(m_actions.goToOperation, &QAction::triggered, this, [this] {
        if (!isHidden())
            showGoTo();
    });
    connect(m_goToNumber, &QLineEdit::returnPressed, this, &OperationsPane::goToNumber);
    connect(m_goToNumber, &EscapableEdit::escaped, this, [this] {
        m_goTo->hide();
        m_view->setFocus();
    });
    connect(m_pill, &QPushButton::clicked, this, [this] {
        if (m_order->isSorted())
            m_order->sortAgain();
        else
            m_view->setFollowing(true);
        m_view->setFocus();
    });
}

bool OperationsPane::isOfFile() const
{
    return m_source.store().readOnly();
}

void OperationsPane::takeVerbs()
{
    const QString obstacle
        = isOfFile() ? tr("Nothing comes to a recording that was opened.") : QString();
    Actions::setObstacle(m_actions.followOperations, obstacle);
    Actions::setObstacle(m_actions.pauseOperations, obstacle);
    m_actions.followOperations->setChecked(!isOfFile() && m_model->isFollowing());
    m_actions.pauseOperations->setChecked(m_order->isPaused());
}

/// The thread that sends for its user: this one, or that of the program that wrote the file; 0: it
/// is not in it.
std::uint16_t OperationsPane::mainThread() const
{
    if (!isOfFile())
        return currentThreadId();
    for (const auto& [id, name] : m_source.store().threadNames()) {
        if (name == "main")
            return id;
    }
    return 0;
}

trace::Filter OperationsPane::quickFilter()
{
    m_socketId = 0;
    switch (static_cast<Show>(m_show->currentData().toInt())) {
    case Show::MyCalls:
        return filterOf("caller == " + std::to_string(mainThread())
            + " && kind in {Send, SendPackets, SendTo, Connect, Disconnect}");
    case Show::Sends:
        return filterOf("kind in {Send, SendPackets, SendTo}");
    case Show::OneSocket: {
        m_socketId = m_source.selectedSocket();
        return filterOf("socket == " + std::to_string(m_socketId));
    }
    case Show::All:
        break;
    }
    return {};
}

/// Operations that were under way in the brushed stretch of time.
trace::Filter OperationsPane::rangeFilter() const
{
    const auto& range = m_focus.range();
    if (!range)
        return {};
    const std::int64_t originNs = m_shown.store().originNs();
    return filterOf("time <= " + std::to_string(range->toNs - originNs) + " ns && !(ended < "
        + std::to_string(range->fromNs - originNs) + " ns)");
}

void OperationsPane::applyFilter()
{
    m_apply.stop();
    note({});
    const trace::Filter filter = quickFilter() && rangeFilter() && m_filter->applied();
    if (!(filter == m_shown.filter()) || m_shown.progress().isCancelled)
        m_shown.setFilter(filter);
    const auto& range = m_focus.range();
    m_range->setVisible(range.has_value());
    if (range) {
        const QString lasts
            = OperationText::durationText(std::chrono::nanoseconds(range->toNs - range->fromNs));
        const auto sinceNs = static_cast<double>(range->fromNs - m_shown.store().originNs());
        const QString from = tr("%1 s").arg(sinceNs / 1e9, 0, 'f', 6); // as the table has it
        m_range->setText(tr("%1 from %2  ×").arg(lasts, from));
        m_range->setAccessibleName(
            tr("Only the %1 from %2 on; press to show all times").arg(lasts, from));
    }
    refreshCount();
    refreshOrder();
}

void OperationsPane::refresh()
{
    if (!m_refresh.isActive())
        m_refresh.start();
    // The socket of a connection changes when it connects again.
    if (static_cast<Show>(m_show->currentData().toInt()) != Show::OneSocket)
        return;
    const std::uint32_t socketId = m_source.selectedSocket();
    if (socketId != 0 && socketId != m_socketId)
        applyFilter();
}

void OperationsPane::refreshCount()
{
    const trace::FilterJob::Progress progress = m_shown.progress();
    const QString shown = groupedNumber(m_shown.count());
    const QString all = groupedNumber(m_shown.total());
    const auto percent = static_cast<int>(
        progress.rows == 0 ? 100 : std::min<quint64>(100, progress.looked * 100 / progress.rows));
    QString text;
    if (progress.isRunning)
        text = tr("%1 found, %2 % of %3").arg(shown).arg(percent).arg(all);
    else if (progress.isCancelled)
        text = tr("%1 found, stopped at %2 %").arg(shown).arg(percent);
    else if (m_shown.total() > 0)
        text = tr("%1 of %2").arg(shown, all);
    if (text != m_count->text())
        m_count->setText(text);
    m_count->setAccessibleDescription(tr("Operations shown, of all that were recorded"));
    m_stop->setVisible(progress.isRunning);
    if (progress.isRunning && m_shown.count() == 0)
        m_view->setEmptyText(tr("Searching…"));
    else if (static_cast<Show>(m_show->currentData().toInt()) == Show::OneSocket && m_socketId == 0)
        m_view->setEmptyText(isOfFile()
                ? tr("Select an operation in the timeline to see all of its connection.")
                : tr("Select a connection to see its operations."));
    else if (m_shown.total() > 0 && m_shown.count() == 0)
        m_view->setEmptyText(m_filter->appliedText().isEmpty() && !m_focus.range()
                ? tr("None of the recorded operations is among these: choose “All operations” to "
                     "see them.")
                : tr("No operation passes the filter."));
    else
        m_view->setEmptyText(isOfFile()
                ? tr("The recording has no operations.")
                : tr("Each connect and send appears here the moment it starts."));
}

void OperationsPane::refreshPill()
{
    const quint64 newer = m_model->newBelow();
    m_pill->setVisible(newer > 0);
    if (newer == 0)
        return;
    const QString count = groupedNumber(newer);
    QString text = tr("%1 new").arg(count);
    QString tip = tr("Go to the newest operation, and follow");
    if (m_order->isSorted()) {
        text = tr("%1 new, not sorted yet").arg(count);
        tip = tr("Sort again, with what has come since");
    } else if (m_order->isPaused()) {
        text = tr("%1 new while paused").arg(count);
        tip = tr("Go on, and follow the newest operation");
    }
    if (text == m_pill->text())
        return;
    m_pill->setText(text);
    m_pill->setToolTip(tip);
    m_pill->setAccessibleName(text);
    m_pill->setAccessibleDescription(tip);
    placePill();
}

void OperationsPane::placePill()
{
    m_pill->adjustSize();
    const QRect room = m_view->viewport()->geometry();
    m_pill->move(
        room.center().x() - m_pill->width() / 2, room.bottom() - m_pill->height() - kPillMargin);
    m_pill->raise();
}

bool OperationsPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_view && event->type() == QEvent::Resize)
        placePill();
    return QWidget::eventFilter(watched, event);
}

void OperationsPane::refreshOrder()
{
    const auto key = m_order->sortKey();
    m_sorted->setVisible(key.has_value());
    QHeaderView* header = m_view->horizontalHeader();
    if (key) {
        const OperationColumn column = columnOf(*key);
        const QString name = heading(column, {});
        const bool ascending = m_order->sortOrder() == Qt::AscendingOrder;
        m_sorted->setText(m_order->isSorting()
                ? tr("sorting by %1, %2 %  ×").arg(name).arg(m_order->sortPermille() / 10)
                : ascending ? tr("sorted by %1, smallest first  ×").arg(name)
                            : tr("sorted by %1, largest first  ×").arg(name));
        m_sorted->setAccessibleName(
            tr("Sorted by %1; press for the order in which they started").arg(name));
        header->setSortIndicator(static_cast<int>(column), m_order->sortOrder());
        header->setSortIndicatorShown(true);
        if (m_order->isSorting())
            m_refresh.start();
    } else {
        header->setSortIndicatorShown(false);
    }
    m_paused->setVisible(m_order->isPaused());
    m_paused->setText(tr("paused, recording goes on  ×"));
    m_paused->setAccessibleName(tr("Paused, recording goes on; press to resume"));
    m_noteRow->setVisible(!m_sorted->isHidden() || !m_paused->isHidden() || !m_range->isHidden()
        || !m_note->text().isEmpty());
}

void OperationsPane::note(const QString& text)
{
    if (text == m_note->text())
        return;
    m_note->setText(text);
    refreshOrder();
}

/// Up, down, and back to the order in which they started.
void OperationsPane::sortBy(OperationColumn column)
{
    const auto key = sortKeyOf(column);
    const bool again = key && key == m_order->sortKey();
    if (!key || (again && m_order->sortOrder() == Qt::DescendingOrder))
        m_order->unsort();
    else if (!m_order->sort(*key, again ? Qt::DescendingOrder : Qt::AscendingOrder))
        note(tr("Not sorted: at most %1 rows are. A filter makes them fewer.")
                 .arg(groupedNumber(trace::kMostSortedRows)));
    refreshOrder();
}

void OperationsPane::showGoTo()
{
    m_goTo->show();
    m_goToNumber->selectAll();
    m_goToNumber->setFocus();
}

void OperationsPane::goToNumber()
{
    QString digits = m_goToNumber->text();
    digits.removeIf([](QChar c) { return !c.isDigit(); });
    const quint64 id = digits.toULongLong();
    const quint64 rows = m_order->count();
    if (id == 0 || rows == 0) {
        note(tr("There is no such operation."));
        return;
    }
    m_goTo->hide();
    m_view->setFocus();
    const quint64 row = trace::TraceStore::rowOf(id);
    if (const auto index = m_order->indexOfRow(row)) {
        m_view->goTo(*index);
        return;
    }
    if (!m_order->isSorted())
        m_view->goTo(std::min(m_order->rank(row), rows - 1));
    note(tr("Operation #%1 is not among the rows shown.").arg(groupedNumber(id)));
}

void OperationsPane::applyTimeFormat()
{
    TimeFormat format;
    if (const QAction* mode = m_timeModes->checkedAction())
        format.mode = static_cast<TimeFormat::Mode>(mode->data().toInt());
    if (const QAction* unit = m_timeUnits->checkedAction())
        format.unit = static_cast<TimeFormat::Unit>(unit->data().toInt());
    m_model->setTimeFormat(format);
}

void OperationsPane::restore(const Settings& settings)
{
    m_view->restoreColumns(settings.operationsHeader);
    for (QAction* action : m_timeModes->actions())
        action->setChecked(action->data().toInt() == settings.timeMode);
    for (QAction* action : m_timeUnits->actions())
        action->setChecked(action->data().toInt() == settings.timeUnit);
    applyTimeFormat();
    m_filter->setHistory(settings.recentFilters);
    m_filter->setSaved(settings.savedFilters);
}

void OperationsPane::save(Settings& settings) const
{
    settings.operationsHeader = m_view->horizontalHeader()->saveState();
    settings.timeMode = static_cast<int>(m_model->timeFormat().mode);
    settings.timeUnit = static_cast<int>(m_model->timeFormat().unit);
    settings.recentFilters = m_filter->history();
    settings.savedFilters = m_filter->saved();
}

void OperationsPane::copySelection()
{
    m_copy->start(m_view->shownColumns());
}

} // namespace swb::ui
