// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inspector_pane.h"

#include "ui/models/operation_focus.h"
#include "ui/models/operations_source.h"
#include "ui/support/icons.h"
#include "ui/views/elided_label.h"
#include "ui/views/fact_list.h"
#include "ui/views/state_machine_view.h"
#include "ui/views/tank_view.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QStackedWidget>
#include <QStyle>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace swb::ui {
namespace {

constexpr int kPauseMs = 100;
constexpr int kIconSize = 20;
constexpr int kCodeLines = 12;

QLabel* addLine(QVBoxLayout& layout, const char* name, const QString& accessibleName)
{
    auto* label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setAccessibleName(accessibleName);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout.addWidget(label);
    return label;
}

void colour(QLabel* label, Tone tone)
{
    QPalette colours = label->parentWidget()->palette();
    colours.setColor(QPalette::WindowText, toneColor(tone, colours));
    label->setPalette(colours);
}

struct OutcomeLook {
    QString icon;
    Tone tone;
};
OutcomeLook lookOf(trace::Outcome outcome)
{
    switch (outcome) {
    case trace::Outcome::Synchronous:
        return {QStringLiteral("state-synchronous"), Tone::Good};
    case trace::Outcome::Pending:
        return {QStringLiteral("state-pending"), Tone::Waiting};
    case trace::Outcome::Completed:
        return {QStringLiteral("state-completed"), Tone::Good};
    case trace::Outcome::Failed:
        return {QStringLiteral("state-failed"), Tone::Bad};
    case trace::Outcome::Aborted:
        break;
    }
    return {QStringLiteral("state-aborted"), Tone::Bad};
}

} // namespace

InspectorPane::InspectorPane(OperationsSource& source, OperationFocus& focus, QWidget* parent)
    : QWidget(parent)
    , m_source(source)
    , m_focus(focus)
    , m_stack(new QStackedWidget(this))
    , m_scroll(new QScrollArea(this))
    , m_states(new StateMachineView(this))
    , m_tankHeading(new QLabel(tr("Where the bytes are"), this))
    , m_tanks(new TankView(this))
    , m_ledger(new FactList(tr("Byte ledger"), this))
    , m_times(new FactList(tr("Times and threads"), this))
    , m_args(new FactList(tr("SocketAsyncEventArgs"), this))
{
    setAccessibleName(tr("Inspector"));
    QFont bold = font();
    bold.setBold(true);
    m_tankHeading->setFont(bold);
    m_tankHeading->setWordWrap(true); // nothing here may be wider than the dock

    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(8, 6, 8, 8);
    column->setSpacing(8);
    column->addWidget(buildHead());
    column->addWidget(m_states);
    column->addWidget(m_tankHeading);
    column->addWidget(m_tanks);
    column->addWidget(m_ledger);
    column->addWidget(m_times);
    column->addWidget(m_args);
    column->addWidget(buildCode());
    column->addStretch(1);
    m_scroll->setObjectName(QStringLiteral("inspectorScroll"));
    m_scroll->setAccessibleName(tr("Details of the selected operation"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setWidget(body);
    // So wide that nothing in it is cut off beside the scroll bar.
    m_scroll->setMinimumWidth(fontMetrics().averageCharWidth() * 34
        + column->contentsMargins().left() + column->contentsMargins().right()
        + style()->pixelMetric(QStyle::PM_ScrollBarExtent));

    auto* empty = new QLabel(tr("Select an operation in the table or on the timeline: everything "
                                "about it, and why it is pending, is shown here."),
        this);
    empty->setObjectName(QStringLiteral("inspectorEmpty"));
    empty->setWordWrap(true);
    empty->setAlignment(Qt::AlignCenter);
    empty->setMargin(16);
    empty->setForegroundRole(QPalette::PlaceholderText);
    m_stack->addWidget(empty);
    m_stack->addWidget(m_scroll);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_scroll);

    m_soon.setSingleShot(true);
    m_soon.setInterval(kPauseMs);
    connect(&m_soon, &QTimer::timeout, this, &InspectorPane::refresh);
    connect(&focus, &OperationFocus::selectedChanged, this, &InspectorPane::refresh);
    connect(&source, &OperationsSource::refreshed, this, &InspectorPane::refreshSoon);
    refresh();
}

QWidget* InspectorPane::buildHead()
{
    auto* head = new QWidget;
    auto* column = new QVBoxLayout(head);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* row = new QHBoxLayout;
    m_icon = new QLabel(head);
    m_title = new ElidedLabel(head);
    m_title->setObjectName(QStringLiteral("inspectorTitle"));
    m_title->setAccessibleName(tr("Operation"));
    QFont large = m_title->font();
    large.setBold(true);
    large.setPointSizeF(large.pointSizeF() * 1.15);
    m_title->setFont(large);
    m_outcome = new QLabel(head);
    m_outcome->setObjectName(QStringLiteral("inspectorOutcome"));
    m_outcome->setAccessibleName(tr("Outcome"));
    m_outcome->setFont(large);
    row->addWidget(m_icon);
    row->addWidget(m_title, 1);
    row->addWidget(m_outcome);
    column->addLayout(row);
    m_socket = addLine(*column, "inspectorSocket", tr("Connection"));
    m_socket->setForegroundRole(QPalette::PlaceholderText);
    m_returned = addLine(*column, "inspectorReturned", tr("What the call returned"));
    m_why = addLine(*column, "inspectorWhy", tr("Why it is pending"));
    m_problem = addLine(*column, "inspectorProblem", tr("Why it failed"));
    return head;
}

QWidget* InspectorPane::buildCode()
{
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    m_language = new QTabBar(box);
    m_language->setObjectName(QStringLiteral("inspectorLanguage"));
    m_language->setAccessibleName(tr("Language of the code"));
    m_language->addTab(QStringLiteral("C++"));
    m_language->addTab(QStringLiteral("C#"));
    m_language->setDrawBase(false);
    auto* copy = new QToolButton(box);
    copy->setObjectName(QStringLiteral("inspectorCopy"));
    copy->setIcon(icon(QStringLiteral("copy")));
    copy->setText(tr("Copy"));
    copy->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    copy->setAccessibleName(tr("Copy the code"));
    copy->setToolTip(tr("Copy the same call as code"));
    copy->setAutoRaise(true);
    copy->setFocusPolicy(Qt::TabFocus);
    auto* row = new QHBoxLayout;
    row->addWidget(m_language);
    row->addStretch(1);
    row->addWidget(copy);
    column->addLayout(row);
    m_code = new QPlainTextEdit(box);
    m_code->setObjectName(QStringLiteral("inspectorCode"));
    m_code->setAccessibleName(tr("The same call as code"));
    m_code->setReadOnly(true);
    m_code->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_code->setTabChangesFocus(true);
    m_code->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_code->setFixedHeight(m_code->fontMetrics().lineSpacing() * kCodeLines);
    column->addWidget(m_code);
    connect(m_language, &QTabBar::currentChanged, this, &InspectorPane::showCode);
    connect(copy, &QToolButton::clicked, this,
        [this] { QGuiApplication::clipboard()->setText(code()); });
    return box;
}

QString InspectorPane::code() const
{
    return m_language->currentIndex() == 0 ? m_cpp : m_cSharp;
}

void InspectorPane::showCode()
{
    // Setting it anew would lose the selection that somebody is about to copy.
    if (m_code->toPlainText() != code())
        m_code->setPlainText(code());
}

void InspectorPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void InspectorPane::refreshSoon()
{
    if (isVisible() && m_focus.selected() != 0 && !m_soon.isActive())
        m_soon.start();
}

void InspectorPane::refresh()
{
    const auto inspection = m_source.inspect(m_focus.selected());
    m_stack->setCurrentIndex(inspection ? 1 : 0);
    if (inspection)
        show(*inspection);
}

TankFlows InspectorPane::flowsOf(const Inspection& inspection)
{
    if (!inspection.ledger)
        return {};
    const std::uint32_t socketId = inspection.record.socketId;
    if (socketId != m_readSocket)
        m_read = {};
    m_readSocket = socketId;
    TankFlows flows = inspection.flows;
    if (const auto read = inspection.ledger->readByPeer) {
        m_read.sample(trace::steadyNowNs(), *read);
        flows[3] = m_read.perSecond();
    }
    return flows;
}

void InspectorPane::show(const Inspection& inspection)
{
    const trace::Outcome outcome = trace::outcome(inspection.record);
    const OutcomeLook look = lookOf(outcome);
    m_icon->setPixmap(icon(look.icon, look.tone).pixmap(kIconSize));
    m_title->setText(inspection.title);
    m_outcome->setText(inspection.outcome);
    colour(m_outcome, look.tone);
    m_socket->setText(inspection.socket);
    m_returned->setText(inspection.returned);
    m_why->setVisible(!inspection.why.isEmpty());
    m_why->setText(inspection.why);
    colour(m_why, Tone::Waiting);
    m_problem->setVisible(!inspection.problem.isEmpty());
    m_problem->setText(inspection.problem);
    colour(m_problem, Tone::Bad);
    m_states->show(inspection.record);

    m_tankHeading->setVisible(inspection.ledger.has_value());
    m_tanks->setVisible(inspection.ledger.has_value());
    const TankFlows flows = flowsOf(inspection);
    m_tanks->show(inspection.ledger, flows, inspection.blockedBy);
    m_tankHeading->setText(inspection.ledgerHeading);
    // Until it has come to rest, though nothing may be told any more.
    if (std::any_of(flows.begin(), flows.end(), [](auto flow) { return flow.value_or(0) > 0; }))
        refreshSoon();
    m_ledger->setVisible(inspection.ledger.has_value());
    m_ledger->show(inspection.ledgerFacts);
    m_times->show(inspection.times);
    m_args->show(inspection.args);
    m_cpp = inspection.cpp;
    m_cSharp = inspection.cSharp;
    showCode();
}

} // namespace swb::ui
