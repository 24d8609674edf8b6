// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/recorded_bytes.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <limits>
#include <span>
#include <unordered_map>

namespace swb::ui {
namespace {

using trace::OperationRecord;

constexpr std::uint64_t kPage = 4096;
/// Between two sums, and at most looked through to find anything: some milliseconds of reading.
constexpr std::uint64_t kStretch = 16 * kPage;
/// Rows are in the order of their numbers, which threads take a little before they look at the
/// clock.
constexpr std::int64_t kClockSlackNs = 10'000'000;

bool isRead(SocketAsyncOperation kind)
{
    return trace::direction(kind) == trace::Direction::Received;
}

bool isSend(const OperationRecord& record)
{
    return trace::direction(record.kind) == trace::Direction::Sent;
}

bool pendingAt(const OperationRecord& record, std::int64_t atNs)
{
    return record.submittedNs <= atNs
        && (record.phase != trace::OperationPhase::Completed || record.completedNs > atNs);
}

template <typename Sum> void add(Sum& sum, const OperationRecord& send)
{
    sum.asked += send.bytesAsked;
    if (send.phase == trace::OperationPhase::Completed)
        sum.ended += send.bytesDone;
}

} // namespace

/// Finds those that are still pending when kStretch more rows have begun.
class RecordedBytes::LongOnes {
public:
    explicit LongOnes(std::map<Direction, std::vector<Long>>& found)
        : m_found(found)
    {
    }
    /// In the order of the rows.
    void add(std::uint64_t row, const OperationRecord& record)
    {
        while (!m_waiting.empty() && m_waiting.front().one.row + kStretch <= row)
            settle(record.submittedNs);
        if (record.kind == SocketAsyncOperation::None || !record.returnedPending())
            return;
        const bool ended = record.phase == trace::OperationPhase::Completed;
        m_waiting.push_back({{record.socketId, isRead(record.kind)},
            {row, record.submittedNs,
                ended ? record.completedNs : std::numeric_limits<std::int64_t>::max()}});
    }

private:
    struct Waiting {
        Direction direction;
        Long one;
    };

    void settle(std::int64_t nowNs)
    {
        const Waiting& oldest = m_waiting.front();
        if (oldest.one.endNs > nowNs - kClockSlackNs)
            m_found[oldest.direction].push_back(oldest.one);
        m_waiting.pop_front();
    }

    std::map<Direction, std::vector<Long>>& m_found;
    std::deque<Waiting> m_waiting;
};

RecordedBytes::RecordedBytes(const trace::TraceStore& store, const trace::Progress& progress)
    : m_store(store)
{
    LongOnes longOnes(m_long);
    std::vector<OperationRecord> records(kPage);
    std::unordered_map<std::uint32_t, Sum> sums;
    const auto keep = [&](std::uint64_t row) {
        for (auto& [socketId, sum] : sums) {
            std::vector<Sum>& known = m_sums[socketId];
            sum.row = row;
            if (known.empty() || known.back().asked != sum.asked)
                known.push_back(sum);
        }
    };
    const std::uint64_t rows = store.rowCount();
    for (std::uint64_t row = 0; row < rows; row += kPage) {
        if (progress && !progress(row, rows))
            throw trace::TraceCancelled();
        if (row % kStretch == 0)
            keep(row);
        const std::size_t count = store.copyRows(row, records);
        for (std::size_t i = 0; i < count; ++i) {
            longOnes.add(row + i, records[i]);
            if (isSend(records[i]))
                add(sums[records[i].socketId], records[i]);
        }
    }
}

/// Until `visit` returns false; `to` is not in it.
template <typename Visit>
void RecordedBytes::forEachRow(std::uint64_t from, std::uint64_t to, const Visit& visit) const
{
    std::vector<OperationRecord> records(kPage);
    while (from < to) {
        const auto wanted = static_cast<std::size_t>(std::min(to - from, kPage - from % kPage));
        const std::size_t count = m_store.copyRows(from, std::span(records).first(wanted));
        for (std::size_t i = 0; i < count; ++i) {
            if (!visit(records[i]))
                return;
        }
        if (count < wanted)
            return;
        from += count;
    }
}

RecordedBytes::Head RecordedBytes::headAt(const OperationRecord& record, std::int64_t atNs) const
{
    const bool reads = isRead(record.kind);
    const std::uint64_t end = trace::TraceStore::rowOf(record.id);
    const std::uint64_t first = end > kStretch ? end - kStretch : 0;
    Head head{end, 0};
    for (std::uint64_t to = end; to > first;) {
        const std::uint64_t from = std::max(first, (to - 1) / kPage * kPage);
        std::vector<OperationRecord> records;
        forEachRow(from, to, [&](const OperationRecord& each) {
            if (each.socketId == record.socketId && isRead(each.kind) == reads
                && each.kind != SocketAsyncOperation::None)
                records.push_back(each);
            return true;
        });
        for (auto each = records.rbegin(); each != records.rend(); ++each) {
            if (!pendingAt(*each, atNs))
                return head; // and so had those before it ended
            head = {trace::TraceStore::rowOf(each->id), head.ahead + 1};
        }
        to = from;
    }
    const auto found = m_long.find({record.socketId, reads});
    if (found == m_long.end())
        return head;
    for (const Long& each : found->second) {
        if (each.row >= first)
            break;
        if (each.submittedNs > atNs || each.endNs <= atNs)
            continue;
        head.row = std::min(head.row, each.row);
        ++head.ahead;
    }
    return head;
}

std::size_t RecordedBytes::aheadAt(const OperationRecord& record, std::int64_t atNs) const
{
    return headAt(record, atNs).ahead;
}

/// Of rows before `to`, those from `sure` on only when they were started by `untilNs`.
RecordedBytes::Sum RecordedBytes::sumBefore(
    std::uint32_t socketId, std::uint64_t sure, std::uint64_t to, std::int64_t untilNs) const
{
    const std::uint64_t from = sure / kStretch * kStretch;
    Sum sum;
    if (const auto found = m_sums.find(socketId); found != m_sums.end()) {
        // Only where it changed there is one.
        const auto after = std::upper_bound(found->second.begin(), found->second.end(), from,
            [](std::uint64_t at, const Sum& each) { return at < each.row; });
        if (after != found->second.begin())
            sum = *std::prev(after);
    }
    forEachRow(from, to, [&](const OperationRecord& each) {
        const bool counts = each.id <= sure || each.submittedNs <= untilNs;
        if (counts && each.socketId == socketId && isSend(each))
            add(sum, each);
        return true;
    });
    return sum;
}

std::uint64_t RecordedBytes::firstRowAfter(std::int64_t atNs) const
{
    std::uint64_t low = 0;
    std::uint64_t high = m_store.rowCount();
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (m_store.record(middle).submittedNs <= atNs)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

std::optional<workbench::ByteLedger> RecordedBytes::ledgerAt(
    const OperationRecord& send, const trace::HealthHistory& health) const
{
    const SocketHealth& look = health.latest();
    if (!look.known || !isSend(send))
        return std::nullopt;
    const Head head = headAt(send, look.timeNs);
    // What pending sends had moved by then no record says; the kernel does, of the same look.
    const Sum ended = sumBefore(send.socketId, head.row, head.row, look.timeNs);
    const std::uint64_t sure = firstRowAfter(look.timeNs - kClockSlackNs);
    const std::uint64_t last = firstRowAfter(look.timeNs + kClockSlackNs);
    const std::uint64_t asked
        = sumBefore(send.socketId, sure, std::max(sure, last), look.timeNs).asked;
    const std::uint64_t given = ended.ended + (asked > ended.asked ? asked - ended.asked : 0);
    workbench::ByteLedger ledger = workbench::byteLedger({}, 0, &health);
    ledger.queued = given > ledger.accepted ? given - ledger.accepted : 0;
    return ledger;
}

} // namespace swb::ui
