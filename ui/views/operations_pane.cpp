// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/operations_pane.h"

#include "engine/net/thread_id.h"
#include "ui/models/operations_filter.h"
#include "ui/support/format.h"
#include "ui/support/session.h"
#include "ui/views/actions.h"
#include "ui/views/operations_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace swb::ui {

OperationsPane::OperationsPane(
    Session& session, OperationsModel& operations, Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_all(operations)
    , m_filtered(new OperationsFilterModel(operations, this))
    , m_view(new OperationsView(this))
    , m_show(new QComboBox(this))
    , m_count(new QLabel(this))
{
    m_show->setObjectName(QStringLiteral("operationsShown"));
    m_show->setAccessibleName(tr("Which operations are shown"));
    m_show->addItem(tr("My calls"), static_cast<int>(OperationFilter::Show::MyCalls));
    m_show->addItem(tr("All sends"), static_cast<int>(OperationFilter::Show::Sends));
    m_show->addItem(tr("Selected connection"), static_cast<int>(OperationFilter::Show::OneSocket));
    m_show->addItem(tr("All operations"), static_cast<int>(OperationFilter::Show::All));
    m_show->setToolTip(tr("My calls: connects and sends made from this window.\nAll operations: "
                          "also what connections receive, and what demo peers do."));
    auto* label = new QLabel(tr("Sh&ow:"), this);
    label->setBuddy(m_show);

    auto* follow = new QCheckBox(tr("Follow new &rows"), this);
    follow->setObjectName(QStringLiteral("followBox"));
    follow->setAccessibleName(tr("Follow new rows"));
    follow->setToolTip(actions.followOperations->toolTip());
    follow->setChecked(true);
    m_count->setForegroundRole(QPalette::PlaceholderText);

    auto* row = new QHBoxLayout;
    row->setContentsMargins(6, 4, 6, 0);
    row->addWidget(label);
    row->addWidget(m_show);
    row->addWidget(m_count, 1);
    row->addWidget(follow);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(row);
    layout->addWidget(m_view);

    applyFilter();
    m_view->setOperations(*m_filtered);
    m_view->setEmptyText(tr("Each connect and send appears here the moment it starts."));
    connect(m_show, &QComboBox::currentIndexChanged, this, &OperationsPane::applyFilter);
    connect(&session, &Session::refreshed, this, &OperationsPane::refresh);
    connect(&session, &Session::currentChanged, this, &OperationsPane::applyFilter);
    connect(follow, &QCheckBox::toggled, m_view, &OperationsView::setFollowing);
    connect(actions.followOperations, &QAction::toggled, m_view, &OperationsView::setFollowing);
    connect(m_view, &OperationsView::followingChanged, follow, &QCheckBox::setChecked);
    connect(
        m_view, &OperationsView::followingChanged, actions.followOperations, &QAction::setChecked);
}

void OperationsPane::applyFilter()
{
    OperationFilter filter;
    filter.show = static_cast<OperationFilter::Show>(m_show->currentData().toInt());
    filter.windowThread = currentThreadId();
    if (filter.show == OperationFilter::Show::OneSocket) {
        const auto node = m_session.currentNode();
        filter.socketId = node ? node->connection.socketId : 0;
    }
    m_filtered->setFilter(filter);
    refresh();
}

void OperationsPane::refresh()
{
    // The socket of a connection changes when it connects again.
    if (m_filtered->filter().show == OperationFilter::Show::OneSocket) {
        const auto node = m_session.currentNode();
        if (node && node->connection.socketId != 0
            && node->connection.socketId != m_filtered->filter().socketId)
            applyFilter();
    }
    const int shown = m_filtered->rowCount();
    const int all = m_all.rowCount();
    m_count->setText(all == 0 ? QString()
                              : tr("%1 of %2 operations")
                                    .arg(groupedNumber(static_cast<std::uint64_t>(shown)),
                                        groupedNumber(static_cast<std::uint64_t>(all))));
}

} // namespace swb::ui
