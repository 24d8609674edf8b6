// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/row_queries.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

namespace swb::trace {
namespace {

constexpr std::size_t kPieceRows = 4096;

/// Reads the records of rows, in runs where rows follow one another.
class RecordReader {
public:
    explicit RecordReader(const TraceStore& store)
        : m_store(store)
    {
    }

    /// `visit(i, record)` for each of `rows`; rows that are gone are left out.
    template <typename Visit> void read(std::span<const std::uint64_t> rows, Visit visit)
    {
        for (std::size_t first = 0; first < rows.size();) {
            std::size_t end = first + 1;
            while (end < rows.size() && rows[end] == rows[end - 1] + 1)
                ++end;
            m_records.resize(std::max(m_records.size(), end - first));
            const std::size_t count
                = m_store.copyRows(rows[first], {m_records.data(), end - first});
            for (std::size_t i = 0; i < count; ++i)
                visit(first + i, m_records[i]);
            first = end;
        }
    }

private:
    const TraceStore& m_store;
    std::vector<OperationRecord> m_records;
};

std::uint64_t ordered(std::int64_t value)
{
    return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
}

/// The place of each kind in the alphabet, None first.
std::array<std::uint64_t, 256> ranksOfKinds()
{
    constexpr int kKinds = 10;
    std::array<int, kKinds> kinds{};
    std::iota(kinds.begin(), kinds.end(), 0);
    std::sort(kinds.begin() + 1, kinds.end(), [](int a, int b) {
        return toString(static_cast<SocketAsyncOperation>(a))
            < toString(static_cast<SocketAsyncOperation>(b));
    });
    std::array<std::uint64_t, 256> ranks{};
    for (std::size_t i = 0; i < kinds.size(); ++i)
        ranks[static_cast<std::size_t>(kinds[i])] = i;
    return ranks;
}

std::uint64_t shareOf(const OperationRecord& record)
{
    if (record.bytesAsked == 0 || direction(record.kind) != Direction::Sent)
        return 0;
    const double share
        = static_cast<double>(record.bytesDone) / static_cast<double>(record.bytesAsked);
    return 1 + static_cast<std::uint64_t>(std::clamp(share, 0.0, 1.0) * 1e6);
}

std::uint64_t keyOf(const OperationRecord& record, SortKey key, std::int64_t nowNs)
{
    static const std::array<std::uint64_t, 256> kinds = ranksOfKinds();
    switch (key) {
    case SortKey::Time:
        return ordered(record.submittedNs);
    case SortKey::Socket:
        return record.socketId;
    case SortKey::Operation:
        return kinds[static_cast<std::uint8_t>(record.kind)];
    case SortKey::Outcome:
        return static_cast<std::uint64_t>(outcome(record));
    case SortKey::Bytes:
        return record.bytesDone;
    case SortKey::Progress:
        return shareOf(record);
    case SortKey::Error:
        return ordered(static_cast<std::int64_t>(record.error));
    case SortKey::Duration:
        return static_cast<std::uint64_t>(duration(record, nowNs).count());
    case SortKey::Threads:
        break;
    }
    return std::uint64_t{record.callThread} << 16 | endThread(record);
}

struct Entry {
    std::uint64_t key;
    std::uint64_t row;
    bool operator<(const Entry& other) const
    {
        return key != other.key ? key < other.key : row < other.row;
    }
};

/// Runs that are sorted, then merged two by two, so that it can be stopped in between.
bool sortEntries(std::vector<Entry>& entries, QueryControl& control)
{
    constexpr std::size_t kRun = 1U << 15;
    const auto iterator = [&entries](std::size_t at) {
        return entries.begin() + static_cast<std::ptrdiff_t>(std::min(at, entries.size()));
    };
    for (std::size_t first = 0; first < entries.size(); first += kRun) {
        std::sort(iterator(first), iterator(first + kRun));
        if (control.isStopped())
            return false;
    }
    std::vector<Entry> other(entries.size());
    for (std::size_t width = kRun; width < entries.size(); width *= 2) {
        for (std::size_t first = 0; first < entries.size(); first += 2 * width) {
            std::merge(iterator(first), iterator(first + width), iterator(first + width),
                iterator(first + 2 * width), other.begin() + static_cast<std::ptrdiff_t>(first));
            if (control.isStopped())
                return false;
        }
        entries.swap(other);
    }
    return true;
}

} // namespace

std::size_t RowList::copy(std::uint64_t index, std::span<std::uint64_t> rows) const
{
    if (index >= count)
        return 0;
    const auto wanted
        = static_cast<std::size_t>(std::min<std::uint64_t>(rows.size(), count - index));
    if (sorted) {
        std::copy_n(sorted->begin() + static_cast<std::ptrdiff_t>(index), wanted, rows.begin());
        return wanted;
    }
    if (set)
        return set->copy(index, rows.first(wanted));
    std::iota(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(wanted), index);
    return wanted;
}

std::optional<std::vector<std::uint64_t>> sortRows(const TraceStore& store, const RowList& list,
    SortKey key, std::int64_t nowNs, QueryControl& control)
{
    std::vector<Entry> entries;
    entries.reserve(list.count);
    RecordReader reader(store);
    std::array<std::uint64_t, kPieceRows> rows{};
    for (std::uint64_t index = 0; index < list.count;) {
        const std::size_t count = list.copy(index, rows);
        if (count == 0 || control.isStopped())
            break;
        reader.read({rows.data(), count}, [&](std::size_t i, const OperationRecord& record) {
            entries.push_back({keyOf(record, key, nowNs), rows[i]});
        });
        index += count;
        control.setPermille(static_cast<int>(index * 500 / list.count));
    }
    if (control.isStopped() || !sortEntries(entries, control))
        return std::nullopt;
    std::vector<std::uint64_t> sorted(entries.size());
    std::transform(entries.begin(), entries.end(), sorted.begin(),
        [](const Entry& entry) { return entry.row; });
    return sorted;
}

void RowTotals::add(const OperationRecord& record) noexcept
{
    ++operations;
    if (record.kind == SocketAsyncOperation::None)
        return; // Lost: nothing else is known.
    switch (outcome(record)) {
    case Outcome::Synchronous:
        ++synchronous;
        break;
    case Outcome::Pending:
        ++pending;
        break;
    case Outcome::Completed:
        ++completed;
        break;
    case Outcome::Failed:
        ++failed;
        break;
    case Outcome::Aborted:
        ++aborted;
        break;
    }
    bytesDone += record.bytesDone;
    bytesAsked += record.bytesAsked;
    const std::int64_t endNs = std::max(record.submittedNs, record.completedNs);
    firstNs = firstNs == 0 ? record.submittedNs : std::min(firstNs, record.submittedNs);
    lastNs = std::max(lastNs, endNs);
}

std::optional<RowTotals> totalsOf(const TraceStore& store, const RowList& list,
    const std::vector<RangeSet::Range>& ranges, QueryControl& control)
{
    RowTotals totals;
    RecordReader reader(store);
    std::array<std::uint64_t, kPieceRows> rows{};
    for (const RangeSet::Range& range : ranges) {
        for (std::uint64_t index = range.first; index <= range.last;) {
            const auto wanted = static_cast<std::size_t>(
                std::min<std::uint64_t>(kPieceRows - 1, range.last - index) + 1);
            const std::size_t count = list.copy(index, {rows.data(), wanted});
            if (control.isStopped())
                return std::nullopt;
            if (count == 0)
                break;
            reader.read({rows.data(), count},
                [&](std::size_t, const OperationRecord& record) { totals.add(record); });
            index += count;
        }
    }
    return totals;
}

} // namespace swb::trace
