// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/operation_statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace swb::trace {

// --- LatencyHistogram: below 8 ns a bucket each, then eight equal ones between powers of two.

std::size_t LatencyHistogram::bucketOf(std::int64_t ns) noexcept
{
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    if (value < kPerDoubling)
        return static_cast<std::size_t>(value);
    const auto doubling = static_cast<std::size_t>(std::bit_width(value)) - 4; // 8..15: 0
    const auto within = static_cast<std::size_t>(value >> doubling) - kPerDoubling;
    return std::min(kPerDoubling * (doubling + 1) + within, kBuckets - 1);
}

std::int64_t LatencyHistogram::lowerNs(std::size_t bucket) noexcept
{
    if (bucket < kPerDoubling)
        return static_cast<std::int64_t>(bucket);
    const std::size_t doubling = bucket / kPerDoubling - 1;
    return static_cast<std::int64_t>((kPerDoubling + bucket % kPerDoubling) << doubling);
}

void LatencyHistogram::add(std::int64_t ns) noexcept
{
    ++m_buckets[bucketOf(ns)];
    ++m_count;
    m_longestNs = std::max(m_longestNs, ns);
}

void LatencyHistogram::add(const LatencyHistogram& other) noexcept
{
    for (std::size_t i = 0; i < kBuckets; ++i)
        m_buckets[i] += other.m_buckets[i];
    m_count += other.m_count;
    m_longestNs = std::max(m_longestNs, other.m_longestNs);
}

std::int64_t LatencyHistogram::percentileNs(double share) const noexcept
{
    if (m_count == 0)
        return 0;
    const auto wanted = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(m_count))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += m_buckets[i];
        if (seen >= wanted)
            return std::min(upperNs(i), m_longestNs);
    }
    return m_longestNs;
}

// --- OperationStatistics

void StatisticsBucket::add(const StatisticsBucket& other) noexcept
{
    bytesSent += other.bytesSent;
    bytesReceived += other.bytesReceived;
    synchronous += other.synchronous;
    pending += other.pending;
    failed += other.failed;
}

/// Each two become one.
void OperationStatistics::widen() noexcept
{
    for (std::size_t i = 0; i < m_buckets.size(); ++i) {
        if (i % 2 == 0)
            m_buckets[i / 2] = m_buckets[i];
        else
            m_buckets[i / 2].add(m_buckets[i]);
    }
    m_buckets.resize((m_buckets.size() + 1) / 2);
    m_widthNs *= 2;
}

StatisticsBucket& OperationStatistics::bucketAt(std::int64_t ns)
{
    if (m_buckets.empty()) {
        m_buckets.reserve(kMostBuckets);
        m_firstNs = ns - ns % kFirstWidthNs;
    }
    if (ns < m_firstNs)
        beginAt(ns);
    auto index = static_cast<std::size_t>((ns - m_firstNs) / m_widthNs);
    while (index >= kMostBuckets) {
        widen();
        index = static_cast<std::size_t>((ns - m_firstNs) / m_widthNs);
    }
    if (index >= m_buckets.size())
        m_buckets.resize(index + 1); // reserved
    return m_buckets[index];
}

/// What ended first need not have begun first: a transfer that lasted begins before those that were
/// seen.
void OperationStatistics::beginAt(std::int64_t ns)
{
    const auto missing = [this, ns] {
        return static_cast<std::size_t>((m_firstNs - ns + m_widthNs - 1) / m_widthNs);
    };
    while (m_buckets.size() + missing() > kMostBuckets && (m_buckets.size() > 1 || missing() > 1))
        widen();
    const std::size_t before = missing();
    m_buckets.insert(m_buckets.begin(), before, StatisticsBucket{}); // reserved
    m_firstNs -= static_cast<std::int64_t>(before) * m_widthNs;
}

void OperationStatistics::add(const OperationRecord& record) noexcept
{
    if (record.phase != OperationPhase::Completed || record.kind == SocketAsyncOperation::None)
        return;
    const std::int64_t lasted = std::max<std::int64_t>(record.completedNs - record.submittedNs, 0);
    StatisticsBucket one;
    switch (direction(record.kind)) {
    case Direction::Sent:
        one.bytesSent = record.bytesDone;
        break;
    case Direction::Received:
        one.bytesReceived = record.bytesDone;
        break;
    case Direction::None:
        break;
    }
    if (record.returnedPending()) {
        one.pending = 1;
        m_pending.add(lasted);
    } else {
        one.synchronous = 1;
        m_synchronous.add(lasted);
    }
    one.failed = record.error != SocketError::Success ? 1 : 0;
    ++m_operations;
    m_failed += one.failed;
    m_bytesSent += one.bytesSent;
    m_bytesReceived += one.bytesReceived;
    spreadBytes(record.submittedNs, record.completedNs, one);
    bucketAt(record.completedNs).add(one);
}

/// A long transfer counts its bytes as they went, evenly, not all at its end. Leaves in `one` what
/// belongs to the end; the sum stays exact.
void OperationStatistics::spreadBytes(std::int64_t fromNs, std::int64_t toNs, StatisticsBucket& one)
{
    if (toNs - fromNs <= m_widthNs)
        return;
    bucketAt(toNs); // so that the width is the final one
    bucketAt(fromNs);
    const auto buckets = static_cast<std::uint64_t>((toNs - fromNs) / m_widthNs);
    if (buckets == 0)
        return;
    StatisticsBucket part;
    part.bytesSent = one.bytesSent / (buckets + 1);
    part.bytesReceived = one.bytesReceived / (buckets + 1);
    for (std::uint64_t i = 0; i < buckets; ++i)
        bucketAt(fromNs + static_cast<std::int64_t>(i) * m_widthNs).add(part);
    one.bytesSent -= part.bytesSent * buckets;
    one.bytesReceived -= part.bytesReceived * buckets;
}

} // namespace swb::trace
