// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/workspace.h"

#include "engine/peers/acceptor.h"
#include "engine/trace/payload_log.h"
#include "engine/workbench/notifier.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace swb::workbench {

namespace {

/// What a node holds, taken out from under the lock to be asked or closed.
struct Parts {
    std::shared_ptr<Connection> connection;
    std::shared_ptr<peers::Acceptor> acceptor;
    std::shared_ptr<peers::Peer> peer;

    void close() const
    {
        if (acceptor)
            acceptor->stop();
        if (peer)
            peer->stop();
        if (connection)
            connection->abort();
    }
};

/// Keeps what a demo peer moves. What its sockets are is known from the other end, or nobody asks.
class PayloadWatcher final : public peers::PeerWatcher {
public:
    explicit PayloadWatcher(trace::PayloadLog& log)
        : m_log(log)
    {
    }
    void socketOpened(const Socket&) override { }
    void bytesMoved(std::uint64_t operationId, std::span<const std::byte> bytes) override
    {
        m_log.keep(operationId, bytes);
    }

private:
    trace::PayloadLog& m_log;
};

struct Node {
    NodeSnapshot shown; ///< The parts that do not change by themselves.
    Parts parts;
    bool closed = false; ///< closeAll() was here.
};

} // namespace

class Workspace::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(AsyncEngine& asyncEngine, std::function<void()> changed, trace::PayloadLog* payloadLog)
        : engine(asyncEngine)
        , payload(payloadLog)
        , notifier(std::make_shared<Notifier>(std::move(changed)))
    {
    }

    /// `parts`: of a node that is not seen without them.
    std::uint32_t add(
        NodeKind kind, const Address& address, std::uint32_t parentId = 0, Parts parts = {});
    void listenForConnections(std::uint32_t id, const Address& address);
    void receiveDatagrams(std::uint32_t id, const Address& address);
    void accepted(std::uint32_t listenerId, Transport transport, Socket socket);
    void setProblem(std::uint32_t id, Problem problem);
    /// Puts the parts into the node; closes them when the node has gone meanwhile.
    template <typename Change> void complete(std::uint32_t id, const Parts& parts, Change change);
    std::function<void()> changedCallback() const
    {
        return [keep = notifier] { keep->notify(); };
    }

    AsyncEngine& engine;
    trace::PayloadLog* const payload; ///< Null: nobody keeps it.
    const std::shared_ptr<Notifier> notifier;
    mutable std::mutex mutex; // guards everything below; nothing that calls out happens under it
    std::map<std::uint32_t, Node> nodes; ///< By id, so also in the order in which they were added.
    std::uint32_t nextId = 1;
};

std::uint32_t Workspace::Impl::add(
    NodeKind kind, const Address& address, std::uint32_t parentId, Parts parts)
{
    const std::scoped_lock lock(mutex);
    const std::uint32_t id = nextId++;
    Node& node = nodes[id];
    node.shown.id = id;
    node.shown.parentId = parentId;
    node.shown.kind = kind;
    node.shown.address = address;
    node.parts = std::move(parts);
    return id;
}

template <typename Change>
void Workspace::Impl::complete(std::uint32_t id, const Parts& parts, Change change)
{
    bool gone = true;
    {
        const std::scoped_lock lock(mutex);
        const auto found = nodes.find(id);
        if (found != nodes.end() && !found->second.closed) {
            gone = false;
            found->second.parts = parts;
            change(found->second.shown);
        }
    }
    if (gone)
        parts.close();
    notifier->notify();
}

void Workspace::Impl::setProblem(std::uint32_t id, Problem problem)
{
    {
        const std::scoped_lock lock(mutex);
        const auto found = nodes.find(id);
        if (found != nodes.end())
            found->second.shown.problem = std::move(problem);
    }
    notifier->notify();
}

void Workspace::Impl::listenForConnections(std::uint32_t id, const Address& address)
{
    const auto weak = weak_from_this();
    Parts parts;
    parts.acceptor = std::make_shared<peers::Acceptor>(engine, address.forListening(), 0,
        peers::Acceptor::Callbacks{[weak, id, transport = address.transport](Socket socket) {
                                       if (const auto self = weak.lock())
                                           self->accepted(id, transport, std::move(socket));
                                   },
            [weak, id, subject = address.toString()](SocketError error, std::error_code native) {
                if (const auto self = weak.lock())
                    self->setProblem(id, problemFromResult("Accept", subject, error, native));
            }});
    complete(id, parts, [&parts](NodeSnapshot& shown) {
        shown.address = parts.acceptor->address();
        shown.listening = true;
    });
    parts.acceptor->start();
}

void Workspace::Impl::receiveDatagrams(std::uint32_t id, const Address& address)
{
    Parts parts;
    parts.connection = Connection::datagramReceiver(engine, address, changedCallback(), payload);
    const ConnectionSnapshot state = parts.connection->snapshot();
    complete(id, parts, [&state](NodeSnapshot& shown) {
        shown.listening = !state.problem;
        shown.problem = state.problem;
        if (!state.problem)
            shown.address = state.target;
    });
}

void Workspace::Impl::accepted(std::uint32_t listenerId, Transport transport, Socket socket)
{
    {
        const std::scoped_lock lock(mutex);
        const auto found = nodes.find(listenerId);
        if (found == nodes.end() || found->second.closed)
            return; // the socket closes with its last handle, here
        ++found->second.shown.acceptedCount;
        found->second.shown.problem.reset();
    }
    Parts parts;
    parts.connection
        = Connection::accepted(engine, std::move(socket), transport, changedCallback(), payload);
    const std::uint32_t id
        = add(NodeKind::Accepted, parts.connection->snapshot().target, listenerId, parts);
    notifier->notify();
    {
        // The listener may have been removed or closed between the two locks, and its children with
        // it.
        const std::scoped_lock lock(mutex);
        const auto found = nodes.find(listenerId);
        if (found != nodes.end() && !found->second.closed)
            return;
        if (found == nodes.end())
            nodes.erase(id);
    }
    parts.close();
}

Workspace::Workspace(AsyncEngine& engine, std::function<void()> changed, trace::PayloadLog* payload)
    : m_impl(std::make_shared<Impl>(engine, std::move(changed), payload))
{
}

Workspace::~Workspace()
{
    m_impl->notifier->silence();
    closeAll();
}

std::uint32_t Workspace::addClient(const Address& target)
{
    const std::uint32_t id = m_impl->add(NodeKind::Client, target);
    Parts parts;
    parts.connection
        = Connection::client(m_impl->engine, target, m_impl->changedCallback(), m_impl->payload);
    m_impl->complete(id, parts, [](NodeSnapshot&) {});
    return id;
}

std::uint32_t Workspace::addListener(const Address& address)
{
    const std::uint32_t id = m_impl->add(NodeKind::Listener, address);
    try {
        if (address.isStream())
            m_impl->listenForConnections(id, address);
        else
            m_impl->receiveDatagrams(id, address);
    } catch (const std::exception& e) {
        m_impl->setProblem(id, problemFromException("Listen", address.toString(), e));
    }
    return id;
}

std::uint32_t Workspace::addDemoPeer(const peers::PeerOptions& options)
{
    const std::uint32_t id = m_impl->add(NodeKind::DemoPeer, options.listen);
    Parts parts;
    std::optional<Problem> problem;
    peers::PeerOptions watched = options;
    if (!watched.watcher && m_impl->payload != nullptr)
        watched.watcher = std::make_shared<PayloadWatcher>(*m_impl->payload);
    try {
        parts.peer = std::make_shared<peers::Peer>(m_impl->engine, watched);
    } catch (const std::exception& e) {
        problem = problemFromException("Listen", options.listen.toString(), e);
    }
    m_impl->complete(id, parts, [&](NodeSnapshot& shown) {
        shown.peerKind = options.kind;
        shown.listening = parts.peer != nullptr;
        shown.problem = problem;
        if (parts.peer)
            shown.address = parts.peer->address();
    });
    return id;
}

void Workspace::remove(std::uint32_t id)
{
    std::vector<Parts> going;
    {
        const std::scoped_lock lock(m_impl->mutex);
        for (auto it = m_impl->nodes.begin(); it != m_impl->nodes.end();) {
            if (it->first == id || it->second.shown.parentId == id) {
                going.push_back(std::move(it->second.parts));
                it = m_impl->nodes.erase(it);
            } else {
                ++it;
            }
        }
    }
    for (const Parts& parts : going)
        parts.close();
    m_impl->notifier->notify();
}

std::shared_ptr<Connection> Workspace::connection(std::uint32_t id) const
{
    const std::scoped_lock lock(m_impl->mutex);
    const auto found = m_impl->nodes.find(id);
    return found == m_impl->nodes.end() ? nullptr : found->second.parts.connection;
}

std::vector<NodeSnapshot> Workspace::snapshot() const
{
    std::vector<NodeSnapshot> result;
    std::vector<Parts> parts;
    {
        const std::scoped_lock lock(m_impl->mutex);
        result.reserve(m_impl->nodes.size());
        parts.reserve(m_impl->nodes.size());
        for (const auto& [id, node] : m_impl->nodes) {
            result.push_back(node.shown);
            parts.push_back(node.parts);
        }
    }
    for (std::size_t i = 0; i < result.size(); ++i) {
        if (parts[i].connection) {
            result[i].connection = parts[i].connection->snapshot();
            if (result[i].connection.problem)
                result[i].problem = result[i].connection.problem;
        }
        if (parts[i].peer)
            result[i].peer = parts[i].peer->statistics();
    }
    return result;
}

std::optional<std::uint64_t> Workspace::readByPeer(std::uint32_t id) const
{
    const auto self = connection(id);
    if (!self)
        return std::nullopt;
    const ConnectionSnapshot here = self->snapshot();
    if (here.local.isNull() || here.local.kind() != EndPoint::Kind::Ip
        || here.target.transport != Transport::Tcp)
        return std::nullopt;
    std::vector<Parts> others;
    {
        const std::scoped_lock lock(m_impl->mutex);
        for (const auto& [other, node] : m_impl->nodes) {
            if (other != id)
                others.push_back(node.parts);
        }
    }
    std::optional<std::uint64_t> read;
    for (const Parts& parts : others) {
        if (parts.connection) {
            const ConnectionSnapshot there = parts.connection->snapshot();
            if (there.remote == here.local && there.local == here.remote)
                read = there.bytesReceived;
        }
        if (!parts.peer || parts.peer->address().endPoint != here.remote)
            continue;
        // A port may have been used before: the last one counts.
        for (const auto& connection : parts.peer->connections()) {
            if (connection.remote == here.local)
                read = connection.bytesReceived;
        }
    }
    return read;
}

std::size_t Workspace::pendingOperations() const
{
    std::size_t pending = 0;
    for (const NodeSnapshot& node : snapshot())
        pending += node.connection.pendingSends;
    return pending;
}

void Workspace::closeAll()
{
    std::vector<Parts> clients;
    std::vector<Parts> open;
    {
        const std::scoped_lock lock(m_impl->mutex);
        for (auto& [id, node] : m_impl->nodes) {
            node.shown.listening = false;
            // Clients stay usable: closing everything is not removing.
            node.closed = node.shown.kind != NodeKind::Client;
            // First: a peer that closes before them would reset what they are still sending, and
            // that is a failure where nothing failed.
            if (node.shown.kind == NodeKind::Client)
                clients.push_back(node.parts);
            else
                open.push_back(node.parts);
        }
    }
    for (const Parts& parts : clients)
        parts.close();
    for (const Parts& parts : open)
        parts.close();
    m_impl->notifier->notify();
}

} // namespace swb::workbench
