// SPDX-License-Identifier: GPL-3.0-or-later
#include "made_traffic.h"

#include "engine/net/linux/tick_clock.h"
#include "engine/net/thread_id.h"
#include "heartbeat.h"

#include <chrono>
#include <mutex>
#include <string>
#include <utility>

namespace swb::bench {

namespace {

constexpr std::int64_t kTickNs = 1'000'000;
constexpr std::uint64_t kTicksPerSecond = 1'000'000'000 / kTickNs;
constexpr std::size_t kSlots = 4096; ///< Ticks that something may stay pending; a power of two.
constexpr std::int64_t kShortNs = 300; ///< Of a call, where times are made up.
constexpr std::uint64_t kBytes = 1448;
constexpr std::uint64_t kFileBytes = 1 << 20;
constexpr unsigned kProgressSteps = 4;

/// What becomes of a pending operation.
struct Waiting {
    OperationRecord record;
    std::uint32_t stepTicks = 1; ///< Until its next step.
    std::uint8_t stepsLeft = 0; ///< Of progress.
    SocketError error = SocketError::Success;
    std::int32_t nativeError = 0;
    std::uint32_t allTicks = 1;
};

} // namespace

/// One thread of the traffic. What it starts is completed by the other one.
class MadeTraffic::Worker {
public:
    Worker(MadeTraffic& traffic, unsigned number)
        : m_traffic(traffic)
        , m_number(number)
        , m_slots(kSlots)
    {
    }

    void run(std::uint64_t operations, bool paced)
    {
        nameCurrentThread("worker " + std::to_string(m_number + 1));
        m_thread = currentThreadId();
        m_cpuNs = 0;
        m_recordsOfRun = 0;
        m_paced = paced;
        const std::uint64_t share = kPerSecond / kTicksPerSecond / kThreads;
        auto next = std::chrono::steady_clock::now();
        while (operations > 0 || m_waiting > 0) {
            const double before = threadCpuNs();
            const std::uint64_t part = std::min(share, operations);
            for (std::uint64_t i = 0; i < part; ++i)
                makeOne();
            operations -= part;
            handOver();
            step();
            m_cpuNs += threadCpuNs() - before;
            ++m_tick;
            next += std::chrono::nanoseconds(kTickNs);
            if (paced)
                std::this_thread::sleep_until(next);
        }
        --m_traffic.m_making;
        // The other one may still hand over what has to be ended.
        while (m_traffic.m_making.load() > 0 || m_waiting > 0) {
            step();
            ++m_tick;
            std::this_thread::sleep_for(std::chrono::nanoseconds(kTickNs));
        }
        --m_traffic.m_running;
    }

    trace::TraceTotals expected{};
    std::uint64_t records = 0;
    double cpuNs() const { return m_cpuNs; }
    std::uint64_t recordsOfRun() const { return m_recordsOfRun; }

private:
    void record(const OperationRecord& record)
    {
        m_traffic.m_recorder.operationStepped(record);
        ++records;
        ++m_recordsOfRun;
    }

    /// The present, or for what is made up the given time.
    std::int64_t nowOr(std::int64_t madeNs) const
    {
        // The clock that the engine's records have.
        return m_paced ? detail::TickClock::nowNs() : madeNs;
    }

    OperationRecord newRecord(SocketAsyncOperation kind, std::uint64_t bytes)
    {
        OperationRecord record;
        record.submittedNs = nowOr(0);
        record.id = m_traffic.m_lastId.fetch_add(1, std::memory_order_relaxed) + 1;
        if (record.submittedNs == 0)
            record.submittedNs = m_traffic.madeNs(record.id);
        record.socketId = m_traffic.m_sockets[m_made / 8 % m_traffic.m_sockets.size()];
        record.callThread = m_thread;
        record.kind = kind;
        record.bytesAsked = bytes;
        return record;
    }

    void over(OperationRecord record, SocketError error = SocketError::Success, int native = 0)
    {
        record.phase = OperationPhase::Completed;
        record.completionThread = m_thread;
        record.error = error;
        record.nativeError = native;
        record.bytesDone = error == SocketError::Success ? record.bytesAsked : 0;
        record.returnedNs = record.completedNs = nowOr(record.submittedNs + kShortNs);
        expected.add(record);
        this->record(record);
    }

    void pending(OperationRecord record, std::uint32_t ticks, std::uint8_t steps = 0,
        SocketError error = SocketError::Success, int native = 0)
    {
        record.flags = operation_flags::ReturnedPending;
        record.returnedNs = nowOr(record.submittedNs + kShortNs);
        this->record(record);
        m_given.push_back({record, ticks, steps, error, native, ticks * (steps + 1U)});
    }

    void makeOne()
    {
        using Kind = SocketAsyncOperation;
        const std::uint64_t turn = m_made++ % 100;
        const auto ticks = static_cast<std::uint32_t>(1 + m_made * 7 % 20);
        if (m_made % 50'000 == 0)
            pending(newRecord(Kind::Send, kBytes), 2000); // for two seconds
        else if (turn < 55)
            over(newRecord(Kind::Send, kBytes));
        else if (turn < 68)
            over(newRecord(Kind::Receive, kBytes));
        else if (turn < 70)
            over(newRecord(Kind::SendTo, 512));
        else if (turn < 71)
            over(newRecord(Kind::Send, kBytes), SocketError::ConnectionReset, 104);
        else if (turn < 86)
            pending(newRecord(Kind::Send, kBytes), ticks);
        else if (turn < 96)
            pending(newRecord(Kind::Receive, kBytes), ticks);
        else if (turn < 99)
            pending(newRecord(Kind::SendPackets, kFileBytes), 10, kProgressSteps);
        else
            pending(newRecord(Kind::Receive, kBytes), ticks, 0, SocketError::OperationAborted, 125);
    }

    /// One lock for a tick, as it would be one wake of a reactor.
    void handOver()
    {
        if (m_given.empty())
            return;
        Worker& other = *m_traffic.m_workers[(m_number + 1) % kThreads];
        const std::lock_guard lock(other.m_mutex);
        other.m_inbox.insert(other.m_inbox.end(), m_given.begin(), m_given.end());
        other.m_waiting += m_given.size();
        m_given.clear();
    }

    void step()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_taken.swap(m_inbox);
        }
        for (const Waiting& each : m_taken)
            m_slots[(m_tick + each.stepTicks) % kSlots].push_back(each);
        m_taken.clear();
        std::vector<Waiting>& due = m_slots[m_tick % kSlots];
        for (Waiting& each : due) {
            if (each.stepsLeft > 0)
                progress(each);
            else
                complete(each);
        }
        due.clear();
    }

    void progress(Waiting& waiting)
    {
        --waiting.stepsLeft;
        waiting.record.phase = OperationPhase::Progress;
        waiting.record.bytesDone += waiting.record.bytesAsked / (kProgressSteps + 1);
        record(waiting.record);
        m_slots[(m_tick + waiting.stepTicks) % kSlots].push_back(waiting);
    }

    void complete(const Waiting& waiting)
    {
        OperationRecord record = waiting.record;
        record.phase = OperationPhase::Completed;
        record.completionThread = m_thread;
        record.error = waiting.error;
        record.nativeError = waiting.nativeError;
        record.bytesDone = waiting.error == SocketError::Success ? record.bytesAsked : 0;
        if (waiting.error == SocketError::OperationAborted)
            record.flags |= operation_flags::Aborted;
        const std::int64_t madeNs = record.submittedNs + waiting.allTicks * kTickNs;
        record.completedNs = nowOr(madeNs);
        record.eventNs = nowOr(madeNs + kShortNs);
        expected.add(record);
        this->record(record);
        --m_waiting;
    }

    MadeTraffic& m_traffic;
    const unsigned m_number;
    std::uint16_t m_thread = 0;
    std::uint64_t m_made = 0;
    std::uint64_t m_tick = 0;
    bool m_paced = true;
    double m_cpuNs = 0;
    std::uint64_t m_recordsOfRun = 0;
    std::vector<Waiting> m_given; ///< Kept for its memory, as the others.
    std::vector<Waiting> m_taken;
    std::vector<std::vector<Waiting>> m_slots; ///< By the tick of the next step.
    std::atomic<std::size_t> m_waiting{0};
    std::mutex m_mutex;
    std::vector<Waiting> m_inbox; ///< Guarded by m_mutex.
};

MadeTraffic::MadeTraffic(trace::Recorder& recorder, std::vector<std::uint32_t> sockets)
    : m_recorder(recorder)
    , m_sockets(std::move(sockets))
{
    for (unsigned i = 0; i < kThreads; ++i)
        m_workers[i] = std::make_unique<Worker>(*this, i);
}

MadeTraffic::~MadeTraffic()
{
    join();
}

void MadeTraffic::start(std::uint64_t operations, bool paced)
{
    join();
    m_making = m_running = kThreads;
    m_madeFromId = m_lastId.load() + 1;
    m_madeFromNs = trace::steadyNowNs() - static_cast<std::int64_t>(operations) * kMadeEachNs;
    for (unsigned i = 0; i < kThreads; ++i) {
        const std::uint64_t share = operations / kThreads + (i < operations % kThreads ? 1 : 0);
        m_threads.emplace_back([this, i, share, paced] { m_workers[i]->run(share, paced); });
    }
}

void MadeTraffic::join()
{
    for (std::thread& thread : m_threads)
        thread.join();
    m_threads.clear();
}

trace::TraceTotals MadeTraffic::expected() const
{
    trace::TraceTotals sum;
    for (const auto& worker : m_workers)
        sum += worker->expected;
    return sum;
}

std::uint64_t MadeTraffic::records() const
{
    std::uint64_t sum = 0;
    for (const auto& worker : m_workers)
        sum += worker->records;
    return sum;
}

double MadeTraffic::nsPerRecord() const
{
    double ns = 0;
    std::uint64_t records = 0;
    for (const auto& worker : m_workers) {
        ns += worker->cpuNs();
        records += worker->recordsOfRun();
    }
    return records > 0 ? ns / static_cast<double>(records) : 0;
}

} // namespace swb::bench
