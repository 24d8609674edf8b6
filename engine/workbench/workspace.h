// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/peers/peer.h"
#include "engine/workbench/connection.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swb::trace {
class PayloadLog;
}

namespace swb::workbench {

enum class NodeKind : std::uint8_t { Client, Listener, Accepted, DemoPeer };

/// One row of the connections tree at one moment.
struct NodeSnapshot {
    std::uint32_t id = 0; ///< Never reused within a workspace.
    std::uint32_t parentId = 0; ///< The listener of an accepted connection; 0 at the top.
    NodeKind kind = NodeKind::Client;
    Address address; ///< Target, or where it really listens.
    ConnectionSnapshot connection; ///< Clients and accepted connections.
    std::uint32_t acceptedCount = 0; ///< Listeners: accepted so far.
    bool listening = false; ///< Listeners and demo peers.
    std::optional<peers::PeerKind> peerKind; ///< Demo peers.
    peers::PeerStatistics peer; ///< Demo peers.
    std::optional<Problem> problem;
};

/// Everything the user has open: clients, listeners with what they accepted, demo peers.
///
/// **Threads** all members from any thread; none blocks on the network (listening binds at once).
/// **Lifetime** must not outlive the engine; the destructor closes everything.
class Workspace {
public:
    /// `changed` is called without data, on any thread, whenever snapshot() may have something new.
    /// The first bytes of what connections and demo peers send and receive go to `payload`, which
    /// must outlive the engine; null: nowhere.
    Workspace(AsyncEngine&, std::function<void()> changed, trace::PayloadLog* payload = nullptr);
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    /// Adds a client, not yet connected.
    std::uint32_t addClient(const Address& target);
    /// Listens; stays in the tree with a problem when that fails. For a datagram address: one bound
    /// socket that receives from everybody; it has no children and cannot send.
    std::uint32_t addListener(const Address& address);
    std::uint32_t addDemoPeer(const peers::PeerOptions& options);
    /// Closes and forgets the node and its children.
    void remove(std::uint32_t id);

    /// Null for stream listeners, demo peers and ids that are gone. A datagram listener's only
    /// receives.
    std::shared_ptr<Connection> connection(std::uint32_t id) const;
    std::vector<NodeSnapshot> snapshot() const;
    /// Bytes that the program at the other end of a stream connection has read: known when that is
    /// one of the workspace's own demo peers or accepted connections, over TCP.
    std::optional<std::uint64_t> readByPeer(std::uint32_t id) const;
    /// Pending sends of all connections.
    std::size_t pendingOperations() const;
    /// Closes everything; pending operations end with OperationAborted.
    void closeAll();

private:
    class Impl;
    std::shared_ptr<Impl> m_impl;
};

} // namespace swb::workbench
