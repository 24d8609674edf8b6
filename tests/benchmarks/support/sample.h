// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "peer.h"

#include <cstdint>
#include <map>
#include <string>

namespace swb::bench {

/// Figures by name. "cpu", "user", "system" (nanoseconds of the process, all its threads), "wall"
/// (nanoseconds), "allocations" and "sleeps" (voluntary context switches) are for one operation;
/// others are what a benchmark says.
using Figures = std::map<std::string, double>;

/// One run of one contender, in a process of its own.
class Sample {
public:
    struct Order {
        std::uint64_t operations = 0;
        std::uint64_t warmUp = 0;
        bool checked = false;
        bool hashed = false;
        std::string folder;
    };
    Sample(Order order, Peer peer)
        : m_order(std::move(order))
        , m_peer(std::move(peer))
    {
    }

    std::uint64_t operations() const { return m_order.operations; }
    /// Operations to do before begin(): the same number for every contender.
    std::uint64_t warmUp() const { return m_order.warmUp; }
    std::uint64_t allOperations() const { return operations() + warmUp(); }
    /// The untimed first round, in which allocations are counted.
    bool checked() const { return m_order.checked; }
    /// The far end looks at every byte. So in the checked round, but for rows that are too large
    /// for it.
    bool hashed() const { return m_order.hashed; }
    /// Where the row's files are.
    const std::string& folder() const { return m_order.folder; }
    Peer& peer() { return m_peer; }
    /// Starts the peer; `hashed` is filled in. Returns its port.
    std::uint16_t startPeer(PeerTask task = {});

    /// Between these everything counts. Several stretches add up. **Threads** any, one at a time.
    void begin();
    void end();
    /// Something else that this row tells.
    void set(const std::string& name, double value) { m_figures[name] = value; }
    Figures figures() const;

private:
    struct Moment {
        double user = 0;
        double system = 0;
        double cpu = 0;
        double wall = 0;
        double sleeps = 0;
    };
    static Moment usage();

    Order m_order;
    Peer m_peer;
    Moment m_start;
    Moment m_sum;
    Figures m_figures;
};

/// Calls of operator new between Sample::begin() and end() of a checked round.
std::uint64_t countedAllocations();
void countAllocations(bool on);

} // namespace swb::bench
