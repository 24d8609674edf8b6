// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/health_log.h"

namespace swb::trace {

HealthHistory::Rates HealthHistory::rates() const noexcept
{
    constexpr std::int64_t kSecondNs = 1'000'000'000;
    const SocketHealth& last = latest();
    const SocketHealth* first = &last;
    for (auto at = samples.rbegin(); at != samples.rend(); ++at) {
        if (last.timeNs - at->timeNs > kSecondNs)
            break;
        first = &*at;
    }
    if (first->timeNs == last.timeNs)
        return {};
    const auto rate = [&](std::uint64_t then, std::uint64_t now) {
        return now < then ? 0
                          : static_cast<double>(now - then) * kSecondNs
                / static_cast<double>(last.timeNs - first->timeNs);
    };
    return {rate(first->acceptedBytes(), last.acceptedBytes()),
        rate(first->acknowledgedBytes + first->inFlightBytes,
            last.acknowledgedBytes + last.inFlightBytes),
        rate(first->acknowledgedBytes, last.acknowledgedBytes)};
}

void HealthLog::apply(const SocketHealth& sample)
{
    HealthHistory& history = m_sockets[sample.socketId];
    const SocketHealth* const before = history.samples.empty() ? nullptr : &history.latest();
    if (before && sample.timeNs < before->timeNs)
        return; // two looks that overtook each other

    const bool windowClosed
        = sample.known && sample.windowKnown && sample.connected && sample.peerWindowBytes == 0;
    if (!windowClosed)
        history.windowClosedSinceNs = 0;
    else if (history.windowClosedSinceNs == 0)
        history.windowClosedSinceNs = sample.timeNs;

    const bool moved = before && before->acknowledgedBytes != sample.acknowledgedBytes;
    if (!sample.known || sample.sendQueueBytes() == 0 || moved)
        history.stalledSinceNs = 0;
    else if (history.stalledSinceNs == 0)
        history.stalledSinceNs = before ? before->timeNs : sample.timeNs;

    history.samples.push_back(sample);
    if (history.samples.size() > kMostSamples)
        history.samples.pop_front();
}

const HealthHistory* HealthLog::find(std::uint32_t socketId) const noexcept
{
    const auto found = m_sockets.find(socketId);
    return found == m_sockets.end() ? nullptr : &found->second;
}

} // namespace swb::trace
