// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/workspace.h"
#include "ui/models/rate_meter.h"
#include "ui/support/icons.h"

#include <QAbstractItemModel>

#include <memory>
#include <unordered_map>
#include <vector>

namespace swb::ui {

/// The tree of clients, listeners with what they accepted, and demo peers, from snapshots of the
/// workspace.
///
/// Rows are inserted, removed and changed as the snapshots differ; nothing is ever reset, so that
/// selection and expansion stay.
/// **Threads** GUI thread.
class ConnectionsModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role {
        NodeIdRole = Qt::UserRole + 1, ///< std::uint32_t; 0 for a heading.
        StateWordRole, ///< "connected"
        StateIconRole, ///< The name of a drawing, for paintIcon().
        StateToneRole, ///< int of Tone
        EndPointsRole, ///< "127.0.0.1:5000 → 127.0.0.1:9000"; empty when there is none.
        TrafficRole, ///< Rates, totals and pending sends, in one line; empty when there is nothing
                     ///< to say.
        ProblemRole, ///< One line; empty when all is well.
    };

    explicit ConnectionsModel(QObject* parent = nullptr);
    ~ConnectionsModel() override;

    /// Makes the tree show `nodes`. `nowNs` is a monotonic clock, for the rates.
    void update(std::vector<workbench::NodeSnapshot> nodes, std::int64_t nowNs);

    /// Null for ids that are not in the tree; valid until the next update.
    const workbench::NodeSnapshot* node(std::uint32_t id) const;
    QModelIndex indexOf(std::uint32_t id) const;
    /// The name people know the connection by: "echo peer, 127.0.0.1:40001".
    QString name(std::uint32_t id) const;
    /// The name of the connection that has, or once had, the socket of this number (Socket::id());
    /// empty for sockets of nobody here. Stays when the connection connects anew or goes.
    QString socketName(std::uint32_t socketId) const;
    /// The id of that connection's node, which may be gone; 0 for sockets of nobody here.
    std::uint32_t nodeOfSocket(std::uint32_t socketId) const;
    bool isEmpty() const { return m_groups.empty(); }
    /// Some rate is still moving: the tree wants another update soon although nothing happens.
    bool hasLiveRates() const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    struct Node;
    using Nodes = std::vector<std::unique_ptr<Node>>;

    Node* nodeAt(const QModelIndex& index) const;
    Nodes& siblings(const Node& node);
    const Nodes& siblings(const Node& node) const;
    QModelIndex indexOf(const Node& node) const;
    const Node* find(std::uint32_t id) const;
    void synchronise(Node* parent, const std::vector<const workbench::NodeSnapshot*>& wanted,
        std::int64_t nowNs);
    void removeGone(Node* parent, const std::vector<const workbench::NodeSnapshot*>& wanted);
    Node* groupFor(workbench::NodeKind kind);
    void removeEmptyGroups();
    void renameByPeers();
    QString nameOf(const workbench::NodeSnapshot& snapshot) const;

    void rememberSockets(const std::vector<workbench::NodeSnapshot>& nodes);

    Nodes m_groups;
    struct SocketOwner {
        std::uint32_t node = 0;
        QString name;
    };
    std::unordered_map<std::uint32_t, SocketOwner> m_sockets; ///< By Socket::id().
    std::vector<workbench::NodeSnapshot>
        m_peers; ///< To recognise a client's target as one of our own peers.
};

} // namespace swb::ui
