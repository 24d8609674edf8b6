// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/filter_job.h"

#include <algorithm>
#include <chrono>

namespace swb::trace {
namespace {

constexpr std::size_t kPieceRows
    = 4096; ///< Copied at once: how long the consumer may have to wait.
constexpr std::uint64_t kTurnRows = 16 * kPieceRows; ///< Until the consumer hears of it.
constexpr std::uint64_t kWordBits = RowSet::kWordBits;
/// How old the answer about a running time may be.
constexpr std::chrono::milliseconds kTimePasses{100};

} // namespace

struct FilterJob::Turn {
    Filter filter;
    std::uint64_t generation = 0;
    std::uint64_t rows = 0;
    std::uint64_t looked = 0;
    std::vector<std::uint64_t> changed;
    FilterMoment moment;
    std::int64_t pendingSeenNs = 0;
    bool isAtEnd = false; ///< The store has fewer rows than was said.
    Results results;
    std::vector<OperationRecord> piece = std::vector<OperationRecord>(kPieceRows);
};

void FilterJob::Results::clear()
{
    bits.clear();
    changes.clear();
}

FilterJob::FilterJob(const TraceStore& store, std::function<void()> wake)
    : m_store(store)
    , m_wake(std::move(wake))
    , m_thread([this](const std::stop_token& stop) { run(stop); })
{
}

FilterJob::~FilterJob() = default;

void FilterJob::start(const Filter& filter, std::uint64_t rows)
{
    {
        const std::lock_guard lock(m_mutex);
        m_filter = filter;
        ++m_generation;
        m_rows = rows;
        m_rowsAtStart = rows;
        m_looked = 0;
        m_originNs = m_store.originNs();
        m_isCancelled = false;
        m_changed.clear();
        m_results.clear();
    }
    m_workCame.notify_one();
}

void FilterJob::extend(std::uint64_t rows, std::span<const std::uint64_t> changed)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_isCancelled)
            return;
        m_rows = rows;
        m_originNs = m_store.originNs();
        // Those that were not looked at yet will be seen as they are then.
        std::copy_if(changed.begin(), changed.end(), std::back_inserter(m_changed),
            [this](std::uint64_t row) { return row < m_looked + kTurnRows; });
    }
    m_workCame.notify_one();
}

void FilterJob::cancel()
{
    const std::lock_guard lock(m_mutex);
    m_isCancelled = true;
    ++m_generation; // A turn that is under way brings nothing more.
    m_changed.clear();
}

bool FilterJob::drain(RowSet& found)
{
    Results results;
    {
        const std::lock_guard lock(m_mutex);
        std::swap(results, m_results);
    }
    const std::uint64_t before = found.count();
    found.add(results.firstRow, results.bits);
    bool changed = found.count() != before;
    for (const auto& [row, in] : results.changes)
        changed = found.set(row, in) || changed;
    return changed;
}

FilterJob::Progress FilterJob::progress() const
{
    const std::lock_guard lock(m_mutex);
    return {m_looked, m_rowsAtStart, !m_isCancelled && m_looked < m_rowsAtStart, m_isCancelled};
}

/// With m_mutex held.
bool FilterJob::hasWork() const
{
    return !m_isCancelled && (m_looked < m_rows || !m_changed.empty());
}

void FilterJob::run(const std::stop_token& stop)
{
    Turn turn;
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(m_mutex);
            const auto ready = [this] { return hasWork(); };
            if (m_pending.empty())
                m_workCame.wait(lock, stop, ready);
            else
                m_workCame.wait_for(lock, stop, kTimePasses, ready);
            if (stop.stop_requested())
                return;
            if (turn.generation != m_generation) {
                turn.generation = m_generation;
                turn.filter = m_filter;
                m_pending.clear();
            }
            if (m_isCancelled)
                continue;
            turn.rows = m_rows;
            turn.looked = m_looked;
            turn.moment.originNs = m_originNs;
            turn.isAtEnd = false;
            turn.changed.clear();
            std::swap(turn.changed, m_changed);
        }
        turn.moment.nowNs = m_store.presentNs();
        lookFurther(turn);
        for (const std::uint64_t row : turn.changed) {
            if (row < turn.looked)
                lookAgain(turn, row);
        }
        lookAtPending(turn);
        publish(turn);
    }
}

void FilterJob::lookFurther(Turn& turn)
{
    const bool keepPending = turn.filter.dependsOnTime();
    const std::uint64_t end = std::min(turn.rows, turn.looked + kTurnRows);
    turn.results.firstRow = turn.looked / kWordBits * kWordBits;
    while (turn.looked < end) {
        const std::uint64_t first = turn.looked / kWordBits * kWordBits;
        const auto wanted
            = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceRows, end - first));
        const std::size_t count = m_store.copyRows(first, {turn.piece.data(), wanted});
        if (first + count <= turn.looked) { // The store was emptied meanwhile.
            turn.isAtEnd = true;
            return;
        }
        std::vector<std::uint64_t>& bits = turn.results.bits;
        const auto word = static_cast<std::size_t>((first - turn.results.firstRow) / kWordBits);
        bits.resize(word + (count + kWordBits - 1) / kWordBits);
        const std::uint64_t told = bits[word];
        turn.filter.matchAll(
            {turn.piece.data(), count}, turn.moment, std::span(bits).subspan(word));
        // Rows of the first word that were looked at before are not told again: what was told
        // about them since would be undone.
        bits[word] = told | (bits[word] & ~std::uint64_t{0} << (turn.looked % kWordBits));
        for (std::uint64_t row = turn.looked; keepPending && row < first + count; ++row) {
            if (turn.piece[static_cast<std::size_t>(row - first)].phase
                != OperationPhase::Completed) {
                const std::uint64_t bit = row - turn.results.firstRow;
                m_pending.push_back({row, (bits[bit / kWordBits] >> (bit % kWordBits) & 1U) != 0});
            }
        }
        turn.looked = first + count;
    }
}

void FilterJob::lookAgain(Turn& turn, std::uint64_t row)
{
    OperationRecord record;
    if (m_store.copyRows(row, {&record, 1}) != 1)
        return;
    const bool passes = turn.filter.matches(record, turn.moment);
    turn.results.changes.emplace_back(row, passes);
    const auto pending = std::lower_bound(m_pending.begin(), m_pending.end(), row,
        [](const Pending& each, std::uint64_t wanted) { return each.row < wanted; });
    if (pending != m_pending.end() && pending->row == row)
        pending->passed = passes; // What was told last is what time may change.
}

void FilterJob::lookAtPending(Turn& turn)
{
    constexpr auto kTimePassesNs = std::chrono::nanoseconds(kTimePasses).count();
    if (turn.moment.nowNs - turn.pendingSeenNs < kTimePassesNs)
        return;
    turn.pendingSeenNs = turn.moment.nowNs;
    std::erase_if(m_pending, [&](Pending& each) {
        OperationRecord record;
        if (m_store.copyRows(each.row, {&record, 1}) != 1)
            return true;
        const bool passes = turn.filter.matches(record, turn.moment);
        if (passes != each.passed)
            turn.results.changes.emplace_back(each.row, passes);
        each.passed = passes;
        return record.phase == OperationPhase::Completed;
    });
}

void FilterJob::publish(Turn& turn)
{
    bool news = false;
    {
        const std::lock_guard lock(m_mutex);
        if (turn.generation == m_generation) {
            news = m_looked != turn.looked || !turn.results.isEmpty();
            m_looked = turn.looked;
            if (turn.isAtEnd)
                m_rows = m_rowsAtStart = m_looked;
            if (m_results.bits.empty())
                m_results.firstRow = turn.results.firstRow;
            const auto word = static_cast<std::size_t>(
                (turn.results.firstRow - m_results.firstRow) / kWordBits);
            if (!turn.results.bits.empty())
                m_results.bits.resize(word + turn.results.bits.size());
            for (std::size_t i = 0; i < turn.results.bits.size(); ++i)
                m_results.bits[word + i] |= turn.results.bits[i];
            m_results.changes.insert(
                m_results.changes.end(), turn.results.changes.begin(), turn.results.changes.end());
        }
        turn.results.clear();
    }
    if (news && m_wake)
        m_wake();
}

} // namespace swb::trace
