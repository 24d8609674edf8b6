// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/operation_record.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace swb::trace {

/// How long operations lasted, in buckets that grow with the time: eight for each doubling, so that
/// a percentile is right to about 9 %. Fixed size, adding allocates nothing.
class LatencyHistogram {
public:
    static constexpr std::size_t kPerDoubling = 8;
    static constexpr std::size_t kBuckets = 45 * kPerDoubling; ///< To more than nine hours.

    void add(std::int64_t ns) noexcept;
    void add(const LatencyHistogram& other) noexcept;

    std::uint64_t count() const noexcept { return m_count; }
    std::uint64_t at(std::size_t bucket) const noexcept { return m_buckets[bucket]; }
    /// The shortest time of a bucket, and that of the next one.
    static std::int64_t lowerNs(std::size_t bucket) noexcept;
    static std::int64_t upperNs(std::size_t bucket) noexcept { return lowerNs(bucket + 1); }
    static std::size_t bucketOf(std::int64_t ns) noexcept;
    /// `share` 0.5: as many were shorter as longer. The upper end of its bucket, but never more
    /// than the longest; 0 without any.
    std::int64_t percentileNs(double share) const noexcept;
    std::int64_t longestNs() const noexcept { return m_longestNs; }

private:
    std::array<std::uint64_t, kBuckets> m_buckets{};
    std::uint64_t m_count = 0;
    std::int64_t m_longestNs = 0;
};

/// What ended in a stretch of time, and the bytes that went in it: those of an operation that
/// lasted longer are spread evenly over the time it lasted.
struct StatisticsBucket {
    std::uint64_t bytesSent = 0;
    std::uint64_t bytesReceived = 0;
    std::uint32_t synchronous = 0;
    std::uint32_t pending = 0; ///< Had been pending.
    std::uint32_t failed = 0; ///< Of all: ended badly.

    std::uint64_t operations() const noexcept { return std::uint64_t{synchronous} + pending; }
    void add(const StatisticsBucket& other) noexcept;
};

/// Counts, rates over time and latencies of operations that have ended, in a fixed amount of
/// memory: when time grows beyond its buckets, each two become one.
///
/// **Threads** a value. **Units** steady_clock nanoseconds.
class OperationStatistics {
public:
    static constexpr std::size_t kMostBuckets = 1024;
    static constexpr std::int64_t kFirstWidthNs = 10'000'000;

    /// Only operations that have ended count.
    void add(const OperationRecord& record) noexcept;

    std::uint64_t operations() const noexcept { return m_operations; }
    std::uint64_t failed() const noexcept { return m_failed; }
    std::uint64_t bytesSent() const noexcept { return m_bytesSent; }
    std::uint64_t bytesReceived() const noexcept { return m_bytesReceived; }
    /// Lasted from the call to its result: of calls that returned false, and of those that returned
    /// true.
    const LatencyHistogram& synchronous() const noexcept { return m_synchronous; }
    const LatencyHistogram& pending() const noexcept { return m_pending; }
    /// From firstNs() on, each widthNs() wide.
    const std::vector<StatisticsBucket>& buckets() const noexcept { return m_buckets; }
    std::int64_t firstNs() const noexcept { return m_firstNs; }
    std::int64_t widthNs() const noexcept { return m_widthNs; }

private:
    StatisticsBucket& bucketAt(std::int64_t ns);
    void beginAt(std::int64_t ns);
    void widen() noexcept;
    void spreadBytes(std::int64_t fromNs, std::int64_t toNs, StatisticsBucket& one);

    std::vector<StatisticsBucket> m_buckets;
    std::int64_t m_firstNs = 0;
    std::int64_t m_widthNs = kFirstWidthNs;
    LatencyHistogram m_synchronous;
    LatencyHistogram m_pending;
    std::uint64_t m_operations = 0;
    std::uint64_t m_failed = 0;
    std::uint64_t m_bytesSent = 0;
    std::uint64_t m_bytesReceived = 0;
};

} // namespace swb::trace
