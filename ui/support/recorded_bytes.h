// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/health_log.h"
#include "engine/trace/progress.h"
#include "engine/trace/trace_store.h"
#include "engine/workbench/pending_reason.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace swb::ui {

/// Says of a recording what was pending on a socket at a moment, and where its bytes were: what the
/// live view knows by following along, found again from the records. It rests on CONC-01: the
/// operations of one direction of a socket go on in the order in which they were started.
///
/// **Threads** one at a time. **Lifetime** the store must outlive it. **Units** steady_clock ns.
class RecordedBytes {
public:
    /// Looks through the whole store once. Throws TraceCancelled when `progress` says so; in rows.
    explicit RecordedBytes(
        const trace::TraceStore& store, const trace::Progress& progress = nullptr);

    /// How many operations of the direction of this one were started before it on its socket and
    /// were pending at `atNs`, too.
    std::size_t aheadAt(const trace::OperationRecord& record, std::int64_t atNs) const;

    /// The stations of the bytes of the connection of this send at the last look in `health`.
    /// Nothing when the kernel told nothing then.
    std::optional<workbench::ByteLedger> ledgerAt(
        const trace::OperationRecord& send, const trace::HealthHistory& health) const;

private:
    /// Of the sends of a socket in the rows before `row`.
    struct Sum {
        std::uint64_t row = 0;
        std::uint64_t ended = 0; ///< Bytes that they had moved when they ended.
        std::uint64_t asked = 0; ///< Bytes that they were to move.
    };
    struct Head {
        std::uint64_t row = 0; ///< The first that was pending.
        std::size_t ahead = 0; ///< How many of those there are before the one that was asked for.
    };

    /// One that was pending while so many others were started that they are not looked through.
    struct Long {
        std::uint64_t row = 0;
        std::int64_t submittedNs = 0;
        std::int64_t endNs = 0; ///< The largest number: it never ended.
    };
    using Direction = std::pair<std::uint32_t, bool>; ///< Socket, and whether it reads.
    class LongOnes;

    Head headAt(const trace::OperationRecord& record, std::int64_t atNs) const;
    Sum sumBefore(
        std::uint32_t socketId, std::uint64_t sure, std::uint64_t to, std::int64_t untilNs) const;
    std::uint64_t firstRowAfter(std::int64_t atNs) const;
    template <typename Visit>
    void forEachRow(std::uint64_t from, std::uint64_t to, const Visit& visit) const;

    const trace::TraceStore& m_store;
    std::map<std::uint32_t, std::vector<Sum>> m_sums; ///< By socket, at some rows, ascending.
    std::map<Direction, std::vector<Long>> m_long; ///< Ascending rows.
};

} // namespace swb::ui
