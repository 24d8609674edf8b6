// SPDX-License-Identifier: BSL-1.0
/// What a SocketCore can tell of its connection while operations wait on it.
#include "engine/net/detail/socket_core.h"
#include "engine/net/linux/tcp_health.h"

#include <algorithm>

namespace swb::detail {

SocketHealth SocketCore::health() const
{
    SocketHealth health;
    health.socketId = m_id;
    health.timeNs = TickClock::nowNs(); // as in the records it is seen beside
    const std::lock_guard lock(m_infoMutex);
    if (!closed() && m_family != AddressFamily::Unix && isStream() && everConnected())
        sys::readTcpHealth(m_descriptor.get(), m_connectedByUs, health);
    return health;
}

void SocketCore::addHealth(std::span<const std::uint32_t> ids, std::vector<SocketHealth>& found)
{
    if (std::binary_search(ids.begin(), ids.end(), m_id))
        found.push_back(health());
}

} // namespace swb::detail
