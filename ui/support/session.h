// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/workspace.h"
#include "ui/models/call_log.h"
#include "ui/models/connections_model.h"
#include "ui/models/queue_model.h"

#include <QObject>
#include <QTimer>
#include <QUndoGroup>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace swb::ui {

class EngineBridge;

/// What the window works on: the workspace's connections as a model, one queue for each of them,
/// which one is selected, and the verbs. It knows no widget; the window and its panes only show it
/// and call it.
///
/// **Threads** GUI thread; none of the verbs waits for the network.
/// **Lifetime** workspace and bridge must outlive it.
class Session : public QObject {
    Q_OBJECT
public:
    Session(workbench::Workspace& workspace, EngineBridge& bridge, QObject* parent = nullptr);
    ~Session() override;

    ConnectionsModel& connections() { return m_connections; }
    EngineBridge& bridge() { return m_bridge; }
    QUndoGroup& undoGroup() { return m_undo; }
    /// The queue of a client or an accepted connection, made when first asked for; null for other
    /// nodes.
    QueueModel* queue(std::uint32_t id);

    std::uint32_t current() const { return m_current; }
    void setCurrent(std::uint32_t id);
    QueueModel* currentQueue() { return queue(m_current); }
    std::optional<workbench::NodeSnapshot> currentNode() const;
    std::shared_ptr<workbench::Connection> connection(std::uint32_t id) const;
    /// The node that has the socket of this number now; nothing when there is none.
    std::optional<workbench::NodeSnapshot> nodeOfSocket(std::uint32_t socketId) const;
    /// See Workspace::readByPeer().
    std::optional<std::uint64_t> readByPeer(std::uint32_t id) const;
    /// What stood in the args of the sends that were made here.
    const CallLog& calls() const { return m_calls; }

    /// Adds a client, starts connecting and selects it.
    std::uint32_t addClient(const Address& target);
    std::uint32_t addListener(const Address& address);
    /// 0 when it could not be started; trouble() says why.
    std::uint32_t addDemoPeer(const peers::PeerOptions& options);
    void connectNode(std::uint32_t id);
    void disconnectNode(std::uint32_t id);
    /// Closes and forgets it. A client's queue can be had back with restoreRemoved().
    void removeNode(std::uint32_t id);
    /// Brings back the client that was removed last, not connected, with its queue.
    void restoreRemoved();

    /// Why nothing can be sent on `id` now; empty when it can.
    QString sendObstacle(std::uint32_t id) const;
    /// Sends each of the rows by itself, in order.
    void send(std::uint32_t id, const std::vector<int>& rows);
    /// Sends the enabled rows as one SendPacketsAsync.
    void sendAsOne(std::uint32_t id);
    /// Cancels what is pending on `id`; when nothing is, what is pending anywhere.
    void cancel(std::uint32_t id);
    std::size_t pendingSends() const;
    /// Something was done with others than the demo peers of this session.
    bool hasOwnWork() const { return m_hasOwnWork; }

    /// Takes new snapshots now; otherwise that happens once for each frame of the bridge.
    void refresh();

signals:
    /// New snapshots are in the models.
    void refreshed();
    void currentChanged(std::uint32_t id);
    /// Something that belongs to no row; shown in place in the message bar.
    void trouble(const workbench::Problem& problem);
    /// A client went, with `items` queue items: offer restoreRemoved().
    void clientRemoved(const QString& name, int items);

private:
    struct Removed {
        Address target;
        std::unique_ptr<QueueModel> queue;
    };

    void show(std::uint32_t id);
    void remember(const workbench::SendTicket& ticket, SocketAsyncOperation kind,
        std::span<const workbench::QueueItem> items, const std::string& target);
    void describeSockets(const std::vector<workbench::NodeSnapshot>& nodes);
    void forgetQueuesOfGoneNodes();

    workbench::Workspace& m_workspace;
    EngineBridge& m_bridge;
    ConnectionsModel m_connections;
    CallLog m_calls;
    QUndoGroup m_undo;
    std::map<std::uint32_t, std::unique_ptr<QueueModel>> m_queues;
    std::optional<Removed> m_removed;
    std::set<std::uint32_t> m_described; ///< Sockets the recording knows about.
    std::uint32_t m_current = 0;
    bool m_hasOwnWork = false;
    QTimer m_rateTimer; ///< Lets rates fall to zero when nothing happens any more.
};

} // namespace swb::ui
