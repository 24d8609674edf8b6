// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connections_pane.h"

#include "ui/support/session.h"
#include "ui/views/actions.h"
#include "ui/views/connection_delegate.h"

#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QTreeView>
#include <QVBoxLayout>

namespace swb::ui {

ConnectionsPane::ConnectionsPane(Session& session, Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_view(new QTreeView(this))
    , m_empty(
          new QLabel(tr("No connections yet.\n\nNew connection: %1\nOr press \u201cTry it on this "
                        "computer\u201d.")
                         .arg(actions.newConnection->shortcut().toString(QKeySequence::NativeText)),
              this))
{
    m_view->setObjectName(QStringLiteral("connectionsView"));
    m_view->setAccessibleName(tr("Connections"));
    m_view->setAccessibleDescription(
        tr("Clients, listeners with their accepted connections, and demo peers"));
    m_view->setModel(&session.connections());
    m_view->setItemDelegate(new ConnectionDelegate(m_view));
    m_view->setHeaderHidden(true);
    m_view->setIndentation(12);
    m_view->setRootIsDecorated(false);
    m_view->setExpandsOnDoubleClick(false);
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->addActions({actions.connectNow, actions.disconnect, actions.removeConnection});

    m_empty->setObjectName(QStringLiteral("connectionsEmpty"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_view);
    layout->addWidget(m_empty, 1);

    ConnectionsModel& model = session.connections();
    // Rows differ in height as lines come and go, and the view asks only when told.
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this] { follow(); });
    connect(&model, &QAbstractItemModel::rowsRemoved, this, [this] { follow(); });
    connect(&model, &QAbstractItemModel::dataChanged, m_view,
        [this](const QModelIndex& index) { emit m_view->itemDelegate()->sizeHintChanged(index); });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this,
        [this](const QModelIndex& index) {
            const std::uint32_t id = index.data(ConnectionsModel::NodeIdRole).toUInt();
            if (id != 0)
                m_session.setCurrent(id);
        });
    connect(&session, &Session::currentChanged, this, &ConnectionsPane::select);
    m_view->viewport()->installEventFilter(this);
    follow();
}

/// The height of rows goes by the width.
bool ConnectionsPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_view->viewport() && event->type() == QEvent::Resize)
        QMetaObject::invokeMethod(
            m_view, [view = m_view] { view->doItemsLayout(); }, Qt::QueuedConnection);
    return QWidget::eventFilter(watched, event);
}

void ConnectionsPane::follow()
{
    m_view->expandAll();
    const bool empty = m_session.connections().isEmpty();
    m_view->setVisible(!empty);
    m_empty->setVisible(empty);
}

void ConnectionsPane::select(std::uint32_t id)
{
    const QModelIndex index = m_session.connections().indexOf(id);
    if (index.isValid() && index != m_view->currentIndex()) {
        m_view->setCurrentIndex(index);
        m_view->scrollTo(index);
    }
}

} // namespace swb::ui
