// SPDX-License-Identifier: BSL-1.0
#include "engine/peers/peer.h"

#include "engine/net/exceptions.h"
#include "engine/peers/datagram_service.h"
#include "engine/peers/peer_counters.h"
#include "engine/peers/stream_service.h"

#include <utility>

namespace swb::peers {

namespace {

constexpr PeerKind kKinds[] = {PeerKind::Echo, PeerKind::Sink, PeerKind::Slow, PeerKind::Blackhole,
    PeerKind::Reset, PeerKind::Close, PeerKind::Source};

std::shared_ptr<PeerService> serve(
    AsyncEngine& engine, const PeerOptions& options, const std::shared_ptr<PeerCounters>& counters)
{
    if (options.listen.isStream()) {
        auto service = std::make_shared<StreamService>(engine, options, counters);
        service->start();
        return service;
    }
    auto service = std::make_shared<DatagramService>(engine, options, counters);
    service->start();
    return service;
}

} // namespace

class Peer::Impl {
public:
    PeerOptions options;
    std::shared_ptr<PeerCounters> counters = std::make_shared<PeerCounters>();
    std::shared_ptr<PeerService> service;
};

std::string toString(PeerKind kind)
{
    switch (kind) {
    case PeerKind::Echo:
        return "echo";
    case PeerKind::Sink:
        return "sink";
    case PeerKind::Slow:
        return "slow";
    case PeerKind::Blackhole:
        return "blackhole";
    case PeerKind::Reset:
        return "reset";
    case PeerKind::Close:
        return "close";
    case PeerKind::Source:
        return "source";
    }
    return std::to_string(static_cast<int>(kind));
}

std::optional<PeerKind> peerKindFromString(std::string_view text)
{
    for (const PeerKind kind : kKinds) {
        if (toString(kind) == text)
            return kind;
    }
    return std::nullopt;
}

Peer::Peer(AsyncEngine& engine, PeerOptions options)
    : m_impl(std::make_shared<Impl>())
{
    if (options.kind == PeerKind::Slow && options.bytesPerSecond == 0) {
        throw ArgumentOutOfRangeException("bytesPerSecond",
            "a slow peer needs a rate above 0; a peer that never reads is a blackhole");
    }
    m_impl->options = options;
    options.listen = options.listen.forListening();
    try {
        m_impl->service = serve(engine, options, m_impl->counters);
    } catch (const SocketException& e) {
        throw SocketException(e.socketError(), e.nativeError().value(),
            "cannot listen on " + options.listen.toString() + ": " + describe(e.socketError()));
    }
}

Peer::~Peer()
{
    stop();
}

const PeerOptions& Peer::options() const noexcept
{
    return m_impl->options;
}

Address Peer::address() const
{
    return m_impl->service->address();
}

PeerStatistics Peer::statistics() const
{
    return m_impl->counters->read();
}

std::vector<PeerConnection> Peer::connections() const
{
    return m_impl->service->connections();
}

void Peer::stop()
{
    if (m_impl->service)
        m_impl->service->stop();
}

} // namespace swb::peers
