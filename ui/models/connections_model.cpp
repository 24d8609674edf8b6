// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/connections_model.h"

#include "ui/models/connection_words.h"
#include "ui/support/format.h"

#include <QFont>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace swb::ui {

using workbench::ConnectionState;
using workbench::NodeKind;
using workbench::NodeSnapshot;

struct ConnectionsModel::Node {
    Node* parent = nullptr; ///< Null for a heading.
    NodeKind groupKind = NodeKind::Client; ///< Headings only.
    NodeSnapshot snapshot;
    RateMeter sent;
    RateMeter received;
    QString name;
    Nodes children;

    bool isGroup() const { return parent == nullptr; }
};

namespace {

std::uint64_t sentTotal(const NodeSnapshot& s)
{
    return s.kind == NodeKind::DemoPeer ? s.peer.bytesSent : s.connection.bytesSent;
}

std::uint64_t receivedTotal(const NodeSnapshot& s)
{
    return s.kind == NodeKind::DemoPeer ? s.peer.bytesReceived : s.connection.bytesReceived;
}

const std::optional<workbench::Problem>& problemOf(const NodeSnapshot& s)
{
    return s.problem ? s.problem : s.connection.problem;
}

/// Whether a row looks different; the rates are compared by the caller.
bool looksTheSame(const NodeSnapshot& a, const NodeSnapshot& b)
{
    return a.connection.state == b.connection.state && a.connection.local == b.connection.local
        && a.connection.remote == b.connection.remote && sentTotal(a) == sentTotal(b)
        && receivedTotal(a) == receivedTotal(b)
        && a.connection.pendingSends == b.connection.pendingSends
        && a.acceptedCount == b.acceptedCount && a.listening == b.listening
        && a.address == b.address && a.peer.connectionsOpen == b.peer.connectionsOpen
        && problemOf(a) == problemOf(b);
}

} // namespace

ConnectionsModel::ConnectionsModel(QObject* parent)
    : QAbstractItemModel(parent)
{
}

ConnectionsModel::~ConnectionsModel() = default;

void ConnectionsModel::update(std::vector<NodeSnapshot> nodes, std::int64_t nowNs)
{
    m_peers.clear();
    std::copy_if(nodes.begin(), nodes.end(), std::back_inserter(m_peers),
        [](const NodeSnapshot& n) { return n.kind == NodeKind::DemoPeer; });

    std::unordered_map<std::uint32_t, std::vector<const NodeSnapshot*>> children;
    for (const NodeSnapshot& node : nodes) {
        if (node.kind == NodeKind::Accepted)
            children[node.parentId].push_back(&node);
    }
    for (const NodeKind kind : {NodeKind::Client, NodeKind::Listener, NodeKind::DemoPeer}) {
        std::vector<const NodeSnapshot*> wanted;
        for (const NodeSnapshot& node : nodes) {
            if (node.kind == kind)
                wanted.push_back(&node);
        }
        const auto group = std::find_if(m_groups.begin(), m_groups.end(),
            [kind](const auto& g) { return g->groupKind == kind; });
        if (wanted.empty() && group == m_groups.end())
            continue;
        Node* heading = groupFor(kind);
        synchronise(heading, wanted, nowNs);
        for (const auto& child : heading->children)
            synchronise(child.get(), children[child->snapshot.id], nowNs);
    }
    removeEmptyGroups();
    renameByPeers();
    rememberSockets(nodes);
}

void ConnectionsModel::rememberSockets(const std::vector<NodeSnapshot>& nodes)
{
    for (const NodeSnapshot& node : nodes) {
        if (node.connection.socketId != 0)
            m_sockets[node.connection.socketId] = {node.id, name(node.id)};
    }
}

void ConnectionsModel::removeGone(Node* parent, const std::vector<const NodeSnapshot*>& wanted)
{
    std::unordered_set<std::uint32_t> ids;
    for (const NodeSnapshot* snapshot : wanted)
        ids.insert(snapshot->id);
    for (std::size_t row = parent->children.size(); row-- > 0;) {
        if (ids.count(parent->children[row]->snapshot.id) != 0)
            continue;
        const int at = static_cast<int>(row);
        beginRemoveRows(indexOf(*parent), at, at);
        parent->children.erase(parent->children.begin() + at);
        endRemoveRows();
    }
}

/// Ids grow and are never reused, so what is new belongs at the end.
void ConnectionsModel::synchronise(
    Node* parent, const std::vector<const NodeSnapshot*>& wanted, std::int64_t nowNs)
{
    removeGone(parent, wanted);
    const std::size_t known = parent->children.size();
    for (std::size_t i = 0; i < known && i < wanted.size(); ++i) {
        Node& node = *parent->children[i];
        const double sentBefore = node.sent.perSecond();
        const double receivedBefore = node.received.perSecond();
        node.sent.sample(nowNs, sentTotal(*wanted[i]));
        node.received.sample(nowNs, receivedTotal(*wanted[i]));
        const bool same = looksTheSame(node.snapshot, *wanted[i])
            && sentBefore == node.sent.perSecond() && receivedBefore == node.received.perSecond();
        node.snapshot = *wanted[i];
        if (!same) {
            const QModelIndex index = indexOf(node);
            emit dataChanged(index, index);
        }
    }
    if (wanted.size() <= known)
        return;
    beginInsertRows(indexOf(*parent), static_cast<int>(known), static_cast<int>(wanted.size()) - 1);
    for (std::size_t i = known; i < wanted.size(); ++i) {
        auto node = std::make_unique<Node>();
        node->parent = parent;
        node->snapshot = *wanted[i];
        node->name = nameOf(*wanted[i]);
        node->sent.sample(nowNs, sentTotal(*wanted[i]));
        node->received.sample(nowNs, receivedTotal(*wanted[i]));
        parent->children.push_back(std::move(node));
    }
    endInsertRows();
}

ConnectionsModel::Node* ConnectionsModel::groupFor(NodeKind kind)
{
    const auto at = std::lower_bound(m_groups.begin(), m_groups.end(), kind,
        [](const auto& g, NodeKind k) { return g->groupKind < k; });
    if (at != m_groups.end() && (*at)->groupKind == kind)
        return at->get();
    const int row = static_cast<int>(at - m_groups.begin());
    beginInsertRows({}, row, row);
    auto group = std::make_unique<Node>();
    group->groupKind = kind;
    Node* result = group.get();
    m_groups.insert(at, std::move(group));
    endInsertRows();
    return result;
}

void ConnectionsModel::removeEmptyGroups()
{
    for (std::size_t row = m_groups.size(); row-- > 0;) {
        if (!m_groups[row]->children.empty())
            continue;
        const int at = static_cast<int>(row);
        beginRemoveRows({}, at, at);
        m_groups.erase(m_groups.begin() + at);
        endRemoveRows();
    }
}

/// A client of one of our own peers is better known by what the peer does than by a port number.
void ConnectionsModel::renameByPeers()
{
    for (const auto& group : m_groups) {
        for (const auto& node : group->children) {
            QString name = nameOf(node->snapshot);
            if (name == node->name)
                continue;
            node->name = std::move(name);
            const QModelIndex index = indexOf(*node);
            emit dataChanged(index, index);
        }
    }
}

QString ConnectionsModel::nameOf(const NodeSnapshot& snapshot) const
{
    if (snapshot.kind == NodeKind::Accepted) {
        const std::string remote = snapshot.connection.remote.toString();
        return remote.empty() ? tr("accepted #%1").arg(snapshot.id)
                              : tr("from %1").arg(QString::fromStdString(remote));
    }
    const Address& address
        = snapshot.kind == NodeKind::Client ? snapshot.connection.target : snapshot.address;
    const QString where = QString::fromStdString(address.toString());
    // A peer of ours needs no host name; its port or path tells it from the others of its kind.
    const QString which = address.transport == Transport::UnixStream
        ? QString::fromStdString(address.endPoint.name())
        : QStringLiteral(":%1").arg(address.endPoint.port());
    if (snapshot.kind == NodeKind::DemoPeer)
        return QStringLiteral("%1 %2").arg(peerName(snapshot), which);
    if (snapshot.kind == NodeKind::Client) {
        const auto peer = std::find_if(m_peers.begin(), m_peers.end(),
            [&address](const NodeSnapshot& p) { return p.address == address; });
        if (peer != m_peers.end())
            return tr("to %1 %2").arg(peerName(*peer), which);
    }
    return where;
}

const ConnectionsModel::Node* ConnectionsModel::find(std::uint32_t id) const
{
    if (id == 0)
        return nullptr;
    for (const auto& group : m_groups) {
        for (const auto& node : group->children) {
            if (node->snapshot.id == id)
                return node.get();
            for (const auto& child : node->children) {
                if (child->snapshot.id == id)
                    return child.get();
            }
        }
    }
    return nullptr;
}

const NodeSnapshot* ConnectionsModel::node(std::uint32_t id) const
{
    const Node* found = find(id);
    return found ? &found->snapshot : nullptr;
}

QModelIndex ConnectionsModel::indexOf(std::uint32_t id) const
{
    const Node* found = find(id);
    return found ? indexOf(*found) : QModelIndex();
}

QString ConnectionsModel::name(std::uint32_t id) const
{
    const Node* found = find(id);
    return found ? found->name : QString();
}

QString ConnectionsModel::socketName(std::uint32_t socketId) const
{
    const auto found = m_sockets.find(socketId);
    return found == m_sockets.end() ? QString() : found->second.name;
}

std::uint32_t ConnectionsModel::nodeOfSocket(std::uint32_t socketId) const
{
    const auto found = m_sockets.find(socketId);
    return found == m_sockets.end() ? 0 : found->second.node;
}

bool ConnectionsModel::hasLiveRates() const
{
    for (const auto& group : m_groups) {
        for (const auto& node : group->children) {
            const auto live = [](const Node& n) {
                return n.sent.perSecond() > 0 || n.received.perSecond() > 0;
            };
            if (live(*node)
                || std::any_of(node->children.begin(), node->children.end(),
                    [&live](const auto& c) { return live(*c); }))
                return true;
        }
    }
    return false;
}

ConnectionsModel::Node* ConnectionsModel::nodeAt(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<Node*>(index.internalPointer()) : nullptr;
}

ConnectionsModel::Nodes& ConnectionsModel::siblings(const Node& node)
{
    return node.parent ? node.parent->children : m_groups;
}

const ConnectionsModel::Nodes& ConnectionsModel::siblings(const Node& node) const
{
    return node.parent ? node.parent->children : m_groups;
}

QModelIndex ConnectionsModel::indexOf(const Node& node) const
{
    const Nodes& all = siblings(node);
    const auto at
        = std::find_if(all.begin(), all.end(), [&node](const auto& n) { return n.get() == &node; });
    return at == all.end() ? QModelIndex()
                           : createIndex(static_cast<int>(at - all.begin()), 0, at->get());
}

QModelIndex ConnectionsModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    const Node* owner = nodeAt(parent);
    const Nodes& rows = owner ? owner->children : m_groups;
    return createIndex(row, column, rows[static_cast<std::size_t>(row)].get());
}

QModelIndex ConnectionsModel::parent(const QModelIndex& child) const
{
    const Node* node = nodeAt(child);
    return node && node->parent ? indexOf(*node->parent) : QModelIndex();
}

int ConnectionsModel::rowCount(const QModelIndex& parent) const
{
    if (parent.column() > 0)
        return 0;
    const Node* owner = nodeAt(parent);
    return static_cast<int>(owner ? owner->children.size() : m_groups.size());
}

int ConnectionsModel::columnCount(const QModelIndex&) const
{
    return 1;
}

Qt::ItemFlags ConnectionsModel::flags(const QModelIndex& index) const
{
    const Node* node = nodeAt(index);
    if (!node)
        return Qt::NoItemFlags;
    return node->isGroup() ? Qt::ItemIsEnabled : Qt::ItemIsEnabled | Qt::ItemIsSelectable;
}

namespace {

QString groupTitle(NodeKind kind)
{
    switch (kind) {
    case NodeKind::Client:
        return ConnectionsModel::tr("Clients");
    case NodeKind::Listener:
        return ConnectionsModel::tr("Listening");
    default:
        return ConnectionsModel::tr("Demo peers");
    }
}

QString endPointsText(const NodeSnapshot& s)
{
    if (s.kind == NodeKind::Listener)
        return ConnectionsModel::tr("accepted: %1").arg(groupedNumber(s.acceptedCount));
    if (s.kind == NodeKind::DemoPeer) {
        return ConnectionsModel::tr("open: %1, %2")
            .arg(groupedNumber(s.peer.connectionsOpen),
                QString::fromStdString(s.address.toString()));
    }
    if (s.connection.local.isNull() && s.connection.remote.isNull())
        return {};
    const auto shown = [](const EndPoint& e) {
        return e.toString().empty() ? ConnectionsModel::tr("(no name)")
                                    : QString::fromStdString(e.toString());
    };
    const QString local = shown(s.connection.local);
    const QString remote = shown(s.connection.remote);
    // On one computer only the ports tell them apart, and both have room.
    const auto host = [](const QString& end) { return end.left(end.lastIndexOf(u':')); };
    const bool isOneHost = remote.contains(u':') && host(local) == host(remote);
    return QStringLiteral("%1 \u2192 %2")
        .arg(local, isOneHost ? remote.mid(remote.lastIndexOf(u':')) : remote);
}

} // namespace

QVariant ConnectionsModel::data(const QModelIndex& index, int role) const
{
    const Node* node = nodeAt(index);
    if (!node)
        return {};
    if (node->isGroup()) {
        if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
            return groupTitle(node->groupKind);
        return role == NodeIdRole ? QVariant::fromValue(std::uint32_t{0}) : QVariant();
    }
    const NodeSnapshot& s = node->snapshot;
    const auto& problem = problemOf(s);
    const auto text = [&](int which) { return data(index, which).toString(); };
    switch (role) {
    case Qt::DisplayRole:
        return node->name;
    case NodeIdRole:
        return QVariant::fromValue(s.id);
    case StateWordRole:
        return lookOf(s).word;
    case StateIconRole:
        return lookOf(s).iconName;
    case StateToneRole:
        return static_cast<int>(lookOf(s).tone);
    case EndPointsRole:
        return endPointsText(s);
    case TrafficRole: {
        const bool everMoved = sentTotal(s) != 0 || receivedTotal(s) != 0;
        if (s.kind == NodeKind::Listener || (!everMoved && s.connection.pendingSends == 0))
            return QString();
        // What is pending comes first: a narrow dock cuts the end off.
        QString line;
        if (s.connection.pendingSends != 0)
            line = tr("pending %1  ").arg(groupedNumber(s.connection.pendingSends));
        line += tr("sent %1/s  received %2/s", "%1 and %2 are sizes")
                    .arg(sizeText(static_cast<std::uint64_t>(node->sent.perSecond())),
                        sizeText(static_cast<std::uint64_t>(node->received.perSecond())));
        return line;
    }
    case ProblemRole:
        return problem ? problemLine(*problem) : QString();
    case Qt::AccessibleTextRole:
        return QStringList{node->name, text(StateWordRole), text(EndPointsRole), text(TrafficRole),
            text(ProblemRole)}
            .join(QStringLiteral(", "));
    case Qt::ToolTipRole: {
        if (problem)
            return problemToolTip(*problem);
        return QStringLiteral("<p style='white-space:pre'>%1</p>")
            .arg(tr("%1\n%2\nsent %3\nreceived %4")
                     .arg(node->name, text(EndPointsRole), exactSizeText(sentTotal(s)),
                         exactSizeText(receivedTotal(s)))
                     .toHtmlEscaped());
    }
    default:
        return {};
    }
}

} // namespace swb::ui
