// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/session.h"

#include "engine/trace/operation_record.h"
#include "ui/bridge/engine_bridge.h"

#include <algorithm>
#include <numeric>

namespace swb::ui {

using workbench::ConnectionState;
using workbench::NodeKind;
using workbench::NodeSnapshot;

namespace {

constexpr int kRateIntervalMs = 250;

bool hasQueue(NodeKind kind)
{
    return kind == NodeKind::Client || kind == NodeKind::Accepted;
}

} // namespace

Session::Session(workbench::Workspace& workspace, EngineBridge& bridge, QObject* parent)
    : QObject(parent)
    , m_workspace(workspace)
    , m_bridge(bridge)
{
    connect(&bridge, &EngineBridge::frame, this, &Session::refresh);
    m_rateTimer.setInterval(kRateIntervalMs);
    connect(&m_rateTimer, &QTimer::timeout, this, &Session::refresh);
    refresh();
}

Session::~Session() = default;

QueueModel* Session::queue(std::uint32_t id)
{
    if (const auto known = m_queues.find(id); known != m_queues.end())
        return known->second.get();
    const NodeSnapshot* node = m_connections.node(id);
    if (!node || !hasQueue(node->kind))
        return nullptr;
    auto made = std::make_unique<QueueModel>();
    m_undo.addStack(&made->undoStack());
    return m_queues.emplace(id, std::move(made)).first->second.get();
}

void Session::setCurrent(std::uint32_t id)
{
    if (m_current == id)
        return;
    m_current = id;
    QueueModel* shown = queue(id);
    m_undo.setActiveStack(shown ? &shown->undoStack() : nullptr);
    emit currentChanged(id);
}

std::optional<NodeSnapshot> Session::currentNode() const
{
    const NodeSnapshot* node = m_connections.node(m_current);
    return node ? std::optional(*node) : std::nullopt;
}

std::shared_ptr<workbench::Connection> Session::connection(std::uint32_t id) const
{
    return m_workspace.connection(id);
}

void Session::show(std::uint32_t id)
{
    refresh();
    setCurrent(id);
}

std::uint32_t Session::addClient(const Address& target)
{
    const std::uint32_t id = m_workspace.addClient(target);
    connectNode(id);
    show(id);
    return id;
}

std::uint32_t Session::addListener(const Address& address)
{
    const std::uint32_t id = m_workspace.addListener(address);
    show(id);
    return id;
}

std::uint32_t Session::addDemoPeer(const peers::PeerOptions& options)
{
    try {
        const std::uint32_t id = m_workspace.addDemoPeer(options);
        refresh();
        return id;
    } catch (const std::exception& exception) {
        emit trouble(workbench::problemFromException(
            "Start demo peer", options.listen.toString(), exception));
        return 0;
    }
}

void Session::connectNode(std::uint32_t id)
{
    const auto connection = m_workspace.connection(id);
    if (!connection)
        return;
    try {
        connection->connect();
    } catch (const std::exception& exception) {
        emit trouble(workbench::problemFromException(
            "Connect", connection->snapshot().target.toString(), exception));
    }
    refresh();
}

void Session::disconnectNode(std::uint32_t id)
{
    if (const auto connection = m_workspace.connection(id))
        connection->disconnect();
    refresh();
}

void Session::removeNode(std::uint32_t id)
{
    const NodeSnapshot* node = m_connections.node(id);
    if (!node)
        return;
    const QString name = m_connections.name(id);
    int items = 0;
    if (const auto queue = m_queues.find(id);
        queue != m_queues.end() && node->kind == NodeKind::Client) {
        items = queue->second->size();
        m_undo.removeStack(&queue->second->undoStack());
        m_removed = Removed{node->connection.target, std::move(queue->second)};
        m_queues.erase(queue);
    }
    if (m_current == id)
        setCurrent(0);
    m_workspace.remove(id);
    refresh();
    if (items > 0)
        emit clientRemoved(name, items);
    else
        m_removed.reset();
}

void Session::restoreRemoved()
{
    if (!m_removed)
        return;
    const std::uint32_t id = m_workspace.addClient(m_removed->target);
    m_undo.addStack(&m_removed->queue->undoStack());
    m_queues.emplace(id, std::move(m_removed->queue));
    m_removed.reset();
    show(id);
}

QString Session::sendObstacle(std::uint32_t id) const
{
    const NodeSnapshot* node = m_connections.node(id);
    if (!node)
        return tr("Select a connection first.");
    if (!hasQueue(node->kind))
        return tr("This row only listens. Select a client or an accepted connection.");
    switch (node->connection.state) {
    case ConnectionState::Connected:
    case ConnectionState::PeerEnded: // The peer has ended its sending side; ours still works.
        return {};
    case ConnectionState::Connecting:
        return tr("Not connected yet: the connection is being made.");
    default:
        return tr("Not connected. Connect first (F5).");
    }
}

void Session::send(std::uint32_t id, const std::vector<int>& rows)
{
    const auto connection = m_workspace.connection(id);
    QueueModel* model = queue(id);
    if (!connection || !model)
        return;
    const std::string target = connection->snapshot().target.toString();
    const QString subject = QString::fromStdString(target);
    for (const int row : rows) {
        const workbench::QueueItem& item = model->entry(row).item;
        const auto ticket = connection->send(item);
        remember(
            ticket, workbench::SendRequest::single(item).operation, std::span(&item, 1), target);
        model->setOutcome(std::span(&row, 1), ticket, subject);
    }
    refresh();
}

void Session::sendAsOne(std::uint32_t id)
{
    const auto connection = m_workspace.connection(id);
    QueueModel* model = queue(id);
    if (!connection || !model)
        return;
    std::vector<int> rows;
    std::vector<workbench::QueueItem> items;
    for (int row = 0; row < model->size(); ++row) {
        if (!model->entry(row).item.enabled)
            continue;
        rows.push_back(row);
        items.push_back(model->entry(row).item);
    }
    if (rows.empty())
        return;
    const std::string target = connection->snapshot().target.toString();
    const auto ticket = connection->sendAsOne(items);
    remember(ticket, SocketAsyncOperation::SendPackets, items, target);
    model->setOutcome(rows, ticket, QString::fromStdString(target));
    refresh();
}

void Session::remember(const workbench::SendTicket& ticket, SocketAsyncOperation kind,
    std::span<const workbench::QueueItem> items, const std::string& target)
{
    workbench::CallDescription call;
    call.kind = kind;
    call.target = target;
    std::transform(
        items.begin(), items.end(), std::back_inserter(call.parts), workbench::CallPart::of);
    m_calls.add(ticket.operationId, std::move(call));
}

std::optional<NodeSnapshot> Session::nodeOfSocket(std::uint32_t socketId) const
{
    const std::uint32_t id = m_connections.nodeOfSocket(socketId);
    const NodeSnapshot* const node = m_connections.node(id);
    if (!node || node->connection.socketId != socketId)
        return std::nullopt;
    return *node;
}

std::optional<std::uint64_t> Session::readByPeer(std::uint32_t id) const
{
    return m_workspace.readByPeer(id);
}

void Session::cancel(std::uint32_t id)
{
    const auto connection = m_workspace.connection(id);
    if (connection && connection->snapshot().pendingSends > 0) {
        connection->cancelAll();
    } else {
        for (const NodeSnapshot& node : m_workspace.snapshot()) {
            if (const auto other = m_workspace.connection(node.id))
                other->cancelAll();
        }
    }
    refresh();
}

std::size_t Session::pendingSends() const
{
    return m_workspace.pendingOperations();
}

void Session::refresh()
{
    const trace::TraceStore& store = m_bridge.store();
    const RecordLookup lookup = [&store](std::uint64_t id) -> std::optional<OperationRecord> {
        if (!store.contains(id))
            return std::nullopt;
        return store.record(trace::TraceStore::rowOf(id));
    };
    bool pending = false;
    for (const auto& [id, model] : m_queues)
        pending = model->refresh(lookup) || pending;

    std::vector<NodeSnapshot> nodes = m_workspace.snapshot();
    // A connection counts a send when it is over; the records say how far the pending ones have
    // come.
    for (NodeSnapshot& node : nodes) {
        const auto queue = m_queues.find(node.id);
        if (queue != m_queues.end() && node.connection.pendingSends > 0)
            node.connection.bytesSent += queue->second->pendingBytesDone();
    }
    describeSockets(nodes);
    m_connections.update(std::move(nodes), trace::steadyNowNs());
    forgetQueuesOfGoneNodes();
    if (pending || m_connections.hasLiveRates())
        m_rateTimer.start();
    else
        m_rateTimer.stop();
    emit refreshed();
}

/// So that a recording says what its sockets were.
void Session::describeSockets(const std::vector<NodeSnapshot>& nodes)
{
    for (const NodeSnapshot& node : nodes) {
        const workbench::ConnectionSnapshot& connection = node.connection;
        if (connection.socketId == 0 || connection.remote.isNull()
            || !m_described.insert(connection.socketId).second)
            continue;
        m_hasOwnWork = m_hasOwnWork || node.kind != NodeKind::Client
            || !std::any_of(nodes.begin(), nodes.end(), [&node](const NodeSnapshot& other) {
                   return other.kind == NodeKind::DemoPeer
                       && other.address == node.connection.target;
               });
        const std::string target = connection.target.toString(); // "tcp://..."
        m_bridge.sockets().describeSocket(connection.socketId,
            target.substr(0, target.find(':')) + ' ' + connection.local.toString() + " -> "
                + connection.remote.toString());
    }
}

/// An accepted connection goes with its listener; its queue goes with it.
void Session::forgetQueuesOfGoneNodes()
{
    for (auto queue = m_queues.begin(); queue != m_queues.end();) {
        if (m_connections.node(queue->first)) {
            ++queue;
            continue;
        }
        if (m_current == queue->first)
            setCurrent(0);
        m_undo.removeStack(&queue->second->undoStack());
        queue = m_queues.erase(queue);
    }
    if (m_current != 0 && !m_connections.node(m_current))
        setCurrent(0);
}

} // namespace swb::ui
