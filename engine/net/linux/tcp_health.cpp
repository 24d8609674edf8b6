// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/tcp_health.h"

#include <algorithm>
#include <cstddef>

#include <linux/sockios.h>
#include <linux/tcp.h> // The kernel's: the C library's tcp_info ends before the fields that are needed.
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace swb::detail::sys {

namespace {

// The states of tcpi_state are an enumeration of the C library's <netinet/tcp.h>, which cannot be
// included beside the kernel's header.
constexpr int kEstablished = 1;
constexpr int kFinWait1 = 4;
constexpr int kFinWait2 = 5;
constexpr int kCloseWait = 8;
constexpr int kClosing = 11;

bool isConnectedState(int state) noexcept
{
    return state == kEstablished || state == kFinWait1 || state == kFinWait2 || state == kCloseWait
        || state == kClosing;
}

} // namespace

bool readTcpHealth(int fd, bool connectedByUs, SocketHealth& health) noexcept
{
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return false;
    // An older kernel fills less: without these counters nothing could be told apart.
    if (size < offsetof(tcp_info, tcpi_bytes_retrans) + sizeof info.tcpi_bytes_retrans)
        return false;
    const std::uint64_t sentOnce = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
    const std::uint64_t syn = connectedByUs && info.tcpi_bytes_acked > 0 ? 1 : 0;
    // A FIN is counted as a byte too; there is never more acknowledged than was sent.
    health.acknowledgedBytes = std::min<std::uint64_t>(info.tcpi_bytes_acked - syn, sentOnce);
    health.inFlightBytes = sentOnce - health.acknowledgedBytes;
    health.unsentBytes = info.tcpi_notsent_bytes;
    health.receivedBytes = info.tcpi_bytes_received;
    health.windowKnown = size >= offsetof(tcp_info, tcpi_snd_wnd) + sizeof info.tcpi_snd_wnd;
    health.peerWindowBytes = info.tcpi_snd_wnd;
    health.roundTripUs = info.tcpi_rtt;
    health.roundTripVarianceUs = info.tcpi_rttvar;
    health.congestionWindowBytes = info.tcpi_snd_cwnd * info.tcpi_snd_mss;
    health.retransmits = info.tcpi_total_retrans;
    health.timeoutsInARow = info.tcpi_retransmits;
    health.windowProbesInARow = info.tcpi_probes;
    health.lastAckMs = info.tcpi_last_ack_recv;
    health.connected = isConnectedState(info.tcpi_state);
    health.known = true;

    int queued = 0;
    health.receiveQueueBytes
        = ::ioctl(fd, SIOCINQ, &queued) == 0 && queued > 0 ? static_cast<std::uint32_t>(queued) : 0;
    int buffer = 0;
    socklen_t bufferSize = sizeof buffer;
    if (::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, &bufferSize) == 0)
        health.sendBufferBytes = static_cast<std::uint32_t>(std::max(buffer, 0));
    return true;
}

} // namespace swb::detail::sys
