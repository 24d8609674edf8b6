// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/recorder.h"
#include "engine/trace/trace_totals.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace swb::bench {

/// Operations at a steady rate, recorded step by step by two threads as an engine's callers and
/// workers do: of every hundred 71 are over when the call returns, 29 are pending for a moment or
/// longer and are completed by the other thread; among them sends of files that tell their
/// progress, failures and aborts.
///
/// **Threads** made and used by one; recorded by its own.
/// **Lifetime** the recorder must outlive it.
class MadeTraffic {
public:
    static constexpr std::uint64_t kPerSecond = 200'000;
    static constexpr unsigned kThreads = 2;

    MadeTraffic(trace::Recorder& recorder, std::vector<std::uint32_t> sockets);
    ~MadeTraffic();
    MadeTraffic(const MadeTraffic&) = delete;
    MadeTraffic& operator=(const MadeTraffic&) = delete;

    /// Begins with this many more operations; `paced`: at kPerSecond. Otherwise as fast as it goes,
    /// with times as if it had been at kPerSecond until now. The run before must be over.
    void start(std::uint64_t operations, bool paced = true);
    /// All of them were made, and all but those that stay pending have ended.
    bool isOver() const { return m_running.load() == 0; }
    void join();

    /// What the store must have come to when everything has been drained.
    trace::TraceTotals expected() const;
    std::uint64_t records() const;
    /// CPU time of one record on the thread that makes it, making up its content and its clock
    /// reads included; of the last run.
    double nsPerRecord() const;

private:
    class Worker;

    static constexpr std::int64_t kMadeEachNs = 1'000'000'000 / kPerSecond;
    /// The time of a call where times are made up.
    std::int64_t madeNs(std::uint64_t id) const
    {
        return m_madeFromNs + static_cast<std::int64_t>(id - m_madeFromId) * kMadeEachNs;
    }

    trace::Recorder& m_recorder;
    const std::vector<std::uint32_t> m_sockets;
    std::atomic<std::uint64_t> m_lastId{0};
    std::uint64_t m_madeFromId = 0;
    std::int64_t m_madeFromNs = 0;
    std::atomic<unsigned> m_making{0}; ///< Threads that still start operations.
    std::atomic<unsigned> m_running{0};
    std::array<std::unique_ptr<Worker>, kThreads> m_workers;
    std::vector<std::thread> m_threads;
};

} // namespace swb::bench
