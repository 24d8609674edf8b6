// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/health_samples.h"

#include <algorithm>
#include <set>
#include <utility>

namespace swb::trace {
namespace {

constexpr std::int64_t kFirstIntervalNs = 200'000'000; // two looks of the monitor
constexpr std::size_t kFewestSamples = 16;

bool windowClosed(const SocketHealth& sample) noexcept
{
    return sample.known && sample.windowKnown && sample.connected && sample.peerWindowBytes == 0;
}

/// What makes a difference to a reader who cannot tell how it is between two looks.
bool samePhase(const SocketHealth& a, const SocketHealth& b) noexcept
{
    return a.known == b.known && a.connected == b.connected && windowClosed(a) == windowClosed(b);
}

/// Nothing but time went by.
bool sawTheSame(SocketHealth a, const SocketHealth& b) noexcept
{
    a.timeNs = b.timeNs;
    a.lastAckMs = b.lastAckMs;
    return a == b;
}

bool isEarlier(const SocketHealth& a, const SocketHealth& b) noexcept
{
    return a.timeNs < b.timeNs;
}

} // namespace

HealthSamples::HealthSamples(std::size_t budgetBytes)
    : m_mostSamples(std::max(budgetBytes / sizeof(SocketHealth), kFewestSamples))
{
}

/// The last one told nothing that its neighbours do not tell.
bool HealthSamples::replacesLast(const Track& track, const SocketHealth& sample) const noexcept
{
    if (track.size() < 2)
        return false;
    const SocketHealth& last = track.back();
    const SocketHealth& before = track[track.size() - 2];
    if (sawTheSame(before, last) && sawTheSame(last, sample))
        return true;
    return sample.timeNs - before.timeNs < m_intervalNs && samePhase(before, last)
        && samePhase(last, sample);
}

void HealthSamples::add(const SocketHealth& sample)
{
    const std::lock_guard lock(m_mutex);
    Track& track = m_tracks[sample.socketId];
    if (!track.empty() && sample.timeNs <= track.back().timeNs)
        return;
    if (replacesLast(track, sample)) {
        track.back() = sample;
        return;
    }
    track.push_back(sample);
    ++m_count;
    if (m_count > m_mostSamples)
        makeRoom();
}

/// Precondition: the lock is held.
void HealthSamples::makeRoom()
{
    thinOut();
    if (m_count > m_mostSamples / 4 * 3)
        forgetOldest(m_mostSamples / 2);
}

void HealthSamples::thinOut()
{
    m_intervalNs = m_intervalNs == 0 ? kFirstIntervalNs : m_intervalNs * 2;
    m_count = 0;
    for (auto& [socketId, track] : m_tracks) {
        Track kept;
        for (const SocketHealth& sample : track) {
            if (replacesLast(kept, sample))
                kept.back() = sample;
            else
                kept.push_back(sample);
        }
        track = std::move(kept);
        m_count += track.size();
    }
}

/// So many sockets have been there that few samples of each are too many.
void HealthSamples::forgetOldest(std::size_t until)
{
    std::vector<std::pair<std::int64_t, std::uint32_t>> ends;
    ends.reserve(m_tracks.size());
    for (const auto& [socketId, track] : m_tracks)
        ends.emplace_back(track.back().timeNs, socketId);
    std::sort(ends.begin(), ends.end());
    for (const auto& [endNs, socketId] : ends) {
        if (m_count <= until || m_tracks.size() == 1)
            return;
        m_count -= m_tracks[socketId].size();
        m_tracks.erase(socketId);
    }
}

std::optional<HealthHistory> HealthSamples::historyAt(
    std::uint32_t socketId, std::int64_t atNs) const
{
    HealthLog log;
    const std::lock_guard lock(m_mutex);
    const auto found = m_tracks.find(socketId);
    if (found == m_tracks.end())
        return std::nullopt;
    for (const SocketHealth& sample : found->second) {
        if (sample.timeNs > atNs)
            break;
        log.apply(sample);
    }
    const HealthHistory* const history = log.find(socketId);
    return history ? std::optional(*history) : std::nullopt;
}

HealthTotals HealthSamples::totals() const
{
    const std::lock_guard lock(m_mutex);
    return {m_count, m_tracks.size(), m_intervalNs};
}

std::int64_t HealthSamples::lastNs() const
{
    std::int64_t last = 0;
    const std::lock_guard lock(m_mutex);
    for (const auto& [socketId, track] : m_tracks)
        last = std::max(last, track.back().timeNs);
    return last;
}

std::vector<SocketHealth> HealthSamples::newerThan(Written& written, std::size_t most) const
{
    std::vector<SocketHealth> samples;
    const std::lock_guard lock(m_mutex);
    for (const auto& [socketId, track] : m_tracks) {
        if (samples.size() >= most)
            break;
        SocketHealth after;
        const auto known = written.find(socketId);
        auto next = track.begin();
        if (known != written.end()) {
            after.timeNs = known->second;
            next = std::upper_bound(track.begin(), track.end(), after, isEarlier);
        }
        if (next == track.end())
            continue;
        const auto count = std::min<std::ptrdiff_t>(
            track.end() - next, static_cast<std::ptrdiff_t>(most - samples.size()));
        samples.insert(samples.end(), next, next + count);
        written[socketId] = samples.back().timeNs;
    }
    return samples;
}

void HealthSamples::restore(std::span<const SocketHealth> samples)
{
    const std::lock_guard lock(m_mutex);
    std::set<std::uint32_t> sockets;
    for (const SocketHealth& sample : samples) {
        m_tracks[sample.socketId].push_back(sample);
        sockets.insert(sample.socketId);
    }
    m_count += samples.size();
    for (const std::uint32_t socketId : sockets) {
        Track& track = m_tracks[socketId];
        std::stable_sort(track.begin(), track.end(), isEarlier);
        const auto end = std::unique(track.begin(), track.end(),
            [](const auto& a, const auto& b) { return a.timeNs == b.timeNs; });
        m_count -= static_cast<std::size_t>(track.end() - end);
        track.erase(end, track.end());
    }
}

void HealthSamples::clear()
{
    const std::lock_guard lock(m_mutex);
    m_tracks.clear();
    m_count = 0;
    m_intervalNs = 0;
}

} // namespace swb::trace
