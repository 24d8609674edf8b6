// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/detail/turn_mutex.h"
#include "engine/net/socket_types.h"

#include <cstdint>

namespace swb::detail {

class ArgsState;

/// How one attempt at an operation went.
enum class Step : std::uint8_t {
    Done, ///< Over; the result is in ArgsState::run.
    Blocked, ///< The kernel would block: wait for readiness.
    OutOfTurn, ///< More could be done at once, but others shall have a turn first (CONC-09).
    Moved, ///< Goes on in the queue of the accepted socket (ACC-05).
    Waiting, ///< Something other than the descriptor will go on with it (a name lookup, a timer).
};

/// How much one thread may move before it lets others have a turn.
struct Turn {
    /// What the caller's thread moves at most before a worker takes over, so that no call lasts
    /// long, and what a worker moves before it looks at its other sockets. At 1 MiB the hand-over
    /// costs under one percent of the copying.
    static constexpr std::uint64_t kBytes = 1024 * 1024;

    std::uint64_t bytesLeft = kBytes;
    void use(std::uint64_t bytes) noexcept { bytesLeft -= bytes < bytesLeft ? bytes : bytesLeft; }
};

enum class Side : std::uint8_t { Read = 0, Write = 1 };

/// Reads the args from a queue's point of view: which side an operation belongs to (CONC-01).
constexpr Side sideOf(SocketAsyncOperation kind) noexcept
{
    switch (kind) {
    case SocketAsyncOperation::Accept:
    case SocketAsyncOperation::Receive:
    case SocketAsyncOperation::ReceiveFrom:
    case SocketAsyncOperation::ReceiveMessageFrom:
        return Side::Read;
    default:
        return Side::Write;
    }
}

/// Operations in their order, linked by ArgsState::run.next: none is allocated.
struct OperationQueue {
    ArgsState* head = nullptr;
    ArgsState* tail = nullptr;

    void push(ArgsState& args) noexcept;
    ArgsState* pop() noexcept;
    bool remove(ArgsState& args) noexcept;
    /// `args` when they are in the queue; they are only compared.
    ArgsState* contains(const ArgsState* args) const noexcept;
};

/// The operations of one direction of a socket, first come first served. While there are any,
/// somebody goes on with them: the descriptor's next edge, a posted turn, a worker, or what the
/// head waits for besides.
struct Lane : OperationQueue {
    TurnMutex mutex; // guards the queue and the members below, and Running of the args in it
    bool waits = false; ///< For the descriptor's next edge.
    bool watched = false; ///< The worker's set tells edges of this side.
    std::uint32_t generation = 0; ///< Of the turn that counts.

    /// Neither an edge nor a turn that was posted earlier goes on with the queue any more.
    void supersede() noexcept
    {
        ++generation;
        waits = false;
    }
};

} // namespace swb::detail
