// SPDX-License-Identifier: GPL-3.0-or-later
// What the pane of operations consists of.
#include "ui/views/operations_pane.h"

#include "ui/models/operation_focus.h"
#include "ui/models/operations_model.h"
#include "ui/models/operations_source.h"
#include "ui/support/icons.h"
#include "ui/views/actions.h"
#include "ui/views/elided_label.h"
#include "ui/views/escapable_edit.h"
#include "ui/views/filter_edit.h"
#include "ui/views/filter_line.h"
#include "ui/views/long_scroll_bar.h"
#include "ui/views/operations_copy.h"
#include "ui/views/operations_view.h"
#include "ui/views/selection_totals.h"

#include <QActionGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpressionValidator>
#include <QToolButton>
#include <QVBoxLayout>

namespace swb::ui {
namespace {

constexpr int kRefreshMs = 100;
constexpr int kApplyMs = 60;

/// A button that says what limits the table, and takes that away.
QPushButton* chip(const char* name, const QString& toolTip, QWidget* parent)
{
    auto* button = new QPushButton(parent);
    button->setObjectName(QLatin1String(name));
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip); // Until it says more.
    button->setAccessibleDescription(toolTip);
    button->setAutoDefault(false);
    button->hide();
    return button;
}

} // namespace

OperationsPane::OperationsPane(OperationsSource& source, ShownOperations& shown,
    OperationFocus& focus, Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_source(source)
    , m_shown(shown)
    , m_focus(focus)
    , m_actions(actions)
    , m_order(new OperationsOrder(shown, this))
    , m_model(new OperationsModel(*m_order, this))
    , m_selection(new OperationsSelection(*m_order, this))
    , m_view(new OperationsView(*m_model, *m_selection, focus, this))
    , m_copy(new OperationsCopy(*m_model, *m_selection, this))
{
    m_model->setReason([&source](const auto& record) { return source.reason(record); });
    m_refresh.setSingleShot(true);
    m_refresh.setInterval(kRefreshMs);
    m_apply.setSingleShot(true);
    m_apply.setInterval(kApplyMs);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(buildFilterRow());
    auto* below = m_filter->below();
    below->setContentsMargins(6, 0, 6, 0);
    layout->addWidget(below);
    layout->addWidget(buildGoTo());
    auto* table = new QHBoxLayout;
    table->setSpacing(0);
    table->addWidget(m_view, 1);
    table->addWidget(m_view->scrollBar());
    layout->addLayout(table, 1);
    // Below, so that the headings stay under the mouse when a click on one makes it appear.
    layout->addWidget(buildNoteRow());
    auto* totals = new SelectionTotals(*m_order, *m_selection, this);
    totals->setContentsMargins(6, 0, 6, 3);
    layout->addWidget(totals);

    // Over the table, at its lower edge; after the table in the order of the keyboard.
    m_pill = new QPushButton(m_view);
    m_pill->setObjectName(QStringLiteral("newOperationsPill"));
    m_pill->setAccessibleName(tr("New operations"));
    m_pill->setAutoDefault(false);
    m_pill->setIcon(icon(QStringLiteral("down")));
    m_pill->hide();
    m_view->installEventFilter(this);

    m_filter->edit()->setThreads([this] { return m_source.store().threadNames(); });
    makeTimeActions();
    tableMenu();
    connectTable();
    connectAll();
    applyFilter();
}

OperationsPane::~OperationsPane() = default;

QWidget* OperationsPane::buildFilterRow()
{
    auto* row = new QWidget(this);
    m_show = new QComboBox(row);
    m_show->setObjectName(QStringLiteral("operationsShown"));
    m_show->setAccessibleName(tr("Which operations are shown"));
    const auto offer
        = [this](const QString& text, Show show) { m_show->addItem(text, static_cast<int>(show)); };
    if (isOfFile()) {
        offer(tr("All operations"), Show::All);
        // One's own, when the window recorded it; or what swb was told to do.
        if (mainThread() != 0)
            offer(tr("Calls of main"), Show::MyCalls);
        offer(tr("All sends"), Show::Sends);
        offer(tr("Selected connection"), Show::OneSocket);
        m_show->setToolTip(
            tr("Calls of main: connects and sends that the main thread of the program "
               "started.\nSelected connection: that of the operation that was selected "
               "last.\nThe filter beside it narrows this further."));
    } else {
        offer(tr("My calls"), Show::MyCalls);
        offer(tr("All sends"), Show::Sends);
        offer(tr("Selected connection"), Show::OneSocket);
        offer(tr("All operations"), Show::All);
        m_show->setToolTip(
            tr("My calls: connects and sends made from this window.\nAll operations: "
               "also what connections receive, and what demo peers do.\nThe filter "
               "beside it narrows this further."));
    }
    // The filter keeps its room, however narrow the table is.
    m_show->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_show->setMinimumContentsLength(9);
    auto* label = new QLabel(tr("Sh&ow:"), row);
    label->setBuddy(m_show);

    m_filter = new FilterLine(this);
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 20);
    m_count = new ElidedLabel(row);
    m_count->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    m_count->setObjectName(QStringLiteral("operationsCount"));
    m_count->setForegroundRole(QPalette::PlaceholderText);
    m_stop = new QToolButton(row);
    m_stop->setObjectName(QStringLiteral("stopSearch"));
    m_stop->setAccessibleName(tr("Stop the search"));
    m_stop->setToolTip(tr("Stop the search (Esc in the filter)"));
    m_stop->setIcon(icon(QStringLiteral("cancel")));
    m_stop->setAutoRaise(true);
    m_stop->setFocusPolicy(Qt::TabFocus);
    m_stop->hide();
    m_follow = new QCheckBox(tr("Follow"), row);
    m_follow->setObjectName(QStringLiteral("followBox"));
    m_follow->setAccessibleName(tr("Follow new rows"));
    m_follow->setToolTip(m_actions.followOperations->toolTip());
    m_follow->setChecked(true);
    auto* pause = new QToolButton(row);
    pause->setObjectName(QStringLiteral("pauseButton"));
    pause->setDefaultAction(m_actions.pauseOperations);
    pause->setAccessibleName(tr("Pause the table"));
    pause->setFocusPolicy(Qt::TabFocus);
    m_follow->setVisible(!isOfFile());
    pause->setVisible(!isOfFile());

    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(6, 4, 6, 0);
    layout->addWidget(label);
    layout->addWidget(m_show);
    layout->addWidget(m_filter, 1);
    layout->addWidget(m_count);
    layout->addWidget(m_stop);
    layout->addWidget(m_follow);
    layout->addWidget(pause);
    return row;
}

QWidget* OperationsPane::buildNoteRow()
{
    m_noteRow = new QWidget(this);
    m_range = chip("rangeChip", tr("Show operations of all times again"), m_noteRow);
    m_sorted = chip("sortChip", tr("Back to the order in which the operations started"), m_noteRow);
    m_paused = chip("pauseChip", tr("Let rows come and go again"), m_noteRow);
    m_note = new QLabel(m_noteRow);
    m_note->setObjectName(QStringLiteral("operationsNote"));
    m_note->setTextFormat(Qt::PlainText);
    m_note->setWordWrap(true);
    auto* layout = new QHBoxLayout(m_noteRow);
    layout->setContentsMargins(6, 0, 6, 0);
    layout->addWidget(m_range);
    layout->addWidget(m_sorted);
    layout->addWidget(m_paused);
    layout->addWidget(m_note, 1);
    m_noteRow->hide();
    return m_noteRow;
}

QWidget* OperationsPane::buildGoTo()
{
    m_goTo = new QWidget(this);
    m_goTo->setObjectName(QStringLiteral("goToRow"));
    auto* label = new QLabel(tr("Go to operation number"), m_goTo);
    m_goToNumber = new EscapableEdit(m_goTo);
    m_goToNumber->setObjectName(QStringLiteral("goToNumber"));
    m_goToNumber->setAccessibleName(tr("Number of the operation to go to"));
    m_goToNumber->setToolTip(tr("Enter goes there, Esc closes this"));
    m_goToNumber->setValidator(new QRegularExpressionValidator(
        QRegularExpression(QStringLiteral("[0-9 .,]{1,24}")), m_goToNumber));
    auto* layout = new QHBoxLayout(m_goTo);
    layout->setContentsMargins(6, 0, 6, 0);
    layout->addWidget(label);
    layout->addWidget(m_goToNumber);
    layout->addStretch(1);
    m_goTo->hide();
    return m_goTo;
}

void OperationsPane::makeTimeActions()
{
    m_timeModes = new QActionGroup(this);
    m_timeUnits = new QActionGroup(this);
    const auto add = [this](QActionGroup* group, const QString& text, int value) {
        QAction* action = group->addAction(text);
        action->setCheckable(true);
        action->setData(value);
        connect(action, &QAction::triggered, this, &OperationsPane::applyTimeFormat);
    };
    using Mode = TimeFormat::Mode;
    using Unit = TimeFormat::Unit;
    add(m_timeModes, tr("Since the &first operation"), static_cast<int>(Mode::Relative));
    add(m_timeModes, tr("&Time of day"), static_cast<int>(Mode::Absolute));
    add(m_timeModes, tr("Since the row &above"), static_cast<int>(Mode::Delta));
    add(m_timeUnits, tr("&Seconds"), static_cast<int>(Unit::Seconds));
    add(m_timeUnits, tr("&Milliseconds"), static_cast<int>(Unit::Milliseconds));
    add(m_timeUnits, tr("Mi&croseconds"), static_cast<int>(Unit::Microseconds));
    add(m_timeUnits, tr("&Nanoseconds"), static_cast<int>(Unit::Nanoseconds));
    m_timeModes->actions().first()->setChecked(true);
    m_timeUnits->actions().first()->setChecked(true);
}

QMenu* OperationsPane::tableMenu()
{
    if (m_tableMenu != nullptr)
        return m_tableMenu;
    auto* table = m_tableMenu = new QMenu(tr("Operations ta&ble"), this);
    table->setToolTipsVisible(true);
    table->addActions({m_actions.followOperations, m_actions.pauseOperations,
        m_actions.filterOperations, m_actions.goToOperation});
    table->addSeparator();
    QMenu* columns = table->addMenu(tr("&Columns"));
    columns->setToolTipsVisible(true);
    columns->addActions(m_view->columnActions());
    QMenu* time = table->addMenu(tr("&Time"));
    time->addActions(m_timeModes->actions());
    time->addSeparator();
    time->addActions(m_timeUnits->actions());
    connect(m_view, &OperationsView::headerMenuRequested, this, [columns, time](QMenu* heading) {
        heading->addActions(columns->actions());
        heading->addSeparator();
        heading->addMenu(time);
    });
    return table;
}

} // namespace swb::ui
