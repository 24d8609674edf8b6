// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "raw_socket.h"

#include <cstdint>

namespace swb::bench {

/// What the process at the far end does. It is a process of its own, on a core of its own, so that
/// its work is not in the figures.
enum class PeerRole : std::uint32_t {
    Sink, ///< Accepts, discards what comes (MSG_TRUNC), counts it until the streams end.
    Echo, ///< Accepts and sends everything back.
    Source, ///< Accepts one connection and sends `bytes`, `chunk` at a time, then ends the stream.
    Connector, ///< Connects to `port` again and again, and keeps the connections.
    DatagramSink, ///< Counts datagrams until it is told to finish.
};

struct PeerTask {
    PeerRole role = PeerRole::Sink;
    std::uint32_t connections = 1;
    std::uint32_t hashed = 0; ///< Look at every byte instead of discarding it.
    /// Sink: reads `bytes`, but only each time it is told to go on: meanwhile the sender's queue
    /// fills up.
    std::uint32_t gated = 0;
    std::uint32_t port = 0;
    std::uint32_t receiveBuffer = 0; ///< 0: the system's own choice
    /// Sink: wakes up for this many bytes; 0: for each segment. What waking it costs is the
    /// sender's CPU time.
    std::uint32_t wakeAt = 0;
    /// Sink: takes its time, looks at every byte also when nobody asked for it, so that the sender
    /// has to wait.
    std::uint32_t slow = 0;
    std::uint64_t bytes = 0;
    std::uint64_t chunk = 64 * 1024;
};

struct PeerReport {
    std::uint64_t bytes = 0;
    std::uint64_t hash = 0;
    std::uint64_t count = 0; ///< Connections, or datagrams.
    /// With several connections: what the slowest had when the first one ended, over what that one
    /// had.
    double fairness = 1;
};

/// The far end of a benchmark, as seen from the process that is measured.
class Peer {
public:
    /// `control`: a SOCK_SEQPACKET socket whose other end is the peer's.
    explicit Peer(Fd control)
        : m_control(std::move(control))
    {
    }
    /// Gives the peer its work; returns the port that it listens on (0 for a connector).
    std::uint16_t start(const PeerTask& task);
    /// Opens the gate of a gated sink once.
    void go();
    /// Tells a connector or a datagram sink that nothing more comes.
    void finish() { go(); }
    /// Waits for the peer's end of the work and its account.
    PeerReport report();

private:
    Fd m_control;
    bool m_gated = false;
};

/// The peer process: does one task.
void runPeer(Fd control);

} // namespace swb::bench
