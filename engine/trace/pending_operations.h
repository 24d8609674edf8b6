// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/operation_record.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace swb::trace {

class TraceStore;

/// Which operations of a store are pending, socket by socket and in the order of their calls: whose
/// health is worth a look, and how many wait before one.
///
/// **Threads** one at a time, that which applies to the store.
class PendingOperations {
public:
    using Ids = std::deque<std::uint64_t>; ///< Ascending.

    /// A row is new or different.
    void takeRow(const TraceStore& store, std::uint64_t row);
    /// The same for rows that are new. Costs next to nothing for one that was over when its record
    /// came, by far the most.
    void takeNewRows(const TraceStore& store, std::uint64_t first, std::uint64_t count);

    /// True once after sockets joined or left sockets().
    bool takeSocketsChanged() noexcept;
    /// Those that something is pending on, ascending.
    std::vector<std::uint32_t> sockets() const;

    /// How many operations of the same direction on the same socket were started before this
    /// pending one and are pending too.
    std::size_t ahead(const OperationRecord& record) const;
    /// Of the writes of a socket (all but its reads: CONC-01); empty without any.
    const Ids& writes(std::uint32_t socketId) const;

private:
    struct OfSocket {
        std::array<Ids, 2> byDirection; ///< Reads, writes.
        bool empty() const noexcept { return byDirection[0].empty() && byDirection[1].empty(); }
    };

    void start(const OperationRecord& record);
    void end(const OperationRecord& record);

    std::map<std::uint32_t, OfSocket> m_sockets;
    bool m_changed = false;
};

} // namespace swb::trace
