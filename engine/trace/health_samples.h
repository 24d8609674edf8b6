// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_health.h"
#include "engine/trace/health_log.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace swb::trace {

/// How much is there.
struct HealthTotals {
    std::uint64_t samples = 0;
    std::uint64_t sockets = 0; ///< That they are of.
    /// For want of room, samples are at least so far apart; 0: all that told something new are
    /// there.
    std::int64_t intervalNs = 0;
    bool operator==(const HealthTotals&) const = default;
};

/// What was seen of the health of sockets while a trace was recorded, kept in the trace file. Of a
/// run of looks that all saw the same only the first and the last stay, so that idle connections
/// cost nothing. Past the budget, samples are thinned out, half of them at a time: from the start
/// to the end, never one end only, and the moments at which the peer's window closed or opened
/// stay. Where that is not enough, those go of the sockets that were looked at last the longest
/// time ago.
///
/// **Threads** any.
class HealthSamples {
public:
    static constexpr std::size_t kBudgetBytes = std::size_t{32} << 20;

    explicit HealthSamples(std::size_t budgetBytes = kBudgetBytes);

    /// Samples of one socket come in the order of their times; one that is older than the last is
    /// dropped.
    void add(const SocketHealth& sample);

    /// What was known of the socket at `atNs`: since when things were as they were then. Nothing
    /// when it had not been looked at by then.
    std::optional<HealthHistory> historyAt(std::uint32_t socketId, std::int64_t atNs) const;

    HealthTotals totals() const;
    /// The time of the newest; 0 without any.
    std::int64_t lastNs() const;

    /// What a writer has of each socket: the time of the last sample.
    using Written = std::map<std::uint32_t, std::int64_t>;
    /// Up to about `most` samples that are newer than `written`, which is brought up to them.
    /// Empty: there is no more.
    std::vector<SocketHealth> newerThan(Written& written, std::size_t most) const;

    /// For a trace that is read: in any order, twice does no harm, whatever the budget.
    void restore(std::span<const SocketHealth> samples);

    void clear();

private:
    using Track = std::vector<SocketHealth>; ///< Of one socket, oldest first.

    bool replacesLast(const Track& track, const SocketHealth& sample) const noexcept;
    void makeRoom();
    void thinOut();
    void forgetOldest(std::size_t until);

    const std::size_t m_mostSamples;
    mutable std::mutex m_mutex; // guards everything below
    std::unordered_map<std::uint32_t, Track> m_tracks; ///< By socket.
    std::size_t m_count = 0;
    std::int64_t m_intervalNs = 0;
};

} // namespace swb::trace
